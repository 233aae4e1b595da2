// host/documents.h — what a host fetches from the parties for all hosts: the list of revocations,
// and the tokens of bindings and lighthouses. Nothing is kept that was not verified, and nothing
// older replaces what is there.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "ca/revocations.h"
#include "host/files.h"
#include "host/order.h"
#include "host/parties.h"

namespace jointca::host {

/// What came of one fetching. A document that a party has just as it is here is not sent again.
struct Fetched {
  bool changed = false;              ///< the file was written
  unsigned answered = 0;             ///< parties that gave an answer that holds
  std::vector<std::string> missing;  ///< a line for each party that gave no document
  std::vector<std::string> refused;  ///< a line for each document that was not taken, or not whole
};

/// The list of revocations in the host's directory, if it is the authority's. Its age is for the
/// caller.
[[nodiscard]] Result<std::optional<ca::Revocations>, Error> read_revocations(
    const Paths& paths, const ca::Authority& authority);

/// Asks every party, and keeps the list with the largest number. Refused is one that is over, not
/// signed by the authority, or has a smaller number than the one that is here; each names who
/// served it, or still has it.
[[nodiscard]] Result<Fetched, Error> fetch_revocations(Calls& calls, const Paths& paths,
                                                       const ca::Authority& authority, Time now);

/// The file holds {"FIELD":[TOKEN, …]}, as the parties serve it.
struct TokenFile {
  std::string_view kind;  ///< issued::wireguard_kind or lighthouse_kind
  std::string path;
};
[[nodiscard]] TokenFile bindings_file(const Paths& paths);
[[nodiscard]] TokenFile lighthouses_file(const Paths& paths);

/// Asks every party for the tokens of a kind, and keeps those that hold: of each host the newest,
/// none that is on the list of revocations. A party can hide none that another serves.
[[nodiscard]] Result<Fetched, Error> fetch_tokens(Calls& calls, const TokenFile& file,
                                                  const ca::Authority& authority,
                                                  const std::optional<ca::Revocations>& revoked,
                                                  Time now);

/// The tokens in a file; none if there is no file.
[[nodiscard]] Result<std::vector<std::string>, Error> read_tokens(const TokenFile& file);

}  // namespace jointca::host
