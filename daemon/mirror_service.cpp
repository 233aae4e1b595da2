#include "daemon/mirror_service.h"

#include <utility>

#include <soci/soci.h>

#include "crypto/rng.h"
#include "daemon/store.h"
#include "log/checkpoint.h"

namespace jointca::daemon {
namespace {

constexpr std::chrono::milliseconds pull_interval{1'000};
constexpr std::chrono::milliseconds pull_timeout{2'000};
/// Of the pulls, how many pass between two looks at the others' copies.
constexpr unsigned comparison_interval = 10;
/// Of a log that is read again to show that it is another one.
constexpr std::uint64_t split_entries_max = std::uint64_t{1} << 20;
constexpr std::chrono::milliseconds split_time_max{30'000};
/// Of one log before the next one has its turn: an owner could always have one more entry.
constexpr unsigned parts_per_pull_max = 8;
/// How old our cosignature of a log that does not grow becomes before it is made anew.
constexpr Duration cosign_interval{300};

}  // namespace

MirrorService::MirrorService(const Member& member, PartyLog& party_log, Mirrors& mirrors,
                             Store& store, Peers& peers, Rng& rng, Clock clock, Notice notice,
                             std::uint64_t copied_max)
    : member_(member),
      log_(party_log),
      mirrors_(mirrors),
      store_(store),
      peers_(peers),
      rng_(rng),
      clock_(std::move(clock)),
      notice_(std::move(notice)),
      own_log_(member, party_log),
      allowance_(copied_max) {
  log_.halt(own_log_.why_not());
}

void MirrorService::hear(Identifier from, const std::string& checkpoint) {
  if (!own_log_.hear(from, checkpoint)) return;
  log_.halt(own_log_.why_not());
  if (own_log_.refuted()) notice_(own_log_.why_not());
}

bool MirrorService::note_trouble(Identifier owner, const std::string& trouble) {
  if (troubles_[owner] == trouble) return false;
  troubles_[owner] = trouble;
  if (!trouble.empty()) notice_("log of " + member_.name_of(owner) + ": " + trouble);
  return !trouble.empty();
}

LogPart MirrorService::answer(Identifier from, const LogQuery& query) {
  if (!query.yours.empty()) hear(from, query.yours);
  LogPart part;
  if (from != member_.self) part.yours = mirrors_.of(from).checkpoint();
  const Identifier owner(query.log);
  if (!member_.roster.contains(owner)) return part;
  const LogStore& log = owner == member_.self ? log_ : mirrors_.of(owner);
  part.checkpoint = log.checkpoint();
  if (query.size >= log.size()) return part;
  // Up to the newest checkpoint that fits: every size that was signed is a possible end.
  const auto entries =
      log.entries(query.size, std::min(log.size(), query.size + part_entries_max), part_bytes_max);
  if (!entries) return part;
  const auto note = log.checkpoint_up_to(query.size + entries->size());
  const auto end = note ? log::open_checkpoint(*note, log.verifier())
                        : Result<log::VerifiedCheckpoint, Error>(failed("no checkpoint"));
  if (!end || end->checkpoint.size <= query.size) return part;
  part.checkpoint = *note;
  part.entries.assign(entries->begin(), entries->begin() + static_cast<std::ptrdiff_t>(
                                                               end->checkpoint.size - query.size));
  return part;
}

Result<log::NoteSignature, Error> MirrorService::checked(const Cosignature& cosignature) const {
  if (cosignature.log != member_.self.value()) return failed("not of this party's log");
  JCA_ASSIGN(std::string note, log_.checkpoint_up_to(cosignature.size));
  auto line = log::NoteSignature::parse(cosignature.line);
  if (!line) return failed(Error::Code::verification, line.error().text());
  std::vector<log::NoteVerifier> cosigners;
  for (const ca::Party& party : member_.authority.parties)
    if (auto keys = ca::log_keys(party.card)) cosigners.push_back(std::move(keys->cosigner));
  JCA_ASSIGN(const auto opened,
             log::open_checkpoint(note + cosignature.line, log_.verifier(), cosigners));
  if (opened.checkpoint.size != cosignature.size || opened.cosignatures.size() != 1)
    return failed(Error::Code::verification, "not a cosignature of a checkpoint of this log");
  return *std::move(line);
}

Result<Ok, Error> MirrorService::keep(const Cosignature& cosignature) {
  JCA_ASSIGN(const log::NoteSignature line, checked(cosignature));
  return store_.transact(
      [&](soci::session& sql) { log_.write_cosignature(sql, cosignature.size, line); });
}

transport::awaitable<Result<LogPart, Error>> MirrorService::ask(Identifier from,
                                                                const LogQuery& query,
                                                                std::chrono::milliseconds timeout) {
  const Digest session = rng_.array<32>();
  const auto answer =
      co_await peers_.ask(from,
                          member_.say(session, static_cast<std::uint16_t>(MessageType::log_query),
                                      from.value(), encoded(query)),
                          timeout);
  if (!answer) co_return Unexpected<Error>{{Error::Code::unreachable, answer.error().message}};
  const Header expected{member_.authority.id, session,
                        static_cast<std::uint16_t>(MessageType::log_part), from.value(),
                        member_.self.value()};
  if (answer->header != expected || !verify(*answer, member_.roster.at(from)))
    co_return failed("not an answer to our question");
  auto part = parse(std::type_identity<LogPart>{}, answer->payload);
  if (!part) co_return failed(part.error().text());
  hear(from, part->yours);
  co_return *std::move(part);
}

/// Entries did not fit the copy. If they belong to another tree that the log's owner signed, the
/// whole of it, as `from` has it, shows that.
transport::awaitable<void> MirrorService::look_for_split(Identifier from, Identifier owner) {
  log::Tree tree;
  log::MemoryHashes hashes;
  const transport::Deadline end = transport::after(split_time_max);
  while (tree.size() < split_entries_max && std::chrono::steady_clock::now() < end) {
    const auto part = co_await ask(from, {owner.value(), tree.size(), {}}, pull_timeout);
    if (!part) co_return;
    std::vector<Digest> leaves;
    for (const Bytes& entry : part->entries) leaves.push_back(log::hash_leaf(entry));
    hashes.write(tree.append(leaves));
    const auto stated = log::open_checkpoint(part->checkpoint, mirrors_.of(owner).verifier());
    if (!stated || stated->checkpoint.root != tree.root()) co_return;
    mirrors_.accuse_of_split(owner, part->checkpoint, hashes);
    if (part->entries.empty()) co_return;
  }
}

/// Of a log at rest: the owner did not get our newest cosignature, or it is old.
bool MirrorService::should_cosign_again(Identifier owner) {
  Told& told = told_[owner];
  const std::uint64_t size = mirrors_.of(owner).size();
  const bool at_rest = std::exchange(told.seen, size) == size;
  return at_rest && (told.size != size || clock_() >= told.at + cosign_interval);
}

transport::awaitable<Result<std::optional<Cosignature>, Error>> MirrorService::pull(
    Identifier from, Identifier owner, std::chrono::milliseconds timeout) {
  const auto nothing_new = std::optional<Cosignature>{};
  const LogStore& copy = mirrors_.of(owner);
  const LogQuery query{owner.value(), copy.size(), mirrors_.of(from).checkpoint()};
  auto part = co_await ask(from, query, timeout);
  if (!part) co_return Unexpected<Error>{part.error()};
  if (from == owner && part->checkpoint.empty()) co_return failed("it shows nothing of it");
  // A session may have told us more while we waited; then what came is told again.
  if (part->checkpoint.empty() || copy.size() != query.size) co_return nothing_new;
  if (part->entries.empty() && part->checkpoint == copy.checkpoint() &&
      (from != owner || !should_cosign_again(owner)))
    co_return nothing_new;
  if (part->entries.empty() && from != owner) {
    const auto older = log::open_checkpoint(part->checkpoint, copy.verifier());
    if (older && older->checkpoint.size < copy.size()) {  // a copy may be behind
      auto step = mirrors_.compare(owner, older->checkpoint, part->checkpoint);
      if (!step) co_return Unexpected<Error>{step.error()};
      co_return nothing_new;
    }
  }
  std::size_t bytes = 0;
  for (const Bytes& entry : part->entries) bytes += entry.size();
  auto step = mirrors_.extend(owner, std::move(part->entries), part->checkpoint, clock_());
  if (!step) co_return Unexpected<Error>{step.error()};
  if (!allowance_.take(owner, bytes, clock_()))
    co_return failed(std::string(CopyAllowance::exceeded));
  const Cosignature cosignature{owner.value(), step->size, step->cosignature.line()};
  auto taken = mirrors_.take(*std::move(step));
  if (!taken) co_return Unexpected<Error>{taken.error()};
  co_return cosignature;
}

/// What does not arrive is told again once the log is at rest.
transport::awaitable<void> MirrorService::tell(Identifier owner, Cosignature cosignature) {
  const auto answer = co_await peers_.ask(
      owner,
      member_.say(rng_.array<32>(), static_cast<std::uint16_t>(MessageType::cosignature),
                  owner.value(), encoded(cosignature)),
      pull_timeout);
  if (!answer || answer->header.round != static_cast<std::uint16_t>(MessageType::accepted))
    co_return;
  told_[owner].size = cosignature.size;
  told_[owner].at = clock_();
}

transport::awaitable<bool> MirrorService::catch_up(Identifier party, std::uint64_t size,
                                                   std::chrono::milliseconds timeout) {
  using Ticks = std::chrono::steady_clock;
  const transport::Deadline end = transport::after(timeout);
  std::vector<Identifier> sources{party};
  for (const auto& [other, key] : member_.roster)
    if (other != party && other != member_.self) sources.push_back(other);
  for (std::size_t i = 0; i < sources.size() && mirrors_.of(party).size() < size; ++i) {
    const transport::Deadline turn =
        Ticks::now() + (end - Ticks::now()) / static_cast<int>(sources.size() - i);
    for (bool more = true; more && mirrors_.of(party).size() < size;) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(turn - Ticks::now());
      if (left.count() <= 0) break;
      const std::uint64_t before = mirrors_.of(party).size();
      const auto pulled = co_await pull(sources[i], party, left);
      more = pulled && mirrors_.of(party).size() > before;
    }
  }
  co_return mirrors_.of(party).size() >= size;
}

transport::awaitable<void> MirrorService::pull_all() {
  for (const auto& [party, key] : member_.roster) {
    if (party == member_.self) continue;
    std::optional<Cosignature> newest;
    bool more = true;
    for (unsigned parts = 0; more && parts < parts_per_pull_max; ++parts) {
      const std::uint64_t before = mirrors_.of(party).size();
      const auto pulled = co_await pull(party, party, pull_timeout);
      if (pulled && *pulled) newest = *pulled;
      const bool away = !pulled && pulled.error().code == Error::Code::unreachable;
      if (!away && note_trouble(party, pulled ? "" : pulled.error().message) &&
          pulled.error().code == Error::Code::verification)
        co_await look_for_split(party, party);
      more = pulled && mirrors_.of(party).size() > before;
    }
    if (newest) co_await tell(party, *newest);
  }
}

transport::awaitable<void> MirrorService::keep_pulling() {
  for (unsigned round = 1;; ++round) {
    co_await transport::sleep_for(pull_interval);
    co_await pull_all();
    if (round % comparison_interval != 0) continue;
    for (const auto& [owner, owner_key] : member_.roster)
      for (const auto& [from, from_key] : member_.roster) {
        if (owner == member_.self || from == member_.self || from == owner) continue;
        const auto compared = co_await pull(from, owner, pull_timeout);
        if (!compared && compared.error().code == Error::Code::verification &&
            note_trouble(owner, compared.error().message))
          co_await look_for_split(from, owner);
      }
  }
}

}  // namespace jointca::daemon
