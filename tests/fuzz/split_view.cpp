// tests/fuzz/split_view.cpp — evidence of a split view, up to the verdict of a stranger.
#include "audit/split_view.h"

#include "tests/support/audit_logs.h"

using namespace jointca;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const test::AuditAuthority base;
  static const EvidenceChecks checks = audit::audit_checks(base.authority);
  const auto evidence = parse_evidence(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!evidence) return 0;
  EvidenceContext context;
  context.authority = base.authority.id;
  context.min_signers = base.authority.min_signers;
  for (const ca::Party& party : base.authority.parties)
    context.roster.emplace(Identifier(party.identifier), party.card.identity);
  const auto verdict = verify_evidence(*evidence, context, checks);
  // No input but the seeds, which are signed, can convict: the seeds' logs are bob's.
  JCA_ASSERT(!verdict || evidence->culprit == Identifier(2));
  return 0;
}
