// daemon/published.h — the tokens that hosts fetch: the live WireGuard bindings and lighthouses of
// the authority, whichever parties signed them. Taken from what the logs say, so that a party which
// was away when they were issued has them as well.
#pragma once

#include <map>
#include <string>

#include "daemon/revocation_lists.h"
#include "daemon/revocation_view.h"

namespace jointca::daemon {

class Published {
 public:
  Published(const RevocationLists& lists, RevocationView& view, Store& store)
      : lists_(lists), view_(view), store_(store) {}

  /// Takes in whatever the database has. Before the first question: of ten thousand hosts it takes
  /// seconds.
  [[nodiscard]] Result<Ok, Error> load(Time now);

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
  /// Takes in the next of what came since; whether that was all.
  [[nodiscard]] Result<bool, Error> learn(Time now);
  [[nodiscard]] Result<Ok, Error> take(const Digest& tbs);

  const RevocationLists& lists_;
  RevocationView& view_;
  Store& store_;
  long long taken_ = 0;             ///< the last row of `signed_token` that was taken in
  Time looked_;                     ///< when
  std::map<Digest, Token> tokens_;  ///< by SHA-256 of the to-be-signed bytes
  std::map<std::string, Served> served_;
};

}  // namespace jointca::daemon
