// tests/interop/x509_issue.cpp — an authority of three parties that signs X.509 without asking
// anyone, and the reader of certificates, for x509_test.py.
//
//   interop_x509 issue DIR NOW POINT   writes certificates and keys into DIR, good and bad, valid
//   for
//                                      a day from NOW (unix seconds); POINT: a P-256 key,
//                                      hexadecimal
//   interop_x509 read FILE…            one line each: "ok", or why the certificates are refused
#include <fstream>
#include <iostream>
#include <iterator>

#include "tests/support/frost_keys.h"
#include "x509-adapter/issue.h"
#include "x509-adapter/key_file.h"
#include "x509-adapter/verify.h"

namespace {

using namespace jointca;
using Keys = PerParty<frost::KeyPackage>;

constexpr Duration day{86400};

void write(const std::string& path, BytesView content) {
  std::ofstream file(path, std::ios::binary);
  const std::string text = to_text(content);
  file << text;
  file.flush();
  JCA_ASSERT(file.good());
}

/// One FROST signature by parties 1 and 3, under the key of the purpose.
SignatureBytes sign(const Keys& keys, const Bytes& message) {
  SystemRng rng;
  const std::vector<frost::Statement> statements{
      {std::string(x509::certificates_purpose), message}};
  PerParty<frost::Begun> begun;
  PerParty<frost::CommitMessage> commitments;
  for (const Identifier party : {test::P(1), test::P(3)}) {
    begun.emplace(party, frost::begin_session(keys.at(party), 1, rng, rng.array<32>()));
    commitments.emplace(party, begun.at(party).message);
  }
  const auto package = frost::make_package(statements, commitments);
  JCA_ASSERT(package.has_value());
  PerParty<frost::ShareMessage> shares;
  for (auto& [party, mine] : begun)
    shares.emplace(party, *frost::sign_batch(std::move(mine.nonces), *package, keys.at(party)));
  const auto signatures = frost::aggregate_batch(*package, shares, keys.begin()->second.group);
  JCA_ASSERT(signatures.has_value());
  return signatures->front();
}

class Issuer {
 public:
  Issuer(std::string dir, Time now, SystemRng& rng)
      : dir_(std::move(dir)), now_(now), rng_(rng), keys_(test::deal(2, 3, rng)) {
    key_ = frost::derive(keys_.begin()->second.group.public_key, x509::certificates_purpose)
               .public_key.public_key();
    anchor_ = x509::authority_anchor(
        Digest{7},
        {{*ca::Prefix::parse("10.42.0.0/16"), *ca::Prefix::parse("fd42::/64")},
         {},
         now - day,
         now + 365 * day},
        key_);
    session_ = x509::anchor_details("jointca session 1", key_, x509::serial_for(Digest{8}, 0), {},
                                    now - day, now + day);
  }

  void issue(const Bytes& p256) {
    store("anchor", anchor_);
    store("session", session_);
    const x509::CertifiedKey host = make_key("host");
    const x509::CertifiedKey client = make_key("client");
    const x509::Details leaf = host_leaf("web-1.example", "10.42.0.7", host);
    JCA_ASSERT(x509::check_issuable(leaf, anchor_).has_value());
    store("host", leaf);
    store("client", host_leaf("client-2", "10.42.0.8", client));
    store("p256", host_leaf("web-1.example", "10.42.0.7", {x509::KeyType::p256, p256}));
    x509::Details bad = leaf;
    bad.not_before = now_ - Duration(3600);
    bad.not_after = now_ - Duration(60);
    store("expired", bad);
    bad = leaf;
    bad.addresses = {*ca::IpAddress::parse("10.43.0.7")};
    store("outside", bad);
    bad = leaf;
    bad.issuer = session_.name;
    store("other-session", bad);
    write(path("unsigned.pem"), as_bytes(x509::to_pem(*x509::assemble(leaf, SignatureBytes{5}))));
    for (unsigned i = 0; i < 3; ++i) store_seat(i);
  }

 private:
  [[nodiscard]] std::string path(const std::string& name) const { return dir_ + "/" + name; }

  void store(const std::string& name, const x509::Details& details) {
    const auto tbs = x509::to_be_signed(details);
    JCA_ASSERT(tbs.has_value());
    const auto certificate = x509::assemble(details, sign(keys_, *tbs));
    JCA_ASSERT(certificate.has_value());
    write(path(name + ".pem"), as_bytes(x509::to_pem(*certificate)));
  }

  x509::CertifiedKey make_key(const std::string& name) {
    const SigningKey key = SigningKey::generate(rng_);
    write(path(name + ".key"), x509::encode_private_key(key).expose());
    return x509::certified(key.public_key());
  }

  [[nodiscard]] x509::Details host_leaf(const std::string& name, const std::string& address,
                                        x509::CertifiedKey key) const {
    const ca::Subject subject{
        name, {*ca::Prefix::parse(address + "/16")}, {}, now_ - Duration(60), now_ + day};
    return x509::host_leaf(anchor_, subject, sha256(as_bytes(name)), key_, std::move(key));
  }

  /// In the profile that MPyC's --ssl takes: no DNS name, the common name is looked for.
  void store_seat(unsigned seat) {
    const std::string name = "party_" + std::to_string(seat);
    x509::Details leaf =
        x509::leaf_details(session_, "MPyC party " + std::to_string(seat), make_key(name),
                           x509::serial_for(Digest{8}, seat + 1), now_ - Duration(60), now_ + day);
    leaf.addresses = {*ca::IpAddress::parse("127.0.0.1")};
    leaf.uris = {"urn:jointca:session:sha256:" + std::string(64, 'a')};
    JCA_ASSERT(x509::check_issuable(leaf, session_).has_value());
    store(name, leaf);
  }

  std::string dir_;
  Time now_;
  SystemRng& rng_;
  Keys keys_;
  PublicKey key_;
  x509::Details anchor_;
  x509::Details session_;
};

std::string verdict(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const auto read = x509::parse_certificates(text);
  if (!read) return read.error().text();
  for (const x509::Certificate& certificate : *read)
    if (*x509::assemble(certificate.details(), certificate.signature()) != certificate)
      return "encodes differently";
  return "ok";
}

}  // namespace

// NOLINTNEXTLINE(bugprone-exception-escape): it then ends, and says why
int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.size() == 4 && arguments[0] == "issue") {
    SystemRng rng;
    Issuer(arguments[1], time_from_unix(std::stoll(arguments[2])), rng)
        .issue(*from_hex(arguments[3]));
    return 0;
  }
  if (arguments.size() < 2 || arguments[0] != "read") return 2;
  for (std::size_t i = 1; i < arguments.size(); ++i) std::cout << verdict(arguments[i]) << '\n';
  return 0;
}
