#include "daemon/ca_signatures.h"

#include "ca/authority.h"

namespace jointca::daemon {
namespace {

constexpr std::uint8_t version = 1;
constexpr std::size_t der_bytes_max = 72;

}  // namespace

// CaSignatures
//   u8     version = 1
//   u8     count, 1 … ca_certificates_max
//   count times: u16 + bytes  DER, at most 72
void encode(const CaSignatures& message, Writer& out) {
  out.integer(version).integer(static_cast<std::uint8_t>(message.signatures.size()));
  for (const Bytes& signature : message.signatures) out.prefixed16(signature);
}

Parsed<CaSignatures> parse(std::type_identity<CaSignatures>, BytesView payload) {
  Reader in(payload);
  JCA_TRY(in.expect(version, "version"));
  JCA_ASSIGN(const auto count, in.integer<std::uint8_t>(1, ca::ca_certificates_max));
  CaSignatures message;
  for (std::uint8_t i = 0; i < count; ++i) {
    JCA_ASSIGN(const BytesView signature, in.prefixed16(der_bytes_max));
    message.signatures.push_back(to_bytes(signature));
  }
  JCA_TRY(in.finish());
  return message;
}

}  // namespace jointca::daemon
