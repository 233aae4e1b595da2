// threshold/frost/hash.h — the hash functions of FROST(Ed25519, SHA-512), RFC 9591 §6.1.
#pragma once

#include "crypto/ed25519.h"

namespace jointca::frost {

using Parts = std::initializer_list<BytesView>;

/// H1: binding factors.
[[nodiscard]] Scalar h1(Parts parts);
/// H2: the challenge, without a prefix, as RFC 8032 defines it.
[[nodiscard]] Scalar h2(Parts parts);
/// H3: nonces.
[[nodiscard]] SecretScalar h3(BytesView random, BytesView secret, BytesView context);
/// H4: the message.
[[nodiscard]] Digest64 h4(BytesView message);
/// H5: the list of commitments.
[[nodiscard]] Digest64 h5(BytesView commitments);
/// Not of the RFC: the challenge of a proof of possession, as ZF frost names it ("dkg").
[[nodiscard]] Scalar h_dkg(Parts parts);

}  // namespace jointca::frost
