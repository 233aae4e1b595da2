// mpyc-adapter/seat.cpp — what the certificates of a session say.
#include "mpyc-adapter/seat.h"

#include "ca/did.h"
#include "x509-adapter/issue.h"

namespace jointca::mpyc {

std::string seat_common_name(std::size_t seat) { return "MPyC party " + std::to_string(seat); }

x509::Details session_anchor(const Manifest& manifest, const PublicKey& key) {
  // All sessions have one key: what a seat's certificate names must be this manifest and no other.
  const Digest named = digest(manifest);
  return x509::anchor_details("jointca session " + to_base64url(named), key,
                              x509::serial_for(named, 0), {}, manifest.not_before,
                              manifest.not_after);
}

x509::Details seat_leaf(const Manifest& manifest, const Consent& consent, const PublicKey& key) {
  JCA_ASSERT(consent.tls.has_value() && consent.seat < manifest.seats.size());
  const Seat& seat = manifest.seats[consent.seat];
  x509::Details leaf = x509::leaf_details(
      session_anchor(manifest, key), seat_common_name(consent.seat),
      x509::certified(consent.tls->key), x509::serial_for(consent.manifest, consent.seat + 1U),
      manifest.not_before, manifest.not_after);
  leaf.addresses = {seat.address};
  leaf.uris = {ca::did_key(seat.identity),
               "urn:jointca:session:sha256:" + to_hex(consent.manifest)};
  return leaf;
}

}  // namespace jointca::mpyc
