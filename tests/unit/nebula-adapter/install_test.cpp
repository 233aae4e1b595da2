// tests/unit/nebula-adapter/install_test.cpp — one set in place of another: whole, remembered, put
// back, and never over what jointca did not write. A stand-in for `nebula` accepts or refuses.
#include "nebula-adapter/install.h"

#include <filesystem>

#include <catch2/catch.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include "machine/files.h"
#include "nebula-adapter/install_dir.h"
#include "tests/support/host_set.h"
#include "tests/support/temp_dir.h"

namespace jointca::nebula {
namespace {

using machine::Overwrite;
using test::HostFiles;
using test::nebula_now;

const Time now = time_from_unix(nebula_now);

/// A directory, a host, and a program that answers `-version` and `-test` as it is told.
struct Scene {
  test::TempDir dir;
  HostFiles files;
  InstallRequest options{};
  bool fragment = false;

  Scene() { accept(true); }

  void accept(bool yes, const std::string& version = "1.11.0") const {
    const std::string script = "#!/bin/sh\n[ \"$1\" != -version ] || { echo 'Version: " + version +
                               "'; exit 0; }\n" +
                               (yes ? "exit 0\n" : "echo it is broken >&2; exit 1\n");
    REQUIRE(machine::write_file(dir.file("nebula"), as_bytes(script), 0755, Overwrite::allow));
  }
  [[nodiscard]] std::string to() const { return dir.file("to"); }
  [[nodiscard]] InstallRequest request() const {
    InstallRequest out{.host = files.set()};
    out.blocklist = options.blocklist;
    out.revocations = options.revocations;
    out.lighthouses = options.lighthouses;
    out.start = options.start;
    out.ipv4_lighthouses = options.ipv4_lighthouses;
    out.force = options.force;
    out.pid_file = options.pid_file;
    out.program = dir.file("nebula");
    return out;
  }
  [[nodiscard]] Result<InstallReport, Error> run() const {
    auto opened = InstallDir::open(to(), fragment);
    if (!opened) return Unexpected{std::move(opened).error()};
    return install(*std::move(opened), request(), now);
  }
  [[nodiscard]] std::string error() const {
    const auto done = run();
    return done ? "" : done.error().message;
  }
  void put(const std::string& name, const std::string& text) const {
    REQUIRE(machine::write_file(to() + "/" + name, as_bytes(text), 0644, Overwrite::allow));
  }
  [[nodiscard]] std::string text(const std::string& name) const {
    const auto content = machine::read_file(to() + "/" + name, 1 << 20);
    return content ? to_text(*content) : "none";
  }
  [[nodiscard]] unsigned mode(const std::string& name) const {
    struct stat status {};
    REQUIRE(::stat((to() + "/" + name).c_str(), &status) == 0);
    return status.st_mode & 07777U;
  }
  [[nodiscard]] std::string current() const {
    return machine::read_link(to() + "/.jointca/current").value_or("none");
  }
  [[nodiscard]] std::vector<std::string> sets() const {
    std::vector<std::string> out;
    for (const auto& each : std::filesystem::directory_iterator(to() + "/.jointca"))
      if (each.path().filename() != "current") out.push_back(each.path().filename().string());
    std::sort(out.begin(), out.end());
    return out;
  }
  void renew() {
    for (Certificate& each : files.leaves)
      each = files.leaf(each.version, [](Details& d) { d.not_after += 60; });
  }
};

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_CASE("the files are there with their modes, and the next run touches nothing") {
  const Scene scene;
  const auto first = scene.run();
  REQUIRE(first);
  CHECK(first->changed);
  CHECK(first->restart.empty());
  CHECK(first->reload == Reload::none);
  CHECK(scene.mode("ca.crt") == 0644);
  CHECK(scene.mode("host.crt") == 0644);
  CHECK(scene.mode("host.key") == 0600);
  CHECK(scene.mode("config.yml") == 0644);
  CHECK(scene.text("host.key") == to_text(scene.files.set().key.expose()));
  CHECK(contains(scene.text("config.yml"), scene.to() + "/host.key"));
  const auto written = std::filesystem::last_write_time(scene.to() + "/.jointca");
  scene.accept(false);  // nothing is tried again either
  const auto second = scene.run();
  REQUIRE(second);
  CHECK_FALSE(second->changed);
  CHECK(scene.sets() == std::vector<std::string>{"set-1"});
  CHECK(std::filesystem::last_write_time(scene.to() + "/.jointca") == written);
}

TEST_CASE("a new set takes the place of the old one, which is kept") {
  Scene scene;
  REQUIRE(scene.run());
  const std::string before = scene.text("host.crt");
  scene.renew();
  REQUIRE(scene.run());
  CHECK(scene.current() == "set-2");
  CHECK(scene.text("host.crt") != before);
  CHECK(scene.text(".jointca/set-1/host.crt") == before);
  scene.files.leaves = {scene.files.leaf(Version::v1)};
  const auto third = scene.run();
  REQUIRE(third);
  CHECK(third->restart == std::vector<std::string>{"the host's networks have changed"});
  CHECK(scene.sets() == std::vector<std::string>{"set-2", "set-3"});
}

TEST_CASE("what does not belong together is never installed") {
  Scene scene;
  REQUIRE(scene.run());
  const std::string before = scene.text("host.crt"), key = scene.text("host.key");
  const HostFiles good = scene.files;
  const auto refused = [&](auto change) {
    scene.files = good;
    scene.renew();
    change(scene.files);
    const auto done = scene.run();
    CHECK(scene.text("host.crt") == before);
    CHECK(scene.text("host.key") == key);
    CHECK(scene.current() == "set-1");
    CHECK(scene.sets().size() == 1);
    REQUIRE_FALSE(done);
    CHECK(done.error().code == Error::Code::verification);
    return done.error().message.substr(0, done.error().message.find(':'));
  };
  CHECK(refused([](HostFiles& f) { f.key = 10; }) == "key pair");
  CHECK(refused([](HostFiles& f) { f.key_text = "x"; }) == "key");
  CHECK(refused([](HostFiles& f) { f.leaves[0].signature[9] ^= 4; }) == "signature");
  CHECK(refused([](HostFiles& f) { f.bundle = "x"; }) == "ca bundle");
  CHECK(refused([](HostFiles& f) {
          f.leaves[1] = f.leaf(Version::v2, [](Details& d) { d.name = "other"; });
        }) == "pair");
  CHECK(refused([](HostFiles& f) {
          for (Certificate& each : f.leaves)
            each = f.leaf(each.version, [](Details& d) { d.not_after = nebula_now - 1; });
        }) == "expired");
}

TEST_CASE("a set that nebula refuses is not put in force") {
  Scene scene;
  REQUIRE(scene.run());
  scene.renew();
  scene.accept(false);
  const std::string message = scene.error();
  CHECK(contains(message, "nebula -test"));
  CHECK(contains(message, "it is broken"));
  CHECK(scene.current() == "set-1");
  CHECK(scene.sets() == std::vector<std::string>{"set-1"});
  Scene first;
  first.accept(false);
  CHECK(contains(first.error(), "it is broken"));
  CHECK(first.text("config.yml") == "none");
  CHECK(first.sets().empty());
}

TEST_CASE("an older list of revocations, or none, does not replace a newer one") {
  Scene scene;
  scene.options.revocations = 7;
  scene.options.blocklist = {Digest{1}};
  REQUIRE(scene.run());
  CHECK(contains(scene.text("config.yml"), to_hex(Digest{1})));
  for (const std::uint64_t older : {std::uint64_t{6}, std::uint64_t{0}}) {
    scene.options.revocations = older;
    scene.options.blocklist = {};
    const auto refused = scene.run();
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Error::Code::verification);
    CHECK(contains(refused.error().message, "number 7"));
    CHECK(contains(scene.text("config.yml"), to_hex(Digest{1})));
  }
  // A later one that blocks the same is remembered, and that is all.
  scene.options.revocations = 9;
  scene.options.blocklist = {Digest{1}};
  const auto same = scene.run();
  REQUIRE(same);
  CHECK_FALSE(same->changed);
  CHECK(scene.current() == "set-1");
  scene.options.revocations = 8;
  CHECK(contains(scene.error(), "number 9"));
}

TEST_CASE("an edited or foreign configuration is not overwritten unless forced, and kept then") {
  Scene scene;
  REQUIRE(scene.run());
  const std::string edited = scene.text("config.yml") + "# mine\n";
  if (GENERATE(true, false))  // through the link, or as a file of its own
    REQUIRE(machine::write_file(scene.to() + "/.jointca/set-1/config", as_bytes(edited), 0644,
                                Overwrite::allow));
  else
    scene.put("config.yml", edited);
  const std::string message = scene.error();
  CHECK(contains(message, "config.yml"));
  CHECK(contains(message, "--fragment"));
  CHECK(contains(message, "--force"));
  CHECK(scene.text("config.yml") == edited);

  SECTION("by force") {
    scene.options.force = true;
    REQUIRE(scene.run());
    CHECK_FALSE(contains(scene.text("config.yml"), "# mine"));
    bool kept = false;
    for (const std::string& set : scene.sets())
      kept = kept || scene.text(".jointca/" + set + "/config") == edited;
    CHECK(kept);
    scene.options.force = false;
    CHECK_FALSE(scene.run()->changed);
  }
  SECTION("beside it") {
    scene.fragment = true;
    REQUIRE(scene.run());
    CHECK(scene.text("config.yml") == edited);
    CHECK_FALSE(machine::read_link(scene.to() + "/config.yml"));
    CHECK(contains(scene.text("90-jointca-pki.yml"), "pki:"));
    CHECK_FALSE(contains(scene.text("90-jointca-pki.yml"), "firewall"));
    CHECK_FALSE(scene.run()->changed);
    scene.fragment = false;
    CHECK(contains(scene.error(), "config.yml"));
    scene.options.force = true;
    REQUIRE(scene.run());
    CHECK(scene.text("90-jointca-pki.yml") == "none");
  }
}

TEST_CASE("files of another origin in a new directory are not overwritten") {
  Scene scene;
  std::filesystem::create_directory(scene.to());
  scene.put("host.key", "somebody's");
  CHECK(contains(scene.error(), "host.key"));
  CHECK(scene.text("host.key") == "somebody's");
  CHECK(scene.text("config.yml") == "none");
  scene.options.force = true;
  scene.accept(false);
  CHECK_FALSE(scene.run());
  CHECK(scene.text("host.key") == "somebody's");
  scene.accept(true);
  REQUIRE(scene.run());
  CHECK(scene.text("host.key") == to_text(scene.files.set().key.expose()));
}

TEST_CASE("a file of ours that was removed is put there again") {
  Scene scene;
  REQUIRE(scene.run());
  std::filesystem::remove(scene.to() + "/host.crt");
  CHECK(scene.run()->changed);
  CHECK(scene.text("host.crt") != "none");
}

TEST_CASE(
    "a pid file that names something else than nebula is refused before anything is written") {
  Scene scene;
  scene.options.pid_file = scene.dir.file("pid");
  const auto name = [&](const std::string& text) {
    REQUIRE(machine::write_file(scene.dir.file("pid"), as_bytes(text), 0644, Overwrite::allow));
  };
  for (const std::string& launcher : {std::to_string(::getpid()), std::string("1\n")}) {
    name(launcher);
    const auto refused = scene.run();
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Error::Code::usage);
    CHECK(contains(refused.error().message, "not nebula"));
  }
  name("rubbish");
  CHECK(contains(scene.error(), "not the number of a process"));
  CHECK(scene.text("config.yml") == "none");
  name("4194303");  // above what Linux gives out by default; nobody has it
  CHECK(scene.run()->reload == Reload::not_running);
  Scene missing;
  missing.options.pid_file = missing.dir.file("pid");
  CHECK(missing.run()->reload == Reload::not_running);
}

TEST_CASE("a restart that a process owes is told by every run until it has ended") {
  Scene scene;
  REQUIRE(scene.run());
  const std::vector<std::string> reasons{"the host's networks have changed"};
  const auto owed_by = [&](const ProcessIdentity& process) {
    auto dir = InstallDir::open(scene.to(), false);
    REQUIRE(dir);
    InstallState state = *(*dir->installed())->state;
    state.restart = OwedRestart{process, reasons};
    REQUIRE(dir->remember(state));
  };
  const auto self = identity_of(::getpid());
  REQUIRE(self);
  owed_by(*self);
  for (int run = 0; run < 2; ++run) {
    const auto same = scene.run();
    REQUIRE(same);
    CHECK_FALSE(same->changed);
    CHECK(same->restart == reasons);
  }
  scene.renew();  // for the networks that are new already
  const auto renewed = scene.run();
  REQUIRE(renewed);
  CHECK(renewed->changed);
  CHECK(renewed->restart == reasons);
  CHECK(scene.run()->restart == reasons);
  // The same number, but another run of a program, or of the machine.
  ProcessIdentity other = *self;
  SECTION("of another process") { ++other.began; }
  SECTION("before a boot") { other.boot = "other"; }
  SECTION("of none") { other.pid = 4'194'303; }
  owed_by(other);
  CHECK(scene.run()->restart.empty());
  CHECK(contains(scene.text(".jointca/current/state.json"), "\"restart\":null"));
}

TEST_CASE("warnings come again while nothing changes") {
  Scene scene;
  scene.options.pid_file = scene.dir.file("pid");
  for (int run = 0; run < 2; ++run) {
    const auto done = scene.run();
    REQUIRE(done);
    CHECK(done->changed == (run == 0));
    REQUIRE(done->warnings.size() == 1);
    CHECK(contains(done->warnings[0], "no such file"));
  }
}

TEST_CASE("two installations into one directory do not run at once") {
  const Scene scene;
  std::filesystem::create_directory(scene.to());
  const auto held = InstallDir::open(scene.to(), false);
  REQUIRE(held);
  CHECK(contains(scene.error(), "another `jointca nebula install`"));
}

TEST_CASE("without permission nothing is done") {
  if (::geteuid() == 0) return;  // root may write everywhere
  const Scene scene;
  std::filesystem::create_directory(scene.to());
  std::filesystem::permissions(
      scene.to(), std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
  CHECK(contains(scene.error(), "as root"));
  std::filesystem::permissions(scene.to(), std::filesystem::perms::owner_all);
  CHECK(std::filesystem::is_empty(scene.to()));
}

TEST_CASE("a crash at any point leaves the old set or the new one whole") {
  Scene scene;
  REQUIRE(scene.run());
  scene.renew();
  auto dir = InstallDir::open(scene.to(), false);
  REQUIRE(dir);
  const std::string old_certificate = scene.text("host.crt"), old_key = scene.text("host.key");
  const auto staged =
      dir->stage({scene.files.set(), scene.text("config.yml"), InstallState{.revocations = 3}});
  REQUIRE(staged);  // a crash here:
  CHECK(scene.text("host.crt") == old_certificate);
  REQUIRE(dir->activate(*staged));  // or here
  CHECK(scene.text("host.crt") == scene.files.set().certificate);
  CHECK((*dir->installed())->state->revocations == 3);
  REQUIRE(dir->restore("set-1"));
  CHECK(scene.text("host.crt") == old_certificate);
  CHECK(scene.text("host.key") == old_key);
}

TEST_CASE("a restored set has the links of its mode") {
  Scene scene;
  REQUIRE(scene.run());
  const std::string config = scene.text("config.yml");
  {
    auto dir = InstallDir::open(scene.to(), true);
    REQUIRE(dir);
    const auto staged = dir->stage({scene.files.set(), "pki: {}\n", InstallState{}});
    REQUIRE(dir->activate(*staged));
    CHECK(scene.text("90-jointca-pki.yml") == "pki: {}\n");
    CHECK(scene.text("config.yml") == config);
    REQUIRE(dir->restore("set-1"));
  }
  CHECK(scene.text("90-jointca-pki.yml") == "none");
  CHECK(scene.text("config.yml") == config);
  CHECK_FALSE(scene.run()->changed);
}

TEST_CASE("what is remembered is read back, and nothing else") {
  const InstallState state{Digest{7},
                           12,
                           {true, "::", 4242, "nebula1", Asks::ipv6},
                           true,
                           OwedRestart{{77, 12345, "b"}, {"why"}}};
  const auto again = parse_install_state(to_json(state));
  REQUIRE(again);
  CHECK(*again == state);
  CHECK_FALSE(parse_install_state("{}"));
  std::string text = to_json(state);
  text.replace(text.find("12,"), 2, "-1");
  CHECK_FALSE(parse_install_state(text));
  text = to_json(state);
  const std::string asks = "\"asks\":6,";
  CHECK_FALSE(parse_install_state(std::string(text).replace(text.find(asks), 9, "\"asks\":5,")));
  const auto before = parse_install_state(text.replace(text.find(asks), asks.size(), ""));
  REQUIRE(before);
  CHECK(before->start.asks == Asks::ipv4);
  text = to_json(state);
  CHECK_FALSE(
      parse_install_state(std::string(text).replace(text.find("\"pid\":77"), 8, "\"pid\":0")));
  const std::size_t restart = text.find(",\"restart\"");
  text.replace(restart, text.rfind('}') - restart, "");
  const auto earlier = parse_install_state(text);
  REQUIRE(earlier);
  CHECK_FALSE(earlier->restart);
}

TEST_CASE("IPv6 lighthouses are for Nebula 1.10 and later") {
  CHECK(knows_ipv6("Version: 1.11.0\n"));
  CHECK(knows_ipv6("Version: v1.10.0\n"));
  CHECK(knows_ipv6("Version: 2.0.0\n"));
  CHECK(knows_ipv6("Version: built from source\n"));
  CHECK(knows_ipv6(""));
  CHECK_FALSE(knows_ipv6("Version: 1.6.1\n"));
  CHECK_FALSE(knows_ipv6("Version: 1.9.3-1\n"));
  Scene scene;
  scene.options.lighthouses = {
      {"lh",
       {*ca::IpAddress::parse("10.42.0.1"), *ca::IpAddress::parse("fd42::1")},
       {"192.0.2.1:4242"}}};
  scene.accept(true, "1.6.1");
  REQUIRE(scene.run());
  CHECK_FALSE(contains(scene.text("config.yml"), "fd42::1"));
  scene.accept(true);
  const auto newer = scene.run();
  REQUIRE(newer);
  CHECK(newer->restart.size() == 1);
  CHECK(contains(scene.text("config.yml"), "fd42::1"));
  CHECK_FALSE(contains(scene.text("config.yml"), "10.42.0.1"));
  scene.options.ipv4_lighthouses = true;
  const auto back = scene.run();
  REQUIRE(back);
  CHECK(back->restart.empty());
  CHECK(contains(scene.text("config.yml"), "10.42.0.1"));
  CHECK_FALSE(contains(scene.text("config.yml"), "fd42::1"));
}

TEST_CASE("a lighthouse that only newer ones could ask is left out by name") {
  Scene scene;
  scene.options.lighthouses = {{"six", {*ca::IpAddress::parse("fd42::1")}, {"192.0.2.1:4242"}}};
  CHECK(scene.run()->warnings.empty());
  const auto warned = [&](const std::string& why) {
    const auto done = scene.run();
    REQUIRE(done);
    CHECK(done->lighthouses.empty());
    REQUIRE(done->warnings.size() == 1);
    CHECK(contains(done->warnings[0], "lighthouse six is left out"));
    CHECK(contains(done->warnings[0], why));
  };
  scene.accept(true, "1.6.1");
  warned("older than 1.10");
  scene.accept(true);
  scene.options.ipv4_lighthouses = true;
  warned("--ipv4-lighthouses");
}

TEST_CASE("an old Nebula is no lighthouse for newer ones in a network with IPv6") {
  Scene scene;
  scene.options.start.am_lighthouse = true;
  scene.options.start.listen_port = 4242;
  scene.accept(true, "1.6.1");
  const auto old = scene.run();
  REQUIRE(old);
  REQUIRE(old->warnings.size() == 1);
  CHECK(contains(old->warnings[0], "--ipv4-lighthouses"));
  scene.options.ipv4_lighthouses = true;  // the owner knows
  CHECK(scene.run()->warnings.empty());
  scene.options.ipv4_lighthouses = false;
  scene.accept(true);
  const auto newer = scene.run();
  REQUIRE(newer);
  CHECK(newer->warnings.empty());
}

}  // namespace
}  // namespace jointca::nebula
