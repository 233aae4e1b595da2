// host/revocation_watch.h — while a session runs: is it, or a member, revoked meanwhile?
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "host/order.h"
#include "host/session_check.h"

namespace jointca::host {

/// Asks the parties again and again, in a thread of its own, until its end or the first answer.
class RevocationWatch {
 public:
  /// What it refers to outlives it. `clock` and `progress` are called from the thread.
  RevocationWatch(const Paths& paths, const CheckedSession& checked, Duration interval, Clock clock,
                  Progress progress);
  RevocationWatch(const RevocationWatch&) = delete;
  RevocationWatch& operator=(const RevocationWatch&) = delete;
  ~RevocationWatch();

  /// `revoked`, as soon as it is known.
  [[nodiscard]] std::optional<Problem> found();

 private:
  void work();
  [[nodiscard]] std::optional<Problem> look();

  const Paths& paths_;
  const CheckedSession& checked_;
  Duration interval_;
  Clock clock_;
  Progress progress_;
  std::mutex mutex_;
  std::condition_variable ended_;
  bool ending_ = false;
  std::optional<Problem> found_;
  std::thread thread_;
};

}  // namespace jointca::host
