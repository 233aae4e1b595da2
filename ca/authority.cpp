#include "ca/authority.h"

#include <nlohmann/json.hpp>

#include "base/json_fields.h"

namespace jointca::ca {
namespace {

using Json = nlohmann::ordered_json;
constexpr std::string_view card_label = "jointca/party-card/v1";
constexpr std::size_t name_bytes_max = 253;
constexpr std::size_t vkey_bytes_max = 512;
constexpr std::size_t endpoint_bytes_max = 300;
constexpr std::size_t pem_bytes_max = 8192;

template <std::size_t size>
Parsed<std::array<std::uint8_t, size>> hex_field(JsonObject& object, std::string_view name) {
  JCA_ASSIGN(const auto value, object.required(name));
  JCA_ASSIGN(const auto text, value.text(size * 2));
  const auto bytes = from_hex(text);
  if (!bytes || bytes->size() != size)
    return value.fail("expected " + std::to_string(size * 2) + " lower-case hexadecimal digits");
  return *to_array<size>(*bytes);
}

Parsed<std::string> text_field(JsonObject& object, std::string_view name, std::size_t max) {
  JCA_ASSIGN(const auto value, object.required(name));
  return value.text(max);
}

Parsed<std::vector<std::string>> text_list(JsonObject& object, std::string_view name,
                                           std::size_t count_max, std::size_t bytes_max) {
  JCA_ASSIGN(const auto value, object.required(name));
  JCA_ASSIGN(const auto elements, value.array(count_max));
  std::vector<std::string> out;
  for (const auto& element : elements) {
    JCA_ASSIGN(auto text, element.text(bytes_max));
    out.push_back(std::move(text));
  }
  return out;
}

Bytes signed_card(const PartyCard& card) {
  Writer out;
  out.text16(card_label);
  encode(card, out);
  return std::move(out).take();
}

Json card_fields(const PartyCard& card) {
  return {{"name", card.name},         {"identity_key", to_hex(card.identity.bytes)},
          {"log_vkey", card.log_vkey}, {"cosigner_vkey", card.cosigner_vkey},
          {"peer", card.peer},         {"api", card.api}};
}

Parsed<PartyCard> parse_card_fields(JsonObject& object) {
  PartyCard card;
  JCA_ASSIGN(const auto name, object.required("name"));
  JCA_ASSIGN(card.name, name.text(name_bytes_max));
  if (!is_party_name(card.name)) return name.fail("expected 1 to 63 of a-z, 0-9 and '-'");
  JCA_ASSIGN(card.identity.bytes, hex_field<32>(object, "identity_key"));
  JCA_ASSIGN(card.log_vkey, text_field(object, "log_vkey", vkey_bytes_max));
  JCA_ASSIGN(card.cosigner_vkey, text_field(object, "cosigner_vkey", vkey_bytes_max));
  JCA_TRY(log_keys(card));
  JCA_ASSIGN(card.peer, text_field(object, "peer", endpoint_bytes_max));
  JCA_ASSIGN(card.api, text_field(object, "api", endpoint_bytes_max));
  return card;
}

/// A key or the point of a share, in the length of its scheme.
Parsed<Bytes> point_field(JsonObject& object, std::string_view name, std::string_view scheme) {
  const std::size_t size = scheme == p256_scheme ? 33 : 32;
  JCA_ASSIGN(const auto value, object.required(name));
  JCA_ASSIGN(const auto text, value.text(2 * size));
  const auto bytes = from_hex(text);
  if (!bytes || bytes->size() != size)
    return value.fail("expected " + std::to_string(2 * size) + " lower-case hexadecimal digits");
  if (const auto key = parse_joint_public_key(*bytes); !key) return value.fail(key.error().reason);
  return *bytes;
}

Parsed<Party> parse_party(const JsonValue& value, std::size_t position, std::string_view scheme) {
  JCA_ASSIGN(auto object, value.object());
  Party party;
  JCA_ASSIGN(const auto identifier, object.required("identifier"));
  JCA_ASSIGN(party.identifier, identifier.integer<std::uint16_t>());
  if (party.identifier != position + 1) return identifier.fail("not in identifier order");
  JCA_ASSIGN(party.card, parse_card_fields(object));
  JCA_ASSIGN(party.verifying_share, point_field(object, "verifying_share", scheme));
  if (scheme == p256_scheme) {
    JCA_ASSIGN(party.aux, hex_field<32>(object, "aux_info"));
  }
  JCA_TRY(object.finish());
  return party;
}

Parsed<Ceremony> parse_ceremony(const JsonValue& value, std::size_t parties) {
  JCA_ASSIGN(auto object, value.object());
  Ceremony ceremony;
  JCA_ASSIGN(ceremony.session, hex_field<32>(object, "session"));
  JCA_ASSIGN(ceremony.transcript, hex_field<32>(object, "transcript"));
  JCA_ASSIGN(const auto list, object.required("signatures"));
  JCA_ASSIGN(const auto signatures, list.array(parties_max));
  if (signatures.size() != parties) return list.fail("expected one signature per party");
  for (const auto& element : signatures) {
    JCA_ASSIGN(const auto text, element.text(128));
    const auto bytes = from_hex(text);
    const auto signature = bytes ? to_array<64>(*bytes) : std::nullopt;
    if (!signature) return element.fail("expected 128 lower-case hexadecimal digits");
    ceremony.signatures.push_back(*signature);
  }
  JCA_TRY(object.finish());
  return ceremony;
}

Parsed<Ok> parse_networks(JsonObject& object, Authority& authority) {
  JCA_ASSIGN(const auto value, object.required("networks"));
  JCA_ASSIGN(const auto elements, value.array(networks_max));
  if (elements.empty()) return value.fail("expected at least one network");
  for (const auto& element : elements) {
    JCA_ASSIGN(const auto text, element.text(64));
    const auto prefix = Prefix::parse(text);
    if (!prefix || prefix->masked() != *prefix || prefix->text() != text)
      return element.fail("expected a network like 10.42.0.0/16");
    authority.networks.push_back(*prefix);
  }
  return Ok{};
}

Parsed<Ok> parse_parties(JsonObject& object, Authority& authority) {
  JCA_ASSIGN(const auto value, object.required("parties"));
  JCA_ASSIGN(const auto elements, value.array(parties_max));
  if (elements.size() < 2 || authority.min_signers > elements.size())
    return value.fail("fewer parties than min_signers");
  for (const auto& element : elements) {
    JCA_ASSIGN(auto party, parse_party(element, authority.parties.size(), authority.scheme));
    authority.parties.push_back(std::move(party));
  }
  return Ok{};
}

}  // namespace

Parsed<LogKeys> log_keys(const PartyCard& card) {
  JCA_ASSIGN(auto log_key, log::NoteVerifier::parse(card.log_vkey));
  if (log_key.type != log::NoteKeyType::ed25519)
    return malformed("log_vkey", "another type of key");
  JCA_ASSIGN(auto cosigner, log::NoteVerifier::parse(card.cosigner_vkey));
  if (cosigner.type != log::NoteKeyType::cosignature)
    return malformed("cosigner_vkey", "another type of key");
  if (cosigner.key == log_key.key) return malformed("cosigner_vkey", "the key of the log");
  return LogKeys{std::move(log_key), std::move(cosigner)};
}

void encode(const PartyCard& card, Writer& out) {
  out.text16(card.name).bytes(card.identity.bytes);
  out.text16(card.log_vkey).text16(card.cosigner_vkey).text16(card.peer).text16(card.api);
}

Parsed<PartyCard> read_card(Reader& in) {
  PartyCard card;
  JCA_ASSIGN(card.name, in.text16(63));
  JCA_ASSIGN(card.identity.bytes, in.array<32>());
  JCA_ASSIGN(card.log_vkey, in.text16(vkey_bytes_max));
  JCA_ASSIGN(card.cosigner_vkey, in.text16(vkey_bytes_max));
  JCA_ASSIGN(card.peer, in.text16(endpoint_bytes_max));
  JCA_ASSIGN(card.api, in.text16(endpoint_bytes_max));
  return card;
}

bool is_party_name(std::string_view name) {
  return !name.empty() && name.size() <= 63 && name[0] != '-' &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
         });
}

const Party* Authority::party(const PublicKey& identity) const {
  for (const Party& candidate : parties)
    if (candidate.card.identity == identity) return &candidate;
  return nullptr;
}

const Party* Authority::party(std::uint16_t identifier) const {
  if (identifier == 0 || identifier > parties.size()) return nullptr;
  return &parties[identifier - 1U];
}

Bytes certified_content(const Authority& authority) {
  Writer out;
  out.text16("jointca/authority/v1").text16(authority.name).text16(authority.scheme);
  out.bytes(key_bytes(authority.group_public_key)).integer(authority.min_signers);
  out.integer(authority.epoch);
  out.integer(static_cast<std::uint16_t>(authority.networks.size()));
  for (const Prefix& prefix : authority.networks) out.text16(prefix.text());
  out.integer(static_cast<std::uint16_t>(authority.groups.size()));
  for (const std::string& group : authority.groups) out.text16(group);
  out.integer(static_cast<std::uint16_t>(authority.ca_certificates.size()));
  for (const std::string& pem : authority.ca_certificates) out.text16(pem);
  out.integer(static_cast<std::uint16_t>(authority.parties.size()));
  for (const Party& party : authority.parties) {
    out.integer(party.identifier);
    encode(party.card, out);
    out.bytes(party.verifying_share);
  }
  return std::move(out).take();
}

std::string to_json(const Authority& authority) {
  Json networks = Json::array(), parties = Json::array(), signatures = Json::array();
  for (const Prefix& prefix : authority.networks) networks.push_back(prefix.text());
  for (const Party& party : authority.parties) {
    Json fields{{"identifier", party.identifier}};
    fields.update(card_fields(party.card));
    fields["verifying_share"] = to_hex(party.verifying_share);
    if (party.aux) fields["aux_info"] = to_hex(*party.aux);
    parties.push_back(std::move(fields));
  }
  for (const auto& signature : authority.ceremony.signatures)
    signatures.push_back(to_hex(signature));
  const Json document{{"format", "jointca-authority/1"},
                      {"id", to_hex(authority.id)},
                      {"name", authority.name},
                      {"scheme", authority.scheme},
                      {"group_public_key", to_hex(key_bytes(authority.group_public_key))},
                      {"min_signers", authority.min_signers},
                      {"epoch", authority.epoch},
                      {"networks", std::move(networks)},
                      {"groups", authority.groups},
                      {"ca_certificates", authority.ca_certificates},
                      {"parties", std::move(parties)},
                      {"ceremony",
                       {{"session", to_hex(authority.ceremony.session)},
                        {"transcript", to_hex(authority.ceremony.transcript)},
                        {"signatures", std::move(signatures)}}}};
  return document.dump(2) + "\n";
}

Parsed<Authority> authority_from_json(std::string_view text) {
  JCA_ASSIGN(const auto document, JsonValue::parse(text, "authority", authority_bytes_max));
  JCA_ASSIGN(auto object, document.object());
  JCA_ASSIGN(const auto format, object.required("format"));
  JCA_ASSIGN(const auto format_name, format.text());
  if (format_name != "jointca-authority/1") return format.fail("unknown format");

  Authority out;
  JCA_ASSIGN(out.id, hex_field<32>(object, "id"));
  JCA_ASSIGN(out.name, text_field(object, "name", name_bytes_max));
  JCA_ASSIGN(const auto scheme, object.required("scheme"));
  JCA_ASSIGN(out.scheme, scheme.text(16));
  if (out.scheme != ed25519_scheme && out.scheme != p256_scheme)
    return scheme.fail("unknown scheme");
  JCA_ASSIGN(const Bytes group_key, point_field(object, "group_public_key", out.scheme));
  JCA_ASSIGN(out.group_public_key, parse_joint_public_key(group_key));
  JCA_ASSIGN(const auto min_signers, object.required("min_signers"));
  JCA_ASSIGN(out.min_signers, min_signers.integer<std::uint16_t>(2, parties_max));
  JCA_ASSIGN(const auto epoch, object.required("epoch"));
  JCA_ASSIGN(out.epoch, epoch.integer<std::uint32_t>(1));
  JCA_TRY(parse_networks(object, out));
  JCA_ASSIGN(out.groups, text_list(object, "groups", groups_max, name_bytes_max));
  JCA_ASSIGN(out.ca_certificates,
             text_list(object, "ca_certificates", ca_certificates_max, pem_bytes_max));
  JCA_TRY(parse_parties(object, out));
  JCA_ASSIGN(const auto ceremony, object.required("ceremony"));
  JCA_ASSIGN(out.ceremony, parse_ceremony(ceremony, out.parties.size()));
  JCA_TRY(object.finish());
  return out;
}

std::string to_json(const PartyCard& card, const SigningKey& identity) {
  Json document{{"format", "jointca-party/1"}};
  document.update(card_fields(card));
  document["signature"] = to_hex(identity.sign(signed_card(card)));
  return document.dump(2) + "\n";
}

Parsed<PartyCard> card_from_json(std::string_view text) {
  JCA_ASSIGN(const auto document, JsonValue::parse(text, "party", 16 * 1024));
  JCA_ASSIGN(auto object, document.object());
  JCA_ASSIGN(const auto format, object.required("format"));
  JCA_ASSIGN(const auto format_name, format.text());
  if (format_name != "jointca-party/1") return format.fail("unknown format");
  JCA_ASSIGN(auto card, parse_card_fields(object));
  JCA_ASSIGN(const auto signature, hex_field<64>(object, "signature"));
  JCA_TRY(object.finish());
  if (!verify(card.identity, signed_card(card), signature))
    return malformed("party.signature", "does not verify under identity_key");
  return card;
}

}  // namespace jointca::ca
