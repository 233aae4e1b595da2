#include "audit/judge.h"

#include <algorithm>

#include "ca/authority.h"
#include "ca/subject.h"
#include "issued/statement.h"

namespace jointca::audit {
namespace {

/// How far clocks of honest parties may be apart.
constexpr Duration clock_skew{std::chrono::minutes(10)};

Place place_of(const Judgement& j, std::uint16_t party, std::uint64_t index) {
  return {j.authority.party(party)->card.name, index};
}

std::optional<Place> first_place(const Judgement& j, const Item& item) {
  if (item.sightings == nothing) return std::nullopt;
  const Sighting* sighting = &j.index.sightings[item.sightings];
  while (sighting->next != nothing) sighting = &j.index.sightings[sighting->next];
  return place_of(j, sighting->party, sighting->index);
}

std::string title(const Judgement& j, const Item& item) {
  return j.index.text(item.kind) + " for " + j.index.subject(item.subject).name;
}

/// A signature that was in a log when all logs were first looked at.
const Outcome* proof_of_existence(const Judgement& j, const Item& item) {
  for (auto at = item.outcomes; at != nothing; at = j.index.outcomes[at].next) {
    const Outcome& outcome = j.index.outcomes[at];
    const auto log = j.logs.find(outcome.party);
    if (outcome.verdict == Verdict::holds && log != j.logs.end() &&
        outcome.index < log->second.first_look)
      return &outcome;
  }
  return nullptr;
}

/// When the item existed at the latest, as far as anyone honest says so: one liar cannot make it
/// look older than a copy of a log that was made before.
Time known_since(const Judgement& j, const Item& item, const Outcome& outcome) {
  Time time = std::max(item.time, outcome.time);
  for (auto at = item.sightings; at != nothing; at = j.index.sightings[at].next)
    time = std::max(time, j.index.sightings[at].approved_at);
  return time;
}

void judge_missing(const Judgement& j, const Item& item, const Outcome& outcome,
                   Findings& findings) {
  for (const ca::Party& party : j.authority.parties) {
    if ((item.signers & ~item.logged & only(party.identifier)) == 0) continue;
    const auto log = j.logs.find(party.identifier);
    if (log == j.logs.end() || !log->second.read) continue;
    const bool certain =
        log->second.own_and_live ||
        (log->second.newest && *log->second.newest >= known_since(j, item, outcome) + clock_skew);
    findings.add({Code::missing_in_signer_log,
                  certain ? Severity::critical : Severity::warning,
                  party.card.name,
                  place_of(j, outcome.party, outcome.index),
                  title(j, item) + ": a signature of " + names_of(item.signers, j.authority) +
                      " exists, and the log of " + party.card.name +
                      (certain ? " does not have the intent"
                               : " does not have the intent, as far as this copy of it goes"),
                  {}});
  }
}

void judge_pending(const Judgement& j, const Item& item, Findings& findings) {
  if (item.not_after < j.now) return;  // whatever it was, it is over
  const bool complete = (item.signers & ~item.logged) == 0;
  findings.add({Code::pending_intent,
                Severity::info,
                "",
                first_place(j, item),
                title(j, item) + ": logged by " + names_of(item.logged, j.authority) + " of " +
                    names_of(item.signers, j.authority) + ", no signature is known; " +
                    (complete ? "it may exist" : "the session did not end, or has not yet"),
                {}});
}

void judge_one(const Judgement& j, const Item& item, bool all_read, Findings& findings) {
  if (!item.has_intent()) {
    for (auto at = item.outcomes; at != nothing; at = j.index.outcomes[at].next) {
      const Outcome& outcome = j.index.outcomes[at];
      const Place place = place_of(j, outcome.party, outcome.index);
      findings.add({Code::orphan_outcome,
                    all_read ? Severity::error : Severity::warning,
                    place.log,
                    place,
                    "a signature over bytes that no log " +
                        std::string(all_read ? "has" : "that could be read has"),
                    {}});
    }
    return;
  }
  bool unchecked = false;
  for (auto at = item.outcomes; at != nothing; at = j.index.outcomes[at].next) {
    const Outcome& outcome = j.index.outcomes[at];
    if (outcome.verdict != Verdict::unknown) continue;
    unchecked = true;
    const Place place = place_of(j, outcome.party, outcome.index);
    findings.add({Code::bad_outcome,
                  Severity::warning,
                  place.log,
                  place,
                  title(j, item) + ": the signature could not be checked: its bytes cannot be read",
                  {}});
  }
  if (const Outcome* proof = proof_of_existence(j, item))
    judge_missing(j, item, *proof, findings);
  else if (!unchecked && j.index.outcome(item) == nullptr)
    judge_pending(j, item, findings);
  const auto revoked = j.index.host_revoked_at(j.index.key(item.host), j.authority.min_signers);
  if (revoked && item.time > *revoked + clock_skew)
    findings.add({Code::policy_violation,
                  Severity::error,
                  "",
                  first_place(j, item),
                  title(j, item) + ": revoked: the host was revoked at " + to_rfc3339(*revoked),
                  {}});
}

/// A certificate under one of the things that only one host may hold.
struct Holding {
  std::uint32_t thing;  ///< shared key
  std::uint32_t item;
};

void conflict(const Judgement& j, const Item& a, const Item& b, Code code, const std::string& what,
              Findings& findings) {
  const bool both = j.index.outcome(a) != nullptr && j.index.outcome(b) != nullptr;
  const bool over = std::min(a.not_after, b.not_after) < j.now;
  findings.add({code,
                both && !over ? Severity::error : Severity::warning,
                "",
                first_place(j, b),
                what + ": " + title(j, a) + " and " + title(j, b) + ", of different hosts, both " +
                    (over ? "were" : "are") + " valid from " +
                    to_rfc3339(std::max(a.not_before, b.not_before)) + " to " +
                    to_rfc3339(std::min(a.not_after, b.not_after)) +
                    (both ? "" : "; not both are known to have been signed"),
                {}});
}

/// Goes through the holdings of each thing by the start of validity, with the two that end last, of
/// different hosts: whatever overlaps with another host's overlaps with one of them.
template <class Name>
void sweep(const Judgement& j, std::vector<Holding> holdings, Code code, Name name,
           Findings& findings) {
  const auto item = [&](const Holding& holding) -> const Item& {
    return j.index.items[holding.item];
  };
  std::sort(holdings.begin(), holdings.end(), [&](const Holding& a, const Holding& b) {
    return std::tie(a.thing, item(a).not_before, a.item) <
           std::tie(b.thing, item(b).not_before, b.item);
  });
  const Holding* first = nullptr;   // ends last
  const Holding* second = nullptr;  // ends last of the other hosts
  for (const Holding& here : holdings) {
    if (first != nullptr && first->thing != here.thing) first = second = nullptr;
    const Holding* other =
        first != nullptr && item(*first).host == item(here).host ? second : first;
    if (other != nullptr && item(*other).not_after >= item(here).not_before)
      conflict(j, item(*other), item(here), code, name(here), findings);
    const auto later = [&](const Holding* one) {
      return one == nullptr || item(here).not_after > item(*one).not_after;
    };
    if (first != nullptr && item(*first).host == item(here).host) {
      if (later(first)) first = &here;
    } else if (later(first)) {
      second = first;
      first = &here;
    } else if (later(second)) {
      second = &here;
    }
  }
}

}  // namespace

std::string names_of(Parties parties, const ca::Authority& authority) {
  std::string names;
  for (const ca::Party& party : authority.parties)
    if ((parties & only(party.identifier)) != 0)
      names += (names.empty() ? "" : ", ") + party.card.name;
  return names.empty() ? "nobody" : names;
}

bool may_exist(const Item& item, const Index& index) {
  return item.has_intent() &&
         (index.outcome(item) != nullptr || (item.signers & ~item.logged) == 0);
}

void judge_items(const Judgement& j, Findings& findings) {
  const bool all_read =
      std::all_of(j.authority.parties.begin(), j.authority.parties.end(), [&](const auto& party) {
        const auto log = j.logs.find(party.identifier);
        return log != j.logs.end() && log->second.read;
      });
  for (std::uint32_t i = 0; i < j.index.items.size(); ++i)
    judge_one(j, j.index.items[i], all_read, findings);
}

void judge_conflicts(const Judgement& j, Findings& findings) {
  // Addresses and names get numbers in the order of first use; each subject's once.
  std::map<ca::IpAddress, std::uint32_t> address_numbers;
  std::unordered_map<std::string, std::uint32_t> name_numbers;
  const auto number_in = [](auto& numbers, const auto& thing) {
    return numbers.try_emplace(thing, static_cast<std::uint32_t>(numbers.size())).first->second;
  };
  struct Numbers {
    std::uint32_t name = 0;
    std::vector<std::uint32_t> addresses;
  };
  std::unordered_map<std::uint32_t, Numbers> by_subject;
  std::vector<Holding> addresses, names;
  for (std::uint32_t i = 0; i < j.index.items.size(); ++i) {
    const Item& item = j.index.items[i];
    if (!may_exist(item, j.index) || j.index.revoked_at(item, j.authority.min_signers)) continue;
    // One name for all hosts, and of a session that of its seats.
    const std::string& kind = j.index.text(item.kind);
    if (!issued::is_of_a_host(kind) && kind != issued::session_grant_kind) continue;
    const auto [known, is_new] = by_subject.try_emplace(item.subject);
    Numbers& numbers = known->second;
    if (is_new) {
      const Subject& subject = j.index.subject(item.subject);
      numbers.name = number_in(name_numbers, ca::name_key(subject.name));
      for (const ca::IpAddress& address : subject.addresses)
        numbers.addresses.push_back(number_in(address_numbers, address));
    }
    for (const std::uint32_t address : numbers.addresses) addresses.push_back({address, i});
    names.push_back({numbers.name, i});
  }
  std::vector<const ca::IpAddress*> by_number(address_numbers.size());
  for (const auto& [address, number] : address_numbers) by_number[number] = &address;
  sweep(
      j, std::move(addresses), Code::conflict_address,
      [&](const Holding& holding) { return by_number[holding.thing]->text(); }, findings);
  sweep(
      j, std::move(names), Code::conflict_name,
      [&](const Holding& holding) {
        return "the name " + j.index.subject(j.index.items[holding.item].subject).name;
      },
      findings);
}

}  // namespace jointca::audit
