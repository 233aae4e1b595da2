// daemon/issuance_terms.cpp — the addresses and the validity that a coordinator proposes.
#include <algorithm>

#include "ca/allocate.h"
#include "daemon/issuance_job.h"

namespace jointca::daemon {

/// What the host has, for a renewal; else the addresses that the invitation names, or else free
/// ones: in the first IPv4 and in the first IPv6 network. `last` is where the search goes on, so
/// that a batch is not quadratic.
std::vector<ca::Prefix> Issuance::choose_networks(const Job& job,
                                                  const std::set<ca::IpAddress>& used,
                                                  std::map<ca::Prefix, ca::IpAddress>& last) {
  const enroll::Request& request = *request_of(job.asked);
  if (request.basis == enroll::Basis::renewal) {
    const auto held = registry_.enrolled(request.host_identity, request.invitation.key, clock_());
    return held ? held->networks : std::vector<ca::Prefix>{};
  }
  const auto& wanted = request.invitation.terms.addresses;
  // Coordinators that compete for the lowest address would go on competing for the next.
  const unsigned skipped =
      job.avoid.empty() ? 0U : rng_.array<1>()[0] % static_cast<unsigned>(4 * job.avoid.size());
  std::vector<ca::Prefix> networks;
  for (const bool v4 : {true, false}) {
    const auto named = std::find_if(wanted.begin(), wanted.end(),
                                    [v4](const ca::IpAddress& each) { return each.is_v4() == v4; });
    for (const ca::Prefix& network : member_.constraints.networks) {
      if (network.address.is_v4() != v4) continue;
      if (named != wanted.end()) {
        if (!network.contains(*named)) continue;
        networks.push_back({*named, network.bits});
        break;
      }
      const auto start = last.find(network);
      auto free = ca::lowest_free(
          network, used, start == last.end() ? std::nullopt : std::optional(start->second));
      for (unsigned i = 0; free && i < skipped; ++i) {
        const auto next = ca::lowest_free(network, used, free->next());
        if (!next) break;
        free = next;
      }
      if (!free) continue;
      if (skipped == 0) last.insert_or_assign(network, *free);
      networks.push_back({*free, network.bits});
      break;
    }
  }
  return networks;
}

/// Addresses and validity for each job: what a signer or this party has on record, unless it was
/// tried in vain; else chosen anew.
void Issuance::choose_terms(const Jobs& jobs) {
  const Time now = clock_();
  std::set<ca::IpAddress> used = registry_.used_addresses(now);
  used.insert(reserved_.begin(), reserved_.end());
  for (const auto& job : jobs) used.insert(job->avoid.begin(), job->avoid.end());
  std::map<ca::Prefix, ca::IpAddress> last;
  for (const auto& job : jobs) {
    const enroll::Request* request = request_of(job->asked);
    if (request == nullptr) continue;  // the manifest says it all
    auto recorded = job->recorded;
    if (!recorded)
      if (const auto own = registry_.recorded(job->digest());
          own && (own->issued || own->subject.not_after > now))
        recorded = own->subject;
    if (recorded && std::find(job->tried.begin(), job->tried.end(), *recorded) != job->tried.end())
      recorded.reset();
    if (recorded) {
      job->networks = recorded->networks;
      job->not_before = recorded->not_before;
      job->not_after = recorded->not_after;
    } else {
      const Duration ttl = request->invitation.terms.ttl;
      job->not_before = std::max(now - ca::backdating, member_.constraints.not_before);
      job->not_after = std::min(now + ttl, member_.constraints_at(job->not_before).not_after);
      job->networks = choose_networks(*job, used, last);
    }
    for (const ca::Prefix& prefix : job->networks) {
      used.insert(prefix.address);
      reserved_.insert(prefix.address);
    }
  }
}

Envelope Issuance::propose_envelope(const Digest& session_id, const Jobs& jobs) const {
  ProposalMessage message;
  for (const auto& job : jobs)
    message.hosts.push_back({job->sealed, job->networks, job->not_before, job->not_after});
  return member_.say(session_id, static_cast<std::uint16_t>(MessageType::proposal), 0,
                     encoded(message));
}

}  // namespace jointca::daemon
