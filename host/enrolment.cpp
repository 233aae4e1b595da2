#include "host/enrolment.h"

#include <algorithm>

#include "crypto/rng.h"
#include "daemon/authority_check.h"
#include "machine/files.h"
#include "machine/lock.h"
#include "nebula-adapter/pem.h"

namespace jointca::host {
namespace {

/// Two at once would write and move the same files.
Result<machine::FileLock, Error> lock_host(const Paths& paths) {
  return machine::FileLock::acquire(paths.dir + "/host.lock",
                                    paths.dir + ": another jointca enrols or renews this host");
}

bool is_enrolled(const Paths& paths) {
  return std::any_of(ca::all_kinds.begin(), ca::all_kinds.end(),
                     [&](ca::Kind kind) { return machine::file_exists(paths.issued(kind)); });
}

/// Puts new keys in the place of the old ones. Between a key and its certificate, which is there
/// already, the set does not fit together; the renewal's request stays until it does.
Result<Ok, Error> replace_keys(const Paths& paths, const std::vector<ca::Kind>& kinds) {
  for (const ca::Kind kind : kinds)
    JCA_TRY(machine::move_file(paths.next_key(kind), paths.key(kind)));
  return Ok{};
}

/// The key that what the host has is for.
std::optional<Digest> certified_key(const Paths& paths, ca::Kind kind) {
  const auto content = machine::read_file(paths.issued(kind), nebula::pem_file_bytes_max);
  const auto statements = content ? issued::parse_signed(to_text(*content)) : malformed("", "");
  if (!statements) return std::nullopt;
  const auto& statement = statements->front().statement.content;
  if (const auto* certificate = std::get_if<nebula::Certificate>(&statement))
    return to_array<32>(certificate->details.public_key);
  if (const auto* binding = std::get_if<wireguard::Binding>(&statement)) return binding->public_key;
  if (const auto* certificate = std::get_if<x509::Certificate>(&statement))
    return to_array<32>(certificate->details().key.bytes);
  return std::nullopt;
}

/// What a renewal that was interrupted at its very end has left to do: the certificates for the
/// new keys are in place, and some of the keys are not.
Result<Ok, Error> finish_rekey(const Paths& paths, const std::vector<ca::Kind>& kinds) {
  for (const ca::Kind kind : kinds) {
    if (!machine::file_exists(paths.next_key(kind))) continue;
    JCA_ASSIGN(const PrivateKey next, read_key(kind, paths.next_key(kind)));
    if (certified_key(paths, kind) == public_key(next))
      JCA_TRY(machine::move_file(paths.next_key(kind), paths.key(kind)));
  }
  return Ok{};
}

/// Whether a renewal with new keys was begun: some of them are still to be put in place.
bool rekeying(const Paths& paths, const std::vector<ca::Kind>& kinds) {
  return std::any_of(kinds.begin(), kinds.end(),
                     [&](ca::Kind kind) { return machine::file_exists(paths.next_key(kind)); });
}

}  // namespace

Result<Member, Error> enroll(const EnrolmentOptions& options, const enroll::InvitationToken& token,
                             const Clock& clock, const Progress& progress, Rng& rng) {
  const Paths& paths = options.paths;
  const Settings settings{token.invitation, token.invitation.terms.kinds, options.endpoints,
                          options.lighthouse};
  if (is_enrolled(paths) && !machine::file_exists(paths.enrolment()) && !options.anew)
    return failed(paths.dir + ": this host is enrolled already; --force enrols it anew");
  JCA_TRY(machine::make_private_directory(paths.dir));
  JCA_ASSIGN(const auto lock, lock_host(paths));
  JCA_ASSIGN(const Keys keys, open_keys(paths, settings.kinds, options.nebula_key, rng));
  JCA_ASSIGN(auto authority, fetch_authority(token.parties, token.invitation.authority));
  const SigningKey invitation(token.seed.duplicate());
  JCA_ASSIGN(const Order order, prepare_order(paths.enrolment(), authority, settings,
                                              keys.request_keys(&invitation), clock(), rng));
  JCA_ASSIGN(auto granted,
             submit(authority, token.parties, order, options.timeout, clock, progress));
  JCA_TRY(write_settings(paths, settings));
  JCA_TRY(write_granted(paths, authority, granted, clock()));
  JCA_TRY(machine::remove_file(paths.enrolment()));
  return Member{std::move(authority), std::move(granted)};
}

Result<Member, Error> renew(const Paths& paths, bool rekey, Duration timeout, const Clock& clock,
                            const Progress& progress, Rng& rng, const Silent& silent) {
  if (!is_enrolled(paths) || !machine::file_exists(paths.settings()))
    return failed(paths.dir + ": no host was enrolled here; see `jointca enroll host --help`");
  JCA_ASSIGN(const auto lock, lock_host(paths));
  JCA_ASSIGN(auto authority, read_authority(paths));
  JCA_ASSIGN(const Settings settings, read_settings(paths));
  JCA_TRY(finish_rekey(paths, settings.kinds));
  const bool new_keys = rekey || rekeying(paths, settings.kinds);
  JCA_ASSIGN(const Keys keys, new_keys ? open_next_keys(paths, settings.kinds, rng)
                                       : open_keys(paths, settings.kinds, std::nullopt, rng));
  JCA_ASSIGN(const Order order, prepare_order(paths.renewal(), authority, settings,
                                              keys.request_keys(nullptr), clock(), rng));
  JCA_ASSIGN(auto granted,
             submit(authority, addresses_of(authority), order, timeout, clock, progress, silent));
  JCA_TRY(write_granted(paths, authority, granted, clock()));
  if (new_keys) JCA_TRY(replace_keys(paths, settings.kinds));
  JCA_TRY(machine::remove_file(paths.renewal()));
  return Member{std::move(authority), std::move(granted)};
}

Result<ca::Authority, Error> read_authority(const Paths& paths) {
  JCA_ASSIGN(const Bytes content, machine::read_file(paths.authority(), ca::authority_bytes_max));
  auto authority = daemon::checked_authority(to_text(content));
  if (!authority)
    return failed(authority.error().code, paths.authority() + ": " + authority.error().message);
  return authority;
}

}  // namespace jointca::host
