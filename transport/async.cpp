// transport/async.cpp — timers as conditions, and coroutines that their owner can cancel.
#include "transport/async.h"

#include <exception>
#include <list>
#include <thread>
#include <unordered_map>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace jointca::transport {

namespace asio = boost::asio;

namespace {

/// A wait that was over already when its coroutine was cancelled ends without an error, and the
/// owner may be gone: Asio itself would notice at the next wait only.
awaitable<void> end_if_cancelled() {
  const asio::cancellation_state state = co_await asio::this_coro::cancellation_state;
  if (state.cancelled() != asio::cancellation_type::none)
    throw boost::system::system_error(asio::error::operation_aborted);
}

}  // namespace

awaitable<void> sleep_for(std::chrono::milliseconds duration) {
  asio::steady_timer timer(co_await asio::this_coro::executor, duration);
  co_await timer.async_wait(asio::use_awaitable);
  co_await end_if_cancelled();
}

awaitable<void> run_apart(std::function<void()> work) {
  struct State {
    explicit State(any_io_executor executor) : done(std::move(executor)) {}
    Event done;
    std::exception_ptr problem;
    bool finished = false;
  };
  struct Joining {
    std::thread thread;
    ~Joining() { thread.join(); }
  };
  const any_io_executor executor = co_await asio::this_coro::executor;
  const auto state = std::make_shared<State>(executor);
  const Joining joining{std::thread([&work, executor, state] {
    std::exception_ptr problem;
    try {
      work();
    } catch (...) {  // it would end the process here
      problem = std::current_exception();
    }
    asio::post(executor, [state, problem = std::move(problem)] {
      state->problem = problem;
      state->finished = true;
      state->done.notify();
    });
  })};
  while (!state->finished) {
    const bool notified = co_await state->done.wait_until(after(std::chrono::hours(1)));
    (void)notified;
  }
  if (state->problem) std::rethrow_exception(state->problem);
}

struct Event::State {
  struct Waiter {
    explicit Waiter(std::shared_ptr<State> event_state)
        : state(std::move(event_state)), timer(state->executor) {
      place = state->waiters.insert(state->waiters.end(), this);
    }
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;
    ~Waiter() { state->waiters.erase(place); }

    std::shared_ptr<State> state;
    asio::steady_timer timer;
    bool notified = false;
    std::list<Waiter*>::iterator place;
  };

  explicit State(any_io_executor waiting_executor) : executor(std::move(waiting_executor)) {}

  void wake(bool notified) {
    for (Waiter* waiter : waiters) {
      waiter->notified |= notified;
      waiter->timer.cancel();
    }
  }

  static awaitable<bool> wait(std::shared_ptr<State> state, Deadline deadline) {
    Waiter waiter(std::move(state));
    waiter.timer.expires_at(deadline);
    boost::system::error_code ignored;  // cancelled or expired: `notified` tells which
    co_await waiter.timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    co_await end_if_cancelled();
    co_return waiter.notified;
  }

  any_io_executor executor;
  std::list<Waiter*> waiters;  // each lives in the coroutine that waits
};

Event::Event(any_io_executor executor) : state_(std::make_shared<State>(std::move(executor))) {}
Event::Event(Event&&) noexcept = default;
Event& Event::operator=(Event&& other) noexcept {
  std::swap(state_, other.state_);
  return *this;
}
// NOLINTNEXTLINE(bugprone-exception-escape): cancelling does not throw
Event::~Event() {
  if (state_) state_->wake(false);
}

void Event::notify() { state_->wake(true); }

awaitable<bool> Event::wait_until(Deadline deadline) { return State::wait(state_, deadline); }

struct Tasks::State {
  any_io_executor executor;
  std::function<void(const std::string&)> on_exception;
  std::unordered_map<std::uint64_t, std::shared_ptr<asio::cancellation_signal>> running;
  std::uint64_t next = 0;

  void finished(std::uint64_t task, const std::exception_ptr& exception) {
    running.erase(task);
    if (!exception || !on_exception) return;
    try {
      std::rethrow_exception(exception);
    } catch (const boost::system::system_error& error) {
      if (error.code() != asio::error::operation_aborted) on_exception(error.what());
    } catch (const std::exception& error) {
      on_exception(error.what());
    } catch (...) {
      on_exception("an exception of unknown type");
    }
  }
};

namespace {

/// Leaves the caller's stack first: co_spawn itself would start inside the spawning call.
awaitable<void> begin_later(any_io_executor executor, awaitable<void> work) {
  co_await asio::post(executor, asio::use_awaitable);
  co_await std::move(work);
}

}  // namespace

Tasks::Tasks(any_io_executor executor, std::function<void(const std::string&)> on_exception)
    : state_(std::make_shared<State>(State{std::move(executor), std::move(on_exception), {}, 0})) {}
Tasks::Tasks(Tasks&&) noexcept = default;
// NOLINTNEXTLINE(bugprone-exception-escape): cancelling does not throw
Tasks::~Tasks() {
  if (state_) cancel();
}

void Tasks::spawn(awaitable<void> work) {
  const std::uint64_t task = state_->next++;
  auto signal = std::make_shared<asio::cancellation_signal>();
  state_->running.emplace(task, signal);
  asio::co_spawn(
      state_->executor, begin_later(state_->executor, std::move(work)),
      asio::bind_cancellation_slot(
          signal->slot(), [state = state_, signal, task](const std::exception_ptr& exception) {
            state->finished(task, exception);
          }));
}

void Tasks::cancel() {
  std::vector<std::shared_ptr<asio::cancellation_signal>> signals;  // emit() may end a task
  for (const auto& [task, signal] : state_->running) signals.push_back(signal);
  // co_spawn (Boost 1.81) passes a signal on by a bare pointer into it, and does so later unless
  // the executor is running on this thread. So emit there, and hold the signals until then.
  asio::dispatch(state_->executor, [signals = std::move(signals)] {
    for (const auto& signal : signals) signal->emit(asio::cancellation_type::terminal);
  });
}

std::size_t Tasks::running() const { return state_->running.size(); }

}  // namespace jointca::transport
