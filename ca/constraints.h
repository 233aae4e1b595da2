// ca/constraints.h — what the authority as a whole allows, whatever a party's own policy says.
#pragma once

#include <string>
#include <vector>

#include "ca/subject.h"

namespace jointca::ca {

/// Fixed at key generation and part of the ceremony that all parties signed.
struct Constraints {
  std::vector<Prefix> networks;     ///< the overlay, v4 or v6 or both; masked
  std::vector<std::string> groups;  ///< the groups that may be given; empty: any
  Time not_before;                  ///< of the CA certificate
  Time not_after;                   ///< of the CA certificate
};

}  // namespace jointca::ca
