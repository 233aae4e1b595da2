#include "daemon/revocation_signer.h"

#include <algorithm>

#include "crypto/transcript.h"

namespace jointca::daemon {
namespace {

Digest session_key(const Header& header) {
  return std::move(Transcript("jointca/list-session/v1")
                       .field(header.session)
                       .field(std::uint64_t{header.from}))
      .digest();
}

Unexpected<Declined> refused(std::string code, std::string reason) {
  return Unexpected{Declined{std::move(code), std::move(reason)}};
}

}  // namespace

std::uint64_t RevocationSigner::number_limit(Time now) const {
  const Duration age = now - member_.constraints.not_before;
  return age.count() <= 0 ? 0 : static_cast<std::uint64_t>(age.count());
}

Envelope RevocationSigner::decline(const Envelope& to, const Declined& why) const {
  return member_.say(to.header.session, static_cast<std::uint16_t>(MessageType::declined),
                     to.header.from, encoded(why));
}

bool RevocationSigner::differs(const Envelope& proposal) {
  const auto message = parse(std::type_identity<ListProposal>{}, proposal.payload);
  const auto list = message ? ca::parse_revocations(message->list) : malformed("", "no proposal");
  if (!list) return false;
  const auto learned = view_.learn(message->certificates);
  const auto own = view_.revoked(lists_.newest(), list->this_update);
  return learned && own && *own != list->revoked;
}

/// Everything that we must see ourselves before we sign a list.
Result<ca::Revocations, Declined> RevocationSigner::check(const std::string& text, Time now) {
  auto list = ca::parse_revocations(text);
  if (!list) return refused("list.malformed", list.error().text());
  if (list->authority != member_.authority.id)
    return refused("list.authority", "the list is of another authority");
  if (list->number <= lists_.number())
    return refused("list.number",
                   "list " + std::to_string(lists_.number()) + " was signed or seen here already");
  // The coordinator's clock may be ahead of ours, and so may be the numbers that it may use.
  if (list->number > number_limit(now + ca::clock_skew_max))
    return refused("list.number",
                   "no list can have come to number " + std::to_string(list->number) + " by now");
  const Duration off = list->this_update - now;
  if (off > ca::clock_skew_max || off < -ca::clock_skew_max ||
      list->next_update != list->this_update + ca::revocations_validity)
    return refused("list.time", "it would hold from " + to_rfc3339(list->this_update) + " to " +
                                    to_rfc3339(list->next_update) + ", and the clock here says " +
                                    to_rfc3339(now));
  const auto own = view_.revoked(lists_.newest(), list->this_update);
  if (!own) return refused("list.failed", own.error().message);
  if (list->revoked != *own)
    return refused("list.differs", "this party sees " + std::to_string(own->size()) +
                                       " revoked certificates, not the " +
                                       std::to_string(list->revoked.size()) + " of the list");
  return *std::move(list);
}

void RevocationSigner::forget_old_sessions(Time now, std::uint16_t coordinator) {
  std::erase_if(sessions_, [now](const auto& entry) { return entry.second.end < now; });
  std::size_t open = 0;
  auto oldest = sessions_.end();
  for (auto it = sessions_.begin(); it != sessions_.end(); ++it) {
    if (it->second.proposal.header.from != coordinator) continue;
    ++open;
    if (oldest == sessions_.end() || it->second.end < oldest->second.end) oldest = it;
  }
  if (open >= open_lists_max) sessions_.erase(oldest);
}

bool RevocationSigner::may_spend(std::uint16_t coordinator, Time now) {
  std::deque<Time>& times = spent_for_[coordinator];
  while (!times.empty() && (times.front() + spends_period <= now || times.front() > now))
    times.pop_front();
  return times.size() < spends_max;
}

Envelope RevocationSigner::answer_proposal(const Envelope& proposal, Time now) {
  const Digest key = session_key(proposal.header);
  const SignedHeader signed_proposal = header_of(proposal);
  if (proposal.header.to != 0)
    return decline(proposal, {"list.malformed", "a proposal is for all parties"});
  if (!log_.halted().empty()) return decline(proposal, {"party.halted", log_.halted()});
  if (const auto found = sessions_.find(key); found != sessions_.end()) {
    const SignedHeader& first = found->second.proposal;
    if (signed_proposal == first) return found->second.answer;
    if (first.payload_digest != signed_proposal.payload_digest)
      accuse_({member_.authority.id,
               proposal.header.session,
               Identifier(proposal.header.from),
               "broadcast.equivocation",
               {},
               {first, signed_proposal},
               {}});
    return decline(proposal, {"session.used", "this session has another proposal"});
  }
  const auto message = parse(std::type_identity<ListProposal>{}, proposal.payload);
  if (!message) return decline(proposal, {"list.malformed", message.error().text()});
  if (const auto learned = view_.learn(message->certificates); !learned)
    return decline(proposal, {"list.failed", learned.error().message});
  const auto list = check(message->list, now);
  if (!list) return decline(proposal, list.error());

  forget_old_sessions(now, proposal.header.from);
  frost::Begun begun = frost::begin_session(member_.key, 1, rng_, key);
  const ListCommitments answer{signed_proposal.payload_digest, proposal.signature,
                               encoded(begun.message)};
  Envelope envelope = member_.say(proposal.header.session,
                                  static_cast<std::uint16_t>(MessageType::list_commitments),
                                  proposal.header.from, encoded(answer));
  sessions_.emplace(key, Session(signed_proposal, message->list, list->number,
                                 std::move(begun.nonces), envelope, now + session_lifetime));
  return envelope;
}

Result<frost::NonceCommitments, Declined> RevocationSigner::check_commitments(
    const Envelope& envelope, const Session& session, const Header& header) {
  const auto party =
      member_.roster.find(Identifier(std::max<std::uint16_t>(1, envelope.header.from)));
  const Header expected{member_.authority.id, header.session,
                        static_cast<std::uint16_t>(MessageType::list_commitments),
                        envelope.header.from, header.from};
  if (party == member_.roster.end() || envelope.header != expected ||
      !verify(envelope, party->second))
    return refused("request.commitments", "commitments that no party of this session signed");
  const std::string& name = member_.name_of(party->first);
  const auto message = parse(std::type_identity<ListCommitments>{}, envelope.payload);
  if (!message) return refused("request.commitments", name + ": " + message.error().text());

  // As in issuance: who showed, or reports, another proposal is convicted by its own signature.
  SignedHeader shown = session.proposal;
  shown.payload_digest = message->proposal;
  shown.signature = message->coordinator_signature;
  if (!verify(shown, member_.roster.at(Identifier(header.from)))) {
    accuse_({member_.authority.id,
             header.session,
             party->first,
             "list.commitments.proposal",
             {envelope},
             {},
             {}});
    return refused("request.commitments", name + " reports a proposal that was never made");
  }
  if (message->proposal != session.proposal.payload_digest) {
    accuse_({member_.authority.id,
             header.session,
             Identifier(header.from),
             "broadcast.equivocation",
             {},
             {session.proposal, shown},
             {}});
    return refused("request.proposal", "the coordinator showed " + name + " another proposal");
  }
  const auto pairs = parse(std::type_identity<frost::CommitMessage>{}, message->commitments);
  if (!pairs || pairs->commitments.size() != 1)
    return refused("request.commitments", name + " did not commit to one list");
  return pairs->commitments.front();
}

Result<frost::SigningPackage, Declined> RevocationSigner::assemble(const ListSignRequest& request,
                                                                   const Session& session,
                                                                   const Header& header) {
  PerParty<frost::CommitMessage> commitments;
  bool own = false;
  for (const Envelope& envelope : request.commitments) {
    JCA_ASSIGN(const auto pair, check_commitments(envelope, session, header));
    own = own || envelope == session.answer;
    commitments.emplace(Identifier(envelope.header.from), frost::CommitMessage{{pair}});
  }
  if (!own) return refused("request.commitments", "this party's own commitments are missing");
  auto package = frost::make_package(
      {{std::string(ca::revocations_purpose), ca::revocations_message(session.list)}}, commitments);
  if (!package) return refused("request.commitments", package.error().reason);
  return *std::move(package);
}

Envelope RevocationSigner::answer_request(const Envelope& request, Time now) {
  auto node = sessions_.extract(session_key(request.header));
  if (node.empty())
    return decline(request, {"session.unknown", "this party has no nonces for the session"});
  // From here on the nonces are spent, whatever the checks find.
  Session session = std::move(node.mapped());
  if (!log_.halted().empty()) return decline(request, {"party.halted", log_.halted()});
  if (session.end < now) return decline(request, {"session.unknown", "it is too late"});
  const auto message = parse(std::type_identity<ListSignRequest>{}, request.payload);
  if (!message) return decline(request, {"request.malformed", message.error().text()});
  const auto package = assemble(*message, session, request.header);
  if (!package) return decline(request, package.error());
  const auto joint = frost::join(*package, member_.key.group);
  if (!joint) return decline(request, {"request.commitments", joint.error().message});
  if (const auto still = check(session.list, now); !still) return decline(request, still.error());
  if (!may_spend(request.header.from, now))
    return decline(request, {"list.too_often", std::to_string(spends_max) +
                                                   " lists were signed for this party within the "
                                                   "last minute"});
  if (const auto spent = lists_.spend(session.number, now); !spent)
    return decline(request, {"list.failed", spent.error().message});
  spent_for_[request.header.from].push_back(now);
  const auto shares = frost::sign_batch(std::move(session.nonces), *package, *joint, member_.key);
  if (!shares) return decline(request, {"request.commitments", shares.error().message});
  return member_.say(request.header.session, static_cast<std::uint16_t>(MessageType::shares),
                     request.header.from, encoded(*shares));
}

}  // namespace jointca::daemon
