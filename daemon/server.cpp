#include "daemon/server.h"

#include <csignal>
#include <filesystem>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <spdlog/spdlog.h>

#include "base/text.h"
#include "ca/policy_file.h"
#include "crypto/rng.h"
#include "daemon/api.h"
#include "daemon/ca_bundle.h"
#include "daemon/certificate_service.h"
#include "daemon/evidence_dir.h"
#include "daemon/log_routes.h"
#include "daemon/member.h"
#include "daemon/peer_service.h"
#include "daemon/store.h"
#include "daemon/witness.h"
#include "daemon/witness_client.h"
#include "machine/files.h"

namespace jointca::daemon {
namespace {

struct NamedPolicy {
  ca::Policy policy;
  std::string name;
};

Result<NamedPolicy, Error> read_policy(const std::optional<std::string>& file) {
  if (!file) return NamedPolicy{{}, "none: ask the operator about everything"};
  JCA_ASSIGN(const Bytes text, machine::read_file(*file, ca::policy_bytes_max));
  auto policy = ca::parse_policy(to_text(text), *file);
  if (!policy) return failed(policy.error().text());
  return NamedPolicy{*std::move(policy), *file};
}

Result<log::WitnessPolicy, Error> read_witnessing(const std::optional<std::string>& file) {
  if (!file) return log::WitnessPolicy{};
  JCA_ASSIGN(const Bytes text, machine::read_file(*file, log::witness_policy_bytes_max));
  auto policy = log::WitnessPolicy::parse(to_text(text));
  if (!policy) return failed(*file + ": " + policy.error().text());
  return *std::move(policy);
}

/// One line, also for what another party coordinated.
void say_issued(const Member& member, const Holding& holding) {
  std::vector<std::string> networks, signers;
  for (const ca::Prefix& network : holding.subject.networks) networks.push_back(network.text());
  for (const std::uint16_t signer : holding.signers)
    signers.push_back(member.name_of(Identifier(signer)));
  spdlog::info("{} {}: {}until {}, signed by {}", holding.renewal ? "renewed" : "issued",
               holding.subject.name, networks.empty() ? "" : join(networks) + ", ",
               to_rfc3339(holding.subject.not_after), join(signers));
}

std::size_t count_files(const std::string& directory) {
  std::error_code problem;
  std::size_t count = 0;
  for (auto it = std::filesystem::directory_iterator(directory, problem);
       !problem && it != std::filesystem::directory_iterator(); it.increment(problem))
    ++count;
  return count;
}

void keep(const StatePaths& paths, const Evidence& evidence) {
  const auto path = keep_evidence(paths.evidence(), evidence);
  spdlog::error("party {} failed {}; evidence: {}", evidence.culprit.value(), evidence.check,
                path ? *path : path.error().message);
}

/// How long a start waits to hear what the others have seen of our log.
constexpr std::chrono::milliseconds first_pull_max{3'000};
/// Between two times that refusals are written into the log.
constexpr std::chrono::milliseconds refusals_interval{5'000};
/// Between two looks whether the CA certificates of now are those in the file.
constexpr std::chrono::milliseconds ca_bundle_interval{60'000};

/// The parts of a running party. Constructed top to bottom, each from those above it.
class Server {
 public:
  Server(boost::asio::io_context& io, const Member& member, const StatePaths& paths,
         const PartySettings& settings, const transport::TlsIdentity& tls, Store& store,
         Registry& registry, PartyLog& party_log, Mirrors& mirrors, RevocationLists& lists,
         SigningKey witness_key, const ServeOptions& options, bool memory_locked, Rng& rng)
      : executor_(io.get_executor()),
        paths_(paths),
        settings_(settings),
        authority_(member.authority),
        clock_(options.clock),
        signer_(member, registry, party_log, mirrors, store, rng,
                [this](const Evidence& evidence) { keep(paths_, evidence); }),
        links_(
            executor_, member, tls,
            [this](Envelope envelope) { return peer_service_.answer(std::move(envelope)); },
            options.clock),
        mirror_service_(member, party_log, mirrors, store, links_, rng, options.clock,
                        [](const std::string& notice) { spdlog::warn("{}", notice); }),
        revocation_view_(member, registry, store),
        revocation_voting_(member, signer_, registry, revocation_view_, party_log, store),
        revocation_signer_(member, revocation_view_, lists, party_log, rng,
                           [this](const Evidence& evidence) { keep(paths_, evidence); }),
        revocation_service_(
            executor_, member, registry, revocation_view_, lists, revocation_voting_,
            revocation_signer_, mirror_service_, links_, rng, options.clock,
            [this](const Evidence& evidence) { keep(paths_, evidence); },
            [](const std::string& notice) { spdlog::warn("{}", notice); }),
        peer_service_(
            member, signer_, mirror_service_, revocation_service_, options.clock,
            [this](const std::string& name, const Digest& id) { say_who_waits(name, id); }),
        issuance_(
            executor_, member, signer_, mirror_service_, registry, party_log, store, links_, rng,
            options.clock, [this](const Evidence& evidence) { keep(paths_, evidence); },
            [](const std::string& notice) { spdlog::warn("{}", notice); }),
        log_routes_(party_log, [&mirrors](std::string_view name) { return mirrors.find(name); }),
        witness_(store, std::move(witness_key), party_log.verifier().name + "/witness",
                 options.clock),
        witness_client_(executor_, store, party_log,
                        [](const std::string& notice) { spdlog::warn("{}", notice); }),
        published_(lists, revocation_view_, store,
                   [](const std::string& notice) { spdlog::warn("{}", notice); }),
        api_(member, signer_, registry, party_log, issuance_, links_, revocation_voting_, lists,
             published_, rng, options.clock,
             {"", memory_locked, [this] { return count_files(paths_.evidence()); },
              witness_.verifier().text(), [this] { return witness_client_.states(); }},
             [this](const transport::HttpRequest& request) {
               auto response = log_routes_.get(request);
               return response ? response : witness_.answer(request);
             }),
        tasks_(executor_, [](const std::string& what) { spdlog::warn("{}", what); }),
        peer_server_(executor_, tls, other_parties(member),
                     [this](PublicKey from, Bytes request) {
                       return peer_service_.answer(from, std::move(request));
                     }),
        https_(
            executor_, tls,
            [this](transport::HttpRequest request) { return api_.host(std::move(request)); },
            host_limits()),
        admin_(executor_, [this](transport::HttpRequest request) {
          return api_.operate(std::move(request));
        }) {}

  void set_policy(NamedPolicy policy) {
    spdlog::info("policy: {}", policy.name);
    signer_.set_policy(std::move(policy.policy));
    api_.set_policy_name(std::move(policy.name));
  }

  Result<Ok, Error> set_witnessing(log::WitnessPolicy witnessing) {
    JCA_TRY(witness_client_.set_witnesses(witnessing.witnesses));
    if (!witnessing.logs.empty())
      spdlog::info("witnessing {} logs as {}", witnessing.logs.size(), witness_.verifier().text());
    witness_.set_logs(std::move(witnessing.logs));
    return Ok{};
  }

  /// Listens, hears what the others have seen of our log, and calls `ready`.
  Result<Ok, Error> start(std::function<void()> ready) {
    JCA_TRY(published_.load(clock_()));
    const auto peer = transport::Endpoint::parse(settings_.listen);
    if (!peer) return failed(paths_.party() + ": listen: " + peer.error().text());
    const auto api = transport::Endpoint::parse(settings_.api);
    if (!api) return failed(paths_.party() + ": api: " + api.error().text());
    if (auto bound = peer_server_.listen(*peer); !bound)
      return failed(paths_.party() + ": listen: " + bound.error().message);
    if (auto bound = https_.listen(*api); !bound)
      return failed(paths_.party() + ": api: " + bound.error().message);
    JCA_TRY(admin_.listen(paths_.admin_socket()));
    tasks_.spawn(start_up(std::move(ready)));
    return Ok{};
  }

 private:
  static std::vector<PublicKey> other_parties(const Member& member) {
    std::vector<PublicKey> keys;
    for (const auto& [party, key] : member.roster)
      if (party != member.self) keys.push_back(key);
    return keys;
  }

  static transport::HttpLimits host_limits() {
    transport::HttpLimits limits;
    limits.connections_max = 4096;
    limits.body_bytes_max = host_body_bytes_max;
    return limits;
  }

  transport::awaitable<void> start_up(std::function<void()> ready) {
    const auto pulled = co_await transport::with_timeout(executor_, first_pull(), first_pull_max);
    (void)pulled;  // who is away is heard later
    ready();
    tasks_.spawn(revocation_service_.keep_fresh());
    tasks_.spawn(keep_logging_refusals());
    tasks_.spawn(keep_ca_bundle());
    co_await mirror_service_.keep_pulling();
  }
  transport::awaitable<void> keep_logging_refusals() {
    for (std::string trouble;;) {
      co_await transport::sleep_for(refusals_interval);
      const auto too_many = signer_.refusals().write();
      const std::string now = too_many ? "" : too_many.error().message;
      if (!now.empty() && now != trouble) spdlog::warn("refusals are not logged: {}", now);
      if (too_many && *too_many > 0)
        spdlog::warn("{} refusals are not logged: too many in an hour", *too_many);
      trouble = now;
    }
  }
  transport::awaitable<void> keep_ca_bundle() {
    for (std::string trouble;;) {
      const auto written = write_ca_bundle(paths_.ca_certificate(), authority_, clock_());
      const std::string now = written ? "" : written.error().message;
      if (!now.empty() && now != trouble) spdlog::warn("{}", now);
      trouble = now;
      co_await transport::sleep_for(ca_bundle_interval);
    }
  }
  transport::awaitable<bool> first_pull() {
    co_await mirror_service_.pull_all();
    co_return true;
  }

  void say_who_waits(const std::string& name, const Digest& id) const {
    spdlog::info("{} waits for approval: jointca approve {} --dir {}", name,
                 to_hex(id).substr(0, request_digits_min), paths_.dir);
  }

  transport::any_io_executor executor_;
  StatePaths paths_;
  PartySettings settings_;
  const ca::Authority& authority_;
  std::function<Time()> clock_;
  Signer signer_;
  Links links_;
  MirrorService mirror_service_;
  RevocationView revocation_view_;
  RevocationVoting revocation_voting_;
  RevocationSigner revocation_signer_;
  RevocationService revocation_service_;
  PeerService peer_service_;
  Issuance issuance_;
  LogRoutes log_routes_;
  Witness witness_;
  WitnessClient witness_client_;
  Published published_;
  Api api_;
  transport::Tasks tasks_;
  transport::PeerServer peer_server_;
  transport::HttpsServer https_;
  transport::UnixHttpServer admin_;
};

/// SIGHUP reads the files again and keeps what was there if the new is not well-formed.
transport::awaitable<void> watch_signals(Server& server, const ServeOptions& options,
                                         boost::asio::signal_set& signals,
                                         boost::asio::io_context& io) {
  for (;;) {
    const int signal = co_await signals.async_wait(boost::asio::use_awaitable);
    if (signal != SIGHUP) break;
    if (auto policy = read_policy(options.policy_file))
      server.set_policy(*std::move(policy));
    else
      spdlog::error("policy not changed: {}", policy.error().message);
    auto witnessing = read_witnessing(options.witnessing_file);
    const auto set = witnessing ? server.set_witnessing(*std::move(witnessing))
                                : Result<Ok, Error>(Unexpected{witnessing.error()});
    if (!set) spdlog::error("witnessing not changed: {}", set.error().message);
  }
  spdlog::info("stopping");
  io.stop();
}

}  // namespace

Result<Ok, Error> check_files(const StatePaths& paths, const ServeOptions& options) {
  if (!machine::file_exists(paths.authority()))
    return failed(paths.dir + ": no authority yet; `jointca keygen` makes one");
  JCA_TRY(read_policy(options.policy_file));
  JCA_TRY(read_witnessing(options.witnessing_file));
  return Ok{};
}

Result<Ok, Error> serve(PartyState state, const ServeOptions& options, Rng& rng) {
  const bool memory_locked = state.memory_locked;
  JCA_TRY(check_files(state.paths, options));
  JCA_ASSIGN(const auto lock, lock_state(state.paths));
  JCA_ASSIGN(const auto authority, read_authority(state.paths));
  if (authority && !check_signable(*authority))
    return serve_certificate(std::move(state), *authority, options);
  JCA_ASSIGN(auto policy, read_policy(options.policy_file));
  JCA_ASSIGN(auto witnessing, read_witnessing(options.witnessing_file));
  JCA_ASSIGN(const auto tls, transport::TlsIdentity::make(state.identity, state.settings.name));
  JCA_ASSIGN(const auto store, Store::open(state.paths.database()));
  JCA_ASSIGN(const auto party_log, PartyLog::open(*store, state));
  JCA_TRY(party_log->check_whole());
  // A member's log begins with its ceremony: an empty one is a lost one, and would fork it.
  if (party_log->size() == 0)
    return failed(state.paths.database() + ": the log is missing; restore the state directory");
  const StatePaths paths = state.paths;
  const PartySettings settings = state.settings;
  SigningKey cosigner_key = state.cosigner_key(), witness_key = state.witness_key();
  JCA_ASSIGN(const Member member, open_member(std::move(state)));
  JCA_ASSIGN(
      const auto registry,
      Registry::load(*store, RevocationVotes(member.authority.id, member.authority.min_signers)));
  JCA_ASSIGN(const auto mirrors,
             Mirrors::open(member, *store, *registry, std::move(cosigner_key),
                           [&](const Evidence& evidence) { keep(paths, evidence); }));
  JCA_ASSIGN(const auto lists, RevocationLists::open(member, *store));

  boost::asio::io_context io(1);
  {
    Server server(io, member, paths, settings, tls, *store, *registry, *party_log, *mirrors, *lists,
                  std::move(witness_key), options, memory_locked, rng);
    server.set_policy(std::move(policy));
    registry->on_issued([&](const Holding& holding) { say_issued(member, holding); });
    JCA_TRY(server.set_witnessing(std::move(witnessing)));
    // From here on, before anyone is told that it is ready, no signal ends it unasked.
    boost::asio::signal_set signals(io, SIGTERM, SIGINT, SIGHUP);
    transport::Tasks watching(io.get_executor());
    watching.spawn(watch_signals(server, options, signals, io));
    spdlog::info("{} of authority {}: {} of {} parties sign", member.name(), member.authority.name,
                 member.authority.min_signers, member.authority.parties.size());
    JCA_TRY(server.start(options.ready));
    io.run();
  }
  return Ok{};
}

}  // namespace jointca::daemon
