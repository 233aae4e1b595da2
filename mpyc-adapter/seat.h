// mpyc-adapter/seat.h — the certificates of a session on the channel `tls`, in the profile that
// MPyC's --ssl takes: an anchor of the session's own, and a leaf for each seat under it.
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

/// With what the name of every anchor begins: so that no certificate of a session passes for one of
/// a host, nor the reverse.
inline constexpr std::string_view anchor_name_begin = "jointca session ";
[[nodiscard]] bool is_of_a_session(const x509::Details& certificate);

/// "MPyC party 2": what MPyC's dialler expects.
[[nodiscard]] std::string seat_common_name(std::size_t seat);

/// All that a seat's certificate follows from.
struct SeatFacts {
  Digest manifest{};  ///< its digest
  Time not_before;    ///< of the window
  Time not_after;
  std::uint16_t seat = 0;
  PublicKey identity;  ///< of its host
  ca::IpAddress address;
  PublicKey key;  ///< that is certified
};
[[nodiscard]] SeatFacts seat_facts(const Manifest& manifest, const Consent& consent);

/// The anchor of the session with this digest and window. `key` is that of the purpose.
[[nodiscard]] x509::Details session_anchor(const Digest& manifest, Time not_before, Time not_after,
                                           const PublicKey& key);
[[nodiscard]] x509::Details session_anchor(const Manifest& manifest, const PublicKey& key);

/// The leaf of a seat: its address, and as URIs the host's identity and the digest of the manifest.
[[nodiscard]] x509::Details seat_leaf(const SeatFacts& facts, const PublicKey& key);
[[nodiscard]] x509::Details seat_leaf(const Manifest& manifest, const Consent& consent,
                                      const PublicKey& key);

/// The digest of the manifest that a certificate of a session names its anchor by.
[[nodiscard]] std::optional<Digest> stated_manifest(const x509::Details& certificate);
/// What a leaf follows from if it is that of a seat of the host with this identity, as far as it
/// says so itself: it is, if seat_leaf() makes of it the same leaf.
[[nodiscard]] std::optional<SeatFacts> stated_facts(const x509::Details& leaf,
                                                    const PublicKey& identity);

/// The anchor, then the leaves in seat order; nothing but on the channel `tls`.
[[nodiscard]] std::vector<x509::Details> session_certificates(const Manifest& manifest,
                                                              const std::vector<Consent>& consents,
                                                              const PublicKey& key);

}  // namespace jointca::mpyc
