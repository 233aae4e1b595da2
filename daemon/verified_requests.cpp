#include "daemon/verified_requests.h"

#include "crypto/hash.h"

namespace jointca::daemon {
namespace {

constexpr std::size_t requests_max = 4096;

}  // namespace

Result<enroll::VerifiedRequest, enroll::RequestFault> VerifiedRequests::verify(BytesView sealed) {
  const Digest digest = sha256(sealed);
  if (const auto found = known_.find(digest); found != known_.end()) return found->second;
  auto verified =
      enroll::verify_request(sealed, member_.authority.id,
                             [this](const PublicKey& key) { return member_.party_name(key); });
  if (!verified) return verified;  // failures are not kept: they cost their sender a request each
  known_.emplace(digest, *verified);
  order_.push_back(digest);
  if (order_.size() > requests_max) {
    known_.erase(order_.front());
    order_.pop_front();
  }
  return verified;
}

}  // namespace jointca::daemon
