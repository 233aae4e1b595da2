// tests/fuzz/session_request.cpp — what parses as a request for a session encodes back to the same
// bytes; what holds of it was in it.
#include "mpyc-adapter/agreement.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jointca;
  const BytesView input(data, size);
  if (const auto request = mpyc::parse_session_request(input)) {
    JCA_ASSERT(equal(mpyc::encode_request(*request), input));
    if (const auto agreement = mpyc::open_request(input, Digest{}))
      JCA_ASSERT(mpyc::to_json(agreement->manifest()) == request->manifest);
  }
  return 0;
}
