#include "daemon/signer.h"

#include <algorithm>
#include <set>

#include <soci/soci.h>

#include "crypto/hash.h"
#include "crypto/transcript.h"
#include "daemon/store.h"

namespace jointca::daemon {
namespace {

/// What this party would have refused for want of any other reason.
HostAnswer refused(std::string rule, std::string reason) {
  HostAnswer answer;
  answer.rule = std::move(rule);
  answer.reason = std::move(reason);
  return answer;
}

HostAnswer answer_of(const ca::Refusal& refusal) {
  HostAnswer answer = refused(refusal.rule, refusal.reason);
  answer.final = refusal.final;
  answer.taken = refusal.taken;
  answer.recorded = refusal.recorded;
  return answer;
}

/// Whether the policy puts this invitation before the operator.
bool asks(const ca::Policy& policy, const enroll::Invitation& invitation,
          const std::string& inviter) {
  ca::Proposal proposal;
  proposal.subject.name = invitation.terms.name;
  proposal.subject.groups = invitation.terms.groups;
  proposal.kinds = invitation.terms.kinds;
  proposal.voucher = {enroll::digest(invitation), invitation.key, inviter, invitation.terms};
  const auto approval = ca::effective(policy, proposal).permissions.approve;
  return approval.value_or(ca::Approval::ask) == ca::Approval::ask;
}

/// The identities of a session's members; none of a host's request.
std::vector<PublicKey> members_of(const ca::Proposal& proposal) {
  std::vector<PublicKey> members;
  if (proposal.session)
    for (const ca::Member& member : proposal.session->members) members.push_back(member.identity);
  return members;
}

BatchRegistry::Entry entry_of(const ca::Approved& approved) {
  const ca::Proposal& host = approved.proposal();
  return {host.request,    host.host_identity, host.voucher.invitation_key,
          host.subject,    approved.rule(),    host.renewal,
          members_of(host)};
}

/// A session is its coordinator's: the same id from another party is another session. Nonces, open
/// sessions and spent marks go by this.
Digest session_key(const Header& header) {
  return std::move(Transcript("jointca/session/v1")
                       .field(header.session)
                       .field(std::uint64_t{header.from}))
      .digest();
}

}  // namespace

/// The hosts that a session will really issue for, with the signing package over their items.
struct Signer::Batch {
  std::vector<std::uint16_t> hosts;  ///< positions in the proposal
  std::vector<std::size_t> nonces;   ///< positions among this signer's nonces, one per item
  frost::SigningPackage package;
  std::vector<frost::Joint> joint;
  Intent intent;
};

Signer::Signer(const Member& member, Registry& registry, PartyLog& party_log, Mirrors& mirrors,
               Store& store, Rng& rng, Accuse accuse)
    : member_(member),
      verified_requests_(member),
      registry_(registry),
      log_(party_log),
      mirrors_(mirrors),
      store_(store),
      rng_(rng),
      accuse_(std::move(accuse)),
      refusals_(party_log, store) {}

Envelope Signer::decline(const Envelope& to, std::string code, std::string reason) const {
  return member_.say(to.header.session, static_cast<std::uint16_t>(MessageType::declined),
                     to.header.from, encoded(Declined{std::move(code), std::move(reason)}));
}

/// A session is under all CA certificates that the authority has: it is signed by none of them.
ca::Decision Signer::decision_on(const ca::Proposal& proposal, const ca::Registry& registry,
                                 Time now) const {
  return ca::approve(
      proposal, policy_,
      proposal.session ? member_.constraints : member_.constraints_at(proposal.subject.not_before),
      registry, now);
}

HostAnswer Signer::consider(const ProposedHost& host, const ca::Registry& registry,
                            std::uint16_t coordinator, Time now, Candidate& candidate) {
  const auto verified = verified_requests_.verify(host.request);
  if (!verified) return refused(verified.error().check, verified.error().reason);
  const ca::Proposal proposal =
      proposal_of(*verified, host.networks, host.not_before, host.not_after);

  if (!proposal.session && registry_.is_revoked(proposal.host_identity))
    return refused("host.revoked", "the host was revoked");
  const Holding* known = registry_.holding(proposal.request);
  const bool same = known != nullptr && known->invitation == proposal.voucher.invitation_key;
  if (same && !known->certificates.empty()) {
    HostAnswer answer = refused("request.issued", "the request has its certificates already");
    if (known->certificates.size() <= certificates_bytes_max) {
      answer.certificates = known->certificates;
      answer.signers = known->signers;
    }
    return answer;
  }
  if (known != nullptr && known->intents >= intents_max)
    return refused("request.too_often", "it was about to be signed too often; enrol anew");
  ca::Decision decision = decision_on(proposal, registry, now);
  if (const auto* refusal = std::get_if<ca::Refusal>(&decision)) return answer_of(*refusal);
  if (const auto* held = std::get_if<ca::Held>(&decision)) {
    if (auto kept = ask_operator(*verified, now); !kept)
      return refused(proposal.session ? "session.not_kept" : "invitation.not_kept",
                     kept.error().message);
    HostAnswer answer = refused(held->rule, held->reason);
    answer.standing = HostAnswer::Standing::held;
    return answer;
  }
  auto& approved = std::get<ca::Approved>(decision);
  if (auto other = open_terms_.against(proposal.request, proposal.subject, coordinator, now)) {
    HostAnswer answer = refused("request.proposed_elsewhere",
                                "another party has just proposed it with other terms");
    answer.final = false;
    answer.recorded = std::move(other);
    return answer;
  }
  auto items = items_of(approved, issuer_of(member_));
  if (!items) return answer_of(items.error());
  candidate.items = *std::move(items);
  candidate.approved = std::move(approved);
  candidate.request = host.request;
  HostAnswer answer;
  answer.standing = HostAnswer::Standing::approved;
  return answer;
}

/// For the log, if the request is what it says.
void Signer::note_refusal(const ProposedHost& host, const HostAnswer& verdict, const Header& header,
                          Time now) {
  if (verdict.standing != HostAnswer::Standing::refused) return;
  const auto verified = verified_requests_.verify(host.request);
  if (!verified) return;
  const ca::Proposal proposal = proposal_of(*verified, {}, {}, {});
  refusals_.note({header.from, proposal.voucher.invitation_key, header.session, proposal.request,
                  verdict.rule, verdict.reason},
                 now);
}

void Signer::forget_old_sessions(Time now, std::uint16_t coordinator) {
  std::erase_if(sessions_, [now](const auto& entry) { return entry.second.end < now; });
  std::erase_if(committed_, [now](const auto& entry) { return entry.second.end < now; });
  std::size_t open = 0;
  auto oldest = sessions_.end();
  for (auto it = sessions_.begin(); it != sessions_.end(); ++it) {
    if (it->second.proposal.header.from != coordinator) continue;
    ++open;
    if (oldest == sessions_.end() || it->second.end < oldest->second.end) oldest = it;
  }
  if (open >= open_sessions_max) sessions_.erase(oldest);
}

/// The registry as if what other coordinators proposed a moment ago were signed, so that parties at
/// work at the same time do not make signers log what excludes each other. A coordinator's own
/// earlier sessions are its own business, and a request does not stand in its own way.
BatchRegistry Signer::with_open_sessions(std::uint16_t coordinator, const ProposalMessage& proposal,
                                         Time now) const {
  std::set<Bytes> repeated;
  for (const ProposedHost& host : proposal.hosts) repeated.insert(host.request);
  BatchRegistry registry(registry_);
  for (const auto& [key, session] : sessions_) {
    const bool recent = session.end > now + session_lifetime - reservation_lifetime;
    if (!recent || session.proposal.header.from == coordinator) continue;
    for (const Candidate& candidate : session.candidates)
      if (candidate.approved && !repeated.contains(candidate.request))
        registry.add(entry_of(*candidate.approved));
  }
  return registry;
}

Envelope Signer::answer_proposal(const Envelope& proposal, Time now) {
  const Digest& session_id = proposal.header.session;
  const Digest key = session_key(proposal.header);
  const SignedHeader signed_proposal = header_of(proposal);
  // Signers compare what they were shown by this header. To a proposal for one party alone the
  // coordinator could show our answer as a false report.
  if (proposal.header.to != 0)
    return decline(proposal, "proposal.malformed", "a proposal is for all parties");
  if (!log_.halted().empty()) return decline(proposal, "party.halted", log_.halted());
  if (const auto found = sessions_.find(key); found != sessions_.end()) {
    const SignedHeader& first = found->second.proposal;
    if (first.header == signed_proposal.header &&
        first.payload_digest != signed_proposal.payload_digest)
      accuse_({member_.authority.id,
               session_id,
               Identifier(proposal.header.from),
               "broadcast.equivocation",
               {},
               {first, signed_proposal},
               {}});
    if (signed_proposal == first) return found->second.answer;
    return decline(proposal, "session.used", "this session has another proposal");
  }
  if (registry_.is_spent(key))
    return decline(proposal, "session.spent", "the nonces of this session are spent");
  const auto message = parse(std::type_identity<ProposalMessage>{}, proposal.payload);
  if (!message) return decline(proposal, "proposal.malformed", message.error().text());

  forget_old_sessions(now, proposal.header.from);
  CommitmentsMessage answer{signed_proposal.payload_digest, proposal.signature, {}, {}};
  std::vector<Candidate> candidates(message->hosts.size());
  std::vector<std::size_t> item_counts;
  BatchRegistry registry = with_open_sessions(proposal.header.from, *message, now);
  std::set<Digest> requests;
  std::size_t items = 0, shown = 0;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    item_counts.push_back(item_count(message->hosts[i].request, message->hosts[i].networks));
    HostAnswer verdict =
        consider(message->hosts[i], registry, proposal.header.from, now, candidates[i]);
    if (const auto& approved = candidates[i].approved) {
      if (!requests.insert(approved->proposal().request).second) {
        candidates[i] = {};
        verdict = refused("request.repeated", "the proposal holds this request twice");
      } else {
        registry.add(entry_of(*approved));
        open_terms_.open(approved->proposal().request, approved->proposal().subject,
                         proposal.header.from, now);
        items += candidates[i].items.size();
      }
    }
    note_refusal(message->hosts[i], verdict, proposal.header, now);
    shown += verdict.certificates.size();
    if (shown > shown_certificates_bytes_max) {  // they come when fewer are asked for at once
      verdict.certificates.clear();
      verdict.signers.clear();
      verdict.final = false;
    }
    answer.hosts.push_back(std::move(verdict));
  }

  std::optional<frost::BatchNonces> nonces;
  if (items > 0) {
    frost::Begun begun = frost::begin_session(member_.key, items, rng_, key);
    nonces = std::move(begun.nonces);
    answer.commitments = encoded(begun.message);
  }
  Envelope envelope = member_.say(session_id, static_cast<std::uint16_t>(MessageType::commitments),
                                  proposal.header.from, encoded(answer));
  sessions_.emplace(
      key, Session(signed_proposal, proposal.payload, std::move(candidates), std::move(item_counts),
                   std::move(nonces), envelope, now + session_lifetime));
  return envelope;
}

Result<CommitmentsMessage, Declined> Signer::check_commitments(const Envelope& envelope,
                                                               const Session& session,
                                                               const Header& header) {
  const auto wrong = [](std::string code, std::string reason) {
    return Unexpected{Declined{std::move(code), std::move(reason)}};
  };
  const auto signer = member_.roster.find(Identifier(envelope.header.from));
  const Header expected{member_.authority.id, header.session,
                        static_cast<std::uint16_t>(MessageType::commitments), envelope.header.from,
                        header.from};
  if (signer == member_.roster.end() || envelope.header != expected ||
      !verify(envelope, signer->second))
    return wrong("request.commitments", "commitments that no party of this session signed");
  const std::string& name = member_.name_of(signer->first);
  auto message = parse(std::type_identity<CommitmentsMessage>{}, envelope.payload);
  if (!message) return wrong("request.commitments", name + ": " + message.error().text());

  // Did the coordinator show this signer another proposal? Its signature on it convicts it; a
  // signature that it did not make convicts the signer, which signed a report of it.
  SignedHeader shown = session.proposal;
  shown.payload_digest = message->proposal;
  shown.signature = message->coordinator_signature;
  if (!verify(shown, member_.roster.at(Identifier(header.from)))) {
    accuse_({member_.authority.id,
             header.session,
             signer->first,
             "issuance.commitments.proposal",
             {envelope},
             {},
             {}});
    return wrong("request.commitments", name + " reports a proposal that was never made");
  }
  if (message->proposal != session.proposal.payload_digest) {
    accuse_({member_.authority.id,
             header.session,
             Identifier(header.from),
             "broadcast.equivocation",
             {},
             {session.proposal, shown},
             {}});
    return wrong("request.proposal", "the coordinator showed " + name + " another proposal");
  }
  if (message->hosts.size() != session.candidates.size())
    return wrong("request.commitments", name + " answered for another number of hosts");
  return *std::move(message);
}

Result<Signer::Batch, Declined> Signer::assemble(const SignRequest& request, Session& session,
                                                 const Header& header) {
  const auto wrong = [](std::string code, std::string reason) {
    return Unexpected{Declined{std::move(code), std::move(reason)}};
  };
  Batch batch;
  batch.hosts = request.hosts;
  std::vector<frost::Statement> statements;
  std::vector<std::size_t> first_nonce(session.candidates.size());
  std::size_t nonce = 0;
  for (std::size_t i = 0; i < session.candidates.size(); ++i) {
    first_nonce[i] = nonce;
    nonce += session.candidates[i].items.size();
  }
  for (const std::uint16_t position : request.hosts) {
    if (position >= session.candidates.size() || !session.candidates[position].approved)
      return wrong("request.hosts", "asks for a host that this party did not approve");
    for (const Item& item : session.candidates[position].items) {
      batch.nonces.push_back(first_nonce[position]++);
      statements.push_back({issued::purpose_of(item.kind()), item.to_be_signed});
    }
  }

  PerParty<frost::CommitMessage> commitments;
  bool own = false;
  for (const Envelope& envelope : request.commitments) {
    JCA_ASSIGN(const auto message, check_commitments(envelope, session, header));
    const Identifier signer(envelope.header.from);
    own = own || envelope == session.answer;
    const auto all = parse(std::type_identity<frost::CommitMessage>{}, message.commitments);
    if (!all) return wrong("request.commitments", all.error().text());
    auto selected = commitments_for(message, *all, request.hosts, session.item_counts);
    if (!selected)
      return wrong("request.commitments",
                   member_.name_of(signer) + " did not commit to exactly these hosts");
    commitments.emplace(signer, *std::move(selected));
    batch.intent.signers.push_back(member_.name_of(signer));
  }
  if (!own) return wrong("request.commitments", "this party's own commitments are missing");

  auto package = frost::make_package(std::move(statements), commitments);
  if (!package) return wrong("request.commitments", package.error().reason);
  auto joint = frost::join(*package, member_.key.group);
  if (!joint) return wrong("request.commitments", joint.error().message);
  batch.package = *std::move(package);
  batch.joint = *std::move(joint);
  batch.intent.authority = member_.authority.id;
  batch.intent.session = header.session;
  batch.intent.coordinator = member_.name_of(Identifier(session.proposal.header.from));
  for (const std::uint16_t position : batch.hosts) {
    const Candidate& candidate = session.candidates[position];
    batch.intent.hosts.push_back(intended(candidate.approved->proposal(), candidate.items));
  }
  for (const frost::Joint& each : batch.joint) batch.intent.r.push_back(each.R.bytes());
  return batch;
}

Result<Ok, Declined> Signer::approve_again(const Batch& batch, const Session& session,
                                           Time now) const {
  BatchRegistry registry(registry_);
  for (const std::uint16_t position : batch.hosts) {
    const ca::Approved& approved = *session.candidates[position].approved;
    // Another coordinator may have finished meanwhile: what has certificates is not signed again.
    const Holding* known = registry_.holding(approved.proposal().request);
    if (known != nullptr && !known->certificates.empty())
      return Unexpected{Declined{"request.no_longer_approved",
                                 "request.issued: the request has its certificates already"}};
    if (!open_terms_.is_open(approved.proposal().request, approved.proposal().subject))
      return Unexpected{Declined{"request.no_longer_approved",
                                 "request.proposed_elsewhere: other terms were approved since"}};
    const ca::Decision decision = decision_on(approved.proposal(), registry, now);
    if (!std::holds_alternative<ca::Approved>(decision)) {
      const auto* refusal = std::get_if<ca::Refusal>(&decision);
      return Unexpected{Declined{"request.no_longer_approved",
                                 refusal != nullptr ? refusal->rule + ": " + refusal->reason
                                                    : "the operator is to be asked now"}};
    }
    registry.add(entry_of(approved));
  }
  return Ok{};
}

/// Logs the session: entries, checkpoint, holdings and the spent mark in one transaction.
Result<LoggedMessage, Error> Signer::log_intent(const Batch& batch, const Session& session,
                                                const Header& header, const Digest& request,
                                                Time now) {
  LoggedMessage message{request, {}, now, log_.size(), {}, {}};
  std::vector<Holding> holdings;
  for (const std::uint16_t position : batch.hosts) {
    const Candidate& candidate = session.candidates[position];
    const ca::Approved& approved = *candidate.approved;
    const ca::Proposal& host = approved.proposal();
    message.approvals.push_back({approved.rule(), approved.by() == "operator"});
    // A retry of a request that was logged before keeps its first holding.
    const Holding* earlier = registry_.holding(host.request);
    if (earlier != nullptr && !earlier->rule.empty() && earlier->subject == host.subject) {
      holdings.push_back(*earlier);
      ++holdings.back().intents;
    } else {
      holdings.push_back({host.request,
                          host.host_identity,
                          host.voucher.invitation_key,
                          host.subject,
                          approved.rule(),
                          now,
                          {},
                          {},
                          1,
                          host.renewal,
                          members_of(host)});
    }
  }
  for (const log::StoredHash& node : log_.tree().edge()) message.edge.push_back(node.hash);
  JCA_ASSIGN(auto append, log_.prepare(entries_of(batch.intent, message.approvals, now)));
  message.checkpoint = append.checkpoint;
  const Digest key = session_key(header);
  JCA_TRY(store_.transact([&](soci::session& sql) {
    log_.write(sql, append);
    for (const Holding& holding : holdings) registry_.write(sql, holding);
    registry_.write_spent(sql, key, now);
  }));
  log_.apply(std::move(append));
  for (const Holding& holding : holdings) registry_.apply(holding);
  registry_.apply_spent(key);
  return message;
}

const Envelope* Signer::answered(const Digest& session, const Digest& request) const {
  for (const Answered& each : answers_)
    if (each.session == session && each.request == request) return &each.answer;
  return nullptr;
}

void Signer::remember_answer(const Digest& session, const Digest& request, const Envelope& answer) {
  answers_.push_back({session, request, answer});
  if (answers_.size() > answers_max) answers_.pop_front();
}

Envelope Signer::answer_sign_request(const Envelope& request, Time now) {
  const Digest key = session_key(request.header);
  const Digest digest = header_of(request).payload_digest;
  if (const Envelope* before = answered(key, digest)) return *before;
  auto node = sessions_.extract(key);
  if (node.empty())
    return decline(request, registry_.is_spent(key) ? "session.spent" : "session.unknown",
                   "this party has no nonces for the session");
  // From here on the nonces are spent, whatever the checks find.
  Session session = std::move(node.mapped());
  if (!log_.halted().empty()) return decline(request, "party.halted", log_.halted());
  if (session.end < now || !session.nonces)
    return decline(request, "session.unknown", "nothing was approved, or it is too late");
  const auto message = parse(std::type_identity<SignRequest>{}, request.payload);
  if (!message) return decline(request, "request.malformed", message.error().text());
  auto batch = assemble(*message, session, request.header);
  if (!batch) return decline(request, batch.error().code, batch.error().reason);
  if (auto still = approve_again(*batch, session, now); !still)
    return decline(request, still.error().code, still.error().reason);

  std::vector<frost::SigningNonces> all = std::move(*session.nonces).take();
  std::vector<frost::SigningNonces> chosen;
  for (const std::size_t position : batch->nonces) chosen.push_back(std::move(all[position]));
  const auto logged = log_intent(*batch, session, request.header, digest, now);
  if (!logged) return decline(request, "log.failed", logged.error().message);
  committed_.emplace(
      key, Committed(std::move(batch->intent), std::move(batch->package), std::move(batch->joint),
                     std::move(chosen), std::move(session.payload), request.payload,
                     now + session_lifetime));
  Envelope answer =
      member_.say(request.header.session, static_cast<std::uint16_t>(MessageType::logged),
                  request.header.from, encoded(*logged));
  remember_answer(key, digest, answer);
  return answer;
}

PerParty<std::uint64_t> Signer::missing_for(const Envelope& proofs) const {
  PerParty<std::uint64_t> missing;
  const auto message = parse(std::type_identity<ProofsMessage>{}, proofs.payload);
  if (!message || !committed_.contains(session_key(proofs.header))) return missing;
  for (const Envelope& envelope : message->logged) {
    const auto party =
        member_.roster.find(Identifier(std::max<std::uint16_t>(1, envelope.header.from)));
    if (party == member_.roster.end() || party->first == member_.self) continue;
    const auto logged = parse(std::type_identity<LoggedMessage>{}, envelope.payload);
    if (logged && logged->first > mirrors_.of(party->first).size())
      missing.emplace(party->first, logged->first);
  }
  return missing;
}

/// What every signer but this one has logged, as steps of our copies. Its fault is the signer's
/// whose proof it is, and its evidence the proof, signed.
Result<std::vector<Mirrors::Step>, Declined> Signer::check_proofs(const ProofsMessage& message,
                                                                  const Committed& committed,
                                                                  const Header& header, Time now) {
  const auto wrong = [](std::string code, std::string reason, std::uint16_t about = 0) {
    return Unexpected{Declined{std::move(code), std::move(reason), about}};
  };
  std::vector<std::string> signers;
  for (const Envelope& envelope : message.logged)
    if (const ca::Party* party = member_.authority.party(envelope.header.from))
      signers.push_back(party->card.name);
  if (signers != committed.intent.signers)
    return wrong("proofs.missing", "not one proof of every signer");
  std::vector<Mirrors::Step> steps;
  for (const Envelope& envelope : message.logged) {
    const Identifier party(envelope.header.from);
    const std::string& name = member_.name_of(party);
    const Header expected{member_.authority.id, header.session,
                          static_cast<std::uint16_t>(MessageType::logged), party.value(),
                          header.from};
    if (envelope.header != expected || !verify(envelope, member_.roster.at(party)))
      return wrong("proofs.unsigned", "a proof that " + name + " did not sign for this session");
    if (party == member_.self) continue;
    const auto accuse = [&](const std::string& check, std::map<std::string, Bytes> inputs) {
      accuse_(
          {member_.authority.id, header.session, party, check, {envelope}, {}, std::move(inputs)});
    };
    const auto logged = parse(std::type_identity<LoggedMessage>{}, envelope.payload);
    if (!logged) {
      accuse("issuance.logged.malformed", {});
      return wrong("proofs.malformed", name + ": " + logged.error().text(), party.value());
    }
    if (logged->request != sha256(committed.request))
      return wrong("proofs.other_request", name + " logged for another sign request",
                   party.value());
    const auto growth = check_logged(*logged, committed.intent, mirrors_.of(party).verifier());
    if (!growth) {
      accuse("issuance.logged.proof",
             {{"proposal", committed.proposal}, {"request", committed.request}});
      return wrong("proofs.not_logged", name + ": " + growth.error().message, party.value());
    }
    auto step = mirrors_.follow(party, *growth, now);
    if (!step && step.error().code == Error::Code::unreachable)
      return wrong("proofs.behind", name + ": " + step.error().message, party.value());
    if (!step) return wrong("proofs.split_view", step.error().message, party.value());
    steps.push_back(*std::move(step));
  }
  return steps;
}

Envelope Signer::answer_proofs(const Envelope& proofs, Time now) {
  const Digest key = session_key(proofs.header);
  const Digest digest = header_of(proofs).payload_digest;
  if (const Envelope* before = answered(key, digest)) return *before;
  auto node = committed_.extract(key);
  if (node.empty())
    return decline(proofs, registry_.is_spent(key) ? "session.spent" : "session.unknown",
                   "this party has not logged the session, or signed it already");
  Committed committed = std::move(node.mapped());
  if (committed.end < now) return decline(proofs, "session.unknown", "it is too late");
  if (!log_.halted().empty()) return decline(proofs, "party.halted", log_.halted());
  const auto message = parse(std::type_identity<ProofsMessage>{}, proofs.payload);
  if (!message) return decline(proofs, "proofs.malformed", message.error().text());
  auto steps = check_proofs(*message, committed, proofs.header, now);
  if (!steps) {
    const Declined& why = steps.error();
    return member_.say(proofs.header.session, static_cast<std::uint16_t>(MessageType::declined),
                       proofs.header.from, encoded(why));
  }
  if (auto kept = store_.transact([&](soci::session& sql) {
        for (const Mirrors::Step& step : *steps) mirrors_.write(sql, step);
      });
      !kept)
    return decline(proofs, "log.failed", kept.error().message);
  ReleasedMessage released;
  for (Mirrors::Step& step : *steps) {
    released.cosignatures.push_back({step.party.value(), step.size, step.cosignature.line()});
    mirrors_.apply(std::move(step));
  }
  // What the others logged may hold the vote that was missing.
  for (const Intent::Host& host : committed.intent.hosts)
    for (const PublicKey& identity : host.identities)
      if (registry_.is_revoked(identity))
        return decline(proofs, "request.no_longer_approved", "host.revoked: the host was revoked");
  // Everything is durable: what we logged, what the others logged, and that the nonces are spent.
  auto shares = frost::sign_batch(frost::BatchNonces(std::move(committed.nonces)),
                                  committed.package, committed.joint, member_.key);
  if (!shares) return decline(proofs, "request.commitments", shares.error().message);
  released.shares =
      member_.say(proofs.header.session, static_cast<std::uint16_t>(MessageType::shares),
                  proofs.header.from, encoded(*shares));
  Envelope answer =
      member_.say(proofs.header.session, static_cast<std::uint16_t>(MessageType::released),
                  proofs.header.from, encoded(released));
  remember_answer(key, digest, answer);
  return answer;
}

void Signer::release(const Header& header) {
  sessions_.erase(session_key(header));
  committed_.erase(session_key(header));
}

Result<bool, Error> Signer::remember(const enroll::Invitation& invitation, Time now) {
  const Digest digest = enroll::digest(invitation);
  if (const KnownInvitation* known = registry_.invitation(digest)) return known->asked;
  const auto inviter = member_.party_name(invitation.inviter);
  if (invitation.terms.expires < now) return failed("the invitation has expired");
  if (invitation.authority != member_.authority.id || !inviter || !enroll::verify(invitation))
    return failed(Error::Code::verification, "not an invitation by a party of this authority");
  // Each party has its share, so that none can use up the others'.
  if (registry_.invitations_by(invitation.inviter) >=
      invitations_max / member_.authority.parties.size())
    return failed("too many invitations by " + *inviter);
  const KnownInvitation known{digest,
                              encoded(invitation),
                              invitation.inviter,
                              KnownInvitation::State::open,
                              "",
                              asks(policy_, invitation, *inviter),
                              now};
  JCA_TRY(store_.transact([&](soci::session& sql) { registry_.write(sql, known); }));
  registry_.apply(known);
  return known.asked;
}

Result<Ok, Error> Signer::ask_operator(const enroll::Invitation& invitation, Time now) {
  JCA_ASSIGN(const bool asked, remember(invitation, now));
  if (asked) return Ok{};
  // The policy asks about what the invitation alone did not show: the address, or the host.
  KnownInvitation known = *registry_.invitation(enroll::digest(invitation));
  known.asked = true;
  JCA_TRY(store_.transact([&](soci::session& sql) { registry_.write(sql, known); }));
  registry_.apply(known);
  return Ok{};
}

Result<Ok, Error> Signer::ask_operator(const Asked& asked, Time now) {
  if (const enroll::Request* request = request_of(asked))
    return ask_operator(request->invitation, now);
  return ask_operator(std::get<mpyc::Agreement>(asked).manifest(), now);
}

/// Each host has its share, so that none can use up the others': it consented to every session that
/// counts for it.
Result<Ok, Error> Signer::ask_operator(const mpyc::Manifest& manifest, Time now) {
  const Digest digest = mpyc::digest(manifest);
  if (registry_.invitation(digest) != nullptr) return Ok{};
  const auto counts = registry_.asked_sessions(now);
  if (counts.all >= asked_sessions_max) return failed("too many sessions wait for the operator");
  for (const mpyc::Seat& seat : manifest.seats)
    if (const auto of_host = counts.by_host.find(seat.identity);
        of_host != counts.by_host.end() && of_host->second >= asked_sessions_per_host_max)
      return failed("too many sessions of " + seat.name + " wait for the operator");
  const KnownInvitation known{digest,      to_bytes(mpyc::to_json(manifest)),
                              PublicKey{}, KnownInvitation::State::open,
                              "",          true,
                              now,         std::make_shared<const mpyc::Manifest>(manifest)};
  JCA_TRY(store_.transact([&](soci::session& sql) {
    registry_.erase_ended_sessions(sql, now);
    registry_.write(sql, known);
  }));
  registry_.apply_erased(now);
  registry_.apply(known);
  return Ok{};
}

Result<Ok, Error> Signer::decide(const Digest& id, bool approved, const std::string& reason,
                                 Time now) {
  const KnownInvitation* known = registry_.invitation(id);
  if (known == nullptr) return failed("no such request; `jointca requests` lists those that wait");
  if (known->state != KnownInvitation::State::open)
    return failed(
        "it is " + state_text(known->state) +
        " already, which is final; make another with `jointca invite`, or a new manifest");
  KnownInvitation decided = *known;
  decided.state = approved ? KnownInvitation::State::approved : KnownInvitation::State::denied;
  decided.reason = reason;
  decided.made = now;
  JCA_TRY(store_.transact([&](soci::session& sql) { registry_.write(sql, decided); }));
  registry_.apply(decided);
  return Ok{};
}

Result<Ok, Error> Signer::learn(const OutcomeMessage& outcome, Time now) {
  std::vector<Holding> learned;
  for (const IssuedHost& host : outcome.hosts) {
    const auto verified = verified_requests_.verify(host.request);
    if (!verified) return failed(Error::Code::verification, verified.error().reason);
    JCA_ASSIGN(auto subject, subject_of(host.certificates, *verified, issuer_of(member_)));
    if (const enroll::Request* request = request_of(*verified);
        request != nullptr &&
        subject.not_before < request->made - ca::backdating - ca::clock_skew_max)
      return failed(Error::Code::verification, "the certificates are of another request");
    const ca::Proposal asked = proposal_of(*verified, {}, {}, {});
    Holding holding{asked.request,
                    asked.host_identity,
                    asked.voucher.invitation_key,
                    std::move(subject),
                    "",
                    now,
                    {},
                    {},
                    0,
                    asked.renewal};
    const Holding* known = registry_.holding(holding.request);
    if (known != nullptr && !known->certificates.empty()) continue;
    if (known != nullptr) {  // what was issued counts, not what we intended
      holding.rule = known->rule;
      holding.made = known->made;
      holding.intents = known->intents;
      holding.members = known->members;
    }
    if (host.signers.size() < member_.authority.min_signers ||
        host.signers.back() > member_.authority.parties.size())
      return failed(Error::Code::verification, "the signers are not parties, or too few");
    holding.certificates = host.certificates;
    holding.signers = host.signers;
    learned.push_back(std::move(holding));
  }
  JCA_TRY(store_.transact([&](soci::session& sql) {
    for (const Holding& holding : learned) registry_.write(sql, holding);
  }));
  for (const Holding& holding : learned) registry_.apply_issued(holding);
  return Ok{};
}

}  // namespace jointca::daemon
