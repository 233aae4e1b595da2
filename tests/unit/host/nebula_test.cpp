// tests/unit/host/nebula_test.cpp — what is read from a host's directory, and what is
// refused there.
#include "host/nebula.h"

#include <filesystem>

#include "machine/files.h"
#include "nebula-adapter/key_file.h"
#include "tests/support/small_authority.h"
#include "tests/support/temp_dir.h"

namespace jointca::host {
namespace {

/// A host's directory with the authority's first list of revocations, and a nebula that accepts.
struct Scene {
  test::SmallAuthority authority;
  test::TempDir dir;
  std::string host = dir.file("host");
  NebulaOptions options;

  explicit Scene(Duration later = {}) {
    authority.now += later;
    options.to = dir.file("to");
    options.program = dir.file("nebula");
    std::filesystem::create_directories(host + "/nebula");
    put("../nebula", "#!/bin/sh\nexit 0\n", 0755);
    ca::Terms terms = authority.terms("web1");
    terms.addresses = {test::prefix("10.42.0.7/16").address, test::prefix("fd42::7/64").address};
    const test::SmallHost member = authority.host(authority.invite(1, terms));
    const daemon::Answer answer = authority.issue(1, member);
    REQUIRE(test::was_issued(answer));
    put("nebula/host.crt", std::get<enroll::Bundle>(answer).certificates.at(ca::Kind::nebula));
    const SecretBytes key = nebula::encode_private_key(
        nebula::KeyUse::host, nebula::Curve::curve25519, member.nebula.secret().expose());
    put("nebula/host.key", to_text(key.expose()), 0600);
    put("authority.json", ca::to_json(authority.authority()));
    put("revocations.json", authority.signed_list());
  }

  void put(const std::string& name, const std::string& text, unsigned mode = 0644) const {
    REQUIRE(
        machine::write_file(host + "/" + name, as_bytes(text), mode, machine::Overwrite::allow));
  }
  [[nodiscard]] Result<nebula::InstallReport, Error> run(Duration later = {}) const {
    auto done = install_nebula({host}, options, authority.now + later);
    if (!done) return Unexpected{std::move(done).error()};
    return std::move(done->report);
  }
  void refused(Error::Code code, const std::string& part, Duration later = {}) const {
    const auto done = run(later);
    REQUIRE_FALSE(done);
    CHECK(done.error().code == code);
    INFO(done.error().message);
    CHECK(done.error().message.find(part) != std::string::npos);
  }
  [[nodiscard]] std::string config() const {
    return to_text(*machine::read_file(options.to + "/config.yml", 1 << 20));
  }
};

TEST_CASE("the CA certificates that are valid are installed") {
  const auto installed = [](const Scene& scene) {
    REQUIRE(scene.run());
    return to_text(*machine::read_file(scene.options.to + "/ca.crt", 1 << 20));
  };
  const Scene early;
  const auto& pems = early.authority.authority().ca_certificates;
  CHECK(installed(early) == pems[0]);
  const Scene late(Duration{200 * 86400});
  const auto& both = late.authority.authority().ca_certificates;
  CHECK(installed(late) == both[0] + both[1]);
}

TEST_CASE("a list of revocations is installed while it is fresh, and of this authority") {
  Scene scene;
  const auto first = scene.run();
  INFO((first ? "" : first.error().message));
  REQUIRE(first);
  CHECK(first->revocations == 1);
  const std::string before = scene.config();
  scene.refused(Error::Code::verification, "revocations.json", ca::revocations_validity);
  test::SmallAuthority stranger(2, 2);
  scene.put("revocations.json", stranger.signed_list());
  scene.refused(Error::Code::verification, "revocations.json");
  std::filesystem::remove(scene.host + "/revocations.json");
  scene.refused(Error::Code::verification, "number 1 is installed already");
  CHECK(scene.config() == before);
}

TEST_CASE("a lighthouse listens at its endpoint, a host on any port") {
  Scene scene;
  REQUIRE(scene.run());
  CHECK(scene.config().find("port: 0\n") != std::string::npos);
  const auto invitation = scene.authority.invite(1, scene.authority.terms("web1")).invitation;
  const auto settle = [&](const enroll::Endpoints& endpoints) {
    REQUIRE(write_settings({scene.host}, {invitation, {ca::Kind::nebula}, endpoints, true}));
  };
  settle({{ca::Kind::nebula, "[2001:db8::1]:4243"}});
  const auto lighthouse = scene.run();
  REQUIRE(lighthouse);
  CHECK(lighthouse->am_lighthouse);
  CHECK(lighthouse->restart.size() == 2);
  CHECK(scene.config().find("port: 4243\n") != std::string::npos);
  CHECK(scene.config().find("host: \"::\"\n") != std::string::npos);
  settle({});
  scene.refused(Error::Code::usage, "needs an endpoint");
}

TEST_CASE("flags name lighthouses in a network of the host") {
  Scene scene;
  scene.options.lighthouses = {"10.42.0.2=[2001:db8::2]:4242"};
  REQUIRE(scene.run()->lighthouses.size() == 1);
  CHECK(scene.config().find("\"10.42.0.2\": [\"[2001:db8::2]:4242\"]") != std::string::npos);
  CHECK(scene.config().find("host: \"::\"\n") != std::string::npos);
  scene.options.lighthouses = {"10.43.0.2=192.0.2.2:4242"};
  scene.refused(Error::Code::failed, "10.43.0.2");
}

TEST_CASE("a document of lighthouses that is none is refused, and a foreign token left out") {
  Scene scene;
  scene.put("nebula/lighthouses.json", "{}");
  const auto refused = scene.run();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message.find("lighthouses.json") != std::string::npos);
  scene.put("nebula/lighthouses.json", R"({"lighthouses":["rubbish"]})");
  const auto done = install_nebula({scene.host}, scene.options, scene.authority.now);
  REQUIRE(done);
  CHECK(done->report.lighthouses.empty());
  CHECK(done->left_out.size() == 1);
}

TEST_CASE(
    "nothing is read before the directory is ours, so that no older set replaces a newer one") {
  Scene scene;
  const auto other = nebula::InstallDir::open(scene.options.to, false);
  REQUIRE(other);
  scene.refused(Error::Code::failed, "another `jointca nebula install`");
  std::filesystem::remove(scene.host + "/nebula/host.crt");
  scene.refused(Error::Code::failed, "another `jointca nebula install`");
}

TEST_CASE("directories and names that cannot be meant are wrong usage") {
  Scene scene;
  scene.options.tun = "a/b";
  scene.refused(Error::Code::usage, "--tun");
  scene.options.tun = "";
  for (const std::string& own : {scene.host, scene.host + "/nebula"}) {
    scene.options.to = own;
    scene.refused(Error::Code::usage, "another directory");
  }
  scene.host = scene.dir.file("nobody");
  scene.refused(Error::Code::failed, "not enrolled");
  Scene without;
  without.options.program = "/nonexistent/nebula";
  without.refused(Error::Code::failed, "--nebula");
}

}  // namespace
}  // namespace jointca::host
