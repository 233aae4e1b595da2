// host/endings.cpp — after the run the members tell each other how it ended for them.
#include <algorithm>

#include <boost/asio/io_context.hpp>

#include "host/gathering.h"
#include "transport/async.h"

namespace jointca::host {
namespace {

using mpyc::Phase;
using std::chrono::milliseconds;
using transport::awaitable;
using transport::Deadline;

constexpr milliseconds retry{100};

class Exchange {
 public:
  Exchange(const Seating& seating, const Ending& own, const MeetingSettings& settings)
      : seating_(seating),
        own_(own),
        settings_(settings),
        changed_(context_.get_executor()),
        gathering_(
            context_.get_executor(), seating, settings_,
            [this](std::size_t seat, mpyc::Question question, mpyc::Answer& answer) {
              return respond(seat, question, answer);
            },
            [](std::size_t, const std::string&) {}),
        tasks_(context_.get_executor()),
        told_(seating.manifest.seats.size()),
        endings_(seating.manifest.seats.size()) {
    told_[seating.seat] = true;
    endings_[seating.seat] = own;
  }

  std::vector<std::optional<Ending>> run(milliseconds timeout) {
    if (!gathering_.open()) return endings_;
    for (std::size_t i = 0; i < endings_.size(); ++i)
      if (i != seating_.seat) tasks_.spawn(hear(i));
    tasks_.spawn(wait(transport::after(timeout)));
    context_.run();
    gathering_.close();
    tasks_.cancel();
    context_.restart();
    context_.poll();
    return endings_;
  }

 private:
  awaitable<void> respond(std::size_t seat, mpyc::Question question, mpyc::Answer& answer) {
    answer.intent = Intent::run;
    answer.phase = Phase::ended;
    answer.ending = own_;
    if (question.wanted == Phase::ended) told_[seat] = true;
    changed_.notify();
    co_return;
  }

  awaitable<void> hear(std::size_t seat) {
    while (!endings_[seat]) {
      const auto heard = co_await gathering_.ask(seat, Phase::ended, 0, settings_.answer);
      if (heard && heard->answer.phase == Phase::ended) endings_[seat] = heard->answer.ending;
      changed_.notify();
      if (!endings_[seat]) co_await transport::sleep_for(retry);
    }
  }

  awaitable<void> wait(Deadline deadline) {
    const auto complete = [this] {
      return std::all_of(endings_.begin(), endings_.end(),
                         [](const auto& each) { return each.has_value(); }) &&
             std::all_of(told_.begin(), told_.end(), [](bool each) { return each; });
    };
    while (!complete() && std::chrono::steady_clock::now() < deadline)
      co_await changed_.wait_until(deadline);
    co_await transport::sleep_for(milliseconds(50));  // the last answer may not be written yet
    context_.stop();
  }

  const Seating& seating_;
  Ending own_;
  MeetingSettings settings_;
  boost::asio::io_context context_{1};
  transport::Event changed_;
  Gathering gathering_;
  transport::Tasks tasks_;
  std::vector<bool> told_;
  std::vector<std::optional<Ending>> endings_;
};

}  // namespace

std::vector<std::optional<Ending>> exchange_endings(const Seating& seating, const Ending& own,
                                                    milliseconds timeout,
                                                    const MeetingSettings& settings) {
  JCA_ASSERT(seating.seat < seating.manifest.seats.size());
  return Exchange(seating, own, settings).run(timeout);
}

}  // namespace jointca::host
