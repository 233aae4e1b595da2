// tests/unit/x509-adapter/certificate_test.cpp — one encoding per certificate.
#include "x509-adapter/certificate.h"

#include <catch2/catch.hpp>

#include "crypto/p256.h"
#include "tests/support/seeded_rng.h"
#include "tests/support/x509.h"

namespace jointca::x509 {
namespace {

using test::x509_anchor;
using test::x509_key;
using test::x509_leaf;
using test::x509_signed;

/// The DER of a signed leaf with the first `from` (hexadecimal, of the same length) replaced.
Bytes with(std::string_view from, std::string_view to, const Details& details = x509_leaf()) {
  std::string hex = to_hex(x509_signed(details).der());
  const std::size_t at = hex.find(from);
  REQUIRE(at != std::string::npos);
  return *from_hex(hex.replace(at, from.size(), to));
}

std::string refusal(const Bytes& der) {
  const auto read = parse_certificate(der);
  return read ? "ok" : read.error().text();
}

TEST_CASE("what is assembled parses back, to the same bytes") {
  test::SeededRng rng(1);
  Details p256 = x509_leaf();
  p256.key = {KeyType::p256, to_bytes(P256KeyPair::generate(rng).public_key.bytes())};
  Details session = x509_leaf();
  session.name = "MPyC party 0";
  session.dns_names.clear();
  Details late = x509_anchor();
  late.not_before = time_from_unix(2'524'607'999);  // 2049-12-31T23:59:59Z, the last UTCTime
  late.not_after = time_from_unix(253'402'300'799);
  late.networks.clear();
  for (const Details& details : {x509_anchor(), x509_leaf(), p256, session, late}) {
    const Certificate certificate = x509_signed(details);
    CHECK(certificate.details() == details);
    const auto read = parse_certificate(certificate.der());
    REQUIRE(read);
    CHECK(*read == certificate);
    CHECK(read->details() == details);
    CHECK(read->to_be_signed() == *to_be_signed(details));
    CHECK(read->signature() == x509_key(1).sign(*to_be_signed(details)));
    CHECK(*from_signed(read->to_be_signed(), read->signature()) == certificate);
  }
}

TEST_CASE("everyone derives the same bytes, whatever the state of the library") {
  const Bytes first = *to_be_signed(x509_leaf());
  CHECK_FALSE(parse_certificate(Bytes(10, 1)));
  CHECK(*to_be_signed(x509_leaf()) == first);
  Details other = x509_leaf();
  other.serial[19] ^= 1;
  CHECK(*to_be_signed(other) != first);
}

TEST_CASE("the fingerprint names the signed bytes, whichever signature is over them") {
  const Certificate certificate = x509_signed(x509_leaf());
  CHECK(fingerprint(certificate) == sha256(certificate.to_be_signed()));
  CHECK(fingerprint(*assemble(certificate.details(), SignatureBytes{1})) ==
        fingerprint(certificate));
}

TEST_CASE("what is not a certificate, or more than one, is refused") {
  const Bytes der = x509_signed(x509_leaf()).der();
  for (std::size_t size = 0; size < der.size(); size += 5)
    CHECK(refusal(Bytes(der.begin(), der.begin() + static_cast<std::ptrdiff_t>(size))) ==
          "certificate: not one of X.509");
  Bytes longer = der;
  longer.push_back(0);
  CHECK(refusal(longer) == "certificate: something follows it");
  CHECK(refusal(Bytes(certificate_bytes_max + 1)) == "certificate: too long");
  CHECK(from_signed(Bytes(certificate_bytes_max + 1), {}).error().text() ==
        "certificate: too long");
}

TEST_CASE("every field has the one value of the profile") {
  CHECK(refusal(with("a003020102", "a003020101")) == "version: not 3");
  CHECK(refusal(with("300506032b6570034100", "300506032b6571034100")) ==
        "signature: not one of Ed25519");
  CHECK(refusal(with("300506032b6570", "300506032b6571")) ==
        "certificate: not in the form in which it is issued");
  CHECK(refusal(with("170d", "130d")) == "certificate: not one of X.509");
  CHECK(refusal(with("0603550403", "060355040a")) == "issuer: expected a common name alone");
  // The common name as PrintableString: the same name to everyone, in other bytes.
  CHECK(refusal(with("06035504030c05", "06035504031305")) ==
        "certificate: not in the form in which it is issued");
  CHECK(refusal(with("0c055765622d31", "0c0557650a2d31")) ==
        "subject: expected 1 to 64 printable characters");
  const std::string serial = to_hex(x509_leaf().serial);
  CHECK(refusal(with("0214" + serial, "021480" + serial.substr(2))) ==
        "serial: not a positive number of 20 octets");
  CHECK(refusal(with("300506032b6570032100", "300506032b656f032100")) ==
        "key: neither Ed25519 nor an uncompressed point of P-256");
  CHECK(refusal(with("0603551d0f", "0603551d10")) ==
        "extensions: 2.5.29.16 is none of the profile");
  CHECK(refusal(with("0603551d25", "0603551d0f")) == "extensions: 2.5.29.15 stands twice");
  CHECK(refusal(with("301406082b06010505070301", "301406082b06010505070304")) ==
        "certificate: not in the form in which it is issued");
}

TEST_CASE("every extension has the one value of the profile") {
  const std::string other_form = "certificate: not in the form in which it is issued";
  // basicConstraints and keyUsage not critical (FALSE written out), another use of the key.
  CHECK(refusal(with("0603551d130101ff", "0603551d13010100")) == other_form);
  CHECK(refusal(with("0603551d0f0101ff", "0603551d0f010100")) == other_form);
  CHECK(refusal(with("03020780", "03020640")) == other_form);
  const std::string own_id = to_hex(key_id(x509_leaf().key));
  CHECK(refusal(with(own_id, "00" + own_id.substr(2))) == other_form);
  CHECK(refusal(with("8014" + to_hex(x509_leaf().issuer_key),
                     "8114" + to_hex(x509_leaf().issuer_key))) ==
        "issuer key: expected a key id of 20 bytes");
  // DNS name "web-1" as e-mail address, in upper case, with a zero byte.
  CHECK(refusal(with("82057765622d31", "81057765622d31")) ==
        "names: one that is neither DNS name, address nor URI");
  CHECK(refusal(with("82057765622d31", "82055765622d31")) == "names: not a DNS name");
  CHECK(refusal(with("82057765622d31", "82057765620031")) == "names: not a DNS name");
  CHECK(refusal(with("82057765622d31", "86057765622d31")) == "names: not a URI");
  CHECK(refusal(with("82057765622d31", "87057765622d31")) == "names: not an address");
  // An anchor without path length, or of length 1.
  CHECK(refusal(with("30060101ff020100", "30060101ff020101", x509_anchor())) == other_form);
}

TEST_CASE("an anchor constrains networks and nothing else") {
  CHECK(refusal(with("87080a2a0000ffff0000", "82080a2a0000ffff0000", x509_anchor())) ==
        "name constraints: expected networks alone");
  CHECK(refusal(with("87080a2a0000ffff0000", "87080a2a0000ffff00ff", x509_anchor())) ==
        "certificate: not in the form in which it is issued");
}

TEST_CASE("names are limited in number before they are kept") {
  Details many = x509_anchor();
  many.networks.assign(permitted_networks_max, *ca::Prefix::parse("10.42.0.0/16"));
  CHECK(to_be_signed(many));
  many.networks.push_back(many.networks.front());
  CHECK_FALSE(to_be_signed(many));
}

TEST_CASE("any bit of a certificate changed makes another one or none") {
  const Certificate certificate = x509_signed(x509_leaf());
  for (std::size_t bit = 0; bit < certificate.der().size() * 8; ++bit) {
    Bytes changed = certificate.der();
    changed[bit / 8] = static_cast<std::uint8_t>(changed[bit / 8] ^ (1U << (bit % 8)));
    if (const auto read = parse_certificate(changed)) {
      CHECK(read->der() == changed);
      CHECK((read->details() != certificate.details() ||
             read->signature() != certificate.signature()));
    }
  }
}

TEST_CASE("certificates in PEM are read as they are written") {
  const Certificate leaf = x509_signed(x509_leaf());
  const Certificate anchor = x509_signed(x509_anchor());
  const std::string chain = to_pem(leaf) + to_pem(anchor);
  const auto read = parse_certificates(chain);
  REQUIRE(read);
  CHECK(*read == std::vector{leaf, anchor});
  const auto refused = [](const std::string& text) {
    const auto parsed = parse_certificates(text);
    return parsed ? "ok" : parsed.error().text();
  };
  CHECK(refused("") == "the file holds no certificate");
  CHECK(refused("x" + chain) == "block 1: expected a certificate in PEM, or the end of the file");
  CHECK(refused(chain + "\n") == "block 3: expected a certificate in PEM, or the end of the file");
  CHECK(refused(chain.substr(0, chain.size() - 1)) ==
        "block 2: expected a certificate in PEM, or the end of the file");
  CHECK(refused(to_pem(leaf) + to_pem(leaf) + chain + chain) ==
        "block 5: too many certificates, or too long");
  std::string wide = to_pem(leaf);
  wide.erase(wide.find('\n', 40), 1);
  CHECK(refused(wide) == "block 1: not in lines of 64 columns");
  std::string broken = to_pem(leaf);
  broken[40] = '*';
  CHECK(refused(broken) == "block 1: not base64");
  broken = to_pem(leaf);
  broken[30] = 'A';
  CHECK(refused(broken) == "block 1, certificate: not one of X.509");
}

}  // namespace
}  // namespace jointca::x509
