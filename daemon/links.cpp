#include "daemon/links.h"

namespace jointca::daemon {
namespace {

constexpr std::chrono::milliseconds reconnect_patience{1'500};
constexpr std::chrono::milliseconds reconnect_interval{150};

}  // namespace

Links::Links(transport::any_io_executor executor, const Member& member,
             const transport::TlsIdentity& tls, LocalAnswer local, std::function<Time()> clock)
    : executor_(executor),
      member_(member),
      local_(std::move(local)),
      clock_(std::move(clock)),
      tasks_(executor) {
  for (const ca::Party& party : member.authority.parties) {
    const Identifier identifier(party.identifier);
    if (identifier == member.self) continue;
    const auto endpoint = transport::Endpoint::parse(party.card.peer);
    JCA_ASSERT(endpoint.has_value());  // the ceremony refused cards without
    links_.emplace(identifier, transport::PeerLink(executor, tls, *endpoint, party.card.identity));
  }
}

transport::awaitable<Result<Envelope, Error>> Links::ask(Identifier to, Envelope envelope,
                                                         std::chrono::milliseconds timeout) {
  if (to == member_.self) {
    // What is to leave for others leaves first: while this party writes to its disk, nothing does.
    co_await transport::sleep_for(std::chrono::milliseconds(0));
    Envelope answered = co_await local_(std::move(envelope));
    co_return answered;
  }
  auto answer = co_await links_.at(to).call(encoded(envelope), timeout);
  if (!answer) {
    unreachable_.insert(to);
    co_return Unexpected{std::move(answer).error()};
  }
  unreachable_.erase(to);
  last_answer_.insert_or_assign(to, clock_());
  auto parsed = parse(std::type_identity<Envelope>{}, *answer);
  if (!parsed)
    co_return failed(member_.name_of(to) + " sent a malformed answer: " + parsed.error().text());
  co_return *std::move(parsed);
}

struct Links::Answers {
  explicit Answers(transport::any_io_executor executor) : changed(std::move(executor)) {}
  PerParty<Envelope> good;
  std::size_t left = 0;
  transport::Event changed;
};

transport::awaitable<void> Links::ask_into(std::shared_ptr<Answers> answers, Identifier party,
                                           Envelope envelope, std::chrono::milliseconds timeout) {
  // A link that just failed refuses calls for a moment; a party that has come back is worth it.
  const transport::Deadline patience = transport::after(reconnect_patience);
  for (bool more = true; more;) {
    const auto answer = co_await ask(party, envelope, timeout);
    if (answer) answers->good.emplace(party, *answer);
    more = !answer && std::chrono::steady_clock::now() < patience;
    if (more) co_await transport::sleep_for(reconnect_interval);
  }
  --answers->left;
  answers->changed.notify();
}

transport::awaitable<PerParty<Envelope>> Links::ask_others(Envelope envelope,
                                                           std::chrono::milliseconds timeout) {
  const auto answers = std::make_shared<Answers>(executor_);
  answers->left = links_.size();
  for (const auto& [party, link] : links_)
    tasks_.spawn(ask_into(answers, party, envelope, timeout));
  const transport::Deadline end = transport::after(timeout);
  for (bool in_time = true; in_time && answers->left > 0;)
    in_time = co_await answers->changed.wait_until(end);
  co_return answers->good;
}

bool Links::reachable(Identifier party) const {
  return party == member_.self || (last_answer_.contains(party) && !unreachable_.contains(party));
}

std::optional<Time> Links::last_answer(Identifier party) const {
  const auto found = last_answer_.find(party);
  if (found == last_answer_.end()) return std::nullopt;
  return found->second;
}

}  // namespace jointca::daemon
