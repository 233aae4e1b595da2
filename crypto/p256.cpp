// crypto/p256.cpp — P-256 keys and ECDSA verification, by OpenSSL.
#include "crypto/p256.h"

#include <memory>
#include <utility>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/params.h>

#include "base/assert.h"
#include "crypto/free_with.h"
#include "crypto/rng.h"

namespace jointca {
namespace {

using Pkey = std::unique_ptr<EVP_PKEY, FreeWith<EVP_PKEY_free>>;
using PkeyContext = std::unique_ptr<EVP_PKEY_CTX, FreeWith<EVP_PKEY_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, FreeWith<EVP_MD_CTX_free>>;
using Group = std::unique_ptr<EC_GROUP, FreeWith<EC_GROUP_free>>;
using Point = std::unique_ptr<EC_POINT, FreeWith<EC_POINT_free>>;
using SecretNumber = std::unique_ptr<BIGNUM, FreeWith<BN_clear_free>>;
using Scalar = std::array<std::uint8_t, 32>;

/// The order of the group, N, big-endian (SP 800-186 §3.2.1.3).
constexpr Scalar order{0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff,
                       0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17,
                       0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51};

/// N − s, for 0 < s < N.
Scalar negated(const Scalar& s) {
  Scalar out{};
  int borrow = 0;
  for (std::size_t i = s.size(); i > 0; --i) {
    const int difference = order[i - 1] - s[i - 1] - borrow;
    borrow = difference < 0 ? 1 : 0;
    out[i - 1] = static_cast<std::uint8_t>(difference);
  }
  return out;
}

/// Whether 0 < s < N. Variable time: for public values.
bool in_range(const Scalar& s) { return s != Scalar{} && s < order; }

struct Signature {
  Scalar r;
  Scalar s;
};

/// The INTEGER at the front of `input`, which it loses. Strict DER, 0 < value < N.
std::optional<Scalar> take_integer(BytesView& input) {
  if (input.size() < 3 || input[0] != 0x02 || input[1] == 0 || input[1] > 33 ||
      input.size() < 2U + input[1])
    return std::nullopt;
  BytesView content = input.subspan(2, input[1]);
  input = input.subspan(2U + content.size());
  if ((content[0] & 0x80) != 0) return std::nullopt;
  if (content[0] == 0 && content.size() > 1) {
    if ((content[1] & 0x80) == 0) return std::nullopt;
    content = content.subspan(1);
  }
  if (content.size() > 32) return std::nullopt;
  Scalar out{};
  std::copy(content.begin(), content.end(),
            out.end() - static_cast<std::ptrdiff_t>(content.size()));
  return in_range(out) ? std::optional(out) : std::nullopt;
}

/// SEQUENCE { r INTEGER, s INTEGER } and nothing else. At most 72 bytes, so every length is one
/// byte.
std::optional<Signature> parse_signature(BytesView der) {
  if (der.size() < 2 || der[0] != 0x30 || der[1] >= 0x80 || der.size() != 2U + der[1])
    return std::nullopt;
  BytesView content = der.subspan(2);
  const auto r = take_integer(content);
  const auto s = r ? take_integer(content) : std::nullopt;
  if (!s || !content.empty()) return std::nullopt;
  return Signature{*r, *s};
}

void append_integer(Bytes& out, const Scalar& value) {
  const auto* first = std::find_if(value.begin(), value.end(), [](auto byte) { return byte != 0; });
  const bool padded = (*first & 0x80) != 0;
  out.push_back(0x02);
  out.push_back(static_cast<std::uint8_t>(value.end() - first + (padded ? 1 : 0)));
  if (padded) out.push_back(0);
  out.insert(out.end(), first, value.end());
}

Bytes encode_signature(const Signature& signature) {
  Bytes content;
  append_integer(content, signature.r);
  append_integer(content, signature.s);
  Bytes out{0x30, static_cast<std::uint8_t>(content.size())};
  out.insert(out.end(), content.begin(), content.end());
  return out;
}

/// s ≤ N/2, that is s ≤ N − s: they cannot be equal, because N is odd.
bool low(const Scalar& s) { return s < negated(s); }

/// OpenSSL's key object; null unless the bytes are a point of the curve.
Pkey to_pkey(BytesView encoding) {
  std::array<char, 11> group{"prime256v1"};
  Bytes point = to_bytes(encoding);
  std::array<OSSL_PARAM, 3> parameters{
      OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group.data(), 0),
      OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()),
      OSSL_PARAM_construct_end()};
  const PkeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  EVP_PKEY* key = nullptr;
  if (!context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.data()) != 1)
    return nullptr;
  return Pkey(key);
}

}  // namespace

std::optional<P256PublicKey> P256PublicKey::parse(BytesView bytes) {
  const auto encoding = to_array<65>(bytes);
  if (!encoding || encoding->front() != 0x04 || !to_pkey(bytes)) return std::nullopt;
  return P256PublicKey(*encoding);
}

bool verify_p256(const P256PublicKey& key, BytesView message, BytesView signature) {
  if (!parse_signature(signature)) return false;
  const Pkey pkey = to_pkey(key.bytes());
  const DigestContext context(EVP_MD_CTX_new());
  return pkey && context &&
         EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, pkey.get()) == 1 &&
         EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(),
                          message.size()) == 1;
}

bool is_low_s(BytesView signature) {
  const auto parsed = parse_signature(signature);
  return parsed && low(parsed->s);
}

std::optional<Bytes> with_low_s(BytesView signature) {
  return is_low_s(signature) ? to_bytes(signature) : with_other_s(signature);
}

std::optional<Bytes> with_other_s(BytesView signature) {
  auto parsed = parse_signature(signature);
  if (!parsed) return std::nullopt;
  parsed->s = negated(parsed->s);
  return encode_signature(*parsed);
}

std::optional<Bytes> p256_signature_der(BytesView r_and_s) {
  if (r_and_s.size() != 64) return std::nullopt;
  const Signature out{*to_array<32>(r_and_s.first(32)), *to_array<32>(r_and_s.subspan(32))};
  if (!in_range(out.r) || !in_range(out.s)) return std::nullopt;
  return encode_signature(out);
}

P256KeyPair P256KeyPair::generate(Rng& rng) {
  // A random 32-byte string is ≥ N with probability 2^−32: try again then, as FIPS 186-5 A.2.2.
  for (;;) {
    auto pair = from_secret(rng.secret<32>());
    if (pair) return std::move(*pair);
  }
}

std::optional<P256KeyPair> P256KeyPair::from_secret(Secret<32> secret) {
  const Group group(EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1));
  const SecretNumber scalar(BN_secure_new());
  JCA_ASSERT(group && scalar);
  JCA_ASSERT(BN_bin2bn(secret.expose().data(), 32, scalar.get()) != nullptr);
  if (BN_is_zero(scalar.get()) || BN_cmp(scalar.get(), EC_GROUP_get0_order(group.get())) >= 0)
    return std::nullopt;
  BN_set_flags(scalar.get(), BN_FLG_CONSTTIME);
  const Point point(EC_POINT_new(group.get()));
  P256PublicKey::Encoding encoding{};
  JCA_ASSERT(point &&
             EC_POINT_mul(group.get(), point.get(), scalar.get(), nullptr, nullptr, nullptr) == 1);
  JCA_ASSERT(EC_POINT_point2oct(group.get(), point.get(), POINT_CONVERSION_UNCOMPRESSED,
                                encoding.data(), encoding.size(), nullptr) == encoding.size());
  const auto public_key = P256PublicKey::parse(encoding);
  JCA_ASSERT(public_key.has_value());
  return P256KeyPair{std::move(secret), *public_key};
}

}  // namespace jointca
