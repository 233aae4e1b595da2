// crypto/xeddsa.h — signatures with X25519 keys: proof that a host holds the key it enrols.
//
// XEdDSA on Curve25519 with SHA-512: T. Perrin, "The XEdDSA and VXEdDSA Signature Schemes",
// revision 1 (https://signal.org/docs/specifications/xeddsa/), §2.3 and §3.
#pragma once

#include <optional>

#include "base/bytes.h"
#include "crypto/signing_key.h"
#include "crypto/x25519.h"

namespace jointca {

class Rng;

/// convert_mont(u): the Ed25519 key with sign bit 0 whose Montgomery form is `u`. Nothing if
/// u ≥ p or u = −1, which has no image. The result need not lie on the curve: verify() then fails.
[[nodiscard]] std::optional<PublicKey> xeddsa_public_key(const Digest& u);

/// xeddsa_sign(k, M, Z) with 64 random bytes Z. Randomised: two signatures of one message differ.
/// `message` must begin with a label of its own use.
[[nodiscard]] SignatureBytes xeddsa_sign(const X25519Key& key, BytesView message, Rng& rng);

/// xeddsa_verify(u, M, R || s). Refuses keys of small order too. Variable time; inputs are public.
[[nodiscard]] bool xeddsa_verify(const Digest& u, BytesView message,
                                 const SignatureBytes& signature);

}  // namespace jointca
