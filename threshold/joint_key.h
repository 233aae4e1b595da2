// threshold/joint_key.h — a joint key of either scheme: what everyone may know of it, and what one
// party keeps. The seam that ceremonies and storage go through.
#pragma once

#include <variant>

#include "crypto/joint_public_key.h"
#include "threshold/cggmp24/key_package.h"
#include "threshold/frost/types.h"

namespace jointca {

/// What a ceremony certifies of a key.
using JointKey = std::variant<frost::GroupKey, cggmp24::CertifiedKey>;
/// What one party keeps of it.
using JointKeyPackage = std::variant<frost::KeyPackage, cggmp24::KeyPackage>;

[[nodiscard]] JointPublicKey public_key_of(const JointKey& key);
[[nodiscard]] PartySet parties_of(const JointKey& key);
/// Encoded points of the parties: 32 bytes of Ed25519, 33 of P-256.
[[nodiscard]] PerParty<Bytes> verifying_shares_of(const JointKey& key);

[[nodiscard]] JointKey joint_key_of(const JointKeyPackage& package);
[[nodiscard]] Identifier identifier_of(const JointKeyPackage& package);

/// The first byte tells the scheme: 1 FROST, 2 CGGMP24.
void encode(const JointKey& key, Writer& out);
Parsed<JointKey> read_joint_key(Reader& in);

/// Secrets included, for sealing at rest.
[[nodiscard]] SecretBytes encode_secret(const JointKeyPackage& package);
/// Under the production parameters. Also checks that the secrets belong to the public values.
Parsed<JointKeyPackage> parse_joint_key_package(const SecretBytes& input);

}  // namespace jointca
