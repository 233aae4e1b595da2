// daemon/revocation_votes.h — who wants which host or certificate revoked, as this party sees it:
// by its own log and its copies of the others'.
#pragma once

#include <map>
#include <string>

#include "log/entry.h"

namespace jointca::daemon {

/// What is counted of one party's log: hosts and certificates that it asks to revoke, and
/// certificates that it lists beside a host. Each party has its own share, so that one that floods
/// its log only silences itself; the first ones count, which all copies of a log have in common.
inline constexpr std::size_t votes_per_party_max = 20'000;
inline constexpr std::size_t listed_per_party_max = 200'000;

/// The word of one party.
struct Voice {
  std::string reason;
  Time time;  ///< as it says
};
using Voices = std::map<std::uint16_t, Voice>;  ///< by number of the log: own_log, or an identifier

/// Nothing here asks whether the host or certificate exists: entries of others may name anything.
class RevocationVotes {
 public:
  RevocationVotes(const Digest& authority, std::uint16_t min_signers)
      : authority_(authority), min_signers_(min_signers) {}

  /// Counts an entry of a log. What it repeats, and what is meant for another authority, is
  /// nothing.
  void add(std::uint16_t log, const log::RevokeEntry& entry);

  [[nodiscard]] bool is_revoked(const PublicKey& host) const { return decided(hosts_, host); }
  /// By the SHA-256 of its to-be-signed bytes; because it was named, not because of its host.
  [[nodiscard]] bool is_revoked(const Digest& certificate) const {
    return decided(certificates_, certificate);
  }
  [[nodiscard]] const std::map<PublicKey, Voices>& hosts() const { return hosts_; }
  [[nodiscard]] const std::map<Digest, Voices>& certificates() const { return certificates_; }
  /// Of the certificates those that were named without their host.
  [[nodiscard]] const std::map<Digest, Voices>& alone() const { return alone_; }
  /// Grows with every vote that counts.
  [[nodiscard]] std::uint64_t changes() const { return changes_; }
  /// How many parties decide: t.
  [[nodiscard]] std::size_t needed() const { return min_signers_; }
  [[nodiscard]] bool decided(const Voices& voices) const { return voices.size() >= min_signers_; }

 private:
  template <class Key>
  [[nodiscard]] bool decided(const std::map<Key, Voices>& all, const Key& key) const {
    const auto found = all.find(key);
    return found != all.end() && decided(found->second);
  }

  Digest authority_;
  std::uint16_t min_signers_;
  std::map<PublicKey, Voices> hosts_;
  std::map<Digest, Voices> certificates_;
  std::map<Digest, Voices> alone_;
  struct Count {
    std::size_t asked = 0;
    std::size_t listed = 0;
  };
  std::map<std::uint16_t, Count> counts_;
  std::uint64_t changes_ = 0;
};

}  // namespace jointca::daemon
