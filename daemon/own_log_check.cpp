#include "daemon/own_log_check.h"

#include "log/checkpoint.h"

namespace jointca::daemon {

std::string OwnLogCheck::refutation(Identifier from, const std::string& checkpoint) const {
  if (checkpoint.empty()) return {};
  const auto seen = log::open_checkpoint(checkpoint, log_.verifier());
  if (!seen) return {};
  const std::string& name = member_.name_of(from);
  if (seen->checkpoint.size > log_.size())
    return name + " has seen " + std::to_string(seen->checkpoint.size) +
           " entries of this party's log, which has " + std::to_string(log_.size()) +
           ": an old copy of the state directory is in use. Stop the daemon and run `jointca log "
           "recover`";
  const auto root = log::root(seen->checkpoint.size, log_);
  if (!root) return {};  // we cannot read our own log: that says nothing about it
  if (*root != seen->checkpoint.root)
    return name +
           " has seen another log of this party: it was signed twice. Stop the daemon, and "
           "find out which copy of the state directory is the true one";
  return {};
}

bool OwnLogCheck::hear(Identifier from, const std::string& checkpoint) {
  if (refuted()) return false;
  const std::string before = why_not();
  refuted_ = refutation(from, checkpoint);
  heard_.insert(from);
  return why_not() != before;
}

std::string OwnLogCheck::why_not() const {
  if (refuted()) return refuted_;
  if (heard_.size() + 1 >= member_.authority.min_signers) return {};
  return "this party has just started, and too few others have said what they have seen of its log";
}

}  // namespace jointca::daemon
