// tests/interop/nebula_issue.cpp — issues certificates with one-party keys, for nebula-cert to
// judge.
//
// usage: interop_nebula_issue DIR. Writes DIR/<scheme>-<CA version>.ca.crt and, for each,
// DIR/<scheme>-<CA version>-<leaf version>.crt. <scheme> is "ed25519" or "p256".
#include <chrono>
#include <fstream>
#include <functional>
#include <iostream>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include "crypto/p256.h"
#include "crypto/rng.h"
#include "crypto/signing_key.h"
#include "nebula-adapter/issue.h"
#include "nebula-adapter/verify.h"

namespace {

using namespace jointca;
using nebula::Version;

using Sign = std::function<Bytes(BytesView)>;

/// ECDSA over SHA-256 with low s, by OpenSSL.
Bytes sign_p256(const P256KeyPair& pair, BytesView message) {
  BIGNUM* scalar = BN_bin2bn(pair.secret.expose().data(), 32, nullptr);
  OSSL_PARAM_BLD* builder = OSSL_PARAM_BLD_new();
  OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0);
  OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, pair.public_key.bytes().data(),
                                   65);
  OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_PRIV_KEY, scalar);
  OSSL_PARAM* parameters = OSSL_PARAM_BLD_to_param(builder);
  EVP_PKEY_CTX* context = EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr);
  EVP_PKEY* key = nullptr;
  EVP_PKEY_fromdata_init(context);
  EVP_PKEY_fromdata(context, &key, EVP_PKEY_KEYPAIR, parameters);
  EVP_MD_CTX* digest = EVP_MD_CTX_new();
  Bytes out(80);
  std::size_t size = out.size();
  EVP_DigestSignInit(digest, nullptr, EVP_sha256(), nullptr, key);
  EVP_DigestSign(digest, out.data(), &size, message.data(), message.size());
  out.resize(size);
  EVP_MD_CTX_free(digest);
  EVP_PKEY_free(key);
  EVP_PKEY_CTX_free(context);
  OSSL_PARAM_free(parameters);
  OSSL_PARAM_BLD_free(builder);
  BN_clear_free(scalar);
  return with_low_s(out).value_or(Bytes{});
}

/// Prints why and ends the program: nothing here may fail.
template <class T>
T must(Result<T, nebula::Rejection> result) {
  if (!result) {
    std::cerr << result.error().rule << ": " << result.error().reason << "\n";
    std::exit(1);
  }
  return *std::move(result);
}

nebula::Certificate issue(Version version, const nebula::Details& details, const Sign& sign) {
  const Bytes message = must(nebula::to_be_signed(version, details));
  return must(nebula::assemble(version, details, sign(message)));
}

ca::Prefix prefix(std::string_view text) { return *ca::Prefix::parse(text); }

void issue_all(const std::string& directory, const std::string& scheme, nebula::Curve curve,
               BytesView ca_key, BytesView host_key, const Sign& sign) {
  const std::int64_t now = std::chrono::duration_cast<std::chrono::seconds>(
                               std::chrono::system_clock::now().time_since_epoch())
                               .count();
  for (const Version ca_version : {Version::v1, Version::v2}) {
    std::vector<ca::Prefix> networks{prefix("10.42.0.0/16")};
    if (ca_version == Version::v2) networks.push_back(prefix("fd42::/64"));
    const nebula::Details ca_details = nebula::ca_details("mesh", networks, {"web", "db"}, now - 60,
                                                          now + 86400 * 365, curve, ca_key);
    must(nebula::check_issuable_ca(ca_version, ca_details));
    const nebula::Certificate ca = issue(ca_version, ca_details, sign);
    const std::string base =
        directory + "/" + scheme + "-" + std::to_string(static_cast<int>(ca_version));
    std::ofstream(base + ".ca.crt") << to_pem(ca);
    for (const Version version : {Version::v1, Version::v2}) {
      std::vector<ca::Prefix> addresses{prefix("10.42.0.7/16")};
      if (ca_version == Version::v2 && version == Version::v2)
        addresses.push_back(prefix("fd42::7/64"));
      const nebula::Details leaf = nebula::leaf_details(ca, "web1.example", addresses, {"web"},
                                                        now - 60, now + 86400 * 7, host_key);
      must(nebula::check_issuable(version, leaf, ca));
      std::ofstream(base + "-" + std::to_string(static_cast<int>(version)) + ".crt")
          << to_pem(issue(version, leaf, sign));
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  SystemRng rng;
  const SigningKey ed25519 = SigningKey::generate(rng);
  const SigningKey host = SigningKey::generate(rng);  // any 32 bytes serve as a host's key
  issue_all(argv[1], "ed25519", nebula::Curve::curve25519, ed25519.public_key().bytes,
            host.public_key().bytes,
            [&](BytesView message) { return to_bytes(BytesView(ed25519.sign(message))); });
  const P256KeyPair p256 = P256KeyPair::generate(rng);
  const P256KeyPair p256_host = P256KeyPair::generate(rng);
  issue_all(argv[1], "p256", nebula::Curve::p256, p256.public_key.bytes(),
            p256_host.public_key.bytes(),
            [&](BytesView message) { return sign_p256(p256, message); });
  return 0;
}
