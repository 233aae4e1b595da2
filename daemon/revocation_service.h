// daemon/revocation_service.h — keeps the list of revocations complete and fresh, together with the
// other parties, and answers what they ask about it. docs/protocols/revocation.md.
//
// Any party may coordinate. The first by identifier does so at once, each further one somewhat
// later, as long as no newer list has come.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "daemon/mirror_service.h"
#include "daemon/peers.h"
#include "daemon/revocation_signer.h"
#include "daemon/revocation_voting.h"
#include "transport/async.h"

namespace jointca::daemon {

struct ListTimes {
  std::chrono::milliseconds look{1'000};      ///< between two looks at what there is to do
  std::chrono::milliseconds stagger{4'000};   ///< by which each party waits for the one before it
  std::chrono::milliseconds ask{8'000};       ///< for an answer
  std::chrono::milliseconds question{2'000};  ///< for an answer to who has which list
};

class RevocationService {
 public:
  using Clock = std::function<Time()>;
  using Accuse = std::function<void(const Evidence&)>;
  using Notice = std::function<void(const std::string&)>;

  RevocationService(transport::any_io_executor executor, const Member& member,
                    const Registry& registry, RevocationView& view, RevocationLists& lists,
                    RevocationVoting& voting, RevocationSigner& signer, MirrorService& mirrors,
                    Peers& peers, Rng& rng, Clock clock, Accuse accuse, Notice notice,
                    ListTimes times = {});

  /// The answer to list_proposal, list_request or list_status of a party.
  transport::awaitable<Envelope> answer(Envelope request);
  /// Whether a new list is to be made: there is none, it lacks a certificate, half of its time has
  /// passed.
  [[nodiscard]] Result<bool, Error> is_due();
  /// One attempt at a new list, as its coordinator. False if there is still none.
  transport::awaitable<bool> make_list();
  /// Hears which lists the others have, and tells them of ours.
  transport::awaitable<void> compare_lists();
  /// Again and again: votes as the policy says, says what the operator is asked, makes lists.
  transport::awaitable<void> keep_fresh();

 private:
  struct Round;
  struct Asked {  // beyond their first wait these touch nothing of the service
    PerParty<Envelope> answers;
    PerParty<std::string> failed;
  };

  [[nodiscard]] Envelope reply(const Envelope& to, MessageType type, Bytes payload) const;
  [[nodiscard]] Envelope say(const Digest& session, MessageType type, Bytes payload) const;
  [[nodiscard]] ListStatus status() const;
  [[nodiscard]] bool hear(Identifier from, const ListStatus& status);
  transport::awaitable<void> ask_one(std::shared_ptr<Round> round, Identifier party,
                                     Envelope envelope, std::chrono::milliseconds timeout);
  transport::awaitable<Asked> ask(std::vector<Identifier> parties, Envelope envelope,
                                  MessageType expected, std::size_t enough,
                                  std::chrono::milliseconds timeout);
  [[nodiscard]] Result<ListProposal, Error> new_proposal();
  [[nodiscard]] PerParty<frost::CommitMessage> read_commitments(const Envelope& proposal,
                                                                const Asked& asked);
  [[nodiscard]] std::vector<Identifier> choose(const PerParty<frost::CommitMessage>& agreeing);
  transport::awaitable<std::optional<SignatureBytes>> sign(Digest session, std::string list,
                                                           Asked agreed,
                                                           PerParty<frost::CommitMessage> pairs,
                                                           std::vector<Identifier> signers);
  void convict(const Blame& blame, const std::vector<Envelope>& shares,
               const frost::SigningPackage& package);
  void look_at_votes();
  void say_list();
  [[nodiscard]] bool may_coordinate();

  transport::any_io_executor executor_;
  const Member& member_;
  const Registry& registry_;
  RevocationView& view_;
  RevocationLists& lists_;
  RevocationVoting& voting_;
  RevocationSigner& signer_;
  MirrorService& mirrors_;
  Peers& peers_;
  Rng& rng_;
  Clock clock_;
  Accuse accuse_;
  Notice notice_;
  ListTimes times_;

  PerParty<unsigned> failures_;      ///< since the last share: who is chosen last
  PerParty<std::uint64_t> numbers_;  ///< what the others signed or saw, as they say
  std::optional<transport::Deadline> due_since_;
  std::uint64_t seen_votes_ = 0;
  std::set<Digest> told_;          ///< revocations that the operator has heard of
  std::set<Digest> told_revoked_;  ///< those that are in force
  std::string trouble_;            ///< said already
  std::string failed_vote_;
  transport::Tasks tasks_;
};

}  // namespace jointca::daemon
