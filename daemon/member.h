// daemon/member.h — this party inside its authority: what it signs with, and for whom.
#pragma once

#include "daemon/authority_check.h"
#include "daemon/state_dir.h"
#include "issued/rules.h"

namespace jointca::daemon {

struct Member : MoveOnly {
  Member(ca::Authority the_authority, Identifier the_self, SigningKey the_identity,
         frost::KeyPackage the_key);

  ca::Authority authority;
  Identifier self;
  SigningKey identity;
  frost::KeyPackage key;
  PerParty<PublicKey> roster;
  nebula::Succession succession;  ///< the CA certificates
  ca::Constraints constraints;  ///< from the first CA certificate's beginning to the last one's end
  issued::Keys keys;            ///< under which what the parties sign verifies
  x509::Details anchor;         ///< of X.509: what it says

  [[nodiscard]] const std::string& name_of(Identifier party) const {
    return authority.party(party.value())->card.name;
  }
  [[nodiscard]] const std::string& name() const { return name_of(self); }
  /// The party's name, if the key is one of the authority's parties'.
  [[nodiscard]] std::optional<std::string> party_name(const PublicKey& identity_key) const;

  /// What holds for certificates that begin then: within the CA certificate that issues them.
  [[nodiscard]] ca::Constraints constraints_at(Time not_before) const {
    return daemon::constraints_at(authority, succession, not_before);
  }

  /// A signed message of this party.
  [[nodiscard]] Envelope say(const Digest& session, std::uint16_t round, std::uint16_t to,
                             Bytes payload) const {
    return seal(identity, {authority.id, session, round, self.value(), to}, std::move(payload));
  }
};

/// Seals the share under the party's passphrase, bound to this authority.
[[nodiscard]] Bytes seal_share(const JointKeyPackage& key, const Digest& authority,
                               const PartyState& state, Rng& rng);
/// Opens DIR/share.sealed and checks that it belongs to the authority and to this party.
[[nodiscard]] Result<JointKeyPackage, Error> open_share(const PartyState& state,
                                                        const ca::Authority& authority);

/// Fails with `refused` for a scheme that nothing is issued under yet.
[[nodiscard]] Result<Ok, Error> check_signable(const ca::Authority& authority);

/// What serves: the authority in DIR, which must be signable, and this party's share of its key.
/// Consumes the state: identity and passphrase move into the member or are wiped.
[[nodiscard]] Result<Member, Error> open_member(PartyState state);

}  // namespace jointca::daemon
