// mpyc-adapter/session.h — a granted session in one file: manifest, consents, grant, certificates.
// What `check`, `run` and `close` take, and what a member gives to another. Layout:
// docs/formats/session.md.
#pragma once

#include "mpyc-adapter/agreement.h"
#include "mpyc-adapter/seat.h"

namespace jointca::mpyc {

inline constexpr std::size_t session_bytes_max = std::size_t{256} * 1024;

/// The parts of the file, unchecked.
struct SessionFile {
  std::string manifest;                   ///< text of the manifest
  std::vector<std::string> consents;      ///< tokens, in seat order
  std::string grant;                      ///< token
  std::vector<std::string> certificates;  ///< PEM: the anchor, then the seats' in order; or none

  bool operator==(const SessionFile&) const = default;
};
[[nodiscard]] std::string to_json(const SessionFile& file);
/// Accepts exactly what to_json() writes. Checks none of the parts.
[[nodiscard]] Parsed<SessionFile> parse_session_file(std::string_view text);

/// The authority's keys of the purposes.
struct SessionKeys {
  PublicKey grants;
  PublicKey seats;
};

/// A session that all members and the parties want. Only open_session() makes one.
class Session {
 public:
  [[nodiscard]] const Manifest& manifest() const { return agreement_.manifest(); }
  /// In seat order.
  [[nodiscard]] const std::vector<Consent>& consents() const { return agreement_.consents(); }
  /// The anchor, then the seats' in order; none but on the channel `tls`.
  [[nodiscard]] const std::vector<x509::Certificate>& certificates() const { return certificates_; }
  [[nodiscard]] const Grant& grant() const { return agreement_.grant(); }

 private:
  friend Result<Session, Rejection> open_session(std::string_view, const Digest&,
                                                 const SessionKeys&);
  Session(Agreement agreement, std::vector<x509::Certificate> certificates)
      : agreement_(std::move(agreement)), certificates_(std::move(certificates)) {}

  Agreement agreement_;
  std::vector<x509::Certificate> certificates_;
};

/// Everything about the file that does not depend on time, machine or revocation. The rules, in
/// order:
///   session.malformed      not the file of a session
///   …                      open_agreement()
///   grant.*                verify_grant()
///   session.certificates   too many, too few, unreadable, or not what the manifest and the
///   consents
///                          make them
///   session.signature      a certificate is not signed by the key of its purpose
[[nodiscard]] Result<Session, Rejection> open_session(std::string_view text,
                                                      const Digest& authority,
                                                      const SessionKeys& keys);

}  // namespace jointca::mpyc
