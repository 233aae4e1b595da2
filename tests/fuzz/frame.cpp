// tests/fuzz/frame.cpp — what parses as the header of a frame encodes back to the same bytes.
#include "transport/frame.h"

#include "base/assert.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jointca;
  const BytesView input(data, size);
  if (const auto header = transport::parse_frame_header(input)) {
    JCA_ASSERT(header->payload_bytes <= transport::payload_bytes_max);
    JCA_ASSERT(equal(transport::encode(*header), input));
  }
  return 0;
}
