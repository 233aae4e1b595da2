// transport/async.h — waiting, in coroutines of one io_context on one thread.
//
// Nothing here locks: every object is used from the thread that runs its executor. Objects may be
// destroyed while coroutines wait on them; the waiters then wake with "nothing came".
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

namespace jointca::transport {

using boost::asio::any_io_executor;
using boost::asio::awaitable;

using Deadline = std::chrono::steady_clock::time_point;
[[nodiscard]] inline Deadline after(std::chrono::milliseconds duration) {
  return std::chrono::steady_clock::now() + duration;
}

/// Suspends the caller. Ends early only if the caller is cancelled, with Asio's exception.
awaitable<void> sleep_for(std::chrono::milliseconds duration);

/// A condition: wakes those who wait now, remembers nothing. Check your own condition in a loop;
/// between the check and the wait nobody else runs.
class Event {
 public:
  explicit Event(any_io_executor executor);
  Event(Event&&) noexcept;
  Event& operator=(Event&&) noexcept;
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  // NOLINTNEXTLINE(bugprone-exception-escape): cancelling does not throw
  ~Event();

  /// Wakes every waiter, each through the executor and not inside this call.
  void notify();
  /// Whether notify() came before the deadline, and before the Event was destroyed.
  awaitable<bool> wait_until(Deadline deadline);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

/// A bounded queue from many senders to one or more receivers.
template <class T>
class Mailbox {
 public:
  Mailbox(any_io_executor executor, std::size_t count_max)
      : state_(std::make_shared<State>(std::move(executor), count_max)) {}
  Mailbox(Mailbox&&) noexcept = default;
  Mailbox& operator=(Mailbox&& other) noexcept {
    std::swap(state_, other.state_);
    return *this;
  }
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;
  ~Mailbox() {
    if (state_) close();
  }

  /// False, and `item` dropped, if the mailbox is full or closed.
  [[nodiscard]] bool put(T item) {
    if (state_->closed || state_->items.size() >= state_->count_max) return false;
    state_->items.push_back(std::move(item));
    state_->arrived.notify();
    return true;
  }

  /// The oldest item, or nothing at the deadline. What was put before close() is still given.
  awaitable<std::optional<T>> take_until(Deadline deadline) { return take(state_, deadline); }

  /// Wakes all receivers with nothing.
  void close() {
    state_->closed = true;
    state_->arrived.notify();
  }

  [[nodiscard]] std::size_t size() const { return state_->items.size(); }

 private:
  struct State {
    State(any_io_executor executor, std::size_t max)
        : arrived(std::move(executor)), count_max(max) {}
    Event arrived;
    std::size_t count_max;
    std::deque<T> items;
    bool closed = false;
  };

  static awaitable<std::optional<T>> take(std::shared_ptr<State> state, Deadline deadline) {
    while (state->items.empty()) {
      if (state->closed) co_return std::nullopt;
      const bool notified = co_await state->arrived.wait_until(deadline);
      if (!notified && state->items.empty()) co_return std::nullopt;
    }
    std::optional<T> item(std::move(state->items.front()));
    state->items.pop_front();
    co_return item;
  }

  std::shared_ptr<State> state_;
};

/// The detached coroutines of one owner. Destroying it cancels them: each ends at the operation it
/// waits for, by Asio's exception, when the executor next runs. So a coroutine may touch its owner
/// only before its first wait, or must share what it uses.
class Tasks {
 public:
  /// `on_exception` hears the what() of a coroutine that ended by an exception other than
  /// cancellation. It may outlive this object.
  explicit Tasks(any_io_executor executor,
                 std::function<void(const std::string&)> on_exception = {});
  Tasks(Tasks&&) noexcept;
  Tasks& operator=(Tasks&&) = delete;
  Tasks(const Tasks&) = delete;
  Tasks& operator=(const Tasks&) = delete;
  // NOLINTNEXTLINE(bugprone-exception-escape): cancelling does not throw
  ~Tasks();

  /// Starts `work` from the event loop, not inside this call.
  void spawn(awaitable<void> work);
  /// Cancels what runs now. More may be spawned afterwards.
  void cancel();
  [[nodiscard]] std::size_t running() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

/// Runs `work` on a thread of its own while the executor goes on. What it refers to stays until it
/// is done: a caller that is cancelled meanwhile waits for it. What it throws reaches the caller.
awaitable<void> run_apart(std::function<void()> work);

/// The result of `work`, in the same way.
template <class Work>
awaitable<std::invoke_result_t<Work>> apart(Work work) {
  std::optional<std::invoke_result_t<Work>> result;
  co_await run_apart([&] { result.emplace(work()); });
  co_return *std::move(result);
}

/// The result of `work`, or nothing if it takes longer, which cancels it, or throws.
template <class T>
awaitable<std::optional<T>> with_timeout(any_io_executor executor, awaitable<T> work,
                                         std::chrono::milliseconds timeout) {
  struct Slot {
    explicit Slot(any_io_executor slot_executor) : finished(std::move(slot_executor)) {}
    Event finished;
    std::optional<T> value;
    bool done = false;
  };
  struct Finish {  // also when `work` throws
    std::shared_ptr<Slot> slot;
    ~Finish() {
      slot->done = true;
      slot->finished.notify();
    }
  };
  struct Run {
    static awaitable<void> run(std::shared_ptr<Slot> slot, awaitable<T> inner) {
      const Finish finish{slot};
      slot->value.emplace(co_await std::move(inner));
    }
  };
  const Deadline deadline = after(timeout);
  const auto slot = std::make_shared<Slot>(executor);
  Tasks tasks(executor);
  tasks.spawn(Run::run(slot, std::move(work)));
  while (!slot->done) {
    const bool notified = co_await slot->finished.wait_until(deadline);
    if (!notified) break;
  }
  co_return std::move(slot->value);
}

}  // namespace jointca::transport
