// mpyc-adapter/check_table.cpp — exit statuses of sessions, and remedies. docs/formats/session.md
// has the same table.
#include "mpyc-adapter/check_table.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/assert.h"

namespace jointca::mpyc {
namespace {

constexpr std::array<CheckRow, 36> table{{
    {Check::manifest, 10, "manifest", "have the manifest written anew: jointca session new"},
    {Check::consents, 11, "consents", "collect the consents of all members to this very manifest"},
    {Check::grant, 12, "grant", "ask the parties: jointca session grant"},
    {Check::certificates, 13, "certificates",
     "ask for a new grant: these certificates are not its"},
    {Check::window, 14, "window", "wait until the window begins, or agree on a new manifest"},
    {Check::clock, 15, "clock", "set the clock of the machine that is named, by NTP"},
    {Check::revocations, 16, "revocations", "fetch the list: jointca agent --once"},
    {Check::revoked, 17, "revoked", "agree on a manifest without the member that is named"},
    {Check::seat, 18, "seat", "run it on the host that has the seat, with its --host directory"},
    {Check::program, 19, "program", "get the program with the digest in the manifest"},
    {Check::files, 20, "files", "get the files with the digests in the manifest"},
    {Check::environment, 21, "environment", "unset the variable that is named"},
    {Check::mpyc_version, 22, "mpyc-version", "pip install mpyc==VERSION, as in the manifest"},
    {Check::mpyc_package, 23, "mpyc-package", "install MPyC anew: its files were changed"},
    {Check::python, 24, "python", "run it with a Python within the manifest's versions"},
    {Check::gmpy2, 25, "gmpy2", "upgrade gmpy2, or remove it: MPyC cannot load this one"},
    {Check::tls_key, 26, "tls-key", "consent again: this key is not that of the certificate"},
    {Check::tls_mode, 27, "tls-mode", "chmod 0600 the key that is named"},
    {Check::demo_authority, 28, "demo-authority",
     "remove .config/mpyc_ca.crt: everyone has the key of MPyC's demo CA"},
    {Check::privileges, 29, "privileges", "run it as root, or agree on the channel tls"},
    {Check::port, 30, "port", "end what listens on the port, or agree on another one"},
    {Check::address, 31, "address", "bring up the interface with the seat's address"},
    {Check::overlay, 32, "overlay", "start the overlay: jointca agent"},
    {Check::peer, 33, "peer", "ask the member that is named: its host does not answer"},
    {Check::path_mtu, 34, "path-mtu", "lower the MTU of the overlay's interface"},
    {Check::challenge, 35, "challenge", "compare manifests with the member that is named"},
    {Check::barrier, 36, "barrier", "ask the members that are named: they are not ready"},
    {Check::guard_version, 41, "guard-version",
     "use a version of MPyC that jointca was tried with"},
    {Check::seat_taken, 42, "seat-taken", "ask the member that is named why it takes another seat"},
    {Check::absent, 43, "absent", "ask the members that are named: they did not connect"},
    {Check::lost, 44, "lost", "ask the member that is named: its program ended"},
    {Check::silent, 45, "silent",
     "see what the programs wait for; raise deadlines.idle if it is work"},
    {Check::unfinished, 46, "unfinished", "raise deadlines.total if the program is right"},
    {Check::result, 47, "result", "trust no result: the members printed different ones"},
    {Check::program_failed, 48, "program-failed",
     "see what it printed: the program of this member ended by itself"},
    {Check::member_failed, 49, "member-failed",
     "ask the members that are named: this one's program has ended well"},
}};

/// By what a rule or a field begins with. The first that fits.
using Beginnings = std::array<std::pair<std::string_view, Check>, 6>;
constexpr Beginnings rules{{{"session.certificates", Check::certificates},
                            {"session.signature", Check::certificates},
                            {"session.", Check::manifest},
                            {"consent", Check::consents},
                            {"grant.", Check::grant},
                            {"", Check::manifest}}};
constexpr std::array<std::pair<std::string_view, Check>, 11> fields{
    {{"authority", Check::manifest},
     {"not_", Check::window},
     {"revocations", Check::revocations},
     {"program.main", Check::program},
     {"program.files", Check::files},
     {"runtime.mpyc", Check::mpyc_version},
     {"runtime.package", Check::mpyc_package},
     {"runtime.python", Check::python},
     {"environment", Check::environment},
     {"seats", Check::seat},
     {"", Check::manifest}}};

template <class Table>
Check find(const Table& beginnings, std::string_view text) {
  const auto* const found =
      std::find_if(beginnings.begin(), beginnings.end(),
                   [&](const auto& row) { return text.starts_with(row.first); });
  JCA_ASSERT(found != beginnings.end());
  return found->second;
}

}  // namespace

std::span<const CheckRow> check_table() { return table; }

const CheckRow& row_of(Check check) { return table.at(static_cast<std::size_t>(check)); }

Check check_of_rule(std::string_view rule) { return find(rules, rule); }

Check check_of_field(std::string_view field) {
  // seats.N.address is the machine's, everything else of seats the manifest's.
  if (field.starts_with("seats.") && field.ends_with(".address")) return Check::address;
  return find(fields, field);
}

}  // namespace jointca::mpyc
