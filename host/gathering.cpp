#include "host/gathering.h"

namespace jointca::host {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;
using transport::PeerLimits;

/// Small: who connects here is one of at most twenty, and says little.
PeerLimits limits() {
  PeerLimits limits;
  limits.connections_max = 4 * mpyc::seats_max;
  limits.handshakes_max = 2 * mpyc::seats_max;
  limits.calls_in_flight_max = 8;
  limits.payload_max = mpyc::answer_bytes_max;
  limits.connect = milliseconds(3'000);
  limits.backoff_max = milliseconds(250);
  return limits;
}

}  // namespace

transport::Endpoint meeting_endpoint(const mpyc::Seat& seat) {
  return {seat.address.text(), seat.meeting};
}

Gathering::Gathering(asio::any_io_executor executor, const Seating& seating,
                     const MeetingSettings& settings, Respond respond, Complain complain)
    : executor_(std::move(executor)),
      seating_(seating),
      settings_(settings),
      respond_(std::move(respond)),
      complain_(std::move(complain)),
      manifest_(mpyc::digest(seating.manifest)) {}

Result<Ok, Problem> Gathering::open() {
  const auto& seats = seating_.manifest.seats;
  const auto problem = [](const Error& error) {
    return Unexpected{Problem{mpyc::Check::port, error.message}};
  };
  const auto identity = transport::TlsIdentity::make(seating_.identity, "jointca session");
  if (!identity) return problem(identity.error());
  std::vector<PublicKey> others;
  for (std::size_t i = 0; i < seats.size(); ++i) {
    links_.push_back(nullptr);
    if (i == seating_.seat) continue;
    others.push_back(seats[i].identity);
    links_.back() = std::make_unique<transport::PeerLink>(
        executor_, *identity, meeting_endpoint(seats[i]), seats[i].identity, limits());
  }
  server_ = std::make_unique<transport::PeerServer>(
      executor_, *identity, std::move(others),
      [this](PublicKey from, Bytes bytes) { return answer(from, std::move(bytes)); }, limits());
  if (const auto listening = server_->listen(meeting_endpoint(seats[seating_.seat])); !listening)
    return problem(listening.error());
  return Ok{};
}

asio::awaitable<Bytes> Gathering::answer(PublicKey from, Bytes bytes) {
  const auto seat = mpyc::seat_of(seating_.manifest, from);
  JCA_ASSERT(seat);
  const auto question = mpyc::parse_question(bytes);
  if (!question) {
    complain_(*seat, question.error().text());
    co_return Bytes{};
  }
  mpyc::Answer answer;
  answer.pairing = {manifest_, seating_.grant, static_cast<std::uint8_t>(seating_.seat),
                    static_cast<std::uint8_t>(*seat)};
  answer.asked = question->nonce;
  answer.padding = question->padding;
  co_await respond_(*seat, *question, answer);
  answer.own = rng_.array<32>();
  answer.clock = settings_.clock();
  answer.signature = seating_.identity.sign(mpyc::to_be_signed(answer));
  co_return mpyc::encode(answer);
}

asio::awaitable<Result<Heard, Unheard>> Gathering::ask(std::size_t seat, mpyc::Phase wanted,
                                                       std::uint16_t padding,
                                                       milliseconds timeout) {
  using std::chrono::steady_clock;
  const mpyc::Seat& other = seating_.manifest.seats[seat];
  const mpyc::Question question{wanted, rng_.array<32>(), padding};
  const std::int64_t clock = settings_.clock();
  const auto begin = steady_clock::now();
  const auto reply = co_await links_[seat]->call(mpyc::encode(question), timeout);
  const auto round_trip =
      std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now() - begin);
  if (!reply && reply.error().code == Error::Code::verification)
    co_return Unexpected{
        Unheard{true, "holds another key than its seat's, at " + meeting_endpoint(other).text()}};
  if (!reply) co_return Unexpected{Unheard{false, reply.error().message}};
  auto answer = mpyc::parse_answer(*reply);
  if (!answer)
    co_return Unexpected{Unheard{true, "sends what is no answer: " + answer.error().text()}};
  const mpyc::Pairing expected{manifest_, seating_.grant, static_cast<std::uint8_t>(seat),
                               static_cast<std::uint8_t>(seating_.seat)};
  if (const auto why = mpyc::objection(*answer, question, expected, other.identity))
    co_return Unexpected{Unheard{true, *why}};
  const auto half = std::chrono::duration_cast<milliseconds>(round_trip / 2);
  const milliseconds ahead(answer->clock - clock - half.count());
  co_return Heard{*std::move(answer), round_trip, ahead};
}

void Gathering::hang_up(std::size_t seat) { links_[seat]->close(); }

void Gathering::close() {
  if (server_) server_->stop();
  for (const auto& link : links_)
    if (link) link->close();
}

}  // namespace jointca::host
