// tests/unit/cli/command_cert_test.cpp — `cert show` and `cert verify`: output and exit status.
#include "cli/command_cert.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include <catch2/catch.hpp>
#include <unistd.h>

#include "base/json_fields.h"
#include "tests/support/nebula_ca.h"

namespace jointca::cli {
namespace {

using nebula::Version;
using test::key_from;
using test::nebula_now;

const Time now = time_from_unix(nebula_now);

/// A folder with a CA and a host file, removed at the end.
struct Files {
  std::filesystem::path folder;
  nebula::Certificate ca =
      test::sign_nebula(Version::v1, test::nebula_ca_details(key_from(1)), key_from(1));
  nebula::Certificate host =
      test::sign_nebula(Version::v1, test::nebula_leaf_details(ca), key_from(1));
  std::ostringstream out;
  std::ostringstream err;

  Files() {
    static int count = 0;
    folder = std::filesystem::temp_directory_path() /
             ("jointca-cert-" + std::to_string(getpid()) + "-" + std::to_string(count++));
    std::filesystem::create_directory(folder);
    write("ca.crt", to_pem(ca));
    write("host.crt", to_pem(host));
  }
  Files(const Files&) = delete;
  Files& operator=(const Files&) = delete;
  ~Files() { std::filesystem::remove_all(folder); }

  void write(const std::string& name, const std::string& text) const {
    std::ofstream(folder / name) << text;
  }
  [[nodiscard]] std::string path(const std::string& name) const { return (folder / name).string(); }
  int verify(bool json, std::optional<Time> at = {}) {
    CertVerifyOptions options{path("host.crt"), path("ca.crt"), "", "", {}, json};
    if (at) options.at = to_rfc3339(*at);
    return verify(options);
  }
  int verify(const CertVerifyOptions& options) { return cert_verify(options, now, out, err); }
  std::vector<JsonObject> objects() {
    std::vector<JsonObject> all;
    const auto values = JsonValue::parse(out.str(), "out", 65536)->array();
    for (const JsonValue& value : *values) all.push_back(*value.object());
    return all;
  }
};

TEST_CASE("cert show prints one object per certificate, with the documented fields") {
  Files files;
  files.write("host.crt", to_pem(files.host) + to_pem(test::sign_nebula(
                                                   Version::v2, files.host.details, key_from(1))));
  CHECK(cert_show(files.path("host.crt"), true, now, files.out, files.err) == 0);
  auto objects = files.objects();
  REQUIRE(objects.size() == 2);
  CHECK(objects[0].names() == std::vector<std::string>{"curve", "fingerprint", "groups", "is_ca",
                                                       "issuer", "kind", "name", "networks",
                                                       "not_after", "not_before", "public_key",
                                                       "signature", "unsafe_networks", "version"});
  CHECK(*objects[0].required("kind")->text() == "nebula");
  CHECK(*objects[1].required("version")->integer<int>() == 2);
  CHECK(*objects[0].required("curve")->text() == "CURVE25519");
  CHECK(*objects[0].required("name")->text() == "web1");
  CHECK(*objects[0].required("networks")->array()->front().text() == "10.42.0.7/16");
  CHECK(objects[0].required("unsafe_networks")->array()->empty());
  CHECK(*objects[0].required("is_ca")->boolean() == false);
  CHECK(*objects[0].required("issuer")->text() == to_hex(fingerprint(files.ca)));
  CHECK(*objects[0].required("not_before")->text() == "2027-01-15T07:59:00Z");
  CHECK(*objects[0].required("fingerprint")->text() == to_hex(fingerprint(files.host)));
}

TEST_CASE("cert show prints text for people") {
  Files files;
  CHECK(cert_show(files.path("host.crt"), false, now, files.out, files.err) == 0);
  const std::string text = files.out.str();
  CHECK(text.find("Nebula certificate, version 1, CURVE25519\n") == 0);
  CHECK(text.find("  name             web1\n") != std::string::npos);
  CHECK(text.find("2027-01-22T08:00:00Z  (in 7 days)") != std::string::npos);
}

TEST_CASE("cert show survives any name and any time") {
  Files files;
  nebula::Details details = files.host.details;
  details.name = "\x1b[2J\xff";
  details.not_after = std::numeric_limits<std::int64_t>::max();
  details.not_before = std::numeric_limits<std::int64_t>::min();
  files.write("host.crt", to_pem(test::sign_nebula(Version::v2, details, key_from(1))));
  CHECK(cert_show(files.path("host.crt"), false, now, files.out, files.err) == 0);
  CHECK(files.out.str().find("\\x1b[2J\\xff") != std::string::npos);
  CHECK(files.out.str().find("-9223372036854775808 seconds after 1970") != std::string::npos);
  files.out.str("");
  CHECK(cert_show(files.path("host.crt"), true, now, files.out, files.err) == 0);
  CHECK(files.objects().size() == 1);
}

TEST_CASE("cert show fails on a file that is missing, too large or something else") {
  Files files;
  CHECK(cert_show(files.path("none"), true, now, files.out, files.err) == 1);
  files.write("large", std::string((std::size_t{1} << 20) + 1, 'x'));
  CHECK(cert_show(files.path("large"), true, now, files.out, files.err) == 1);
  files.write("else", "hello\n");
  CHECK(cert_show(files.path("else"), true, now, files.out, files.err) == 1);
  CHECK(cert_show(files.folder.string(), true, now, files.out, files.err) == 1);
  CHECK(files.out.str().empty());
  CHECK(files.err.str().find("else: block 1: expected a PEM block") != std::string::npos);
}

TEST_CASE("cert verify exits 0 when all hold and 5 when one does not") {
  Files files;
  CHECK(files.verify(true) == 0);
  auto objects = files.objects();
  REQUIRE(objects.size() == 1);
  CHECK(*objects[0].required("ok")->boolean());
  CHECK(*objects[0].required("reason")->text() == "");
  CHECK(*objects[0].required("fingerprint")->text() == to_hex(fingerprint(files.host)));
  CHECK(objects[0].finish());

  nebula::Certificate forged = files.host;
  forged.signature[0] ^= 1;
  files.write("host.crt", to_pem(files.host) + to_pem(forged));
  files.out.str("");
  CHECK(files.verify(true) == 5);
  objects = files.objects();
  REQUIRE(objects.size() == 2);
  CHECK(*objects[0].required("ok")->boolean());
  CHECK_FALSE(*objects[1].required("ok")->boolean());
  CHECK(*objects[1].required("reason")->text() == "the signature is not the CA's");
}

TEST_CASE("cert verify judges at the time it is given") {
  Files files;
  CHECK(files.verify(false, time_from_unix(nebula_now + 8 * 86400)) == 5);
  CHECK(files.out.str().find("FAILED  version 1 web1: the certificate is not valid at this time") ==
        0);
  CHECK(files.verify(false, time_from_unix(nebula_now + 400 * 86400)) == 5);
  CHECK(files.err.str().find("the CA mesh is not valid at this time") != std::string::npos);
}

TEST_CASE("cert verify exits 5 when a certificate cannot be parsed, 1 when a file cannot be read") {
  Files files;
  files.write("host.crt", "hello\n");
  CHECK(files.verify(true) == 5);
  CHECK(files.objects().size() == 1);
  const std::string host = files.path("host.crt"), ca = files.path("ca.crt");
  CHECK(files.verify({files.path("none"), ca}) == 1);
  CHECK(files.verify({host, files.path("none")}) == 1);
  CHECK(files.verify({host, "", files.path("none")}) == 1);
}

TEST_CASE("cert verify exits 2 for options that do not go together") {
  Files files;
  const std::string host = files.path("host.crt"), ca = files.path("ca.crt");
  CHECK(files.verify({"-", "-"}) == 2);
  CHECK(files.verify({"-", "", "-"}) == 2);
  CHECK(files.verify({host}) == 2);
  CHECK(files.verify({host, ca, files.path("authority.json")}) == 2);
  CHECK(files.verify({host, ca, "", files.path("proofs")}) == 2);
  CHECK(files.verify({host, ca, "", "", "yesterday"}) == 2);
  CHECK(files.out.str().empty());
}

TEST_CASE("cert verify fails every certificate when the CA file is bad") {
  Files files;
  files.write("ca.crt", to_pem(files.host));
  CHECK(files.verify(true) == 5);
  CHECK(*files.objects()[0].required("reason")->text() ==
        "the CA file: block 1: the certificate is not a CA's");
}

}  // namespace
}  // namespace jointca::cli
