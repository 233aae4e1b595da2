// mpyc-adapter/agreement.h — a manifest to which all members consent: what the parties are asked to
// grant, and the request in which they are asked. Layout: docs/formats/session.md.
#pragma once

#include "mpyc-adapter/grant.h"

namespace jointca::mpyc {

/// Only open_agreement() makes one, so that whoever has one knows that everybody consented.
class Agreement {
 public:
  [[nodiscard]] const Manifest& manifest() const { return manifest_; }
  /// In seat order.
  [[nodiscard]] const std::vector<Consent>& consents() const { return consents_; }
  /// What the parties sign for it.
  [[nodiscard]] const Grant& grant() const { return grant_; }

  bool operator==(const Agreement&) const = default;

 private:
  friend Result<Agreement, Rejection> open_agreement(std::string_view,
                                                     const std::vector<std::string>&,
                                                     const Digest&);
  Agreement(Manifest manifest, std::vector<Consent> consents, Grant grant)
      : manifest_(std::move(manifest)), consents_(std::move(consents)), grant_(grant) {}

  Manifest manifest_;
  std::vector<Consent> consents_;
  Grant grant_;
};

/// The rules, in order:
///   session.malformed      the manifest is not in its one form, or keeps not all rules
///   session.authority      it is another authority's
///   consent.*, consents.*  open_consents(); "consents.order": not in seat order
[[nodiscard]] Result<Agreement, Rejection> open_agreement(std::string_view manifest,
                                                          const std::vector<std::string>& consents,
                                                          const Digest& authority);

/// The parts of a request, unchecked.
struct SessionRequest {
  std::string manifest;               ///< text of the manifest
  std::vector<std::string> consents;  ///< tokens, in seat order

  bool operator==(const SessionRequest&) const = default;
};
/// With what the bytes of a request begin, and no other request of a host does.
inline constexpr std::string_view session_request_label = "jointca/session-request/v1\n";
inline constexpr std::size_t session_request_bytes_max =
    session_request_label.size() + 4 + manifest_bytes_max + 1 + seats_max * (2 + consent_bytes_max);

[[nodiscard]] bool is_session_request(BytesView request);
[[nodiscard]] Bytes encode_request(const SessionRequest& request);
/// Accepts exactly what encode_request() writes. Checks none of the parts.
[[nodiscard]] Parsed<SessionRequest> parse_session_request(BytesView request);

/// What a request asks for; the rules of open_agreement().
[[nodiscard]] Result<Agreement, Rejection> open_request(BytesView request, const Digest& authority);

}  // namespace jointca::mpyc
