// daemon/peer_service.h — what a running party answers to the others.
#pragma once

#include "daemon/mirror_service.h"
#include "daemon/signer.h"
#include "transport/async.h"

namespace jointca::daemon {

class PeerService {
 public:
  PeerService(const Member& member, Signer& signer, MirrorService& mirrors,
              std::function<Time()> clock)
      : member_(member), signer_(signer), mirrors_(mirrors), clock_(std::move(clock)) {}

  /// One request of the party that TLS authenticated, and its answer, both encoded envelopes. A
  /// request whose sender is not that party, or not signed by it, throws: the connection closes.
  transport::awaitable<Bytes> answer(PublicKey from, Bytes request);
  /// The same, parsed and checked: also the way of this party's messages to itself.
  transport::awaitable<Envelope> answer(Envelope request);

 private:
  [[nodiscard]] Envelope answer_at_once(const Envelope& request);
  [[nodiscard]] Envelope reply(const Envelope& to, MessageType type, Bytes payload) const;

  const Member& member_;
  Signer& signer_;
  MirrorService& mirrors_;
  std::function<Time()> clock_;
};

}  // namespace jointca::daemon
