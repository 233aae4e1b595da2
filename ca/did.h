// ca/did.h — did:key names of Ed25519 keys (W3C CCG, "The did:key Method" v0.9).
#pragma once

#include <string>

#include "crypto/signing_key.h"

namespace jointca::ca {

/// "did:key:z6Mk…": multicodec ed25519-pub (0xed01) before the key, in base58btc.
[[nodiscard]] std::string did_key(const PublicKey& key);

}  // namespace jointca::ca
