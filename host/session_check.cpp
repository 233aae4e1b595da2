#include "host/session_check.h"

#include <algorithm>

#include <sys/stat.h>

#include "host/documents.h"
#include "host/enrolment.h"
#include "host/holdings.h"
#include "host/local_port.h"
#include "host/members.h"
#include "host/overlay.h"
#include "host/session_grant.h"
#include "machine/files.h"
#include "machine/privileges.h"
#include "machine/process.h"

namespace jointca::host {
namespace {

using mpyc::Channel;
using mpyc::Check;
using mpyc::Manifest;

/// Of MPyC's demos/.config/mpyc_ca.crt.
constexpr std::string_view demo_key_id = "a422a92623a58a948cafa1d8b474e931deb5b548";
constexpr std::size_t demo_file_bytes_max = 65536;

/// What was found, in any order.
class Problems {
 public:
  void add(Check check, std::string reason) { found_.push_back({check, std::move(reason)}); }
  void add(std::optional<Problem> problem) {
    if (problem) found_.push_back(*std::move(problem));
  }
  [[nodiscard]] bool has(Check check) const {
    return std::any_of(found_.begin(), found_.end(),
                       [&](const Problem& each) { return each.check == check; });
  }
  /// The first in the order of the table.
  [[nodiscard]] std::optional<Problem> first() const {
    const auto at =
        std::min_element(found_.begin(), found_.end(),
                         [](const Problem& a, const Problem& b) { return a.check < b.check; });
    return at == found_.end() ? std::nullopt : std::optional(*at);
  }

 private:
  std::vector<Problem> found_;
};

Unexpected<Problem> stop(Check check, std::string reason) {
  return {Problem{check, std::move(reason)}};
}

Result<mpyc::Session, Stop> open(const SessionInputs& inputs, const ca::Authority& authority) {
  JCA_ASSIGN(const Bytes text, machine::read_file(inputs.grant, mpyc::session_bytes_max));
  auto session = mpyc::open_session(to_text(text), authority.id, session_keys(authority));
  if (!session)
    return stop(mpyc::check_of_rule(session.error().rule),
                inputs.grant + ": " + session.error().rule + ": " + session.error().reason);
  if (session->manifest().channel == Channel::direct && !inputs.allow_direct)
    return failed(Error::Code::refused,
                  "the channel of this session is `direct`: everybody on the way reads all inputs; "
                  "--allow-direct if that is meant");
  return *std::move(session);
}

std::set<Digest> fingerprints(const ca::Revocations& list) {
  std::set<Digest> out;
  for (const ca::RevokedCertificate& each : list.revoked) out.insert(each.fingerprint);
  return out;
}

void check_revocations(const mpyc::Session& session, const ca::Revocations& list,
                       const Paths& paths, Time now, Problems& problems) {
  if (!ca::is_fresh(list, now))
    problems.add(Check::revocations,
                 paths.revocations() + ": number " + std::to_string(list.number) + " holds from " +
                     to_rfc3339(list.this_update) + " to " + to_rfc3339(list.next_update));
  const auto revoked = fingerprints(list);
  if (auto reason = revoked_of(session, revoked)) problems.add(Check::revoked, *std::move(reason));
}

/// This host's own certificates.
void check_holdings(const std::vector<Holding>& holdings, const std::set<Digest>& revoked,
                    Problems& problems) {
  for (const Holding& each : holdings)
    if (revoked.contains(each.fingerprint))
      problems.add(Check::revoked, "this host, " + each.name + ": its certificate " +
                                       to_hex(each.fingerprint) + " is revoked");
}

void check_key(const CheckedSession& checked, const Paths& paths, Problems& problems) {
  if (checked.manifest().channel != Channel::tls) return;
  const std::string path = paths.seat_key(checked.id());
  const auto key = read_key(ca::Kind::x509, path);
  if (!key)
    problems.add(Check::tls_key, key.error().message);
  else if (public_key(*key) != checked.session.consents()[checked.seat].tls->key.bytes)
    problems.add(Check::tls_key, path + ": not the key to which this host consented");
  struct stat status {};
  if (key && (::stat(path.c_str(), &status) != 0 || (status.st_mode & 077U) != 0))
    problems.add(Check::tls_mode, path + ": others may read it");
}

void check_demo_authority(const SessionInputs& inputs, const Manifest& manifest,
                          Problems& problems) {
  const std::string path = inputs.folder + "/.config/mpyc_ca.crt";
  if (manifest.channel != Channel::tls || !machine::file_exists(path)) return;
  const auto text = machine::read_file(path, demo_file_bytes_max);
  if (text && is_demo_authority(to_text(*text)))
    problems.add(Check::demo_authority, path + " is MPyC's demo CA");
}

void check_privileges(const Manifest& manifest, Problems& problems) {
  if (manifest.channel != Channel::wireguard && manifest.channel != Channel::nebula) return;
  const auto allowed = machine::may_change_networks();
  if (!allowed || !*allowed)
    problems.add(Check::privileges,
                 "MPyC's port is fenced by rules of the kernel, which root sets (CAP_NET_ADMIN)");
  else if (!machine::find_program("nft"))
    problems.add(Check::privileges,
                 "nft: no such program on this machine; install the package nftables");
}

void check_port(const CheckedSession& checked, Problems& problems) {
  const std::uint16_t port = checked.manifest().seats[checked.seat].port;
  // Party 0 of MPyC dials all others, and listens to none.
  if (checked.seat != 0 && !is_free(port))
    problems.add(Check::port, "seats." + std::to_string(checked.seat) + ".port " +
                                  std::to_string(port) + ": something listens on it here");
}

Result<Ok, Error> check_machine(const SessionInputs& inputs, Time now, CheckedSession& checked,
                                Problems& problems) {
  check_key(checked, inputs.paths, problems);
  check_demo_authority(inputs, checked.manifest(), problems);
  check_privileges(checked.manifest(), problems);
  check_port(checked, problems);
  if (problems.has(Check::address) || problems.has(Check::privileges)) return Ok{};
  JCA_ASSIGN(auto overlay, look_at_overlay(inputs.paths, checked.manifest(), checked.seat, now));
  checked.interface = std::move(overlay.interface);
  problems.add(std::move(overlay.problem));
  return Ok{};
}

}  // namespace

std::string named(const Manifest& manifest, std::size_t seat) {
  return "seat " + std::to_string(seat) + " (" + manifest.seats[seat].name + ")";
}

std::optional<std::string> revoked_of(const mpyc::Session& session,
                                      const std::set<Digest>& fingerprints) {
  if (fingerprints.contains(mpyc::fingerprint(session.grant()))) return "the session is revoked";
  for (std::size_t i = 1; i < session.certificates().size(); ++i)
    if (fingerprints.contains(x509::fingerprint(session.certificates()[i])))
      return named(session.manifest(), i - 1) + " is revoked";
  return std::nullopt;
}

std::optional<Problem> ask_for_members(const ca::Authority& authority, const Manifest& manifest,
                                       const Progress& progress) {
  Calls calls(authority);
  for (std::size_t i = 0; i < manifest.seats.size(); ++i) {
    const auto host = find_host(calls, authority, manifest.seats[i].name, progress);
    if (host && host->identity == manifest.seats[i].identity) continue;
    if (host) return Problem{Check::revoked, named(manifest, i) + " is another host now"};
    if (host.error().code == Error::Code::refused)
      return Problem{Check::revoked,
                     named(manifest, i) + " is no member any more: " + host.error().message};
    progress(host.error().message);
    return std::nullopt;
  }
  return std::nullopt;
}

bool is_demo_authority(std::string_view pem) {
  constexpr std::string_view begin = "-----BEGIN CERTIFICATE-----", end = "-----END";
  for (std::size_t at = pem.find(begin); at != std::string_view::npos; at = pem.find(begin, at)) {
    at += begin.size();
    std::string body(pem.substr(at, std::min(pem.find(end, at), pem.size()) - at));
    std::erase_if(body, [](char c) { return c == '\n' || c == '\r'; });
    const auto der = from_base64(body);
    const auto id = from_hex(demo_key_id);
    if (der && std::search(der->begin(), der->end(), id->begin(), id->end()) != der->end())
      return true;
  }
  return false;
}

Result<CheckedSession, Stop> check_here(const SessionInputs& inputs, Time now) {
  JCA_ASSIGN(auto authority, read_authority(inputs.paths));
  JCA_ASSIGN(auto session, open(inputs, authority));
  const auto list = read_revocations(inputs.paths, authority);
  if (!list) return stop(Check::revocations, list.error().message);
  if (!*list) return stop(Check::revocations, inputs.paths.revocations() + ": there is none");
  auto python = look_at_python(inputs.python);
  if (!python) return stop(Check::python, python.error().message);
  const Manifest& manifest = session.manifest();
  JCA_ASSIGN(const auto facts, facts_for(manifest, inputs.paths, inputs.folder, *python, now));
  JCA_ASSIGN(SigningKey identity, read_identity(inputs.paths));
  JCA_ASSIGN(const auto holdings, read_holdings(inputs.paths));
  Problems problems;
  for (const mpyc::Difference& each : mpyc::differences(manifest, facts))
    problems.add(mpyc::check_of_field(each.field),
                 each.field + ": agreed is " + each.agreed + ", here is " + each.here);
  check_revocations(session, **list, inputs.paths, now, problems);
  check_holdings(holdings, fingerprints(**list), problems);
  if (!problems.has(Check::mpyc_version) && !problems.has(Check::mpyc_package)) {
    auto gmpy2 = gmpy2_problem(*python);
    if (!gmpy2) return stop(Check::gmpy2, gmpy2.error().message);
    if (*gmpy2) problems.add(Check::gmpy2, **std::move(gmpy2));
  }
  const auto seat = mpyc::seat_of(manifest, facts.identity);
  CheckedSession checked{std::move(authority), std::move(session), seat.value_or(0),
                         std::move(identity),  *std::move(python), {}};
  if (seat) JCA_TRY(check_machine(inputs, now, checked, problems));
  if (auto problem = problems.first()) return Unexpected{*std::move(problem)};
  return checked;
}

}  // namespace jointca::host
