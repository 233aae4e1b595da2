// mpyc-adapter/seat.h — the certificates of a session on the channel `tls`, in the profile that
// MPyC's
// --ssl takes: an anchor of the session's own, and a leaf for each seat under it.
//
// MPyC checks the chain, and of the peer it dials the common name, alone. So a leaf must not hold
// in another session: its anchor has another name there. No leaf has a DNS name, which would switch
// off the comparison of the common name.
#pragma once

#include "mpyc-adapter/consent.h"
#include "x509-adapter/certificate.h"

namespace jointca::mpyc {

/// The purpose under whose key anchors and leaves of sessions are signed: not that of hosts.
inline constexpr std::string_view seats_purpose = "session-x509";

/// "MPyC party 2": what MPyC's dialler expects.
[[nodiscard]] std::string seat_common_name(std::size_t seat);

/// The anchor. `key` is that of the purpose. Everything else follows from the manifest.
[[nodiscard]] x509::Details session_anchor(const Manifest& manifest, const PublicKey& key);

/// The leaf of a seat: its address, and as URIs the host's identity and the digest of the manifest.
[[nodiscard]] x509::Details seat_leaf(const Manifest& manifest, const Consent& consent,
                                      const PublicKey& key);

}  // namespace jointca::mpyc
