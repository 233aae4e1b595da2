// mpyc-adapter/agreement.cpp — what makes a manifest and its consents hold together, and the
// encoding of a request.
#include "mpyc-adapter/agreement.h"

#include <algorithm>

#include "base/codec.h"

namespace jointca::mpyc {
namespace {

Unexpected<Rejection> reject(std::string rule, std::string reason) {
  return {Rejection{std::move(rule), std::move(reason)}};
}

}  // namespace

Result<Agreement, Rejection> open_agreement(std::string_view manifest,
                                            const std::vector<std::string>& consents,
                                            const Digest& authority) {
  auto agreed = parse_manifest(manifest);
  if (!agreed) return reject("session.malformed", agreed.error().text());
  if (agreed->authority != authority)
    return reject("session.authority", "it is another authority's");
  JCA_ASSIGN(auto opened, open_consents(consents, *agreed));
  for (std::size_t i = 0; i < opened.size(); ++i)
    if (!consents[i].starts_with(to_text(to_be_signed(opened[i]))))
      return reject("consents.order", "the consents are not in seat order");
  const Grant grant = grant_of(*agreed, consents);
  return Agreement(*std::move(agreed), std::move(opened), grant);
}

bool is_session_request(BytesView request) {
  return to_text(request.first(std::min(request.size(), session_request_label.size()))) ==
         session_request_label;
}

// u8[27] label; u32 length, manifest; u8 consents, 1 … seats_max, each: u16 length, token
Bytes encode_request(const SessionRequest& request) {
  Writer out;
  out.bytes(as_bytes(session_request_label)).prefixed32(as_bytes(request.manifest));
  out.integer(static_cast<std::uint8_t>(request.consents.size()));
  for (const std::string& token : request.consents) out.text16(token);
  return std::move(out).take();
}

Parsed<SessionRequest> parse_session_request(BytesView request) {
  if (!is_session_request(request)) return malformed("request", "not for a session");
  Reader in(request.subspan(session_request_label.size()));
  SessionRequest out;
  JCA_ASSIGN(const auto manifest, in.prefixed32(manifest_bytes_max));
  out.manifest = to_text(manifest);
  JCA_ASSIGN(const auto count, in.integer<std::uint8_t>(1, seats_max));
  for (unsigned i = 0; i < count; ++i) {
    JCA_ASSIGN(auto token, in.text16(consent_bytes_max));
    out.consents.push_back(std::move(token));
  }
  JCA_TRY(in.finish());
  return out;
}

Result<Agreement, Rejection> open_request(BytesView request, const Digest& authority) {
  const auto parts = parse_session_request(request);
  if (!parts) return reject("session.malformed", parts.error().text());
  return open_agreement(parts->manifest, parts->consents, authority);
}

}  // namespace jointca::mpyc
