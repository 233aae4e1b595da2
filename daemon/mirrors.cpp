#include "daemon/mirrors.h"

#include <soci/soci.h>

#include "audit/split_view.h"
#include "crypto/hash.h"
#include "daemon/store.h"

namespace jointca::daemon {

Result<std::unique_ptr<Mirrors>, Error> Mirrors::open(const Member& member, Store& store,
                                                      Registry& registry, SigningKey cosigner_key,
                                                      Accuse accuse) {
  const auto keys_of = [](const ca::Party& party) {
    auto keys = ca::log_keys(party.card);
    JCA_ASSERT(keys.has_value());  // checked when the authority was read
    return *std::move(keys);
  };
  auto own = keys_of(*member.authority.party(member.self.value()));
  if (own.cosigner.key != cosigner_key.public_key())
    return failed("the cosigner key is not that of this party's card");
  std::unique_ptr<Mirrors> mirrors(new Mirrors(member, store, registry, std::move(cosigner_key),
                                               std::move(own.cosigner.name), std::move(accuse)));
  for (const ca::Party& party : member.authority.parties) {
    const Identifier identifier(party.identifier);
    if (identifier == member.self) continue;
    auto keys = keys_of(party);
    std::string origin_sha256 = to_hex(sha256(as_bytes(keys.log.name)));
    JCA_ASSIGN(auto log, LogStore::open(store, party.identifier, std::move(keys.log)));
    mirrors->copies_.emplace(identifier, Copy{std::move(log), std::move(origin_sha256)});
  }
  return mirrors;
}

const LogStore* Mirrors::find(std::string_view origin_sha256) const {
  for (const auto& [party, copy] : copies_)
    if (copy.origin_sha256 == origin_sha256) return copy.log.get();
  return nullptr;
}

void Mirrors::accuse_of_split(Identifier party, const std::string& note,
                              const log::HashReader& hashes) {
  if (const auto evidence = audit::split_view_evidence(
          member_.authority, party, copies_.at(party).log->checkpoint(), note, hashes))
    accuse_(*evidence);
}

/// The owner signed a checkpoint that contradicts the copy's. Without the hashes of the larger tree
/// nothing can be shown, but the log is refused all the same.
Unexpected<Error> Mirrors::contradiction(Identifier party, const std::string& note,
                                         const log::HashReader& larger) {
  accuse_of_split(party, note, larger);
  return failed(Error::Code::verification,
                "the log of " + member_.name_of(party) + " is not the one that it showed before");
}

/// The step after which the copy has all of its newest checkpoint, which is cosigned.
Mirrors::Step Mirrors::cosigned(Identifier party, std::optional<LogStore::Append> append,
                                Time now) const {
  const LogStore& copy = *copies_.at(party).log;
  const auto note = log::Note::parse(append ? append->checkpoint : copy.checkpoint());
  JCA_ASSERT(note.has_value());  // its signature was verified
  Step step;
  step.party = party;
  step.size = append ? append->tree.size() : copy.size();
  step.cosignature = log::cosign_note(note->text, cosigner_name_, cosigner_key_, now);
  if (append) read_entries(party, append->entries, now, step);
  step.append = std::move(append);
  return step;
}

/// What the entries say of hosts. A malformed one says nothing here; auditors report it.
void Mirrors::read_entries(Identifier party, const std::vector<Bytes>& entries, Time now,
                           Step& step) const {
  for (const Bytes& text : entries) {
    auto entry = log::parse_entry(text);
    if (!entry) continue;
    if (auto* vote = std::get_if<log::RevokeEntry>(&*entry)) {
      step.votes.push_back(std::move(*vote));
    } else if (auto* issue = std::get_if<log::IssueEntry>(&*entry);
               issue != nullptr && issue->authority == member_.authority.id) {
      if (auto holding = registry_.seen_in_log(party.value(), *issue, issuer_of(member_), now))
        step.holdings.push_back(*std::move(holding));
    }
  }
}

Result<Mirrors::Step, Error> Mirrors::follow(Identifier party, const Growth& growth, Time now) {
  const LogStore& copy = *copies_.at(party).log;
  if (copy.size() < growth.before.size())
    return failed(Error::Code::unreachable, "the copy of its log is behind");
  if (copy.size() >= growth.after.size()) {
    // We have been shown more already: it must have begun like this.
    JCA_ASSIGN(const Digest root, log::root(growth.after.size(), copy));
    if (root != growth.after.root()) return contradiction(party, growth.checkpoint, copy);
    return cosigned(party, std::nullopt, now);
  }
  const std::uint64_t known = copy.size() - growth.before.size();
  JCA_ASSIGN(const Digest root, log::root(copy.size(), growth.hashes));
  if (root != copy.tree().root()) return contradiction(party, growth.checkpoint, growth.hashes);
  LogStore::Append append = copy.extended_by(
      {growth.entries.begin() + static_cast<std::ptrdiff_t>(known), growth.entries.end()});
  append.checkpoint = growth.checkpoint;
  return cosigned(party, std::move(append), now);
}

Result<Ok, Error> Mirrors::compare(Identifier party, const log::Checkpoint& older,
                                   const std::string& note) {
  const LogStore& copy = *copies_.at(party).log;
  JCA_ASSIGN(const Digest root, log::root(older.size, copy));
  if (root != older.root) return contradiction(party, note, copy);
  return Ok{};
}

Result<Mirrors::Step, Error> Mirrors::extend(Identifier party, std::vector<Bytes> entries,
                                             const std::string& checkpoint, Time now) {
  const LogStore& copy = *copies_.at(party).log;
  JCA_ASSIGN(const auto opened, log::open_checkpoint(checkpoint, copy.verifier()));
  const log::Checkpoint& stated = opened.checkpoint;
  if (stated.size < copy.size()) {  // an older tree than the one that we have seen
    JCA_TRY(compare(party, stated, checkpoint));
    return failed("the log of " + member_.name_of(party) +
                  " is shorter than it was: an old copy of its state was restored");
  }
  if (stated.size != copy.size() + entries.size())
    return failed(Error::Code::verification, "entries that do not reach their checkpoint");
  if (stated.size == copy.size()) {
    if (stated.root != copy.tree().root()) return contradiction(party, checkpoint, copy);
    return cosigned(party, std::nullopt, now);
  }
  LogStore::Append append = copy.extended_by(std::move(entries));
  if (append.tree.root() != stated.root)
    return failed(Error::Code::verification, "the entries that " + member_.name_of(party) +
                                                 "'s log is said to have do not give its root");
  append.checkpoint = checkpoint;
  return cosigned(party, std::move(append), now);
}

void Mirrors::write(soci::session& sql, const Step& step) const {
  const LogStore& copy = *copies_.at(step.party).log;
  if (step.append) copy.write(sql, *step.append);
  copy.write_cosignature(sql, step.size, step.cosignature);
  for (const Holding& holding : step.holdings) registry_.write(sql, holding);
}

void Mirrors::apply(Step step) {
  if (step.append) copies_.at(step.party).log->apply(*std::move(step.append));
  for (const Holding& holding : step.holdings) registry_.apply(holding);
  for (const log::RevokeEntry& vote : step.votes) registry_.apply(step.party.value(), vote);
}

Result<Ok, Error> Mirrors::take(Step step) {
  JCA_TRY(store_.transact([&](soci::session& sql) { write(sql, step); }));
  apply(std::move(step));
  return Ok{};
}

}  // namespace jointca::daemon
