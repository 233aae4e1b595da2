// crypto/verify_batch.h — many Ed25519 signatures of one key at once, several times faster than one
// after another (Bernstein, Duif, Lange, Schwabe, Yang: https://ed25519.cr.yp.to, §5).
#pragma once

#include <span>

#include "crypto/signing_key.h"

namespace jointca {

struct SignedMessage {
  BytesView message;
  SignatureBytes signature;
};

/// Whether all signatures are valid under `key`: one random combination of their equations. If it
/// is false, verify() tells which. A signature that verify() refuses is let through with a
/// probability of 2^-128, with one exception: if a part of small order was added to its R, which
/// only the holder of the key can do. Variable time; all inputs are public.
[[nodiscard]] bool verify_batch(const PublicKey& key, std::span<const SignedMessage> messages);

}  // namespace jointca
