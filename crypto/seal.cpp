#include "crypto/seal.h"

#include <optional>

#include <sodium.h>

#include "base/codec.h"
#include "crypto/rng.h"

namespace jointca {
namespace {

constexpr std::string_view magic = "jointca-sealed/1";
constexpr std::size_t sealed_bytes_max = std::size_t{1} << 20;
constexpr std::uint32_t passes_max = 16;
constexpr std::uint32_t memory_kib_max = 1024 * 1024;
using Salt = std::array<std::uint8_t, crypto_pwhash_SALTBYTES>;
using Nonce = std::array<std::uint8_t, crypto_aead_xchacha20poly1305_ietf_NPUBBYTES>;
constexpr std::size_t tag_bytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;

/// Nothing when the memory for Argon2id cannot be had.
std::optional<Secret<32>> stretched(const SecretBytes& passphrase, const Salt& salt,
                                    SealCost cost) {
  const BytesView text = passphrase.expose();
  // libsodium takes no null pointer, which an empty passphrase is.
  const char* const password = text.empty() ? "" : reinterpret_cast<const char*>(text.data());
  bool done = false;
  auto key = Secret<32>::make([&](std::span<std::uint8_t, 32> out) {
    done = crypto_pwhash(out.data(), out.size(), password, text.size(), salt.data(), cost.passes,
                         std::size_t{cost.memory_kib} * 1024, crypto_pwhash_ALG_ARGON2ID13) == 0;
  });
  if (!done) return std::nullopt;
  return key;
}

Bytes header(SealCost cost, const Salt& salt, const Nonce& nonce) {
  Writer out;
  out.bytes(as_bytes(magic)).integer(cost.passes).integer(cost.memory_kib).bytes(salt).bytes(nonce);
  return std::move(out).take();
}

Bytes associated_data(Bytes header, std::string_view label) {
  header.insert(header.end(), label.begin(), label.end());
  return header;
}

}  // namespace

Bytes seal(BytesView secret, const SecretBytes& passphrase, std::string_view label, SealCost cost,
           Rng& rng) {
  const auto salt = rng.array<crypto_pwhash_SALTBYTES>();
  const auto nonce = rng.array<crypto_aead_xchacha20poly1305_ietf_NPUBBYTES>();
  const auto key = stretched(passphrase, salt, cost);
  JCA_ASSERT(key.has_value());
  Bytes out = header(cost, salt, nonce);
  const Bytes associated = associated_data(out, label);
  const std::size_t start = out.size();
  out.resize(start + secret.size() + tag_bytes);
  crypto_aead_xchacha20poly1305_ietf_encrypt(out.data() + start, nullptr, secret.data(),
                                             secret.size(), associated.data(), associated.size(),
                                             nullptr, nonce.data(), key->expose().data());
  return out;
}

Result<SecretBytes, Error> open_sealed(BytesView sealed, const SecretBytes& passphrase,
                                       std::string_view label) {
  const auto not_sealed = [] { return failed("not a sealed file, or a damaged one"); };
  if (sealed.size() > sealed_bytes_max) return not_sealed();
  Reader in(sealed);
  const auto found = in.bytes(magic.size());
  const auto passes = in.integer<std::uint32_t>(1, passes_max);
  const auto memory_kib = in.integer<std::uint32_t>(8, memory_kib_max);
  const auto salt = in.array<crypto_pwhash_SALTBYTES>();
  const auto nonce = in.array<crypto_aead_xchacha20poly1305_ietf_NPUBBYTES>();
  if (!found || !equal(*found, as_bytes(magic)) || !passes || !memory_kib || !salt || !nonce ||
      in.remaining() < tag_bytes)
    return not_sealed();
  const SealCost cost{*passes, *memory_kib};
  const auto key = stretched(passphrase, *salt, cost);
  if (!key) return failed("not enough memory to open the sealed file");
  const BytesView ciphertext = *in.bytes(in.remaining());
  const Bytes associated = associated_data(header(cost, *salt, *nonce), label);
  Bytes secret(ciphertext.size() - tag_bytes);
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(
          secret.data(), nullptr, nullptr, ciphertext.data(), ciphertext.size(), associated.data(),
          associated.size(), nonce->data(), key->expose().data()) != 0)
    return failed(Error::Code::verification, "wrong passphrase, or the file was changed");
  return SecretBytes(std::move(secret));
}

}  // namespace jointca
