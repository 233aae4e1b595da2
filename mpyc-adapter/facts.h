// mpyc-adapter/facts.h — what a member's machine has, beside what the manifest says: `session
// review` and `check` show the differences.
#pragma once

#include <map>

#include "mpyc-adapter/manifest.h"

namespace jointca::mpyc {

/// Versions of MPyC on which options and guard were tried. With another one no session runs.
inline constexpr std::array<std::string_view, 1> tested_versions{"0.11"};

/// What was found. The shell looks; nothing here reads a file or a clock.
struct Facts {
  Digest authority{};
  PublicKey identity;                    ///< of this host
  std::string name;                      ///< of this host
  std::vector<ca::IpAddress> addresses;  ///< of the seats' those that this machine has
  std::map<std::string, Digest> files;   ///< of those in the manifest that are here, by path
  std::string mpyc;                      ///< version; empty: not installed
  Digest package{};                      ///< tree_digest() of its *.py files
  PythonVersion python;
  std::vector<std::string> environment;  ///< names of variables that are set
  std::uint64_t revocations = 0;         ///< number of the list that the host has
  Time now;
};

/// One fact that is not as agreed.
struct Difference {
  std::string field;   ///< of the manifest: "program.files.weights.npy"
  std::string agreed;  ///< what the manifest says
  std::string here;    ///< what this machine has; "missing"

  bool operator==(const Difference&) const = default;
};

/// In the manifest's order; none: this member could take its seat. Fields: "authority",
/// "not_before", "not_after", "revocations", "seats" (this host has none), "seats.N.name",
/// "seats.N.address", "program.main", "program.files.PATH", "runtime.mpyc" (another version, or one
/// that was not tried), "runtime.package", "runtime.python", "environment.NAME" (a variable that
/// changes what MPyC does).
[[nodiscard]] std::vector<Difference> differences(const Manifest& manifest, const Facts& facts);

}  // namespace jointca::mpyc
