// daemon/issuance_sign.cpp — from commitments to certificates: log, prove, release, aggregate.
#include <algorithm>

#include <soci/soci.h>

#include "crypto/hash.h"
#include "daemon/issuance_job.h"
#include "daemon/log_proofs.h"
#include "daemon/store.h"

namespace jointca::daemon {
namespace {

/// How often the outcome is offered to a party that cannot be reached, and how far apart.
constexpr unsigned outcome_attempts_max = 5;
constexpr std::chrono::milliseconds outcome_interval{2'000};
constexpr std::chrono::milliseconds outcome_timeout{10'000};
/// Of requests and certificates in one message, well below an envelope's payload_bytes_max.
constexpr std::size_t outcome_bytes_max = 700 * 1024;

}  // namespace

using transport::awaitable;

enroll::Bundle Issuance::bundle_of(const Holding& holding) const {
  enroll::Bundle bundle{holding.request,
                        holding.subject.name,
                        holding.subject.networks,
                        holding.subject.groups,
                        holding.subject.not_after,
                        {},
                        {},
                        {},
                        {},
                        proofs_of(holding, log_, mirrors_.copies(), member_)};
  if (holding.is_session()) bundle.session = holding.certificates;
  if (const auto statements = issued::parse_signed(holding.certificates))
    for (const issued::Signed& each : *statements)
      if (const auto kind = issued::asked_by(each.statement.kind))
        bundle.certificates[*kind] += issued::signed_text(each.statement, each.signature);
  bundle.ca = member_.succession.trusted_at(clock_());
  for (const std::uint16_t signer : holding.signers)
    bundle.signers.push_back(member_.name_of(Identifier(signer)));
  return bundle;
}

/// A bundle of known certificates is worth something with proofs by all their signers: what our
/// copies of their logs lack is fetched. Without them the host is told to come back.
awaitable<Answer> Issuance::proven(Digest request, Answer answer) {
  if (!std::holds_alternative<enroll::Bundle>(answer)) co_return answer;
  const transport::Deadline end = transport::after(times_.sign);
  TooFewParties few{member_.authority.min_signers, {}};
  const auto unproven = [&] {
    return unproven_signers(*registry_.holding(request), std::get<enroll::Bundle>(answer).proofs,
                            member_);
  };
  for (const Identifier signer : unproven()) {
    bool reached = signer != member_.self;
    const auto lacking = [&] {
      const auto all = unproven();
      return std::find(all.begin(), all.end(), signer) != all.end();
    };
    // A copy that is far behind comes in parts.
    while (reached && lacking() && std::chrono::steady_clock::now() < end) {
      const std::uint64_t size = mirrors_.copies().of(signer).size();
      reached = co_await mirrors_.catch_up(signer, size + 1, times_.propose);
      answer = bundle_of(*registry_.holding(request));
    }
    if (lacking()) few.missing.push_back(member_.name_of(signer) + " (no proof by its log)");
  }
  if (!few.missing.empty()) co_return few;
  co_return answer;
}

Result<std::vector<std::vector<Item>>, Error> Issuance::expected(
    const Jobs& jobs, const std::vector<std::uint16_t>& hosts) const {
  std::vector<std::vector<Item>> items;
  for (const std::uint16_t host : hosts) {
    const Job& job = *jobs[host];
    auto derived = expected_items(job.proposal(), issuer_of(member_));
    if (!derived) return failed(derived.error().rule + ": " + derived.error().reason);
    items.push_back(*std::move(derived));
  }
  return items;
}

/// The shares inside the answers to the proofs, signed by who released them.
PerParty<frost::ShareMessage> Issuance::read_shares(Round& round, PerParty<Envelope>& envelopes,
                                                    std::vector<Cosignature>& cosignatures) {
  PerParty<frost::ShareMessage> shares;
  for (const auto& [party, envelope] : round.answers) {
    auto released = parse(std::type_identity<ReleasedMessage>{}, envelope.payload);
    const Header expected{member_.authority.id, envelope.header.session,
                          static_cast<std::uint16_t>(MessageType::shares), party.value(),
                          member_.self.value()};
    if (!released || released->shares.header != expected ||
        !verify(released->shares, member_.roster.at(party))) {
      ++failures_[party];
      round.failed.emplace(party, "released nothing that it signed");
      continue;
    }
    auto message = parse(std::type_identity<frost::ShareMessage>{}, released->shares.payload);
    if (!message) {
      accuse_({member_.authority.id,
               envelope.header.session,
               party,
               std::string(frost::ShareMessage::malformed),
               {released->shares},
               {},
               {}});
      ++failures_[party];
      round.failed.emplace(party, "sent malformed shares");
      continue;
    }
    shares.emplace(party, *std::move(message));
    envelopes.emplace(party, std::move(released->shares));
    for (Cosignature& each : released->cosignatures) cosignatures.push_back(std::move(each));
  }
  return shares;
}

void Issuance::convict(const Blame& blame, Round& round, const PerParty<Envelope>& shares,
                       const frost::SigningPackage& package) {
  std::vector<Envelope> messages;
  for (const auto& [party, envelope] : shares) messages.push_back(envelope);
  for (const Fault& fault : blame.faults) {
    ++failures_[fault.culprit];
    round.failed.emplace(fault.culprit, "misbehaved: " + fault.check);
    if (const auto evidence =
            make_evidence(fault, member_.authority.id, messages.front().header.session, messages,
                          {{"package", encoded(package)}}))
      accuse_(*evidence);
  }
}

/// What all signers are to sign, as this party derives it too.
struct Issuance::Signing {
  std::vector<Identifier> signers;
  std::vector<std::vector<Item>> items;  ///< per host
  SignRequest request;
  frost::SigningPackage package;
  std::vector<frost::Joint> joint;
};

Result<Issuance::Signing, Issuance::Failures> Issuance::prepare(
    const Jobs& jobs, const std::vector<std::uint16_t>& hosts, const Round& round,
    const std::vector<Identifier>& signers) const {
  Signing signing{signers, {}, {hosts, {}}, {}, {}};
  std::vector<std::size_t> item_counts;
  for (const auto& job : jobs) item_counts.push_back(item_count(job->sealed, job->networks));
  PerParty<frost::CommitMessage> commitments;
  Failures failures;
  for (const Identifier signer : signers) {
    signing.request.commitments.push_back(round.answers.at(signer));
    auto selected =
        commitments_for(round.commitments.at(signer), round.pairs.at(signer), hosts, item_counts);
    if (selected)
      commitments.emplace(signer, *std::move(selected));
    else
      failures.emplace(signer, "committed to another number of items");
  }
  if (!failures.empty()) return Unexpected{std::move(failures)};
  auto items = expected(jobs, hosts);
  if (!items) return Unexpected{Failures{{member_.self, items.error().message}}};
  signing.items = *std::move(items);
  std::vector<frost::Statement> statements;
  for (const auto& of_host : signing.items)
    for (const Item& item : of_host)
      statements.push_back({issued::purpose_of(item.kind()), item.to_be_signed});
  auto package = frost::make_package(std::move(statements), commitments);
  if (!package) return Unexpected{Failures{{member_.self, package.error().reason}}};
  auto joint = frost::join(*package, member_.key.group);
  if (!joint) return Unexpected{Failures{{member_.self, joint.error().message}}};
  signing.package = *std::move(package);
  signing.joint = *std::move(joint);
  return signing;
}

/// What a session gave.
struct Issuance::Collected {
  std::vector<SignatureBytes> signatures;
  /// Of this party's log, with its sizes; checked, and recorded with the outcome.
  std::vector<std::pair<std::uint64_t, log::NoteSignature>> cosignatures;
};

/// The signers log, show each other that they have, and release their shares: the signatures, or
/// what keeps them from coming.
awaitable<Result<Issuance::Collected, std::shared_ptr<Issuance::Round>>> Issuance::collect(
    const Signing& signing, Digest session_id) {
  const auto say = [&](MessageType type, Bytes payload) {
    return member_.say(session_id, static_cast<std::uint16_t>(type), 0, std::move(payload));
  };
  const std::size_t t = signing.signers.size();
  std::shared_ptr<Round> logged = co_await ask_signers(
      signing.signers, say(MessageType::sign_request, encoded(signing.request)),
      MessageType::logged);
  // Passed on, an answer to another request would cost us the honest signers.
  const Digest request = sha256(encoded(signing.request));
  std::erase_if(logged->answers, [&](const auto& answer) {
    const auto message = parse(std::type_identity<LoggedMessage>{}, answer.second.payload);
    if (!message || message->request == request) return false;
    ++failures_[answer.first];
    logged->failed.emplace(answer.first, "logged for another sign request");
    return true;
  });
  if (logged->answers.size() < t) {
    // What the others logged is for nothing; they forget the nonces.
    for (const Identifier party : parties_of(logged->answers))
      tasks_.spawn(release(party, session_id));
    co_return Unexpected{logged};
  }
  ProofsMessage proofs;
  for (const auto& [party, envelope] : logged->answers) proofs.logged.push_back(envelope);
  std::shared_ptr<Round> released = co_await ask_signers(
      signing.signers, say(MessageType::proofs, encoded(proofs)), MessageType::released);
  PerParty<Envelope> envelopes;
  std::vector<Cosignature> cosignatures;
  const auto shares = read_shares(*released, envelopes, cosignatures);
  pass_on(cosignatures);
  if (shares.size() < t) co_return Unexpected{released};
  auto signatures =
      frost::aggregate_batch(signing.package, signing.joint, shares, member_.key.group,
                             static_cast<std::uint16_t>(MessageType::shares));
  if (!signatures) {
    convict(signatures.error(), *released, envelopes, signing.package);
    co_return Unexpected{released};
  }
  if (std::find(signing.signers.begin(), signing.signers.end(), member_.self) ==
      signing.signers.end())
    co_await follow_logs(*logged);
  Collected collected{*std::move(signatures), {}};
  for (const Cosignature& cosignature : cosignatures)
    if (cosignature.log == member_.self.value())
      if (auto line = mirrors_.checked(cosignature))
        collected.cosignatures.emplace_back(cosignature.size, *std::move(line));
  co_return collected;
}

/// Cosignatures go to those whose logs they are of.
void Issuance::pass_on(const std::vector<Cosignature>& cosignatures) {
  for (const Cosignature& cosignature : cosignatures) {
    const Identifier owner(cosignature.log);
    if (owner == member_.self || !member_.roster.contains(owner)) continue;
    tasks_.spawn(tell(
        owner, member_.say(rng_.array<32>(), static_cast<std::uint16_t>(MessageType::cosignature),
                           owner.value(), encoded(cosignature))));
  }
}

/// A coordinator that does not sign has to fetch what the signers logged, to prove it to the host.
awaitable<void> Issuance::follow_logs(const Round& logged) {
  for (const auto& [party, envelope] : logged.answers) {
    const auto message = parse(std::type_identity<LoggedMessage>{}, envelope.payload);
    if (message) co_await mirrors_.catch_up(party, message->first + 1, times_.propose);
  }
}

awaitable<void> Issuance::tell(Identifier party, Envelope envelope) {
  const auto answer = co_await peers_.ask(party, std::move(envelope), times_.propose);
  (void)answer;
}

awaitable<void> Issuance::sign(Digest session_id, Jobs jobs, std::vector<std::uint16_t> hosts,
                               std::shared_ptr<Round> round, std::vector<Identifier> signers) {
  std::optional<OutcomeMessage> outcome;
  std::string unrecorded;
  Failures failures;
  PerParty<Identifier> blamed;
  std::set<Identifier> changed_mind;
  if (const auto signing = prepare(jobs, hosts, *round, signers); !signing) {
    failures = signing.error();
  } else if (const auto collected = co_await collect(*signing, session_id); !collected) {
    failures = collected.error()->failed;
    blamed = collected.error()->blamed;
    changed_mind = collected.error()->changed_mind;
  } else if (auto recorded = record(jobs, hosts, signing->items, *collected, signers, session_id)) {
    outcome = *std::move(recorded);
  } else {
    unrecorded = recorded.error().message;
    notice_("outcome: " + unrecorded);
  }

  const std::size_t liars_max = member_.authority.min_signers - 1U;
  for (const std::uint16_t host : hosts) {
    const auto& job = jobs[host];
    if (outcome) {
      conclude(job, bundle_of(*registry_.holding(job->digest())));
      continue;
    }
    if (!unrecorded.empty()) {  // signing again would not help, and leave certificates behind
      conclude(job, TooFewParties{member_.authority.min_signers,
                                  {member_.name() + " (cannot record: " + unrecorded + ")"},
                                  {}});
      continue;
    }
    for (const auto& [party, why] : failures) {
      if (changed_mind.contains(party)) continue;
      const auto about = blamed.find(party);
      if (about == blamed.end())
        job->do_without(party, {why}, liars_max);
      else
        job->do_without(about->second, {why + ", says " + member_.name_of(party), party},
                        liars_max);
    }
    again(job);
  }
  if (outcome) tasks_.spawn(tell_others(*std::move(outcome)));
}

Result<OutcomeMessage, Error> Issuance::record(const Jobs& jobs,
                                               const std::vector<std::uint16_t>& hosts,
                                               const std::vector<std::vector<Item>>& items,
                                               const Collected& collected,
                                               const std::vector<Identifier>& signers,
                                               const Digest& session_id) {
  const Time now = clock_();
  OutcomeMessage outcome;
  std::vector<log::Entry> entries;
  std::vector<Holding> holdings;
  std::vector<std::uint16_t> signer_numbers;
  signer_numbers.reserve(signers.size());
  for (const Identifier signer : signers) signer_numbers.push_back(signer.value());
  auto signature = collected.signatures.begin();
  for (std::size_t i = 0; i < hosts.size(); ++i) {
    const Job& job = *jobs[hosts[i]];
    const ca::Proposal proposal = job.proposal();
    std::string certificates;
    for (const Item& item : items[i]) {
      JCA_ASSIGN(const Finished done,
                 finished(item, *signature, member_.keys, member_.succession.pool(), now));
      certificates += done.text;
      entries.push_back(log::OutcomeEntry{session_id, proposal.request, item.kind(),
                                          sha256(item.to_be_signed), *signature, done.fingerprint,
                                          now});
      ++signature;
    }
    Holding holding{proposal.request,
                    proposal.host_identity,
                    proposal.voucher.invitation_key,
                    proposal.subject,
                    "",
                    now,
                    certificates,
                    signer_numbers,
                    0,
                    proposal.renewal};
    if (const Holding* known = registry_.holding(holding.request)) {
      if (!known->certificates.empty()) continue;  // learnt meanwhile: the first ones stay
      holding.rule = known->rule;
      holding.made = known->made;
      holding.intents = known->intents;
    }
    holdings.push_back(std::move(holding));
    outcome.hosts.push_back({job.sealed, std::move(certificates), signer_numbers});
  }
  JCA_ASSIGN(auto append, log_.prepare(entries));
  JCA_TRY(store_.transact([&](soci::session& sql) {
    for (const auto& [size, line] : collected.cosignatures) log_.write_cosignature(sql, size, line);
    log_.write(sql, append);
    for (const Holding& holding : holdings) registry_.write(sql, holding);
  }));
  log_.apply(std::move(append));
  for (const Holding& holding : holdings) registry_.apply_issued(holding);
  return outcome;
}

awaitable<void> Issuance::tell_others(OutcomeMessage outcome) {
  // A thousand certificates do not fit one envelope, so they go in parts.
  for (std::size_t next = 0; next < outcome.hosts.size();) {
    OutcomeMessage part;
    for (std::size_t bytes = 0; next < outcome.hosts.size(); ++next) {
      IssuedHost& host = outcome.hosts[next];
      bytes += host.request.size() + host.certificates.size();
      if (!part.hosts.empty() && (bytes > outcome_bytes_max || part.hosts.size() == hosts_max))
        break;
      part.hosts.push_back(std::move(host));
    }
    const Digest session_id = rng_.array<32>();
    const Envelope envelope =
        member_.say(session_id, static_cast<std::uint16_t>(MessageType::outcome), 0, encoded(part));
    std::set<Identifier> left;
    for (const auto& [party, key] : member_.roster)
      if (party != member_.self) left.insert(party);
    for (unsigned attempt = 0; attempt < outcome_attempts_max && !left.empty(); ++attempt) {
      if (attempt > 0) co_await transport::sleep_for(outcome_interval);
      const std::set<Identifier> now = left;
      for (const Identifier party : now) {
        const auto told = co_await peers_.ask(party, envelope, outcome_timeout);
        if (told) left.erase(party);
      }
    }
    for (const Identifier party : left)
      notice_(member_.name_of(party) + " was not told of new certificates");
  }
}

}  // namespace jointca::daemon
