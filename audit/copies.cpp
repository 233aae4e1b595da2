#include "audit/copies.h"

#include <algorithm>

#include "audit/split_view.h"

namespace jointca::audit {
namespace {

void put_in_order(Copies& copies) {
  std::stable_sort(copies.begin(), copies.end(), [](const LogCopy& a, const LogCopy& b) {
    const auto key = [](const LogCopy& copy) {
      return std::pair(~copy.checkpoint.size, copy.server == copy.owner ? 0 : copy.server);
    };
    return key(a) < key(b);
  });
}

}  // namespace

void CopySet::fetch_one(std::uint16_t owner, std::uint16_t server, LogSource& source) {
  const bool own = owner == server;
  const std::string whose = own ? "its log" : "its copy of the log of " + name(owner);
  auto copy = fetch_copy(request_.authority, owner, server, source);
  if (copy && *copy) {
    copies_[owner].push_back(**std::move(copy));
    return;
  }
  if (!copy && copy.error().code == Error::Code::verification)
    findings_.add(
        {Code::bad_checkpoint,
         Severity::error,
         name(server),
         {},
         "what " + name(server) + " serves as " + whose + " is refused: " + copy.error().message,
         {}});
  const std::string why = copy ? "not at " + source.where() : copy.error().message;
  if (own) missing_[owner] = why;
  if (own && !copy && copy.error().code == Error::Code::unreachable) unreachable_.insert(owner);
  if (!own)
    findings_.add({Code::missing_mirror,
                   Severity::warning,
                   name(server),
                   {},
                   name(server) + " does not serve " + whose + ": " + why,
                   {}});
}

void CopySet::fetch() {
  for (const ca::Party& party : request_.authority.parties)
    if (!request_.sources.contains(party.identifier)) missing_[party.identifier] = "not asked";
  for (const auto& [server, source] : request_.sources) fetch_one(server, server, *source);
  for (const auto& [server, source] : request_.sources) {
    if (!source->should_mirror() || unreachable_.contains(server)) continue;
    for (const ca::Party& party : request_.authority.parties)
      if (party.identifier != server) fetch_one(party.identifier, server, *source);
  }
  for (auto& [owner, copies] : copies_) {
    put_in_order(copies);
    first_look_[owner] = copies.front().checkpoint.size;
  }
  look_again();
  report_missing();
}

/// What existed when all logs had been looked at, is in each of them now.
void CopySet::look_again() {
  for (const auto& [owner, source] : request_.sources) {
    if (!source->is_live() || missing_.contains(owner)) continue;
    auto newer = fetch_copy(request_.authority, owner, owner, *source);
    if (!newer || !*newer) continue;
    second_look_[owner] = (*newer)->checkpoint.size;
    Copies& all = copies_[owner];
    const bool known = std::any_of(all.begin(), all.end(), [&](const LogCopy& copy) {
      return copy.server == (*newer)->server && copy.note == (*newer)->note;
    });
    if (!known) all.push_back(**std::move(newer));
    put_in_order(all);
  }
}

void CopySet::report_missing() {
  for (const auto& [owner, why] : missing_) {
    const LogCopy* copy = best(owner);
    findings_.add({Code::missing_log,
                   copy != nullptr ? Severity::warning : Severity::error,
                   name(owner),
                   {},
                   name(owner) + " does not serve its log: " + why +
                       (copy != nullptr ? "; the copy at " + name(copy->server) + " is read"
                                        : "; and nobody else has it"),
                   {}});
  }
}

bool CopySet::is_second_look(const LogCopy& copy) const {
  const auto found = second_look_.find(copy.owner);
  return copy.server == copy.owner && found != second_look_.end() &&
         found->second == copy.checkpoint.size;
}

const Copies& CopySet::copies(std::uint16_t party) const {
  static const Copies none;
  const auto found = copies_.find(party);
  return found == copies_.end() ? none : found->second;
}

const LogCopy* CopySet::best(std::uint16_t party) const {
  return copies(party).empty() ? nullptr : &copies(party).front();
}

void CopySet::drop_best(std::uint16_t party) {
  Copies& copies = copies_[party];
  if (copies.empty()) return;
  dropped_[party].push_back(std::move(copies.front()));
  copies.erase(copies.begin());
}

std::uint64_t CopySet::first_look(std::uint16_t party) const {
  const auto found = first_look_.find(party);
  return found == first_look_.end() ? 0 : found->second;
}

void CopySet::compare_with(const LogCopy& best, std::uint64_t size, const Digest& root,
                           const std::string& note, const std::string& whose,
                           const std::vector<Cosigned>& cosigned) {
  const auto proven = proven_root(best, size);
  if (!proven || *proven == root) return;  // unreadable copies fail elsewhere, by their entries
  const std::string& owner = name(best.owner);
  Finding finding{Code::split_view,
                  Severity::critical,
                  owner,
                  Place{owner, size - 1},
                  owner + " signed two logs: " + whose + " at size " + std::to_string(size) +
                      " is not a part of the one at " + best.source->where() + " at size " +
                      std::to_string(best.checkpoint.size),
                  {}};
  const TileHashes tiles(best);
  const EntryHashes entries(best);
  auto evidence =
      split_view_evidence(request_.authority, Identifier(best.owner), note, best.note, tiles);
  if (!evidence)
    evidence =
        split_view_evidence(request_.authority, Identifier(best.owner), note, best.note, entries);
  if (evidence) finding.evidence = *std::move(evidence);
  findings_.add(std::move(finding));
  for (const Cosigned& by : cosigned) {
    const bool both = std::any_of(best.cosigned.begin(), best.cosigned.end(),
                                  [&](const Cosigned& other) { return other.party == by.party; });
    findings_.add({Code::cosigner_disagrees,
                   both ? Severity::critical : Severity::error,
                   name(by.party),
                   Place{owner, size - 1},
                   name(by.party) + " cosigned another log of " + owner + " at size " +
                       std::to_string(size) +
                       (both ? ", and the one that was read as well"
                             : ": it has been shown something else than we"),
                   {}});
  }
}

void CopySet::compare(std::uint16_t party, const LogState* earlier) {
  const LogCopy* head = best(party);
  if (head == nullptr) return;
  std::vector<const LogCopy*> others;
  for (const LogCopy& copy : copies(party)) others.push_back(&copy);
  for (const LogCopy& copy : dropped_[party]) others.push_back(&copy);
  std::optional<std::uint64_t> own;
  for (const LogCopy* copy : others) {
    if (copy->server == party) own = std::max(own.value_or(0), copy->checkpoint.size);
    if (copy == head || copy->checkpoint.size == 0) continue;
    const bool longer = copy->checkpoint.size > head->checkpoint.size;
    const LogCopy &large = longer ? *copy : *head, &small = longer ? *head : *copy;
    compare_with(large, small.checkpoint.size, small.checkpoint.root, small.note,
                 "the one at " + small.source->where(), small.cosigned);
  }
  if (own && *own < head->checkpoint.size)
    findings_.add({Code::stale_log,
                   Severity::warning,
                   name(party),
                   {},
                   name(party) + " serves " + std::to_string(*own) + " entries of its log, and " +
                       name(head->server) + " has " + std::to_string(head->checkpoint.size),
                   {}});
  if (earlier == nullptr || earlier->size == 0) return;
  if (head->checkpoint.size < earlier->size)
    findings_.add({Code::rollback,
                   Severity::error,
                   name(party),
                   {},
                   "the log of " + name(party) + " had " + std::to_string(earlier->size) +
                       " entries, and now has " + std::to_string(head->checkpoint.size),
                   {}});
  else
    compare_with(*head, earlier->size, earlier->root, earlier->note, "the one of the last audit",
                 {});
}

}  // namespace jointca::audit
