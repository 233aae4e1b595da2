// daemon/revocation_voting.h — this party's own votes to revoke, and what others ask it to agree
// to.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "daemon/party_log.h"
#include "daemon/revocation_view.h"
#include "daemon/signer.h"

namespace jointca::daemon {

/// Longest reason of a vote.
inline constexpr std::size_t revocation_reason_bytes_max = 256;
/// Undecided revocations shown to the operator, of hosts and of certificates each.
inline constexpr std::size_t revocations_shown_max = 1000;

/// A host, which gets nothing any more, or one certificate by the SHA-256 of its signed bytes.
using RevocationTarget = std::variant<PublicKey, Digest>;

/// How far a revocation has come, as this party sees it.
struct RevocationStanding {
  enum class State { open, waiting, revoked };
  Digest id{};
  RevocationTarget target;
  std::string name;  ///< of the host, as this party knows it
  Voices voices;
  State state = State::open;  ///< open: this party has not voted; waiting: others have not
};
/// "open", "waiting", "revoked".
[[nodiscard]] std::string state_text(RevocationStanding::State state);

class RevocationVoting {
 public:
  RevocationVoting(const Member& member, const Signer& signer, Registry& registry,
                   RevocationView& view, PartyLog& party_log, Store& store)
      : member_(member),
        signer_(signer),
        registry_(registry),
        view_(view),
        log_(party_log),
        store_(store) {}

  /// What is meant by the name of a host or session, by the digest of a session's manifest or by
  /// the fingerprint of a certificate in hexadecimal: every host that has the name now, that
  /// session, or that certificate. Empty if there is none.
  [[nodiscard]] Result<std::vector<RevocationTarget>, Error> find(const std::string& text,
                                                                  Time now);
  /// Every revocation that anybody asked for, of hosts and certificates that are known here.
  [[nodiscard]] std::vector<RevocationStanding> all();
  [[nodiscard]] RevocationStanding standing(const RevocationTarget& target);
  /// This party's word that it shall be revoked: durable in its log. Once is enough, a repetition
  /// changes nothing.
  [[nodiscard]] Result<RevocationStanding, Error> vote(const RevocationTarget& target,
                                                       const std::string& reason, Time now);
  struct ByPolicy {
    std::vector<RevocationStanding> agreed;
    std::vector<std::string> failed;  ///< whose vote could not be logged, and why
  };
  /// Agrees to what others asked for, if the policy does. One that fails does not keep it from the
  /// others.
  [[nodiscard]] ByPolicy vote_by_policy(Time now);

 private:
  [[nodiscard]] std::string name_of(const RevocationTarget& target);
  [[nodiscard]] bool is_trusted(const Holding& holding) const;
  void add_seats(const PublicKey& session, std::vector<Digest>& certificates) const;

  const Member& member_;
  const Signer& signer_;
  Registry& registry_;
  RevocationView& view_;
  PartyLog& log_;
  Store& store_;
};

}  // namespace jointca::daemon
