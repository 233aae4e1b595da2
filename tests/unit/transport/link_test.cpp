// tests/unit/transport/link_test.cpp — calls between parties: pins, order, deadlines, reconnection.
#include "transport/link.h"

#include <algorithm>
#include <memory>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "tests/unit/transport/support.h"

namespace jointca::transport {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// Answers after as many milliseconds as the request's first byte says.
awaitable<Bytes> answer_later(PublicKey, Bytes request) {
  co_await sleep_for(milliseconds(request.at(0)));
  co_return request;
}

/// Does not answer, and counts the requests.
struct NeverAnswer {
  std::shared_ptr<int> asked = std::make_shared<int>(0);
  awaitable<Bytes> operator()(PublicKey, Bytes) const {
    ++*asked;
    co_await sleep_for(4 * patience);
    co_return Bytes{};
  }
};

/// Answers a hundred requests, by the number in their first byte: the last one first.
struct LastFirst {
  unsigned arrived = 0;
  int next = 99;
};

awaitable<Bytes> answer_last_first(std::shared_ptr<LastFirst> all, Bytes request) {
  ++all->arrived;
  while (all->arrived < 100 || all->next != request.at(0)) co_await sleep_for(milliseconds(1));
  --all->next;
  co_return request;
}

/// A request of one byte. GCC 12 refuses a braced list inside a co_await expression.
Bytes one(std::uint8_t byte) { return Bytes(1, byte); }

awaitable<Bytes> name_caller(PublicKey from, Bytes) { co_return to_bytes(BytesView(from.bytes)); }

/// Party 1 listens for parties 2 and 3, all in one context.
struct Parties {
  explicit Parties(PeerHandler handler = answer_later, PeerLimits server_limits = {})
      : server(context.get_executor(), test_identity(1),
               {test_key(2).public_key(), test_key(3).public_key()}, std::move(handler),
               server_limits) {
    REQUIRE(server.listen({"127.0.0.1", 0}));
  }
  PeerLink link(std::uint8_t from = 2, std::uint8_t pin = 1, PeerLimits limits = {}) {
    return PeerLink(context.get_executor(), test_identity(from), {"127.0.0.1", server.port()},
                    test_key(pin).public_key(), limits);
  }
  boost::asio::io_context context{1};
  PeerServer server;
};

void check_unreachable(const Result<Bytes, Error>& result, const std::string& where) {
  REQUIRE_FALSE(result);
  CHECK(result.error().code == Error::Code::unreachable);
  CHECK_THAT(result.error().message, Catch::Contains(where));
}

}  // namespace

TEST_CASE("a handler is told the key that its caller proved to hold") {
  Parties parties(name_caller);
  PeerLink second = parties.link(2);
  PeerLink third = parties.link(3);
  CHECK_FALSE(second.connected());
  CHECK(equal(*run(parties.context, second.call({}, seconds(5))), test_key(2).public_key().bytes));
  CHECK(equal(*run(parties.context, third.call({}, seconds(5))), test_key(3).public_key().bytes));
  CHECK(second.connected());
  CHECK(parties.server.connections() == 2);
}

TEST_CASE("a caller whose key is not allowed is refused and no handler runs") {
  int handled = 0;
  Parties parties([&](PublicKey, Bytes) -> awaitable<Bytes> {
    ++handled;
    co_return Bytes{};
  });
  PeerLink stranger = parties.link(4);
  const auto result = run(parties.context, stranger.call(one(1), seconds(5)));
  check_unreachable(result, "127.0.0.1:" + std::to_string(parties.server.port()));
  CHECK(handled == 0);
  CHECK(parties.server.connections() == 0);
}

TEST_CASE("a link does not connect to a party with another key than the pinned one") {
  Parties parties;
  PeerLink link = parties.link(2, 3);
  const auto result = run(parties.context, link.call(one(1), seconds(5)));
  REQUIRE_FALSE(result);
  CHECK(result.error().code == Error::Code::verification);
  CHECK_THAT(result.error().message, Catch::Contains(to_hex(test_key(3).public_key().bytes)));
  CHECK_FALSE(link.connected());
}

TEST_CASE("a hundred calls at once are answered in another order, each with its own answer") {
  const auto all = std::make_shared<LastFirst>();
  Parties parties(
      [all](PublicKey, Bytes request) { return answer_last_first(all, std::move(request)); });
  PeerLink link = parties.link();
  std::vector<std::uint8_t> order;
  const auto call = [&](std::uint8_t number) -> awaitable<void> {
    const auto answer = co_await link.call(one(number), patience);
    CHECK((answer && *answer == one(number)));
    order.push_back(number);
  };
  Tasks tasks(parties.context.get_executor());
  for (std::uint8_t number = 0; number < 100; ++number) tasks.spawn(call(number));
  REQUIRE(run_until(parties.context, [&] { return order.size() == 100; }));
  CHECK(std::is_sorted(order.rbegin(), order.rend()));
  CHECK(parties.server.connections() == 1);
}

TEST_CASE("a frame of the greatest size passes, a longer request is refused before it is sent") {
  Parties parties([](PublicKey, Bytes request) -> awaitable<Bytes> { co_return request; });
  PeerLink link = parties.link();
  const Bytes largest(payload_bytes_max, 0x5a);
  const auto answer = run(parties.context, link.call(largest, patience));
  CHECK((answer && *answer == largest));
  const auto refused = run(parties.context, link.call(Bytes(payload_bytes_max + 1), patience));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Error::Code::failed);
  CHECK(link.connected());
}

TEST_CASE("a call that is not answered in time fails alone, and its late answer is dropped") {
  bool in_time = false;  // until then a request that begins with 1 waits
  const auto handler = [&](PublicKey, Bytes request) -> awaitable<Bytes> {
    while (request.at(0) == 1 && !in_time) co_await sleep_for(milliseconds(1));
    co_return request;
  };
  Parties parties(handler);
  PeerLink link = parties.link();
  REQUIRE(run(parties.context, link.call(one(0), patience)));
  check_unreachable(run(parties.context, link.call(one(1), milliseconds(50))), "within 50 ms");
  in_time = true;
  CHECK(*run(parties.context, link.call({1, 2}, patience)) == Bytes{1, 2});  // after the late one
  CHECK(link.connected());
  CHECK(parties.server.connections() == 1);
}

TEST_CASE("a call to a port where nobody listens says so and names the endpoint") {
  boost::asio::io_context context;
  PeerLink link(context.get_executor(), test_identity(2), {"127.0.0.1", 1},
                test_key(1).public_key());
  const auto result = run(context, link.call(one(1), seconds(5)));
  check_unreachable(result, "127.0.0.1:1: connection refused: is `jointca serve` running there?");
}

TEST_CASE("a call to an endpoint that accepts and then is silent ends at the call's deadline") {
  boost::asio::io_context context;
  const SilentPort sink;
  PeerLink link(context.get_executor(), test_identity(2), {"127.0.0.1", sink.port()},
                test_key(1).public_key());
  check_unreachable(run(context, link.call(one(1), milliseconds(100))), "within 100 ms");

  PeerLimits limits;
  limits.connect = milliseconds(100);
  PeerLink impatient(context.get_executor(), test_identity(2), {"127.0.0.1", sink.port()},
                     test_key(1).public_key(), limits);
  check_unreachable(run(context, impatient.call(one(1), patience)), "no answer in time");
}

TEST_CASE("calls fail at once between attempts, and the time between attempts doubles") {
  boost::asio::io_context context;
  PeerLimits limits;
  limits.backoff_min = milliseconds(100);
  limits.backoff_max = milliseconds(300);
  using boost::asio::ip::tcp;
  tcp::acceptor door(context, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0));
  std::vector<std::chrono::steady_clock::time_point> attempts;
  const auto close_each = [&]() -> awaitable<void> {
    for (;;) {
      co_await door.async_accept(boost::asio::use_awaitable);
      attempts.push_back(std::chrono::steady_clock::now());
    }
  };
  Tasks tasks(context.get_executor());
  tasks.spawn(close_each());
  PeerLink link(context.get_executor(), test_identity(2),
                {"127.0.0.1", door.local_endpoint().port()}, test_key(1).public_key(), limits);
  int calls = 0;
  for (; attempts.size() < 5 && calls < 10'000; ++calls) {
    CHECK_FALSE(run(context, link.call(one(1), patience)));
    run_for(context, milliseconds(5));
  }
  REQUIRE(attempts.size() == 5);
  CHECK(calls > 5);  // those between the attempts failed without one
  std::size_t number = 0;
  for (const int wait : {100, 200, 300, 300}) {
    CHECK(attempts.at(number + 1) - attempts.at(number) >= milliseconds(wait));
    ++number;
  }
}

TEST_CASE("when the other side restarts, calls in flight fail and the next call reconnects") {
  const NeverAnswer never;
  std::optional<Parties> parties(std::in_place, [never](PublicKey from, Bytes request) {
    return request.at(0) == 0 ? answer_later(from, request) : never(from, request);
  });
  auto& context = parties->context;
  PeerLink link = parties->link();
  const std::uint16_t port = parties->server.port();
  REQUIRE(run(context, link.call(one(0), patience)));

  std::optional<Result<Bytes, Error>> in_flight;
  const auto call = [&]() -> awaitable<void> { in_flight = co_await link.call(one(1), patience); };
  Tasks tasks(context.get_executor());
  tasks.spawn(call());
  REQUIRE(run_until(context, [&] { return *never.asked == 1; }));
  parties->server.stop();
  REQUIRE(run_until(context, [&] { return in_flight.has_value(); }));
  check_unreachable(*in_flight, "127.0.0.1:" + std::to_string(port));
  CHECK_FALSE(link.connected());
  check_unreachable(run(context, link.call(one(0), patience)), "refused");

  REQUIRE(parties->server.listen({"127.0.0.1", port}));
  run_for(context, milliseconds(60));  // the backoff after the failed attempt
  CHECK(run(context, link.call(one(0), patience)));
}

TEST_CASE("a link that is closed fails its calls, and connects again when used") {
  const NeverAnswer never;
  Parties parties([never](PublicKey from, Bytes request) {
    return request.at(0) == 0 ? answer_later(from, request) : never(from, request);
  });
  PeerLink link = parties.link();
  std::optional<Result<Bytes, Error>> in_flight;
  const auto call = [&]() -> awaitable<void> { in_flight = co_await link.call(one(1), patience); };
  Tasks tasks(parties.context.get_executor());
  tasks.spawn(call());
  REQUIRE(run_until(parties.context, [&] { return *never.asked == 1; }));
  link.close();
  REQUIRE(run_until(parties.context, [&] { return in_flight.has_value(); }));
  check_unreachable(*in_flight, "the link was closed");
  CHECK(run(parties.context, link.call(one(0), patience)));
}

TEST_CASE("a link may be destroyed with calls in flight") {
  const NeverAnswer never;
  Parties parties(never);
  std::optional<PeerLink> link(parties.link());
  int failed_calls = 0;
  const auto call = [&]() -> awaitable<void> {
    const auto answer = co_await link->call(one(1), patience);
    if (!answer) ++failed_calls;
  };
  Tasks tasks(parties.context.get_executor());
  for (int i = 0; i < 5; ++i) tasks.spawn(call());
  REQUIRE(run_until(parties.context, [&] { return *never.asked == 5; }));
  link.reset();
  CHECK(run_until(parties.context, [&] { return failed_calls == 5; }));
  CHECK(run_until(parties.context, [&] { return parties.server.connections() == 0; }));
}

TEST_CASE("a server that is destroyed cancels its handlers") {
  struct Running {
    explicit Running(int& the_count) : count(the_count) { ++count; }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;
    ~Running() { --count; }
    int& count;
  };
  int running = 0;
  std::optional<Parties> parties(std::in_place, [&](PublicKey, Bytes) -> awaitable<Bytes> {
    const Running until_exit(running);
    co_await sleep_for(seconds(60));
    co_return Bytes{};
  });
  PeerLink link = parties->link();
  Tasks tasks(parties->context.get_executor());
  const auto call = [&]() -> awaitable<void> {
    const auto answer = co_await link.call(one(1), patience);
    CHECK_FALSE(answer);
  };
  tasks.spawn(call());
  REQUIRE(run_until(parties->context, [&] { return running == 1; }));
  { const PeerServer destroyed = std::move(parties->server); }
  CHECK(run_until(parties->context, [&] { return running == 0; }));
}

TEST_CASE("a handler that throws costs its caller the connection and nobody else") {
  Parties parties([](PublicKey, Bytes request) -> awaitable<Bytes> {
    if (request.empty()) throw std::runtime_error("broken on purpose");
    co_return request;
  });
  PeerLink bad = parties.link(2);
  PeerLink good = parties.link(3);
  REQUIRE(run(parties.context, good.call(one(1), patience)));
  check_unreachable(run(parties.context, bad.call({}, patience)), "closed the connection");
  CHECK(good.connected());
  run_for(parties.context, milliseconds(60));  // the backoff: that connection never brought a frame
  CHECK(run(parties.context, bad.call(one(1), patience)));
}

TEST_CASE("an answer above the maximum costs the connection") {
  Parties parties(
      [](PublicKey, Bytes) -> awaitable<Bytes> { co_return Bytes(payload_bytes_max + 1); });
  PeerLink link = parties.link();
  check_unreachable(run(parties.context, link.call({}, patience)), "closed the connection");
}

TEST_CASE("a message above the limit of a server or a caller costs the connection unread") {
  PeerLimits limits;
  limits.payload_max = 100;
  const auto echo = [](PublicKey, Bytes request) -> awaitable<Bytes> { co_return request; };
  Parties narrow(echo, limits);
  PeerLink link = narrow.link();
  CHECK(run(narrow.context, link.call(Bytes(100), patience)));
  check_unreachable(run(narrow.context, link.call(Bytes(101), patience)), "closed the connection");

  Parties wide(echo);
  PeerLink careful = wide.link(2, 1, limits);
  CHECK(run(wide.context, careful.call(Bytes(100), patience)));
  check_unreachable(run(wide.context, careful.call(Bytes(101), patience)), "longer message");
}

TEST_CASE("more calls than the maximum wait their turn on the server") {
  int running = 0;
  int most = 0;
  PeerLimits limits;
  limits.calls_in_flight_max = 4;
  Parties parties(
      [&](PublicKey, Bytes request) -> awaitable<Bytes> {
        most = std::max(most, ++running);
        co_await sleep_for(milliseconds(5));
        --running;
        co_return request;
      },
      limits);
  PeerLink link = parties.link();
  int answered = 0;
  const auto call = [&]() -> awaitable<void> {
    const auto answer = co_await link.call(one(1), patience);
    if (answer) ++answered;
  };
  Tasks tasks(parties.context.get_executor());
  for (int i = 0; i < 40; ++i) tasks.spawn(call());
  CHECK(run_until(parties.context, [&] { return answered == 40; }));
  CHECK(most == 4);
}

TEST_CASE("more calls than the maximum fail at once on the dialling side") {
  PeerLimits limits;
  limits.calls_in_flight_max = 2;
  const NeverAnswer never;
  Parties parties(never);
  PeerLink link = parties.link(2, 1, limits);
  Tasks tasks(parties.context.get_executor());
  const auto call = [&]() -> awaitable<void> {
    const auto answer = co_await link.call(one(1), patience);
    CHECK_FALSE(answer);
  };
  tasks.spawn(call());
  tasks.spawn(call());
  REQUIRE(run_until(parties.context, [&] { return *never.asked == 2; }));
  check_unreachable(run(parties.context, link.call(one(1), patience)), "too many calls");
  link.close();
  CHECK(run_until(parties.context, [&] { return tasks.running() == 0; }));
}

TEST_CASE("a party's connections beyond its maximum displace its own oldest") {
  PeerLimits limits;
  limits.connections_per_party_max = 2;
  Parties parties(answer_later, limits);
  PeerLink other = parties.link(3);
  PeerLink first = parties.link(2);
  PeerLink second = parties.link(2);
  PeerLink third = parties.link(2);
  for (PeerLink* link : {&other, &first, &second, &third})
    REQUIRE(run(parties.context, link->call(one(0), patience)));
  CHECK(run_until(parties.context, [&] { return !first.connected(); }));
  CHECK(parties.server.connections() == 3);
  CHECK(other.connected());
}

TEST_CASE("connections beyond the maximum are closed") {
  PeerLimits limits;
  limits.connections_max = 1;
  Parties parties(answer_later, limits);
  PeerLink first = parties.link(2);
  PeerLink second = parties.link(3);
  REQUIRE(run(parties.context, first.call(one(0), patience)));
  check_unreachable(run(parties.context, second.call(one(0), patience)), "closed the connection");
  CHECK(first.connected());
}

TEST_CASE("an idle connection is closed, one with a call in flight is not") {
  PeerLimits limits;
  limits.idle = milliseconds(600);
  const auto beyond_idle = [](PublicKey, Bytes request) -> awaitable<Bytes> {
    co_await sleep_for(milliseconds(request.at(0) == 0 ? 0 : 1'300));
    co_return request;
  };
  Parties parties(beyond_idle, limits);
  PeerLink link = parties.link(2, 1, limits);
  CHECK(run(parties.context, link.call(one(1), patience)));
  CHECK(run_until(parties.context, [&] { return !link.connected(); }));
  CHECK(run_until(parties.context, [&] { return parties.server.connections() == 0; }));
  CHECK(run(parties.context, link.call(one(0), patience)));
}

TEST_CASE("a context destroyed under links and servers destroys their coroutines") {
  std::optional<boost::asio::io_context> context(std::in_place);
  {
    PeerServer server(context->get_executor(), test_identity(1), {test_key(2).public_key()},
                      NeverAnswer());
    REQUIRE(server.listen({"127.0.0.1", 0}));
    PeerLink link(context->get_executor(), test_identity(2), {"127.0.0.1", server.port()},
                  test_key(1).public_key());
    Tasks tasks(context->get_executor());
    const auto call = [&]() -> awaitable<void> {
      const auto answer = co_await link.call(one(1), patience);
      CHECK_FALSE(answer);
    };
    tasks.spawn(call());
    CHECK(run_until(*context, [&] { return server.connections() == 1; }));
  }
  context.reset();  // nothing ran since: every frame is destroyed where it waits
}

TEST_CASE("a port in use, and an address that is not ours, are refused with what to do") {
  Parties parties;
  PeerServer second(parties.context.get_executor(), test_identity(1), {}, answer_later);
  const auto in_use = second.listen({"127.0.0.1", parties.server.port()});
  REQUIRE_FALSE(in_use);
  CHECK_THAT(in_use.error().message, Catch::Contains("is another `jointca serve` running?"));
  const auto foreign = second.listen({"192.0.2.1", 0});
  REQUIRE_FALSE(foreign);
  CHECK_THAT(foreign.error().message, Catch::Contains("must belong to this machine"));
  CHECK_FALSE(second.listen({"localhost", 0}));
  CHECK(second.port() == 0);
}

}  // namespace jointca::transport
