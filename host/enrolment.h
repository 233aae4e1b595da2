// host/enrolment.h — a machine joins an authority, and stays: enrolment once, renewal again and
// again. Both can be interrupted at any point and repeated.
#pragma once

#include "host/order.h"

namespace jointca::host {

struct EnrolmentOptions {
  Paths paths;
  enroll::Endpoints endpoints;
  bool lighthouse = false;
  std::optional<std::string> nebula_key;  ///< file of a private key made elsewhere
  bool anew = false;                      ///< over existing certificates
  Duration timeout{};                     ///< of waiting for operators
};

struct Member {
  ca::Authority authority;
  Granted granted;
};

/// Makes the keys, asks the parties of the invitation, checks the answer and writes everything. A
/// run that was interrupted, or refused for now, is repeated with the same keys and the same
/// request.
[[nodiscard]] Result<Member, Error> enroll(const EnrolmentOptions& options,
                                           const enroll::InvitationToken& token, const Clock& clock,
                                           const Progress& progress, Rng& rng);

/// New statements for an enrolled host, to replace those that it has: for its keys, or for new ones
/// (`rekey`). What it has stays in place until the new is complete. Parties that are known to
/// be silent are not asked.
[[nodiscard]] Result<Member, Error> renew(const Paths& paths, bool rekey, Duration timeout,
                                          const Clock& clock, const Progress& progress, Rng& rng,
                                          const Silent& silent = {});

/// The authority.json of the host, checked.
[[nodiscard]] Result<ca::Authority, Error> read_authority(const Paths& paths);

}  // namespace jointca::host
