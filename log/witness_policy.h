// log/witness_policy.h — which logs a party witnesses and which witnesses it asks, in the format of
// https://c2sp.org/tlog-policy.
#pragma once

#include "log/note.h"

namespace jointca::log {

inline constexpr std::size_t witness_policy_bytes_max = std::size_t{64} * 1024;
inline constexpr std::size_t policy_logs_max = 256;
inline constexpr std::size_t policy_witnesses_max = 64;

struct PolicyLog {
  NoteVerifier key;  ///< type ed25519; its name is the log's origin
  std::string url;   ///< may be empty
  bool operator==(const PolicyLog&) const = default;
};

struct PolicyWitness {
  std::string name;  ///< within the file
  NoteVerifier key;  ///< type cosignature
  std::string url;   ///< of its submission prefix, without '/' at its end; may be empty
  bool operator==(const PolicyWitness&) const = default;
};

struct WitnessPolicy {
  std::vector<PolicyLog> logs;
  std::vector<PolicyWitness> witnesses;

  /// Lines "log VKEY [URL]" and "witness NAME VKEY [URL]"; empty lines; comments from '#' at the
  /// start of a line. "group" and "quorum" say how to judge checkpoints, which is not done here:
  /// only "quorum none" is accepted, so that no rule is thought to hold that does not. Refused too:
  /// a key or a name twice, two keys for one origin, a URL that is neither http:// nor https://.
  /// Errors name the line.
  static Parsed<WitnessPolicy> parse(std::string_view text);

  bool operator==(const WitnessPolicy&) const = default;
};

}  // namespace jointca::log
