// daemon/published.h — the tokens that hosts fetch: the live WireGuard bindings and lighthouses of
// the authority, whichever parties signed them. Taken from the logs, so that a party which was away
// when they were issued has them as well.
#pragma once

#include <map>
#include <string>

#include "daemon/mirrors.h"
#include "daemon/party_log.h"
#include "daemon/revocation_lists.h"
#include "daemon/revocation_view.h"

namespace jointca::daemon {

class Published {
 public:
  Published(const Member& member, const PartyLog& party_log, const Mirrors& mirrors,
            const RevocationLists& lists, RevocationView& view, Store& store)
      : member_(member),
        log_(party_log),
        mirrors_(mirrors),
        lists_(lists),
        view_(view),
        store_(store) {}

  struct Document {
    std::string text;  ///< {"bindings":[TOKEN, …]}, by name of host
    Digest digest{};   ///< SHA-256 of it
  };
  /// The newest token of this kind of every host, of those that have been signed and are neither on
  /// the newest list of revocations nor over at `now`.
  [[nodiscard]] Result<const Document*, Error> document(std::string_view kind, Time now);

 private:
  struct Token {
    std::string text;
    issued::Statement statement;
  };
  struct Served {
    Time made;
    Document document;
  };
  [[nodiscard]] Result<Ok, Error> learn_all(Time now);
  [[nodiscard]] Result<Ok, Error> learn(Time now);
  [[nodiscard]] Result<bool, Error> take(const Digest& tbs);

  const Member& member_;
  const PartyLog& log_;
  const Mirrors& mirrors_;
  const RevocationLists& lists_;
  RevocationView& view_;
  Store& store_;
  std::map<std::uint16_t, std::uint64_t> read_;  ///< entries of each log that were read
  std::map<Digest, unsigned> early_;  ///< signed before their bytes were known; how often looked at
  std::map<Digest, Token> tokens_;    ///< by SHA-256 of the to-be-signed bytes
  std::map<std::string, Served> served_;
};

}  // namespace jointca::daemon
