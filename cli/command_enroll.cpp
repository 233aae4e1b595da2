#include "cli/command_enroll.h"

#include <algorithm>
#include <iostream>
#include <set>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "ca/claims.h"
#include "cli/clock.h"
#include "cli/console.h"
#include "cli/inputs.h"
#include "crypto/rng.h"
#include "daemon/harden.h"
#include "host/enrolment.h"

namespace jointca::cli {
namespace {

using Json = nlohmann::ordered_json;

void tell(const std::string& line) { std::cerr << line << '\n'; }

Result<Duration, Error> read_timeout(const std::string& text) {
  const auto timeout = duration_from_text(text);
  if (!timeout) return failed(Error::Code::usage, "--timeout: " + timeout.error().text());
  return *timeout;
}

/// One endpoint for each kind that it names, or for all kinds.
Result<enroll::Endpoints, Error> read_endpoints(const std::vector<std::string>& arguments,
                                                const std::vector<ca::Kind>& kinds) {
  const auto wrong = [](const std::string& argument, const std::string& reason) {
    return failed(Error::Code::usage, "--endpoint " + argument + ": " + reason);
  };
  enroll::Endpoints endpoints;
  for (const std::string& argument : arguments) {
    const std::size_t equals = argument.find('=');
    const std::string address =
        equals == std::string::npos ? argument : argument.substr(equals + 1);
    if (!ca::is_endpoint(address))
      return wrong(argument, "expected ADDR:PORT, such as 192.0.2.1:4242 or [2001:db8::1]:4242");
    if (equals == std::string::npos) {
      for (const ca::Kind kind : kinds)
        if (kind != ca::Kind::x509) endpoints.try_emplace(kind, address);
      continue;
    }
    const auto kind = ca::kind_from_text(argument.substr(0, equals));
    if (!kind || *kind == ca::Kind::x509) return wrong(argument, "expected nebula= or wireguard=");
    if (std::find(kinds.begin(), kinds.end(), *kind) == kinds.end())
      return wrong(argument, "the invitation does not grant this kind");
    endpoints.insert_or_assign(*kind, address);
  }
  if (!arguments.empty() && endpoints.empty())
    return wrong(arguments[0], "a certificate of X.509 has none");
  if (arguments.size() == 1 && kinds.size() > 1 && endpoints.size() > 1)
    return wrong(arguments[0],
                 "two overlays cannot share a port: give nebula=ADDR:PORT and "
                 "wireguard=ADDR:PORT");
  return endpoints;
}

Result<host::Member, Error> enroll_with(const EnrollOptions& options) {
  if (!options.nebula_pub.empty())
    return failed(
        Error::Code::usage,
        "--nebula-pub: every party wants proof that the host has the private key, which a "
        "public key alone cannot give\ngive --nebula-key FILE, the private key that "
        "nebula-cert keygen made, or neither: then jointca makes the key");
  JCA_ASSIGN(const Duration timeout, read_timeout(options.timeout));
  JCA_ASSIGN(const auto token, read_invitation(options.invitation));
  JCA_ASSIGN(auto endpoints, read_endpoints(options.endpoints, token.invitation.terms.kinds));
  if (options.lighthouse && !token.invitation.terms.lighthouse)
    return failed(Error::Code::usage,
                  "--lighthouse: the invitation does not say so; ask for one that was made with "
                  "`jointca invite --lighthouse`");
  if (options.lighthouse && !endpoints.contains(ca::Kind::nebula))
    return failed(Error::Code::usage,
                  "--lighthouse: other hosts have to reach it; give --endpoint ADDR:PORT");
  SystemRng rng;
  return host::enroll({{options.dir},
                       std::move(endpoints),
                       options.lighthouse,
                       options.nebula_key,
                       options.force,
                       timeout},
                      token, now, tell, rng);
}

/// The files that hold what was granted, for people.
std::string files_of(const host::Granted& granted, const std::string& dir) {
  std::set<ca::Kind> kinds;
  for (const issued::Signed& each : granted.statements)
    if (const auto kind = issued::asked_by(each.statement.kind)) kinds.insert(*kind);
  std::vector<std::string> files;
  files.reserve(kinds.size());
  for (const ca::Kind kind : kinds)
    files.push_back(host::Paths{dir}.directory(kind) + (kind == ca::Kind::wireguard
                                                            ? "/{private.key,binding.jws}"
                                                            : "/{ca.crt,host.crt,host.key}"));
  return join(files);
}

/// "nebula-v1 0f3c…, wireguard 91aa…"
std::string fingerprints_of(const host::Granted& granted) {
  std::vector<std::string> out;
  for (const issued::Signed& each : granted.statements)
    if (issued::is_of_a_host(each.statement.kind))
      out.push_back(each.statement.kind + " " +
                    to_hex(issued::fingerprint(each.statement, each.signature)));
  return join(out);
}

int print(const Result<host::Member, Error>& result, const std::string& dir, bool json) {
  if (!result) return report(result.error());
  const host::Granted& granted = result->granted;
  const ca::Subject& subject = granted.subject;
  std::vector<std::string> networks;
  for (const ca::Prefix& prefix : subject.networks) networks.push_back(prefix.text());
  if (json) {
    std::cout << Json{{"name", subject.name},
                      {"networks", networks},
                      {"groups", subject.groups},
                      {"not_after", to_rfc3339(subject.not_after)},
                      {"fingerprints", granted.fingerprints},
                      {"signers", granted.signers},
                      {"logged_by", granted.proofs.parties},
                      {"authority", result->authority.name},
                      {"directory", dir}}
                     .dump()
              << '\n';
    return 0;
  }
  print_fields(
      std::cout,
      {{"name", subject.name},
       {"addresses", join(networks)},
       {"groups", join(subject.groups)},
       {"expires", to_rfc3339(subject.not_after) + " (" + distance(subject.not_after, now()) + ")"},
       {"fingerprints", fingerprints_of(granted)},
       {"signed by", join(granted.signers) + " of " + result->authority.name},
       {"logged by", join(granted.proofs.parties) + ", proven by " + dir + "/proofs"},
       {"files", files_of(granted, dir)}});
  return 0;
}

}  // namespace

int enroll_host(const EnrollOptions& options) {
  daemon::forbid_dumps();
  return print(enroll_with(options), options.dir, options.json);
}

int renew(const RenewOptions& options) {
  daemon::forbid_dumps();
  const auto timeout = read_timeout(options.timeout);
  if (!timeout) return report(timeout.error());
  SystemRng rng;
  return print(host::renew({options.dir}, options.rekey, *timeout, now, tell, rng), options.dir,
               options.json);
}

}  // namespace jointca::cli
