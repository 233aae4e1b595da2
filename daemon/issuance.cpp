#include "daemon/issuance.h"

#include <algorithm>

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>
#include <soci/soci.h>

#include "ca/allocate.h"
#include "daemon/store.h"

namespace jointca::daemon {
namespace {

using transport::after;
using transport::awaitable;

/// Batches that may be under way at once. One more would only make all of them smaller.
constexpr std::size_t sessions_max = 2;
/// Attempts at one request before its host is told to come back.
constexpr unsigned attempts_max = 24;
/// Of all requests in one proposal, well below an envelope's payload_bytes_max.
constexpr std::size_t proposal_bytes_max = 700 * 1024;
constexpr std::size_t jobs_max = 10'000;
constexpr std::size_t waiting_max = 10'000;
/// How often the outcome is offered to a party that cannot be reached, and how far apart.
constexpr unsigned outcome_attempts_max = 5;
constexpr std::chrono::milliseconds outcome_interval{2'000};
constexpr std::chrono::milliseconds outcome_timeout{10'000};

bool approved_by(const HostAnswer& answer) {
  return answer.standing == HostAnswer::Standing::approved;
}

}  // namespace

/// One request on its way.
struct Issuance::Job {
  Job(enroll::VerifiedRequest the_request, Bytes the_sealed, transport::any_io_executor executor)
      : request(std::move(the_request)), sealed(std::move(the_sealed)), done(std::move(executor)) {}

  enroll::VerifiedRequest request;
  Bytes sealed;
  std::vector<ca::Prefix> networks;
  Time not_before;
  Time not_after;
  std::optional<ca::Subject> recorded;  ///< terms that a signer has logged already, to try next
  std::vector<ca::Subject> tried;       ///< such terms that too few parties approved
  std::set<ca::IpAddress> avoid;        ///< addresses that a signer knows to be taken
  PerParty<std::string> trouble;        ///< parties to do without, and why
  unsigned attempts = 0;
  std::optional<Answer> answer;
  transport::Event done;

  /// What was proposed last.
  [[nodiscard]] ca::Subject subject() const {
    const enroll::Terms& terms = request.request().invitation.terms;
    return {terms.name, networks, terms.groups, not_before, not_after};
  }
};

/// The answers to one message that several parties got.
struct Issuance::Round {
  explicit Round(transport::any_io_executor executor) : changed(std::move(executor)) {}
  PerParty<Envelope> answers;
  PerParty<CommitmentsMessage> commitments;  ///< parsed, if the round is that of commitments
  PerParty<frost::CommitMessage> pairs;      ///< what those of them that approved hold
  std::set<Identifier> changed_mind;         ///< failed, but only for want of approval
  PerParty<std::string> failed;
  transport::Event changed;
};

Issuance::Issuance(const transport::any_io_executor& executor, const Member& member, Signer& signer,
                   Registry& registry, PartyLog& party_log, Store& store, Peers& peers, Rng& rng,
                   Clock clock, Signer::Accuse accuse, Notice notice, IssuanceTimes times)
    : executor_(executor),
      member_(member),
      signer_(signer),
      registry_(registry),
      log_(party_log),
      store_(store),
      peers_(peers),
      rng_(rng),
      clock_(std::move(clock)),
      accuse_(std::move(accuse)),
      notice_(std::move(notice)),
      times_(times),
      tasks_(executor, notice_) {}

Issuance::~Issuance() = default;

enroll::Bundle Issuance::bundle_of(const Holding& holding) const {
  enroll::Bundle bundle{holding.request,
                        holding.subject.name,
                        holding.subject.networks,
                        holding.subject.groups,
                        holding.subject.not_after,
                        {{ca::Kind::nebula, holding.certificates}},
                        {},
                        {}};
  for (const std::string& pem : member_.authority.ca_certificates) bundle.ca += pem;
  for (const std::uint16_t signer : holding.signers)
    bundle.signers.push_back(member_.name_of(Identifier(signer)));
  return bundle;
}

awaitable<Answer> Issuance::submit(enroll::VerifiedRequest request, Bytes sealed) {
  const Digest digest = request.digest();
  const Holding* known = registry_.holding(digest);
  if (known != nullptr && !known->certificates.empty()) co_return bundle_of(*known);
  std::shared_ptr<Job> job;
  if (const auto found = jobs_.find(digest); found != jobs_.end()) {
    job = found->second;
  } else if (auto node = waiting_.extract(digest)) {
    job = std::move(node.mapped());
  } else {
    if (jobs_.size() >= jobs_max)
      co_return Declination{member_.name(), "busy", "too many requests; try again later"};
    job = std::make_shared<Job>(std::move(request), std::move(sealed), executor_);
  }
  Answer answer = co_await run(job);
  co_return answer;
}

awaitable<std::optional<Answer>> Issuance::resume(Digest request) {
  const Holding* known = registry_.holding(request);
  if (known != nullptr && !known->certificates.empty()) co_return bundle_of(*known);
  std::shared_ptr<Job> job;
  if (const auto found = jobs_.find(request); found != jobs_.end())
    job = found->second;
  else if (auto node = waiting_.extract(request))
    job = std::move(node.mapped());
  else
    co_return std::nullopt;
  Answer answer = co_await run(job);
  co_return std::optional<Answer>(std::move(answer));
}

awaitable<Answer> Issuance::run(std::shared_ptr<Job> job) {
  if (jobs_.emplace(job->request.digest(), job).second) {
    job->answer.reset();
    job->attempts = 0;
    job->trouble.clear();
    job->recorded.reset();
    job->tried.clear();
    queue_.push_back(job);
    start_sessions();
  }
  while (!job->answer) {
    const transport::Deadline look_again = after(times_.sign);
    co_await job->done.wait_until(look_again);
  }
  co_return *job->answer;
}

void Issuance::conclude(const std::shared_ptr<Job>& job, Answer answer) {
  const Digest& digest = job->request.digest();
  if (std::holds_alternative<Waiting>(answer) && waiting_.size() < waiting_max)
    waiting_.insert_or_assign(digest, job);
  for (const ca::Prefix& prefix : job->networks) reserved_.erase(prefix.address);
  jobs_.erase(digest);
  job->answer = std::move(answer);
  job->done.notify();
}

void Issuance::again(const std::shared_ptr<Job>& job) {
  for (const ca::Prefix& prefix : job->networks) reserved_.erase(prefix.address);
  if (++job->attempts < attempts_max) {
    queue_.push_back(job);
    return;
  }
  TooFewParties answer{member_.authority.min_signers, {}};
  for (const auto& [party, why] : job->trouble)
    answer.missing.push_back(member_.name_of(party) + " (" + why + ")");
  conclude(job, std::move(answer));
}

/// As many as fit a sign request, which holds the commitments of t signers.
std::size_t Issuance::hosts_per_session() const {
  constexpr std::size_t host_bytes = items_per_host_max * 64 + 600;  // with a refusal's words
  return std::clamp<std::size_t>(proposal_bytes_max / (host_bytes * member_.authority.min_signers),
                                 1, hosts_max);
}

void Issuance::start_sessions() {
  // Together go only jobs that do without the same parties.
  const auto fit = [](const Job& a, const Job& b) {
    return parties_of(a.trouble) == parties_of(b.trouble);
  };
  while (!queue_.empty() && sessions_ < sessions_max) {
    Jobs jobs;
    std::size_t bytes = 0;
    std::deque<std::shared_ptr<Job>> later;
    for (auto& job : queue_) {
      const bool now = jobs.size() < hosts_per_session() &&
                       bytes + job->sealed.size() <= proposal_bytes_max &&
                       (jobs.empty() || fit(*jobs.front(), *job));
      if (now) bytes += job->sealed.size();
      if (now)
        jobs.push_back(std::move(job));
      else
        later.push_back(std::move(job));
    }
    queue_ = std::move(later);
    ++sessions_;
    tasks_.spawn(hold_session(std::move(jobs)));
  }
}

/// The addresses that the invitation names, or else free ones: in the first IPv4 and in the first
/// IPv6 network. `last` is where the search goes on, so that a batch is not quadratic.
std::vector<ca::Prefix> Issuance::choose_networks(const Job& job,
                                                  const std::set<ca::IpAddress>& used,
                                                  std::map<ca::Prefix, ca::IpAddress>& last) {
  const auto& wanted = job.request.request().invitation.terms.addresses;
  // Coordinators that compete for the lowest address would go on competing for the next.
  const unsigned skipped =
      job.avoid.empty() ? 0U : rng_.array<1>()[0] % static_cast<unsigned>(4 * job.avoid.size());
  std::vector<ca::Prefix> networks;
  for (const bool v4 : {true, false}) {
    const auto named = std::find_if(wanted.begin(), wanted.end(),
                                    [v4](const ca::IpAddress& each) { return each.is_v4() == v4; });
    for (const ca::Prefix& network : member_.constraints.networks) {
      if (network.address.is_v4() != v4) continue;
      if (named != wanted.end()) {
        if (!network.contains(*named)) continue;
        networks.push_back({*named, network.bits});
        break;
      }
      const auto start = last.find(network);
      auto free = ca::lowest_free(
          network, used, start == last.end() ? std::nullopt : std::optional(start->second));
      for (unsigned i = 0; free && i < skipped; ++i) {
        const auto next = ca::lowest_free(network, used, free->next());
        if (!next) break;
        free = next;
      }
      if (!free) continue;
      if (skipped == 0) last.insert_or_assign(network, *free);
      networks.push_back({*free, network.bits});
      break;
    }
  }
  return networks;
}

/// Addresses and validity for each job: what a signer or this party has on record, unless it was
/// tried in vain; else chosen anew.
void Issuance::choose_terms(const Jobs& jobs) {
  const Time now = clock_();
  std::set<ca::IpAddress> used = registry_.used_addresses(now);
  used.insert(reserved_.begin(), reserved_.end());
  for (const auto& job : jobs) used.insert(job->avoid.begin(), job->avoid.end());
  std::map<ca::Prefix, ca::IpAddress> last;
  for (const auto& job : jobs) {
    auto recorded = job->recorded;
    if (!recorded)
      if (const auto own = registry_.recorded(job->request.digest());
          own && (own->issued || own->subject.not_after > now))
        recorded = own->subject;
    if (recorded && std::find(job->tried.begin(), job->tried.end(), *recorded) != job->tried.end())
      recorded.reset();
    if (recorded) {
      job->networks = recorded->networks;
      job->not_before = recorded->not_before;
      job->not_after = recorded->not_after;
    } else {
      const Duration ttl = job->request.request().invitation.terms.ttl;
      job->not_before = std::max(now - ca::backdating, member_.constraints.not_before);
      job->not_after = std::min(now + ttl, member_.constraints.not_after);
      job->networks = choose_networks(*job, used, last);
    }
    for (const ca::Prefix& prefix : job->networks) {
      used.insert(prefix.address);
      reserved_.insert(prefix.address);
    }
  }
}

Envelope Issuance::propose_envelope(const Digest& session_id, const Jobs& jobs) const {
  ProposalMessage message;
  for (const auto& job : jobs)
    message.hosts.push_back({job->sealed, job->networks, job->not_before, job->not_after});
  return member_.say(session_id, static_cast<std::uint16_t>(MessageType::proposal), 0,
                     encoded(message));
}

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
      if (declined && declined->code == "request.no_longer_approved")
        round->changed_mind.insert(party);
    }
  }
  if (problem.empty()) {
    // Only a share makes up for failures: whoever commits and then stops would be chosen for ever.
    if (expected == static_cast<std::uint16_t>(MessageType::shares)) failures_.erase(party);
  } else {
    ++failures_[party];
    if (answer) notice_(member_.name_of(party) + " " + problem);
    round->failed.emplace(party, problem);
  }
  round->changed.notify();
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
  for (const auto& job : jobs) item_counts.push_back(item_count(job->networks));
  std::size_t asked = 0;
  const auto ask_up_to = [&](std::size_t count) {
    for (; asked < std::min(count, order.size()); ++asked)
      tasks_.spawn(ask_one(round, order[asked], proposal,
                           static_cast<std::uint16_t>(MessageType::commitments), times_.propose));
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

awaitable<void> Issuance::session(Jobs jobs) {
  choose_terms(jobs);
  const Digest session_id = rng_.array<32>();
  const Envelope proposal = propose_envelope(session_id, jobs);
  const std::shared_ptr<Round> round = co_await propose(jobs, proposal);

  // The first host that t parties approve chooses the signers; whoever they all approve comes
  // along.
  const std::size_t t = member_.authority.min_signers;
  std::vector<Identifier> signers;
  std::vector<std::uint16_t> hosts;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    take_issued(jobs[i], i, *round);
    if (jobs[i]->answer) continue;
    const std::vector<Identifier> willing = approvers(*round, i);
    if (signers.empty() && willing.size() >= t) {
      signers = willing;
      const auto failures = [this](Identifier party) {
        const auto found = failures_.find(party);
        return std::pair(found == failures_.end() ? 0U : found->second, party != member_.self);
      };
      std::stable_sort(signers.begin(), signers.end(),
                       [&](Identifier a, Identifier b) { return failures(a) < failures(b); });
      signers.erase(signers.begin() + static_cast<std::ptrdiff_t>(t), signers.end());
      std::sort(signers.begin(), signers.end());
    }
    const bool all = !signers.empty() &&
                     std::includes(willing.begin(), willing.end(), signers.begin(), signers.end());
    if (all)
      hosts.push_back(static_cast<std::uint16_t>(i));
    else if (willing.size() >= t)
      again(jobs[i]);
    else
      settle(jobs[i], i, *round);
  }
  if (hosts.empty()) signers.clear();
  for (const Identifier party : parties_of(round->commitments))
    if (!std::binary_search(signers.begin(), signers.end(), party))
      tasks_.spawn(release(party, session_id));
  if (!hosts.empty()) co_await sign(proposal, jobs, hosts, round, signers);
}

/// Tells a party that its commitments are not needed. If it does not hear, they expire.
awaitable<void> Issuance::release(Identifier party, Digest session_id) {
  const Envelope envelope =
      member_.say(session_id, static_cast<std::uint16_t>(MessageType::release), party.value(), {});
  const auto answer = co_await peers_.ask(party, envelope, times_.propose);
  (void)answer;
}

/// One session, after which the next may begin, whatever came of it.
awaitable<void> Issuance::hold_session(Jobs jobs) {
  std::string problem;
  try {
    co_await session(jobs);
  } catch (const boost::system::system_error& error) {
    // We are being shut down, and this object may be gone.
    if (error.code() == boost::asio::error::operation_aborted) throw;
    problem = error.what();
  } catch (const std::exception& error) {
    problem = error.what();
  }
  if (!problem.empty()) {
    notice_("session: " + problem);
    for (const auto& job : jobs)
      if (!job->answer && std::find(queue_.begin(), queue_.end(), job) == queue_.end()) again(job);
  }
  --sessions_;
  start_sessions();
}

/// Concludes a job whose certificates a signer has, because another coordinator got them.
void Issuance::take_issued(const std::shared_ptr<Job>& job, std::size_t position,
                           const Round& round) {
  for (const auto& [party, message] : round.commitments) {
    const HostAnswer& answer = message.hosts[position];
    if (answer.certificates.empty()) continue;
    const OutcomeMessage outcome{{{job->sealed, answer.certificates, answer.signers}}};
    if (const auto learned = signer_.learn(outcome, clock_()); !learned) {
      notice_(member_.name_of(party) + ": " + learned.error().message);
      continue;
    }
    return conclude(job, bundle_of(*registry_.holding(job->request.digest())));
  }
}

/// What becomes of a host that too few parties approved as proposed.
///
/// A signer never changes the terms that it logged for a request, so that any two quorums with an
/// honest party in common give one set of terms. The coordinator looks for a quorum: it tries the
/// terms that signers have on record, those of most signers first, and then new ones, for which
/// there may be enough signers without any.
void Issuance::settle(const std::shared_ptr<Job>& job, std::size_t position, const Round& round) {
  std::size_t willing = 0, backers = 0;
  Waiting waiting;
  std::optional<Declination> declination;
  std::vector<ca::Subject> records;
  bool taken = false;
  for (const auto& [party, message] : round.commitments) {
    const HostAnswer& answer = message.hosts[position];
    const std::string& name = member_.name_of(party);
    if (approved_by(answer)) {
      ++willing;
    } else if (answer.standing == HostAnswer::Standing::held) {
      waiting.parties.push_back(name);
    } else {
      if (answer.recorded) records.push_back(*answer.recorded);
      if (answer.taken) taken = job->avoid.insert(*answer.taken).second || taken;
      if (!declination) declination = Declination{name, answer.rule, answer.reason};
    }
  }
  const ca::Subject proposed = job->subject();
  const Holding* own = registry_.holding(job->request.digest());
  const bool from_record =
      job->recorded == proposed || (own != nullptr && own->subject == proposed);
  const auto is_tried = [&](const ca::Subject& subject) {
    return std::find(job->tried.begin(), job->tried.end(), subject) != job->tried.end();
  };
  if (from_record && !is_tried(proposed)) job->tried.push_back(proposed);
  job->recorded.reset();
  std::size_t most = 0;
  for (const ca::Subject& record : records) {
    const auto same = static_cast<std::size_t>(std::count(records.begin(), records.end(), record));
    backers = std::max(backers, same);
    if (is_tried(record) || same <= most) continue;
    most = same;
    job->recorded = record;
  }
  if (job->recorded || from_record || taken) return again(job);

  const std::size_t t = member_.authority.min_signers;
  TooFewParties few{member_.authority.min_signers, {}};
  for (const auto& [party, key] : member_.roster) {
    if (round.commitments.contains(party)) continue;
    const auto failed = round.failed.find(party);
    const auto trouble = job->trouble.find(party);
    few.missing.push_back(member_.name_of(party) + " (" +
                          (trouble != job->trouble.end()  ? trouble->second
                           : failed != round.failed.end() ? failed->second
                                                          : "did not answer in time") +
                          ")");
  }
  const std::size_t possible = willing + waiting.parties.size();
  if (possible >= t) return conclude(job, std::move(waiting));
  if (std::max(possible, backers) + few.missing.size() >= t || !declination) {
    for (const std::string& name : waiting.parties)
      few.missing.push_back(name + " (its operator has to decide)");
    if (declination)
      few.refusal =
          declination->party + " refuses by rule " + declination->rule + ": " + declination->reason;
    return conclude(job, std::move(few));
  }
  conclude(job, *std::move(declination));
}

Result<std::vector<std::vector<Item>>, Error> Issuance::expected(
    const Jobs& jobs, const std::vector<std::uint16_t>& hosts) const {
  std::vector<std::vector<Item>> items;
  for (const std::uint16_t host : hosts) {
    const Job& job = *jobs[host];
    auto derived = expected_items(
        enroll::to_proposal(job.request, job.networks, job.not_before, job.not_after),
        member_.ca_certificate);
    if (!derived) return failed(derived.error().rule + ": " + derived.error().reason);
    items.push_back(*std::move(derived));
  }
  return items;
}

PerParty<frost::ShareMessage> Issuance::read_shares(Round& round) {
  PerParty<frost::ShareMessage> shares;
  for (const auto& [party, envelope] : round.answers) {
    auto message = parse(std::type_identity<frost::ShareMessage>{}, envelope.payload);
    if (message) {
      shares.emplace(party, *std::move(message));
      continue;
    }
    accuse_({member_.authority.id,
             envelope.header.session,
             party,
             std::string(frost::ShareMessage::malformed),
             {envelope},
             {},
             {}});
    round.failed.emplace(party, "sent malformed shares");
  }
  return shares;
}

void Issuance::convict(const Blame& blame, Round& round, const frost::SigningPackage& package) {
  std::vector<Envelope> messages;
  for (const auto& [party, envelope] : round.answers) messages.push_back(envelope);
  for (const Fault& fault : blame.faults) {
    ++failures_[fault.culprit];
    round.failed.emplace(fault.culprit, "misbehaved: " + fault.check);
    if (const auto evidence =
            make_evidence(fault, member_.authority.id, messages.front().header.session, messages,
                          {{"package", encoded(package)}}))
      accuse_(*evidence);
  }
}

awaitable<void> Issuance::sign(Envelope proposal, Jobs jobs, std::vector<std::uint16_t> hosts,
                               std::shared_ptr<Round> round, std::vector<Identifier> signers) {
  const Digest session_id = proposal.header.session;
  std::vector<std::size_t> item_counts;
  for (const auto& job : jobs) item_counts.push_back(item_count(job->networks));
  SignRequest request{hosts, {}};
  PerParty<frost::CommitMessage> commitments;
  const auto shares_round = std::make_shared<Round>(executor_);
  for (const Identifier signer : signers) {
    request.commitments.push_back(round->answers.at(signer));
    auto selected =
        commitments_for(round->commitments.at(signer), round->pairs.at(signer), hosts, item_counts);
    if (selected)
      commitments.emplace(signer, *std::move(selected));
    else
      shares_round->failed.emplace(signer, "committed to another number of items");
  }

  std::optional<OutcomeMessage> outcome;
  std::string unrecorded;
  const auto items = expected(jobs, hosts);
  if (items && shares_round->failed.empty()) {
    std::vector<frost::Statement> statements;
    for (const auto& of_host : *items)
      for (const Item& item : of_host) statements.push_back({"", item.to_be_signed});
    const auto package = frost::make_package(std::move(statements), commitments);
    const auto joint =
        package ? frost::join(*package, member_.key.group)
                : Result<std::vector<frost::Joint>, Error>(failed(package.error().reason));
    const Envelope envelope = member_.say(
        session_id, static_cast<std::uint16_t>(MessageType::sign_request), 0, encoded(request));
    for (const Identifier signer : signers)
      tasks_.spawn(ask_one(shares_round, signer, envelope,
                           static_cast<std::uint16_t>(MessageType::shares), times_.sign));
    const transport::Deadline end = after(times_.sign);
    for (bool in_time = true;
         in_time && shares_round->answers.size() + shares_round->failed.size() < signers.size();)
      in_time = co_await shares_round->changed.wait_until(end);
    const auto shares = read_shares(*shares_round);
    if (joint && shares.size() == signers.size()) {
      const auto signatures =
          frost::aggregate_batch(*package, *joint, shares, member_.key.group,
                                 static_cast<std::uint16_t>(MessageType::shares));
      if (!signatures) {
        convict(signatures.error(), *shares_round, *package);
      } else if (auto recorded = record(jobs, hosts, *items, *signatures, signers, session_id)) {
        outcome = *std::move(recorded);
      } else {
        unrecorded = recorded.error().message;
        notice_("outcome: " + unrecorded);
      }
    }
  }

  for (const Identifier signer : signers)
    if (!shares_round->answers.contains(signer) && !shares_round->failed.contains(signer))
      shares_round->failed.emplace(signer, "did not answer in time");
  for (const std::uint16_t host : hosts) {
    const auto& job = jobs[host];
    if (outcome) {
      conclude(job, bundle_of(*registry_.holding(job->request.digest())));
      continue;
    }
    if (!unrecorded.empty()) {  // signing again would not help, and leave certificates behind
      conclude(job, TooFewParties{member_.authority.min_signers,
                                  {member_.name() + " (cannot record: " + unrecorded + ")"},
                                  {}});
      continue;
    }
    for (const auto& [party, why] : shares_round->failed)
      if (!shares_round->changed_mind.contains(party)) job->trouble.insert_or_assign(party, why);
    again(job);
  }
  if (outcome) tasks_.spawn(tell_others(*std::move(outcome)));
}

Result<OutcomeMessage, Error> Issuance::record(const Jobs& jobs,
                                               const std::vector<std::uint16_t>& hosts,
                                               const std::vector<std::vector<Item>>& items,
                                               const std::vector<SignatureBytes>& signatures,
                                               const std::vector<Identifier>& signers,
                                               const Digest& session_id) {
  const Time now = clock_();
  OutcomeMessage outcome;
  std::vector<log::Entry> entries;
  std::vector<Holding> holdings;
  std::vector<std::uint16_t> signer_numbers;
  signer_numbers.reserve(signers.size());
  for (const Identifier signer : signers) signer_numbers.push_back(signer.value());
  auto signature = signatures.begin();
  for (std::size_t i = 0; i < hosts.size(); ++i) {
    const Job& job = *jobs[hosts[i]];
    const enroll::Request& request = job.request.request();
    std::string certificates;
    for (const Item& item : items[i]) {
      JCA_ASSIGN(const auto certificate, finished(item, *signature, member_.ca_pool, now));
      certificates += nebula::to_pem(certificate);
      entries.push_back(log::OutcomeEntry{session_id, job.request.digest(), item.kind(),
                                          sha256(item.to_be_signed), *signature,
                                          nebula::fingerprint(certificate), now});
      ++signature;
    }
    Holding holding{
        job.request.digest(), request.host_identity, request.invitation.key, job.subject(), "", now,
        certificates,         signer_numbers};
    if (const Holding* known = registry_.holding(holding.request)) {
      if (!known->certificates.empty()) continue;  // learnt meanwhile: the first ones stay
      holding.rule = known->rule;
      holding.made = known->made;
    }
    holdings.push_back(std::move(holding));
    outcome.hosts.push_back({job.sealed, std::move(certificates), signer_numbers});
  }
  JCA_ASSIGN(auto append, log_.prepare(entries));
  JCA_TRY(store_.transact([&](soci::session& sql) {
    log_.write(sql, append);
    for (const Holding& holding : holdings) registry_.write(sql, holding);
  }));
  log_.apply(std::move(append));
  for (const Holding& holding : holdings) registry_.apply(holding);
  return outcome;
}

awaitable<void> Issuance::tell_others(OutcomeMessage outcome) {
  // A thousand certificates do not fit one envelope, so they go in parts.
  constexpr std::size_t part_max = 64;
  for (std::size_t first = 0; first < outcome.hosts.size(); first += part_max) {
    OutcomeMessage part;
    for (std::size_t i = first; i < std::min(first + part_max, outcome.hosts.size()); ++i)
      part.hosts.push_back(std::move(outcome.hosts[i]));
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
