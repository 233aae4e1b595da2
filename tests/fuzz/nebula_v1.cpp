// tests/fuzz/nebula_v1.cpp — what is read as version 1 has one canonical form, which reads the
// same.
#include "nebula-adapter/certificate.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jointca;
  const auto read = nebula::parse_certificate(nebula::Version::v1, BytesView(data, size));
  if (!read) return 0;
  const auto again = nebula::parse_certificate(nebula::Version::v1, encode_certificate(*read));
  JCA_ASSERT(again && *again == *read);
  return 0;
}
