// daemon/published.h — the tokens that hosts fetch: the live WireGuard bindings and lighthouses of
// the authority, whichever parties signed them. Taken from what the logs say, so that a party which
// was away when they were issued has them as well.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>

#include "daemon/revocation_lists.h"
#include "daemon/revocation_view.h"
#include "issued/token.h"

namespace jointca::daemon {

/// From here on it is said that a document will be full.
inline constexpr unsigned nearly_full_percent = 90;

/// For hosts that are new; `exceeded`: not even for those that are there.
enum class Room : std::uint8_t { enough, little, none, exceeded };

class Published {
 public:
  /// `notice` hears when a document becomes nearly full, full, or less full again, once. `limits`
  /// are smaller than what hosts take in tests only.
  Published(const RevocationLists& lists, RevocationView& view, Store& store,
            std::function<void(const std::string&)> notice, issued::TokenLimits limits = {})
      : lists_(lists), view_(view), store_(store), notice_(std::move(notice)), limits_(limits) {}

  /// Takes in whatever the database has. Before the first question: of ten thousand hosts it takes
  /// seconds.
  [[nodiscard]] Result<Ok, Error> load(Time now);

  struct Document {
    std::string text;               ///< {"bindings":[TOKEN, …]}, by name of host
    Digest digest{};                ///< SHA-256 of it
    std::set<std::string> names{};  ///< name_key() of every host that has one
    std::size_t left_out = 0;       ///< of them, the last: a host would refuse the whole
    unsigned percent = 0;           ///< of what a host takes, in tokens or in bytes
  };
  /// The newest token of this kind of every host, of those that have been signed and are neither on
  /// the newest list of revocations nor over at `now`.
  [[nodiscard]] Result<const Document*, Error> document(std::string_view kind, Time now);
  /// Why this host, which is new, cannot be published as well; empty if it can, or is there.
  [[nodiscard]] Result<std::string, Error> no_room(std::string_view kind, const std::string& name,
                                                   Time now);
  [[nodiscard]] const issued::TokenLimits& limits() const { return limits_; }

 private:
  struct Token {
    std::string text;
    issued::Statement statement;
  };
  struct Served {
    Time made;
    Document document;
    Room told = Room::enough;
  };
  /// Takes in the next of what came since; whether that was all.
  [[nodiscard]] Result<bool, Error> learn(Time now);
  [[nodiscard]] Result<Ok, Error> take(const Digest& tbs);
  [[nodiscard]] Document made_of(std::string_view kind,
                                 const std::map<std::string, const Token*>& newest) const;
  void tell(std::string_view kind, Served& served) const;

  const RevocationLists& lists_;
  RevocationView& view_;
  Store& store_;
  std::function<void(const std::string&)> notice_;
  issued::TokenLimits limits_;
  long long taken_ = 0;             ///< the last row of `signed_token` that was taken in
  Time looked_;                     ///< when
  std::map<Digest, Token> tokens_;  ///< by SHA-256 of the to-be-signed bytes
  std::map<std::string, Served> served_;
};

}  // namespace jointca::daemon
