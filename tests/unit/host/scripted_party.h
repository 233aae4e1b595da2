// tests/unit/host/scripted_party.h — a party that answers hosts over TLS what the test says.
#pragma once

#include <set>

#include "enroll/invitation.h"
#include "host/parties.h"
#include "tests/unit/transport/support.h"

namespace jointca::host {

class ScriptedParty {
 public:
  using Answers = std::vector<transport::HttpResponse>;

  /// Gives one answer after the other, and the last one again and again.
  ScriptedParty(const SigningKey& identity, Answers answers)
      : key_(identity.public_key()),
        answers_(std::move(answers)),
        server_(context_.get_executor(), tls(identity),
                [this](transport::HttpRequest request) { return answer(std::move(request)); }) {
    REQUIRE(server_.listen({"127.0.0.1", 0}));
    port_ = server_.port();
    background_.emplace(context_);
  }

  [[nodiscard]] enroll::PartyAddress address() const {
    return {"127.0.0.1:" + std::to_string(port_), key_};
  }
  /// Methods and targets of all requests so far.
  [[nodiscard]] std::vector<std::string> asked() {
    std::vector<std::string> out;
    background_->on_thread([&] { out = asked_; });
    return out;
  }
  /// How many connections they came over.
  [[nodiscard]] std::size_t connections() {
    std::size_t out = 0;
    background_->on_thread([&] { out = remotes_.size(); });
    return out;
  }

 private:
  static transport::TlsIdentity tls(const SigningKey& identity) {
    auto made = transport::TlsIdentity::make(SigningKey(identity.seed().duplicate()), "party");
    REQUIRE(made);
    return *std::move(made);
  }
  transport::awaitable<transport::HttpResponse> answer(transport::HttpRequest request) {
    const std::size_t turn = std::min(asked_.size(), answers_.size() - 1);
    asked_.push_back(request.method + " " + request.target);
    remotes_.insert(request.remote);
    co_return answers_[turn];
  }

  PublicKey key_;
  Answers answers_;
  std::vector<std::string> asked_;
  std::set<std::string> remotes_;
  boost::asio::io_context context_{1};
  transport::HttpsServer server_;
  std::uint16_t port_ = 0;
  std::optional<transport::Background> background_;
};

inline transport::HttpResponse answer(unsigned status, std::string body) {
  return {status, "application/json", std::move(body), {}};
}

}  // namespace jointca::host
