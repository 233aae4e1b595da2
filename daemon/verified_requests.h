// daemon/verified_requests.h — requests whose signatures this process has checked already.
//
// One request is looked at several times: when the host sends it, when it is proposed, when its
// certificates are told. Whether it verifies depends on its bytes and on the authority alone, so
// the answer is kept, under the digest of all its bytes, for as long as there is room.
#pragma once

#include <deque>
#include <map>

#include "daemon/member.h"
#include "enroll/request.h"

namespace jointca::daemon {

class VerifiedRequests {
 public:
  explicit VerifiedRequests(const Member& member) : member_(member) {}

  /// As enroll::verify_request, for this authority.
  [[nodiscard]] Result<enroll::VerifiedRequest, enroll::RequestFault> verify(BytesView sealed);

 private:
  const Member& member_;
  std::map<Digest, enroll::VerifiedRequest> known_;
  std::deque<Digest> order_;  // oldest first
};

}  // namespace jointca::daemon
