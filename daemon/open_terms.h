// daemon/open_terms.h — the terms under which a party would sign each request that was proposed to
// it: one set at a time, whoever coordinates.
//
// Two coordinators may propose one request at once, each with terms of its own. Were both sets open
// at all signers, one could log these and another one those, and since logged terms never change,
// exactly t parties would never agree again. So the later proposal displaces the earlier one, which
// is not signed any more. That alone would let coordinators displace each other for ever: the first
// proposal of a request by each coordinator stands for reservation_lifetime against those with
// higher numbers, who are told its terms and take them up.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <set>

#include "base/time.h"
#include "ca/subject.h"

namespace jointca::daemon {

/// How long what a proposal would give is kept from other coordinators and their hosts.
inline constexpr Duration reservation_lifetime{10};
/// How long nonces, and the terms that go with them, wait for their sign request.
inline constexpr Duration session_lifetime{60};

class OpenTerms {
 public:
  /// The terms that stand against these, of a proposal by `coordinator`.
  [[nodiscard]] std::optional<ca::Subject> against(const Digest& request,
                                                   const ca::Subject& proposed,
                                                   std::uint16_t coordinator, Time now) const;
  /// These were approved; other ones of the request are open no more.
  void open(const Digest& request, const ca::Subject& approved, std::uint16_t coordinator,
            Time now);
  [[nodiscard]] bool is_open(const Digest& request, const ca::Subject& subject) const;

 private:
  struct Open {
    ca::Subject subject;
    std::uint16_t coordinator = 0;
    bool first = false;  ///< it was the coordinator's first proposal of the request
    Time since, until;
    std::set<std::uint16_t> coordinators;  ///< that have proposed the request
  };
  void forget_old(Time now);

  std::map<Digest, Open> open_;  // by request
  std::deque<std::pair<Time, Digest>> ends_;
};

}  // namespace jointca::daemon
