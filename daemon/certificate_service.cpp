// daemon/certificate_service.cpp — a party that has a key and issues nothing.
#include "daemon/certificate_service.h"

#include <csignal>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

#include "daemon/authority_check.h"
#include "daemon/member.h"
#include "daemon/messages.h"
#include "transport/async.h"
#include "transport/http.h"
#include "transport/link.h"

namespace jointca::daemon {
namespace {

using transport::awaitable;

constexpr int not_implemented = 501;

/// To hosts and to the operator's commands, whatever they ask for.
transport::HttpResponse refusal(const std::string& why) {
  const nlohmann::ordered_json document{
      {"error", {{"code", "scheme_not_issued"}, {"message", why}, {"field", ""}}}};
  return {not_implemented, "application/json", document.dump() + "\n", {}};
}

Result<transport::Endpoint, Error> endpoint(const StatePaths& paths, const std::string& name,
                                            const std::string& text) {
  auto parsed = transport::Endpoint::parse(text);
  if (!parsed) return failed(paths.party() + ": " + name + ": " + parsed.error().text());
  return *std::move(parsed);
}

/// What is left of the party's state once its share was checked: no passphrase, and no key but
/// that of its links.
struct Place {
  transport::TlsIdentity tls;
  PublicKey identity;
  transport::Endpoint listen, api;
  std::string admin_socket;
};

Result<Place, Error> place_of(const PartyState& state, const ca::Authority& authority) {
  JCA_TRY(open_share(state, authority));
  JCA_ASSIGN(auto tls, transport::TlsIdentity::make(state.identity, state.settings.name));
  JCA_ASSIGN(auto listen, endpoint(state.paths, "listen", state.settings.listen));
  JCA_ASSIGN(auto api, endpoint(state.paths, "api", state.settings.api));
  return Place{std::move(tls), state.card.identity, std::move(listen), std::move(api),
               state.paths.admin_socket()};
}

/// Until it is told to stop. There is no file to read again at SIGHUP.
awaitable<void> watch_signals(boost::asio::signal_set& signals, boost::asio::io_context& io) {
  for (;;) {
    const int signal = co_await signals.async_wait(boost::asio::use_awaitable);
    if (signal != SIGHUP) break;
  }
  spdlog::info("stopping");
  io.stop();
}

}  // namespace

Result<Ok, Error> serve_certificate(PartyState state, const ca::Authority& authority,
                                    const ServeOptions& options) {
  const auto signable = check_signable(authority);
  JCA_ASSERT(!signable.has_value());
  const std::string why = signable.error().message;
  auto found = place_of(state, authority);
  { const PartyState wiped = std::move(state); }
  JCA_ASSIGN(const Place place, std::move(found));
  std::vector<PublicKey> others;
  for (const ca::Party& party : authority.parties)
    if (party.card.identity != place.identity) others.push_back(party.card.identity);

  boost::asio::io_context io(1);
  const auto show = [&authority](PublicKey from, Bytes request) -> awaitable<Bytes> {
    const auto envelope = parse(std::type_identity<Envelope>{}, request);
    if (!envelope || !verify(*envelope, from) ||
        envelope->header.round != static_cast<std::uint16_t>(MessageType::hello))
      throw std::runtime_error("nothing is signed under this authority's scheme");
    co_return to_bytes(ca::to_json(authority));
  };
  const auto refuse = [&why](transport::HttpRequest) -> awaitable<transport::HttpResponse> {
    co_return refusal(why);
  };
  transport::PeerServer parties(io.get_executor(), place.tls, others, show);
  transport::HttpsServer hosts(io.get_executor(), place.tls, refuse);
  transport::UnixHttpServer admin(io.get_executor(), refuse);
  JCA_TRY(parties.listen(place.listen));
  JCA_TRY(hosts.listen(place.api));
  JCA_TRY(admin.listen(place.admin_socket));
  boost::asio::signal_set signals(io, SIGTERM, SIGINT, SIGHUP);
  transport::Tasks watching(io.get_executor());
  watching.spawn(watch_signals(signals, io));
  spdlog::warn("{}; only the authority is shown, to parties whose keygen was stopped", why);
  options.ready();
  io.run();
  return Ok{};
}

}  // namespace jointca::daemon
