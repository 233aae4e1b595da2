// daemon/peer_service.h — what a running party answers to the others.
#pragma once

#include <set>

#include "daemon/mirror_service.h"
#include "daemon/revocation_service.h"
#include "daemon/signer.h"
#include "transport/async.h"

namespace jointca::daemon {

class PeerService {
 public:
  /// Hears once of each host or session that has begun to wait for this party's operator: its name,
  /// and the id to approve.
  using Waits = std::function<void(const std::string&, const Digest&)>;

  PeerService(
      const Member& member, Signer& signer, MirrorService& mirrors, RevocationService& revocations,
      std::function<Time()> clock, Waits waits = [](const std::string&, const Digest&) {})
      : member_(member),
        signer_(signer),
        mirrors_(mirrors),
        revocations_(revocations),
        clock_(std::move(clock)),
        waits_(std::move(waits)) {}

  /// One request of the party that TLS authenticated, and its answer, both encoded envelopes. A
  /// request whose sender is not that party, or not signed by it, throws: the connection closes.
  transport::awaitable<Bytes> answer(PublicKey from, Bytes request);
  /// The same, parsed and checked: also the way of this party's messages to itself.
  transport::awaitable<Envelope> answer(Envelope request);

 private:
  [[nodiscard]] Envelope answer_at_once(const Envelope& request);
  [[nodiscard]] Envelope reply(const Envelope& to, MessageType type, Bytes payload) const;
  void tell_who_waits(const Envelope& proposal, const Envelope& answer);

  const Member& member_;
  Signer& signer_;
  MirrorService& mirrors_;
  RevocationService& revocations_;
  std::function<Time()> clock_;
  Waits waits_;
  std::set<Digest> told_;  // invitations that waits_ has heard of
};

}  // namespace jointca::daemon
