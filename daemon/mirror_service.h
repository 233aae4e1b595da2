// daemon/mirror_service.h — keeps the copies of the other parties' logs up to date, answers what
// others want to know of logs, and hears what they have seen of ours.
#pragma once

#include <chrono>
#include <functional>

#include "daemon/copy_allowance.h"
#include "daemon/mirrors.h"
#include "daemon/own_log_check.h"
#include "daemon/peers.h"
#include "transport/async.h"

namespace jointca::daemon {

class MirrorService {
 public:
  using Clock = std::function<Time()>;
  using Notice = std::function<void(const std::string&)>;

  MirrorService(const Member& member, PartyLog& party_log, Mirrors& mirrors, Store& store,
                Peers& peers, Rng& rng, Clock clock, Notice notice,
                std::uint64_t copied_max = copied_bytes_max);

  /// The answer to a party's question.
  [[nodiscard]] LogPart answer(Identifier from, const LogQuery& query);
  /// A cosignature of this party's log, to be written. Fails on one that is not by a party of the
  /// authority, or not of a checkpoint that we signed.
  [[nodiscard]] Result<log::NoteSignature, Error> checked(const Cosignature& cosignature) const;
  /// Checks and writes it.
  [[nodiscard]] Result<Ok, Error> keep(const Cosignature& cosignature);

  [[nodiscard]] const Mirrors& copies() const { return mirrors_; }
  /// Asks for what is missing of a log, its owner first and then the other parties, until the copy
  /// has `size` entries. Each has its share of the time, however little it gives at once. False if
  /// they could not be had.
  transport::awaitable<bool> catch_up(Identifier party, std::uint64_t size,
                                      std::chrono::milliseconds timeout);
  /// One question to every other party about its own log, one after the other, and our cosignature
  /// of it if it does not have it.
  transport::awaitable<void> pull_all();
  /// Pulls again and again; now and then also compares with the others' copies.
  transport::awaitable<void> keep_pulling();

 private:
  /// What an owner is known to have of our cosignatures.
  struct Told {
    std::uint64_t size = 0;  ///< of the checkpoint
    Time at;
    std::uint64_t seen = 0;  ///< the size of the log at the pull before
  };
  /// Gives our cosignature, if the pull made one.
  transport::awaitable<Result<std::optional<Cosignature>, Error>> pull(
      Identifier from, Identifier owner, std::chrono::milliseconds timeout);
  transport::awaitable<void> tell(Identifier owner, Cosignature cosignature);
  [[nodiscard]] bool should_cosign_again(Identifier owner);
  transport::awaitable<Result<LogPart, Error>> ask(Identifier from, const LogQuery& query,
                                                   std::chrono::milliseconds timeout);
  transport::awaitable<void> look_for_split(Identifier from, Identifier owner);
  void hear(Identifier from, const std::string& checkpoint);
  /// True if this is new.
  bool note_trouble(Identifier owner, const std::string& trouble);

  const Member& member_;
  PartyLog& log_;
  Mirrors& mirrors_;
  Store& store_;
  Peers& peers_;
  Rng& rng_;
  Clock clock_;
  Notice notice_;
  OwnLogCheck own_log_;
  CopyAllowance allowance_;
  PerParty<Told> told_;
  PerParty<std::string> troubles_;  ///< said already
};

}  // namespace jointca::daemon
