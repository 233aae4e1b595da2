#include "host/enrolment.h"

#include <algorithm>

#include "crypto/rng.h"
#include "daemon/authority_check.h"
#include "machine/files.h"

namespace jointca::host {
namespace {

bool is_enrolled(const Paths& paths) {
  return machine::file_exists(paths.nebula_certificate()) || machine::file_exists(paths.binding());
}

/// Puts new keys in the place of the old ones. Between a key and its certificate, which is there
/// already, the set does not fit together; the renewal's request stays until it does.
Result<Ok, Error> replace_keys(const Paths& paths, const std::vector<ca::Kind>& kinds) {
  for (const ca::Kind kind : kinds)
    JCA_TRY(machine::move_file(paths.next_key(kind), paths.key(kind)));
  return Ok{};
}

/// Whether a renewal with new keys was begun: they are there, or some have been put in place.
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
  if (token.invitation.terms.kinds.back() == ca::Kind::x509)
    return failed(Error::Code::usage,
                  "the invitation is for X.509, which this version cannot ask for");
  if (is_enrolled(paths) && !machine::file_exists(paths.enrolment()) && !options.anew)
    return failed(paths.dir + ": this host is enrolled already; --force enrols it anew");
  JCA_ASSIGN(const Keys keys, open_keys(paths, settings.kinds, options.nebula_key, rng));
  JCA_ASSIGN(auto authority, fetch_authority(token.parties, token.invitation.authority));
  const SigningKey invitation(token.seed.duplicate());
  JCA_ASSIGN(const Order order, prepare_order(paths.enrolment(), authority, settings,
                                              keys.request_keys(&invitation), clock(), rng));
  JCA_ASSIGN(auto granted,
             submit(authority, token.parties, order, options.timeout, clock, progress));
  JCA_TRY(write_settings(paths, settings));
  JCA_TRY(write_granted(paths, authority, granted));
  JCA_TRY(machine::remove_file(paths.enrolment()));
  return Member{std::move(authority), std::move(granted)};
}

Result<Member, Error> renew(const Paths& paths, bool rekey, Duration timeout, const Clock& clock,
                            const Progress& progress, Rng& rng) {
  if (!is_enrolled(paths) || !machine::file_exists(paths.settings()))
    return failed(paths.dir + ": no host was enrolled here; see `jointca enroll host --help`");
  JCA_ASSIGN(auto authority, read_authority(paths));
  JCA_ASSIGN(const Settings settings, read_settings(paths));
  const bool new_keys = rekey || rekeying(paths, settings.kinds);
  JCA_ASSIGN(const Keys keys, new_keys ? open_next_keys(paths, settings.kinds, rng)
                                       : open_keys(paths, settings.kinds, std::nullopt, rng));
  JCA_ASSIGN(const Order order, prepare_order(paths.renewal(), authority, settings,
                                              keys.request_keys(nullptr), clock(), rng));
  JCA_ASSIGN(auto granted,
             submit(authority, addresses_of(authority), order, timeout, clock, progress));
  JCA_TRY(write_granted(paths, authority, granted));
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
