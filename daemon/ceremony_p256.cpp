// daemon/ceremony_p256.cpp — a ceremony's key and first signatures by CGGMP24.
#include "daemon/ceremony_p256.h"

#include "crypto/p256.h"
#include "crypto/prime.h"
#include "crypto/rng.h"
#include "crypto/transcript.h"
#include "daemon/ca_signatures.h"
#include "daemon/messages.h"
#include "daemon/protocol_runner.h"
#include "threshold/agreement.h"
#include "threshold/cggmp24/presign/presign.h"
#include "threshold/cggmp24/sign.h"

namespace jointca::daemon {
namespace {

using transport::awaitable;

constexpr std::uint64_t first_epoch = 1;
constexpr auto signatures_round = static_cast<std::uint16_t>(MessageType::ca_signatures);

const cggmp24::Parameters& production() { return cggmp24::parameters<cggmp24::Production>(); }

/// The first min_signers of the parties.
PartySet signers_of(const cggmp24::KeyPackage& package) {
  PartySet signers;
  for (const auto& [party, share] : package.key.group.verifying_shares)
    if (signers.size() < package.key.group.min_signers) signers.insert(party);
  return signers;
}

/// What the signers are about to do: with which key and moduli, who, and what they sign.
Digest subject_of(const cggmp24::KeyPackage& package, const PartySet& signers,
                  const std::vector<Bytes>& messages) {
  Transcript subject("jointca/ceremony/ca-signing/v1");
  subject.field(package.transcript()).field(encoded(package.certified())).field(first_epoch);
  subject.field(std::uint64_t{signers.size()});
  for (const Identifier signer : signers) subject.field(std::uint64_t{signer.value()});
  for (const Bytes& message : messages) subject.field(message);
  return std::move(subject).digest();
}

Digest session_of(const Digest& agreed, std::uint64_t number) {
  Transcript session("jointca/ceremony/ca-session/v1");
  session.field(agreed).field(number);
  return std::move(session).digest();
}

awaitable<CeremonyResult<Digest>> agree(Channel& channel, const Digest& subject, Rng& rng) {
  auto step = agreement::begin(subject, channel.self(), rng);
  auto agreed = co_await run_protocol(channel, std::move(step));
  co_return agreed;
}

/// One message, in the channel's session: presignature, request, signature.
awaitable<CeremonyResult<Bytes>> sign_one(Channel& channel, const cggmp24::KeyPackage& package,
                                          const PartySet& signers, const Bytes& message, Rng& rng) {
  const auto setup = cggmp24::presign::Setup::of(production(), channel.session(), first_epoch,
                                                 package.key, package.aux, signers);
  auto begun = co_await transport::apart([&] {
    return cggmp24::presign::begin(setup, package.identifier, package.key, package.aux, rng);
  });
  if (!begun) co_return ceremony_failed(begun.error());
  auto presignature = co_await run_protocol(channel, *std::move(begun));
  if (!presignature) co_return Unexpected{std::move(presignature).error()};

  Transcript subject("jointca/ceremony/ca-request/v1");
  subject.field(presignature->common().id()).field(message);
  const Digest request = std::move(subject).digest();
  auto fresh = co_await agree(channel, request, rng);
  if (!fresh) co_return Unexpected{std::move(fresh).error()};
  auto signing =
      cggmp24::sign::begin(*std::move(presignature), {channel.session(), message, *fresh});
  if (!signing) co_return ceremony_failed(signing.error());
  auto signature = co_await run_protocol(channel, *std::move(signing));
  co_return signature;
}

/// All messages, by one of the signers. Leaves the channel in the last session.
awaitable<CeremonyResult<std::vector<Bytes>>> sign_all(Channel& channel,
                                                       const cggmp24::KeyPackage& package,
                                                       const PartySet& signers,
                                                       const std::vector<Bytes>& messages,
                                                       Rng& rng) {
  auto agreed = co_await agree(channel, subject_of(package, signers, messages), rng);
  if (!agreed) co_return Unexpected{std::move(agreed).error()};
  std::vector<Bytes> signatures;
  for (const Bytes& message : messages) {
    channel.set_session(session_of(*agreed, signatures.size()));
    auto signature = co_await sign_one(channel, package, signers, message, rng);
    if (!signature) co_return Unexpected{std::move(signature).error()};
    signatures.push_back(*std::move(signature));
  }
  co_return signatures;
}

bool are_of(const CaSignatures& shown, const P256PublicKey& key,
            const std::vector<Bytes>& messages) {
  return std::equal(shown.signatures.begin(), shown.signatures.end(), messages.begin(),
                    messages.end(), [&key](const Bytes& signature, const Bytes& message) {
                      return is_low_s(signature) && verify_p256(key, message, signature);
                    });
}

/// What a signer shows to one who is none: the first that is of what this party derived. One honest
/// signer suffices, whatever the others show.
awaitable<CeremonyResult<std::vector<Bytes>>> learn(Channel& channel,
                                                    const cggmp24::KeyPackage& package,
                                                    const std::vector<Bytes>& messages) {
  const auto key = package.key.group.public_key.public_key();
  JCA_ASSERT(key.has_value());
  std::optional<std::vector<Bytes>> signatures;
  const auto enough = [&](const Envelope& envelope) {
    auto theirs = parse(std::type_identity<CaSignatures>{}, envelope.payload);
    if (theirs && are_of(*theirs, *key, messages)) signatures = std::move(theirs->signatures);
    return signatures.has_value();
  };
  auto shown = co_await channel.collect_until(signatures_round, enough);
  if (!shown) co_return Unexpected{std::move(shown).error()};
  if (signatures) co_return *std::move(signatures);
  Blame blame{"signatures of the CA certificates", {}};
  for (const auto& [party, envelope] : *shown)
    blame.faults.push_back(local_fault(party, "ceremony.ca_signatures"));
  co_return Unexpected{channel.failure(blame)};
}

}  // namespace

Result<AuxPrimes, Error> search_primes(const Progress& progress, Rng& rng) {
  const unsigned bits = production().prime_bits;
  const std::string of = " of 4, " + std::to_string(bits) + " bits";
  std::vector<PrimePair> pairs;
  for (int number = 1; number <= 4; number += 2) {
    progress("searching for safe prime " + std::to_string(number) + of);
    SecretInteger p = random_safe_prime(bits, rng);
    progress("searching for safe prime " + std::to_string(number + 1) + of);
    auto pair = PrimePair::from(std::move(p), random_safe_prime(bits, rng));
    if (!pair || pair->modulus().bits() != 2 * bits)
      return failed("the search for primes gave something else");
    pairs.push_back(*std::move(pair));
  }
  return AuxPrimes(std::move(pairs[0]), std::move(pairs[1]));
}

awaitable<CeremonyResult<MadeKey>> make_p256_key(Channel& channel, const KeyMakers& makers,
                                                 AuxPrimes primes, const Progress& progress,
                                                 Rng& rng) {
  progress("proving that the primes are sound, and checking the others' proofs");
  auto proving = co_await transport::apart([&] {
    return cggmp24::aux_info::begin({&production(), makers.self, makers.parties, channel.session()},
                                    std::move(primes.paillier), std::move(primes.pedersen), rng);
  });
  auto aux = co_await run_protocol(channel, std::move(proving));
  if (!aux) co_return Unexpected{std::move(aux).error()};
  progress("sharing the key");
  auto dealing = cggmp24::keygen::begin(
      {makers.self, makers.min_signers, makers.parties, channel.session()}, rng);
  auto key = co_await run_protocol(channel, std::move(dealing));
  if (!key) co_return Unexpected{std::move(key).error()};
  cggmp24::KeyPackage package(makers.self, *std::move(key), *std::move(aux));
  const Digest transcript = package.transcript();
  co_return MadeKey(std::move(package), transcript);
}

awaitable<CeremonyResult<std::vector<Bytes>>> sign_messages_p256(Channel& channel,
                                                                 const cggmp24::KeyPackage& package,
                                                                 const std::vector<Bytes>& messages,
                                                                 Rng& rng) {
  const PartySet all = parties_of(package.key.group.verifying_shares);
  const PartySet signers = signers_of(package);
  const Digest session = channel.session();
  PartySet heard = signers;
  heard.insert(channel.self());
  channel.set_members(heard);
  const bool is_signer = signers.contains(channel.self());
  CeremonyResult<std::vector<Bytes>> signatures = ceremony_failed({});
  if (is_signer)
    signatures = co_await sign_all(channel, package, signers, messages, rng);
  else
    signatures = co_await learn(channel, package, messages);
  if (!signatures) co_return signatures;
  channel.set_session(session);
  channel.set_members(all);
  if (is_signer) channel.broadcast(signatures_round, encoded(CaSignatures{*signatures}));
  co_return signatures;
}

}  // namespace jointca::daemon
