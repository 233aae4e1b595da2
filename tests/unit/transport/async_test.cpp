// tests/unit/transport/async_test.cpp — events, mailboxes, tasks and timeouts.
#include <atomic>
#include <thread>

#include <boost/asio/this_coro.hpp>

#include "tests/unit/transport/support.h"

namespace jointca::transport {
namespace {

using std::chrono::milliseconds;

awaitable<void> sleep_and_set(milliseconds duration, std::shared_ptr<int> out, int value) {
  co_await sleep_for(duration);
  *out = value;
}

awaitable<int> sleep_and_give(milliseconds duration, int value) {
  co_await sleep_for(duration);
  co_return value;
}

awaitable<int> fail_later() {
  co_await sleep_for(milliseconds(1));
  throw std::runtime_error("broken on purpose");
}

}  // namespace

TEST_CASE("an event wakes every waiter, and a waiter without one ends at its deadline") {
  boost::asio::io_context context;
  Event event(context.get_executor());
  int woken = 0;
  const auto wait = [&]() -> awaitable<void> {
    const bool notified = co_await event.wait_until(after(patience));
    if (notified) ++woken;
  };
  Tasks tasks(context.get_executor());
  for (int i = 0; i < 3; ++i) tasks.spawn(wait());
  run_for(context, milliseconds(20));
  CHECK(woken == 0);
  event.notify();
  CHECK(woken == 0);  // through the executor, not inside notify()
  run_for(context, milliseconds(20));
  CHECK(woken == 3);
  CHECK_FALSE(run(context, event.wait_until(after(milliseconds(10)))));
}

TEST_CASE("an event that is destroyed wakes its waiters with nothing") {
  boost::asio::io_context context;
  std::optional<Event> event(context.get_executor());
  std::optional<bool> notified;
  const auto wait = [&]() -> awaitable<void> {
    notified = co_await event->wait_until(after(patience));
  };
  Tasks tasks(context.get_executor());
  tasks.spawn(wait());
  run_for(context, milliseconds(20));
  event.reset();
  run_for(context, milliseconds(20));
  CHECK(notified == false);
}

TEST_CASE("a mailbox gives items in order, to those who wait too, and nothing at the deadline") {
  boost::asio::io_context context;
  Mailbox<std::unique_ptr<int>> mailbox(context.get_executor(), 2);
  CHECK(mailbox.put(std::make_unique<int>(1)));
  CHECK(mailbox.put(std::make_unique<int>(2)));
  CHECK_FALSE(mailbox.put(std::make_unique<int>(3)));  // full
  CHECK(**run(context, mailbox.take_until(after(patience))) == 1);
  CHECK(**run(context, mailbox.take_until(after(patience))) == 2);
  CHECK_FALSE(run(context, mailbox.take_until(after(milliseconds(10)))));

  Tasks tasks(context.get_executor());
  const auto put_later = [&]() -> awaitable<void> {
    co_await sleep_for(milliseconds(10));
    CHECK(mailbox.put(std::make_unique<int>(4)));
  };
  tasks.spawn(put_later());
  CHECK(**run(context, mailbox.take_until(after(patience))) == 4);
}

TEST_CASE("a closed mailbox gives what it holds, then nothing, and takes no more") {
  boost::asio::io_context context;
  Mailbox<int> mailbox(context.get_executor(), 4);
  CHECK(mailbox.put(1));
  mailbox.close();
  CHECK_FALSE(mailbox.put(2));
  CHECK(run(context, mailbox.take_until(after(patience))) == 1);
  CHECK(run(context, mailbox.take_until(after(patience))) == std::nullopt);
}

TEST_CASE("a mailbox may be destroyed under a receiver") {
  boost::asio::io_context context;
  std::optional<Mailbox<int>> mailbox(std::in_place, context.get_executor(), std::size_t{4});
  bool ended = false;
  const auto receive = [&]() -> awaitable<void> {
    const auto item = co_await mailbox->take_until(after(patience));  // twice inside a CHECK
    CHECK(item == std::nullopt);
    ended = true;
  };
  Tasks tasks(context.get_executor());
  tasks.spawn(receive());
  run_for(context, milliseconds(20));
  mailbox.reset();
  run_for(context, milliseconds(20));
  CHECK(ended);
}

TEST_CASE("tasks run until their owner is destroyed") {
  boost::asio::io_context context;
  const auto quick = std::make_shared<int>(0);
  const auto slow = std::make_shared<int>(0);
  std::optional<Tasks> tasks(context.get_executor());
  tasks->spawn(sleep_and_set(milliseconds(1), quick, 1));
  tasks->spawn(sleep_and_set(4 * patience, slow, 1));
  REQUIRE(run_until(context, [&] { return *quick == 1; }));
  CHECK(run_until(context, [&] { return tasks->running() == 1; }));
  tasks.reset();
  run_for(context, milliseconds(20));
  CHECK(*slow == 0);
  CHECK(slow.use_count() == 1);  // its frame is gone
}

TEST_CASE("a task that was cancelled before it began does not begin") {
  boost::asio::io_context context;
  const auto value = std::make_shared<int>(0);
  {
    Tasks tasks(context.get_executor());
    tasks.spawn(sleep_and_set(milliseconds(0), value, 1));
  }
  run_for(context, milliseconds(20));
  CHECK(*value == 0);
}

TEST_CASE("an exception of a task reaches its owner's ear, cancellation does not") {
  boost::asio::io_context context;
  std::vector<std::string> heard;
  Tasks tasks(context.get_executor(), [&](const std::string& what) { heard.push_back(what); });
  const auto fail = []() -> awaitable<void> { co_await fail_later(); };
  tasks.spawn(fail());
  tasks.spawn(sleep_and_set(milliseconds(5'000), std::make_shared<int>(0), 1));
  REQUIRE(run_until(context, [&] { return heard.size() == 1; }));
  tasks.cancel();
  run_for(context, milliseconds(20));
  CHECK(heard == std::vector<std::string>{"broken on purpose"});
  CHECK(tasks.running() == 0);
}

TEST_CASE("a context destroyed with tasks in it destroys what they hold") {
  const auto value = std::make_shared<int>(0);
  {
    boost::asio::io_context context;
    Tasks tasks(context.get_executor());
    tasks.spawn(sleep_and_set(std::chrono::seconds(60), value, 1));
    run_for(context, milliseconds(10));
  }
  CHECK(value.use_count() == 1);
}

TEST_CASE("work runs apart while the executor goes on, and gives its result") {
  boost::asio::io_context context;
  std::atomic<bool> go_on = false;
  const auto there = std::this_thread::get_id();
  std::thread::id worker;
  const auto work = [&]() -> awaitable<int> {
    const int result = co_await apart([&] {
      worker = std::this_thread::get_id();
      while (!go_on) std::this_thread::yield();
      return 7;
    });
    co_return result;
  };
  const auto release = [&]() -> awaitable<void> {
    co_await sleep_for(milliseconds(5));
    go_on = true;
  };
  Tasks tasks(context.get_executor());
  tasks.spawn(release());
  CHECK(run(context, work()) == 7);
  CHECK(worker != there);
}

TEST_CASE("what work throws that runs apart reaches its caller") {
  boost::asio::io_context context;
  const auto work = []() -> awaitable<std::string> {
    std::string caught;
    try {
      const int never = co_await apart([]() -> int { throw std::runtime_error("on purpose"); });
      caught = std::to_string(never);
    } catch (const std::runtime_error& error) {
      caught = error.what();
    }
    co_return caught;
  };
  CHECK(run(context, work()) == "on purpose");
}

TEST_CASE("a caller that is cancelled waits for its work that runs apart") {
  boost::asio::io_context context;
  std::atomic<int> stage = 0;
  const auto work = [&]() -> awaitable<void> {
    const int done = co_await apart([&] {
      stage = 1;
      std::this_thread::sleep_for(milliseconds(30));
      return stage = 2;
    });
    stage = done + 1;  // not reached
  };
  Tasks tasks(context.get_executor());
  tasks.spawn(work());
  REQUIRE(run_until(context, [&] { return stage == 1; }));
  tasks.cancel();
  REQUIRE(run_until(context, [&] { return tasks.running() == 0; }));
  CHECK(stage == 2);
}

TEST_CASE("with_timeout gives the value in time, and nothing too late or after an exception") {
  boost::asio::io_context context;
  const auto executor = context.get_executor();
  CHECK(run(context, with_timeout(executor, sleep_and_give(milliseconds(1), 7), patience)) == 7);
  CHECK(run(context, with_timeout(executor, sleep_and_give(milliseconds(5'000), 7),
                                  milliseconds(20))) == std::nullopt);
  CHECK(run(context, with_timeout(executor, fail_later(), patience)) == std::nullopt);
}

}  // namespace jointca::transport
