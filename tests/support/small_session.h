// tests/support/small_session.h — sessions of MPyC among the hosts of a small authority.
#pragma once

#include "crypto/hash.h"
#include "mpyc-adapter/session.h"
#include "tests/support/hand_session.h"

namespace jointca::test {

/// Enrolled hosts that agree on sessions.
class SmallMembers {
 public:
  explicit SmallMembers(SmallAuthority& authority, std::size_t seats = 3) : authority_(authority) {
    const std::vector<std::string> names{"alice", "bob", "carol"};
    for (std::size_t i = 0; i < seats; ++i)
      hosts_.push_back(authority.host(i < names.size() ? names[i] : "host" + std::to_string(i)));
    for (const daemon::Answer& answer : authority.issue(1, hosts_)) {
      REQUIRE(was_issued(answer));
      networks_.push_back(std::get<enroll::Bundle>(answer).networks);
    }
    for (const unsigned party : {1U, 2U, 3U})
      REQUIRE(authority.run_until(
          [&] { return authority.party(party).registry->holdings().size() == hosts_.size(); }));
    for (const unsigned party : {1U, 2U, 3U}) allow(party, ca::Approval::automatic);
  }

  void allow(unsigned party, ca::Approval approval) {
    ca::Policy policy = authority_.party(party).signer->policy();
    policy.sessions.approve = approval;
    authority_.party(party).signer->set_policy(policy);
  }
  [[nodiscard]] SmallHost& host(std::size_t seat) { return hosts_.at(seat); }

  /// Each session has another id.
  [[nodiscard]] mpyc::Manifest manifest(mpyc::Channel channel = mpyc::Channel::tls) {
    mpyc::Manifest manifest;
    manifest.authority = authority_.id();
    manifest.session = authority_.rng().array<16>();
    manifest.not_before = authority_.now;
    manifest.not_after = authority_.now + Duration(7200);
    manifest.channel = channel;
    for (std::size_t i = 0; i < hosts_.size(); ++i)
      manifest.seats.push_back({hosts_[i].token.invitation.terms.name,
                                hosts_[i].identity.public_key(), networks_[i].front().address,
                                static_cast<std::uint16_t>(11365 + i),
                                static_cast<std::uint16_t>(12365 + i)});
    manifest.options.threshold = 1;
    manifest.program = {{"santa.py", sha256(as_bytes("program"))}, {}, {"8"}};
    manifest.runtime = {"0.11", sha256(as_bytes("mpyc")), {3, 10}, {3, 13}};
    return manifest;
  }
  /// With other keys for the seats if `first_key` is another.
  [[nodiscard]] std::vector<std::string> consents(const mpyc::Manifest& manifest,
                                                  std::uint8_t first_key = 20) const {
    std::vector<std::string> tokens;
    for (std::size_t i = 0; i < hosts_.size(); ++i) {
      const SigningKey tls = key_from(static_cast<std::uint8_t>(first_key + i));
      tokens.push_back(mpyc::consent_to(manifest, hosts_[i].identity,
                                        manifest.channel == mpyc::Channel::tls ? &tls : nullptr));
    }
    return tokens;
  }
  [[nodiscard]] Bytes request(const mpyc::Manifest& manifest, std::uint8_t first_key = 20) const {
    return mpyc::encode_request({mpyc::to_json(manifest), consents(manifest, first_key)});
  }
  [[nodiscard]] daemon::ProposedHost proposed(const mpyc::Manifest& manifest) const {
    return {request(manifest), {}, {}, {}};
  }
  /// What the answer makes with what was asked, opened.
  mpyc::Session opened_session(const mpyc::Manifest& manifest, const daemon::Answer& answer) const {
    REQUIRE(was_issued(answer));
    const auto statements = issued::parse_signed(std::get<enroll::Bundle>(answer).session);
    REQUIRE(statements);
    mpyc::SessionFile file{mpyc::to_json(manifest), consents(manifest), {}, {}};
    for (const issued::Signed& each : *statements) {
      const std::string text = issued::signed_text(each.statement, each.signature);
      if (each.statement.kind == issued::session_grant_kind)
        file.grant = text.substr(0, text.size() - 1);
      else
        file.certificates.push_back(text);
    }
    const issued::Keys keys(authority_.authority().group_public_key);
    auto opened = mpyc::open_session(
        mpyc::to_json(file), authority_.id(),
        {keys.of(issued::session_grant_kind), keys.of(issued::session_seat_kind)});
    INFO((opened ? "" : opened.error().rule + ": " + opened.error().reason));
    REQUIRE(opened);
    return *std::move(opened);
  }

 private:
  SmallAuthority& authority_;
  std::vector<SmallHost> hosts_;
  std::vector<std::vector<ca::Prefix>> networks_;
};

}  // namespace jointca::test
