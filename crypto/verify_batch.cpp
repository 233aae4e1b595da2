#include "crypto/verify_batch.h"

#include <vector>

#include "crypto/ed25519.h"

namespace jointca {
namespace {

struct Equation {
  edwards::Extended R;
  Scalar s;
  Scalar k;  ///< RFC 8032 §5.1.7: SHA-512(R ‖ A ‖ M)
};

std::optional<Equation> equation_of(const PublicKey& key, const SignedMessage& signed_message) {
  const BytesView signature = signed_message.signature;
  const auto R = edwards::decompress(*to_array<32>(signature.first(32)));
  const auto s = Scalar::parse(signature.last(32));
  if (!R || !s) return std::nullopt;
  return Equation{*R, *s,
                  Scalar::reduce(sha512({signature.first(32), key.bytes, signed_message.message}))};
}

/// 128 bits that nobody knows before all equations are fixed.
Scalar coefficient(const Digest64& seed, std::size_t index) {
  const Digest64 hash = sha512({seed, as_bytes(std::to_string(index))});
  Digest bytes{};
  std::copy_n(hash.begin(), 16, bytes.begin());
  return *Scalar::parse(bytes);
}

}  // namespace

// s·B = R + k·A for each, so Σ z·R + (Σ z·k)·A − (Σ z·s)·B is the identity.
bool verify_batch(const PublicKey& key, std::span<const SignedMessage> messages) {
  const auto A = edwards::decompress(key.bytes);
  if (!A) return false;
  std::vector<Equation> equations;
  equations.reserve(messages.size());
  Sha512 transcript;
  transcript.update(as_bytes("jointca/verify-batch/v1")).update(key.bytes);
  for (const SignedMessage& message : messages) {
    const auto equation = equation_of(key, message);
    if (!equation) return false;
    transcript.update(message.signature).update(equation->k.bytes());
    equations.push_back(*equation);
  }
  const Digest64 seed = transcript.finish();
  Scalar base;
  Scalar of_key;
  std::vector<edwards::Term> terms;
  terms.reserve(equations.size() + 1);
  for (std::size_t i = 0; i < equations.size(); ++i) {
    const Scalar z = coefficient(seed, i);
    base = base - z * equations[i].s;
    of_key = of_key + z * equations[i].k;
    terms.push_back({z.bytes(), &equations[i].R});
  }
  terms.push_back({of_key.bytes(), &*A});
  return edwards::is_identity(edwards::multiexp(base.bytes(), terms));
}

}  // namespace jointca
