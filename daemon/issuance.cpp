#include "daemon/issuance.h"

#include <algorithm>

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include "daemon/issuance_job.h"

namespace jointca::daemon {
namespace {

using transport::after;
using transport::awaitable;

/// Batches that may be under way at once. One more would only make all of them smaller.
constexpr std::size_t sessions_max = 2;
/// Of them about sessions of MPyC: who asks for those must not keep hosts from theirs.
constexpr std::size_t grants_max = 1;
/// Attempts at one request before its host is told to come back.
constexpr unsigned attempts_max = 24;
/// Of all requests in one proposal, well below an envelope's payload_bytes_max.
constexpr std::size_t proposal_bytes_max = 700 * 1024;
constexpr std::size_t jobs_max = 10'000;
constexpr std::size_t waiting_max = 10'000;

}  // namespace

Issuance::Issuance(const transport::any_io_executor& executor, const Member& member, Signer& signer,
                   MirrorService& mirrors, Registry& registry, PartyLog& party_log, Store& store,
                   Peers& peers, Rng& rng, Clock clock, Signer::Accuse accuse, Notice notice,
                   IssuanceTimes times)
    : executor_(executor),
      member_(member),
      signer_(signer),
      mirrors_(mirrors),
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

awaitable<Answer> Issuance::submit(Asked asked, Bytes sealed) {
  const ca::Proposal proposal = proposal_of(asked, {}, {}, {});
  const Digest digest = proposal.request;
  if (!log_.halted().empty())
    co_return TooFewParties{
        member_.authority.min_signers, {member_.name() + " (halted: " + log_.halted() + ")"}, {}};
  if (registry_.is_revoked(proposal.host_identity))
    co_return proposal.session
        ? Declination{member_.name(), "session.revoked", "the session was revoked"}
        : Declination{member_.name(), "host.revoked", "the host was revoked"};
  // A session's digest is its manifest's: the consents might be others.
  const auto is_other = [&](const PublicKey& voucher) {
    return voucher != proposal.voucher.invitation_key;
  };
  const Declination other{member_.name(), "session.consents",
                          "the manifest is on record here with other consents"};
  const Holding* known = registry_.holding(digest);
  if (known != nullptr && !known->certificates.empty()) {
    if (is_other(known->invitation)) co_return other;
    Answer answer = co_await proven(digest, bundle_of(*known));
    co_return answer;
  }
  std::shared_ptr<Job> job;
  if (const auto running = jobs_.find(digest); running != jobs_.end())
    job = running->second;
  else if (const auto held = waiting_.find(digest); held != waiting_.end())
    job = held->second;
  if (job && is_other(job->proposal().voucher.invitation_key)) co_return other;
  waiting_.erase(digest);
  if (!job) {
    if (auto declination = stranger_in(proposal)) co_return *std::move(declination);
    if (jobs_.size() >= jobs_max)
      co_return Declination{member_.name(), "busy", "too many requests; try again later"};
    job = std::make_shared<Job>(std::move(asked), std::move(sealed), executor_);
  }
  Answer answer = co_await run(job);
  answer = co_await proven(digest, std::move(answer));
  co_return answer;
}

/// The first member of a session that this party does not know as a host that lives. Anyone may ask
/// for sessions, and everyone can consent with a key of its own: only what hosts ask for is worth
/// the other parties' time.
std::optional<Declination> Issuance::stranger_in(const ca::Proposal& proposal) const {
  if (!proposal.session) return std::nullopt;
  for (const ca::Member& member : proposal.session->members) {
    if (registry_.is_revoked(member.identity))
      return Declination{member_.name(), "member.revoked",
                         "the host " + member.name + " was revoked"};
    if (registry_.held_by(member.identity, clock_()).empty())
      return Declination{member_.name(), "member.unknown",
                         "no certificate of " + member.name +
                             " under the identity in the manifest is known here that has not "
                             "ended"};
  }
  return std::nullopt;
}

awaitable<std::optional<Answer>> Issuance::resume(Digest request) {
  const Holding* known = registry_.holding(request);
  if (known != nullptr && !known->certificates.empty()) {
    Answer answer = co_await proven(request, bundle_of(*known));
    co_return std::optional<Answer>(std::move(answer));
  }
  std::shared_ptr<Job> job;
  if (const auto found = jobs_.find(request); found != jobs_.end())
    job = found->second;
  else if (auto node = waiting_.extract(request))
    job = std::move(node.mapped());
  else
    co_return std::nullopt;
  Answer answer = co_await run(job);
  answer = co_await proven(request, std::move(answer));
  co_return std::optional<Answer>(std::move(answer));
}

awaitable<Answer> Issuance::run(std::shared_ptr<Job> job) {
  if (jobs_.emplace(job->digest(), job).second) {
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
  const Digest& digest = job->digest();
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
  for (const auto& [party, cause] : job->trouble)
    answer.missing.push_back(member_.name_of(party) + " (" + cause.why + ")");
  conclude(job, std::move(answer));
}

/// As many as fit a sign request, which holds the commitments of t signers.
std::size_t Issuance::hosts_per_session() const {
  constexpr std::size_t host_bytes =
      issued::statements_per_host_max * 64 + 600;  // with a refusal's words
  return std::clamp<std::size_t>(proposal_bytes_max / (host_bytes * member_.authority.min_signers),
                                 1, hosts_max);
}

/// No less than the entries of a job take in a signer's log, all of which stand under one
/// checkpoint.
std::size_t Issuance::logged_bytes(const Job& job) const {
  const ca::Proposal proposal = job.proposal();
  std::size_t labels = proposal.subject.name.size();
  for (const std::string& group : proposal.subject.groups) labels += group.size() + 4;
  constexpr std::size_t entry_bytes = 2200, signer_bytes = 70;
  std::size_t items = (proposal.keys.contains(ca::Kind::nebula) ? 2 : 0) +
                      (proposal.keys.contains(ca::Kind::wireguard) ? 1 : 0) +
                      (proposal.keys.contains(ca::Kind::x509) ? 2 : 0) +
                      (proposal.lighthouse ? 1 : 0);
  if (proposal.session) items = issued::statements_per_session_max;
  return items * (entry_bytes + signer_bytes * member_.authority.min_signers + 4 * labels);
}

void Issuance::start_sessions() {
  // Together go only hosts that do without the same parties.
  const auto fit = [](const Job& a, const Job& b) {
    return !a.is_grant() && !b.is_grant() && parties_of(a.trouble) == parties_of(b.trouble);
  };
  while (!queue_.empty() && sessions_ < sessions_max) {
    Jobs jobs;
    std::size_t bytes = 0, logged = 0;
    std::deque<std::shared_ptr<Job>> later;
    for (auto& job : queue_) {
      const bool now = jobs.empty() ? !job->is_grant() || grants_ < grants_max
                                    : jobs.size() < hosts_per_session() &&
                                          bytes + job->sealed.size() <= proposal_bytes_max &&
                                          logged + logged_bytes(*job) <= append_bytes_max &&
                                          fit(*jobs.front(), *job);
      if (now) {
        bytes += job->sealed.size();
        logged += logged_bytes(*job);
      }
      if (now)
        jobs.push_back(std::move(job));
      else
        later.push_back(std::move(job));
    }
    queue_ = std::move(later);
    if (jobs.empty()) return;
    ++sessions_;
    if (jobs.front()->is_grant()) ++grants_;
    tasks_.spawn(hold_session(std::move(jobs)));
  }
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
  if (!hosts.empty()) co_await sign(session_id, jobs, hosts, round, signers);
}

/// Tells a party that its commitments are not needed. If it does not hear, they expire.
awaitable<void> Issuance::release(Identifier party, Digest session_id) {
  return tell(party, member_.say(session_id, static_cast<std::uint16_t>(MessageType::release),
                                 party.value(), {}));
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
  if (jobs.front()->is_grant()) --grants_;
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
    return conclude(job, bundle_of(*registry_.holding(job->digest())));
  }
}

/// What becomes of a host that too few parties approved as proposed.
///
/// A signer never changes the terms that it logged for a request, so that any two quorums with an
/// honest party in common give one set of terms. The coordinator looks for a quorum: it tries the
/// terms that signers have on record, those of most signers first, and then new ones, for which
/// there may be enough signers without any. A session of MPyC has one set of terms, whatever a
/// signer says of others.
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
      if (answer.recorded && !job->is_grant()) records.push_back(*answer.recorded);
      if (answer.taken && !job->is_grant())
        taken = job->avoid.insert(*answer.taken).second || taken;
      if (!declination) declination = Declination{name, answer.rule, answer.reason};
    }
  }
  const ca::Subject proposed = job->subject();
  const Holding* own = registry_.holding(job->digest());
  const bool from_record = !job->is_grant() && (job->recorded == proposed ||
                                                (own != nullptr && own->subject == proposed));
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
                          (trouble != job->trouble.end()  ? trouble->second.why
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

}  // namespace jointca::daemon
