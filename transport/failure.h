// transport/failure.h — what the operator reads when a connection fails: what, where, what next.
//
// Internal to transport.
#pragma once

#include <string>

#include <boost/system/error_code.hpp>

#include "base/error.h"
#include "crypto/signing_key.h"
#include "transport/endpoint.h"

namespace jointca::transport {

/// `where` is an endpoint or a socket path. The code is `unreachable`.
[[nodiscard]] Error unreachable(const std::string& where, const std::string& what);
/// Names the cause of `failure` and how to look for it.
[[nodiscard]] Error unreachable(const std::string& where, const boost::system::error_code& failure);
/// The other side proved another key than `pin`. The code is `verification`.
[[nodiscard]] Error wrong_key(const std::string& where, const PublicKey& pin);
/// Why we cannot listen there. The code is `failed`.
[[nodiscard]] Error cannot_listen(const std::string& where,
                                  const boost::system::error_code& failure);

}  // namespace jointca::transport
