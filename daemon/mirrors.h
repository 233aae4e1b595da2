// daemon/mirrors.h — this party's copies of the other parties' logs.
//
// A copy has every entry. It grows only by entries whose tree has the root that the log's owner
// signed, and that extends what the copy has: so it is always one tree, and a second one that its
// owner signs is caught here, with both signatures as evidence. A checkpoint is cosigned when the
// copy has all that is below it, never a smaller one afterwards, and durably before anyone sees it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/intent.h"
#include "daemon/log_store.h"
#include "daemon/member.h"
#include "daemon/registry.h"
#include "log/checkpoint.h"
#include "threshold/evidence.h"

namespace jointca::daemon {

class Mirrors {
 public:
  /// Receives evidence against a party, to be kept.
  using Accuse = std::function<void(const Evidence&)>;

  static Result<std::unique_ptr<Mirrors>, Error> open(const Member& member, Store& store,
                                                      Registry& registry, SigningKey cosigner_key,
                                                      Accuse accuse);

  /// The copy of another party's log; `party` is not this one.
  [[nodiscard]] const LogStore& of(Identifier party) const { return *copies_.at(party).log; }
  /// By the SHA-256 of the log's origin in hexadecimal; null if there is none.
  [[nodiscard]] const LogStore* find(std::string_view origin_sha256) const;

  /// A checked step of one copy, to be made durable together with others, and then applied.
  struct Step {
    Identifier party{1};
    std::optional<LogStore::Append> append;  ///< nothing if the copy had it all
    std::uint64_t size = 0;                  ///< of the checkpoint that is cosigned
    log::NoteSignature cosignature;
    std::vector<Holding> holdings;          ///< what the entries say of hosts
    std::vector<log::RevokeEntry> votes{};  ///< what they ask to revoke
  };
  /// The step by what a signer logged in a session, which check_logged() found in order. Fails with
  /// `unreachable` if the copy does not reach that far (`growth.before`), and with `verification`
  /// if the log contradicts the copy: then its owner has been accused.
  [[nodiscard]] Result<Step, Error> follow(Identifier party, const Growth& growth, Time now);
  /// The step by entries that follow the copy's last, up to `checkpoint`. Fails as above.
  [[nodiscard]] Result<Step, Error> extend(Identifier party, std::vector<Bytes> entries,
                                           const std::string& checkpoint, Time now);
  /// Accuses the log's owner if this checkpoint, of a tree that has these hashes, contradicts what
  /// the copy has.
  void accuse_of_split(Identifier party, const std::string& note, const log::HashReader& hashes);
  /// Whether an older checkpoint, as another party's copy has it, is of the same tree as ours.
  [[nodiscard]] Result<Ok, Error> compare(Identifier party, const log::Checkpoint& older,
                                          const std::string& note);
  void write(soci::session& sql, const Step& step) const;
  void apply(Step step);
  /// write() in a transaction of its own, and apply().
  [[nodiscard]] Result<Ok, Error> take(Step step);

 private:
  struct Copy {
    std::unique_ptr<LogStore> log;
    std::string origin_sha256;
  };
  Mirrors(const Member& member, Store& store, Registry& registry, SigningKey cosigner_key,
          std::string cosigner_name, Accuse accuse)
      : member_(member),
        store_(store),
        registry_(registry),
        cosigner_key_(std::move(cosigner_key)),
        cosigner_name_(std::move(cosigner_name)),
        accuse_(std::move(accuse)) {}

  [[nodiscard]] Step cosigned(Identifier party, std::optional<LogStore::Append> append,
                              Time now) const;
  void read_entries(Identifier party, const std::vector<Bytes>& entries, Time now,
                    Step& step) const;
  Unexpected<Error> contradiction(Identifier party, const std::string& note,
                                  const log::HashReader& larger);

  const Member& member_;
  Store& store_;
  Registry& registry_;
  SigningKey cosigner_key_;
  std::string cosigner_name_;
  Accuse accuse_;
  PerParty<Copy> copies_;
};

}  // namespace jointca::daemon
