// mpyc-adapter/session.cpp — the file of a granted session, and what makes it hold.
#include "mpyc-adapter/session.h"

#include <nlohmann/json.hpp>

#include "base/json_fields.h"
#include "ca/claims.h"

namespace jointca::mpyc {
namespace {

using Json = nlohmann::ordered_json;

constexpr int version = 1;
constexpr std::string_view type = "mpyc-session-grant";
constexpr std::size_t certificate_text_max = 2 * x509::certificate_bytes_max;

Unexpected<Rejection> reject(std::string rule, std::string reason) {
  return {Rejection{"session." + std::move(rule), std::move(reason)}};
}

Parsed<std::vector<std::string>> read_texts(JsonObject& object, std::string_view name,
                                            std::size_t count_max, std::size_t bytes_max) {
  JCA_ASSIGN(const auto value, object.required(name));
  JCA_ASSIGN(const auto elements, value.array(count_max));
  std::vector<std::string> texts;
  for (const JsonValue& element : elements) {
    JCA_ASSIGN(auto text, element.text(bytes_max));
    texts.push_back(std::move(text));
  }
  return texts;
}

using Certificates = std::vector<x509::Certificate>;

Result<Certificates, Rejection> open_certificates(const std::vector<std::string>& texts,
                                                  const std::vector<x509::Details>& expected,
                                                  const PublicKey& key) {
  if (texts.size() != expected.size())
    return reject("certificates", "expected " + std::to_string(expected.size()) + ", there are " +
                                      std::to_string(texts.size()));
  Certificates certificates;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    auto read = x509::parse_certificates(texts[i]);
    if (!read) return reject("certificates", read.error().text());
    if (read->size() != 1 || read->front().details() != expected[i])
      return reject("certificates", "not that of " + expected[i].name);
    if (!verify(key, read->front().to_be_signed(), read->front().signature()))
      return reject("signature", "the parties did not sign that of " + expected[i].name);
    certificates.push_back(std::move(read->front()));
  }
  return certificates;
}

}  // namespace

std::string to_json(const SessionFile& file) {
  const Json json{{"type", type},
                  {"version", version},
                  {"manifest", file.manifest},
                  {"consents", file.consents},
                  {"grant", file.grant},
                  {"certificates", file.certificates}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Parsed<SessionFile> parse_session_file(std::string_view text) {
  JCA_ASSIGN(const auto document, JsonValue::parse(text, "session", session_bytes_max));
  JCA_ASSIGN(auto object, document.object());
  JCA_ASSIGN(const auto stated_type, ca::read_text(object, "type", type.size()));
  if (stated_type != type) return malformed("session.type", "not a granted session");
  JCA_ASSIGN(const auto stated_version, object.required("version"));
  JCA_TRY(stated_version.integer<int>(version, version));
  SessionFile file;
  JCA_ASSIGN(file.manifest, ca::read_text(object, "manifest", manifest_bytes_max));
  JCA_ASSIGN(file.consents, read_texts(object, "consents", seats_max, consent_bytes_max));
  JCA_ASSIGN(file.grant, ca::read_text(object, "grant", grant_bytes_max));
  JCA_ASSIGN(file.certificates,
             read_texts(object, "certificates", seats_max + 1, certificate_text_max));
  JCA_TRY(object.finish());
  if (to_json(file) != text) return malformed("session", "not in canonical form");
  return file;
}

Result<Session, Rejection> open_session(std::string_view text, const Digest& authority,
                                        const SessionKeys& keys) {
  const auto file = parse_session_file(text);
  if (!file) return reject("malformed", file.error().text());
  JCA_ASSIGN(auto agreement, open_agreement(file->manifest, file->consents, authority));
  JCA_TRY(verify_grant(file->grant, agreement.grant(), keys.grants));
  JCA_ASSIGN(auto certificates,
             open_certificates(
                 file->certificates,
                 session_certificates(agreement.manifest(), agreement.consents(), keys.seats),
                 keys.seats));
  return Session(std::move(agreement), std::move(certificates));
}

}  // namespace jointca::mpyc
