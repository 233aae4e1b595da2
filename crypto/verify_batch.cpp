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

/// One number of 128 bits for each term that nobody could know while making the terms.
std::vector<Scalar> weights(std::span<const Term> terms, std::span<const Claim> claims) {
  constexpr std::size_t weight_bytes = 16, per_hash = Digest64{}.size() / weight_bytes;
  Sha512 all;
  for (const Term& term : terms) all.update(claims[term.position].signature).update(term.k.bytes());
  const Digest64 seed = all.finish();
  Digest64 hash{};
  std::vector<Scalar> out;
  out.reserve(terms.size());
  for (std::size_t i = 0; i < terms.size(); ++i) {
    const std::uint64_t number = i / per_hash;
    if (i % per_hash == 0)
      hash =
          sha512({seed, BytesView(reinterpret_cast<const std::uint8_t*>(&number), sizeof number)});
    Digest weight{};
    std::copy_n(hash.begin() + i % per_hash * weight_bytes, weight_bytes, weight.begin());
    out.push_back(*Scalar::parse(weight));
  }
  return out;
}

bool sum_is_zero(const edwards::Extended& minus_key, std::span<const Term> terms,
                 std::span<const Claim> claims) {
  const auto z = weights(terms, claims);
  Scalar s, k;
  std::vector<edwards::Term> sum;
  sum.reserve(terms.size());
  for (std::size_t i = 0; i < terms.size(); ++i) {
    s = s + z[i] * terms[i].s;
    k = k + z[i] * terms[i].k;
    sum.push_back({z[i].bytes(), &terms[i].minus_R});
  }
  const edwards::Term key{k.bytes(), &minus_key};
  return edwards::is_identity(
      edwards::add(edwards::multiexp(s.bytes(), {&key, 1}), edwards::multiexp_many(sum)));
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
