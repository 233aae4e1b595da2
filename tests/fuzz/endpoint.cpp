// tests/fuzz/endpoint.cpp — an endpoint survives being written and read again.
#include "transport/endpoint.h"

#include "base/assert.h"
#include "base/bytes.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jointca;
  const auto endpoint = transport::Endpoint::parse(to_text(BytesView(data, size)));
  if (!endpoint) return 0;
  const auto again = transport::Endpoint::parse(endpoint->text());
  JCA_ASSERT(again.has_value() && *again == *endpoint);
  return 0;
}
