#include "cli/command_party.h"

#include <cstdlib>
#include <cstring>
#include <iostream>

#include <nlohmann/json.hpp>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/clock.h"
#include "cli/console.h"
#include "cli/inputs.h"
#include "crypto/rng.h"
#include "daemon/authority_check.h"
#include "daemon/ceremony.h"
#include "daemon/harden.h"
#include "daemon/log_recovery.h"
#include "daemon/server.h"
#include "transport/endpoint.h"

namespace jointca::cli {
namespace {

using Json = nlohmann::ordered_json;

Result<transport::Endpoint, Error> endpoint(const std::string& flag, const std::string& text) {
  auto parsed = transport::Endpoint::parse(text);
  if (!parsed) return failed(Error::Code::usage, flag + " " + text + ": " + parsed.error().text());
  return *std::move(parsed);
}

/// One to listen on: a name is refused here, before it stands in party.json.
Result<transport::Endpoint, Error> own_endpoint(const std::string& flag, const std::string& text) {
  JCA_ASSIGN(auto parsed, endpoint(flag, text));
  if (!ca::IpAddress::parse(parsed.host))
    return failed(Error::Code::usage,
                  flag + " " + text +
                      ": expected an IP address of this machine, such as 192.0.2.1:7443 or "
                      "[::]:7443, not a name; a name for the others goes into --advertise");
  return parsed;
}

/// A party of trials has no passphrase, and says so itself.
Result<daemon::PartyState, Error> open(const std::string& dir,
                                       const std::optional<std::string>& passphrase_file) {
  const daemon::StatePaths paths{dir};
  JCA_ASSIGN(const auto settings, read_settings(paths));
  JCA_ASSIGN(const bool locked, daemon::harden(settings.trial));
  SecretBytes passphrase;
  if (!settings.trial) {
    JCA_ASSIGN(passphrase, read_passphrase(passphrase_file, false));
  }
  auto state = daemon::open_party(paths, std::move(passphrase));
  if (state) state->memory_locked = locked;
  return state;
}

Result<daemon::PartyState, Error> init(const PartyInitOptions& options) {
  JCA_ASSIGN(const auto listen, own_endpoint("--listen", options.listen));
  transport::Endpoint api{listen.host, static_cast<std::uint16_t>(listen.port + 1)};
  if (!options.api.empty()) {
    JCA_ASSIGN(api, own_endpoint("--api", options.api));
  }
  transport::Endpoint advertised = listen;
  if (!options.advertise.empty()) {
    JCA_ASSIGN(advertised, endpoint("--advertise", options.advertise));
  }
  transport::Endpoint advertised_api{advertised.host, api.port};
  if (!options.advertise_api.empty()) {
    JCA_ASSIGN(advertised_api, endpoint("--advertise-api", options.advertise_api));
  }
  if (listen == api) return failed(Error::Code::usage, "--listen and --api are the same");
  JCA_TRY(daemon::check_new_party(daemon::StatePaths{options.dir}, options.name));
  JCA_TRY(daemon::harden(options.no_passphrase));
  SecretBytes passphrase;
  if (!options.no_passphrase) {
    JCA_ASSIGN(passphrase, read_passphrase(options.passphrase_file, true));
  }
  SystemRng rng;
  return daemon::init_party(daemon::StatePaths{options.dir},
                            {options.name, listen.text(), api.text(), options.no_passphrase},
                            advertised.text(), advertised_api.text(), std::move(passphrase), rng);
}

Result<daemon::CeremonyParameters, Error> parameters(const KeygenOptions& options,
                                                     const PublicKey& self) {
  daemon::CeremonyParameters out;
  out.name = options.name;
  out.scheme = options.scheme;
  out.groups = options.groups;
  const auto valid = duration_from_text(options.valid);
  if (!valid) return failed(Error::Code::usage, "--valid: " + valid.error().text());
  out.valid = *valid;
  out.successors = static_cast<std::uint8_t>(std::min(options.successors, 255U));
  for (const std::string& text : options.networks) {
    const auto network = ca::Prefix::parse(text);
    if (!network) return failed(Error::Code::usage, "--network: " + network.error().text());
    out.networks.push_back(*network);
  }
  for (const std::string& path : options.cards) {
    JCA_ASSIGN(auto card, read_card(path));
    out.cards.push_back(std::move(card));
  }
  const std::size_t majority = out.cards.size() / 2 + 1;
  out.min_signers =
      static_cast<std::uint16_t>(options.min_signers == 0 ? majority : options.min_signers);
  if (out.min_signers < majority)
    std::cerr << "warning: " << out.min_signers << " of " << out.cards.size()
              << " is no majority: two groups of parties could issue without knowing of each "
                 "other, even the same address twice\n";
  return daemon::checked(std::move(out), self);
}

/// Tells a service manager, if one asked for it (sd_notify(3)).
void notify_service_manager() {
  const char* path = std::getenv("NOTIFY_SOCKET");  // NOLINT(concurrency-mt-unsafe): nobody sets it
  sockaddr_un address{};
  if (path == nullptr || std::strlen(path) >= sizeof address.sun_path) return;
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path, std::strlen(path));
  if (address.sun_path[0] == '@') address.sun_path[0] = '\0';
  const int socket = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (socket < 0) return;
  constexpr std::string_view message = "READY=1";
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + std::strlen(path));
  (void)::sendto(socket, message.data(), message.size(), 0,
                 reinterpret_cast<const sockaddr*>(&address), length);
  ::close(socket);
}

}  // namespace

int party_init(const PartyInitOptions& options) {
  const auto state = init(options);
  if (!state) return report(state.error());
  const std::string card = state->paths.card(options.name);
  if (options.json) {
    std::cout << Json{{"name", options.name},
                      {"identity_key", to_hex(state->card.identity.bytes)},
                      {"card", card}}
                     .dump()
              << '\n';
    return 0;
  }
  print_fields(std::cout, {{"party", options.name},
                           {"identity", to_hex(state->card.identity.bytes)},
                           {"parties reach it at", state->card.peer},
                           {"hosts reach it at", state->card.api},
                           {"card", card}});
  std::cout << "Give the card to the other parties; then run `jointca keygen` everywhere.\n";
  return 0;
}

int keygen(const KeygenOptions& options) {
  // What needs no secret first: nobody types a passphrase in vain.
  const daemon::StatePaths paths{options.dir};
  const auto settings = read_settings(paths);
  if (!settings) return report(settings.error());
  const auto card = read_card(paths.card(settings->name));
  if (!card) return report(card.error());
  const auto given = parameters(options, card->identity);
  if (!given) return report(given.error());
  const auto timeout = duration_from_text(options.timeout);
  if (!timeout) return report({Error::Code::usage, "--timeout: " + timeout.error().text()});
  auto state = open(options.dir, options.passphrase_file);
  if (!state) return report(state.error());
  const auto lock = daemon::lock_state(state->paths);
  if (!lock) return report(lock.error());

  SystemRng rng;
  daemon::CeremonyOptions ceremony;
  ceremony.timeout = *timeout;
  ceremony.discard_pending = options.discard_pending;
  ceremony.clock = now;
  ceremony.progress = [](const std::string& line) { std::cerr << line << '\n'; };
  const auto authority = daemon::run_keygen(*state, *given, ceremony, rng);
  if (!authority) return report(authority.error());

  const nebula::Succession succession = daemon::succession_of(*authority);
  const std::string fingerprint = to_hex(nebula::fingerprint(succession.certificates().front()));
  const std::string last_end = to_rfc3339(succession.not_after());
  const std::string words = words_of(authority->id);
  std::vector<std::string> names;
  for (const ca::Party& party : authority->parties) names.push_back(party.card.name);
  if (options.json) {
    std::cout << Json{{"id", to_hex(authority->id)},
                      {"name", authority->name},
                      {"scheme", authority->scheme},
                      {"min_signers", authority->min_signers},
                      {"parties", names},
                      {"ca_fingerprint", fingerprint},
                      {"ca_not_after", last_end},
                      {"words", words}}
                     .dump()
              << '\n';
    return 0;
  }
  print_fields(std::cout,
               {{"authority", authority->name + ", any " + std::to_string(authority->min_signers) +
                                  " of " + std::to_string(names.size()) + ": " + join(names)},
                {"id", to_hex(authority->id)},
                {"scheme", authority->scheme},
                {"CA fingerprint", fingerprint},
                {"CA certificates",
                 std::to_string(succession.certificates().size()) + ", the last until " + last_end},
                {"words", words}});
  std::cout << "Compare the eight words with every other operator, aloud, before you go on.\n";
  return 0;
}

int serve(const ServeCommandOptions& options) {
  spdlog::set_default_logger(spdlog::stderr_logger_st("jointca"));
  spdlog::set_pattern("%Y-%m-%dT%H:%M:%SZ %l %v", spdlog::pattern_time_type::utc);
  const daemon::ServeOptions serving{options.policy, options.witnessing, now, [] {
                                       std::cout << "ready" << std::endl;
                                       notify_service_manager();
                                     }};
  const daemon::StatePaths paths{options.dir};
  if (const auto settings = read_settings(paths); !settings) return report(settings.error());
  if (const auto checked = daemon::check_files(paths, serving); !checked)
    return report(checked.error());
  auto state = open(options.dir, options.passphrase_file);
  if (!state) return report(state.error());
  SystemRng rng;
  const auto served = daemon::serve(*std::move(state), serving, rng);
  if (!served) return report(served.error());
  return 0;
}

int log_recover(const std::string& dir, const std::optional<std::string>& passphrase_file,
                bool json) {
  auto state = open(dir, passphrase_file);
  if (!state) return report(state.error());
  SystemRng rng;
  const auto recovered = daemon::recover_log(*std::move(state), rng, now);
  if (!recovered) return report(recovered.error());
  if (recovered->asked.empty())
    return report(
        {Error::Code::unreachable, "no other party could be asked: " + join(recovered->absent)});
  if (json) {
    std::cout << Json{{"before", recovered->before},
                      {"after", recovered->after},
                      {"asked", recovered->asked},
                      {"absent", recovered->absent}}
                     .dump()
              << '\n';
    return 0;
  }
  std::cout << recovered->after - recovered->before << " entries fetched; the log has "
            << recovered->after << '\n';
  if (!recovered->absent.empty())
    std::cout << "not asked, and might know of more: " << join(recovered->absent) << '\n';
  return 0;
}

}  // namespace jointca::cli
