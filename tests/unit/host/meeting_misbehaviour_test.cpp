// tests/unit/host/meeting_misbehaviour_test.cpp — a member that lies, is silent, or goes away, and
// strangers on the port.
#include <boost/asio/connect.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include "host/meeting.h"
#include "tests/unit/host/meeting_fixture.h"

namespace jointca::host {
namespace {

using mpyc::Answer;
using mpyc::Check;
using mpyc::Phase;
using mpyc::Question;

/// What alice makes of such a bob.
Outcome alice_meets(const FakeMember::Bend& bend, milliseconds timeout = patience,
                    MeetingSettings settings = {}) {
  Table table;
  settings.linger = milliseconds(100);  // carol does not come
  const FakeMember bob(table, bend);
  return table.meets(0, Intent::run, timeout, std::move(settings)).get();
}

struct Lie {
  const char* name;
  std::function<Bytes(Answer)> tell;
  const char* heard;
};

const std::vector<Lie>& lies() {
  static const std::vector<Lie> all{
      {"an unsigned answer", [](Answer a) { return mpyc::encode(a); }, "bob did not sign"},
      {"another's signature", [](Answer a) { return FakeMember::sign(a, 2); }, "bob did not sign"},
      {"a changed clock",
       [](Answer a) {
         Bytes bytes = FakeMember::sign(a);
         bytes.at(139) ^= 1;
         return bytes;
       },
       "bob did not sign"},
      {"another question's answer",
       [](Answer a) {
         a.asked[0] ^= 1;
         return FakeMember::sign(a);
       },
       "bob answers another question"},
      {"another manifest",
       [](Answer a) {
         a.pairing.manifest[0] ^= 1;
         return FakeMember::sign(a);
       },
       "bob has another manifest"},
      {"another grant",
       [](Answer a) {
         a.pairing.grant[0] ^= 1;
         return FakeMember::sign(a);
       },
       "bob has another grant"},
      {"another seat",
       [](Answer a) {
         a.pairing.from = 2;
         return FakeMember::sign(a);
       },
       "bob takes seat 2"},
      {"an answer to another seat",
       [](Answer a) {
         a.pairing.to = 2;
         return FakeMember::sign(a);
       },
       "bob answers seat 2"},
      {"nothing", [](const Answer&) { return Bytes{}; }, "bob sends what is no answer"},
      {"noise", [](const Answer&) { return Bytes(200, 0x17); }, "bob sends what is no answer"},
      {"too much padding",
       [](Answer a) {
         a.padding = 7;
         return FakeMember::sign(a);
       },
       "bob answers at another length"}};
  return all;
}

}  // namespace

TEST_CASE("a member that lies is named at once, whatever it lies about") {
  for (const Lie& lie : lies()) {
    INFO(lie.name);
    check_failed(
        alice_meets([&](const Question&, const Answer& answer) { return lie.tell(answer); }),
        Check::challenge, {lie.heard});
  }
}

TEST_CASE("a member that first is honest and lies in a later round is named") {
  for (const Phase round : {Phase::ready, Phase::go}) {
    Table table;
    const FakeMember bob(table, [&](const Question& question, Answer answer) {
      answer.phase = std::max(question.wanted, Phase::met);
      Bytes bytes = FakeMember::sign(answer);
      if (question.wanted == round) bytes.at(100) ^= 1;  // of the nonce that was asked
      return bytes;
    });
    auto carol = table.meets(2);
    check_failed(table.meets(0).get(), Check::challenge, {"bob did not sign its answer"});
    check_failed(carol.get(), Check::challenge, {"bob did not sign its answer"});
  }
}

TEST_CASE("an answer does not stand again, not even for the same question") {
  std::optional<Bytes> first;
  check_failed(alice_meets([&](const Question&, const Answer& answer) {
                 if (!first) first = FakeMember::sign(answer);
                 return *first;
               }),
               Check::challenge, {"bob answers another question"});
}

TEST_CASE("a host with another key at the address of a member is named") {
  Table table;
  const FakeMember stranger(
      table, [](const Question&, const Answer& answer) { return FakeMember::sign(answer); }, 5);
  check_failed(table.meets(0).get(), Check::challenge, {"bob holds another key than its seat's"});
}

TEST_CASE("a member that asks nonsense is named") {
  Table table;
  FakeMember bob(table,
                 [](const Question&, const Answer& answer) { return FakeMember::sign(answer); });
  bob.say(0, Bytes(100, 0x42));
  check_failed(table.meets(0).get(), Check::challenge, {"bob asks what is no question"});
}

TEST_CASE("a member that accepts and says nothing is named at the deadline") {
  MeetingSettings settings;
  settings.answer = milliseconds(100);
  check_failed(alice_meets([](const Question&, const Answer&) { return std::nullopt; },
                           milliseconds(600), settings),
               Check::barrier, {"bob does not answer as a member", "carol is absent"});
}

TEST_CASE("a member that is never ready is named, with those for whom it waits") {
  Table table;
  const FakeMember bob(table, [](const Question&, Answer answer) {
    answer.holds = 0b001;
    return FakeMember::sign(answer);
  });
  auto carol = table.meets(2, Intent::run, seconds(2));
  check_failed(table.meets(0, Intent::run, seconds(2)).get(), Check::barrier,
               {"bob waits for carol"});
  CHECK_FALSE(carol.get());
}

TEST_CASE("nobody starts with a member that was ready and went away") {
  Table table;
  auto bob = std::make_unique<FakeMember>(table, [](const Question& question, Answer answer) {
    answer.phase = std::min(std::max(question.wanted, Phase::met), Phase::ready);
    return FakeMember::sign(answer);
  });
  auto alice = table.meets(0, Intent::run, seconds(4));
  auto carol = table.meets(2, Intent::run, seconds(4));
  std::this_thread::sleep_for(seconds(2));
  bob.reset();
  check_failed(alice.get(), Check::barrier, {"bob"});
  check_failed(carol.get(), Check::barrier, {"bob"});
}

TEST_CASE("a path that carries short messages alone is named") {
  MeetingSettings settings;
  settings.answer = milliseconds(300);
  const auto drops_long_ones = [](const Question& question,
                                  const Answer& answer) -> std::optional<Bytes> {
    if (question.padding > 0) return std::nullopt;
    return FakeMember::sign(answer);
  };
  check_failed(alice_meets(drops_long_ones, patience, settings), Check::path_mtu,
               {"between alice and bob short messages pass, and one of 16384 bytes does not"});
}

TEST_CASE("strangers on the port neither join nor disturb") {
  namespace asio = boost::asio;
  using asio::ip::tcp;
  Table table(2);
  auto alice = table.meets(0);
  asio::io_context context;
  const tcp::endpoint port(asio::ip::address_v4::loopback(), table.manifest.seats[0].meeting);
  std::vector<tcp::socket> strangers;
  for (const std::string& text :
       {std::string(), std::string("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), std::string(2, '\0'),
        std::string(4096, 'A'), std::string("\x16\x03\x01\x40\x00", 5)}) {
    for (int i = 0; i < 4; ++i) {
      boost::system::error_code failure;
      do {
        strangers.emplace_back(context);
        strangers.back().connect(port, failure);
      } while (failure);
      asio::write(strangers.back(), asio::buffer(text), failure);
    }
  }
  CHECK(alice.wait_for(milliseconds(200)) == std::future_status::timeout);
  CHECK(table.meets(1).get());
  CHECK(alice.get());
}

TEST_CASE("a member may not speak for the session with a key of another seat") {
  Table table;
  // Carol's key at bob's address and port: she is a member, and not this one.
  const FakeMember carol(
      table, [](const Question&, const Answer& answer) { return FakeMember::sign(answer, 2); }, 2);
  check_failed(table.meets(0).get(), Check::challenge, {"bob holds another key than its seat's"});
}

}  // namespace jointca::host
