// nebula-adapter/verify.cpp — whether a certificate holds, decided as nebula-cert 1.11.0 decides.
#include "nebula-adapter/verify.h"

#include "crypto/p256.h"
#include "crypto/signing_key.h"
#include "nebula-adapter/pem.h"

namespace jointca::nebula {
namespace {

Unexpected<Rejection> reject(std::string rule, std::string reason) {
  return {Rejection{std::move(rule), std::move(reason)}};
}

/// Whether `text` is nothing but white space, as Unicode and Go's bytes.TrimSpace define it.
bool is_blank(std::string_view text) {
  constexpr std::array<std::string_view, 25> blanks{" ",
                                                    "\t",
                                                    "\n",
                                                    "\v",
                                                    "\f",
                                                    "\r",
                                                    "\xc2\x85",
                                                    "\xc2\xa0",
                                                    "\xe1\x9a\x80",
                                                    "\xe2\x80\x80",
                                                    "\xe2\x80\x81",
                                                    "\xe2\x80\x82",
                                                    "\xe2\x80\x83",
                                                    "\xe2\x80\x84",
                                                    "\xe2\x80\x85",
                                                    "\xe2\x80\x86",
                                                    "\xe2\x80\x87",
                                                    "\xe2\x80\x88",
                                                    "\xe2\x80\x89",
                                                    "\xe2\x80\x8a",
                                                    "\xe2\x80\xa8",
                                                    "\xe2\x80\xa9",
                                                    "\xe2\x80\xaf",
                                                    "\xe2\x81\x9f",
                                                    "\xe3\x80\x80"};
  while (!text.empty()) {
    const auto* blank = std::find_if(blanks.begin(), blanks.end(),
                                     [&](std::string_view b) { return text.starts_with(b); });
    if (blank == blanks.end()) return false;
    text.remove_prefix(blank->size());
  }
  return true;
}

/// The text up to the end of the next END line, from the next BEGIN on; `text` loses both. Empty at
/// the end of the file. Nebula reads CA files in such pieces and limits each to 64 KiB, with what
/// stands before it.
Parsed<std::string_view> next_ca_piece(std::string_view& text) {
  constexpr std::size_t piece_bytes_max = 65536;
  const std::size_t begin = text.find("-----BEGIN ");
  if (begin == std::string_view::npos) {
    if (!is_blank(text)) return malformed("", "text after the last block");
    if (text.size() >= piece_bytes_max) return malformed("", "too much white space at the end");
    return std::string_view();
  }
  const std::size_t end = text.find("-----END ", begin);
  if (end == std::string_view::npos) return malformed("", "a block without an end");
  const std::size_t newline = text.find('\n', end);
  const bool complete = newline != std::string_view::npos;
  const std::size_t size = complete ? newline + 1 : text.size();
  if (size > piece_bytes_max || (!complete && size == piece_bytes_max))
    return malformed("", "a block above 64 KiB, with the text before it");
  const std::string_view out = text.substr(begin, size - begin);
  text.remove_prefix(size);
  return out;
}

/// Whether each of `inner` has its address and length within one of `outer`.
const ca::Prefix* first_outside(const std::vector<ca::Prefix>& inner,
                                const std::vector<ca::Prefix>& outer) {
  for (const ca::Prefix& prefix : inner) {
    const bool found = std::any_of(outer.begin(), outer.end(), [&](const ca::Prefix& allowed) {
      return allowed.bits <= prefix.bits && allowed.contains(prefix.address);
    });
    if (!found) return &prefix;
  }
  return nullptr;
}

Result<Ok, Rejection> check_blocked(const CaPool& pool, const Digest& name) {
  if (pool.is_blocked(name)) return reject("blocked", "the certificate is on the blocklist");
  return Ok{};
}

}  // namespace

bool check_signature(const Certificate& certificate, BytesView ca_public_key) {
  const Bytes message = to_be_signed(certificate);
  switch (certificate.details.curve) {
    case Curve::curve25519: {
      const auto key = to_array<32>(ca_public_key);
      const auto signature = to_array<64>(certificate.signature);
      return key && signature && jointca::verify(PublicKey{*key}, message, *signature);
    }
    case Curve::p256: {
      const auto key = P256PublicKey::parse(ca_public_key);
      return key && verify_p256(*key, message, certificate.signature);
    }
  }
  return false;
}

Parsed<CaPool> CaPool::from_pem(std::string_view text) {
  if (text.size() > pem_file_bytes_max) return malformed("", "the file is above 1 MiB");
  CaPool pool;
  for (std::size_t count = 1;; ++count) {
    const std::string where = "block " + std::to_string(count);
    const auto piece = next_ca_piece(text);
    if (!piece) return malformed(where, piece.error().reason);
    if (piece->empty()) return pool;
    const auto step = next_pem_block(*piece);
    if (!step || !is_blank(step->rest)) return malformed(where, "not a well-formed PEM block");
    auto certificate = parse_certificate(step->block);
    if (!certificate) return malformed(where, certificate.error().reason);
    const auto added = pool.add(*std::move(certificate));
    if (!added) return malformed(where, added.error().reason);
  }
}

Result<Ok, Rejection> CaPool::add(Certificate ca) {
  if (!ca.details.is_ca) return reject("not a CA", "the certificate is not a CA's");
  if (!check_signature(ca, ca.details.public_key))
    return reject("self-signature", "the CA certificate is not signed by its own key");
  const Digest name = fingerprint(ca);
  by_fingerprint_.insert_or_assign(name, std::move(ca));
  return Ok{};
}

const Certificate* CaPool::find(BytesView issuer) const {
  const auto name = to_array<32>(issuer);
  const auto found = name ? by_fingerprint_.find(*name) : by_fingerprint_.end();
  return found == by_fingerprint_.end() ? nullptr : &found->second;
}

std::vector<const Certificate*> CaPool::expired_at(Time now) const {
  std::vector<const Certificate*> out;
  for (const auto& [name, ca] : by_fingerprint_)
    if (expired(ca.details, unix_seconds(now))) out.push_back(&ca);
  return out;
}

Result<Ok, Rejection> check_constraints(const Details& leaf, const Details& ca) {
  if (compare_times(leaf.not_after, ca.not_after) > 0)
    return reject("ca validity", "the certificate outlives its CA");
  if (compare_times(leaf.not_before, ca.not_before) < 0)
    return reject("ca validity", "the certificate begins before its CA");
  if (!ca.groups.empty())
    for (const std::string& group : leaf.groups)
      if (std::find(ca.groups.begin(), ca.groups.end(), group) == ca.groups.end())
        return reject("ca group", "the CA does not have the group " + group);
  if (!ca.networks.empty())
    if (const auto* outside = first_outside(leaf.networks, ca.networks))
      return reject("ca network", "outside the CA's networks: " + outside->text());
  if (!ca.unsafe_networks.empty())
    if (const auto* outside = first_outside(leaf.unsafe_networks, ca.unsafe_networks))
      return reject("ca unsafe network", "outside the CA's unsafe networks: " + outside->text());
  return Ok{};
}

Result<Ok, Rejection> verify(const Certificate& certificate, const CaPool& pool, Time now) {
  const Details& details = certificate.details;
  JCA_TRY(check_blocked(pool, fingerprint(certificate)));
  if (details.issuer.empty()) return reject("issuer", "the certificate names no issuer");
  const Certificate* ca = pool.find(details.issuer);
  if (ca == nullptr)
    return reject("unknown CA", "no CA here has the fingerprint " + to_hex(details.issuer));
  if (ca->details.curve != details.curve)
    return reject("curve", "the certificate is on another curve than its CA");
  if (expired(ca->details, unix_seconds(now)))
    return reject("CA expired", "the CA certificate is not valid at this time");
  if (expired(details, unix_seconds(now)))
    return reject("expired", "the certificate is not valid at this time");
  if (!check_signature(certificate, ca->details.public_key))
    return reject("signature", "the signature is not the CA's");
  JCA_TRY(check_constraints(details, ca->details));
  if (const auto other = alternate_fingerprint(certificate)) JCA_TRY(check_blocked(pool, *other));
  return Ok{};
}

}  // namespace jointca::nebula
