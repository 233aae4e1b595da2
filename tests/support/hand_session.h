// tests/support/hand_session.h — a coordinator played by the test, message by message.
#pragma once

#include "tests/support/small_authority.h"

namespace jointca::test {

/// The terms that an honest coordinator could choose: the addresses ….`place` of both networks.
inline daemon::ProposedHost proposed(const SmallAuthority& authority, const SmallHost& host,
                                     unsigned place) {
  const std::string last = std::to_string(place);
  return {host.sealed,
          {prefix("10.42.0." + last + "/16"), prefix("fd42::" + last + "/64")},
          authority.now - ca::backdating,
          authority.now + host.token.invitation.terms.ttl};
}

/// One session of `coordinator`, which says whatever the test wants.
class HandSession {
 public:
  HandSession(SmallAuthority& authority, unsigned coordinator,
              std::vector<daemon::ProposedHost> hosts)
      : authority_(authority),
        coordinator_(coordinator),
        id(authority.rng().array<32>()),
        proposal(make_proposal(std::move(hosts))) {}

  /// Another proposal under this session's id.
  [[nodiscard]] Envelope make_proposal(std::vector<daemon::ProposedHost> hosts) const {
    daemon::ProposalMessage message{std::move(hosts)};
    return self().say(id, MessageType::proposal, 0, encoded(message));
  }
  [[nodiscard]] SmallParty& self() const { return authority_.party(coordinator_); }

  /// What `to` answers to any message of the coordinator.
  Envelope ask(unsigned to, const Envelope& envelope) const {
    return authority_.party(to).answer(P(coordinator_), envelope);
  }
  /// Proposes and keeps the answer.
  daemon::CommitmentsMessage propose(unsigned to) {
    const Envelope answer = ask(to, proposal);
    commitments.insert_or_assign(P(to), answer);
    return opened<daemon::CommitmentsMessage>(answer, MessageType::commitments);
  }
  /// The verdict of `to` on the only host.
  daemon::HostAnswer verdict(unsigned to) {
    auto message = propose(to);
    REQUIRE(message.hosts.size() == 1);
    return message.hosts.front();
  }
  [[nodiscard]] daemon::SignRequest request(std::vector<std::uint16_t> hosts = {0}) const {
    daemon::SignRequest out{std::move(hosts), {}};
    for (const auto& [signer, envelope] : commitments) out.commitments.push_back(envelope);
    return out;
  }
  [[nodiscard]] Envelope sealed(const daemon::SignRequest& request) const {
    return self().say(id, MessageType::sign_request, 0, encoded(request));
  }
  /// Asks to sign and keeps the proof that it is logged, if that is the answer.
  Envelope ask_to_sign(unsigned to) { return ask_to_sign(to, request()); }
  Envelope ask_to_sign(unsigned to, const daemon::SignRequest& what) {
    Envelope answer = ask(to, sealed(what));
    if (answer.header.round == number(MessageType::logged)) logged.insert_or_assign(P(to), answer);
    return answer;
  }
  /// Shows the proofs that were kept.
  [[nodiscard]] Envelope proofs() const {
    daemon::ProofsMessage message;
    for (const auto& [signer, envelope] : logged) message.logged.push_back(envelope);
    return self().say(id, MessageType::proofs, 0, encoded(message));
  }
  Envelope show_proofs(unsigned to) const { return ask(to, proofs()); }

 private:
  SmallAuthority& authority_;
  unsigned coordinator_;

 public:
  Digest id;
  Envelope proposal;
  PerParty<Envelope> commitments;
  PerParty<Envelope> logged;
};

inline bool approved(const daemon::HostAnswer& answer) {
  return answer.standing == daemon::HostAnswer::Standing::approved;
}

}  // namespace jointca::test
