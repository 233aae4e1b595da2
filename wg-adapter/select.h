// wg-adapter/select.h — which bindings become peers of this host, and why the others do not.
//
// Pure: the same bindings at the same time give the same peers.
#pragma once

#include <set>
#include <span>
#include <string>
#include <vector>

#include "wg-adapter/binding.h"

namespace jointca::wireguard {

/// A binding whose signature was checked, with its fingerprint.
struct Opened {
  Binding binding;
  Digest fingerprint{};
};

/// What a peer has to be on the interface.
struct PeerSettings {
  std::string name;
  Digest fingerprint{};  ///< of the binding
  Digest public_key{};
  std::vector<ca::Prefix> allowed_ips;  ///< its addresses, /32 and /128; ascending
  std::string endpoint;                 ///< or empty
  std::uint16_t keepalive = 0;          ///< seconds; 0: off

  bool operator==(const PeerSettings&) const = default;
};

/// A binding that is no peer.
struct LeftOut {
  std::string name;
  std::string fingerprint;  ///< hexadecimal; empty if the token could not be read
  std::string rule;         ///< a stable name
  std::string reason;       ///< a sentence

  bool operator==(const LeftOut&) const = default;
};

struct Selection {
  std::vector<PeerSettings> peers;  ///< by public key
  std::vector<LeftOut> left_out;
  /// Why this host's own binding does not hold: "expired", "not yet valid", "revoked". It has no
  /// peers then. Empty: it holds.
  std::string own_problem;
  /// When the answer will be another one, if only time passes: the next beginning or end of a
  /// binding. Nothing ends: Time::max().
  Time next_change = Time::max();
};

/// The peers of the host that `own` names, of all bindings of its authority.
///
/// What names this host itself is skipped. Of several bindings of one name the newest counts: a
/// host was renewed, or has a new key. Left out are, by rule: "expired", "not yet valid",
/// "revoked"; "own key", another host with this host's key; "own address"; "same name", two that
/// differ and began in the same second; "same key" and "overlap", two hosts with one key or
/// address, neither of which is taken, so that a new one never displaces an old one unnoticed.
[[nodiscard]] Selection select_peers(const Opened& own, std::span<const Opened> bindings,
                                     const std::set<Digest>& revoked, Time now);

/// Seconds between packets of a host that has no endpoint, to those who have one: keeps the way
/// back open through the address translation that it may be behind.
inline constexpr std::uint16_t keepalive_seconds = 25;

}  // namespace jointca::wireguard
