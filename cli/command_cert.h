// cli/command_cert.h — `jointca cert show` and `jointca cert verify` for certificates of Nebula and
// X.509: the banner of a file's first block decides which they are.
#pragma once

#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace jointca::cli {

/// Whether the first block of a file is of X.509.
[[nodiscard]] bool is_x509(std::string_view pem);

/// Prints every certificate in `file` ("-": standard input), as text or as a JSON array. Times in
/// the text are also given as a distance from `now`. Returns the exit status: 0, or 1 if the file
/// cannot be read or holds something else.
int cert_show(const std::string& file, bool json, Time now, std::ostream& out, std::ostream& err);

struct CertVerifyOptions {
  std::string file;  ///< "-": standard input
  std::string ca{};  ///< a bundle of CA certificates, or of anchors; empty: those of `authority`
  std::string authority{};          ///< authority.json, or empty
  std::string proofs{};             ///< directory of tlog-proofs, or empty; needs `authority`
  std::optional<std::string> at{};  ///< RFC 3339; default: now
  bool json = false;
  std::string revocations{};  ///< a list of revocations or where it is, or empty; needs `authority`
  std::uint64_t number_min = 0;  ///< the largest number of a list that was seen
};

/// Verifies every certificate in the file under the CA and, if there are proofs, that min_signers
/// parties logged it, and if there is a list of revocations, that they are not on it. Returns 0
/// when all hold, 5 when one does not or cannot be parsed or the list does not hold, 2 for wrong
/// options, 1 when a file cannot be read.
int cert_verify(const CertVerifyOptions& options, Time now, std::ostream& out, std::ostream& err);

}  // namespace jointca::cli
