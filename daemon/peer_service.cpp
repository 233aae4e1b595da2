#include "daemon/peer_service.h"

#include <algorithm>
#include <stdexcept>

namespace jointca::daemon {
namespace {

constexpr std::chrono::milliseconds catch_up_timeout{5'000};

}  // namespace

Envelope PeerService::reply(const Envelope& to, MessageType type, Bytes payload) const {
  return member_.say(to.header.session, static_cast<std::uint16_t>(type), to.header.from,
                     std::move(payload));
}

/// Coordinators propose a waiting host again and again; its operator hears of it once.
void PeerService::tell_who_waits(const Envelope& proposal, const Envelope& answer) {
  if (answer.header.round != static_cast<std::uint16_t>(MessageType::commitments)) return;
  const auto answered = parse(std::type_identity<CommitmentsMessage>{}, answer.payload);
  const auto is_held = [](const HostAnswer& host) {
    return host.standing == HostAnswer::Standing::held;
  };
  if (!answered || std::none_of(answered->hosts.begin(), answered->hosts.end(), is_held)) return;
  const auto proposed = parse(std::type_identity<ProposalMessage>{}, proposal.payload);
  if (!proposed) return;
  for (std::size_t i = 0; i < std::min(answered->hosts.size(), proposed->hosts.size()); ++i) {
    if (!is_held(answered->hosts[i])) continue;
    const auto request = signer_.check_request(proposed->hosts[i].request);
    if (!request) continue;
    const ca::Proposal asked = proposal_of(*request, {}, {}, {});
    if (told_.size() >= invitations_max) told_.clear();
    if (told_.insert(asked.voucher.invitation).second)
      waits_(asked.subject.name, asked.voucher.invitation);
  }
}

transport::awaitable<Bytes> PeerService::answer(PublicKey from, Bytes request) {
  const auto envelope = parse(std::type_identity<Envelope>{}, request);
  const ca::Party* sender = member_.authority.party(from);
  if (!envelope || sender == nullptr) throw std::runtime_error("malformed message");
  const Header& header = envelope->header;
  // A party whose ceremony stopped before the certificate finds the authority here.
  if (header.round == static_cast<std::uint16_t>(MessageType::hello))
    co_return to_bytes(ca::to_json(member_.authority));
  if (header.authority != member_.authority.id || header.from != sender->identifier ||
      (header.to != 0 && header.to != member_.self.value()) || !verify(*envelope, from))
    throw std::runtime_error("a message that " + sender->card.name +
                             " did not sign, or that is not for this party");
  const Envelope answered = co_await answer(*envelope);
  co_return encoded(answered);
}

transport::awaitable<Envelope> PeerService::answer(Envelope request) {
  if (request.header.round == static_cast<std::uint16_t>(MessageType::proofs)) {
    // Sessions of others may have passed us by: then our copies do not reach this one yet.
    for (const auto& [party, size] : signer_.missing_for(request))
      co_await mirrors_.catch_up(party, size, catch_up_timeout);
    co_return signer_.answer_proofs(request, clock_());
  }
  switch (static_cast<MessageType>(request.header.round)) {
    case MessageType::list_proposal:
    case MessageType::list_request:
    case MessageType::list_status: {
      Envelope answered = co_await revocations_.answer(std::move(request));
      co_return answered;
    }
    default:
      co_return answer_at_once(request);
  }
}

Envelope PeerService::answer_at_once(const Envelope& request) {
  const Time now = clock_();
  const auto declined = [&](std::string code, std::string reason) {
    return reply(request, MessageType::declined,
                 encoded(Declined{std::move(code), std::move(reason)}));
  };
  switch (static_cast<MessageType>(request.header.round)) {
    case MessageType::proposal: {
      Envelope answer = signer_.answer_proposal(request, now);
      tell_who_waits(request, answer);
      return answer;
    }
    case MessageType::sign_request:
      return signer_.answer_sign_request(request, now);
    case MessageType::release:
      signer_.release(request.header);
      return reply(request, MessageType::accepted, {});
    case MessageType::outcome: {
      const auto outcome = parse(std::type_identity<OutcomeMessage>{}, request.payload);
      if (!outcome) return declined("outcome.malformed", outcome.error().text());
      if (auto learned = signer_.learn(*outcome, now); !learned)
        return declined("outcome.refused", learned.error().message);
      return reply(request, MessageType::accepted, {});
    }
    case MessageType::log_query: {
      const auto query = parse(std::type_identity<LogQuery>{}, request.payload);
      if (!query) return declined("query.malformed", query.error().text());
      return reply(request, MessageType::log_part,
                   encoded(mirrors_.answer(Identifier(request.header.from), *query)));
    }
    case MessageType::cosignature: {
      const auto cosignature = parse(std::type_identity<Cosignature>{}, request.payload);
      if (!cosignature) return declined("cosignature.malformed", cosignature.error().text());
      if (auto kept = mirrors_.keep(*cosignature); !kept)
        return declined("cosignature.refused", kept.error().message);
      return reply(request, MessageType::accepted, {});
    }
    case MessageType::invitation: {
      const auto invitation = enroll::parse_invitation(request.payload);
      if (!invitation) return declined("invitation.malformed", invitation.error().text());
      const auto asks = signer_.remember(*invitation, now);
      if (!asks) return declined("invitation.refused", asks.error().message);
      return reply(request, MessageType::accepted, Bytes{static_cast<std::uint8_t>(*asks)});
    }
    default:
      return declined("message.unknown", "unknown kind of message");
  }
}

}  // namespace jointca::daemon
