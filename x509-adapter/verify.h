// x509-adapter/verify.h — whether a certificate holds under an anchor. Stricter than RFC 5280 §6,
// for certificates of this profile: there are no intermediates.
#pragma once

#include "x509-adapter/certificate.h"

namespace jointca::x509 {

/// Fails at the first rule that does not hold: "not an anchor", "issuer" (it is not its own),
/// "name" (others beside its common name), "signature" (not its own). The time is verify()'s.
[[nodiscard]] Result<Ok, Rejection> verify_anchor(const Certificate& anchor);

/// Fails at the first rule that does not hold, in this order: those of verify_anchor() for the
/// anchor, "anchor expired", "anchor" (the certificate is one itself, or constrains others as
/// one), "issuer", "expired", "signature", "anchor validity", "network".
[[nodiscard]] Result<Ok, Rejection> verify(const Certificate& certificate,
                                           const Certificate& anchor, Time now);

/// The same under an anchor that needs no signature, since it was derived.
[[nodiscard]] Result<Ok, Rejection> verify_under(const Certificate& certificate,
                                                 const Details& anchor, Time now);

/// Rule "network" alone: the addresses lie in the anchor's networks, if it has any.
[[nodiscard]] Result<Ok, Rejection> check_within(const Details& leaf, const Details& anchor);

/// Whether `time` is within the validity, both ends included.
[[nodiscard]] bool valid_at(const Details& details, Time time);

}  // namespace jointca::x509
