// wg-adapter/install.h — keeping one interface in step with the bindings, and undoing exactly that.
//
// Order: state written with what is about to be ours → peers removed → peers added and changed →
// state written with what is. A run that was interrupted is completed by the next one.
#pragma once

#include <optional>
#include <string>

#include "wg-adapter/link.h"

namespace jointca::wireguard {

/// What an interface is to be.
struct Wanted {
  Digest public_key{};                       ///< of the private key in key_path
  std::string key_path;                      ///< absolute
  std::vector<ca::Prefix> addresses;         ///< of the host
  std::optional<std::uint16_t> listen_port;  ///< asked for by the operator
  std::optional<std::uint16_t> own_port;     ///< of the host's own endpoint; for what we made only
  Selection selection;
  std::vector<std::string> warnings;  ///< for the report
  std::uint64_t revocations_number = 0;
  Digest input{};  ///< of all that this was made from
};

struct Report {
  std::string interface;
  std::string made_by;     ///< "kernel", "wireguard-go"; empty: it was there before
  bool unchanged = false;  ///< nothing was verified or changed: the same input, the same interface
  std::size_t peers = 0, added = 0, changed = 0, removed = 0;
  std::string own_problem;  ///< as Selection's
  std::vector<std::string> warnings;
  std::vector<LeftOut> left_out;
};

/// The state file of an interface; nothing if there is none.
[[nodiscard]] Result<std::optional<InterfaceState>, Error> read_state(const std::string& path);

/// The report of an earlier run, if this one would be given the same and find the interface as
/// that run left it. Runs `wg show` only.
[[nodiscard]] Result<std::optional<Report>, Error> unchanged(const InterfaceState& state,
                                                             const Digest& input, Time now);

/// Makes the interface if it is missing. Fails before anything is changed if the interface has the
/// private key of somebody else; a failure after it was made here deletes it again.
[[nodiscard]] Result<Report, Error> install(const std::string& interface,
                                            const std::string& state_path, const Wanted& wanted,
                                            Time now);

/// Undoes what the state file says, and deletes it. Peers, keys and addresses of others stay.
[[nodiscard]] Result<Report, Error> remove(const InterfaceState& state,
                                           const std::string& state_path);

}  // namespace jointca::wireguard
