// audit/index.h — every certificate that any log speaks of, merged: who logged it, and what came of
// it. Keeps keys of 32 bytes and shared texts, never entries, so that millions fit into memory.
#pragma once

#include <map>
#include <unordered_map>

#include "audit/pool.h"
#include "ca/network.h"
#include "log/entry.h"

namespace jointca::audit {

/// A set of parties: bit i − 1 is the party with identifier i.
using Parties = std::uint64_t;
[[nodiscard]] constexpr Parties only(std::uint16_t party) { return Parties{1} << (party - 1); }

inline constexpr std::uint32_t nothing = 0xFFFFFFFF;  ///< no element of a pool

/// That one log has the intent.
struct Sighting {
  std::uint64_t index = 0;
  Time approved_at;
  std::uint32_t next = nothing;      ///< of the same item
  std::uint32_t approval = nothing;  ///< shared text: rule, line feed, "policy" or "operator"
  std::uint16_t party = 0;
};

enum class Verdict : std::uint8_t {
  unknown,  ///< nobody has the bytes
  holds,
  fails,
};

/// That one log has a signature for it.
struct Outcome {
  Digest fingerprint{};
  std::uint64_t index = 0;
  Time time;
  std::uint32_t item = nothing;
  std::uint32_t next = nothing;  ///< of the same item
  std::uint16_t party = 0;
  Verdict verdict = Verdict::unknown;
};

/// What certificates of one host say alike, shared.
struct Subject {
  std::string name;
  std::vector<std::string> networks;
  std::vector<std::string> groups;
  std::vector<ca::IpAddress> addresses;
};

/// One thing to be signed in one session: a certificate, if it came to that. Known by
/// (SHA-256(tbs), R).
struct Item {
  Digest tbs{};
  Digest r{};
  Time not_before, not_after;
  Time time;                        ///< of the first intent that was read
  Parties signers = 0;              ///< as the first intent names them
  Parties logged = 0;               ///< whose logs have the intent
  std::uint32_t session = nothing;  ///< shared key
  std::uint32_t request = nothing;  ///< shared key
  std::uint32_t host = nothing;     ///< shared key
  std::uint32_t subject = nothing;  ///< shared; nothing while only an outcome is known
  std::uint32_t kind = nothing;     ///< shared text
  std::uint32_t sightings = nothing;
  std::uint32_t outcomes = nothing;
  std::uint16_t coordinator = 0;  ///< 0: not a party
  bool carried = false;           ///< from the state: reported in an earlier run

  [[nodiscard]] bool has_intent() const { return subject != nothing; }
};

/// A party's vote that something shall not be used: for each party, when.
using Votes = std::map<std::uint16_t, Time>;

class Index {
 public:
  explicit Index(std::uint64_t seed) : by_key_(seed), by_shared_(seed + 1) {}

  /// The item of this key, made if there is none.
  std::uint32_t item(const Digest& tbs, const Digest& r);
  [[nodiscard]] std::optional<std::uint32_t> find(const Digest& tbs, const Digest& r) const;
  std::uint32_t share(const Digest& key);
  std::uint32_t share(const std::string& text);
  std::uint32_t share(const log::EntrySubject& subject);

  void add(std::uint32_t item, Sighting sighting);
  std::uint32_t add(std::uint32_t item, Outcome outcome);

  [[nodiscard]] const Digest& key(std::uint32_t at) const { return keys_[at]; }
  [[nodiscard]] const std::string& text(std::uint32_t at) const { return texts_[at]; }
  [[nodiscard]] const Subject& subject(std::uint32_t at) const { return subjects_[at]; }

  /// The sighting of this party, or null.
  [[nodiscard]] const Sighting* sighting(const Item& item, std::uint16_t party) const;
  /// The first outcome that holds, or null.
  [[nodiscard]] const Outcome* outcome(const Item& item) const;

  void revoke(const Digest& tbs, std::uint16_t party, Time time) {
    revoked_[tbs].try_emplace(party, time);
  }
  void revoke_host(const PublicKey& host, std::uint16_t party, Time time) {
    revoked_hosts_[host.bytes].try_emplace(party, time);
  }
  /// When the t-th party voted, if so many did.
  [[nodiscard]] std::optional<Time> revoked_at(const Digest& tbs, std::uint16_t t) const;
  /// When the item was revoked: by itself, or with its host.
  [[nodiscard]] std::optional<Time> revoked_at(const Item& item, std::uint16_t t) const;
  [[nodiscard]] std::optional<Time> host_revoked_at(const Digest& host, std::uint16_t t) const;

  Pool<Item> items;
  Pool<Sighting> sightings;
  Pool<Outcome> outcomes;
  [[nodiscard]] const std::map<Digest, Votes>& revoked() const { return revoked_; }
  [[nodiscard]] const std::map<Digest, Votes>& revoked_hosts() const { return revoked_hosts_; }

 private:
  KeyTable by_key_;
  KeyTable by_shared_;
  Pool<Digest> keys_;
  Pool<std::string> texts_;
  Pool<Subject> subjects_;
  std::unordered_map<std::string, std::uint32_t> text_places_, subject_places_;
  std::string subject_key_;  ///< reused: one is made for each entry
  std::map<Digest, Votes> revoked_, revoked_hosts_;
};

}  // namespace jointca::audit
