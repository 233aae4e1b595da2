// daemon/verified_requests.h — requests whose signatures this process has checked already.
//
// One request is looked at several times: when the host sends it, when it is proposed, when its
// certificates are told. Whether it verifies depends on its bytes and on the authority alone, so
// the answer is kept, under the digest of all its bytes, for as long as there is room.
#pragma once

#include <deque>
#include <map>

#include "daemon/asked.h"
#include "daemon/member.h"

namespace jointca::daemon {

class VerifiedRequests {
 public:
  explicit VerifiedRequests(const Member& member) : member_(member) {}

  /// As verify_asked(), for this authority.
  [[nodiscard]] Result<Asked, enroll::RequestFault> verify(BytesView sealed);

 private:
  const Member& member_;
  struct Known {
    Digest digest{};
    std::size_t bytes = 0;
  };
  std::map<Digest, Asked> known_;
  std::deque<Known> order_;  // oldest first
  std::size_t bytes_ = 0;
};

}  // namespace jointca::daemon
