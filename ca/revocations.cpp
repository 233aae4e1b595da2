#include "ca/revocations.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "base/json_fields.h"
#include "base/utf8.h"
#include "ca/approve.h"
#include "crypto/hash.h"

namespace jointca::ca {
namespace {

using Json = nlohmann::ordered_json;
constexpr int version = 1;

template <std::size_t size>
Parsed<std::array<std::uint8_t, size>> read_hex(JsonObject& object, std::string_view name) {
  JCA_ASSIGN(const auto value, object.required(name));
  JCA_ASSIGN(const auto text, value.text(2 * size));
  const auto bytes = from_hex(text);
  const auto fixed = bytes ? to_array<size>(*bytes) : std::nullopt;
  if (!fixed) return value.fail("expected " + std::to_string(size) + " bytes in hexadecimal");
  return *fixed;
}

Parsed<Time> read_time(JsonObject& object, std::string_view name) {
  JCA_ASSIGN(const auto value, object.required(name));
  JCA_ASSIGN(const auto text, value.text(32));
  const auto time = time_from_rfc3339(text);
  if (!time) return value.fail(time.error().reason);
  return *time;
}

Parsed<RevokedCertificate> read_certificate(const JsonValue& value) {
  JCA_ASSIGN(auto object, value.object());
  RevokedCertificate certificate;
  JCA_ASSIGN(certificate.fingerprint, read_hex<32>(object, "fingerprint"));
  JCA_ASSIGN(certificate.tbs_sha256, read_hex<32>(object, "tbs_sha256"));
  JCA_ASSIGN(const auto kind, object.required("kind"));
  JCA_ASSIGN(certificate.kind, kind.text(revocation_kind_bytes_max));
  if (certificate.kind.empty() || !is_one_line(certificate.kind)) return kind.fail("not a kind");
  JCA_ASSIGN(certificate.not_after, read_time(object, "not_after"));
  JCA_TRY(object.finish());
  return certificate;
}

}  // namespace

std::string to_json(const Revocations& list) {
  Json revoked = Json::array();
  for (const RevokedCertificate& certificate : list.revoked)
    revoked.push_back({{"fingerprint", to_hex(certificate.fingerprint)},
                       {"tbs_sha256", to_hex(certificate.tbs_sha256)},
                       {"kind", certificate.kind},
                       {"not_after", to_rfc3339(certificate.not_after)}});
  const Json json{{"type", "revocations"},
                  {"version", version},
                  {"authority", to_hex(list.authority)},
                  {"number", list.number},
                  {"this_update", to_rfc3339(list.this_update)},
                  {"next_update", to_rfc3339(list.next_update)},
                  {"revoked", std::move(revoked)}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Parsed<Revocations> parse_revocations(std::string_view text) {
  JCA_ASSIGN(const auto document, JsonValue::parse(text, "revocations", revocations_bytes_max));
  JCA_ASSIGN(auto object, document.object());
  JCA_ASSIGN(const auto type, object.required("type"));
  JCA_ASSIGN(const auto type_text, type.text(32));
  if (type_text != "revocations") return type.fail("not a list of revocations");
  JCA_ASSIGN(const auto stated_version, object.required("version"));
  JCA_TRY(stated_version.integer<int>(version, version));
  Revocations list;
  JCA_ASSIGN(list.authority, read_hex<32>(object, "authority"));
  JCA_ASSIGN(const auto number, object.required("number"));
  JCA_ASSIGN(list.number, number.integer<std::uint64_t>(1, revocations_number_max));
  JCA_ASSIGN(list.this_update, read_time(object, "this_update"));
  JCA_ASSIGN(list.next_update, read_time(object, "next_update"));
  if (list.next_update <= list.this_update)
    return malformed("revocations.next_update", "not after this update");
  JCA_ASSIGN(const auto revoked, object.required("revoked"));
  JCA_ASSIGN(const auto elements, revoked.array(revocations_max));
  for (const JsonValue& element : elements) {
    JCA_ASSIGN(auto certificate, read_certificate(element));
    if (!list.revoked.empty() && certificate.fingerprint <= list.revoked.back().fingerprint)
      return element.fail("fingerprints must ascend");
    list.revoked.push_back(std::move(certificate));
  }
  JCA_TRY(object.finish());
  if (to_json(list) != text) return malformed("revocations", "not in canonical form");
  return list;
}

Bytes revocations_message(std::string_view list) {
  return to_bytes("jointca/revocations/v1 " + to_hex(sha256(as_bytes(list))) + "\n");
}

std::string to_json(const SignedRevocations& document) {
  const Json json{{"list", document.list}, {"signature", to_hex(document.signature)}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Parsed<SignedRevocations> parse_signed_revocations(std::string_view text) {
  JCA_ASSIGN(const auto json, JsonValue::parse(text, "revocations", signed_revocations_bytes_max));
  JCA_ASSIGN(auto object, json.object());
  SignedRevocations document;
  JCA_ASSIGN(const auto list, object.required("list"));
  JCA_ASSIGN(document.list, list.text(revocations_bytes_max));
  JCA_ASSIGN(document.signature, read_hex<64>(object, "signature"));
  JCA_TRY(object.finish());
  if (to_json(document) != text) return malformed("revocations", "not in canonical form");
  return document;
}

Result<Revocations, Error> open_revocations(const SignedRevocations& document,
                                            const Digest& authority, const PublicKey& key) {
  auto list = parse_revocations(document.list);
  if (!list) return failed(Error::Code::verification, list.error().text());
  if (list->authority != authority)
    return failed(Error::Code::verification, "the list of revocations is another authority's");
  if (!verify(key, revocations_message(document.list), document.signature))
    return failed(Error::Code::verification,
                  "the list of revocations is not signed by the parties");
  return *std::move(list);
}

bool is_fresh(const Revocations& list, Time now) {
  return list.this_update - clock_skew_max <= now && now < list.next_update;
}

}  // namespace jointca::ca
