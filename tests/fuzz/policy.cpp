// tests/fuzz/policy.cpp — a policy file, and a decision under it.
#include "ca/policy_file.h"

using namespace jointca;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text = to_text(BytesView(data, size));
  const auto policy = ca::parse_policy(text);
  if (!policy) {
    JCA_ASSERT(!policy.error().reason.empty());
    return 0;
  }
  JCA_ASSERT(!ca::describe(*policy).empty());
  ca::Proposal proposal;
  proposal.subject.name = "web-1";
  proposal.subject.groups = {"web", "db"};
  proposal.subject.networks = {*ca::Prefix::parse("10.42.0.7/16")};
  proposal.kinds = {ca::Kind::nebula};
  JCA_ASSERT(!ca::effective(*policy, proposal).rule.empty());
  return 0;
}
