#include "audit/index.h"

#include <algorithm>

namespace jointca::audit {
namespace {

std::optional<Time> nth_vote(const std::map<Digest, Votes>& all, const Digest& key,
                             std::uint16_t t) {
  const auto votes = all.find(key);
  if (votes == all.end() || votes->second.size() < t || t == 0) return std::nullopt;
  std::vector<Time> times;
  for (const auto& vote : votes->second) times.push_back(vote.second);
  std::sort(times.begin(), times.end());
  return times[t - 1U];
}

}  // namespace

std::uint32_t Index::item(const Digest& tbs, const Digest& r) {
  return by_key_.find_or_add(
      tbs, [&](std::uint32_t at) { return items[at].tbs == tbs && items[at].r == r; },
      [&] {
        Item item;
        item.tbs = tbs;
        item.r = r;
        return items.add(item);
      });
}

std::optional<std::uint32_t> Index::find(const Digest& tbs, const Digest& r) const {
  return by_key_.find(tbs,
                      [&](std::uint32_t at) { return items[at].tbs == tbs && items[at].r == r; });
}

std::uint32_t Index::share(const Digest& key) {
  return by_shared_.find_or_add(
      key, [&](std::uint32_t at) { return keys_[at] == key; }, [&] { return keys_.add(key); });
}

std::uint32_t Index::share(const std::string& text) {
  const auto found = text_places_.find(text);
  if (found != text_places_.end()) return found->second;
  const std::uint32_t at = texts_.add(text);
  text_places_.emplace(text, at);
  return at;
}

std::uint32_t Index::share(const log::EntrySubject& subject) {
  // No text of an entry has a control character, so no two subjects have one key.
  subject_key_ = subject.name;
  for (const std::string& network : subject.networks) subject_key_.append("\n").append(network);
  for (const std::string& group : subject.groups) subject_key_.append("\t").append(group);
  const auto found = subject_places_.find(subject_key_);
  if (found != subject_places_.end()) return found->second;
  Subject shared{subject.name, subject.networks, subject.groups, {}};
  for (const std::string& network : subject.networks)
    if (const auto prefix = ca::Prefix::parse(network)) shared.addresses.push_back(prefix->address);
  const std::uint32_t at = subjects_.add(std::move(shared));
  subject_places_.emplace(subject_key_, at);
  return at;
}

void Index::add(std::uint32_t item, Sighting sighting) {
  sighting.next = items[item].sightings;
  items[item].logged |= only(sighting.party);
  items[item].sightings = sightings.add(sighting);
}

std::uint32_t Index::add(std::uint32_t item, Outcome outcome) {
  outcome.item = item;
  outcome.next = items[item].outcomes;
  return items[item].outcomes = outcomes.add(outcome);
}

const Sighting* Index::sighting(const Item& item, std::uint16_t party) const {
  for (std::uint32_t at = item.sightings; at != nothing; at = sightings[at].next)
    if (sightings[at].party == party) return &sightings[at];
  return nullptr;
}

const Outcome* Index::outcome(const Item& item) const {
  for (std::uint32_t at = item.outcomes; at != nothing; at = outcomes[at].next)
    if (outcomes[at].verdict == Verdict::holds) return &outcomes[at];
  return nullptr;
}

std::optional<Time> Index::revoked_at(const Digest& tbs, std::uint16_t t) const {
  return nth_vote(revoked_, tbs, t);
}

std::optional<Time> Index::revoked_at(const Item& item, std::uint16_t t) const {
  const auto alone = revoked_at(item.tbs, t);
  const auto with_host = item.has_intent() ? host_revoked_at(key(item.host), t) : std::nullopt;
  if (!alone || !with_host) return alone ? alone : with_host;
  return std::min(*alone, *with_host);
}

std::optional<Time> Index::host_revoked_at(const Digest& host, std::uint16_t t) const {
  return nth_vote(revoked_hosts_, host, t);
}

}  // namespace jointca::audit
