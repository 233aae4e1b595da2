// daemon/issuance_rounds.cpp — one message to several parties, and what comes back.
#include <algorithm>
#include <utility>

#include "daemon/issuance_job.h"

namespace jointca::daemon {

using transport::after;
using transport::awaitable;

/// Whom to ask, in which order: this party, then those with the fewest recent failures, without
/// those that one of the jobs has to do without.
std::vector<Identifier> Issuance::by_preference(const Jobs& jobs) const {
  std::vector<Identifier> order;
  for (const Identifier party : parties_of(member_.roster))
    if (std::none_of(jobs.begin(), jobs.end(),
                     [&](const auto& job) { return job->trouble.contains(party); }))
      order.push_back(party);
  const auto rank = [this](Identifier party) {
    const auto failures = failures_.find(party);
    return std::pair(failures == failures_.end() ? 0U : failures->second, party != member_.self);
  };
  std::stable_sort(order.begin(), order.end(),
                   [&](Identifier a, Identifier b) { return rank(a) < rank(b); });
  return order;
}

awaitable<void> Issuance::ask_one(std::shared_ptr<Round> round, Identifier party, Envelope envelope,
                                  std::uint16_t expected, std::chrono::milliseconds timeout) {
  const Digest session_id = envelope.header.session;
  const auto answer = co_await peers_.ask(party, std::move(envelope), timeout);
  std::string problem;
  if (!answer) {
    problem = "cannot be reached";
  } else {
    Header header{member_.authority.id, session_id, expected, party.value(), member_.self.value()};
    const bool signed_by_it = verify(*answer, member_.roster.at(party));
    if (signed_by_it && answer->header == header) {
      round->answers.emplace(party, *answer);
    } else {
      header.round = static_cast<std::uint16_t>(MessageType::declined);
      const auto declined = signed_by_it && answer->header == header
                                ? parse(std::type_identity<Declined>{}, answer->payload)
                                : malformed("", "not an answer of this session");
      problem = declined ? declined->code + ": " + declined->reason : declined.error().text();
      if (declined && declined->about != 0 && declined->about != party.value() &&
          round->signers.contains(Identifier(declined->about)))
        round->blamed.emplace(party, Identifier(declined->about));
      if (declined && declined->code == "request.no_longer_approved")
        round->changed_mind.insert(party);
    }
  }
  if (problem.empty()) {
    // Only a share makes up for failures: whoever commits and then stops would be chosen for ever.
    if (expected == static_cast<std::uint16_t>(MessageType::released)) failures_.erase(party);
  } else {
    const auto blamed = round->blamed.find(party);
    ++failures_[blamed == round->blamed.end() ? party : blamed->second];
    if (answer) notice_(member_.name_of(party) + " " + problem);
    round->failed.emplace(party, problem);
  }
  round->changed.notify();
}

/// The others first: they work while this party does.
void Issuance::ask_all(const std::shared_ptr<Round>& round, std::span<const Identifier> parties,
                       const Envelope& envelope, MessageType expected,
                       std::chrono::milliseconds timeout) {
  for (const bool self : {false, true})
    for (const Identifier party : parties)
      if ((party == member_.self) == self)
        tasks_.spawn(
            ask_one(round, party, envelope, static_cast<std::uint16_t>(expected), timeout));
}

/// What is wrong with an answer to `proposal`; the empty text if nothing is. A fault that its
/// message proves is accused.
std::string Issuance::fault_of(const Envelope& answer, const CommitmentsMessage* message,
                               const Envelope& proposal,
                               const std::vector<std::size_t>& item_counts,
                               frost::CommitMessage& commitments) {
  const auto accuse = [&](const std::string& check) {
    accuse_({member_.authority.id,
             answer.header.session,
             Identifier(answer.header.from),
             check,
             {answer},
             {},
             {}});
    return "misbehaved: " + check;
  };
  if (message == nullptr) return accuse("issuance.commitments.malformed");
  std::size_t pairs = 0;
  if (!message->commitments.empty()) {
    auto parsed = parse(std::type_identity<frost::CommitMessage>{}, message->commitments);
    if (!parsed) return accuse("issuance.commitments.malformed");
    commitments = *std::move(parsed);
    pairs = commitments.commitments.size();
  }
  // Passed on, a report of a proposal that we did not make would cost us the honest signers.
  if (message->proposal != header_of(proposal).payload_digest ||
      message->coordinator_signature != proposal.signature)
    return accuse("issuance.commitments.proposal");
  if (message->hosts.size() != item_counts.size()) return "answered for another number of hosts";
  std::size_t items = 0;
  for (std::size_t i = 0; i < item_counts.size(); ++i)
    if (approved_by(message->hosts[i])) items += item_counts[i];
  if (pairs != items) return "committed to another number of items";
  return {};
}

/// Parses what has come in since the last time.
void Issuance::read_commitments(Round& round, const Envelope& proposal,
                                const std::vector<std::size_t>& item_counts) {
  for (auto it = round.answers.begin(); it != round.answers.end();) {
    const auto& [party, envelope] = *it;
    if (round.commitments.contains(party)) {
      ++it;
      continue;
    }
    auto message = parse(std::type_identity<CommitmentsMessage>{}, envelope.payload);
    frost::CommitMessage pairs;
    const std::string fault =
        fault_of(envelope, message ? &*message : nullptr, proposal, item_counts, pairs);
    if (fault.empty()) {
      round.pairs.emplace(party, std::move(pairs));
      round.commitments.emplace(party, *std::move(message));
      ++it;
      continue;
    }
    ++failures_[party];
    round.failed.emplace(party, fault);
    it = round.answers.erase(it);
  }
}

std::vector<Identifier> Issuance::approvers(const Round& round, std::size_t position) const {
  std::vector<Identifier> parties;
  for (const auto& [party, message] : round.commitments)
    if (approved_by(message.hosts[position])) parties.push_back(party);
  return parties;
}

awaitable<std::shared_ptr<Issuance::Round>> Issuance::propose(const Jobs& jobs, Envelope proposal) {
  const std::size_t t = member_.authority.min_signers;
  const auto round = std::make_shared<Round>(executor_);
  const std::vector<Identifier> order = by_preference(jobs);
  std::vector<std::size_t> item_counts;
  for (const auto& job : jobs) item_counts.push_back(item_count(job->sealed, job->networks));
  std::size_t asked = 0;
  const auto ask_up_to = [&](std::size_t count) {
    const std::size_t first = std::exchange(asked, std::min(count, order.size()));
    ask_all(round, std::span(order).subspan(first, asked - first), proposal,
            MessageType::commitments, times_.propose);
  };
  ask_up_to(t);
  const transport::Deadline hedge = after(times_.hedge), end = after(times_.propose);
  for (bool late = false;;) {
    read_commitments(*round, proposal, item_counts);
    bool settled = true;
    for (std::size_t i = 0; i < jobs.size(); ++i)
      settled = settled && approvers(*round, i).size() >= t;
    const bool all_in = round->commitments.size() + round->failed.size() >= asked;
    if (settled || (all_in && asked == order.size())) break;
    if (all_in || late || !round->failed.empty()) ask_up_to(order.size());
    const transport::Deadline until = asked < order.size() ? hedge : end;
    const bool notified = co_await round->changed.wait_until(until);
    if (!notified && asked == order.size()) break;
    late = late || !notified;
  }
  co_return round;
}

/// Asks all signers and waits for all of them, as long as a signature may take.
awaitable<std::shared_ptr<Issuance::Round>> Issuance::ask_signers(
    const std::vector<Identifier>& signers, Envelope envelope, MessageType expected) {
  const auto round = std::make_shared<Round>(executor_);
  round->signers = {signers.begin(), signers.end()};
  ask_all(round, signers, envelope, expected, times_.sign);
  const transport::Deadline end = after(times_.sign);
  for (bool in_time = true;
       in_time && round->answers.size() + round->failed.size() < signers.size();)
    in_time = co_await round->changed.wait_until(end);
  for (const Identifier signer : signers)
    if (!round->answers.contains(signer) && !round->failed.contains(signer))
      round->failed.emplace(signer, "did not answer in time");
  co_return round;
}

}  // namespace jointca::daemon
