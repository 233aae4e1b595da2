// daemon/ceremony_ed25519.cpp — a ceremony's key and first signatures by FROST.
#include "crypto/rng.h"
#include "daemon/ceremony_key.h"
#include "daemon/ceremony_p256.h"
#include "daemon/protocol_runner.h"
#include "threshold/frost/dkg.h"
#include "threshold/frost/self_sign.h"

namespace jointca::daemon {

using transport::awaitable;

awaitable<CeremonyResult<MadeKey>> make_ed25519_key(Channel& channel, const KeyMakers& makers,
                                                    Rng& rng) {
  auto dealing =
      frost::dkg::begin({makers.self, makers.min_signers, makers.parties, channel.session()}, rng);
  auto made = co_await run_protocol(channel, std::move(dealing));
  if (!made) co_return Unexpected{std::move(made).error()};
  co_return MadeKey(std::move(made->key), made->transcript);
}

awaitable<CeremonyResult<std::vector<Bytes>>> sign_messages(Channel& channel,
                                                            const JointKeyPackage& package,
                                                            const std::vector<Bytes>& messages,
                                                            Rng& rng) {
  if (const auto* p256 = std::get_if<cggmp24::KeyPackage>(&package)) {
    auto signatures = co_await sign_messages_p256(channel, *p256, messages, rng);
    co_return signatures;
  }
  std::vector<frost::Statement> statements;
  for (const Bytes& message : messages) statements.push_back({"", message});
  auto signing = frost::self_sign::begin(std::get<frost::KeyPackage>(package),
                                         std::move(statements), channel.session(), rng);
  auto signatures = co_await run_protocol(channel, std::move(signing));
  if (!signatures) co_return Unexpected{std::move(signatures).error()};
  std::vector<Bytes> out;
  for (const SignatureBytes& signature : *signatures) out.push_back(to_bytes(signature));
  co_return out;
}

}  // namespace jointca::daemon
