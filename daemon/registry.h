// daemon/registry.h — what this party has logged, seen issued, and been told by its operator.
//
// Kept in memory and written through: each change has a write half, to be called inside a
// transaction of the store, and an apply half, to be called after its commit. Loaded at start.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "base/error.h"
#include "ca/registry.h"
#include "daemon/items.h"
#include "daemon/revocation_votes.h"
#include "log/entry.h"
#include "mpyc-adapter/manifest.h"
#include "nebula-adapter/verify.h"

namespace soci {
class session;
}

namespace jointca::daemon {

class Store;

/// A host's name and addresses, or a session of MPyC (ca::Proposal says how), held because this
/// party logged an intent to issue them, saw the certificates, or found the intent in another
/// party's log. Keyed by request, so that the same request never gets two different terms; what was
/// only seen in a log, by its certificate.
struct Holding {
  Digest request{};
  PublicKey host;
  PublicKey invitation;  ///< key of the invitation that was redeemed
  ca::Subject subject;
  std::string rule;                    ///< policy rule that approved; empty if we did not sign
  Time made;                           ///< when we logged it
  std::string certificates;            ///< PEM; empty while only intended
  std::vector<std::uint16_t> signers;  ///< of the certificates; or the logs in which it was seen
  std::uint32_t intents = 0;           ///< sessions in which we logged it
  bool renewal = false;                ///< it used nothing of the invitation
  std::vector<PublicKey> members{};    ///< hosts with a seat; of a session that we logged

  [[nodiscard]] bool is_session() const { return ca::is_session_name(subject.name); }
};

/// An invitation as this party's operator sees it.
/// A session of MPyC that the operator was asked about is kept beside: under the digest of its
/// manifest, whose text is `data`, and without an inviter.
struct KnownInvitation {
  enum class State { open, approved, denied };
  Digest digest{};
  Bytes data;         ///< encoded enroll::Invitation
  PublicKey inviter;  ///< as in `data`
  State state = State::open;
  std::string reason;  ///< of a denial
  bool asked = false;  ///< policy asks the operator about it
  Time made;
  std::shared_ptr<const mpyc::Manifest> session{};  ///< as in `data`; null: it is an invitation
};

/// "open", "approved", "denied": in the database and to people.
[[nodiscard]] std::string state_text(KnownInvitation::State state);

class Registry final : public ca::Registry {
 public:
  /// `votes` is empty; those of every log that `store` has are added.
  static Result<std::unique_ptr<Registry>, Error> load(Store& store, RevocationVotes votes);

  void write(soci::session& sql, const Holding& holding) const;
  void apply(const Holding& holding);
  /// The same, of a request that got its certificates: whoever listens is told.
  void apply_issued(const Holding& holding);
  void on_issued(std::function<void(const Holding&)> listener) { issued_ = std::move(listener); }
  /// What an entry of another party's log holds: its certificate decides, not what the entry says
  /// of it. A holding of its own, under a key that is no request's: nothing that one party logs can
  /// change what others logged or issued. Nothing if it tells nothing new, is under no CA of the
  /// issuer, or is no host's.
  [[nodiscard]] std::optional<Holding> seen_in_log(std::uint16_t log, const log::IssueEntry& entry,
                                                   const Issuer& issuer, Time now) const;
  void write(soci::session& sql, const KnownInvitation& invitation) const;
  void apply(const KnownInvitation& invitation);
  /// The sessions of MPyC among them that have neither ended nor been granted.
  struct AskedSessions {
    std::size_t all = 0;
    std::map<PublicKey, std::size_t> by_host;
  };
  [[nodiscard]] AskedSessions asked_sessions(Time now) const;
  /// Forgets those that have: the write half, and the other.
  void erase_ended_sessions(soci::session& sql, Time now) const;
  void apply_erased(Time now);
  /// Marks a session's nonces as spent.
  void write_spent(soci::session& sql, const Digest& session, Time made) const;
  void apply_spent(const Digest& session) { spent_.insert(session); }
  [[nodiscard]] bool is_spent(const Digest& session) const { return spent_.contains(session); }

  /// Counts a vote to revoke, once its entry is in the log; the log's tables are its write half.
  void apply(std::uint16_t log, const log::RevokeEntry& vote) { votes_.add(log, vote); }
  [[nodiscard]] const RevocationVotes& votes() const { return votes_; }

  [[nodiscard]] const Holding* holding(const Digest& request) const;
  [[nodiscard]] const std::map<Digest, Holding>& holdings() const { return holdings_; }
  /// Of all who hold or held this name (ca::name_key()).
  [[nodiscard]] std::vector<const Holding*> holdings_named(const std::string& name) const;
  [[nodiscard]] std::vector<Digest> requests_of(const PublicKey& host) const;
  [[nodiscard]] const KnownInvitation* invitation(const Digest& digest) const;
  [[nodiscard]] const std::map<Digest, KnownInvitation>& invitations() const {
    return invitations_;
  }
  [[nodiscard]] std::size_t invitations_by(const PublicKey& inviter) const;
  /// How many requests got certificates under the invitation with this key.
  [[nodiscard]] std::size_t issued_under(const PublicKey& invitation_key) const;
  /// Every address that somebody holds at `now`.
  [[nodiscard]] std::set<ca::IpAddress> used_addresses(Time now) const;

  std::optional<ca::Holder> name_holder(const std::string& name, Time at,
                                        const PublicKey& except) const override;
  std::optional<ca::Holder> address_holder(const ca::IpAddress& address, Time at,
                                           const PublicKey& except) const override;
  std::optional<ca::Record> recorded(const Digest& request) const override;
  std::uint64_t invitation_uses(const PublicKey& invitation_key, const Digest& except,
                                Time at) const override;
  /// Surely exists what this party logged, saw, or found in the logs of t parties.
  std::optional<ca::Subject> enrolled(const PublicKey& host_identity,
                                      const PublicKey& invitation_key, Time at) const override;
  std::vector<ca::Subject> held_by(const PublicKey& host_identity, Time at) const override;
  ca::Claim claim_on(const std::string& name, const PublicKey& except) const override;
  std::uint64_t requests_since(const PublicKey& host_identity, Time since,
                               const Digest& except) const override;
  std::optional<ca::OperatorDecision> decision(const Digest& id) const override;
  std::uint64_t approvals_since(Time since, const std::string& rule) const override;
  std::uint64_t sessions_since(const PublicKey& member, Time since) const override;
  /// Once t parties have voted for it: it holds no name and no address any more.
  bool is_revoked(const PublicKey& host_identity) const override;

 private:
  explicit Registry(RevocationVotes votes) : votes_(std::move(votes)) {}
  [[nodiscard]] bool holds_at(const Holding& holding, Time at, const PublicKey& except) const;
  [[nodiscard]] bool surely_exists(const Holding& holding) const;

  void index(const Holding& holding);
  void unindex(const Holding& holding);

  std::map<Digest, Holding> holdings_;
  std::multimap<std::string, Digest> by_name_;       // name_key → request
  std::multimap<ca::IpAddress, Digest> by_address_;  // address → request
  std::multimap<PublicKey, Digest> by_invitation_;   // invitation key → request
  std::multimap<PublicKey, Digest> by_host_;         // identity → request
  std::multimap<Time, Digest> approvals_;            // when → request
  std::map<Digest, KnownInvitation> invitations_;
  std::map<PublicKey, std::size_t> invitations_by_;
  std::set<Digest> spent_;
  RevocationVotes votes_;
  std::function<void(const Holding&)> issued_ = [](const Holding&) {};
};

}  // namespace jointca::daemon
