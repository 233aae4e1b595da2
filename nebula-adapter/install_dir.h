// nebula-adapter/install_dir.h — the directory that Nebula reads, in which one whole set of files
// takes the place of another in one step.
//
//   ca.crt, host.crt, host.key              → .jointca/current/…
//   config.yml, or 90-jointca-pki.yml       → .jointca/current/config, or …/fragment
//   .jointca/current                        → set-7
//   .jointca/set-7/{ca.crt, host.crt, host.key, config|fragment, state.json}
//   .jointca/set-6/…                          the set before it
//
// Renaming the one link `current` replaces all files; the paths that Nebula knows stay. Nothing in
// .jointca ends in .yml, because Nebula reads a configuration directory with its subdirectories.
// docs/decisions/0010-one-link-swaps-the-set.md.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "machine/lock.h"
#include "nebula-adapter/host_set.h"
#include "nebula-adapter/reload.h"

namespace jointca::nebula {

/// A process that runs with what only a new start can replace.
struct OwedRestart {
  ProcessIdentity process;
  std::vector<std::string> reasons;

  bool operator==(const OwedRestart&) const = default;
};

/// What is remembered beside the files of a set.
struct InstallState {
  Digest config{};                ///< SHA-256 of the config or fragment as it was written
  std::uint64_t revocations = 0;  ///< number of the list that the blocklist is from; 0: none
  StartOptions start;             ///< not in a fragment
  bool reload_owed = false;       ///< put in force, and a running Nebula not yet seen to take it
  std::optional<OwedRestart> restart{};  ///< of no interest once that process has ended

  bool operator==(const InstallState&) const = default;
};
[[nodiscard]] std::string to_json(const InstallState& state);
[[nodiscard]] Parsed<InstallState> parse_install_state(std::string_view text);

/// One set, as it is or is to be.
struct SetFiles {
  HostSet host;
  std::string config;
  std::optional<InstallState> state;  ///< none: files that jointca did not write
};

/// Opened and locked until the end of its scope: one installation at a time.
class InstallDir {
 public:
  /// Makes the directory if it is missing. `fragment`: only `pki:`, beside the operator's own
  /// configuration. Fails unless it can be written.
  static Result<InstallDir, Error> open(const std::string& dir, bool fragment);

  /// The stable paths, absolute.
  [[nodiscard]] PkiPaths pki() const { return paths_in(dir_); }
  [[nodiscard]] std::string config_path() const { return dir_ + "/" + config_link(); }
  /// Those of one set.
  [[nodiscard]] PkiPaths pki(const std::string& set) const { return paths_in(path_of(set)); }
  [[nodiscard]] const std::string& dir() const { return dir_; }
  [[nodiscard]] bool is_fragment() const { return fragment_; }

  /// The set that is in force; nothing if there is none.
  [[nodiscard]] Result<std::optional<SetFiles>, Error> installed() const;
  /// Its name.
  [[nodiscard]] std::optional<std::string> current() const;
  /// The files in our places that jointca did not write, or that were edited since.
  [[nodiscard]] std::vector<std::string> foreign(const std::optional<SetFiles>& installed) const;
  /// Whether every name of ours is there.
  [[nodiscard]] bool complete() const;
  /// Makes the foreign files part of a set, in force with unchanged content, so that it can be
  /// replaced and restored like any other.
  [[nodiscard]] Result<Ok, Error> adopt(const std::vector<std::string>& foreign,
                                        const std::optional<SetFiles>& installed);

  /// Writes a set beside those that are there, and returns its name. It is not in force yet.
  [[nodiscard]] Result<std::string, Error> stage(const SetFiles& set);
  /// Puts the set in force: the one step.
  [[nodiscard]] Result<Ok, Error> activate(const std::string& set);
  /// Puts back what was in force, or nothing.
  [[nodiscard]] Result<Ok, Error> restore(const std::optional<std::string>& set);
  /// Replaces what is remembered beside the set in force.
  [[nodiscard]] Result<Ok, Error> remember(const InstallState& state);
  /// Removes all sets but these.
  void prune(const std::vector<std::optional<std::string>>& kept);

 private:
  InstallDir(std::string dir, bool fragment, machine::FileLock lock)
      : dir_(std::move(dir)), fragment_(fragment), lock_(std::move(lock)) {}
  [[nodiscard]] static PkiPaths paths_in(const std::string& dir);
  [[nodiscard]] std::string store() const { return dir_ + "/.jointca"; }
  [[nodiscard]] std::string path_of(const std::string& set) const { return store() + "/" + set; }
  [[nodiscard]] std::string config_link() const;
  [[nodiscard]] std::string config_name() const { return fragment_ ? "fragment" : "config"; }
  /// Each file that is ours: its name in the directory and in a set.
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> names() const;
  [[nodiscard]] std::vector<std::string> sets() const;
  [[nodiscard]] Result<std::string, Error> new_set();
  [[nodiscard]] Result<Ok, Error> leave_other_mode();
  [[nodiscard]] Result<Ok, Error> link_config_of(const std::string& set);

  std::string dir_;
  bool fragment_;
  machine::FileLock lock_;  ///< of the directory
};

}  // namespace jointca::nebula
