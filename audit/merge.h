// audit/merge.h — reads entries into the index, with every check that one entry allows by itself or
// against the other logs' entries for the same item. What needs all logs is in judge.h.
#pragma once

#include "audit/finding.h"
#include "audit/index.h"
#include "crypto/verify_batch.h"
#include "issued/rules.h"

namespace jointca::audit {

/// What one log had, by type.
struct EntryCounts {
  std::uint64_t issue = 0, outcome = 0, refusal = 0, ceremony = 0, revoke = 0, malformed = 0;
  EntryCounts& operator+=(const EntryCounts& other);
  bool operator==(const EntryCounts&) const = default;
};

class Merge {
 public:
  /// Gives the entry at this place once more; for signatures whose bytes were seen long ago.
  using Fetch = std::function<Result<Bytes, Error>(std::uint16_t party, std::uint64_t index)>;

  Merge(const ca::Authority& authority, Index& index, Findings& findings)
      : authority_(authority),
        index_(index),
        findings_(findings),
        rules_(authority),
        keys_(authority.group_public_key) {}

  /// One entry of the log of `party`. Returns its time, if it can be read.
  std::optional<Time> add(std::uint16_t party, std::uint64_t place, BytesView text);
  /// After the last entry: verifies what is left of the signatures.
  void finish(const Fetch& fetch);

  [[nodiscard]] const EntryCounts& counts(std::uint16_t party) { return counts_[party]; }

 private:
  struct Waiting {
    std::uint32_t outcome = nothing;
    Claim claim{};
  };
  struct Entry {
    std::uint16_t party;
    std::uint64_t place;
  };

  void add(Entry at, const log::IssueEntry& entry);
  void add(Entry at, const log::OutcomeEntry& entry);
  void add(Entry at, const log::CeremonyEntry& entry);
  void add(Entry at, const log::RevokeEntry& entry);
  void first_intent(Entry at, std::uint32_t id, const log::IssueEntry& entry, Parties signers);
  void another_intent(Entry at, const Item& item, const log::IssueEntry& entry, Parties signers);
  Parties signers_of(Entry at, const log::IssueEntry& entry);
  void remember(std::uint32_t item, const Bytes& tbs);
  void claim(std::uint32_t outcome, const SignatureBytes& signature, BytesView tbs);
  void verify_claims(const PublicKey& key, std::vector<Waiting>& waiting);
  void find(Code code, Severity severity, Entry at, std::string words);
  [[nodiscard]] std::uint16_t party_named(std::string_view name) const;

  const ca::Authority& authority_;
  Index& index_;
  Findings& findings_;
  issued::AuthorityRules rules_;
  issued::Keys keys_;
  std::map<std::uint16_t, EntryCounts> counts_;
  std::unordered_map<std::uint32_t, Bytes> recent_;  ///< items' bytes, until their outcome comes
  std::size_t recent_bytes_ = 0;
  std::string approval_;                              ///< reused: one is made for each intent
  std::map<PublicKey, std::vector<Waiting>> claims_;  ///< to be verified together, by key
  std::vector<std::pair<std::uint32_t, SignatureBytes>> late_;  ///< outcomes without bytes so far
};

}  // namespace jointca::audit
