#include "host/meeting.h"

#include <algorithm>

#include <boost/asio/io_context.hpp>

#include "base/text.h"
#include "host/gathering.h"
#include "transport/async.h"
#include "transport/probe.h"

namespace jointca::host {
namespace {

using mpyc::Answer;
using mpyc::Check;
using mpyc::Phase;
using mpyc::Question;
using std::chrono::milliseconds;
using std::chrono::steady_clock;
using transport::awaitable;
using transport::Deadline;
using transport::Presence;

constexpr milliseconds retry{100};
constexpr milliseconds probe_timeout{1'500};
constexpr milliseconds patience_without_a_word{1'000};
constexpr unsigned round_trips = 3;
constexpr unsigned too_large_max = 2;

/// What is known of another member.
struct Other {
  bool here = false;      ///< it answered the last question
  bool verified = false;  ///< it answers, as it must, also at length
  bool checked = false;   ///< it was verified, and only checked
  Intent intent = Intent::check;
  Phase phase = Phase::present;
  std::uint32_t holds = 0;
  unsigned too_large = 0;  ///< times that long messages did not pass, and short ones did
  bool told = false;       ///< it knows how the meeting ended for us
  Met met;
  std::string why;  ///< the last question has no answer
};

class Meeting {
 public:
  Meeting(const Seating& seating, Intent intent, const Progress& progress,
          const MeetingSettings& settings)
      : seating_(seating),
        seats_(seating.manifest.seats),
        intent_(intent),
        progress_(progress),
        settings_(settings),
        changed_(context_.get_executor()),
        gathering_(
            context_.get_executor(), seating, settings_,
            [this](std::size_t seat, Question question, Answer& answer) {
              return respond(seat, question, answer);
            },
            [this](std::size_t seat, const std::string& why) {
              conclude({Check::challenge, seats_[seat].name + " asks what is no question: " + why});
            }),
        tasks_(context_.get_executor()),
        others_(seats_.size()) {}

  Result<std::vector<Met>, Problem> run(milliseconds timeout);

 private:
  /// Whether the manifest's others all fulfil a condition on what we know of them.
  template <class Condition>
  [[nodiscard]] bool all(Condition condition) const {
    for (std::size_t i = 0; i < others_.size(); ++i)
      if (i != seating_.seat && !condition(others_[i])) return false;
    return true;
  }
  [[nodiscard]] Phase last_phase() const { return intent_ == Intent::run ? Phase::go : Phase::met; }
  [[nodiscard]] bool done() const {
    return phase_ >= last_phase() &&
           all([&](const Other& other) { return other.phase >= last_phase(); });
  }
  [[nodiscard]] bool over() const { return problem_ || done(); }
  /// Whether this one keeps us from going on.
  [[nodiscard]] bool lacks(const Other& other) const {
    return !other.verified || (intent_ == Intent::run && other.intent == Intent::check);
  }

  awaitable<void> preside(Deadline deadline);
  awaitable<Problem> why_not();
  [[nodiscard]] std::string why_absent(std::size_t seat, Presence presence) const;
  [[nodiscard]] std::string why_not_ready(std::size_t seat) const;
  void tell_progress();

  awaitable<void> attend(std::size_t seat);
  awaitable<bool> greet(std::size_t seat);
  awaitable<bool> carries_long_messages(std::size_t seat);
  awaitable<void> follow(std::size_t seat);
  [[nodiscard]] bool take(std::size_t seat, const Result<Heard, Unheard>& heard);
  void compare_clocks();
  void advance();
  void conclude(Problem problem, const std::string& teller = {});

  awaitable<void> respond(std::size_t seat, Question question, Answer& answer);

  const Seating& seating_;
  const std::vector<mpyc::Seat>& seats_;
  Intent intent_;
  const Progress& progress_;
  MeetingSettings settings_;
  boost::asio::io_context context_{1};
  transport::Event changed_;
  Gathering gathering_;
  transport::Tasks tasks_;
  std::vector<Other> others_;  ///< by seat; our own is not used
  Phase phase_ = Phase::present;
  std::optional<Problem> problem_;
  std::string teller_;  ///< who told us of the problem
  std::string waiting_;
};

// What others ask of us

awaitable<void> Meeting::respond(std::size_t seat, Question question, Answer& answer) {
  const Deadline deadline = transport::after(settings_.hold);
  // Who asks for an ending is still with the run before, and learns that we are not.
  while (question.wanted < Phase::ended && phase_ < question.wanted && !over() &&
         steady_clock::now() < deadline)
    co_await changed_.wait_until(deadline);
  answer.intent = intent_;
  answer.phase = phase_;
  for (std::size_t i = 0; i < others_.size(); ++i)
    if (i != seating_.seat && !lacks(others_[i])) answer.holds |= 1U << i;
  if (problem_)
    answer.failure =
        mpyc::Failure{problem_->check, problem_->reason.substr(0, mpyc::failure_bytes_max)};
  others_[seat].told = problem_ || phase_ >= last_phase();
  changed_.notify();
}

// What we ask of others

awaitable<void> Meeting::attend(std::size_t seat) {
  for (;;) {
    const bool greeted = co_await greet(seat);
    if (greeted) co_await follow(seat);
    if (others_[seat].phase >= last_phase()) co_return;
    co_await transport::sleep_for(retry);
  }
}

awaitable<bool> Meeting::greet(std::size_t seat) {
  Other& other = others_[seat];
  other.met = {seat, std::chrono::microseconds::max(), {}};
  for (unsigned i = 0; i < round_trips; ++i) {
    const auto heard = co_await gathering_.ask(seat, Phase::present, 0, settings_.answer);
    if (!take(seat, heard)) co_return false;
    if (heard->round_trip < other.met.round_trip)
      other.met = {seat, heard->round_trip, heard->ahead};
  }
  const bool carries = co_await carries_long_messages(seat);
  if (!carries) co_return false;
  other.verified = true;
  other.checked = other.intent == Intent::check;
  advance();
  co_return true;
}

awaitable<bool> Meeting::carries_long_messages(std::size_t seat) {
  const auto heard =
      co_await gathering_.ask(seat, Phase::present, mpyc::padding_bytes_max, settings_.answer);
  if (heard || heard.error().wrong) {
    others_[seat].too_large = 0;
    co_return take(seat, heard);
  }
  // What is lost holds up all that follows it on its connection.
  gathering_.hang_up(seat);
  const auto shorter = co_await gathering_.ask(seat, Phase::present, 0, settings_.answer);
  if (!take(seat, shorter)) co_return false;
  if (++others_[seat].too_large >= too_large_max)
    conclude({Check::path_mtu, "between " + seats_[seating_.seat].name + " and " +
                                   seats_[seat].name + " short messages pass, and one of " +
                                   std::to_string(mpyc::padding_bytes_max) + " bytes does not"});
  co_return false;
}

awaitable<void> Meeting::follow(std::size_t seat) {
  Other& other = others_[seat];
  while (other.phase < last_phase()) {
    const Phase wanted = intent_ == Intent::check     ? Phase::met
                         : other.phase < Phase::ready ? Phase::ready
                                                      : Phase::go;
    const auto heard = co_await gathering_.ask(seat, wanted, 0, settings_.hold + settings_.answer);
    if (!take(seat, heard)) {
      other.verified = false;
      other.phase = Phase::present;
      co_return;
    }
    advance();
  }
}

bool Meeting::take(std::size_t seat, const Result<Heard, Unheard>& heard) {
  Other& other = others_[seat];
  other.here = false;
  const std::string& name = seats_[seat].name;
  if (!heard) {
    other.why = heard.error().why;
    if (heard.error().wrong) conclude({Check::challenge, name + " " + heard.error().why});
    return false;
  }
  const Answer& answer = heard->answer;
  if (answer.phase == Phase::ended) {
    other.why = "still ends the run before";
    return false;
  }
  other.intent = answer.intent;
  if (answer.phase == Phase::failed) {
    other.why = "gave up: " + answer.failure->reason;
    if (intent_ == Intent::check || answer.intent == Intent::run)
      conclude({answer.failure->check, answer.failure->reason}, name);
    return false;
  }
  other.here = true;
  other.holds = answer.holds;
  other.phase = answer.phase;
  return true;
}

// How far we are

void Meeting::compare_clocks() {
  std::vector<milliseconds> ahead(seats_.size());
  for (std::size_t i = 0; i < seats_.size(); ++i)
    if (i != seating_.seat) ahead[i] = others_[i].met.clock_ahead;
  if (const auto why = mpyc::clock_objection(seating_.manifest, ahead))
    conclude({Check::clock, *why});
}

void Meeting::advance() {
  changed_.notify();
  if (problem_ || !all([](const Other& other) { return other.verified; })) return;
  if (phase_ == Phase::present) compare_clocks();
  if (problem_) return;
  phase_ = std::max(phase_, Phase::met);
  if (intent_ == Intent::check || !all([&](const Other& other) { return !lacks(other); })) return;
  phase_ = std::max(phase_, Phase::ready);
  if (all([](const Other& other) { return other.phase >= Phase::ready; })) phase_ = Phase::go;
}

void Meeting::conclude(Problem problem, const std::string& teller) {
  if (problem_) return;
  problem_ = std::move(problem);
  teller_ = teller;
  phase_ = Phase::failed;
  changed_.notify();
}

// Its end

std::string Meeting::why_absent(std::size_t seat, Presence presence) const {
  const Other& other = others_[seat];
  const std::string where = meeting_endpoint(seats_[seat]).text();
  std::string text = seats_[seat].name;
  if (presence == Presence::silent) return text + "'s host does not answer at " + where;
  if (presence == Presence::refuses) {
    text += " is absent: nobody listens at " + where;
    if (other.checked) text += ", after it only checked";
    return text;
  }
  return text + " does not answer as a member: " + other.why;
}

std::string Meeting::why_not_ready(std::size_t seat) const {
  const Other& other = others_[seat];
  const std::string& name = seats_[seat].name;
  if (!other.verified) return name + " is slow to answer";
  if (intent_ == Intent::run && other.intent == Intent::check) return name + " only checks";
  std::vector<std::string> lacked;
  for (std::size_t i = 0; i < seats_.size(); ++i)
    if (i != seat && (other.holds >> i & 1U) == 0) lacked.push_back(seats_[i].name);
  return name + (lacked.empty() ? " is not ready" : " waits for " + join(lacked));
}

awaitable<Problem> Meeting::why_not() {
  const auto presence = std::make_shared<std::vector<std::optional<Presence>>>(seats_.size());
  const auto look = [](auto found, std::size_t seat, transport::Endpoint where) -> awaitable<void> {
    const Presence presence_there = co_await transport::probe(where, probe_timeout);
    (*found)[seat] = presence_there;
  };
  std::vector<std::size_t> absent;
  for (std::size_t i = 0; i < seats_.size(); ++i)
    if (i != seating_.seat && !others_[i].here) absent.push_back(i);
  for (const std::size_t seat : absent)
    tasks_.spawn(look(presence, seat, meeting_endpoint(seats_[seat])));
  const auto looked = [&](std::size_t seat) { return (*presence)[seat].has_value(); };
  const Deadline end = transport::after(2 * probe_timeout);
  while (!std::all_of(absent.begin(), absent.end(), looked) && steady_clock::now() < end)
    co_await transport::sleep_for(milliseconds(10));

  std::vector<std::string> silent, missing, slow, large;
  for (const std::size_t seat : absent) {
    const Presence found = (*presence)[seat].value_or(Presence::silent);
    (found == Presence::silent ? silent : missing).push_back(why_absent(seat, found));
  }
  for (std::size_t i = 0; i < seats_.size(); ++i) {
    if (i == seating_.seat || !others_[i].here || others_[i].phase >= last_phase()) continue;
    if (others_[i].too_large > 0 && !others_[i].verified)
      large.push_back("long messages do not pass between " + seats_[seating_.seat].name + " and " +
                      seats_[i].name);
    else
      (lacks(others_[i]) ? missing : slow).push_back(why_not_ready(i));
  }
  const auto problem = [](Check check, const auto& reasons) {
    std::string text;
    for (const std::string& reason : reasons) text += (text.empty() ? "" : "; ") + reason;
    return Problem{check, text};
  };
  if (!silent.empty()) {
    silent.insert(silent.end(), missing.begin(), missing.end());
    co_return problem(Check::peer, silent);
  }
  if (!large.empty()) co_return problem(Check::path_mtu, large);
  co_return problem(Check::barrier, missing.empty() ? slow : missing);
}

void Meeting::tell_progress() {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < seats_.size(); ++i)
    if (i != seating_.seat && lacks(others_[i])) names.push_back(seats_[i].name);
  if (join(names) == waiting_) return;
  waiting_ = join(names);
  if (!names.empty()) progress_("waiting for " + waiting_);
}

awaitable<void> Meeting::preside(Deadline deadline) {
  advance();  // who is alone need not wait
  const Deadline first_word = transport::after(patience_without_a_word);
  while (!over() && steady_clock::now() < deadline) {
    if (steady_clock::now() >= first_word) tell_progress();
    co_await changed_.wait_until(steady_clock::now() < first_word ? std::min(first_word, deadline)
                                                                  : deadline);
  }
  if (!over()) {
    Problem problem = co_await why_not();
    // Meanwhile the last one may have come.
    if (!over()) conclude(std::move(problem));
  }
  const Deadline end = transport::after(settings_.linger);
  const auto told = [](const Other& other) { return other.told; };
  while (!all(told) && steady_clock::now() < end) co_await changed_.wait_until(end);
  // What was answered last may not have been written yet.
  co_await transport::sleep_for(milliseconds(50));
  context_.stop();
}

Result<std::vector<Met>, Problem> Meeting::run(milliseconds timeout) {
  JCA_TRY(gathering_.open());
  for (std::size_t i = 0; i < seats_.size(); ++i)
    if (i != seating_.seat) tasks_.spawn(attend(i));
  tasks_.spawn(preside(transport::after(timeout)));
  context_.run();
  gathering_.close();
  tasks_.cancel();
  context_.restart();
  context_.poll();

  if (problem_)
    return Unexpected{
        Problem{problem_->check, (teller_.empty() ? "" : teller_ + " says: ") + problem_->reason}};
  std::vector<Met> met;
  for (std::size_t i = 0; i < seats_.size(); ++i)
    if (i != seating_.seat) met.push_back(others_[i].met);
  return met;
}

}  // namespace

Result<std::vector<Met>, Problem> meet(const Seating& seating, Intent intent, milliseconds timeout,
                                       const Progress& progress, const MeetingSettings& settings) {
  JCA_ASSERT(seating.seat < seating.manifest.seats.size());
  return Meeting(seating, intent, progress, settings).run(timeout);
}

}  // namespace jointca::host
