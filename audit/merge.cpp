#include "audit/merge.h"

#include <algorithm>

#include "crypto/hash.h"

namespace jointca::audit {
namespace {

constexpr std::size_t recent_bytes_max = std::size_t{48} << 20;
constexpr std::size_t claims_max = 2048;
constexpr std::size_t outcomes_max = 4;  ///< of one item in one log: more are counted, not kept

/// Which parts of two accounts of one item differ.
void note_if(bool differs, std::string_view what, std::string& words) {
  if (differs) words += (words.empty() ? "" : ", ") + std::string(what);
}

}  // namespace

EntryCounts& EntryCounts::operator+=(const EntryCounts& other) {
  issue += other.issue;
  outcome += other.outcome;
  refusal += other.refusal;
  ceremony += other.ceremony;
  revoke += other.revoke;
  malformed += other.malformed;
  return *this;
}

void Merge::find(Code code, Severity severity, Entry at, std::string words) {
  const std::string& name = authority_.party(at.party)->card.name;
  findings_.add({code, severity, name, Place{name, at.place}, std::move(words), {}});
}

std::uint16_t Merge::party_named(std::string_view name) const {
  for (const ca::Party& party : authority_.parties)
    if (party.card.name == name) return party.identifier;
  return 0;
}

std::optional<Time> Merge::add(std::uint16_t party, std::uint64_t place, BytesView text) {
  const Entry at{party, place};
  EntryCounts& counts = counts_[party];
  auto entry = log::parse_entry(text);
  if (!entry) {
    ++counts.malformed;
    find(Code::malformed_entry, Severity::error, at, entry.error().text());
    return std::nullopt;
  }
  if (const auto* issue = std::get_if<log::IssueEntry>(&*entry)) {
    ++counts.issue;
    add(at, *issue);
    return issue->time;
  }
  if (const auto* outcome = std::get_if<log::OutcomeEntry>(&*entry)) {
    ++counts.outcome;
    add(at, *outcome);
    return outcome->time;
  }
  if (const auto* ceremony = std::get_if<log::CeremonyEntry>(&*entry)) {
    ++counts.ceremony;
    add(at, *ceremony);
    return ceremony->time;
  }
  if (const auto* revoke = std::get_if<log::RevokeEntry>(&*entry)) {
    ++counts.revoke;
    add(at, *revoke);
    return revoke->time;
  }
  ++counts.refusal;
  return std::get<log::RefusalEntry>(*entry).time;
}

Parties Merge::signers_of(Entry at, const log::IssueEntry& entry) {
  Parties signers = 0;
  std::uint16_t last = 0;
  std::string wrong;
  for (const std::string& name : entry.signers) {
    const std::uint16_t party = party_named(name);
    if (party == 0) {
      wrong = name + " is no party";
    } else {
      if (party <= last) wrong = "the signers are not in the order of their identifiers";
      last = std::max(last, party);
      signers |= only(party);
    }
  }
  if (wrong.empty() && entry.signers.size() < authority_.min_signers)
    wrong = std::to_string(entry.signers.size()) + " signers, fewer than " +
            std::to_string(authority_.min_signers);
  if (wrong.empty() && (signers & only(at.party)) == 0)
    wrong = "it is logged by a party that is not among its signers";
  if (!wrong.empty()) find(Code::wrong_signer_set, Severity::error, at, wrong);
  return signers;
}

void Merge::add(Entry at, const log::IssueEntry& entry) {
  if (entry.authority != authority_.id)
    return find(Code::foreign_entry, Severity::warning, at,
                "an intent for the authority " + to_hex(entry.authority));
  const Parties signers = signers_of(at, entry);
  const std::uint32_t id = index_.item(sha256(entry.tbs), entry.r);
  Item& item = index_.items[id];
  if (const Sighting* known = index_.sighting(item, at.party)) {
    if (known->index != at.place)  // else it is read again
      find(Code::duplicate_entry, Severity::info, at,
           "the same intent as entry " + std::to_string(known->index) + " of this log");
    return;
  }
  if (item.has_intent())
    another_intent(at, item, entry, signers);
  else
    first_intent(at, id, entry, signers);
  const auto& [not_before, not_after] =
      std::pair(entry.subject.not_before, entry.subject.not_after);
  if (issued::is_known_kind(entry.kind)) {
    const Subject& subject = index_.subject(item.subject);
    std::string words;
    note_if(subject.name != entry.subject.name, "name", words);
    note_if(subject.networks != entry.subject.networks, "networks", words);
    note_if(subject.groups != entry.subject.groups, "groups", words);
    note_if(item.not_before != not_before || item.not_after != not_after, "validity", words);
    if (!words.empty())
      find(Code::subject_mismatch, Severity::error, at,
           "the summary for " + entry.subject.name +
               " says something else than the bytes to be signed: " + words);
  }
  approval_ = entry.approved.rule;
  approval_.append("\n").append(entry.approved.by);
  index_.add(id, {at.place, entry.approved.at, nothing, index_.share(approval_), at.party});
}

/// The first log that has the item: what the bytes say is taken from the bytes.
void Merge::first_intent(Entry at, std::uint32_t id, const log::IssueEntry& entry,
                         Parties signers) {
  Item& item = index_.items[id];
  item.time = entry.time;
  item.signers = signers;
  item.session = index_.share(entry.session);
  item.request = index_.share(entry.request);
  item.host = index_.share(entry.host.bytes);
  item.kind = index_.share(entry.kind);
  item.coordinator = party_named(entry.coordinator);
  log::EntrySubject subject = entry.subject;
  if (!issued::is_known_kind(entry.kind)) {
    find(Code::unknown_kind, Severity::warning, at,
         "an intent of the kind " + entry.kind + ", which this version cannot check");
  } else if (const auto statement = issued::parse_statement(entry.kind, entry.tbs)) {
    subject = issued::entry_subject(*statement);
    if (const auto allowed =
            rules_.check(*statement, {entry.request, entry.host, entry.invitation});
        !allowed)
      find(Code::policy_violation, Severity::error, at,
           "for " + entry.subject.name + ": " + allowed.error().rule + ": " +
               allowed.error().reason);
  } else {
    find(Code::policy_violation, Severity::error, at,
         "for " + entry.subject.name + ": bytes that are no " + entry.kind + ": " +
             statement.error().text());
  }
  item.not_before = subject.not_before;
  item.not_after = subject.not_after;
  item.subject = index_.share(subject);
  remember(id, entry.tbs);
}

void Merge::another_intent(Entry at, const Item& item, const log::IssueEntry& entry,
                           Parties signers) {
  if (signers != item.signers || index_.key(item.session) != entry.session) {
    find(Code::wrong_signer_set, Severity::error, at,
         "for " + entry.subject.name +
             ": another log names other signers or another session for the same signature");
    return;
  }
  std::string words;
  note_if(index_.key(item.request) != entry.request, "request", words);
  note_if(index_.key(item.host) != entry.host.bytes, "host", words);
  note_if(index_.text(item.kind) != entry.kind, "kind", words);
  note_if(party_named(entry.coordinator) != item.coordinator, "coordinator", words);
  if (!words.empty())
    find(Code::subject_mismatch, Severity::error, at,
         "for " + entry.subject.name + ": another log has the same bytes with another " + words);
}

void Merge::remember(std::uint32_t item, const Bytes& tbs) {
  if (recent_bytes_ + tbs.size() > recent_bytes_max) return;  // finish() fetches it again
  recent_bytes_ += tbs.size();
  recent_.emplace(item, tbs);
}

void Merge::add(Entry at, const log::OutcomeEntry& entry) {
  const auto r = *to_array<32>(BytesView(entry.signature).first(32));
  const std::uint32_t item = index_.item(entry.tbs_sha256, r);
  std::size_t own = 0;
  for (auto known = index_.items[item].outcomes; known != nothing;
       known = index_.outcomes[known].next) {
    if (index_.outcomes[known].party != at.party) continue;
    if (index_.outcomes[known].index == at.place) return;  // it is read again
    ++own;
  }
  if (own > 0)
    find(Code::duplicate_entry, Severity::info, at, "another outcome for what has one in this log");
  if (own >= outcomes_max) return;
  Outcome outcome;
  outcome.fingerprint = entry.fingerprint;
  outcome.index = at.place;
  outcome.time = entry.time;
  outcome.party = at.party;
  const std::uint32_t id = index_.add(item, outcome);
  const auto tbs = recent_.find(item);
  if (tbs == recent_.end()) {
    late_.emplace_back(id, entry.signature);
    return;
  }
  claim(id, entry.signature, tbs->second);
  recent_bytes_ -= tbs->second.size();
  recent_.erase(tbs);
}

void Merge::claim(std::uint32_t outcome, const SignatureBytes& signature, BytesView tbs) {
  Outcome& made = index_.outcomes[outcome];
  const std::string& kind = index_.text(index_.items[made.item].kind);
  if (!issued::is_known_kind(kind)) return;  // under a key that we do not know
  const PublicKey& key = keys_.of(kind);
  std::vector<Waiting>& waiting = claims_[key];
  waiting.push_back({outcome, make_claim(key, tbs, signature)});
  if (const Digest fingerprint = issued::fingerprint(kind, tbs, signature);
      fingerprint != made.fingerprint) {
    find(Code::bad_outcome, Severity::error, {made.party, made.index},
         "the fingerprint is not that of the " + kind + ", " + to_hex(fingerprint));
    made.fingerprint = fingerprint;
  }
  if (waiting.size() >= claims_max) verify_claims(key, waiting);
}

void Merge::verify_claims(const PublicKey& key, std::vector<Waiting>& waiting) {
  std::vector<Claim> claims;
  claims.reserve(waiting.size());
  for (const Waiting& each : waiting) claims.push_back(each.claim);
  const auto verdicts = verify_batch(key, claims);
  for (std::size_t i = 0; i < waiting.size(); ++i) {
    Outcome& outcome = index_.outcomes[waiting[i].outcome];
    outcome.verdict = verdicts[i] ? Verdict::holds : Verdict::fails;
    if (!verdicts[i])
      find(Code::bad_outcome, Severity::error, {outcome.party, outcome.index},
           "the signature does not verify under the authority's key");
  }
  waiting.clear();
}

void Merge::add(Entry at, const log::CeremonyEntry& entry) {
  if (entry.authority != authority_.id)
    return find(Code::foreign_entry, Severity::warning, at,
                "a ceremony of the authority " + to_hex(entry.authority));
  std::vector<std::string> names;
  for (const ca::Party& party : authority_.parties) names.push_back(party.card.name);
  if (entry.group_public_key != authority_.group_public_key || entry.parties != names)
    find(Code::wrong_ceremony, Severity::error, at,
         "the key or the parties are not those of authority.json");
}

void Merge::add(Entry at, const log::RevokeEntry& entry) {
  if (entry.authority != authority_.id)
    return find(Code::foreign_entry, Severity::warning, at,
                "a revocation for the authority " + to_hex(entry.authority));
  for (const Digest& tbs : entry.certificates) index_.revoke(tbs, at.party, entry.time);
  if (entry.host) index_.revoke_host(*entry.host, at.party, entry.time);
}

void Merge::finish(const Fetch& fetch) {
  // In the order of the entries that have the bytes, so that few bundles are read twice.
  const auto source = [&](const auto& waiting) {
    const Item& item = index_.items[index_.outcomes[waiting.first].item];
    if (item.sightings == nothing) return std::pair<std::uint16_t, std::uint64_t>(0, 0);
    const Sighting& sighting = index_.sightings[item.sightings];
    return std::pair(sighting.party, sighting.index);
  };
  std::sort(late_.begin(), late_.end(),
            [&](const auto& a, const auto& b) { return source(a) < source(b); });
  for (const auto& waiting : late_) {
    const Outcome& outcome = index_.outcomes[waiting.first];
    const auto tbs = recent_.find(outcome.item);
    if (tbs != recent_.end()) {
      claim(waiting.first, waiting.second, tbs->second);
      continue;
    }
    const auto [party, place] = source(waiting);
    const auto text = party == 0 ? failed("no log has it") : fetch(party, place);
    const auto entry = text ? log::parse_entry(*text) : malformed("", "");
    const auto* issue = entry ? std::get_if<log::IssueEntry>(&*entry) : nullptr;
    if (issue != nullptr && sha256(issue->tbs) == index_.items[outcome.item].tbs)
      claim(waiting.first, waiting.second, issue->tbs);
  }
  for (auto& [key, waiting] : claims_) verify_claims(key, waiting);
}

}  // namespace jointca::audit
