#include "audit/audit.h"

#include <algorithm>
#include <cstring>
#include <set>

#include "audit/copies.h"
#include "audit/judge.h"
#include "crypto/hash.h"

namespace jointca::audit {
namespace {

constexpr Duration late_after{std::chrono::hours(1)};
constexpr Duration stale_after{std::chrono::hours(24)};

/// One log while it is read.
struct Reading {
  const LogCopy* copy = nullptr;
  const LogState* earlier = nullptr;
  Frontier frontier;
  Time clock = Time::min();  ///< of the last entry that could be read
  std::optional<Time> last;
  std::map<std::uint64_t, Time> times;  ///< of the entries at the places asked for
};

class Run {
 public:
  explicit Run(const Request& request) : request_(request), copies_(request, findings_) {}

  Result<Report, Error> operator()() {
    copies_.fetch();
    JCA_TRY(load_state());
    while (!read_all()) JCA_TRY(load_state());
    for (const ca::Party& party : request_.authority.parties)
      copies_.compare(party.identifier, earlier(party.identifier));
    merge_->finish(
        [this](std::uint16_t party, std::uint64_t index) { return fetch(party, index); });
    judge();
    return report();
  }

 private:
  /// Afresh for every attempt, because reading adds to it.
  Result<Ok, Error> load_state() {
    index_ = std::make_shared<Index>(seed());
    if (!request_.state) return Ok{};
    Index unused(0);
    auto state =
        state_from_json(*request_.state, request_.authority, request_.full ? unused : *index_);
    if (!state) return failed(state.error().text());
    state_ = *std::move(state);
    return Ok{};
  }

  /// Nobody who writes entries knows it while writing them.
  [[nodiscard]] std::uint64_t seed() const {
    Bytes all = to_bytes(as_bytes(std::to_string(unix_seconds(request_.now))));
    for (const ca::Party& party : request_.authority.parties)
      if (const LogCopy* copy = copies_.best(party.identifier))
        all.insert(all.end(), copy->note.begin(), copy->note.end());
    const Digest hash = sha256(all);
    std::uint64_t out = 0;
    std::memcpy(&out, hash.data(), sizeof out);
    return out;
  }

  [[nodiscard]] const LogState* earlier(std::uint16_t party) const {
    if (!state_) return nullptr;
    for (const LogState& log : state_->logs)
      if (log.party == party) return &log;
    return nullptr;
  }

  /// Reads every log from its best copy, the one that lags behind in time first, so that what
  /// belongs together comes together. False if a copy turned out to be of no use: then the index
  /// has entries that nobody signed, and all is to be read again without that copy.
  bool read_all() {
    entry_findings_ = Findings();
    merge_.emplace(request_.authority, *index_, entry_findings_);
    readings_.clear();
    for (const ca::Party& party : request_.authority.parties) begin(party.identifier);
    for (;;) {
      auto next = readings_.end();
      for (auto at = readings_.begin(); at != readings_.end(); ++at)
        if (at->second.frontier.size() < at->second.copy->checkpoint.size &&
            (next == readings_.end() || at->second.clock < next->second.clock))
          next = at;
      if (next == readings_.end()) break;
      if (const auto read = read_bundle(next->second); !read)
        return give_up(next->first, read.error().message);
    }
    for (auto& [party, reading] : readings_)
      if (reading.frontier.root() != reading.copy->checkpoint.root)
        return give_up(party, "the entries do not give the root that was signed");
    return true;
  }

  void begin(std::uint16_t party) {
    const LogCopy* copy = copies_.best(party);
    if (copy == nullptr) return;
    const LogState* before =
        request_.full || from_start_.contains(party) ? nullptr : earlier(party);
    if (before != nullptr && before->size > copy->checkpoint.size) return;  // ROLLBACK
    Reading reading{copy, before, {}, Time::min(), {}, {}};
    if (before != nullptr) {
      reading.frontier = *Frontier::from(*before);  // state_from_json() did the same
      reading.last = before->last;
    }
    reading.times.emplace(0, Time::min());
    for (const Cosigned& cosigned : newest_cosigned(party))
      reading.times.emplace(cosigned.size, Time::min());
    readings_.emplace(party, std::move(reading));
  }

  Result<Ok, Error> read_bundle(Reading& reading) {
    const LogCopy& copy = *reading.copy;
    std::uint64_t at = reading.frontier.size();
    JCA_TRY(audit::read_bundle(copy, at / log::tile_width, copy.checkpoint.size, bundle_));
    const auto& entries = bundle_.entries;
    std::vector<Digest> leaves;
    leaves.reserve(entries.size());
    for (std::size_t i = at % log::tile_width; i < entries.size(); ++i, ++at) {
      leaves.push_back(log::hash_leaf(entries[i]));
      if (const auto time = merge_->add(copy.owner, at, entries[i])) {
        reading.clock = *time;
        reading.last = std::max(reading.last.value_or(*time), *time);
      }
      if (const auto asked = reading.times.find(at); asked != reading.times.end())
        asked->second = reading.clock;
    }
    reading.frontier.append(leaves);
    return Ok{};
  }

  bool give_up(std::uint16_t party, const std::string& why) {
    const LogCopy& copy = *copies_.best(party);
    const LogState* before = earlier(party);
    if (before != nullptr && !request_.full && from_start_.insert(party).second) {
      // Perhaps it is not the log of which the beginning is known: compare() will say so.
      const auto proven = proven_root(copy, before->size);
      if (proven && *proven != before->root) return false;
    }
    const std::string& server = request_.authority.party(copy.server)->card.name;
    const std::string& owner = request_.authority.party(party)->card.name;
    findings_.add(
        {Code::wrong_entries,
         Severity::error,
         server,
         {},
         "the log of " + owner + " cannot be read at " + copy.source->where() + ": " + why,
         {}});
    copies_.drop_best(party);
    return false;
  }

  Result<Bytes, Error> fetch(std::uint16_t party, std::uint64_t index) {
    const auto reading = readings_.find(party);
    if (reading == readings_.end() || index >= reading->second.copy->checkpoint.size)
      return failed("its log was not read");
    const auto bundle = index / log::tile_width;
    if (fetched_ != std::pair(party, bundle)) {
      const LogCopy& copy = *reading->second.copy;
      fetched_ = {0, 0};
      JCA_TRY(audit::read_bundle(copy, bundle, copy.checkpoint.size, bundle_));
      fetched_ = {party, bundle};
    }
    return to_bytes(bundle_.entries[index % log::tile_width]);
  }

  /// For each other party the largest size, and for that the latest time, at which it cosigned.
  [[nodiscard]] std::vector<Cosigned> newest_cosigned(std::uint16_t party) const {
    std::map<std::uint16_t, Cosigned> newest;
    for (const LogCopy& copy : copies_.copies(party))
      for (const Cosigned& cosigned : copy.cosigned) {
        const auto known = newest.try_emplace(cosigned.party, cosigned).first;
        if (std::pair(known->second.size, known->second.time) <
            std::pair(cosigned.size, cosigned.time))
          known->second = cosigned;
      }
    std::vector<Cosigned> out;
    out.reserve(newest.size());
    for (const auto& [by, cosigned] : newest) out.push_back(cosigned);
    return out;
  }

  void judge() {
    std::map<std::uint16_t, LogFacts> facts;
    for (const auto& [party, reading] : readings_) {
      LogFacts& log = facts[party];
      log.read = true;
      log.own_and_live = copies_.is_second_look(*reading.copy);
      log.first_look = copies_.first_look(party);
      log.newest = reading.last;
      for (const Cosigned& cosigned : newest_cosigned(party))
        if (cosigned.size == reading.copy->checkpoint.size)
          log.newest = std::max(log.newest.value_or(cosigned.time), cosigned.time);
      judge_cosigners(party, reading);
    }
    const Judgement judgement{request_.authority, *index_, facts, request_.now};
    judge_items(judgement, entry_findings_);
    judge_conflicts(judgement, entry_findings_);
  }

  /// LATE_COSIGN, and STALE_LOG for want of any fresh cosignature.
  void judge_cosigners(std::uint16_t party, const Reading& reading) {
    const std::uint64_t size = reading.copy->checkpoint.size;
    const std::string& owner = request_.authority.party(party)->card.name;
    const auto all = newest_cosigned(party);
    std::optional<Time> newest;
    for (const ca::Party& other : request_.authority.parties) {
      if (other.identifier == party) continue;
      const auto by = std::find_if(all.begin(), all.end(), [&](const Cosigned& cosigned) {
        return cosigned.party == other.identifier;
      });
      if (by != all.end()) newest = std::max(newest.value_or(by->time), by->time);
      const std::uint64_t seen = by == all.end() ? 0 : by->size;
      if (seen >= size) continue;
      const auto read = reading.times.find(seen);
      const bool early = reading.earlier != nullptr && seen < reading.earlier->size;
      const Time since = early                         ? state_->time
                         : read != reading.times.end() ? read->second
                                                       : reading.last.value_or(request_.now);
      if (since + late_after < request_.now)
        findings_.add({Code::late_cosign,
                       Severity::warning,
                       other.card.name,
                       Place{owner, seen},
                       other.card.name + " has cosigned " + std::to_string(seen) + " of the " +
                           std::to_string(size) + " entries of the log of " + owner,
                       {}});
    }
    if (newest && reading.copy->source->is_live() && *newest + stale_after < request_.now)
      findings_.add({Code::stale_log,
                     Severity::warning,
                     owner,
                     {},
                     "nobody has vouched for the log of " + owner + " since " + to_rfc3339(*newest),
                     {}});
  }

  LogReport log_report(std::uint16_t party) {
    LogReport log;
    log.party = party;
    log.origin = ca::log_keys(request_.authority.party(party)->card)->log.name;
    for (const Cosigned& cosigned : newest_cosigned(party)) log.cosigned[cosigned.party] = cosigned;
    for (const LogCopy& copy : copies_.copies(party))
      if (copy.server != party) log.mirrors[copy.server] = copy.checkpoint.size;
    const auto found = readings_.find(party);
    if (found == readings_.end()) return log;
    const Reading& reading = found->second;
    log.read = true;
    log.where = reading.copy->source->where();
    log.server = reading.copy->server;
    log.own_and_live = copies_.is_second_look(*reading.copy);
    log.size = reading.copy->checkpoint.size;
    log.root = reading.copy->checkpoint.root;
    log.from = reading.earlier != nullptr ? reading.earlier->size : 0;
    log.last = reading.last;
    log.counts = merge_->counts(party);
    if (reading.earlier != nullptr) log.counts += reading.earlier->counts;
    return log;
  }

  Report report() {
    Report report;
    report.now = request_.now;
    if (state_) report.since = state_->time;
    report.next = {request_.authority.id, request_.now, 0, {}};
    if (state_ && !request_.full) report.next.finished = state_->finished;
    for (const ca::Party& party : request_.authority.parties) {
      report.logs.push_back(log_report(party.identifier));
      const LogReport& log = report.logs.back();
      const LogState* before = earlier(party.identifier);
      if (!log.read || (before != nullptr && before->size > log.size)) {
        if (before != nullptr) report.next.logs.push_back(*before);  // still to be held against it
        continue;
      }
      const Reading& reading = readings_.at(party.identifier);
      report.next.logs.push_back({log.party, reading.copy->note, log.size, log.root,
                                  reading.frontier.edge(), log.last, log.counts});
    }
    report.certificates = report.next.finished;
    for (std::uint32_t i = 0; i < index_->items.size(); ++i) {
      const Item& item = index_->items[i];
      if (!item.has_intent() || index_->outcome(item) == nullptr) continue;
      ++report.certificates;
      if (!matters(item, *index_, request_.now)) ++report.next.finished;
    }
    findings_.add(std::move(entry_findings_));
    findings_.sort();
    report.index = index_;
    report.findings = std::move(findings_);
    return report;
  }

  const Request& request_;
  Findings findings_;        ///< about logs
  Findings entry_findings_;  ///< about what is in them; anew for every attempt to read
  CopySet copies_;
  std::optional<State> state_;
  std::shared_ptr<Index> index_;
  std::optional<Merge> merge_;
  std::map<std::uint16_t, Reading> readings_;
  std::set<std::uint16_t> from_start_;  ///< logs whose known beginning is not theirs any more
  Bundle bundle_;                       ///< the one that is being read
  std::pair<std::uint16_t, std::uint64_t> fetched_;  ///< which it is, if fetch() read it
};

}  // namespace

int exit_status(const Findings& findings, bool evidence_written) {
  if (evidence_written) return static_cast<int>(Error::Code::misbehaviour);
  const bool bad = findings.count(Severity::error) + findings.count(Severity::critical) > 0;
  return bad ? static_cast<int>(Error::Code::verification) : 0;
}

Result<Report, Error> run(const Request& request) { return Run(request)(); }

}  // namespace jointca::audit
