// tests/fuzz/witness_policy.cpp — lists of logs and witnesses: what was read is read again from the
// lines that say it plainly.
#include "log/witness_policy.h"

using namespace jointca;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto policy = log::WitnessPolicy::parse(to_text(BytesView(data, size)));
  if (!policy) return 0;
  std::string text;
  for (const auto& log : policy->logs) text += "log " + log.key.text() + " " + log.url + "\n";
  for (const auto& witness : policy->witnesses)
    text += "witness " + witness.name + " " + witness.key.text() + " " + witness.url + "\n";
  if (text.size() > log::witness_policy_bytes_max) return 0;
  const auto again = log::WitnessPolicy::parse(text);
  JCA_ASSERT(again && *again == *policy);
  return 0;
}
