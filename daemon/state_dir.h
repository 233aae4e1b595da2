// daemon/state_dir.h — a party's state directory: which file is what, and who holds it.
#pragma once

#include <optional>
#include <string>

#include "base/error.h"
#include "base/secret.h"
#include "ca/authority.h"
#include "crypto/seal.h"
#include "crypto/signing_key.h"
#include "machine/lock.h"

namespace jointca {
class Rng;
}

namespace jointca::daemon {

/// The files under a party's DIR. All are mode 0600 unless public.
struct StatePaths {
  std::string dir;

  [[nodiscard]] std::string card(const std::string& name) const {
    return dir + "/" + name + ".party.json";  // public
  }
  [[nodiscard]] std::string party() const { return dir + "/party.json"; }
  [[nodiscard]] std::string identity() const { return dir + "/identity.sealed"; }
  [[nodiscard]] std::string share() const { return dir + "/share.sealed"; }
  [[nodiscard]] std::string pending() const { return dir + "/ceremony.pending"; }
  [[nodiscard]] std::string authority() const { return dir + "/authority.json"; }  // public
  [[nodiscard]] std::string ca_certificate() const { return dir + "/ca.crt"; }     // public
  [[nodiscard]] std::string database() const { return dir + "/state.db"; }
  [[nodiscard]] std::string lock() const { return dir + "/lock"; }
  [[nodiscard]] std::string admin_socket() const { return dir + "/admin.sock"; }
  [[nodiscard]] std::string evidence() const { return dir + "/evidence"; }
};

/// What `party init` fixed: DIR/party.json.
struct PartySettings {
  std::string name;
  std::string listen;  ///< host:port this party binds for other parties
  std::string api;     ///< host:port this party binds for hosts
  bool trial = false;  ///< made with --insecure-no-passphrase
};

[[nodiscard]] std::string to_json(const PartySettings& settings);
[[nodiscard]] Parsed<PartySettings> settings_from_json(std::string_view text);

/// Keeps every other process from the state directory. Two daemons on one directory would spend
/// nonces and fork the log: the second gets an error.
[[nodiscard]] Result<machine::FileLock, Error> lock_state(const StatePaths& paths);

/// Settings, identity key and card of an initialised party.
struct PartyState {
  StatePaths paths;
  PartySettings settings;
  ca::PartyCard card;
  SigningKey identity;
  SecretBytes passphrase;      ///< kept because the share is sealed under it too
  bool memory_locked = false;  ///< daemon/harden.h, called before any secret was read

  [[nodiscard]] SealCost cost() const { return settings.trial ? seal_cost_trial : seal_cost; }
  /// The key that signs checkpoints of this party's log.
  [[nodiscard]] SigningKey log_key() const { return identity.derive("jointca/log-key/v1"); }
  /// The key that cosigns the other parties' checkpoints: each role has its own.
  [[nodiscard]] SigningKey cosigner_key() const {
    return identity.derive("jointca/cosigner-key/v1");
  }
  /// The key that cosigns checkpoints of outside logs.
  [[nodiscard]] SigningKey witness_key() const { return identity.derive("jointca/witness-key/v1"); }
};

/// Whether init_party() can make one of this name there, as far as that needs no secret. Makes the
/// directory.
[[nodiscard]] Result<Ok, Error> check_new_party(const StatePaths& paths, const std::string& name);

/// Makes identity and card. Refuses a directory that holds a party already.
[[nodiscard]] Result<PartyState, Error> init_party(const StatePaths& paths, PartySettings settings,
                                                   const std::string& advertise_peer,
                                                   const std::string& advertise_api,
                                                   SecretBytes passphrase, Rng& rng);
[[nodiscard]] Result<PartyState, Error> open_party(const StatePaths& paths, SecretBytes passphrase);

/// DIR/authority.json, checked against its ceremony certificate; nothing before the ceremony.
[[nodiscard]] Result<std::optional<ca::Authority>, Error> read_authority(const StatePaths& paths);

}  // namespace jointca::daemon
