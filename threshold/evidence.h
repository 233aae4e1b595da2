// threshold/evidence.h — a proven fault as a file that a stranger can check.
//
// Evidence holds the culprit's own signed messages and the public inputs of one named check.
// Verifying re-runs that check, and nothing else, against the parties' identity keys. Its text is
// one canonical JSON document: what does not re-encode to the same bytes is refused, so a change of
// any bit fails. docs/formats/evidence.md.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "threshold/blame.h"
#include "threshold/frost/types.h"

namespace jointca {

inline constexpr std::size_t evidence_bytes_max = std::size_t{32} << 20;

struct Evidence {
  Digest authority{};
  Digest session{};
  Identifier culprit{1};
  std::string check;                    ///< a key of EvidenceChecks
  std::vector<Envelope> envelopes;      ///< of the culprit, in the order the check wants
  std::vector<SignedHeader> headers;    ///< of the culprit
  std::map<std::string, Bytes> inputs;  ///< encoded public inputs, by name: "package"

  bool operator==(const Evidence&) const = default;
};

/// What the stranger knows beforehand, from a source it trusts.
struct EvidenceContext {
  Digest authority{};
  PerParty<PublicKey> roster;  ///< identity keys of all n parties
  std::uint16_t min_signers = 0;
  std::optional<frost::GroupKey> group{};  ///< absent while there is no authority yet
};

/// Re-runs one check. verify_evidence() has already checked that all exhibits are of this
/// authority, session and culprit, and signed by it.
using EvidenceCheck = std::function<Result<Ok, Error>(const Evidence&, const EvidenceContext&)>;
using EvidenceChecks = std::map<std::string, EvidenceCheck, std::less<>>;

/// Every check that threshold/ names; other folders insert their own.
[[nodiscard]] EvidenceChecks threshold_checks();

/// Success means: the culprit is guilty. Error::Code::verification otherwise.
Result<Ok, Error> verify_evidence(const Evidence& evidence, const EvidenceContext& context,
                                  const EvidenceChecks& checks = threshold_checks());

/// The case for a proven fault: picks the fault's exhibits out of `messages`, any envelopes
/// received in the session. Nothing if the fault is local or an exhibit is missing. Where there are
/// several messages to each (a culprit's share for us), `messages` has only ours.
[[nodiscard]] std::optional<Evidence> make_evidence(const Fault& fault, const Digest& authority,
                                                    const Digest& session,
                                                    const std::vector<Envelope>& messages,
                                                    std::map<std::string, Bytes> inputs = {});

[[nodiscard]] std::string to_json(const Evidence& evidence);
Parsed<Evidence> parse_evidence(std::string_view text);

}  // namespace jointca
