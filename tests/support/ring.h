// tests/support/ring.h — all parties of a ceremony in one thread, each with its own TLS server,
// links and channel on loopback: what simulate.h is without I/O.
#pragma once

#include <functional>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include "daemon/protocol_runner.h"
#include "tests/support/simulate.h"
#include "transport/link.h"

namespace jointca::test {

class Ring {
 public:
  /// The parties, authority and session of `network`.
  explicit Ring(const Network& network, std::chrono::milliseconds lasts = std::chrono::seconds(60))
      : deadline_(transport::after(lasts)) {
    for (const auto& [self, identity] : network.identities) parties_.try_emplace(self, identity);
    for (auto& [self, party] : parties_) listen(self, party);
    for (auto& [self, party] : parties_) connect(network, self, party);
  }

  /// What becomes of a payload on its way; the sender signs what is changed, as a liar would.
  std::function<Bytes(Identifier from, Identifier to, std::uint16_t round, Bytes payload)> alter;

  [[nodiscard]] daemon::Channel& channel(Identifier self) { return *parties_.at(self).channel; }

  /// The outcome of `protocol(self, channel)` at each of `members`, once those of `honest_ones`
  /// have one: nobody waits for a liar that waits. Only once then.
  template <class T, class Protocol>
  PerParty<daemon::CeremonyResult<T>> run(const PartySet& members, const PartySet& honest_ones,
                                          Protocol protocol) {
    PerParty<daemon::CeremonyResult<T>> outcomes;
    PartySet waited = honest_ones;
    const auto play = [&](Identifier self) -> transport::awaitable<void> {
      auto outcome = co_await protocol(self, channel(self));
      outcomes.emplace(self, std::move(outcome));
      waited.erase(self);
      if (waited.empty()) io_.stop();
    };
    for (const Identifier self : members)
      boost::asio::co_spawn(io_, play(self), boost::asio::detached);
    io_.restart();
    io_.run();
    REQUIRE(waited.empty());
    return outcomes;
  }

 private:
  struct Party {
    explicit Party(const SigningKey& the_identity)
        : identity(the_identity), tls(*transport::TlsIdentity::make(the_identity, "party")) {}
    const SigningKey& identity;
    transport::TlsIdentity tls;
    std::unique_ptr<transport::PeerServer> server;
    PerParty<transport::PeerLink> links;
    std::unique_ptr<daemon::Channel> channel;
  };

  void listen(Identifier self, Party& party) {
    std::vector<PublicKey> others;
    for (const auto& [peer, other] : parties_)
      if (peer != self) others.push_back(other.identity.public_key());
    const auto handle = [this, self, &party](PublicKey from,
                                             Bytes bytes) -> transport::awaitable<Bytes> {
      const auto envelope = parse(std::type_identity<Envelope>{}, bytes);
      if (!envelope || !party.channel->deliver(from, altered(*envelope, self)))
        throw std::runtime_error("not delivered");
      co_return Bytes{};
    };
    party.server =
        std::make_unique<transport::PeerServer>(io_.get_executor(), party.tls, others, handle);
    REQUIRE(party.server->listen({"127.0.0.1", 0}));
  }

  [[nodiscard]] Envelope altered(const Envelope& envelope, Identifier to) const {
    if (!alter) return envelope;
    const Identifier from(envelope.header.from);
    Bytes payload = alter(from, to, envelope.header.round, envelope.payload);
    if (payload == envelope.payload) return envelope;
    return seal(parties_.at(from).identity, envelope.header, std::move(payload));
  }

  void connect(const Network& network, Identifier self, Party& party) {
    PerParty<daemon::Channel::Peer> peers;
    for (auto& [peer, other] : parties_) {
      if (peer == self) continue;
      const PublicKey key = other.identity.public_key();
      const transport::Endpoint endpoint{"127.0.0.1", other.server->port()};
      auto& link =
          party.links
              .emplace(peer, transport::PeerLink(io_.get_executor(), party.tls, endpoint, key))
              .first->second;
      peers.emplace(peer,
                    daemon::Channel::Peer{"party" + std::to_string(peer.value()), key, &link});
    }
    party.channel = std::make_unique<daemon::Channel>(
        io_.get_executor(), party.identity, self, std::move(peers), network.authority, deadline_);
    party.channel->set_session(network.session);
  }

  transport::Deadline deadline_;
  boost::asio::io_context io_{1};
  PerParty<Party> parties_;
};

/// One round as the runner does it, by a party that lies in the next; the others are honest.
template <class S>
transport::awaitable<daemon::ReceivedBy<S>> one_round(daemon::Channel& channel, Step<S> step) {
  using Awaits = typename S::Awaits;
  Inbox<Awaits> inbox;
  auto broadcasts =
      co_await channel.broadcast_and_agree(Awaits::number, encoded(step.outbox.to_all));
  JCA_ASSERT(broadcasts.has_value());
  inbox.from_all = *daemon::parse_all<typename Awaits::ToAll>(*broadcasts, Exhibit::Kind::to_all);
  if constexpr (!std::is_same_v<typename Awaits::ToEach, Nothing>) {
    for (const auto& [peer, message] : step.outbox.to_each)
      channel.send(Awaits::number, peer, encoded(message));
    auto own = co_await channel.collect(Awaits::number, false);
    JCA_ASSERT(own.has_value());
    inbox.from_each = *daemon::parse_all<typename Awaits::ToEach>(*own, Exhibit::Kind::to_each);
  }
  auto received = std::move(step.stage).receive(std::move(inbox));
  JCA_ASSERT(received.has_value());
  co_return *std::move(received);
}

}  // namespace jointca::test
