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

/// What an agent before this one wrote. If that cannot be read it is written anew, and that is all.
void Agent::take_up(Time now) {
  if (earlier_) return;
  earlier_.emplace();
  const auto text = machine::read_file(paths_.status(), status_bytes_max);
  Status written;
  if (!text || !take_from_agent(written, to_text(*text))) return;
  if (written.last_contact && *written.last_contact <= now) last_contact_ = written.last_contact;
  renewal_failures_ = written.renewal_failures;
  renewal_problem_ = std::move(written.renewal_problem);
  earlier_ = std::move(written.tasks);
}

void Agent::note_failure(const std::string& what, const Error* error) {
  std::erase_if(failures_, [&](const auto& each) { return each.first == what; });
  if (error != nullptr) failures_.emplace_back(what, *error);
}

std::optional<Error> Agent::failure() const {
  if (failures_.empty()) return std::nullopt;
  return failures_.front().second;
}

void Agent::note(const std::string& task, Time now, const Result<Outcome, Error>& result) {
  const auto named = [&](const Task& each) { return each.name == task; };
  auto known = std::find_if(tasks_.begin(), tasks_.end(), named);
  if (known == tasks_.end()) {
    const auto before = std::find_if(earlier_->begin(), earlier_->end(), named);
    known = tasks_.insert(
        tasks_.end(), Task{task, before == earlier_->end() ? std::nullopt : before->done, {}, {}});
  }
  note_failure(task, result ? nullptr : &result.error());
  if (!result) {
    if (known->problem != result.error().message) progress_(task + ": " + result.error().message);
    known->problem = result.error().message;
    return;
  }
  if (known->detail != result->detail && !result->detail.empty())
    progress_(task + ": " + result->detail);
  for (const std::string& each : result->refused)
    if (std::find(known->refused.begin(), known->refused.end(), each) == known->refused.end())
      progress_(std::string(task).append(": refused: ").append(each));
  *known = {task, now, result->detail, {}, result->warnings, result->refused};
}

/// Two thirds into the life, and after a failure not before its backoff is over. Whether there is
/// something new.
bool Agent::renew_if_due(const std::vector<Holding>& holdings, const Silent& silent) {
  const Time now = clock_();
  const bool begun = machine::file_exists(paths_.renewal());
  if (now < renewal_time(holdings) && !begun) {
    renewal_failures_ = 0;  // somebody else renewed
    renewal_problem_.clear();
    try_again_.reset();
    return false;
  }
  if (try_again_ && now < *try_again_) return false;
  const auto renewed = renew(
      paths_, false, Duration(0), clock_, [](const std::string&) {}, rng_, silent);
  if (renewed) {
    progress_("renewed until " + to_rfc3339(renewed->granted.subject.not_after));
    renewal_failures_ = 0;
    renewal_problem_.clear();
    try_again_.reset();
    last_contact_ = now;
    return true;
  }
  renewal_problem_ = renewed.error().message;
  try_again_ = now + backoff(++renewal_failures_, first_end(holdings) - now, rng_.array<1>()[0]);
  progress_("renewal failed, the next attempt is " + distance(*try_again_, now) + ": " +
            renewal_problem_);
  note_failure("renewal", &renewed.error());
  return false;
}

/// The documents that all hosts share. One party that answers is enough.
void Agent::fetch(Calls& calls, const ca::Authority& authority, Time now) {
  const auto take = [&](const std::string& task, const Result<Fetched, Error>& fetched) {
    if (!fetched) return note(task, now, Unexpected{fetched.error()});
    if (fetched->answered == 0) {
      std::vector<std::string> problems = fetched->missing;
      problems.insert(problems.end(), fetched->refused.begin(), fetched->refused.end());
      return note(task, now,
                  failed(Error::Code::unreachable, "no party gave any: " + join(problems)));
    }
    last_contact_ = now;
    note(task, now, Outcome{join(fetched->missing), {}, fetched->refused});
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

void Agent::apply(const ca::Authority& authority, Time now) {
  if (const auto holdings = read_holdings(paths_); holdings && has(*holdings, ca::Kind::nebula)) {
    const auto written = daemon::write_ca_bundle(paths_.nebula_ca(), authority, now);
    note("ca.crt", now, written ? Result<Outcome, Error>(Outcome{}) : Unexpected{written.error()});
  }
  for (const Adapter& adapter : adapters_) note(adapter.name, now, adapter.apply(now));
}

Result<Status, Error> Agent::tick() {
  failures_.clear();
  const Time now = clock_();
  JCA_ASSIGN(const auto authority, read_authority(paths_));
  JCA_ASSIGN(const auto holdings, read_holdings(paths_));
  take_up(now);
  Calls calls(authority);
  fetch(calls, authority, now);
  apply(authority, clock_());
  if (renew_if_due(holdings, calls.silent())) apply(authority, clock_());
  return report(authority, clock_());
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
