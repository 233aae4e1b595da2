// daemon/channel.h — one ceremony's view of the network: sends to all or to each, and collects one
// message from every other party, each signed, each at most once.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "threshold/evidence.h"
#include "transport/async.h"
#include "transport/link.h"

namespace jointca::daemon {

/// What is kept of one party, in a ceremony and those before it: p256 with 16 CA certificates has
/// some 200 messages, less than 1 MiB in all, or 2 with the error round.
inline constexpr std::size_t mailbox_messages_max = 512;
inline constexpr std::size_t mailbox_bytes_max = std::size_t{8} << 20;

/// Why a ceremony ended without its result.
struct CeremonyFailure {
  Error error;
  std::vector<Evidence> evidence{};
};
template <class T>
using CeremonyResult = Result<T, CeremonyFailure>;

[[nodiscard]] inline Unexpected<CeremonyFailure> ceremony_failed(Error error) {
  return {CeremonyFailure{std::move(error)}};
}

class Channel {
 public:
  struct Peer {
    std::string name;
    PublicKey identity;
    transport::PeerLink* link;
  };

  /// `peers` are all other parties. `authority` stands in every header: the digest of the
  /// ceremony's parameters.
  Channel(transport::any_io_executor executor, const SigningKey& identity, Identifier self,
          PerParty<Peer> peers, const Digest& authority, transport::Deadline deadline);
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;
  /// Wipes what others sent to us alone.
  ~Channel();

  void set_session(const Digest& session) { session_ = session; }
  /// From now on broadcasts, echoes and collects among these only, ourselves one of them; all
  /// parties at first. Rounds among some have to be rounds of signers (threshold/round.h).
  void set_members(const PartySet& members);
  [[nodiscard]] const Digest& session() const { return session_; }
  [[nodiscard]] const Digest& authority() const { return authority_; }
  [[nodiscard]] Identifier self() const { return self_; }
  /// Identity keys of the members.
  [[nodiscard]] PerParty<PublicKey> roster() const;

  /// A message from the party that TLS authenticated. Dropped, and false, unless that party signed
  /// it, it is ours to read and there is room.
  bool deliver(const PublicKey& from, const Envelope& envelope);

  /// Signs, and goes on delivering in the background until acknowledged: again when a link fails,
  /// never because one is slow.
  Envelope broadcast(std::uint16_t round, Bytes payload);
  void send(std::uint16_t round, Identifier to, Bytes payload);
  /// The same as broadcast(), before there is a session: under `session` in its place.
  Envelope broadcast_under(const Digest& session, std::uint16_t round, Bytes payload);

  /// One message of the round from every other member, by `to_all` or to us alone. Fails at the
  /// deadline, naming the silent, and on a party that sent two.
  transport::awaitable<CeremonyResult<PerParty<Envelope>>> collect(std::uint16_t round,
                                                                   bool to_all);
  /// Broadcasts of the round, as collect(): the first one that is `enough` alone, without waiting
  /// for the others; if none is, everyone's.
  using Enough = std::function<bool(const Envelope&)>;
  transport::awaitable<CeremonyResult<PerParty<Envelope>>> collect_until(std::uint16_t round,
                                                                         Enough enough);
  /// The broadcasts of one round that each party made under a session of its own.
  transport::awaitable<CeremonyResult<PerParty<Envelope>>> collect_under(
      const PerParty<Digest>& sessions, std::uint16_t round);
  /// Broadcasts a round, collects it, and agrees with everyone on what was sent (threshold/echo.h).
  transport::awaitable<CeremonyResult<PerParty<Envelope>>> broadcast_and_agree(std::uint16_t round,
                                                                               Bytes payload);
  /// Waits until everything sent was acknowledged, or the deadline.
  transport::awaitable<void> flush();

  /// Turns blame into a failure, with the evidence that its inputs and the messages of this channel
  /// give.
  [[nodiscard]] CeremonyFailure failure(const Blame& blame) const;

 private:
  void deliver_to(Identifier to, const Envelope& envelope);
  [[nodiscard]] PerParty<Header> headers_of(std::uint16_t round, std::uint16_t to) const;
  transport::awaitable<CeremonyResult<PerParty<Envelope>>> collect_these(PerParty<Header> wanted,
                                                                         Enough enough);
  transport::awaitable<void> keep_sending(transport::PeerLink* link, SecretBytes envelope);

  transport::any_io_executor executor_;
  const SigningKey& identity_;
  Identifier self_;
  PerParty<Peer> peers_;
  PartySet others_;  ///< the members but ourselves
  Digest authority_;
  Digest session_{};
  transport::Deadline deadline_;
  std::map<Header, Envelope> received_;
  struct Received {
    std::size_t messages = 0;
    std::size_t bytes = 0;
  };
  PerParty<Received> received_from_;
  std::vector<Evidence> equivocations_;
  transport::Event arrived_;
  std::size_t unacknowledged_ = 0;
  transport::Event acknowledged_;
  transport::Tasks tasks_;
};

}  // namespace jointca::daemon
