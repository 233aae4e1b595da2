// ca/claims.h — the claims that all tokens of an authority have in common, RFC 7519 §4.1: written
// by the adapters, read here.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json_fields.h"
#include "base/time.h"
#include "ca/subject.h"

namespace jointca::ca {

/// A text of at most `bytes_max` bytes.
[[nodiscard]] Parsed<std::string> read_text(JsonObject& object, std::string_view name,
                                            std::size_t bytes_max);
/// 32 bytes in hexadecimal.
[[nodiscard]] Parsed<Digest> read_digest(JsonObject& object, std::string_view name);
/// A NumericDate from 1970 to 9999, without a fraction.
[[nodiscard]] Parsed<Time> read_time(JsonObject& object, std::string_view name);
/// The name of a host.
[[nodiscard]] Parsed<std::string> read_host_name(JsonObject& object, std::string_view name);
/// 1 to host_networks_max prefixes as texts.
[[nodiscard]] Parsed<std::vector<Prefix>> read_networks(JsonObject& object, std::string_view name);

/// The address in "ADDRESS:PORT", if it is in its one form: IPv4, or IPv6 (RFC 5952) in brackets,
/// of one other machine (not zero, loopback, link-local, multicast, or IPv4 in IPv6); port 1 …
/// 65535. No host names: they would have to be resolved, and could change.
[[nodiscard]] std::optional<IpAddress> endpoint_address(std::string_view text);
[[nodiscard]] inline bool is_endpoint(std::string_view text) {
  return endpoint_address(text).has_value();
}

}  // namespace jointca::ca
