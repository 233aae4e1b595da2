#include "host/revocation_watch.h"

#include <set>

#include "host/documents.h"

namespace jointca::host {

RevocationWatch::RevocationWatch(const Paths& paths, const CheckedSession& checked,
                                 Duration interval, Clock clock, Progress progress)
    : paths_(paths),
      checked_(checked),
      interval_(interval),
      clock_(std::move(clock)),
      progress_(std::move(progress)),
      thread_([this] { work(); }) {}

RevocationWatch::~RevocationWatch() {
  {
    const std::scoped_lock lock(mutex_);
    ending_ = true;
  }
  ended_.notify_all();
  thread_.join();
}

std::optional<Problem> RevocationWatch::found() {
  const std::scoped_lock lock(mutex_);
  return found_;
}

void RevocationWatch::work() {
  for (;;) {
    auto problem = look();
    std::unique_lock lock(mutex_);
    if (problem) {
      found_ = std::move(problem);
      return;
    }
    if (ended_.wait_for(lock, interval_, [this] { return ending_; })) return;
  }
}

std::optional<Problem> RevocationWatch::look() {
  Calls calls(checked_.authority);
  const auto fetched = fetch_revocations(calls, paths_, checked_.authority, clock_());
  if (!fetched) progress_("revocations: " + fetched.error().message);
  if (const auto list = read_revocations(paths_, checked_.authority); list && *list) {
    std::set<Digest> fingerprints;
    for (const ca::RevokedCertificate& each : (*list)->revoked)
      fingerprints.insert(each.fingerprint);
    if (auto reason = revoked_of(checked_.session, fingerprints))
      return Problem{mpyc::Check::revoked, *std::move(reason)};
  }
  return ask_for_members(checked_.authority, checked_.manifest(), progress_);
}

}  // namespace jointca::host
