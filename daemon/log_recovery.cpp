#include "daemon/log_recovery.h"

#include <algorithm>
#include <map>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <soci/soci.h>

#include "crypto/rng.h"
#include "daemon/links.h"
#include "daemon/log_messages.h"
#include "daemon/party_log.h"
#include "daemon/registry.h"
#include "daemon/store.h"
#include "log/checkpoint.h"

namespace jointca::daemon {
namespace {

constexpr std::chrono::milliseconds answer_timeout{10'000};

/// What this party logged itself holds names, addresses and invitations: per request the terms that
/// it logged last, as its own.
std::vector<Holding> own_holdings(const std::vector<Bytes>& entries, const Registry& registry,
                                  const Issuer& issuer) {
  std::map<Digest, Holding> by_request;
  for (const Bytes& text : entries) {
    const auto entry = log::parse_entry(text);
    const auto* issue = entry ? std::get_if<log::IssueEntry>(&*entry) : nullptr;
    auto seen = issue != nullptr ? registry.seen_in_log(own_log, *issue, issuer, issue->time)
                                 : std::nullopt;
    if (!seen) continue;
    seen->request = issue->request;
    seen->rule = issue->approved.rule;
    seen->intents = 1;
    seen->signers.clear();
    seen->renewal = issue->basis == "renewal";
    const auto [known, fresh] = by_request.emplace(issue->request, *seen);
    if (fresh) continue;
    auto& networks = known->second.subject.networks;
    if (known->second.subject.not_after != seen->subject.not_after)
      known->second = *seen;
    else
      for (const ca::Prefix& network : seen->subject.networks)
        if (std::find(networks.begin(), networks.end(), network) == networks.end())
          networks.push_back(network);
  }
  std::vector<Holding> holdings;
  holdings.reserve(by_request.size());
  for (auto& [request, holding] : by_request) holdings.push_back(std::move(holding));
  return holdings;
}

class Recovery {
 public:
  Recovery(const Member& member, Store& store, PartyLog& party_log, Registry& registry,
           Links& links, Rng& rng)
      : member_(member),
        store_(store),
        log_(party_log),
        registry_(registry),
        links_(links),
        rng_(rng) {}

  transport::awaitable<Result<Recovered, Error>> run() {
    Recovered recovered{log_.size(), 0, {}, {}};
    for (const auto& [party, key] : member_.roster) {
      if (party == member_.self) continue;
      bool answered = false;
      for (bool more = true; more;) {
        const std::uint64_t size = log_.size();
        const auto part = co_await ask(party);
        answered = part.has_value();
        if (part)
          if (auto taken = take(*part, member_.name_of(party)); !taken)
            co_return Unexpected<Error>{taken.error()};
        more = part && log_.size() > size;
      }
      (answered ? recovered.asked : recovered.absent).push_back(member_.name_of(party));
    }
    recovered.after = log_.size();
    co_return recovered;
  }

 private:
  transport::awaitable<std::optional<LogPart>> ask(Identifier party) {
    const Digest session = rng_.array<32>();
    const auto answer = co_await links_.ask(
        party,
        member_.say(session, static_cast<std::uint16_t>(MessageType::log_query), party.value(),
                    encoded(LogQuery{member_.self.value(), log_.size(), {}})),
        answer_timeout);
    const Header expected{member_.authority.id, session,
                          static_cast<std::uint16_t>(MessageType::log_part), party.value(),
                          member_.self.value()};
    if (!answer || answer->header != expected || !verify(*answer, member_.roster.at(party)))
      co_return std::nullopt;
    auto part = parse(std::type_identity<LogPart>{}, answer->payload);
    if (!part) co_return std::nullopt;
    co_return *std::move(part);
  }

  Result<Ok, Error> take(const LogPart& part, const std::string& from) {
    if (part.checkpoint.empty()) return Ok{};
    const auto opened = log::open_checkpoint(part.checkpoint, log_.verifier());
    if (!opened) return Ok{};  // not ours: whoever sends it says nothing about this log
    const log::Checkpoint& signed_by_us = opened->checkpoint;
    const auto contradicts = [&] {
      return failed(Error::Code::verification,
                    "what " + from +
                        " has of this log, signed by this party, is not what is here: "
                        "two copies of the state directory were in use");
    };
    if (signed_by_us.size <= log_.size()) {
      JCA_ASSIGN(const Digest root, log::root(signed_by_us.size, log_));
      if (root != signed_by_us.root) return contradicts();
      return Ok{};
    }
    if (signed_by_us.size != log_.size() + part.entries.size()) return Ok{};
    PartyLog::Append append = log_.extended_by(part.entries);
    if (append.tree.root() != signed_by_us.root) return contradicts();
    append.checkpoint = part.checkpoint;
    const auto holdings = own_holdings(part.entries, registry_, issuer_of(member_));
    JCA_TRY(store_.transact([&](soci::session& sql) {
      log_.write(sql, append);
      for (const Holding& holding : holdings) registry_.write(sql, holding);
    }));
    log_.apply(std::move(append));
    for (const Holding& holding : holdings) registry_.apply(holding);
    return Ok{};
  }

  const Member& member_;
  Store& store_;
  PartyLog& log_;
  Registry& registry_;
  Links& links_;
  Rng& rng_;
};

}  // namespace

Result<Recovered, Error> recover_log(PartyState state, Rng& rng, std::function<Time()> clock) {
  JCA_ASSIGN(const auto lock, lock_state(state.paths));
  JCA_ASSIGN(const auto tls, transport::TlsIdentity::make(state.identity, state.settings.name));
  JCA_ASSIGN(const auto store, Store::open(state.paths.database()));
  JCA_ASSIGN(const auto party_log, PartyLog::open(*store, state));
  JCA_ASSIGN(const Member member, open_member(std::move(state)));
  JCA_ASSIGN(
      const auto registry,
      Registry::load(*store, RevocationVotes(member.authority.id, member.authority.min_signers)));
  boost::asio::io_context io(1);
  Links links(
      io.get_executor(), member, tls,
      [](Envelope envelope) -> transport::awaitable<Envelope> { co_return envelope; },
      std::move(clock));
  Recovery recovery(member, *store, *party_log, *registry, links, rng);
  std::optional<Result<Recovered, Error>> outcome;
  const auto run = [&]() -> transport::awaitable<void> {
    auto recovered = co_await recovery.run();
    outcome = std::move(recovered);
    io.stop();
  };
  boost::asio::co_spawn(io, run(), boost::asio::detached);
  io.run();
  if (!outcome) return failed("the recovery was interrupted");
  return *std::move(outcome);
}

}  // namespace jointca::daemon
