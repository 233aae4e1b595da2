// tests/fuzz/cggmp24_presign_history.cpp — what a stranger is shown of a presigning run: inputs
// prefixed by their lengths. What is accepted has one encoding.
#include "threshold/cggmp24/presign/history.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jointca;
  Reader in(BytesView(data, size));
  std::map<std::string, Bytes> inputs;
  for (const char* name : {"setup", "round1", "round2", "round3"})
    if (const auto bytes = in.prefixed32(size); bytes && !bytes->empty())
      inputs.emplace(name, to_bytes(*bytes));
  const auto& set = cggmp24::parameters<cggmp24::Production>();
  if (const auto history = cggmp24::presign::History::from(set, Digest{}, inputs))
    JCA_ASSERT(history->inputs() == inputs);
  return 0;
}
