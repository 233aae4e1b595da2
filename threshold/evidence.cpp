#include "threshold/evidence.h"

#include <nlohmann/json.hpp>

#include "base/json_fields.h"

namespace jointca {
namespace {

constexpr std::string_view type_name = "jointca/evidence/v1";
constexpr std::size_t check_bytes_max = 128;
constexpr std::size_t exhibits_max = 2 * parties_max;
constexpr std::size_t inputs_max = 8;

Unexpected<Error> not_proven(const std::string& why) {
  return failed(Error::Code::verification, "the evidence does not convict: " + why);
}

bool belongs(const Header& header, const Evidence& evidence) {
  return header.authority == evidence.authority && header.session == evidence.session &&
         header.from == evidence.culprit.value();
}

}  // namespace

Result<Ok, Error> verify_evidence(const Evidence& evidence, const EvidenceContext& context,
                                  const EvidenceChecks& checks) {
  const auto check = checks.find(evidence.check);
  if (check == checks.end()) return failed("unknown check \"" + evidence.check + "\"");
  const auto identity = context.roster.find(evidence.culprit);
  if (identity == context.roster.end()) return not_proven("the culprit is not a party");
  if (evidence.authority != context.authority) return not_proven("it is of another authority");
  for (const Envelope& envelope : evidence.envelopes)
    if (!belongs(envelope.header, evidence) || !verify(envelope, identity->second))
      return not_proven("a message is not signed by the culprit in this session");
  for (const SignedHeader& header : evidence.headers)
    if (!belongs(header.header, evidence) || !verify(header, identity->second))
      return not_proven("a header is not signed by the culprit in this session");
  return check->second(evidence, context);
}

std::optional<Evidence> make_evidence(const Fault& fault, const Digest& authority,
                                      const Digest& session, const std::vector<Envelope>& messages,
                                      std::map<std::string, Bytes> inputs) {
  if (fault.standing != Fault::Standing::proven) return std::nullopt;
  Evidence evidence{authority, session, fault.culprit, fault.check, {}, {}, std::move(inputs)};
  for (const Exhibit& exhibit : fault.exhibits) {
    const auto in_round = [&](const Envelope& message) {
      return belongs(message.header, evidence) && message.header.round == exhibit.round;
    };
    auto found = std::find_if(messages.begin(), messages.end(), [&](const Envelope& message) {
      return in_round(message) &&
             (message.header.to == 0) == (exhibit.kind == Exhibit::Kind::to_all);
    });
    // Issuance sends to its coordinator alone what a round has for all.
    if (found == messages.end() && exhibit.kind == Exhibit::Kind::to_all)
      found = std::find_if(messages.begin(), messages.end(), in_round);
    if (found == messages.end()) return std::nullopt;
    evidence.envelopes.push_back(*found);
  }
  for (const SignedHeader& header : fault.headers) {
    if (!belongs(header.header, evidence)) return std::nullopt;
    evidence.headers.push_back(header);
  }
  return evidence;
}

// The exhibits' authority, session and sender are those of the whole, so they are written once.
std::string to_json(const Evidence& evidence) {
  using Json = nlohmann::ordered_json;
  Json envelopes = Json::array(), headers = Json::array(), inputs = Json::object();
  for (const Envelope& envelope : evidence.envelopes) {
    JCA_ASSERT(belongs(envelope.header, evidence));
    envelopes.push_back(Json{{"round", envelope.header.round},
                             {"to", envelope.header.to},
                             {"payload", to_base64(envelope.payload)},
                             {"signature", to_hex(envelope.signature)}});
  }
  for (const SignedHeader& header : evidence.headers) {
    JCA_ASSERT(belongs(header.header, evidence));
    headers.push_back(Json{{"round", header.header.round},
                           {"to", header.header.to},
                           {"payload_sha256", to_hex(header.payload_digest)},
                           {"signature", to_hex(header.signature)}});
  }
  for (const auto& [name, value] : evidence.inputs) inputs[name] = to_base64(value);
  const Json document{{"type", type_name},
                      {"authority", to_hex(evidence.authority)},
                      {"session", to_hex(evidence.session)},
                      {"culprit", evidence.culprit.value()},
                      {"check", evidence.check},
                      {"envelopes", envelopes},
                      {"headers", headers},
                      {"inputs", inputs}};
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

namespace {

template <std::size_t size>
Parsed<std::array<std::uint8_t, size>> read_hex(JsonObject& object, std::string_view name) {
  JCA_ASSIGN(const JsonValue value, object.required(name));
  JCA_ASSIGN(const std::string text, value.text(2 * size));
  const auto bytes = from_hex(text);
  if (!bytes || bytes->size() != size)
    return value.fail("expected " + std::to_string(size) + " bytes in hexadecimal");
  return *to_array<size>(*bytes);
}

Parsed<Bytes> read_base64(const JsonValue& value) {
  JCA_ASSIGN(const std::string text, value.text(evidence_bytes_max));
  auto bytes = from_base64(text);
  if (!bytes) return value.fail("expected base64");
  return *std::move(bytes);
}

/// The fields "round" and "to"; the rest of the header is that of the evidence.
Parsed<Header> read_address(JsonObject& object, const Evidence& evidence) {
  Header header{evidence.authority, evidence.session, 0, evidence.culprit.value(), 0};
  JCA_ASSIGN(const JsonValue round, object.required("round"));
  JCA_ASSIGN(header.round, round.integer<std::uint16_t>());
  JCA_ASSIGN(const JsonValue to, object.required("to"));
  JCA_ASSIGN(header.to, to.integer<std::uint16_t>(0, parties_max));
  return header;
}

Parsed<Envelope> read_envelope(const JsonValue& value, const Evidence& evidence) {
  JCA_ASSIGN(JsonObject object, value.object());
  Envelope envelope;
  JCA_ASSIGN(envelope.header, read_address(object, evidence));
  JCA_ASSIGN(const JsonValue payload, object.required("payload"));
  JCA_ASSIGN(envelope.payload, read_base64(payload));
  if (envelope.payload.size() > payload_bytes_max) return payload.fail("too long");
  JCA_ASSIGN(envelope.signature, read_hex<64>(object, "signature"));
  JCA_TRY(object.finish());
  return envelope;
}

Parsed<SignedHeader> read_signed_header(const JsonValue& value, const Evidence& evidence) {
  JCA_ASSIGN(JsonObject object, value.object());
  SignedHeader header;
  JCA_ASSIGN(header.header, read_address(object, evidence));
  JCA_ASSIGN(header.payload_digest, read_hex<32>(object, "payload_sha256"));
  JCA_ASSIGN(header.signature, read_hex<64>(object, "signature"));
  JCA_TRY(object.finish());
  return header;
}

Parsed<Evidence> read_evidence(JsonObject& object) {
  Evidence evidence;
  JCA_ASSIGN(const JsonValue type, object.required("type"));
  JCA_ASSIGN(const std::string type_text, type.text());
  if (type_text != type_name) return type.fail("expected \"" + std::string(type_name) + "\"");
  JCA_ASSIGN(evidence.authority, read_hex<32>(object, "authority"));
  JCA_ASSIGN(evidence.session, read_hex<32>(object, "session"));
  JCA_ASSIGN(const JsonValue culprit, object.required("culprit"));
  JCA_ASSIGN(const auto identifier, culprit.integer<std::uint16_t>(1, parties_max));
  evidence.culprit = Identifier(identifier);
  JCA_ASSIGN(const JsonValue check, object.required("check"));
  JCA_ASSIGN(evidence.check, check.text(check_bytes_max));

  JCA_ASSIGN(const JsonValue envelopes, object.required("envelopes"));
  JCA_ASSIGN(const auto envelope_values, envelopes.array(exhibits_max));
  for (const JsonValue& value : envelope_values) {
    JCA_ASSIGN(Envelope envelope, read_envelope(value, evidence));
    evidence.envelopes.push_back(std::move(envelope));
  }
  JCA_ASSIGN(const JsonValue headers, object.required("headers"));
  JCA_ASSIGN(const auto header_values, headers.array(exhibits_max));
  for (const JsonValue& value : header_values) {
    JCA_ASSIGN(const SignedHeader header, read_signed_header(value, evidence));
    evidence.headers.push_back(header);
  }
  JCA_ASSIGN(const JsonValue inputs, object.required("inputs"));
  JCA_ASSIGN(JsonObject input_object, inputs.object());
  const auto names = input_object.names();
  if (names.size() > inputs_max) return inputs.fail("too many");
  for (const std::string& name : names) {
    JCA_ASSIGN(const JsonValue value, input_object.required(name));
    JCA_ASSIGN(Bytes bytes, read_base64(value));
    evidence.inputs.emplace(name, std::move(bytes));
  }
  JCA_TRY(object.finish());
  return evidence;
}

}  // namespace

Parsed<Evidence> parse_evidence(std::string_view text) {
  JCA_ASSIGN(const JsonValue document, JsonValue::parse(text, "evidence", evidence_bytes_max));
  JCA_ASSIGN(JsonObject object, document.object());
  JCA_ASSIGN(Evidence evidence, read_evidence(object));
  if (to_json(evidence) != text) return document.fail("not in its canonical form");
  return evidence;
}

}  // namespace jointca
