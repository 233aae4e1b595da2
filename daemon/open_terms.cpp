#include "daemon/open_terms.h"

namespace jointca::daemon {

std::optional<ca::Subject> OpenTerms::against(const Digest& request, const ca::Subject& proposed,
                                              std::uint16_t coordinator, Time now) const {
  const auto found = open_.find(request);
  if (found == open_.end()) return std::nullopt;
  const Open& open = found->second;
  const bool stands =
      open.first && open.coordinator < coordinator && now < open.since + reservation_lifetime;
  if (!stands || open.subject == proposed) return std::nullopt;
  return open.subject;
}

void OpenTerms::open(const Digest& request, const ca::Subject& approved, std::uint16_t coordinator,
                     Time now) {
  forget_old(now);
  const auto [entry, added] = open_.try_emplace(request);
  Open& open = entry->second;
  const bool first = open.coordinators.insert(coordinator).second;
  if (added || open.subject != approved) {
    open.subject = approved;
    open.coordinator = coordinator;
    open.first = first;
    open.since = now;
  }
  open.until = now + session_lifetime;
  ends_.emplace_back(open.until, request);
}

bool OpenTerms::is_open(const Digest& request, const ca::Subject& subject) const {
  const auto found = open_.find(request);
  return found != open_.end() && found->second.subject == subject;
}

void OpenTerms::forget_old(Time now) {
  for (; !ends_.empty() && ends_.front().first < now; ends_.pop_front())
    if (const auto found = open_.find(ends_.front().second);
        found != open_.end() && found->second.until < now)
      open_.erase(found);
}

}  // namespace jointca::daemon
