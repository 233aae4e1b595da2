// tests/unit/cli/cert_x509_test.cpp — `cert show` and `cert verify` of X.509, chosen by the banner.
#include <fstream>
#include <sstream>

#include <catch2/catch.hpp>

#include "base/json_fields.h"
#include "cli/command_cert.h"
#include "cli/x509_trust.h"
#include "tests/support/nebula_ca.h"
#include "tests/support/temp_dir.h"
#include "tests/support/x509.h"

namespace jointca::cli {
namespace {

using test::x509_anchor;
using test::x509_day;
using test::x509_key;
using test::x509_leaf;
using test::x509_now;
using test::x509_signed;

/// A folder with an anchor and a leaf under it.
struct Files {
  test::TempDir dir;
  std::ostringstream out, err;

  Files() {
    write("ca.crt", x509::to_pem(x509_signed(x509_anchor())));
    write("host.crt", x509::to_pem(x509_signed(x509_leaf())));
  }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(dir.file(name)) << text;
  }
  /// Exit status, and the reason of the last certificate.
  std::pair<int, std::string> verify(const std::string& file, const std::string& ca = "ca.crt",
                                     Time at = x509_now) {
    out.str("");
    CertVerifyOptions options{dir.file(file), dir.file(ca), "", "", to_rfc3339(at), true};
    const int status = cert_verify(options, x509_now, out, err);
    const auto verdicts = JsonValue::parse(out.str(), "out", 65536)->array();
    return {status, *verdicts->back().object()->required("reason")->text()};
  }
  std::string reason(const x509::Details& leaf) {
    write("other.crt", x509::to_pem(x509_signed(leaf)));
    const auto [status, reason] = verify("other.crt");
    CHECK(status == (reason.empty() ? 0 : 5));
    return reason;
  }
};

TEST_CASE("cert show prints what a certificate of X.509 says") {
  Files files;
  CHECK(cert_show(files.dir.file("host.crt"), true, x509_now, files.out, files.err) == 0);
  const auto shown = JsonValue::parse(files.out.str(), "out", 65536)->array();
  REQUIRE(shown->size() == 1);
  auto object = *shown->front().object();
  CHECK(object.names() == std::vector<std::string>{"addresses", "curve", "dns_names", "fingerprint",
                                                   "is_ca", "issuer", "kind", "name", "not_after",
                                                   "not_before", "permitted_networks", "public_key",
                                                   "serial", "signature", "uris", "version"});
  CHECK(*object.required("kind")->text() == "x509");
  CHECK(*object.required("serial")->text() == to_hex(x509_leaf().serial));
  CHECK(*object.required("fingerprint")->text() ==
        to_hex(x509::fingerprint(x509_signed(x509_leaf()))));
  files.out.str("");
  CHECK(cert_show(files.dir.file("ca.crt"), false, x509_now, files.out, files.err) == 0);
  CHECK_THAT(files.out.str(), Catch::StartsWith("X.509 certificate, ED25519, CA\n"));
  CHECK_THAT(files.out.str(), Catch::Contains("10.42.0.0/16"));
}

TEST_CASE("the banner of the first block says what a file is") {
  CHECK(is_x509(x509::to_pem(x509_signed(x509_leaf()))));
  CHECK_FALSE(
      is_x509("-----BEGIN NEBULA CERTIFICATE-----\nAA==\n-----END NEBULA CERTIFICATE-----\n"));
  CHECK_FALSE(is_x509(""));
  Files files;
  const std::string leaf = x509::to_pem(x509_signed(x509_leaf()));
  const nebula::Certificate ca =
      test::sign_nebula(nebula::Version::v1, test::nebula_ca_details(x509_key(1)), x509_key(1));
  for (const std::string& text : {leaf + nebula::to_pem(ca), nebula::to_pem(ca) + leaf}) {
    files.write("both.crt", text);
    CHECK(cert_show(files.dir.file("both.crt"), true, x509_now, files.out, files.err) == 1);
    CHECK(files.verify("both.crt").first == 5);
  }
}

TEST_CASE("cert verify holds a leaf against the anchors of the file") {
  Files files;
  CHECK(files.verify("host.crt") == std::pair<int, std::string>{0, ""});
  CHECK(files.verify("ca.crt") == std::pair<int, std::string>{0, ""});
  x509::Details other = x509_anchor();
  other.name = other.issuer = "jointca other";
  files.write("others.crt",
              x509::to_pem(x509_signed(other)) + x509::to_pem(x509_signed(x509_anchor())));
  CHECK(files.verify("host.crt", "others.crt").first == 0);
  files.write("other.crt", x509::to_pem(x509_signed(other)));
  CHECK(files.verify("host.crt", "other.crt").second == "it is under another anchor");
  CHECK(files.verify("ca.crt", "other.crt").second ==
        "it is another anchor than the one that is trusted");
  files.write("forged.crt", x509::to_pem(x509_signed(x509_anchor(), x509_key(9))));
  CHECK_THAT(files.verify("host.crt", "forged.crt").second,
             Catch::StartsWith("the CA file: ") && Catch::Contains("not signed by its own key"));
  CHECK_THAT(files.verify("host.crt", "host.crt").second, Catch::StartsWith("the CA file: "));
  // The anchor of the file, with a signature that is none.
  CHECK(files.verify("forged.crt").second == "the anchor is not signed by its own key");
}

TEST_CASE("cert verify says why a leaf or an anchor does not hold") {
  Files files;
  CHECK(files.verify("host.crt", "ca.crt", x509_now + 2 * x509_day).second ==
        "it is not valid at this time");
  CHECK(files.verify("ca.crt", "ca.crt", x509_now - x509_day).second ==
        "the anchor is not valid at this time");
  x509::Details leaf = x509_leaf();
  CHECK(files.reason(leaf).empty());
  leaf.addresses = {*ca::IpAddress::parse("192.0.2.1")};
  CHECK(files.reason(leaf) == "192.0.2.1 is in no network of the anchor");
  files.write("forged.crt", x509::to_pem(x509_signed(x509_leaf(), x509_key(9))));
  CHECK(files.verify("forged.crt").second == "it is not signed by the anchor's key");
}

}  // namespace
}  // namespace jointca::cli
