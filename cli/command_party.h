// cli/command_party.h — the commands that open a party's state themselves: init, keygen, serve.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace jointca::cli {

struct PartyInitOptions {
  std::string name;
  std::string dir;
  std::string listen;
  std::string advertise;  ///< empty: as listen
  std::string api;        ///< empty: the listening address, one port above
  std::string advertise_api;
  std::optional<std::string> passphrase_file;
  bool no_passphrase = false;
  bool json = false;
};
int party_init(const PartyInitOptions& options);

struct KeygenOptions {
  std::string dir;
  std::string name;
  std::string scheme = "ed25519";
  unsigned min_signers = 0;  ///< 0: a majority
  std::vector<std::string> cards;
  std::vector<std::string> networks;
  std::vector<std::string> groups;
  std::string valid = "365d";
  unsigned successors = 3;
  std::string timeout = "5m";
  bool discard_pending = false;
  std::optional<std::string> passphrase_file;
  bool json = false;
};
int keygen(const KeygenOptions& options);

/// Fetches what this party's log is missing from the other parties' copies of it.
int log_recover(const std::string& dir, const std::optional<std::string>& passphrase_file,
                bool json);

struct ServeCommandOptions {
  std::string dir;
  std::optional<std::string> policy;
  std::optional<std::string> witnessing;
  std::optional<std::string> passphrase_file;
};
int serve(const ServeCommandOptions& options);

}  // namespace jointca::cli
