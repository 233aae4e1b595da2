// host/gathering.h — one member's place among those of its session: the port on which it answers,
// and the ways to the others. Internal to the meeting; all in one executor of one thread.
#pragma once

#include <functional>
#include <memory>

#include "crypto/rng.h"
#include "host/meeting.h"
#include "mpyc-adapter/greeting.h"
#include "transport/link.h"

namespace jointca::host {

/// Where the members of a session look for one of them.
[[nodiscard]] transport::Endpoint meeting_endpoint(const mpyc::Seat& seat);

/// An answer that is what it should be, as it came.
struct Heard {
  mpyc::Answer answer;
  std::chrono::microseconds round_trip{};
  std::chrono::milliseconds ahead{};  ///< of its clock before ours
};
/// No answer, or a wrong one.
struct Unheard {
  bool wrong = false;  ///< somebody answered, and not as the member must
  std::string why;     ///< follows the member's name
};

class Gathering {
 public:
  /// Fills in of an answer what is not the same in all of them. May wait.
  using Respond = std::function<boost::asio::awaitable<void>(
      std::size_t seat, mpyc::Question question, mpyc::Answer& answer)>;
  /// Is told of a member that asks what is no question, and why it is none.
  using Complain = std::function<void(std::size_t seat, const std::string& why)>;

  Gathering(boost::asio::any_io_executor executor, const Seating& seating,
            const MeetingSettings& settings, Respond respond, Complain complain);

  /// Fails (`port`) if it cannot listen.
  [[nodiscard]] Result<Ok, Problem> open();
  /// Fails without an answer in `timeout`.
  boost::asio::awaitable<Result<Heard, Unheard>> ask(std::size_t seat, mpyc::Phase wanted,
                                                     std::uint16_t padding,
                                                     std::chrono::milliseconds timeout);
  /// The next question goes over a connection of its own.
  void hang_up(std::size_t seat);
  /// Neither answers nor asks any more. The executor must run once more before this is destroyed.
  void close();

 private:
  boost::asio::awaitable<Bytes> answer(PublicKey from, Bytes bytes);

  boost::asio::any_io_executor executor_;
  const Seating& seating_;
  const MeetingSettings& settings_;
  Respond respond_;
  Complain complain_;
  Digest manifest_;
  SystemRng rng_;
  std::unique_ptr<transport::PeerServer> server_;
  std::vector<std::unique_ptr<transport::PeerLink>> links_;  ///< by seat; none to its own
};

}  // namespace jointca::host
