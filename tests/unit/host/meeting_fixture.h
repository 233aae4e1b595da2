// tests/unit/host/meeting_fixture.h — the members of a session on loopback: honest ones, each on a
// thread of its own, and one that answers as a test wants.
#pragma once

#include <future>
#include <thread>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <catch2/catch.hpp>

#include "host/gathering.h"
#include "tests/support/mpyc_session.h"
#include "transport/async.h"

namespace jointca::host {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::session_key;
/// How a meeting ended for one member.
using Outcome = Result<std::vector<Met>, Problem>;

/// Long enough for a busy machine; what is shorter in a test is what the test is about.
inline constexpr seconds patience{30};

/// A port of 127.0.0.1 on which nobody listens.
inline std::uint16_t free_port() {
  using boost::asio::ip::tcp;
  boost::asio::io_context context;
  const tcp::acceptor acceptor(context, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0));
  return acceptor.local_endpoint().port();
}

/// A port where connections get no answer any more: its queue is full, and nobody accepts.
class FullPort {
 public:
  FullPort() {
    acceptor_.open(boost::asio::ip::tcp::v4());
    acceptor_.bind({boost::asio::ip::address_v4::loopback(), 0});
    acceptor_.listen(0);
    for (boost::asio::ip::tcp::socket& each : waiting_) {
      each.async_connect(acceptor_.local_endpoint(), [](const boost::system::error_code&) {});
    }
  }
  [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

 private:
  boost::asio::io_context context_;
  boost::asio::ip::tcp::acceptor acceptor_{context_};
  std::array<boost::asio::ip::tcp::socket, 3> waiting_{boost::asio::ip::tcp::socket{context_},
                                                       boost::asio::ip::tcp::socket{context_},
                                                       boost::asio::ip::tcp::socket{context_}};
};

/// Members 0, 1 and 2 are alice, bob and carol.
struct Table {
  explicit Table(std::size_t seats = 3) {
    manifest.seats.resize(seats);
    for (mpyc::Seat& seat : manifest.seats) {
      seat.address = *ca::IpAddress::parse("127.0.0.1");
      seat.meeting = free_port();
    }
    grant.fill(0xcc);
  }

  static SigningKey key(std::size_t seat) {
    return session_key(static_cast<std::uint8_t>(10 + seat));
  }

  /// What one member does, on a thread of its own.
  std::future<Outcome> meets(std::size_t seat, Intent intent = Intent::run,
                             milliseconds timeout = patience, MeetingSettings settings = {}) {
    return meets(manifest, grant, seat, intent, timeout, std::move(settings));
  }
  static std::future<Outcome> meets(mpyc::Manifest agreed, Digest granted, std::size_t seat,
                                    Intent intent, milliseconds timeout, MeetingSettings settings) {
    return std::async(std::launch::async, [=] {
      const SigningKey identity = key(seat);
      return meet(
          {agreed, granted, seat, identity}, intent, timeout, [](const auto&) {}, settings);
    });
  }

  mpyc::Manifest manifest = test::session_manifest();
  Digest grant{};
};

/// Whether the meeting failed so, with all of `names` in the reason.
inline void check_failed(const Outcome& outcome, mpyc::Check check,
                         const std::vector<std::string>& names) {
  REQUIRE_FALSE(outcome);
  INFO(outcome.error().reason);
  CHECK(mpyc::row_of(outcome.error().check).name == mpyc::row_of(check).name);
  for (const std::string& name : names) CHECK_THAT(outcome.error().reason, Catch::Contains(name));
}

/// The process of bob, who answers what a test wants.
class FakeMember {
 public:
  /// Changes the bytes of an answer, or the answer, which is signed afterwards. Nothing: no answer.
  using Bend = std::function<std::optional<Bytes>(const mpyc::Question&, mpyc::Answer)>;

  /// Listens where seat 1 does, with the key of seat `key`.
  FakeMember(const Table& table, Bend bend, std::size_t key = 1)
      : table_(table),
        identity_(*transport::TlsIdentity::make(Table::key(key), "fake")),
        server_(context_.get_executor(), identity_,
                {table.key(0).public_key(), table.key(2).public_key()},
                [this, bend](PublicKey from, Bytes bytes) { return answer(from, bytes, bend); }) {
    REQUIRE(server_.listen(meeting_endpoint(table.manifest.seats[1])));
    thread_ = std::thread([this] { context_.run(); });
  }
  FakeMember(const FakeMember&) = delete;
  FakeMember& operator=(const FakeMember&) = delete;
  ~FakeMember() {
    context_.stop();
    thread_.join();
  }

  /// Says these bytes to a member as if they were a question.
  void say(std::size_t seat, Bytes bytes) {
    boost::asio::co_spawn(context_, say(this, seat, std::move(bytes)), boost::asio::detached);
  }

  [[nodiscard]] static Bytes sign(mpyc::Answer answer, std::size_t key = 1) {
    answer.signature = Table::key(key).sign(mpyc::to_be_signed(answer));
    return mpyc::encode(answer);
  }

 private:
  static boost::asio::awaitable<void> say(FakeMember* self, std::size_t seat, Bytes bytes) {
    const mpyc::Seat& other = self->table_.manifest.seats[seat];
    transport::PeerLink link(self->context_.get_executor(), self->identity_,
                             meeting_endpoint(other), other.identity);
    for (bool answered = false; !answered;) {
      answered = (co_await link.call(bytes, seconds(5))).has_value();
      if (!answered) co_await transport::sleep_for(milliseconds(20));
    }
  }

  boost::asio::awaitable<Bytes> answer(PublicKey from, Bytes bytes, const Bend& bend) {
    const auto question = mpyc::parse_question(bytes);
    JCA_ASSERT(question);
    mpyc::Answer honest;
    honest.pairing = {mpyc::digest(table_.manifest), table_.grant, 1,
                      static_cast<std::uint8_t>(*mpyc::seat_of(table_.manifest, from))};
    honest.asked = question->nonce;
    honest.own = rng_.array<32>();
    honest.intent = Intent::run;
    honest.clock = MeetingSettings{}.clock();
    honest.holds = 0b101;
    honest.padding = question->padding;
    if (question->wanted > mpyc::Phase::present) co_await transport::sleep_for(milliseconds(20));
    auto bent = bend(*question, honest);
    if (!bent) co_await transport::sleep_for(2 * patience);
    co_return *std::move(bent);
  }

  const Table& table_;
  SystemRng rng_;
  transport::TlsIdentity identity_;
  boost::asio::io_context context_{1};
  transport::PeerServer server_;
  std::thread thread_;
};

}  // namespace jointca::host
