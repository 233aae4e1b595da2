// tests/unit/host/meeting_test.cpp — members that meet: who starts, who waits, who is named.
#include "host/meeting.h"

#include "tests/unit/host/meeting_fixture.h"

namespace jointca::host {
namespace {

using mpyc::Check;
using mpyc::Phase;

double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

MeetingSettings with_clock_ahead(seconds ahead) {
  MeetingSettings settings;
  const auto clock = settings.clock;
  settings.clock = [=] { return clock() + milliseconds(ahead).count(); };
  return settings;
}

}  // namespace

TEST_CASE("members meet, and nobody before the last has come") {
  Table table;
  auto alice = table.meets(0), bob = table.meets(1);
  CHECK(alice.wait_for(milliseconds(300)) == std::future_status::timeout);
  auto carol = table.meets(2);
  const Outcome met = alice.get();
  REQUIRE(met);
  REQUIRE(met->size() == 2);
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK((*met)[i].seat == i + 1);
    CHECK((*met)[i].round_trip.count() > 0);
    CHECK((*met)[i].round_trip < seconds(5));
    CHECK(std::abs((*met)[i].clock_ahead.count()) < 5000);
  }
  CHECK(bob.get());
  CHECK(carol.get());
}

TEST_CASE("who is alone has met everybody") {
  Table table(1);
  const Outcome met = table.meets(0).get();
  REQUIRE(met);
  CHECK(met->empty());
}

TEST_CASE("twenty members meet") {
  Table table(1);
  table.manifest.seats.clear();
  for (std::size_t i = 0; i < mpyc::seats_max; ++i)
    table.manifest.seats.push_back({"host" + std::to_string(i), Table::key(i).public_key(),
                                    *ca::IpAddress::parse("127.0.0.1"), 2000, free_port()});
  std::vector<std::future<Outcome>> all;
  for (std::size_t i = 0; i < mpyc::seats_max; ++i) all.push_back(table.meets(i));
  for (auto& each : all) CHECK(each.get());
}

TEST_CASE("all that is absent is named at the deadline") {
  Table table;
  check_failed(table.meets(0, Intent::run, milliseconds(500)).get(), Check::barrier,
               {"bob is absent: nobody listens at 127.0.0.1:", "carol is absent"});
}

TEST_CASE("a host that does not answer at all is another matter") {
  Table table;
  const FullPort bob;  // drops who knocks, as a firewall does, or nobody
  table.manifest.seats[1].meeting = bob.port();
  check_failed(table.meets(0, Intent::check, milliseconds(500)).get(), Check::peer,
               {"bob's host does not answer at 127.0.0.1:", "carol is absent"});
}

TEST_CASE("a port that is taken is named") {
  Table table;
  boost::asio::io_context context;
  const boost::asio::ip::tcp::acceptor other(
      context, {boost::asio::ip::address_v4::loopback(), table.manifest.seats[0].meeting});
  check_failed(table.meets(0).get(), Check::port,
               {"127.0.0.1:" + std::to_string(table.manifest.seats[0].meeting)});
}

TEST_CASE("members with another manifest or grant are told so at once, and so are all others") {
  const auto begin = std::chrono::steady_clock::now();
  Table table;
  mpyc::Manifest manifest = table.manifest;
  Digest grant = table.grant;
  const bool by_grant = GENERATE(false, true);
  if (by_grant)
    grant[0] ^= 1;
  else
    manifest.program.arguments = {"9"};
  auto alice = table.meets(0), bob = table.meets(1);
  auto carol = Table::meets(manifest, grant, 2, Intent::run, patience, {});
  const std::string what = by_grant ? "has another grant: " : "has another manifest: ";
  check_failed(alice.get(), Check::challenge, {what});
  check_failed(bob.get(), Check::challenge, {what});
  check_failed(carol.get(), Check::challenge, {what});
  CHECK(seconds_since(begin) < 15);
}

TEST_CASE("who comes while another gives up hears why") {
  Table table;
  mpyc::Manifest manifest = table.manifest;
  manifest.program.arguments = {"9"};
  auto bob = table.meets(1);
  auto carol = Table::meets(manifest, table.grant, 2, Intent::run, patience, {});
  std::this_thread::sleep_for(milliseconds(300));
  check_failed(table.meets(0).get(), Check::challenge, {"has another manifest: "});
  CHECK_FALSE(bob.get());
  CHECK_FALSE(carol.get());
}

TEST_CASE("a clock that is wrong is named, by everyone alike") {
  Table table;
  auto alice = table.meets(0), bob = table.meets(1);
  auto carol = table.meets(2, Intent::run, patience, with_clock_ahead(seconds(3600)));
  for (auto* each : {&alice, &bob, &carol})
    check_failed(each->get(), Check::clock, {"the clock of carol is 3", "ahead"});
}

TEST_CASE("clocks within the bound are told, not refused") {
  Table table(2);
  auto bob = table.meets(1, Intent::run, patience, with_clock_ahead(seconds(20)));
  const Outcome met = table.meets(0).get();
  REQUIRE(met);
  CHECK(std::abs(met->front().clock_ahead.count() - 20'000) < 5000);
  CHECK(bob.get());
}

TEST_CASE("who only checks keeps nobody from checking, but nobody starts with it") {
  Table table;
  auto alice = table.meets(0, Intent::run, seconds(4));
  auto bob = table.meets(1, Intent::check), carol = table.meets(2, Intent::check);
  CHECK(bob.get());
  CHECK(carol.get());
  check_failed(alice.get(), Check::barrier, {"bob is absent", "after it only checked", "carol"});
}

TEST_CASE("who is still checking at the deadline is named so") {
  Table table;
  FakeMember bob(table, [](const mpyc::Question&, mpyc::Answer answer) {
    answer.intent = Intent::check;
    return FakeMember::sign(answer);
  });
  auto carol = table.meets(2, Intent::run, seconds(3));
  check_failed(table.meets(0, Intent::run, seconds(3)).get(), Check::barrier, {"bob only checks"});
  CHECK_FALSE(carol.get());
}

TEST_CASE("who waits to run goes on with a member that checked first") {
  Table table;
  auto alice = table.meets(0), carol = table.meets(2);
  CHECK(table.meets(1, Intent::check).get());
  CHECK(table.meets(1, Intent::run).get());
  CHECK(alice.get());
  CHECK(carol.get());
}

TEST_CASE("a member that comes again is met again") {
  Table table;
  auto alice = table.meets(0);
  check_failed(table.meets(1, Intent::check, milliseconds(300)).get(), Check::barrier, {"carol"});
  CHECK(alice.wait_for(seconds(0)) == std::future_status::timeout);
  auto bob = table.meets(1), carol = table.meets(2);
  CHECK(alice.get());
  CHECK(bob.get());
  CHECK(carol.get());
}

TEST_CASE("how the programs ended is told to all, as soon as all have told") {
  Table table;
  const std::vector<Ending> endings{{0, Digest{1}}, {139, {}}, {0, Digest{2}}};
  std::vector<std::future<std::vector<std::optional<Ending>>>> all;
  for (std::size_t i = 0; i < 3; ++i)
    all.push_back(std::async(std::launch::async, [&, i] {
      const SigningKey identity = Table::key(i);
      return exchange_endings({table.manifest, table.grant, i, identity}, endings[i], patience);
    }));
  const auto begin = std::chrono::steady_clock::now();
  for (auto& each : all) {
    const auto told = each.get();
    REQUIRE(told.size() == 3);
    for (std::size_t i = 0; i < 3; ++i) CHECK(told[i] == endings[i]);
  }
  CHECK(seconds_since(begin) < 15);
}

TEST_CASE("of who does not tell there is nothing, and the others are told all the same") {
  Table table;
  const auto tells = [&](std::size_t seat) {
    return std::async(std::launch::async, [&, seat] {
      const SigningKey identity = Table::key(seat);
      return exchange_endings({table.manifest, table.grant, seat, identity}, {1, {}}, seconds(2));
    });
  };
  auto alice = tells(0), carol = tells(2);
  const std::vector<std::optional<Ending>> expected{Ending{1, {}}, {}, Ending{1, {}}};
  CHECK(alice.get() == expected);
  CHECK(carol.get() == expected);
}

TEST_CASE("who still tells how the run before ended is waited for") {
  Table table(2);
  auto alice = table.meets(0);
  const SigningKey identity = Table::key(1);
  const auto told =
      exchange_endings({table.manifest, table.grant, 1, identity}, {0, {}}, milliseconds(700));
  CHECK_FALSE(told[0]);
  CHECK(alice.wait_for(seconds(0)) == std::future_status::timeout);
  auto bob = table.meets(1);
  CHECK(alice.get());
  CHECK(bob.get());
}

}  // namespace jointca::host
