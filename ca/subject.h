// ca/subject.h — whom a certificate names, and for how long.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "ca/network.h"

namespace jointca::ca {

/// What can be issued to a host. The numbers are part of signed encodings.
enum class Kind : std::uint8_t { nebula = 1, wireguard = 2, x509 = 3 };

/// Every kind, in the order of their numbers.
inline constexpr std::array<Kind, 3> all_kinds{Kind::nebula, Kind::wireguard, Kind::x509};

/// "nebula", "wireguard", "x509".
[[nodiscard]] std::string_view to_text(Kind kind);
[[nodiscard]] std::optional<Kind> kind_from_text(std::string_view text);
[[nodiscard]] std::optional<Kind> kind_from_number(std::uint8_t number);

inline constexpr std::size_t host_name_bytes_max = 253;
inline constexpr std::size_t group_name_bytes_max = 64;
inline constexpr std::size_t host_groups_max = 32;
inline constexpr std::size_t host_networks_max = 8;

/// 1 to 253 ASCII letters, digits, '-', '.' and '_', not beginning with '-' or '.'. Nebula takes
/// any text, control characters included.
[[nodiscard]] bool is_host_name(std::string_view name);

/// 1 to 64 ASCII letters, digits, '-', '.', '_' and ':'. No comma: nebula-cert splits lists at it.
[[nodiscard]] bool is_group_name(std::string_view group);

/// The sentence about a text that is none, with the text (other than visible ASCII as '?') and what
/// is expected.
[[nodiscard]] std::string not_a_host_name(std::string_view text);
[[nodiscard]] std::string not_a_group_name(std::string_view text);

/// "session:" and the hexadecimal digits of its id: the name of a session of MPyC where hosts have
/// theirs. No host has such a name.
[[nodiscard]] std::string session_name(const std::array<std::uint8_t, 16>& id);
[[nodiscard]] bool is_session_name(std::string_view text);

/// The form under which a name is unique: ASCII lower case.
[[nodiscard]] std::string name_key(std::string_view name);

/// The facts that every certificate of one host states, whatever its kind.
struct Subject {
  std::string name;
  std::vector<Prefix> networks;  ///< the host's addresses, each with the overlay's prefix length
  std::vector<std::string> groups;
  Time not_before;
  Time not_after;

  bool operator==(const Subject&) const = default;
};

}  // namespace jointca::ca
