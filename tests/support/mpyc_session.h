// tests/support/mpyc_session.h — a session of three members, and the authority that grants it.
#pragma once

#include "crypto/hash.h"
#include "mpyc-adapter/session.h"
#include "x509-adapter/issue.h"

namespace jointca::test {

inline constexpr Time session_now = time_from_unix(1'795'400'000);

/// The key whose every byte is `seed`. Identities: 10, 11, 12; seats' keys: 20, 21, 22; the
/// authority's: 1 for grants, 2 for certificates.
inline SigningKey session_key(std::uint8_t seed) {
  return SigningKey(Secret<32>::make([&](auto out) { std::fill(out.begin(), out.end(), seed); }));
}
inline mpyc::SessionKeys session_keys() {
  return {session_key(1).public_key(), session_key(2).public_key()};
}

inline mpyc::Manifest session_manifest(mpyc::Channel channel = mpyc::Channel::tls) {
  mpyc::Manifest manifest;
  manifest.authority.fill(0xaa);
  manifest.session.fill(0xbb);
  manifest.not_before = session_now;
  manifest.not_after = session_now + Duration(7200);
  manifest.revocations = 7;
  manifest.channel = channel;
  const std::array<const char*, 3> names{"alice", "bob", "carol"};
  for (std::uint8_t i = 0; i < names.size(); ++i)
    manifest.seats.push_back(
        {names.at(i), session_key(static_cast<std::uint8_t>(10 + i)).public_key(),
         *ca::IpAddress::parse("10.42.0." + std::to_string(i + 1)),
         static_cast<std::uint16_t>(11365 + i), static_cast<std::uint16_t>(12365 + i)});
  manifest.options.threshold = 1;
  manifest.program = {{"secretsanta.py", sha256(as_bytes("program"))},
                      {{"data/weights.npy", sha256(as_bytes("weights"))}},
                      {"8", "-d0"}};
  manifest.runtime = {"0.11", sha256(as_bytes("mpyc")), {3, 10}, {3, 13}};
  return manifest;
}

/// The consents of all, in seat order.
inline std::vector<std::string> session_consents(const mpyc::Manifest& manifest) {
  std::vector<std::string> tokens;
  for (std::uint8_t i = 0; i < manifest.seats.size(); ++i) {
    const SigningKey tls = session_key(static_cast<std::uint8_t>(20 + i));
    tokens.push_back(mpyc::consent_to(manifest, session_key(static_cast<std::uint8_t>(10 + i)),
                                      manifest.channel == mpyc::Channel::tls ? &tls : nullptr));
  }
  return tokens;
}

/// The file of the granted session.
inline mpyc::SessionFile session_file(const mpyc::Manifest& manifest) {
  mpyc::SessionFile file{mpyc::to_json(manifest), session_consents(manifest), {}, {}};
  const mpyc::Grant grant = mpyc::grant_of(manifest, file.consents);
  file.grant = mpyc::assemble(grant, session_key(1).sign(mpyc::to_be_signed(grant)));
  if (manifest.channel != mpyc::Channel::tls) return file;
  const auto add = [&](const x509::Details& details) {
    const SignatureBytes signature = session_key(2).sign(*x509::to_be_signed(details));
    file.certificates.push_back(x509::to_pem(*x509::assemble(details, signature)));
  };
  add(mpyc::session_anchor(manifest, session_keys().seats));
  for (const std::string& token : file.consents)
    add(mpyc::seat_leaf(manifest, *mpyc::open_consent(token, manifest), session_keys().seats));
  return file;
}

}  // namespace jointca::test
