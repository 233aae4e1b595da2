// daemon/intent.h — what the signers of a session log before a share leaves, and whether a signer
// has done so.
//
// All signers of a session log the same entries but for their own approval and clock. So a signer
// that knows the session derives what every other one must have logged, byte by byte, and checks
// that very thing: nobody can show a proof of something else.
#pragma once

#include <string>
#include <vector>

#include "ca/approve.h"
#include "daemon/items.h"
#include "daemon/log_messages.h"
#include "log/entry.h"
#include "log/note.h"
#include "log/tree.h"
#include "threshold/frost/signing_session.h"

namespace jointca::daemon {

/// One session about to sign.
struct Intent {
  /// Or session.
  struct Host {
    Digest request{};
    std::vector<PublicKey> identities;  ///< that must not be revoked: its own, and its members'
    PublicKey invitation;
    std::string basis;
    std::vector<Item> items;
  };
  Digest authority{};
  Digest session{};
  std::string coordinator;
  std::vector<std::string> signers;  ///< names, by identifier
  std::vector<Host> hosts;
  std::vector<Digest> r;  ///< one per item, in order
};

/// What of a proposal with these items goes into the intent.
[[nodiscard]] Intent::Host intended(const ca::Proposal& proposal, std::vector<Item> items);

/// The entries of a signer that approved so, at that time: one per item, in order.
[[nodiscard]] std::vector<log::Entry> entries_of(const Intent& intent,
                                                 const std::vector<LoggedApproval>& approvals,
                                                 Time time);

/// The growth of a signer's log by one session, which its checkpoint covers.
struct Growth {
  log::Tree before;
  log::Tree after;
  std::vector<Bytes> entries;
  log::MemoryHashes hashes;  ///< of the edge before, and all that the entries added
  std::string checkpoint;    ///< its note, as the signer sent it
};

/// Checks that `message` proves that its sender, whose log `verifier` signs, logged the intent:
/// inclusion of exactly the derived entries in the tree of the checkpoint. The error says what is
/// wrong with it. Consistency with what is known of the log is another question.
[[nodiscard]] Result<Growth, Error> check_logged(const LoggedMessage& message, const Intent& intent,
                                                 const log::NoteVerifier& verifier);

}  // namespace jointca::daemon
