#include "daemon/refusal_log.h"

#include <algorithm>
#include <utility>

#include <soci/soci.h>

#include "daemon/store.h"

namespace jointca::daemon {

bool RefusalLog::is_decision(std::string_view rule) {
  return !rule.starts_with("request.") && !rule.starts_with("validity.") &&
         !rule.starts_with("renewal.") && rule != "address.in_use" &&
         rule != "invitation.not_kept" && rule != "session.not_kept" && rule != "member.unknown";
}

template <class Key>
bool RefusalLog::take(std::map<Key, std::size_t>& taken, const Key& key, std::size_t max) {
  std::size_t& count = taken[key];
  if (count == max) return false;
  ++count;
  return true;
}

void RefusalLog::note(const Refusal& refusal, Time now) {
  if (!is_decision(refusal.rule)) return;
  if (now >= since_ + refusals_period || now < since_) {
    since_ = now;
    by_coordinator_.clear();
    by_invitation_.clear();
    known_.clear();
  }
  if (known_.contains({refusal.request, refusal.rule})) return;
  // The coordinator's share first: it bounds how many invitations are remembered here.
  if (waiting_.size() >= refusals_waiting_max ||
      !take(by_coordinator_, refusal.coordinator, refusals_per_coordinator_max) ||
      !take(by_invitation_, refusal.invitation, refusals_per_invitation_max)) {
    ++too_many_;
    return;
  }
  known_.insert({refusal.request, refusal.rule});
  log::RefusalEntry entry{refusal.session, refusal.request, refusal.rule, refusal.reason, now};
  // A reason quotes what others wrote: what no entry can hold is left out.
  if (!log::encode(entry)) entry.reason.clear();
  if (log::encode(entry)) waiting_.emplace_back(std::move(entry));
}

Result<std::size_t, Error> RefusalLog::write() {
  while (!waiting_.empty()) {
    const auto count = std::min(waiting_.size(), refusals_per_append_max);
    const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(count);
    JCA_ASSIGN(auto append, log_.prepare({waiting_.begin(), end}));
    JCA_TRY(store_.transact([&](soci::session& sql) { log_.write(sql, append); }));
    log_.apply(std::move(append));
    waiting_.erase(waiting_.begin(), end);
  }
  return std::exchange(too_many_, 0);
}

}  // namespace jointca::daemon
