// daemon/links.h — the links of a running party to the others, and who answers on them.
#pragma once

#include <map>

#include "daemon/issuance.h"
#include "daemon/member.h"
#include "transport/link.h"

namespace jointca::daemon {

/// How this party's own messages reach its own signer.
using LocalAnswer = std::function<transport::awaitable<Envelope>(Envelope)>;

class Links final : public Peers {
 public:
  Links(transport::any_io_executor executor, const Member& member,
        const transport::TlsIdentity& tls, LocalAnswer local, std::function<Time()> clock);

  transport::awaitable<Result<Envelope, Error>> ask(Identifier to, Envelope envelope,
                                                    std::chrono::milliseconds timeout) override;
  /// Asks all other parties at once; those that answer in time.
  transport::awaitable<PerParty<Envelope>> ask_others(Envelope envelope,
                                                      std::chrono::milliseconds timeout);

  [[nodiscard]] bool reachable(Identifier party) const;
  /// When the party last answered anything; nothing if never since our start.
  [[nodiscard]] std::optional<Time> last_answer(Identifier party) const;

 private:
  struct Answers;
  transport::awaitable<void> ask_into(std::shared_ptr<Answers> answers, Identifier party,
                                      Envelope envelope, std::chrono::milliseconds timeout);

  transport::any_io_executor executor_;
  const Member& member_;
  LocalAnswer local_;
  std::function<Time()> clock_;
  PerParty<transport::PeerLink> links_;
  PerParty<Time> last_answer_;
  std::set<Identifier> unreachable_;
  transport::Tasks tasks_;
};

}  // namespace jointca::daemon
