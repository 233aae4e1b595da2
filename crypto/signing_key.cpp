#include "crypto/signing_key.h"

#include <memory>

#include <openssl/evp.h>
#include <sodium.h>

#include "crypto/hash.h"
#include "crypto/rng.h"

namespace jointca {
namespace {

struct FreePkey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

/// libsodium's 64-byte secret key, seed || public key.
Secret<64> expanded(const Secret<32>& seed, PublicKey& public_key) {
  return Secret<64>::make([&](std::span<std::uint8_t, 64> out) {
    crypto_sign_seed_keypair(public_key.bytes.data(), out.data(), seed.expose().data());
  });
}

}  // namespace

// OpenSSL and not libsodium verifies: libsodium refuses small-order keys, which Go and therefore
// Nebula accept, and `cert verify` promises Nebula's verdict.
bool verify(const PublicKey& key, BytesView message, const SignatureBytes& signature) {
  const std::unique_ptr<EVP_PKEY, FreePkey> pkey(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, key.bytes.data(), key.bytes.size()));
  const std::unique_ptr<EVP_MD_CTX, FreeContext> context(EVP_MD_CTX_new());
  return pkey && context &&
         EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, pkey.get()) == 1 &&
         EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(),
                          message.size()) == 1;
}

SigningKey::SigningKey(Secret<32> seed) : seed_(std::move(seed)) {
  const auto unused = expanded(seed_, public_key_);
}

SigningKey SigningKey::generate(Rng& rng) { return SigningKey(rng.secret<32>()); }

SignatureBytes SigningKey::sign(BytesView message) const {
  PublicKey unused;
  const Secret<64> key = expanded(seed_, unused);
  SignatureBytes signature;
  crypto_sign_detached(signature.data(), nullptr, message.data(), message.size(),
                       key.expose().data());
  return signature;
}

SigningKey SigningKey::derive(std::string_view label) const {
  return SigningKey(Secret<32>::make([&](std::span<std::uint8_t, 32> out) {
    crypto_auth_hmacsha512256(out.data(), as_bytes(label).data(), label.size(),
                              seed_.expose().data());
  }));
}

}  // namespace jointca
