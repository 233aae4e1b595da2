// daemon/ca_signatures.h — what the signers of p256 give to all parties in a key ceremony.
#pragma once

#include <vector>

#include "base/codec.h"

namespace jointca::daemon {

/// One signature for each CA certificate.
struct CaSignatures {
  std::vector<Bytes> signatures;  ///< DER
};
void encode(const CaSignatures& message, Writer& out);
Parsed<CaSignatures> parse(std::type_identity<CaSignatures>, BytesView payload);

}  // namespace jointca::daemon
