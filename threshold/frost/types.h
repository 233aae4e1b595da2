// threshold/frost/types.h — the values of FROST(Ed25519, SHA-512), RFC 9591 §6.1.
#pragma once

#include <type_traits>
#include <vector>

#include "base/codec.h"
#include "crypto/ed25519.h"
#include "threshold/party.h"

namespace jointca::frost {

/// Commitments φ_k = a_k·B to the coefficients of a dealer's polynomial, lowest degree first.
struct VssCommitment {
  std::vector<Point> coefficients;  ///< min_signers points; φ₀ is not the identity
};

/// A Schnorr proof that the dealer knows a₀: z·B = R + c·φ₀.
struct ProofOfPossession {
  Point R;
  Scalar z;
};

/// What everyone may know of a joint key.
struct GroupKey {
  Point public_key;                  ///< Y: certificates verify under it as Ed25519 signatures
  PerParty<Point> verifying_shares;  ///< Y_i = s_i·B of every party
  std::uint16_t min_signers = 0;     ///< t, at least 2

  bool operator==(const GroupKey&) const = default;
};

/// What one party keeps of a joint key.
struct KeyPackage : MoveOnly {
  KeyPackage(Identifier identifier_, SecretScalar share_, GroupKey group_)
      : identifier(identifier_), share(std::move(share_)), group(std::move(group_)) {}

  Identifier identifier;
  SecretScalar share;  ///< s_i = f(i) mod q
  GroupKey group;

  [[nodiscard]] KeyPackage duplicate() const { return {identifier, share.duplicate(), group}; }
};

/// The public halves of one pair of nonces, RFC 9591 §5.1.
struct NonceCommitments {
  Point hiding;   ///< D_i, never the identity
  Point binding;  ///< E_i, never the identity

  bool operator==(const NonceCommitments&) const = default;
};

/// The fields of every FROST message, with the place in the error.
Parsed<Point> read_point(Reader& in, Point::Identity identity = Point::Identity::refused);
Parsed<Scalar> read_scalar(Reader& in);

void encode(const GroupKey& key, Writer& out);
Parsed<GroupKey> read_group_key(Reader& in);
Parsed<GroupKey> parse(std::type_identity<GroupKey>, BytesView input);
/// The whole package, secret share included, for sealing at rest.
[[nodiscard]] SecretBytes encode_secret(const KeyPackage& key);
/// Also checks that the share belongs to its verifying share.
Parsed<KeyPackage> parse_key_package(const SecretBytes& input);

}  // namespace jointca::frost
