// daemon/log_messages.h — what parties say to each other about their logs: that they logged before
// they sign, and what the copies need. Layouts: docs/formats/wire.md.
#pragma once

#include <string>
#include <vector>

#include "daemon/log_store.h"
#include "daemon/messages.h"
#include "log/tree.h"

namespace jointca::daemon {

/// Of one log_part, below an envelope's payload_bytes_max: it holds any append whole.
inline constexpr std::size_t part_bytes_max = append_bytes_max;
inline constexpr std::size_t part_entries_max = 16384;
inline constexpr std::size_t checkpoint_bytes_max = 2048;
inline constexpr std::size_t signature_line_bytes_max = 512;

/// Why the signer agreed to one host, as it logged it.
struct LoggedApproval {
  std::string rule;  ///< the rule of its policy
  bool by_operator = false;
};

/// The answer to a sign request: "I have logged this session". Everything of the entries that is
/// not here follows from the session, so that who checks it logs the same bytes and the same R.
struct LoggedMessage {
  Digest request{};                       ///< SHA-256 of the SignRequest
  std::vector<LoggedApproval> approvals;  ///< one per host of the request
  Time time;                              ///< of the entries
  std::uint64_t first = 0;                ///< index of the first of them
  std::vector<Digest> edge;               ///< log::Tree::edge() of the log before them
  std::string checkpoint;                 ///< signed note of the log right after them
};
void encode(const LoggedMessage& message, Writer& out);
Parsed<LoggedMessage> parse(std::type_identity<LoggedMessage>, BytesView payload);

/// Every signer's LoggedMessage, for all of them to check before a share leaves.
struct ProofsMessage {
  std::vector<Envelope> logged;  ///< by identifier
};
void encode(const ProofsMessage& message, Writer& out);
Parsed<ProofsMessage> parse(std::type_identity<ProofsMessage>, BytesView payload);

/// A cosignature on a checkpoint of some party's log.
struct Cosignature {
  std::uint16_t log = 0;  ///< identifier of the party whose log it is
  std::uint64_t size = 0;
  std::string line;  ///< log::NoteSignature::line()
};
void encode(const Cosignature& message, Writer& out);
Parsed<Cosignature> parse(std::type_identity<Cosignature>, BytesView payload);

/// The answer to the proofs: what the signer cosigned of the others' logs, and its shares.
struct ReleasedMessage {
  std::vector<Cosignature> cosignatures;
  Envelope shares;  ///< round_number::sign_shares, a frost::ShareMessage
};
void encode(const ReleasedMessage& message, Writer& out);
Parsed<ReleasedMessage> parse(std::type_identity<ReleasedMessage>, BytesView payload);

/// Asks for what the recipient has of somebody's log: its own, or its copy.
struct LogQuery {
  std::uint16_t log = 0;   ///< identifier of the party whose log it is
  std::uint64_t size = 0;  ///< what the asker has
  std::string yours;       ///< the newest checkpoint of the recipient's log that the asker has seen
};
void encode(const LogQuery& message, Writer& out);
Parsed<LogQuery> parse(std::type_identity<LogQuery>, BytesView payload);

/// Entries from the asked size on, with a checkpoint right after them. Without entries: the newest
/// checkpoint that the sender has, or none.
struct LogPart {
  std::vector<Bytes> entries;
  std::string checkpoint;
  std::string yours;  ///< the newest checkpoint of the asker's log that the sender has seen
};
void encode(const LogPart& message, Writer& out);
Parsed<LogPart> parse(std::type_identity<LogPart>, BytesView payload);

}  // namespace jointca::daemon
