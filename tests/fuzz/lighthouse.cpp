// tests/fuzz/lighthouse.cpp — the to-be-signed bytes of a lighthouse: what is read is written back.
#include "nebula-adapter/lighthouse.h"

using namespace jointca;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const BytesView input(data, size);
  if (const auto read = nebula::parse_lighthouse(input))
    JCA_ASSERT(equal(nebula::to_be_signed(*read), input));
  return 0;
}
