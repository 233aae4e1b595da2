// tests/fuzz/tlog_proof.cpp — tlog-proof files: what parses encodes back to the same text.
#include "log/proof.h"

using namespace jointca;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text = to_text(BytesView(data, size));
  if (const auto proof = log::TlogProof::parse(text)) JCA_ASSERT(proof->encode() == text);
  return 0;
}
