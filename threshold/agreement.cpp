// threshold/agreement.cpp — agreement on a subject, and a fresh value of all.
#include "threshold/agreement.h"

#include "crypto/rng.h"
#include "crypto/transcript.h"

namespace jointca::agreement {
namespace {

constexpr std::uint8_t version = 1;

}  // namespace

Step<AwaitingNonces> begin(const Digest& subject, Identifier self, Rng& rng) {
  const NonceMessage own{subject, rng.array<32>()};
  return {AwaitingNonces(self, own), {own, {}}};
}

Outcome<Digest> AwaitingNonces::receive(Inbox<Awaits> inbox) && {
  Blame blame{"the parties are about to do different things", {}};
  PerParty<NonceMessage> all = std::move(inbox.from_all);
  for (const auto& [party, message] : all)
    if (message.subject != own_.subject)
      blame.faults.push_back(local_fault(party, "agreement.subject"));
  if (!blame.faults.empty()) return Unexpected{std::move(blame)};
  JCA_ASSERT(all.emplace(self_, own_).second);
  Transcript transcript("jointca/agreement/v1");
  transcript.field(own_.subject);
  for (const auto& [party, message] : all)
    transcript.field(std::uint64_t{party.value()}).field(message.nonce);
  return std::move(transcript).digest();
}

void encode(const NonceMessage& message, Writer& out) {
  out.integer(version).bytes(message.subject).bytes(message.nonce);
}

Parsed<NonceMessage> parse(std::type_identity<NonceMessage>, BytesView input) {
  Reader in(input);
  JCA_TRY(in.expect(version, "version"));
  NonceMessage message;
  JCA_ASSIGN(message.subject, in.array<32>());
  JCA_ASSIGN(message.nonce, in.array<32>());
  JCA_TRY(in.finish());
  return message;
}

}  // namespace jointca::agreement
