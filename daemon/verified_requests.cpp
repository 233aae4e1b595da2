#include "daemon/verified_requests.h"

#include "crypto/hash.h"

namespace jointca::daemon {
namespace {

constexpr std::size_t requests_max = 4096;
constexpr std::size_t bytes_max = std::size_t{32} << 20;  // as they came

}  // namespace

Result<Asked, enroll::RequestFault> VerifiedRequests::verify(BytesView sealed) {
  const Digest digest = sha256(sealed);
  if (const auto found = known_.find(digest); found != known_.end()) return found->second;
  auto verified = verify_asked(sealed, member_.authority.id,
                               [this](const PublicKey& key) { return member_.party_name(key); });
  if (!verified) return verified;  // failures are not kept: they cost their sender a request each
  known_.emplace(digest, *verified);
  order_.push_back({digest, sealed.size()});
  bytes_ += sealed.size();
  while (order_.size() > requests_max || bytes_ > bytes_max) {
    known_.erase(order_.front().digest);
    bytes_ -= order_.front().bytes;
    order_.pop_front();
  }
  return verified;
}

}  // namespace jointca::daemon
