// daemon/issuance.h — the story of one issuance, as its coordinator lives it.
//
//   request   check → queue; whatever waits when a session begins goes into it as one batch
//   propose   to t parties, to the others too as soon as one is late, refuses or fails
//   sign      choose t that approve → their commitments to all of them → each logs and proves it
//   release   all proofs to all of them → each checks and cosigns → their shares
//   finish    aggregate → verify under the group key → record → answer the host → tell the others
//
// The coordinator is trusted for liveness only: it derives nothing that a signer would believe. A
// session that a party delays, refuses or spoils is repeated with others, as long as t can be
// found. What a crash leaves behind at each step: docs/protocols/issuance.md.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "daemon/mirror_service.h"
#include "daemon/peers.h"
#include "daemon/signer.h"
#include "enroll/bundle.h"
#include "transport/async.h"

namespace jointca::daemon {

/// The parties that were asked and how they answered, for the host's owner.
struct Waiting {
  std::vector<std::string> parties;  ///< whose operators have to decide
};
struct Declination {
  std::string party;
  std::string rule;
  std::string reason;
};
struct TooFewParties {
  std::uint16_t needed = 0;
  std::vector<std::string> missing;
  std::string refusal{};  ///< what a party that answered has against it, if any
};
using Answer = std::variant<enroll::Bundle, Waiting, Declination, TooFewParties>;

struct IssuanceTimes {
  std::chrono::milliseconds hedge{150};      ///< before the other parties are asked too
  std::chrono::milliseconds propose{5'000};  ///< for commitments
  std::chrono::milliseconds sign{15'000};    ///< for shares
};

class Issuance {
 public:
  using Clock = std::function<Time()>;
  using Notice = std::function<void(const std::string&)>;

  /// The references must live as long as the executor runs.
  Issuance(const transport::any_io_executor& executor, const Member& member, Signer& signer,
           MirrorService& mirrors, Registry& registry, PartyLog& party_log, Store& store,
           Peers& peers, Rng& rng, Clock clock, Signer::Accuse accuse, Notice notice,
           IssuanceTimes times = {});
  Issuance(const Issuance&) = delete;
  Issuance& operator=(const Issuance&) = delete;
  ~Issuance();

  /// Issues for a verified request, or says why not. The same request, now or later, here or at
  /// another party, gets the same certificates.
  transport::awaitable<Answer> submit(Asked asked, Bytes sealed);
  /// The request with this digest, if it waits for an operator here: tries it again.
  transport::awaitable<std::optional<Answer>> resume(Digest request);
  [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }

 private:
  struct Job;
  struct Round;
  struct Signing;
  struct Collected;
  using Failures = PerParty<std::string>;
  using Jobs = std::vector<std::shared_ptr<Job>>;

  [[nodiscard]] std::optional<Declination> stranger_in(const ca::Proposal& proposal) const;
  transport::awaitable<Answer> run(std::shared_ptr<Job> job);
  void start_sessions();
  transport::awaitable<void> session(Jobs jobs);
  transport::awaitable<void> hold_session(Jobs jobs);
  transport::awaitable<void> release(Identifier party, Digest session_id);
  void take_issued(const std::shared_ptr<Job>& job, std::size_t position, const Round& round);
  [[nodiscard]] std::size_t hosts_per_session() const;
  [[nodiscard]] std::size_t logged_bytes(const Job& job) const;
  transport::awaitable<std::shared_ptr<Round>> propose(const Jobs& jobs, Envelope proposal);
  transport::awaitable<void> ask_one(std::shared_ptr<Round> round, Identifier party,
                                     Envelope envelope, std::uint16_t expected,
                                     std::chrono::milliseconds timeout);
  void ask_all(const std::shared_ptr<Round>& round, std::span<const Identifier> parties,
               const Envelope& envelope, MessageType expected, std::chrono::milliseconds timeout);
  transport::awaitable<std::shared_ptr<Round>> ask_signers(const std::vector<Identifier>& signers,
                                                           Envelope envelope, MessageType expected);
  [[nodiscard]] Result<Signing, Failures> prepare(const Jobs& jobs,
                                                  const std::vector<std::uint16_t>& hosts,
                                                  const Round& round,
                                                  const std::vector<Identifier>& signers) const;
  transport::awaitable<Result<Collected, std::shared_ptr<Round>>> collect(const Signing& signing,
                                                                          Digest session_id);
  void pass_on(const std::vector<Cosignature>& cosignatures);
  transport::awaitable<void> follow_logs(const Round& logged);
  transport::awaitable<void> sign(Digest session_id, Jobs jobs, std::vector<std::uint16_t> hosts,
                                  std::shared_ptr<Round> round, std::vector<Identifier> signers);
  transport::awaitable<void> tell(Identifier party, Envelope envelope);
  transport::awaitable<void> tell_others(OutcomeMessage outcome);

  void choose_terms(const Jobs& jobs);
  [[nodiscard]] std::vector<ca::Prefix> choose_networks(const Job& job,
                                                        const std::set<ca::IpAddress>& used,
                                                        std::map<ca::Prefix, ca::IpAddress>& last);
  [[nodiscard]] Envelope propose_envelope(const Digest& session_id, const Jobs& jobs) const;
  void conclude(const std::shared_ptr<Job>& job, Answer answer);
  void settle(const std::shared_ptr<Job>& job, std::size_t position, const Round& round);
  void again(const std::shared_ptr<Job>& job);
  [[nodiscard]] std::vector<Identifier> by_preference(const Jobs& jobs) const;
  [[nodiscard]] std::string fault_of(const Envelope& answer, const CommitmentsMessage* message,
                                     const Envelope& proposal,
                                     const std::vector<std::size_t>& item_counts,
                                     frost::CommitMessage& commitments);
  void read_commitments(Round& round, const Envelope& proposal,
                        const std::vector<std::size_t>& item_counts);
  [[nodiscard]] std::vector<Identifier> approvers(const Round& round, std::size_t position) const;
  [[nodiscard]] Result<std::vector<std::vector<Item>>, Error> expected(
      const Jobs& jobs, const std::vector<std::uint16_t>& hosts) const;
  [[nodiscard]] PerParty<frost::ShareMessage> read_shares(Round& round,
                                                          PerParty<Envelope>& envelopes,
                                                          std::vector<Cosignature>& cosignatures);
  void convict(const Blame& blame, Round& round, const PerParty<Envelope>& shares,
               const frost::SigningPackage& package);
  [[nodiscard]] Result<OutcomeMessage, Error> record(const Jobs& jobs,
                                                     const std::vector<std::uint16_t>& hosts,
                                                     const std::vector<std::vector<Item>>& items,
                                                     const Collected& collected,
                                                     const std::vector<Identifier>& signers,
                                                     const Digest& session_id);
  [[nodiscard]] enroll::Bundle bundle_of(const Holding& holding) const;
  transport::awaitable<Answer> proven(Digest request, Answer answer);

  transport::any_io_executor executor_;
  const Member& member_;
  Signer& signer_;
  MirrorService& mirrors_;
  Registry& registry_;
  PartyLog& log_;
  Store& store_;
  Peers& peers_;
  Rng& rng_;
  Clock clock_;
  Signer::Accuse accuse_;
  Notice notice_;
  IssuanceTimes times_;

  std::map<Digest, std::shared_ptr<Job>> jobs_;     // running
  std::map<Digest, std::shared_ptr<Job>> waiting_;  // for an operator
  std::deque<std::shared_ptr<Job>> queue_;
  std::size_t sessions_ = 0;
  std::size_t grants_ = 0;       // of them
  PerParty<unsigned> failures_;  // since the last answer: who is asked last
  std::set<ca::IpAddress> reserved_;
  transport::Tasks tasks_;
};

}  // namespace jointca::daemon
