// base/error.h — failures of the environment, addressed to the operator.
#pragma once

#include <string>
#include <utility>

#include "base/result.h"

namespace jointca {

/// What went wrong outside our control. One or two lines: what failed, where, what to do next.
struct Error {
  /// The values are the program's exit statuses (cli: docs/operations, "Exit status").
  enum class Code {
    failed = 1,        ///< disk, network, bad file
    usage = 2,         ///< wrong arguments or configuration
    refused = 3,       ///< refused by policy
    unreachable = 4,   ///< not enough parties could be reached
    verification = 5,  ///< a signature, proof or certificate does not hold
    misbehaviour = 6,  ///< a party broke the protocol; evidence was written
  };
  Code code = Code::failed;
  std::string message;
};

[[nodiscard]] inline Unexpected<Error> failed(std::string message) {
  return {Error{Error::Code::failed, std::move(message)}};
}
[[nodiscard]] inline Unexpected<Error> failed(Error::Code code, std::string message) {
  return {Error{code, std::move(message)}};
}

/// Why an input is not a value of its format, and where.
struct ParseError {
  std::string where;   ///< "byte 17", "policy.networks[2]", "line 3"
  std::string reason;  ///< "truncated", "expected a prefix"

  [[nodiscard]] std::string text() const { return where.empty() ? reason : where + ": " + reason; }
};

template <class T>
using Parsed = Result<T, ParseError>;

[[nodiscard]] inline Unexpected<ParseError> malformed(std::string where, std::string reason) {
  return {ParseError{std::move(where), std::move(reason)}};
}

}  // namespace jointca
