#include "host/submission.h"

#include <chrono>
#include <optional>
#include <thread>

#include <nlohmann/json.hpp>

namespace jointca::host {
namespace {

using Json = nlohmann::ordered_json;
using transport::HttpRequest;

constexpr std::chrono::milliseconds answer_timeout{60'000};
constexpr std::chrono::seconds poll_interval{2};
constexpr unsigned polls_per_party = 15;

/// The asking of one request.
class Asking {
 public:
  Asking(const ca::Authority& authority, const Submission& submission, const Accept& accept,
         const Progress& progress, const Silent& silent)
      : authority_(authority),
        submission_(submission),
        accept_(accept),
        progress_(progress),
        silent_(silent) {}

  Result<Ok, Error> run(const std::vector<enroll::PartyAddress>& parties, Duration timeout) {
    const auto end = std::chrono::steady_clock::now() + timeout;
    for (;;) {
      std::optional<Error> refusal, wrong_answer;
      std::string problems;
      bool waits = false;
      for (const enroll::PartyAddress& party : parties) {
        for (unsigned polls = 0; polls < polls_per_party; ++polls) {
          auto reply = ask(party, polls > 0);
          if (reply && *reply) return Ok{};
          if (!reply) {
            const Error& error = reply.error();
            if (error.code == Error::Code::refused && !refusal) refusal = error;
            if (error.code == Error::Code::verification && !wrong_answer) wrong_answer = error;
            problems += "\n  " + error.message;
            break;
          }
          waits = true;
          // One party that waits for ever must not keep us from the others.
          if (std::chrono::steady_clock::now() >= end) break;
          std::this_thread::sleep_for(poll_interval);
        }
      }
      if (waits && std::chrono::steady_clock::now() >= end)
        return failed(Error::Code::unreachable,
                      shown_ + "; run the same command again when they have decided" +
                          (refusal        ? "\nrefused meanwhile: " + refusal->message
                           : wrong_answer ? "\nanswered wrongly meanwhile: " + wrong_answer->message
                                          : ""));
      if (waits) continue;
      if (refusal) return Unexpected{*refusal};
      if (wrong_answer) return Unexpected{*wrong_answer};
      return failed(Error::Code::unreachable,
                    "not enough parties agreed or could be reached; the same command goes on when "
                    "they can be:" +
                        problems);
    }
  }

 private:
  /// What one party says: that it is done, not yet (its operators have to decide), or why not.
  using Reply = Result<bool, Error>;

  Reply ask(const enroll::PartyAddress& party, bool poll) {
    // No connection is kept while operators decide: a party takes few from one address.
    Calls calls(authority_, silent_);
    const HttpRequest post{
        "POST", submission_.path, Json{{"request", to_base64(submission_.sealed)}}.dump(), {}};
    const HttpRequest get{"GET", "/v1/requests/" + to_hex(submission_.id), {}, {}};
    auto response = calls.call(party, poll ? get : post, answer_timeout);
    // A party that was restarted does not know the request any more.
    if (poll && response && response->status == 404)
      response = calls.call(party, post, answer_timeout);
    if (!response) return Unexpected{response.error()};
    const ca::Party* known = authority_.party(party.identity);
    const std::string at = (known == nullptr ? "" : known->card.name + " at ") + party.endpoint;
    if (response->status == 200) {
      const auto bundle = enroll::parse_bundle(response->body);
      if (!bundle) return failed(Error::Code::verification, at + ": " + bundle.error().text());
      const auto accepted = accept_(*bundle);
      if (!accepted) return failed(accepted.error().code, at + ": " + accepted.error().message);
      return true;
    }
    if (response->status == 202) {
      show("waiting for the operators of " + waiting_for(response->body));
      return false;
    }
    const ApiError error = api_error(*response);
    if (error.code == "refused") return failed(Error::Code::refused, error.message);
    const bool few = error.code == "not_enough_parties" || error.code == "busy";
    return failed(few ? Error::Code::unreachable : Error::Code::verification,
                  at + ": " + error.message);
  }

  void show(const std::string& line) {
    if (line != shown_) progress_(shown_ = line);
  }

  const ca::Authority& authority_;
  const Submission& submission_;
  const Accept& accept_;
  const Progress& progress_;
  const Silent& silent_;
  std::string shown_;
};

}  // namespace

Result<Ok, Error> submit(const ca::Authority& authority,
                         const std::vector<enroll::PartyAddress>& parties,
                         const Submission& submission, Duration timeout, const Accept& accept,
                         const Progress& progress, const Silent& silent) {
  return Asking(authority, submission, accept, progress, silent).run(parties, timeout);
}

}  // namespace jointca::host
