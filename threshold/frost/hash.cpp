#include "threshold/frost/hash.h"

namespace jointca::frost {
namespace {

constexpr std::string_view context_string = "FROST-ED25519-SHA512-v1";

Digest64 hash_under(std::string_view label, Parts parts) {
  Sha512 hash;
  hash.update(as_bytes(context_string)).update(as_bytes(label));
  for (const BytesView part : parts) hash.update(part);
  return hash.finish();
}

}  // namespace

Scalar h1(Parts parts) { return Scalar::reduce(hash_under("rho", parts)); }

Scalar h2(Parts parts) { return Scalar::reduce(sha512(parts)); }

SecretScalar h3(BytesView random, BytesView secret, BytesView context) {
  return SecretScalar::hash({as_bytes(context_string), as_bytes("nonce"), random, secret, context});
}

Digest64 h4(BytesView message) { return hash_under("msg", {message}); }

Digest64 h5(BytesView commitments) { return hash_under("com", {commitments}); }

Scalar h_dkg(Parts parts) { return Scalar::reduce(hash_under("dkg", parts)); }

}  // namespace jointca::frost
