#include "host/agent.h"

#include <algorithm>

#include "base/text.h"
#include "crypto/rng.h"
#include "daemon/ca_bundle.h"
#include "host/documents.h"
#include "machine/files.h"

namespace jointca::host {
namespace {

Result<Ok, Error> write(const std::string& path, const std::string& text) {
  return machine::write_file(path, as_bytes(text), 0644, machine::Overwrite::allow);
}

bool has(const std::vector<Holding>& holdings, ca::Kind kind) {
  return std::any_of(holdings.begin(), holdings.end(), [&](const Holding& holding) {
    return issued::asked_by(holding.kind) == kind;
  });
}

}  // namespace

void Agent::note(const std::string& task, Time now, const Result<std::string, Error>& result) {
  auto known = std::find_if(tasks_.begin(), tasks_.end(),
                            [&](const Task& each) { return each.name == task; });
  if (known == tasks_.end()) known = tasks_.insert(tasks_.end(), Task{task, {}, {}, {}});
  const std::string before = known->problem;
  if (result) {
    if (known->detail != *result && !result->empty()) progress_(task + ": " + *result);
    known->done = now;
    known->detail = *result;
    known->problem.clear();
    return;
  }
  known->problem = result.error().message;
  if (known->problem != before) progress_(task + ": " + known->problem);
  if (!failure_) failure_ = result.error();
}

/// Two thirds into the life, and after a failure not before its backoff is over.
void Agent::renew_if_due(const std::vector<Holding>& holdings, Time now) {
  const bool begun = machine::file_exists(paths_.renewal());
  if (now < renewal_time(holdings) && !begun) return;
  if (try_again_ && now < *try_again_) return;
  const auto renewed = renew(
      paths_, false, Duration(0), clock_, [](const std::string&) {}, rng_);
  if (renewed) {
    progress_("renewed until " + to_rfc3339(renewed->granted.subject.not_after));
    renewal_failures_ = 0;
    renewal_problem_.clear();
    try_again_.reset();
    last_contact_ = now;
    return;
  }
  renewal_problem_ = renewed.error().message;
  try_again_ = now + backoff(++renewal_failures_, first_end(holdings) - now, rng_.array<1>()[0]);
  progress_("renewal failed, the next attempt is " + distance(*try_again_, now) + ": " +
            renewal_problem_);
  if (!failure_) failure_ = renewed.error();
}

/// The documents that all hosts share. One party that answers is enough.
void Agent::fetch(const ca::Authority& authority, Time now) {
  Calls calls(authority);
  const auto take = [&](const std::string& task, const Result<Fetched, Error>& fetched) {
    if (!fetched) return note(task, now, Unexpected{fetched.error()});
    if (fetched->answered == 0)
      return note(
          task, now,
          failed(Error::Code::unreachable, "no party gave any: " + join(fetched->problems)));
    last_contact_ = now;
    note(task, now, join(fetched->problems));
  };
  take("revocations", fetch_revocations(calls, paths_, authority, now));
  const auto revoked = read_revocations(paths_, authority);
  const auto list = revoked ? *revoked : std::nullopt;
  const auto holdings = read_holdings(paths_);
  if (!holdings) return;
  if (has(*holdings, ca::Kind::nebula))
    take("lighthouses", fetch_tokens(calls, lighthouses_file(paths_), authority, list, now));
  if (has(*holdings, ca::Kind::wireguard))
    take("bindings", fetch_tokens(calls, bindings_file(paths_), authority, list, now));
}

Result<Status, Error> Agent::tick() {
  failure_.reset();
  const Time now = clock_();
  JCA_ASSIGN(const auto authority, read_authority(paths_));
  JCA_ASSIGN(const auto holdings, read_holdings(paths_));
  renew_if_due(holdings, now);
  fetch(authority, now);
  if (has(holdings, ca::Kind::nebula)) {
    const auto written = daemon::write_ca_bundle(paths_.nebula_ca(), authority, now);
    note("ca.crt", now, written ? Result<std::string, Error>("") : failed(written.error().message));
  }
  for (const Adapter& adapter : adapters_) note(adapter.name, now, adapter.apply(now));
  return report(authority, now);
}

Result<Status, Error> Agent::report(const ca::Authority& authority, Time now) {
  Status status{now, authority.name, {}, {}, renewal_failures_, renewal_problem_, last_contact_,
                {},  tasks_};
  JCA_ASSIGN(status.holdings, read_holdings(paths_));
  status.renew_at = renewal_time(status.holdings);
  if (auto list = read_revocations(paths_, authority)) status.revocations = *std::move(list);
  JCA_TRY(write(paths_.status(), to_json(status)));
  JCA_TRY(write(metrics_, to_metrics(status)));
  return status;
}

}  // namespace jointca::host
