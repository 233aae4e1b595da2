// tests/unit/transport/support.h — identities, coroutines run to their end, servers on a thread,
// and clients that misbehave.
#pragma once

#include <future>
#include <optional>
#include <string>
#include <thread>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <catch2/catch.hpp>

#include "transport/async.h"
#include "transport/identity.h"

namespace jointca::transport {

inline constexpr std::chrono::seconds patience{20};

inline SigningKey test_key(std::uint8_t number) {
  return SigningKey(
      Secret<32>::make([number](auto out) { std::fill(out.begin(), out.end(), number); }));
}

inline TlsIdentity test_identity(std::uint8_t number) {
  auto identity = TlsIdentity::make(test_key(number), "party-" + std::to_string(number));
  REQUIRE(identity);
  return *std::move(identity);
}

/// Runs `context` until `work` has ended, and gives its value.
template <class T>
T run(boost::asio::io_context& context, awaitable<T> work) {
  std::optional<T> value;
  bool done = false;
  const auto store = [&]() -> awaitable<void> {
    value.emplace(co_await std::move(work));
    done = true;
  };
  boost::asio::co_spawn(context, store(), [](const std::exception_ptr& exception) {
    if (exception) std::rethrow_exception(exception);
  });
  context.restart();
  const auto limit = std::chrono::steady_clock::now() + patience;
  while (!done && std::chrono::steady_clock::now() < limit)
    context.run_one_for(std::chrono::milliseconds(100));
  REQUIRE(done);
  return *std::move(value);
}

/// Runs what is due, and what becomes due in `duration`; also if a busy machine let that pass
/// before anything ran. What comes over a socket may take longer: run_until() waits for it.
inline void run_for(boost::asio::io_context& context, std::chrono::milliseconds duration) {
  context.restart();
  context.run_for(duration);
  context.restart();
  context.poll();
}

/// Runs until the condition holds, however long a busy machine takes; whether it does.
template <class Condition>
[[nodiscard]] bool run_until(boost::asio::io_context& context, Condition condition) {
  const auto limit = std::chrono::steady_clock::now() + patience;
  while (!condition() && std::chrono::steady_clock::now() < limit)
    run_for(context, std::chrono::milliseconds(5));
  return condition();
}

/// Tries until `attempt` succeeds, as when the other side has to notice something first.
template <class Attempt>
[[nodiscard]] bool succeeds_in_the_end(Attempt attempt) {
  const auto limit = std::chrono::steady_clock::now() + patience;
  while (!attempt()) {
    if (std::chrono::steady_clock::now() > limit) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return true;
}

/// Runs a context on its own thread, so that the test may block. Declared after what the context
/// serves, it ends first, and everything is destroyed by one thread.
class Background {
 public:
  explicit Background(boost::asio::io_context& context)
      : context_(context), work_(context.get_executor()), thread_([this] { context_.run(); }) {}
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;
  ~Background() {
    context_.stop();
    thread_.join();
  }
  /// Runs `action` on the thread and waits for it.
  template <class Action>
  void on_thread(Action action) {
    std::promise<void> done;
    boost::asio::post(context_, [&] {
      action();
      done.set_value();
    });
    done.get_future().wait();
  }

 private:
  boost::asio::io_context& context_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  std::thread thread_;
};

/// A blocking socket to 127.0.0.1, or to a Unix socket, without any manners.
class RawClient {
 public:
  /// The last octet of the loopback address that it comes from: 127.0.0.`from`.
  explicit RawClient(std::uint16_t port, std::uint8_t from = 1);
  explicit RawClient(const std::string& path);
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;
  ~RawClient();

  void send(std::string_view text) const;
  /// What comes until the other side closes, or until it ends with `end`.
  [[nodiscard]] std::string receive(std::string_view end = {}) const;
  /// Whether the other side closes; drops what it sends.
  [[nodiscard]] bool closes() const { return closes_within(patience); }
  /// The same within `duration`: to see that it does not, or to go on meanwhile.
  [[nodiscard]] bool closes_within(std::chrono::milliseconds duration) const;
  [[nodiscard]] int descriptor() const { return descriptor_; }

 private:
  int descriptor_ = -1;
};

/// A port of 127.0.0.1 where the kernel accepts and nobody answers.
class SilentPort {
 public:
  SilentPort();
  SilentPort(const SilentPort&) = delete;
  SilentPort& operator=(const SilentPort&) = delete;
  ~SilentPort();
  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  int descriptor_ = -1;
  std::uint16_t port_ = 0;
};

}  // namespace jointca::transport
