// tests/fuzz/nebula_v2.cpp — what is read as version 2 keeps its details and its fingerprint.
#include "nebula-adapter/certificate.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jointca;
  const auto read = nebula::parse_certificate(nebula::Version::v2, BytesView(data, size));
  if (!read) return 0;
  const auto again = nebula::parse_certificate(nebula::Version::v2, encode_certificate(*read));
  JCA_ASSERT(again && *again == *read);
  JCA_ASSERT(nebula::fingerprint(*again) == nebula::fingerprint(*read));
  return 0;
}
