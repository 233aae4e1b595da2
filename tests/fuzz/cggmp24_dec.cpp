// tests/fuzz/cggmp24_dec.cpp — what parses as a proof of dec encodes back to the same bytes.
#include "threshold/cggmp24/proofs/dec.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jointca;
  const auto& set = cggmp24::parameters<cggmp24::Production>();
  const BytesView input(data, size);
  const auto proof = cggmp24::parse(std::type_identity<cggmp24::dec::Proof>{}, set, input);
  if (!proof) return 0;
  Writer out;
  encode(*proof, set, out);
  JCA_ASSERT(equal(std::move(out).take(), input));
  return 0;
}
