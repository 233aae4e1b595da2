// tests/fuzz/request.cpp — a sealed request, for whatever authority it names.
#include "enroll/request.h"

using namespace jointca;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const BytesView input(data, size);
  // The authority stands behind the length of the body and its version.
  const auto authority =
      to_array<32>(input.subspan(std::min<std::size_t>(size, 3)).first(size < 3 + 32 ? 0 : 32));
  const auto verified =
      enroll::verify_request(input, authority.value_or(Digest{}),
                             [](const PublicKey&) { return std::optional<std::string>("alpha"); });
  if (verified) {
    JCA_ASSERT(enroll::request_digest(verified->request()) == verified->digest());
    const auto proposal = enroll::to_proposal(*verified, {}, Time(), Time());
    JCA_ASSERT(ca::is_host_name(proposal.subject.name));
  }
  return 0;
}
