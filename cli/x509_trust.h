// cli/x509_trust.h — certificates of X.509 under the anchors that somebody trusts.
#pragma once

#include <string_view>
#include <vector>

#include "ca/authority.h"
#include "x509-adapter/verify.h"

namespace jointca::cli {

using Anchors = std::vector<x509::Details>;

/// Those in a file; each must be signed by its own key.
[[nodiscard]] Parsed<Anchors> read_anchors(std::string_view pem);
/// The one of an authority, which needs no file.
[[nodiscard]] Anchors anchors_of(const ca::Authority& authority);

/// A leaf holds under one of the anchors, as x509::verify() says; an anchor is one of them, signed
/// by its own key, and valid.
[[nodiscard]] Result<Ok, x509::Rejection> verify_x509(const x509::Certificate& certificate,
                                                      const Anchors& anchors, Time at);

}  // namespace jointca::cli
