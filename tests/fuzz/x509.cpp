// tests/fuzz/x509.cpp — X.509 certificates: what parses is assembled to the same bytes, from its
// details and from its signed bytes.
#include "x509-adapter/certificate.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jointca;
  const BytesView input(data, size);
  if (const auto read = x509::parse_certificate(input)) {
    JCA_ASSERT(equal(x509::assemble(read->details(), read->signature())->der(), input));
    JCA_ASSERT(*x509::from_signed(read->to_be_signed(), read->signature()) == *read);
    JCA_ASSERT(x509::parse_certificates(x509::to_pem(*read))->front() == *read);
  }
  static_cast<void>(
      x509::parse_certificates({reinterpret_cast<const char*>(data), size}));  // NOLINT: bytes
  return 0;
}
