// host/holdings.h — what a host has: its statements, until when, and when it renews them.
#pragma once

#include <string>
#include <vector>

#include "host/files.h"
#include "issued/statement.h"

namespace jointca::host {

/// One statement of the host's files, not verified again.
struct Holding {
  std::string kind;
  std::string name;
  std::vector<std::string> networks;
  std::vector<std::string> groups;
  Digest fingerprint{};
  Time not_before;
  Time not_after;
};

/// What is in nebula/host.crt, lighthouse.jws, binding.jws and x509/host.crt. Fails if a file
/// cannot be read; there is at least one.
[[nodiscard]] Result<std::vector<Holding>, Error> read_holdings(const Paths& paths);

/// When a host renews what it has: two thirds into the life that ends first, and up to a twentieth
/// of it later, by a number that differs from host to host and stays the same.
[[nodiscard]] Time renewal_time(const std::vector<Holding>& holdings);

/// When all of it is over.
[[nodiscard]] Time first_end(const std::vector<Holding>& holdings);

/// How long to wait after so many failures in a row, at least one, when `left` is left until
/// first_end(): a minute, doubled each time, up to an hour, but no more than an eighth of what is
/// left (five seconds at least) while there is any. Of that half to all, by `random`.
[[nodiscard]] Duration backoff(unsigned failures, Duration left, std::uint8_t random);

}  // namespace jointca::host
