// tests/liar/liar.cpp — a party that answers the others as `jointca serve` does, but lies about its
// log:
//
//   jointca_liar DIR unlogged   signs without logging: what it shows after a session is the log
//                               before it
//   jointca_liar DIR withheld   logs everything, and an entry of its own, and shows nobody its log
//   jointca_liar DIR stale      logs everything, and shows auditors the log as it was at its start
//
// DIR is the state directory of a party of trials, which it works on a copy of. For the demo and
// for tests: it shows what the others do about it.
#include <filesystem>
#include <iostream>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include "crypto/rng.h"
#include "daemon/log_routes.h"
#include "daemon/mirror_service.h"
#include "daemon/signer.h"
#include "daemon/store.h"
#include "transport/http.h"
#include "transport/link.h"

namespace {

using namespace jointca;
using namespace jointca::daemon;

enum class Lie { unlogged, withheld, stale };

std::optional<Lie> parse_lie(std::string_view text) {
  if (text == "unlogged") return Lie::unlogged;
  if (text == "withheld") return Lie::withheld;
  if (text == "stale") return Lie::stale;
  return std::nullopt;
}

/// The liar asks nobody anything.
class Nobody final : public Peers {
 public:
  transport::awaitable<Result<Envelope, Error>> ask(Identifier, Envelope,
                                                    std::chrono::milliseconds) override {
    co_return failed("nobody is asked");
  }
};

/// Says that the session is logged, and shows the log as it was.
Envelope without_logging(const Member& member, const PartyLog& before, Envelope answer) {
  if (answer.header.round != static_cast<std::uint16_t>(MessageType::logged)) return answer;
  auto logged = parse(std::type_identity<LoggedMessage>{}, answer.payload);
  if (!logged) return answer;
  if (const auto note = before.checkpoint_up_to(logged->first)) logged->checkpoint = *note;
  return seal(member.identity, answer.header, encoded(*logged));
}

/// The messages of a session and of logs; to anything else it just nods.
Envelope answer(Signer& signer, MirrorService& mirrors, const Member& member,
                const Envelope& request, Lie lie, Time now) {
  const auto reply = [&](MessageType type, Bytes payload) {
    return member.say(request.header.session, static_cast<std::uint16_t>(type), request.header.from,
                      std::move(payload));
  };
  switch (static_cast<MessageType>(request.header.round)) {
    case MessageType::proposal:
      return signer.answer_proposal(request, now);
    case MessageType::sign_request:
      return signer.answer_sign_request(request, now);
    case MessageType::proofs:
      return signer.answer_proofs(request, now);
    case MessageType::log_query:
      if (lie == Lie::withheld) return reply(MessageType::log_part, encoded(LogPart{}));
      if (const auto query = parse(std::type_identity<LogQuery>{}, request.payload))
        return reply(MessageType::log_part,
                     encoded(mirrors.answer(Identifier(request.header.from), *query)));
      [[fallthrough]];
    default:
      return reply(MessageType::accepted, {});
  }
}

/// To hosts: ask another.
transport::HttpResponse busy() {
  return {503,
          "application/json",
          R"({"error":{"code":"not_enough_parties","message":"not now","field":""}})",
          {}};
}

/// An entry that only the liar has, so that nobody can prove what it logs later.
Result<Ok, Error> log_in_secret(PartyLog& log, Store& store, Time now) {
  JCA_ASSIGN(auto append, log.prepare({log::RefusalEntry{{}, {}, "none", "in secret", now}}));
  JCA_TRY(store.transact([&](soci::session& sql) { log.write(sql, append); }));
  log.apply(std::move(append));
  return Ok{};
}

Result<Ok, Error> run(const std::string& dir, const std::string& scratch, Lie lie) {
  JCA_ASSIGN(auto state, open_party(StatePaths{dir}, {}));
  const auto listen = transport::Endpoint::parse(state.settings.listen);
  if (!listen) return failed(listen.error().text());
  const auto api = transport::Endpoint::parse(state.settings.api);
  if (!api) return failed(api.error().text());
  for (const char* name : {"/state.db", "/start.db"})
    std::filesystem::copy_file(state.paths.database(), scratch + name);
  JCA_ASSIGN(const auto store, Store::open(scratch + "/state.db"));
  JCA_ASSIGN(const auto log, PartyLog::open(*store, state));
  JCA_ASSIGN(const auto store_at_start, Store::open(scratch + "/start.db"));
  JCA_ASSIGN(const auto log_at_start, PartyLog::open(*store_at_start, state));
  JCA_ASSIGN(const auto authority, read_authority(state.paths));
  if (!authority) return failed(dir + ": no authority yet");
  JCA_ASSIGN(const auto registry,
             Registry::load(*store, RevocationVotes(authority->id, authority->min_signers)));
  JCA_ASSIGN(const auto tls, transport::TlsIdentity::make(state.identity, state.settings.name));
  SigningKey cosigner_key = state.cosigner_key();
  JCA_ASSIGN(const Member member, open_member(std::move(state)));
  const auto nothing = [](const Evidence&) {};
  JCA_ASSIGN(const auto mirrors,
             Mirrors::open(member, *store, *registry, std::move(cosigner_key), nothing));
  SystemRng rng;
  Nobody nobody;
  const auto clock = [] {
    return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
  };
  Signer signer(member, *registry, *log, *mirrors, *store, rng, nothing);
  ca::Policy everything;
  everything.base.approve = ca::Approval::automatic;
  signer.set_policy(everything);
  MirrorService mirror_service(member, *log, *mirrors, *store, nobody, rng, clock,
                               [](const std::string&) {});
  log->halt("");
  if (lie == Lie::withheld) JCA_TRY(log_in_secret(*log, *store, clock()));
  std::vector<PublicKey> others;
  for (const auto& [party, key] : member.roster)
    if (party != member.self) others.push_back(key);
  boost::asio::io_context io(1);
  const auto handle = [&](PublicKey from, Bytes bytes) -> transport::awaitable<Bytes> {
    const auto request = parse(std::type_identity<Envelope>{}, bytes);
    if (!request || !verify(*request, from)) throw std::runtime_error("malformed message");
    Envelope answered = answer(signer, mirror_service, member, *request, lie, clock());
    if (lie == Lie::unlogged) answered = without_logging(member, *log, answered);
    co_return encoded(answered);
  };
  transport::PeerServer server(io.get_executor(), tls, others, handle);
  JCA_TRY(server.listen(*listen));
  const LogRoutes routes(*log_at_start, [&](std::string_view name) { return mirrors->find(name); });
  const auto show =
      [&](transport::HttpRequest request) -> transport::awaitable<transport::HttpResponse> {
    auto shown = lie == Lie::withheld ? std::nullopt : routes.get(request);
    if (shown) co_return *std::move(shown);
    const bool of_logs =
        request.target.starts_with("/log/") || request.target.starts_with("/mirror/");
    co_return of_logs ? transport::HttpResponse{404, "text/plain", "no\n", {}} : busy();
  };
  transport::HttpsServer https(io.get_executor(), tls, show);
  JCA_TRY(https.listen(*api));
  boost::asio::signal_set signals(io, SIGTERM, SIGINT);
  signals.async_wait([&](auto, int) { io.stop(); });
  std::cout << "ready" << std::endl;
  io.run();
  return Ok{};
}

}  // namespace

// NOLINTNEXTLINE(bugprone-exception-escape): it then ends, and says why
int main(int argc, char** argv) {
  const auto lie = argc == 3 ? parse_lie(argv[2]) : std::nullopt;
  if (!lie) {
    std::cerr << "usage: jointca_liar DIR unlogged|withheld|stale\n";
    return 2;
  }
  std::string scratch = (std::filesystem::temp_directory_path() / "jointca-liar-XXXXXX").string();
  if (mkdtemp(scratch.data()) == nullptr) return 1;
  const auto ran = run(argv[1], scratch, *lie);
  std::filesystem::remove_all(scratch);
  if (!ran) std::cerr << "jointca_liar: " << ran.error().message << '\n';
  return ran ? 0 : 1;
}
