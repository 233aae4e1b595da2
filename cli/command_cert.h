// cli/command_cert.h — `jointca cert show` and `jointca cert verify` for Nebula certificates.
#pragma once

#include <iosfwd>
#include <optional>
#include <string>

#include "base/time.h"

namespace jointca::cli {

/// Prints every certificate in `file` ("-": standard input), as text or as a JSON array. Times in
/// the text are also given as a distance from `now`. Returns the exit status: 0, or 1 if the file
/// cannot be read or holds something else.
int cert_show(const std::string& file, bool json, Time now, std::ostream& out, std::ostream& err);

/// Verifies every certificate in `file` under the CAs in `ca_file`, at `at` or now. Returns 0 when
/// all hold, 5 when one does not or cannot be parsed, 1 when a file cannot be read.
int cert_verify(const std::string& file, const std::string& ca_file, std::optional<Time> at,
                bool json, Time now, std::ostream& out, std::ostream& err);

}  // namespace jointca::cli
