#include "daemon/revocation_service.h"

#include <algorithm>

#include "base/text.h"

namespace jointca::daemon {
namespace {

using transport::after;
using transport::awaitable;

/// Of the looks, how many pass between two comparisons with the others.
constexpr unsigned comparison_interval = 10;
constexpr std::size_t told_max = 10'000;

}  // namespace

/// One message to several parties.
struct RevocationService::Round {
  Round(transport::any_io_executor executor, std::uint16_t the_type)
      : expected(the_type), changed(std::move(executor)) {}
  std::uint16_t expected;
  Asked asked;
  transport::Event changed;
};

RevocationService::RevocationService(transport::any_io_executor executor, const Member& member,
                                     const Registry& registry, RevocationView& view,
                                     RevocationLists& lists, RevocationVoting& voting,
                                     RevocationSigner& signer, MirrorService& mirrors, Peers& peers,
                                     Rng& rng, Clock clock, Accuse accuse, Notice notice,
                                     ListTimes times)
    : executor_(executor),
      member_(member),
      registry_(registry),
      view_(view),
      lists_(lists),
      voting_(voting),
      signer_(signer),
      mirrors_(mirrors),
      peers_(peers),
      rng_(rng),
      clock_(std::move(clock)),
      accuse_(std::move(accuse)),
      notice_(std::move(notice)),
      times_(times),
      tasks_(executor, notice_) {}

Envelope RevocationService::reply(const Envelope& to, MessageType type, Bytes payload) const {
  return member_.say(to.header.session, static_cast<std::uint16_t>(type), to.header.from,
                     std::move(payload));
}

Envelope RevocationService::say(const Digest& session, MessageType type, Bytes payload) const {
  return member_.say(session, static_cast<std::uint16_t>(type), 0, std::move(payload));
}

ListStatus RevocationService::status() const {
  return {lists_.number(), lists_.newest() ? lists_.newest()->number : 0, {}};
}

/// Keeps what the party says of numbers and, if it is newer, its list. False if that is no list.
bool RevocationService::hear(Identifier from, const ListStatus& status) {
  numbers_.insert_or_assign(from, status.number);
  if (status.document.empty()) return true;
  if (lists_.newest() && status.newest < lists_.newest()->number) return true;
  const auto adopted = lists_.adopt(status.document);
  if (!adopted) notice_(member_.name_of(from) + ": " + adopted.error().message);
  if (adopted && *adopted) say_list();
  return adopted.has_value();
}

awaitable<Envelope> RevocationService::answer(Envelope request) {
  switch (static_cast<MessageType>(request.header.round)) {
    case MessageType::list_proposal:
      // What the coordinator has seen in the logs of others may not have reached us.
      if (signer_.differs(request)) co_await mirrors_.pull_all();
      co_return signer_.answer_proposal(request, clock_());
    case MessageType::list_request:
      co_return signer_.answer_request(request, clock_());
    default:
      break;
  }
  const auto told = parse(std::type_identity<ListStatus>{}, request.payload);
  if (!told)
    co_return reply(request, MessageType::declined,
                    encoded(Declined{"list.malformed", told.error().text()}));
  if (!hear(Identifier(request.header.from), *told))
    co_return reply(request, MessageType::declined,
                    encoded(Declined{"list.refused",
                                     "that is no list of this authority, or an "
                                     "older one"}));
  ListStatus own = status();
  if (own.newest > told->newest) own.document = lists_.document();
  co_return reply(request, MessageType::list_status, encoded(own));
}

Result<bool, Error> RevocationService::is_due() {
  const Time now = clock_();
  const auto& newest = lists_.newest();
  if (!newest || now >= newest->this_update + ca::revocations_validity / 2) return true;
  JCA_ASSIGN(const auto revoked, view_.revoked(newest, now));
  return !std::includes(newest->revoked.begin(), newest->revoked.end(), revoked.begin(),
                        revoked.end());
}

awaitable<void> RevocationService::ask_one(std::shared_ptr<Round> round, Identifier party,
                                           Envelope envelope, std::chrono::milliseconds timeout) {
  const Digest session = envelope.header.session;
  const auto answer = co_await peers_.ask(party, std::move(envelope), timeout);
  Header header{member_.authority.id, session, round->expected, party.value(),
                member_.self.value()};
  std::string problem;
  if (!answer) {
    problem = "cannot be reached";
  } else if (!verify(*answer, member_.roster.at(party))) {
    problem = "sent an answer that it did not sign";
  } else if (answer->header == header) {
    round->asked.answers.emplace(party, *answer);
  } else {
    header.round = static_cast<std::uint16_t>(MessageType::declined);
    const auto declined = answer->header == header
                              ? parse(std::type_identity<Declined>{}, answer->payload)
                              : malformed("", "sent no answer of this session");
    problem = declined ? declined->code + ": " + declined->reason : declined.error().text();
  }
  if (!problem.empty()) round->asked.failed.emplace(party, problem);
  round->changed.notify();
}

/// Asks all of them at once and waits until `enough` have answered properly, or all somehow.
awaitable<RevocationService::Asked> RevocationService::ask(std::vector<Identifier> parties,
                                                           Envelope envelope, MessageType expected,
                                                           std::size_t enough,
                                                           std::chrono::milliseconds timeout) {
  const auto round = std::make_shared<Round>(executor_, static_cast<std::uint16_t>(expected));
  for (const Identifier party : parties) tasks_.spawn(ask_one(round, party, envelope, timeout));
  const transport::Deadline end = after(timeout);
  for (bool in_time = true;
       in_time && round->asked.answers.size() < enough &&
       round->asked.answers.size() + round->asked.failed.size() < parties.size();)
    in_time = co_await round->changed.wait_until(end);
  Asked asked = round->asked;
  for (const Identifier party : parties)
    if (!asked.answers.contains(party)) asked.failed.emplace(party, "did not answer in time");
  co_return asked;
}

awaitable<void> RevocationService::compare_lists() {
  std::vector<Identifier> others;
  for (const auto& [party, key] : member_.roster)
    if (party != member_.self) others.push_back(party);
  const Envelope question = say(rng_.array<32>(), MessageType::list_status, encoded(status()));
  const Asked asked =
      co_await ask(others, question, MessageType::list_status, others.size(), times_.question);
  for (const auto& [party, envelope] : asked.answers) {
    const auto told = parse(std::type_identity<ListStatus>{}, envelope.payload);
    if (told) (void)hear(party, *told);
  }
}

/// The list as we see it, under a number that nobody has signed, as far as is known.
Result<ListProposal, Error> RevocationService::new_proposal() {
  const Time now = clock_();
  const std::uint64_t limit = signer_.number_limit(now);
  std::uint64_t number = lists_.number();
  // Whatever another says, one number is left for now.
  for (const auto& [party, theirs] : numbers_)
    if (limit > 0) number = std::max(number, std::min(theirs, limit - 1));
  if (number >= limit) return failed("the numbers of lists are used up for this second");
  ca::Revocations list{member_.authority.id, number + 1, now, now + ca::revocations_validity, {}};
  JCA_ASSIGN(list.revoked, view_.revoked(lists_.newest(), now));
  ListProposal proposal{ca::to_json(list), {}};
  std::set<Digest> before;
  if (lists_.newest())
    for (const ca::RevokedCertificate& each : lists_.newest()->revoked)
      before.insert(each.fingerprint);
  std::size_t bytes = 0;
  for (const ca::RevokedCertificate& each : list.revoked) {
    if (!before.insert(each.fingerprint).second) continue;
    JCA_ASSIGN(const auto known, view_.known(each.tbs_sha256));
    for (const ShownCertificate& certificate : known) {
      bytes += certificate.tbs.size() + 128;
      if (bytes > shown_bytes_max || proposal.certificates.size() == shown_certificates_max) break;
      proposal.certificates.push_back(certificate);
    }
  }
  return proposal;
}

/// The parties that see the same list. A fault that its message proves is accused.
PerParty<frost::CommitMessage> RevocationService::read_commitments(const Envelope& proposal,
                                                                   const Asked& asked) {
  PerParty<frost::CommitMessage> pairs;
  for (const auto& [party, envelope] : asked.answers) {
    const auto message = parse(std::type_identity<ListCommitments>{}, envelope.payload);
    const auto pair = message
                          ? parse(std::type_identity<frost::CommitMessage>{}, message->commitments)
                          : malformed("", "malformed");
    std::string check;
    if (!pair || pair->commitments.size() != 1)
      check = "list.commitments.malformed";
    else if (message->proposal != header_of(proposal).payload_digest ||
             message->coordinator_signature != proposal.signature)
      check = "list.commitments.proposal";
    if (check.empty()) {
      pairs.emplace(party, *pair);
      continue;
    }
    accuse_({member_.authority.id, envelope.header.session, party, check, {envelope}, {}, {}});
    ++failures_[party];
  }
  return pairs;
}

std::vector<Identifier> RevocationService::choose(const PerParty<frost::CommitMessage>& agreeing) {
  std::vector<Identifier> signers;
  for (const auto& [party, pair] : agreeing) signers.push_back(party);
  std::stable_sort(signers.begin(), signers.end(),
                   [this](Identifier a, Identifier b) { return failures_[a] < failures_[b]; });
  if (signers.size() > member_.authority.min_signers)
    signers.erase(signers.begin() + member_.authority.min_signers, signers.end());
  std::sort(signers.begin(), signers.end());
  return signers;
}

void RevocationService::convict(const Blame& blame, const std::vector<Envelope>& shares,
                                const frost::SigningPackage& package) {
  for (const Fault& fault : blame.faults) {
    ++failures_[fault.culprit];
    if (const auto evidence =
            make_evidence(fault, member_.authority.id, shares.front().header.session, shares,
                          {{"package", encoded(package)}}))
      accuse_(*evidence);
  }
}

awaitable<std::optional<SignatureBytes>> RevocationService::sign(
    Digest session, std::string list, Asked agreed, PerParty<frost::CommitMessage> pairs,
    std::vector<Identifier> signers) {
  ListSignRequest request;
  std::erase_if(pairs, [&](const auto& entry) {
    return std::find(signers.begin(), signers.end(), entry.first) == signers.end();
  });
  for (const Identifier signer : signers) request.commitments.push_back(agreed.answers.at(signer));
  const auto package = frost::make_package(
      {{std::string(ca::revocations_purpose), ca::revocations_message(list)}}, pairs);
  if (!package) co_return std::nullopt;
  const Asked asked =
      co_await ask(signers, say(session, MessageType::list_request, encoded(request)),
                   MessageType::shares, signers.size(), times_.ask);
  for (const auto& [party, problem] : asked.failed) {
    ++failures_[party];
    notice_("list of revocations: " + member_.name_of(party) + " " + problem);
  }
  PerParty<frost::ShareMessage> shares;
  std::vector<Envelope> envelopes;
  for (const auto& [party, envelope] : asked.answers) {
    envelopes.push_back(envelope);
    if (auto message = parse(std::type_identity<frost::ShareMessage>{}, envelope.payload)) {
      shares.emplace(party, *std::move(message));
      continue;
    }
    ++failures_[party];
    accuse_({member_.authority.id,
             session,
             party,
             std::string(frost::ShareMessage::malformed),
             {envelope},
             {},
             {}});
  }
  if (shares.size() < signers.size()) co_return std::nullopt;
  const auto signatures = frost::aggregate_batch(*package, shares, member_.key.group,
                                                 static_cast<std::uint16_t>(MessageType::shares));
  if (!signatures) {
    convict(signatures.error(), envelopes, *package);
    co_return std::nullopt;
  }
  for (const Identifier signer : signers) failures_.erase(signer);
  co_return signatures->front();
}

awaitable<bool> RevocationService::make_list() {
  co_await mirrors_.pull_all();
  co_await compare_lists();
  const std::size_t t = member_.authority.min_signers;
  for (std::size_t attempt = 0; attempt < member_.roster.size(); ++attempt) {
    const auto due = is_due();
    if (due && !*due) co_return true;
    const auto proposal = new_proposal();
    if (!due || !proposal) {
      notice_("list of revocations: " + (due ? proposal.error() : due.error()).message);
      co_return false;
    }
    const Digest session = rng_.array<32>();
    const Envelope envelope = say(session, MessageType::list_proposal, encoded(*proposal));
    // Those that lately kept their word first: who promises and then is silent costs a while.
    std::vector<Identifier> parties;
    for (const auto& [party, key] : member_.roster) parties.push_back(party);
    std::size_t sound = 0;
    for (const Identifier party : parties) sound += failures_[party] == 0 ? 1 : 0;
    const Asked agreed = co_await ask(parties, envelope, MessageType::list_commitments,
                                      std::max(t, std::min(sound, parties.size())), times_.ask);
    const auto pairs = read_commitments(envelope, agreed);
    if (pairs.size() < t) {
      std::vector<std::string> problems;
      for (const auto& [party, problem] : agreed.failed)
        problems.push_back(member_.name_of(party) + " " + problem);
      const std::string trouble = "no new list of revocations: " + join(problems);
      if (trouble_ != trouble) notice_(trouble);
      trouble_ = trouble;
      co_return false;
    }
    const std::vector<Identifier> signers = choose(pairs);
    const auto signature = co_await sign(session, proposal->list, agreed, pairs, signers);
    if (!signature) {
      co_await compare_lists();  // the signers may have spent the number
      continue;
    }
    const auto adopted =
        lists_.adopt(ca::to_json(ca::SignedRevocations{proposal->list, *signature}));
    if (!adopted) {
      notice_("list of revocations: " + adopted.error().message);
      co_return false;
    }
    trouble_.clear();
    say_list();
    ListStatus news = status();
    news.document = lists_.document();
    std::vector<Identifier> others;
    for (const Identifier party : parties)
      if (party != member_.self) others.push_back(party);
    const Asked told =
        co_await ask(others, say(rng_.array<32>(), MessageType::list_status, encoded(news)),
                     MessageType::list_status, others.size(), times_.question);
    (void)told;  // who was not reached asks when it is back
    co_return true;
  }
  co_return false;
}

void RevocationService::say_list() {
  notice_("list of revocations " + std::to_string(lists_.newest()->number) + ": " +
          std::to_string(lists_.newest()->revoked.size()) + " certificates");
}

/// Agrees to what the policy agrees to, and says once what the operator is asked.
void RevocationService::look_at_votes() {
  const auto votes = voting_.vote_by_policy(clock_());
  for (const RevocationStanding& each : votes.agreed)
    notice_("agreed by policy to revoke " + each.name);
  const std::string failed = votes.failed.empty() ? "" : votes.failed.front();
  if (!failed.empty() && failed != failed_vote_)
    notice_("revocation: " + std::to_string(votes.failed.size()) +
            " votes by policy could not be logged, the first for " + failed);
  failed_vote_ = failed;
  for (const RevocationStanding& each : voting_.all()) {
    if (each.state == RevocationStanding::State::revoked && told_revoked_.insert(each.id).second)
      notice_("revoked: " + each.name + ", by the votes of " + std::to_string(each.voices.size()) +
              " parties");
    if (each.state != RevocationStanding::State::open || told_.size() >= told_max) continue;
    if (!told_.insert(each.id).second) continue;
    const auto& [log, voice] = *each.voices.begin();
    notice_(member_.name_of(Identifier(log)) + " asks to revoke " + each.name + ": " +
            voice.reason + "; jointca approve " + to_hex(each.id).substr(0, 16));
  }
}

/// Whether it is our turn: each party waits a while longer than the one before it.
bool RevocationService::may_coordinate() {
  if (!due_since_) due_since_ = after(std::chrono::milliseconds(0));
  const auto wait = times_.stagger * (member_.self.value() - 1);
  return std::chrono::steady_clock::now() >= *due_since_ + wait;
}

awaitable<void> RevocationService::keep_fresh() {
  // What is in force at our start is no news.
  for (const RevocationStanding& each : voting_.all())
    if (each.state == RevocationStanding::State::revoked) told_revoked_.insert(each.id);
  for (unsigned round = 0;; ++round) {
    co_await transport::sleep_for(times_.look);
    const bool thorough = round % comparison_interval == 0;
    if (thorough) co_await compare_lists();
    if (thorough || seen_votes_ != registry_.votes().changes()) look_at_votes();
    const auto due = is_due();
    if (!due) {
      if (trouble_ != due.error().message) notice_("list of revocations: " + due.error().message);
      trouble_ = due.error().message;
      continue;
    }
    seen_votes_ = registry_.votes().changes();
    if (!*due) {
      due_since_.reset();
    } else if (may_coordinate()) {
      const bool made = co_await make_list();
      if (made)
        due_since_.reset();
      else  // the others have their turn first
        due_since_ = after(times_.stagger * static_cast<int>(member_.roster.size()));
    }
  }
}

}  // namespace jointca::daemon
