// audit/judge.h — what can be said once all logs have been read: which certificates a signer hides,
// which contradict each other, which are still open.
#pragma once

#include "audit/finding.h"
#include "audit/index.h"
#include "ca/authority.h"

namespace jointca::audit {

/// What is known of one party's log.
struct LogFacts {
  bool read = false;
  /// It was asked of the party itself once more after all logs had been looked at: what existed at
  /// that first look must be in it.
  bool own_and_live = false;
  std::uint64_t first_look = 0;  ///< its size then: only outcomes below prove what others lack
  std::optional<Time> newest;    ///< the latest time that its entries or cosigners state
};

struct Judgement {
  const ca::Authority& authority;
  const Index& index;
  const std::map<std::uint16_t, LogFacts>& logs;
  Time now;
};

/// MISSING_IN_SIGNER_LOG, PENDING_INTENT, ORPHAN_OUTCOME, BAD_OUTCOME (unchecked), and
/// POLICY_VIOLATION for hosts that were revoked.
void judge_items(const Judgement& judgement, Findings& findings);

/// CONFLICT_ADDRESS and CONFLICT_NAME: certificates of different hosts, neither revoked, whose
/// validities overlap. Renewals and the two versions of one certificate are of one host.
void judge_conflicts(const Judgement& judgement, Findings& findings);

/// Whether the item may be in use: a signature is known, or every signer logged the intent.
[[nodiscard]] bool may_exist(const Item& item, const Index& index);

/// Their names, in the order of identifiers.
[[nodiscard]] std::string names_of(Parties parties, const ca::Authority& authority);

}  // namespace jointca::audit
