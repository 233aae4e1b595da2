// threshold/cggmp24/key_package.h — what a key ceremony makes for CGGMP24: the part that everyone
// certifies, and what one party keeps, as one encoding for sealing at rest.
#pragma once

#include "threshold/cggmp24/aux_info.h"
#include "threshold/cggmp24/keygen.h"

namespace jointca::cggmp24 {

/// What everyone may know and all certify: the joint key, and of each party the digest of its
/// moduli, so that no other can be passed off as the one that its proofs were of.
struct CertifiedKey {
  keygen::GroupKey group;
  PerParty<Digest> aux;  ///< aux_digest() of every party of the group
  bool operator==(const CertifiedKey&) const = default;
};

/// Of a party's N, N̂, s and t.
[[nodiscard]] Digest aux_digest(const aux_info::PublicAux& aux);

/// What one party keeps.
struct KeyPackage : MoveOnly {
  KeyPackage(Identifier identifier_, keygen::Output key_, aux_info::Output aux_)
      : identifier(identifier_), key(std::move(key_)), aux(std::move(aux_)) {}

  Identifier identifier;
  keygen::Output key;    ///< share and joint key
  aux_info::Output aux;  ///< Paillier key, ring-Pedersen secret, everyone's public values

  [[nodiscard]] CertifiedKey certified() const;
  /// Over both runs that made it.
  [[nodiscard]] Digest transcript() const;
};

void encode(const CertifiedKey& key, Writer& out);
Parsed<CertifiedKey> read_certified_key(Reader& in);
Parsed<CertifiedKey> parse(std::type_identity<CertifiedKey>, BytesView input);

/// The whole package, secrets included.
[[nodiscard]] SecretBytes encode_secret(const KeyPackage& key);
/// Also checks that share and factors belong to the public values. `rng` blinds.
Parsed<KeyPackage> parse_key_package(const Parameters& set, const SecretBytes& input, Rng& rng);

}  // namespace jointca::cggmp24
