// threshold/blame.h — who broke the protocol, and what that claim is worth.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "threshold/envelope.h"

namespace jointca {

/// One message of the culprit that belongs to the case against it. The runner, which holds the
/// signed envelopes, turns exhibits into evidence (threshold/evidence.h).
struct Exhibit {
  enum class Kind { to_all, to_each };
  std::uint16_t round;
  Kind kind;
  bool operator==(const Exhibit&) const = default;
};

struct Fault {
  enum class Standing {
    proven,  ///< the exhibits convict before anyone who knows the parties' identity keys
    local,   ///< certain to us, but no message shows it: silence, or another view of the session
  };
  Identifier culprit;
  Standing standing;
  std::string check;  ///< the check that failed, by its stable name: "frost.dkg.r1.possession"
  std::vector<Exhibit> exhibits;
  std::vector<SignedHeader> headers{};  ///< of the culprit, where a payload is not needed
};

[[nodiscard]] inline Fault proven_fault(Identifier culprit, std::string_view check,
                                        std::vector<Exhibit> exhibits) {
  return {culprit, Fault::Standing::proven, std::string(check), std::move(exhibits)};
}
[[nodiscard]] inline Fault local_fault(Identifier culprit, std::string_view check) {
  return {culprit, Fault::Standing::local, std::string(check), {}};
}

/// Why a session aborted. With no faults, the messages do not say whose fault it is.
struct Blame {
  std::string reason;  ///< one line, for the operator
  std::vector<Fault> faults;
  std::map<std::string, Bytes> inputs{};  ///< public inputs that the checks of proven faults need
};

template <class T>
using Outcome = Result<T, Blame>;

[[nodiscard]] inline Unexpected<Blame> blamed(std::string reason, std::vector<Fault> faults = {}) {
  return {Blame{std::move(reason), std::move(faults)}};
}

}  // namespace jointca
