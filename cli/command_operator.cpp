#include "cli/command_operator.h"

#include <algorithm>
#include <chrono>
#include <iostream>

#include <nlohmann/json.hpp>

#include "base/json_fields.h"
#include "base/text.h"
#include "cli/clock.h"
#include "cli/console.h"
#include "daemon/harden.h"
#include "daemon/published.h"
#include "daemon/state_dir.h"
#include "machine/files.h"
#include "transport/http.h"

namespace jointca::cli {
namespace {

using Json = nlohmann::ordered_json;
constexpr std::chrono::milliseconds timeout{30'000};

/// One call to the party's daemon: the document it answers with, or its error.
Result<Json, Error> ask(const std::string& dir, const std::string& method,
                        const std::string& target, const std::string& body = {}) {
  const daemon::StatePaths paths{dir};
  const std::string socket = paths.admin_socket();
  if (!machine::file_exists(paths.party()))
    return failed(dir + ": not a party's directory; `jointca party init` makes one");
  if (!machine::file_exists(paths.authority()))
    return failed(dir + ": no authority yet; `jointca keygen` makes one");
  if (!machine::file_exists(socket))
    return failed(dir + ": no daemon runs on it; start `jointca serve --dir " + dir + "`");
  const auto response = transport::unix_call(socket, {method, target, body, {}}, timeout);
  if (!response)
    return failed(response.error().code,
                  response.error().message +
                      "\nif no daemon runs on it, start `jointca serve --dir " + dir + "`");
  Json document = Json::parse(response->body, nullptr, false);
  if (document.is_discarded()) return failed(socket + ": an answer that is not JSON");
  if (response->status == 200) return document;
  const Json& error = document.at("error");
  const auto code = [&] {
    if (response->status == 403) return Error::Code::refused;
    const bool usage = response->status == 400 || response->status == 404;
    return usage ? Error::Code::usage : Error::Code::failed;
  }();
  return failed(code, error.at("message").get<std::string>());
}

std::string time_text(const Json& value) {
  if (!value.is_string()) return "never";
  auto text = value.get<std::string>();
  const auto time = time_from_rfc3339(text);
  if (!time) return text;
  return text + " (" + distance(*time, now()) + ")";
}

/// "12 bindings, 1 lighthouses", and how many more hosts take, once it matters.
std::string documents_text(const Json& documents) {
  std::vector<std::string> out;
  for (const Json& each : documents) {
    std::string text = std::to_string(each.at("hosts").get<std::uint64_t>()) + " " +
                       each.at("name").get<std::string>();
    const auto percent = each.at("percent").get<unsigned>();
    if (percent >= daemon::nearly_full_percent)
      text += std::string(percent >= 100 ? " (FULL: " : " (NEARLY FULL: ") +
              std::to_string(percent) + " % of " +
              std::to_string(each.at("hosts_max").get<std::uint64_t>()) + ", or of " +
              std::to_string(each.at("bytes_max").get<std::uint64_t>()) + " bytes)";
    if (const auto left_out = each.at("left_out").get<std::uint64_t>(); left_out > 0)
      text += ", " + std::to_string(left_out) + " LEFT OUT";
    out.push_back(std::move(text));
  }
  return join(out);
}

std::string list_status_text(const Json& list) {
  if (list.is_null()) return "none yet";
  return std::to_string(list.at("number").get<std::uint64_t>()) + ", " +
         std::to_string(list.at("certificates").get<std::size_t>()) + " certificates, until " +
         time_text(list.at("next_update"));
}

std::string list_text(const Json& value) { return join(value.get<std::vector<std::string>>()); }

/// "alpha asks to revoke laptop: stolen", and how far it has come.
void print_revocation(const Json& revocation) {
  const Json& votes = revocation.at("votes");
  std::vector<std::string> parties;
  for (const Json& vote : votes) parties.push_back(vote.at("party").get<std::string>());
  const bool certificate = !revocation.at("tbs_sha256").get<std::string>().empty();
  std::cout << revocation.at("id").get<std::string>().substr(0, 16) << "  " << join(parties)
            << (parties.size() == 1 ? " asks" : " ask") << " to revoke "
            << (certificate ? "one certificate of " : "")
            << revocation.at("name").get<std::string>() << ": "
            << votes.at(0).at("reason").get<std::string>() << " ("
            << revocation.at("state").get<std::string>() << ", " << votes.size() << " of "
            << revocation.at("min_signers").get<std::size_t>() << " parties)\n";
}

/// "nebula, wireguard", and whether the host may be a lighthouse.
std::string kinds_text(const Json& request) {
  return list_text(request.at("kinds")) +
         (request.at("lighthouse").get<bool>() ? ", lighthouse" : "");
}

void print_revocations(const Json& list) {
  bool first = true;
  for (const Json& each : list) {
    if (each.at("type") != "revocation") continue;
    if (first) std::cout << "\nTo revoke:\n";
    first = false;
    print_revocation(each);
  }
}

/// "over tls, santa.py 8, 2026-11-23T16:00:00Z to …"
std::string session_text(const Json& session) {
  std::string program = session.at("program").get<std::string>();
  for (const Json& argument : session.at("arguments")) program += " " + argument.get<std::string>();
  return "of " + list_text(session.at("members")) + " over " +
         session.at("channel").get<std::string>() + ": " + program + ", from " +
         session.at("not_before").get<std::string>() + " to " +
         session.at("not_after").get<std::string>();
}

void print_sessions(const Json& list) {
  bool first = true;
  for (const Json& each : list) {
    if (each.at("type") != "session") continue;
    if (first) std::cout << "\nSessions of MPyC:\n";
    first = false;
    // All of the digest, which says more of the program than its name: members compare it too.
    std::cout << each.at("id").get<std::string>() << "  " << each.at("state").get<std::string>()
              << "  " << session_text(each) << '\n';
  }
}

void print_decision(const Json& decision) {
  const std::string type = decision.value("type", "");
  if (type == "revocation") return print_revocation(decision);
  if (type == "session") {
    std::cout << decision.at("state").get<std::string>() << ": "
              << decision.at("name").get<std::string>() << ' ' << session_text(decision) << '\n';
    return;
  }
  std::cout << decision.at("state").get<std::string>() << ": "
            << decision.at("name").get<std::string>() << ", groups "
            << list_text(decision.at("groups")) << ", invited by "
            << decision.at("inviter").get<std::string>() << '\n';
}

/// A denial binds one party.
void print_denial(const Json& decision) {
  print_decision(decision);
  const auto party = decision.at("party").get<std::string>();
  const auto needed = decision.at("min_signers").get<std::size_t>();
  const bool session = decision.value("type", "") == "session";
  if (needed == decision.at("parties").get<std::size_t>())
    std::cout << "All " << needed << " parties must approve, so "
              << (session ? "the session is not granted" : "the host gets no certificates")
              << ".\n";
  else
    std::cout << "This is the word of " << party << " only: "
              << (session ? "the session is still granted if "
                          : "the host still gets its certificates if ")
              << needed << " other parties approve.\n";
}

/// Who has to do something before the host can enrol.
void tell_inviter(const Json& invited) {
  const Json& asked = invited.at("waiting_for");
  const Json& by_policy = invited.at("by_policy");
  const Json& not_told = invited.at("not_told");
  const auto needed = invited.at("needed").get<std::size_t>();
  const std::string approve =
      "jointca approve " + invited.at("id").get<std::string>().substr(0, 16);
  if (!asked.empty() && needed == 0)
    std::cerr << "also asked, but not needed"
              << (by_policy.empty() ? ""
                                    : " if the policy of " + list_text(by_policy) + " allows it")
              << ": " << list_text(asked) << " (" << approve << ")\n";
  if (!asked.empty() && needed > 0)
    std::cerr << "these operators are asked, of whom " << std::min(needed, asked.size())
              << " must approve: " << list_text(asked) << " (" << approve << ")\n";
  if (!not_told.empty())
    std::cerr << "not reached, they learn of it when the host enrols: " << list_text(not_told)
              << '\n';
  for (const Json& each : invited.at("held"))
    std::cerr << "warning: it has " << each.get<std::string>()
              << "; until then no other host can use this invitation\n";
  if (invited.at("outlives_ca").get<bool>())
    std::cerr << "certificates will end with the CA certificate, at "
              << time_text(invited.at("issuer_not_after")) << ", before --ttl\n";
}

/// Prints the document for scripts, or lets `show` print it for people.
template <class Show>
int print(const Result<Json, Error>& document, bool json, Show show) {
  if (!document) return report(document.error());
  if (json)
    std::cout << document->dump() << '\n';
  else
    show(*document);
  return 0;
}

}  // namespace

int invite(const InviteOptions& options) {
  daemon::forbid_dumps();  // the invitation passes through here
  const auto ttl = duration_from_text(options.ttl);
  if (!ttl) return report({Error::Code::usage, "--ttl: " + ttl.error().text()});
  const auto expires = duration_from_text(options.expires);
  if (!expires) return report({Error::Code::usage, "--expires: " + expires.error().text()});
  if (options.out && !options.force && machine::file_exists(*options.out))
    return report({Error::Code::failed, *options.out + ": exists already; --force overwrites it"});
  const Json body{{"name", options.name},           {"groups", options.groups},
                  {"kinds", options.kinds},         {"lighthouse", options.lighthouse},
                  {"addresses", options.addresses}, {"ttl", ttl->count()},
                  {"uses", options.uses},           {"expires", expires->count()}};
  const auto answer = ask(options.dir, "POST", "/v1/invitations", body.dump());
  if (!answer) return report(answer.error());
  const std::string token = answer->at("invitation").get<std::string>();
  if (options.out) {
    const auto written =
        machine::write_file(*options.out, as_bytes(token + "\n"), 0600, machine::Overwrite::allow);
    if (!written) return report(written.error());
  }
  tell_inviter(*answer);
  if (options.json)
    std::cout << answer->dump() << '\n';
  else if (options.out)
    std::cout << *options.out << '\n';
  else
    std::cout << token << '\n';
  return 0;
}

int status(const std::string& dir, bool json) {
  return print(ask(dir, "GET", "/v1/status"), json, [](const Json& s) {
    std::vector<std::vector<std::string>> rows{{"#", "PARTY", "REACHABLE", "LAST ANSWER"}};
    std::size_t reachable = 0;
    for (const Json& party : s.at("parties")) {
      const bool self = party.at("self").get<bool>(), there = party.at("reachable").get<bool>();
      reachable += there ? 1 : 0;
      rows.push_back({std::to_string(party.at("identifier").get<int>()),
                      party.at("name").get<std::string>(), there ? "yes" : "no",
                      self ? "this party" : time_text(party.at("last_answer"))});
    }
    const Json& log = s.at("log");
    print_fields(
        std::cout,
        {{"authority", s.at("authority").at("name").get<std::string>() + "  " +
                           s.at("authority").at("id").get<std::string>()},
         {"quorum", std::string(s.at("quorum").get<bool>() ? "yes" : "NO") + ": " +
                        std::to_string(s.at("min_signers").get<int>()) + " must sign, " +
                        std::to_string(reachable) + " of " + std::to_string(rows.size() - 1) +
                        " reachable"},
         {"signs", s.at("halted") == "" ? "yes" : "NO: " + s.at("halted").get<std::string>()},
         {"policy", s.at("policy").get<std::string>()},
         {"invitations to decide on", std::to_string(s.at("pending_approvals").get<int>())},
         {"revocations to decide on", std::to_string(s.at("pending_revocations").get<int>())},
         {"hosts waiting here", std::to_string(s.at("waiting_requests").get<int>())},
         {"live hosts", std::to_string(s.at("live_hosts").get<int>())},
         {"next expiry", time_text(s.at("next_expiry"))},
         {"last CA certificate ends", time_text(s.at("ca_not_after"))},
         {"revoked hosts", std::to_string(s.at("revoked_hosts").get<int>())},
         {"revocation list", list_status_text(s.at("revocations"))},
         {"served", documents_text(s.at("documents"))},
         {"log", std::to_string(log.at("size").get<std::int64_t>()) + " entries, " +
                     log.at("vkey").get<std::string>()},
         {"memory locked", s.at("memory_locked").get<bool>() ? "yes" : "NO"},
         {"evidence files", std::to_string(s.at("evidence_files").get<int>())}});
    std::cout << '\n';
    print_table(std::cout, rows);
  });
}

int hosts(const std::string& dir, bool all, bool json) {
  return print(ask(dir, "GET", all ? "/v1/hosts?all" : "/v1/hosts"), json, [](const Json& list) {
    std::vector<std::vector<std::string>> rows{
        {"NAME", "STATE", "ADDRESSES", "KINDS", "GROUPS", "EXPIRES", "SIGNERS"}};
    for (const Json& host : list)
      rows.push_back({host.at("name").get<std::string>(), host.at("state").get<std::string>(),
                      list_text(host.at("networks")), list_text(host.at("kinds")),
                      list_text(host.at("groups")), time_text(host.at("not_after")),
                      list_text(host.at("signers"))});
    print_table(std::cout, rows);
  });
}

int requests(const std::string& dir, bool all, bool json) {
  return print(
      ask(dir, "GET", all ? "/v1/requests?all" : "/v1/requests"), json, [](const Json& list) {
        std::vector<std::vector<std::string>> rows{
            {"ID", "STATE", "NAME", "GROUPS", "KINDS", "TTL", "FROM", "EXPIRES"}};
        for (const Json& request : list) {
          if (request.at("type") != "invitation") continue;
          rows.push_back({request.at("id").get<std::string>().substr(0, 16),
                          request.at("state").get<std::string>(),
                          request.at("name").get<std::string>(), list_text(request.at("groups")),
                          kinds_text(request), request.at("ttl").get<std::string>(),
                          request.at("inviter").get<std::string>(),
                          time_text(request.at("expires"))});
        }
        print_table(std::cout, rows);
        print_sessions(list);
        print_revocations(list);
      });
}

int approve(const std::string& dir, const std::string& id, bool json) {
  return print(ask(dir, "POST", "/v1/approve", Json{{"id", id}}.dump()), json, print_decision);
}

int deny(const std::string& dir, const std::string& id, const std::string& reason, bool json) {
  return print(ask(dir, "POST", "/v1/deny", Json{{"id", id}, {"reason", reason}}.dump()), json,
               print_denial);
}

int revoke(const std::string& dir, const std::string& target, const std::string& reason,
           bool json) {
  return print(ask(dir, "POST", "/v1/revoke", Json{{"target", target}, {"reason", reason}}.dump()),
               json, [](const Json& list) {
                 for (const Json& each : list) {
                   print_revocation(each);
                   if (each.at("state") != "revoked")
                     std::cout << "It takes effect once "
                               << each.at("min_signers").get<std::size_t>()
                               << " parties agree: jointca approve "
                               << each.at("id").get<std::string>().substr(0, 16)
                               << " at the others. If they have, it does within seconds, and "
                                  "`jointca requests --all` says so.\n";
                 }
               });
}

}  // namespace jointca::cli
