#include "crypto/verify_batch.h"

namespace jointca {
namespace {

/// A claim with its point: parsed and canonical.
struct Term {
  edwards::Extended minus_R;
  Scalar s;
  Scalar k;
  std::size_t position = 0;
};

__extension__ typedef unsigned __int128 Wide;

/// Σ weight·scalar as an integer, below 2^448: reduced once, not for each term.
class WeightedSum {
 public:
  /// The weight is below 2^128.
  void add(const Digest& weight, const Scalar& scalar) {
    for (std::size_t i = 0; i < 2; ++i) {
      Wide carry = 0;
      for (std::size_t k = i; k < sum_.size(); ++k) {
        carry += sum_[k];
        if (k < i + 4) carry += Wide{word(weight, i)} * word(scalar.bytes(), k - i);
        sum_[k] = static_cast<std::uint64_t>(carry);
        carry >>= 64;
      }
    }
  }
  [[nodiscard]] Scalar reduced() const {
    Digest64 bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i)
      bytes[i] = static_cast<std::uint8_t>(sum_[i / 8] >> (i % 8 * 8));
    return Scalar::reduce(bytes);
  }

 private:
  static std::uint64_t word(const Digest& bytes, std::size_t at) {
    std::uint64_t value = 0;
    for (std::size_t i = 8; i-- > 0;) value = value << 8 | bytes[8 * at + i];
    return value;
  }

  std::array<std::uint64_t, 8> sum_{};
};

/// One number of 128 bits for each term that nobody could know while making the terms.
std::vector<Digest> weights(std::span<const Term> terms, std::span<const Claim> claims) {
  constexpr std::size_t weight_bytes = 16, per_hash = Digest64{}.size() / weight_bytes;
  Sha512 all;
  for (const Term& term : terms) all.update(claims[term.position].signature).update(term.k.bytes());
  const Digest64 seed = all.finish();
  Digest64 hash{};
  std::vector<Digest> out;
  out.reserve(terms.size());
  for (std::size_t i = 0; i < terms.size(); ++i) {
    const std::uint64_t number = i / per_hash;
    if (i % per_hash == 0)
      hash =
          sha512({seed, BytesView(reinterpret_cast<const std::uint8_t*>(&number), sizeof number)});
    Digest weight{};
    std::copy_n(hash.begin() + i % per_hash * weight_bytes, weight_bytes, weight.begin());
    out.push_back(weight);
  }
  return out;
}

bool sum_is_zero(const edwards::Extended& minus_key, std::span<const Term> terms,
                 std::span<const Claim> claims) {
  const auto z = weights(terms, claims);
  WeightedSum s, k;
  std::vector<edwards::Term> sum;
  sum.reserve(terms.size());
  for (std::size_t i = 0; i < terms.size(); ++i) {
    s.add(z[i], terms[i].s);
    k.add(z[i], terms[i].k);
    sum.push_back({z[i], &terms[i].minus_R});
  }
  const edwards::Term key{k.reduced().bytes(), &minus_key};
  return edwards::is_identity(
      edwards::add(edwards::multiexp(s.reduced().bytes(), {&key, 1}), edwards::multiexp_many(sum)));
}

void decide(const edwards::Extended& minus_key, std::span<const Term> terms,
            std::span<const Claim> claims, std::vector<bool>& verdicts) {
  if (terms.empty()) return;
  if (sum_is_zero(minus_key, terms, claims)) {
    for (const Term& term : terms) verdicts[term.position] = true;
  } else if (terms.size() > 1) {
    decide(minus_key, terms.first(terms.size() / 2), claims, verdicts);
    decide(minus_key, terms.subspan(terms.size() / 2), claims, verdicts);
  }
}

}  // namespace

Claim make_claim(const PublicKey& key, BytesView message, const SignatureBytes& signature) {
  return {signature, Scalar::reduce(sha512({BytesView(signature).first(32), key.bytes, message}))};
}

std::vector<bool> verify_batch(const PublicKey& key, std::span<const Claim> claims) {
  std::vector<bool> verdicts(claims.size(), false);
  const auto point = edwards::decompress(key.bytes);
  if (!point) return verdicts;
  const edwards::Extended minus_key = edwards::negate(*point);
  std::vector<Digest> encodings;
  encodings.reserve(claims.size());
  for (const Claim& claim : claims)
    encodings.push_back(*to_array<32>(BytesView(claim.signature).first(32)));
  const auto R = edwards::decompress(encodings);
  std::vector<Term> terms;
  terms.reserve(claims.size());
  for (std::size_t i = 0; i < claims.size(); ++i) {
    const auto s = Scalar::parse(BytesView(claims[i].signature).last(32));
    if (R[i] && s) terms.push_back({edwards::negate(*R[i]), *s, claims[i].challenge, i});
  }
  decide(minus_key, terms, claims, verdicts);
  return verdicts;
}

}  // namespace jointca
