// threshold/cggmp24/evidence_kinds.h — exhibits of rounds that send to all and to each.
#pragma once

#include "threshold/evidence_rules.h"

namespace jointca::cggmp24 {

inline constexpr auto to_all = Exhibit::Kind::to_all;
inline constexpr auto to_each = Exhibit::Kind::to_each;

/// Whether a message is of this round and kind. Two kinds may have one number, and what is one of
/// them is a malformed one of the other.
[[nodiscard]] inline bool is_of(const Envelope& envelope, std::uint16_t round, Exhibit::Kind kind) {
  return envelope.header.round == round && (envelope.header.to == 0) == (kind == to_all);
}

template <class M>
Result<M, Error> shown(const Evidence& evidence, std::size_t index, std::uint16_t round,
                       Exhibit::Kind kind) {
  if (!is_of(evidence.envelopes[index], round, kind))
    return evidence_rules::acquitted("a message is of another round or kind");
  return evidence_rules::exhibit<M>(evidence, index, {round});
}

template <class M>
EvidenceCheck malformed(std::uint16_t round, Exhibit::Kind kind) {
  return [round, kind](const Evidence& evidence,
                       const EvidenceContext& context) -> evidence_rules::Verdict {
    if (evidence.envelopes.empty() || !is_of(evidence.envelopes.front(), round, kind))
      return evidence_rules::acquitted("the message is of another round or kind");
    return evidence_rules::malformed_in<M>({round})(evidence, context);
  };
}

}  // namespace jointca::cggmp24
