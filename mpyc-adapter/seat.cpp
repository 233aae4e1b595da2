// mpyc-adapter/seat.cpp — what the certificates of a session say.
#include "mpyc-adapter/seat.h"

#include "ca/did.h"
#include "x509-adapter/issue.h"

namespace jointca::mpyc {
namespace {

constexpr std::string_view seat_name_begin = "MPyC party ";
constexpr std::string_view urn_begin = "urn:jointca:session:sha256:";

}  // namespace

bool is_of_a_session(const x509::Details& certificate) {
  return certificate.issuer.starts_with(anchor_name_begin);
}

std::string seat_common_name(std::size_t seat) {
  return std::string(seat_name_begin) + std::to_string(seat);
}

SeatFacts seat_facts(const Manifest& manifest, const Consent& consent) {
  JCA_ASSERT(consent.tls.has_value() && consent.seat < manifest.seats.size());
  const Seat& seat = manifest.seats[consent.seat];
  return {consent.manifest, manifest.not_before, manifest.not_after, consent.seat,
          seat.identity,    seat.address,        consent.tls->key};
}

x509::Details session_anchor(const Digest& manifest, Time not_before, Time not_after,
                             const PublicKey& key) {
  // All sessions have one key: what a seat's certificate names must be this manifest and no other.
  return x509::anchor_details(std::string(anchor_name_begin) + to_base64url(manifest), key,
                              x509::serial_for(manifest, 0), {}, not_before, not_after);
}

x509::Details session_anchor(const Manifest& manifest, const PublicKey& key) {
  return session_anchor(digest(manifest), manifest.not_before, manifest.not_after, key);
}

x509::Details seat_leaf(const SeatFacts& facts, const PublicKey& key) {
  x509::Details leaf = x509::leaf_details(
      session_anchor(facts.manifest, facts.not_before, facts.not_after, key),
      seat_common_name(facts.seat), x509::certified(facts.key),
      x509::serial_for(facts.manifest, facts.seat + 1U), facts.not_before, facts.not_after);
  leaf.addresses = {facts.address};
  leaf.uris = {ca::did_key(facts.identity), std::string(urn_begin) + to_hex(facts.manifest)};
  return leaf;
}

x509::Details seat_leaf(const Manifest& manifest, const Consent& consent, const PublicKey& key) {
  return seat_leaf(seat_facts(manifest, consent), key);
}

std::optional<Digest> stated_manifest(const x509::Details& certificate) {
  if (!is_of_a_session(certificate)) return std::nullopt;
  const auto bytes =
      from_base64url(std::string_view(certificate.issuer).substr(anchor_name_begin.size()));
  return bytes ? to_array<32>(*bytes) : std::nullopt;
}

std::optional<SeatFacts> stated_facts(const x509::Details& leaf, const PublicKey& identity) {
  const auto manifest = stated_manifest(leaf);
  const auto key = to_array<32>(leaf.key.bytes);
  if (!manifest || !key || leaf.addresses.size() != 1) return std::nullopt;
  std::uint16_t seat = 0;
  while (seat < seats_max && leaf.name != seat_common_name(seat)) ++seat;
  if (seat == seats_max) return std::nullopt;
  return SeatFacts{*manifest, leaf.not_before,   leaf.not_after, seat,
                   identity,  leaf.addresses[0], PublicKey{*key}};
}

std::vector<x509::Details> session_certificates(const Manifest& manifest,
                                                const std::vector<Consent>& consents,
                                                const PublicKey& key) {
  if (manifest.channel != Channel::tls) return {};
  std::vector<x509::Details> certificates{session_anchor(manifest, key)};
  for (const Consent& consent : consents) certificates.push_back(seat_leaf(manifest, consent, key));
  return certificates;
}

}  // namespace jointca::mpyc
