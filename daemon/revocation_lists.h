// daemon/revocation_lists.h — the newest list of revocations that this party has, and the numbers
// that it has signed: no number is signed for two lists, whatever happens in between.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "ca/authority.h"
#include "ca/revocations.h"
#include "daemon/member.h"

namespace soci {
class session;
}

namespace jointca::daemon {

class Store;

/// The key under which an authority's lists verify: that of the purpose, derived from its group
/// key. Anyone can compute it. Fails if the group key is no point.
[[nodiscard]] Result<PublicKey, Error> revocations_key(const ca::Authority& authority);

/// For whoever gets a list, from whomever: a list of this authority that t parties signed, whose
/// number is at least `number_min` (the largest that the caller has seen), and which holds at
/// `now`. `document` is as it is served. Fails with `verification`, and says why.
[[nodiscard]] Result<ca::Revocations, Error> verify_revocations(std::string_view document,
                                                                const ca::Authority& authority,
                                                                Time now,
                                                                std::uint64_t number_min = 0);

class RevocationLists {
 public:
  static Result<std::unique_ptr<RevocationLists>, Error> open(const Member& member, Store& store);

  [[nodiscard]] const std::optional<ca::Revocations>& newest() const { return newest_; }
  /// As it is served; empty while there is none.
  [[nodiscard]] const std::string& document() const { return document_; }
  /// SHA-256 of it.
  [[nodiscard]] const Digest& digest() const { return digest_; }
  /// The largest number that this party signed or saw.
  [[nodiscard]] std::uint64_t number() const;

  /// Keeps a list if it is newer than the newest, durably. False if it is the newest already. Fails
  /// on an older one, and on one that does not verify; the newest stays.
  [[nodiscard]] Result<bool, Error> adopt(const std::string& document);
  /// Makes it durable that this party signs a list of this number. Fails if it is not larger than
  /// number().
  [[nodiscard]] Result<Ok, Error> spend(std::uint64_t number, Time now);

 private:
  RevocationLists(const Digest& authority, const PublicKey& key, Store& store)
      : authority_(authority), key_(key), store_(store) {}

  Digest authority_;
  PublicKey key_;
  Store& store_;
  std::optional<ca::Revocations> newest_;
  std::string document_;
  Digest digest_{};
  std::uint64_t spent_ = 0;
};

}  // namespace jointca::daemon
