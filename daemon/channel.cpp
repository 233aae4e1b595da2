#include "daemon/channel.h"

#include "daemon/messages.h"
#include "threshold/echo.h"

namespace jointca::daemon {
namespace {

using transport::awaitable;

constexpr std::chrono::milliseconds resend_interval{250};

}  // namespace

Channel::Channel(transport::any_io_executor executor, const SigningKey& identity, Identifier self,
                 PerParty<Peer> peers, const Digest& authority, transport::Deadline deadline)
    : executor_(executor),
      identity_(identity),
      self_(self),
      peers_(std::move(peers)),
      others_(parties_of(peers_)),
      authority_(authority),
      deadline_(deadline),
      arrived_(executor),
      acknowledged_(executor),
      tasks_(executor) {}

Channel::~Channel() {
  for (auto& [header, envelope] : received_)
    if (header.to != 0) const SecretBytes wiped(std::move(envelope.payload));
}

void Channel::set_members(const PartySet& members) {
  JCA_ASSERT(members.contains(self_));
  others_ = members;
  others_.erase(self_);
}

PerParty<PublicKey> Channel::roster() const {
  PerParty<PublicKey> roster;
  for (const Identifier party : others_) roster.emplace(party, peers_.at(party).identity);
  roster.emplace(self_, identity_.public_key());
  return roster;
}

bool Channel::deliver(const PublicKey& from, const Envelope& envelope) {
  const Header& header = envelope.header;
  if (header.from == 0 || header.authority != authority_ ||
      (header.to != 0 && header.to != self_.value()))
    return false;
  const auto sender = peers_.find(Identifier(header.from));
  if (sender == peers_.end() || sender->second.identity != from || !verify(envelope, from))
    return false;
  const auto known = received_.find(header);
  if (known == received_.end()) {
    Received& kept = received_from_[sender->first];
    if (kept.messages >= mailbox_messages_max ||
        envelope.payload.size() > mailbox_bytes_max - kept.bytes)
      return false;
    ++kept.messages;
    kept.bytes += envelope.payload.size();
    received_.emplace(header, envelope);
  } else if (header.to == 0 && known->second.payload != envelope.payload &&
             equivocations_.empty()) {
    // A second message to us alone is just ignored: a stranger could not tell that it was one.
    equivocations_.push_back({authority_,
                              header.session,
                              sender->first,
                              "broadcast.equivocation",
                              {},
                              {header_of(known->second), header_of(envelope)},
                              {}});
  }
  arrived_.notify();
  return true;
}

awaitable<void> Channel::keep_sending(transport::PeerLink* link, SecretBytes envelope) {
  for (;;) {
    // Again only where the link has failed, which it notices itself: what is merely slow would
    // otherwise be sent over the same connection twice, and be slower.
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline_ - std::chrono::steady_clock::now());
    if (left.count() <= 0) break;
    const auto acknowledged = co_await link->call(to_bytes(envelope.expose()), left);
    if (acknowledged) break;
    co_await transport::sleep_for(resend_interval);
  }
  --unacknowledged_;
  acknowledged_.notify();
}

void Channel::deliver_to(Identifier to, const Envelope& envelope) {
  ++unacknowledged_;
  tasks_.spawn(keep_sending(peers_.at(to).link, SecretBytes(encoded(envelope))));
}

Envelope Channel::broadcast(std::uint16_t round, Bytes payload) {
  return broadcast_under(session_, round, std::move(payload));
}

Envelope Channel::broadcast_under(const Digest& session, std::uint16_t round, Bytes payload) {
  Envelope envelope =
      seal(identity_, {authority_, session, round, self_.value(), 0}, std::move(payload));
  for (const Identifier party : others_) deliver_to(party, envelope);
  return envelope;
}

void Channel::send(std::uint16_t round, Identifier to, Bytes payload) {
  Envelope envelope =
      seal(identity_, {authority_, session_, round, self_.value(), to.value()}, std::move(payload));
  deliver_to(to, envelope);
  const SecretBytes wiped(std::move(envelope.payload));
}

PerParty<Header> Channel::headers_of(std::uint16_t round, std::uint16_t to) const {
  PerParty<Header> headers;
  for (const Identifier party : others_)
    headers.emplace(party, Header{authority_, session_, round, party.value(), to});
  return headers;
}

awaitable<CeremonyResult<PerParty<Envelope>>> Channel::collect(std::uint16_t round, bool to_all) {
  auto messages = co_await collect_these(headers_of(round, to_all ? 0 : self_.value()), {});
  co_return messages;
}

awaitable<CeremonyResult<PerParty<Envelope>>> Channel::collect_until(std::uint16_t round,
                                                                     Enough enough) {
  auto messages = co_await collect_these(headers_of(round, 0), std::move(enough));
  co_return messages;
}

awaitable<CeremonyResult<PerParty<Envelope>>> Channel::collect_under(
    const PerParty<Digest>& sessions, std::uint16_t round) {
  PerParty<Header> wanted;
  for (const auto& [party, session] : sessions)
    wanted.emplace(party, Header{authority_, session, round, party.value(), 0});
  auto messages = co_await collect_these(std::move(wanted), {});
  co_return messages;
}

awaitable<CeremonyResult<PerParty<Envelope>>> Channel::collect_these(PerParty<Header> wanted,
                                                                     Enough enough) {
  PartySet seen;
  for (;;) {
    if (!equivocations_.empty()) {
      const std::string name = peers_.at(equivocations_.front().culprit).name;
      co_return Unexpected{CeremonyFailure{
          {Error::Code::misbehaviour, name + " sent two different messages for one round"},
          equivocations_}};
    }
    PerParty<Envelope> messages;
    std::string silent;
    for (const auto& [party, header] : wanted) {
      const auto found = received_.find(header);
      if (found != received_.end()) {
        messages.emplace(party, found->second);
        if (enough && seen.insert(party).second && enough(found->second))
          co_return PerParty<Envelope>{{party, found->second}};
      } else {
        silent += (silent.empty() ? "" : ", ") + peers_.at(party).name;
      }
    }
    if (silent.empty()) co_return messages;
    const bool in_time = co_await arrived_.wait_until(deadline_);
    if (!in_time)
      co_return ceremony_failed(
          {Error::Code::unreachable, "no answer from " + silent + " in round " +
                                         std::to_string(wanted.begin()->second.round) +
                                         "; run keygen again on every party"});
  }
}

awaitable<CeremonyResult<PerParty<Envelope>>> Channel::broadcast_and_agree(std::uint16_t round,
                                                                           Bytes payload) {
  const Envelope own = broadcast(round, std::move(payload));
  auto messages = co_await collect(round, true);
  if (!messages) co_return Unexpected{std::move(messages).error()};
  PerParty<Envelope> all = *messages;
  all.emplace(self_, own);
  const EchoMessage own_view = echo_message(all);
  broadcast(round_number::echo_of(round), encoded(own_view));
  auto echoes = co_await collect(round_number::echo_of(round), true);
  if (!echoes) co_return Unexpected{std::move(echoes).error()};
  PerParty<EchoMessage> views;
  Blame malformed_echoes{"an echo does not parse", {}};
  for (const auto& [party, envelope] : *echoes) {
    auto view = parse(std::type_identity<EchoMessage>{}, envelope.payload);
    if (view)
      views.emplace(party, *std::move(view));
    else
      malformed_echoes.faults.push_back(
          malformed_fault<EchoMessage>(party, envelope.header.round, Exhibit::Kind::to_all));
  }
  if (!malformed_echoes.faults.empty()) co_return Unexpected{failure(malformed_echoes)};
  if (const auto agreed = compare_echoes(own_view, views, roster()); !agreed)
    co_return Unexpected{failure(agreed.error())};
  co_return messages;
}

awaitable<void> Channel::flush() {
  for (bool in_time = true; in_time && unacknowledged_ > 0;)
    in_time = co_await acknowledged_.wait_until(deadline_);
}

CeremonyFailure Channel::failure(const Blame& blame) const {
  CeremonyFailure out{{Error::Code::failed, blame.reason}, {}};
  std::vector<Envelope> messages;
  for (const auto& [header, envelope] : received_)
    if (header.session == session_) messages.push_back(envelope);
  for (const Fault& fault : blame.faults) {
    const auto culprit = peers_.find(fault.culprit);
    out.error.message += "; " +
                         (culprit == peers_.end() ? "party " + std::to_string(fault.culprit.value())
                                                  : culprit->second.name) +
                         " failed " + fault.check;
    if (auto evidence = make_evidence(fault, authority_, session_, messages, blame.inputs))
      out.evidence.push_back(*std::move(evidence));
  }
  if (!out.evidence.empty()) out.error.code = Error::Code::misbehaviour;
  return out;
}

}  // namespace jointca::daemon
