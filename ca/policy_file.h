// ca/policy_file.h — reads a policy from YAML, strictly: it decides what is signed, so a misspelt
// field must not pass as an absent one.
#pragma once

#include <string_view>

#include "ca/policy.h"

namespace jointca::ca {

inline constexpr std::size_t policy_bytes_max = 64 * 1024;
inline constexpr std::size_t policy_rules_max = 100;
inline constexpr std::size_t policy_list_max = 200;

/// Parses docs/policy.md's format. Refuses unknown and repeated fields, anchors, aliases, tags,
/// several documents and anything above the limits; errors name the line: "policy.yaml line 3".
[[nodiscard]] Parsed<Policy> parse_policy(std::string_view text,
                                          std::string_view file = "policy.yaml");

}  // namespace jointca::ca
