// daemon/revocation_signer.h — what a party does when a coordinator asks it to sign a list of
// revocations. Two messages in, two out, no network, like Signer.
//
//   proposal   our own view at that time gives the very same list → one pair of nonces, in memory
//   request    still so → the number is spent, durable → share leaves
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>

#include "daemon/revocation_lists.h"
#include "daemon/revocation_view.h"
#include "daemon/signer.h"
#include "threshold/evidence.h"

namespace jointca::daemon {

/// Lists that each coordinator may have under way at once; its oldest makes room.
inline constexpr std::size_t open_lists_max = 4;
/// Numbers that are spent for one coordinator in `spends_period`, in which a number a second comes
/// into being: the others have the rest.
inline constexpr std::size_t spends_max = 12;
inline constexpr Duration spends_period{60};

class RevocationSigner {
 public:
  using Accuse = std::function<void(const Evidence&)>;

  RevocationSigner(const Member& member, RevocationView& view, RevocationLists& lists,
                   const PartyLog& party_log, Rng& rng, Accuse accuse)
      : member_(member),
        view_(view),
        lists_(lists),
        log_(party_log),
        rng_(rng),
        accuse_(std::move(accuse)) {}

  /// Whether what is proposed differs from our view, so that newer copies of the logs might help.
  /// Keeps the certificates that it shows.
  [[nodiscard]] bool differs(const Envelope& proposal);
  /// Answers with MessageType::list_commitments or declined. The envelope's signature and authority
  /// have been checked against the party that sent it.
  [[nodiscard]] Envelope answer_proposal(const Envelope& proposal, Time now);
  /// Answers with MessageType::shares or declined.
  [[nodiscard]] Envelope answer_request(const Envelope& request, Time now);
  /// The largest number that a list may have at `now`: one a second since the CA began. Nobody can
  /// use up the numbers, and all parties agree on it as far as their clocks do.
  [[nodiscard]] std::uint64_t number_limit(Time now) const;

 private:
  struct Session : MoveOnly {
    Session(SignedHeader the_proposal, std::string the_list, std::uint64_t the_number,
            frost::BatchNonces the_nonces, Envelope the_answer, Time the_end)
        : proposal(the_proposal),
          list(std::move(the_list)),
          number(the_number),
          nonces(std::move(the_nonces)),
          answer(std::move(the_answer)),
          end(the_end) {}
    SignedHeader proposal;
    std::string list;
    std::uint64_t number;
    frost::BatchNonces nonces;
    Envelope answer;
    Time end;
  };

  [[nodiscard]] Envelope decline(const Envelope& to, const Declined& why) const;
  [[nodiscard]] Result<ca::Revocations, Declined> check(const std::string& text, Time now);
  [[nodiscard]] Result<frost::NonceCommitments, Declined> check_commitments(
      const Envelope& envelope, const Session& session, const Header& header);
  [[nodiscard]] Result<frost::SigningPackage, Declined> assemble(const ListSignRequest& request,
                                                                 const Session& session,
                                                                 const Header& header);
  void forget_old_sessions(Time now, std::uint16_t coordinator);
  /// False if as many numbers as it may have were spent for this coordinator lately.
  [[nodiscard]] bool may_spend(std::uint16_t coordinator, Time now);

  const Member& member_;
  RevocationView& view_;
  RevocationLists& lists_;
  const PartyLog& log_;
  Rng& rng_;
  Accuse accuse_;
  std::map<Digest, Session> sessions_;  // by id and coordinator
  std::map<std::uint16_t, std::deque<Time>> spent_for_;
};

}  // namespace jointca::daemon
