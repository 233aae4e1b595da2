// daemon/party_log.h — this party's own log: what may be appended, and the key that signs it.
//
// The log never signs two trees: a crash before the commit of an append leaves the old checkpoint,
// after it the new one.
#pragma once

#include "crypto/signing_key.h"
#include "daemon/log_store.h"
#include "daemon/state_dir.h"

namespace jointca::daemon {

class PartyLog final : public LogStore {
 public:
  /// Refuses a log whose hashes do not give its root. `origin` is the name in the party's vkey.
  static Result<std::unique_ptr<PartyLog>, Error> open(Store& store, SigningKey log_key,
                                                       std::string origin);

  /// The log in the state directory of this party.
  static Result<std::unique_ptr<PartyLog>, Error> open(Store& store, const PartyState& state);

  /// Keeps anything from being appended for a reason, until called with none.
  void halt(std::string reason) { halted_ = std::move(reason); }
  [[nodiscard]] const std::string& halted() const { return halted_; }

  /// The append of these entries, with its signed checkpoint. Fails if one cannot be encoded, if
  /// they are longer than append_bytes_max, or if the log is halted.
  [[nodiscard]] Result<Append, Error> prepare(const std::vector<log::Entry>& entries) const;

 private:
  PartyLog(Store& store, SigningKey log_key, log::NoteVerifier verifier)
      : LogStore(store, own_log, std::move(verifier)), log_key_(std::move(log_key)) {}

  SigningKey log_key_;
  std::string halted_;
};

}  // namespace jointca::daemon
