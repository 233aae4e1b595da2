// wg-adapter/state.h — what jointca did to one interface, so that it can be undone and so that an
// unchanged run has nothing to do. Kept as DIR/wireguard/IF.interface.json.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wg-adapter/plan.h"

namespace jointca::wireguard {

inline constexpr std::size_t state_bytes_max = std::size_t{32} << 20;

/// Which interface of its name. Another one has another index, or came up after another boot.
struct Incarnation {
  unsigned index = 0;  ///< 0: none yet
  std::string boot;    ///< the kernel's boot_id

  bool operator==(const Incarnation&) const = default;
};

/// What the last complete run was given, and what it left.
struct Applied {
  Digest input{};   ///< of everything that was read
  Digest device{};  ///< settings_digest()
  Time at;
  Time next_change = Time::max();
  std::string own_problem;            ///< as Selection's
  std::vector<std::string> warnings;  ///< sentences for the operator
  std::vector<LeftOut> left_out;

  bool operator==(const Applied&) const = default;
};

struct InterfaceState {
  std::string interface;
  Incarnation incarnation;                   ///< what the next five are about
  std::string made_by;                       ///< "kernel" or "wireguard-go"; empty: not by us
  std::vector<ca::Prefix> addresses;         ///< that we put on it
  bool up = false;                           ///< we brought it up
  bool key = false;                          ///< we gave it its private key
  std::optional<std::uint16_t> port_before;  ///< the listen port that we replaced
  OwnedPeers owned;
  std::uint64_t revocations_number = 0;  ///< of the newest list seen; 0: none
  std::optional<Applied> applied;        ///< nothing: a run did not come to its end

  bool operator==(const InterfaceState&) const = default;
};

[[nodiscard]] std::string to_json(const InterfaceState& state);
[[nodiscard]] Parsed<InterfaceState> state_from_json(std::string_view text);

}  // namespace jointca::wireguard
