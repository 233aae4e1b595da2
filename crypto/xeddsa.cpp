#include "crypto/xeddsa.h"

#include <gmpxx.h>
#include <sodium/crypto_core_ed25519.h>
#include <sodium/crypto_scalarmult_ed25519.h>

#include "crypto/hash.h"
#include "crypto/rng.h"

namespace jointca {
namespace {

constexpr std::uint8_t sign_bit = 0x80;

mpz_class field_prime() { return (mpz_class(1) << 255) - 19; }

/// calculate_key_pair(k), §2.3: the Ed25519 pair with sign bit 0 that belongs to an X25519 key.
struct EdPair : MoveOnly {
  Secret<32> a;
  PublicKey A;
};

Secret<32> clamped(const Secret<32>& key) {
  return Secret<32>::make([&](std::span<std::uint8_t, 32> out) {
    std::copy(key.expose().begin(), key.expose().end(), out.begin());
    out[0] = static_cast<std::uint8_t>(out[0] & 0xf8);
    out[31] = static_cast<std::uint8_t>((out[31] & 0x7f) | 0x40);
  });
}

/// The 64 little-endian bytes that `write` makes, mod q.
template <class Write>
Secret<32> reduced(Write&& write) {
  const auto wide = Secret<64>::make(std::forward<Write>(write));
  return Secret<32>::make([&](std::span<std::uint8_t, 32> out) {
    crypto_core_ed25519_scalar_reduce(out.data(), wide.expose().data());
  });
}

EdPair calculate_key_pair(const X25519Key& key) {
  const Secret<32> whole = clamped(key.secret());
  const Secret<32> k = reduced([&](std::span<std::uint8_t, 64> out) {
    std::copy(whole.expose().begin(), whole.expose().end(), out.begin());
  });
  // > E = kB; A.y = E.y; A.s = 0
  PublicKey A;
  JCA_ASSERT(crypto_scalarmult_ed25519_base_noclamp(A.bytes.data(), k.expose().data()) == 0);
  const auto negative = static_cast<std::uint8_t>(A.bytes[31] >> 7);
  A.bytes[31] = static_cast<std::uint8_t>(A.bytes[31] & ~sign_bit);
  // > if E.s == 1: a = -k (mod q) else: a = k (mod q)
  // Chosen without a branch. libsignal does not reduce in the second case; verifiers take both.
  const auto negated = Secret<32>::make([&](std::span<std::uint8_t, 32> out) {
    crypto_core_ed25519_scalar_negate(out.data(), k.expose().data());
  });
  const auto mask = static_cast<std::uint8_t>(-negative);
  Secret<32> a = Secret<32>::make([&](std::span<std::uint8_t, 32> out) {
    for (std::size_t i = 0; i < out.size(); ++i)
      out[i] = static_cast<std::uint8_t>((negated.expose()[i] & mask) | (k.expose()[i] & ~mask));
  });
  return {{}, std::move(a), A};
}

/// h = hash(R || A || M) (mod q).
Digest challenge(BytesView R, const PublicKey& A, BytesView message) {
  const Digest64 wide = sha512({R, A.bytes, message});
  Digest out;
  crypto_core_ed25519_scalar_reduce(out.data(), wide.data());
  return out;
}

}  // namespace

std::optional<PublicKey> xeddsa_public_key(const Digest& u) {
  const mpz_class p = field_prime();
  mpz_class x;
  mpz_import(x.get_mpz_t(), u.size(), -1, 1, 0, 0, u.data());
  const mpz_class denominator = x + 1;
  mpz_class inverse;
  if (x >= p || mpz_invert(inverse.get_mpz_t(), denominator.get_mpz_t(), p.get_mpz_t()) == 0)
    return std::nullopt;
  // > u_to_y(u) = (u - 1) * inv(u + 1) (mod p)
  mpz_class y = (x - 1) * inverse;
  mpz_mod(y.get_mpz_t(), y.get_mpz_t(), p.get_mpz_t());
  PublicKey out;
  mpz_export(out.bytes.data(), nullptr, -1, 1, 0, 0, y.get_mpz_t());
  return out;
}

SignatureBytes xeddsa_sign(const X25519Key& key, BytesView message, Rng& rng) {
  const EdPair pair = calculate_key_pair(key);
  const Secret<64> Z = rng.secret<64>();
  // > r = hash1(a || M || Z) (mod q), where hash_i(X) = hash(2^b - 1 - i || X) and b = 256
  std::array<std::uint8_t, 32> hash1_prefix;
  hash1_prefix.fill(0xff);
  hash1_prefix[0] = 0xfe;
  const Secret<32> r = reduced([&](std::span<std::uint8_t, 64> out) {
    Digest64 hash = sha512({hash1_prefix, pair.a.expose(), message, Z.expose()});
    std::copy(hash.begin(), hash.end(), out.begin());
    sodium_memzero(hash.data(), hash.size());
  });
  Digest R;
  JCA_ASSERT(crypto_scalarmult_ed25519_base_noclamp(R.data(), r.expose().data()) == 0);
  // > s = r + ha (mod q)
  const Digest h = challenge(R, pair.A, message);
  const auto ha = Secret<32>::make([&](std::span<std::uint8_t, 32> out) {
    crypto_core_ed25519_scalar_mul(out.data(), h.data(), pair.a.expose().data());
  });
  SignatureBytes signature;
  std::copy(R.begin(), R.end(), signature.begin());
  crypto_core_ed25519_scalar_add(signature.data() + 32, r.expose().data(), ha.expose().data());
  return signature;
}

bool xeddsa_verify(const Digest& u, BytesView message, const SignatureBytes& signature) {
  const auto key = xeddsa_public_key(u);
  return key && !is_low_order(u) && verify(*key, message, signature);
}

}  // namespace jointca
