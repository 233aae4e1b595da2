// mpyc-adapter/consent.cpp — encoder and strict parser of consents, and what makes them hold.
#include "mpyc-adapter/consent.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "base/codec.h"
#include "base/text.h"
#include "ca/claims.h"
#include "crypto/ed25519.h"
#include "crypto/jws.h"

namespace jointca::mpyc {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view header = R"({"alg":"EdDSA","typ":"jointca-consent+jwt"})";
constexpr std::string_view seat_key_label = "jointca/session-seat-key/v1";

std::string payload(const Consent& consent) {
  Json json{{"iss", to_hex(consent.identity.bytes)},
            {"seat", consent.seat},
            {"manifest", to_hex(consent.manifest)}};
  if (consent.tls)
    json["tls"] = {{"key", to_hex(consent.tls->key.bytes)}, {"proof", to_hex(consent.tls->proof)}};
  return json.dump();
}

Parsed<SeatKey> read_seat_key(const JsonValue& value) {
  JCA_ASSIGN(auto object, value.object());
  SeatKey key;
  JCA_ASSIGN(key.key.bytes, ca::read_digest(object, "key"));
  JCA_ASSIGN(const auto proof, object.required("proof"));
  JCA_ASSIGN(const auto text, proof.text(2 * key.proof.size()));
  const auto bytes = from_hex(text);
  const auto signature = bytes ? to_array<64>(*bytes) : std::nullopt;
  if (!signature) return proof.fail("expected 64 bytes in hexadecimal");
  key.proof = *signature;
  JCA_TRY(object.finish());
  return key;
}

Parsed<Consent> read_payload(std::string_view text) {
  JCA_ASSIGN(const auto document, JsonValue::parse(text, "consent", consent_bytes_max));
  JCA_ASSIGN(auto object, document.object());
  Consent consent;
  JCA_ASSIGN(consent.identity.bytes, ca::read_digest(object, "iss"));
  JCA_ASSIGN(const auto seat, object.required("seat"));
  JCA_ASSIGN(consent.seat, seat.integer<std::uint16_t>(0, seats_max - 1));
  JCA_ASSIGN(consent.manifest, ca::read_digest(object, "manifest"));
  if (const auto tls = object.optional("tls")) {
    JCA_ASSIGN(consent.tls, read_seat_key(*tls));
  }
  JCA_TRY(object.finish());
  return consent;
}

Unexpected<Rejection> reject(std::string rule, std::string reason) {
  return {Rejection{"consent." + std::move(rule), std::move(reason)}};
}

Result<Ok, Rejection> check_seat_key(const Consent& consent, const Manifest& manifest) {
  if (consent.tls.has_value() != (manifest.channel == Channel::tls))
    return reject("key", consent.tls ? "a seat's key is for the channel tls alone"
                                     : "on the channel tls a seat needs a key");
  if (!consent.tls) return Ok{};
  if (!Point::parse(consent.tls->key.bytes))
    return reject("key", "the seat's key is a point of small order, or none");
  if (!verify(consent.tls->key, seat_key_message(consent), consent.tls->proof))
    return reject("possession", "the seat's key did not sign");
  return Ok{};
}

}  // namespace

Bytes to_be_signed(const Consent& consent) {
  return to_bytes(jws::signing_input(header, payload(consent)));
}

Parsed<Consent> parse_consent(BytesView signed_bytes) {
  if (signed_bytes.size() > consent_bytes_max) return malformed("consent", "too long");
  JCA_ASSIGN(const auto content, jws::parse_signing_input(to_text(signed_bytes)));
  if (content.header != header) return malformed("header", "not a consent's");
  JCA_ASSIGN(auto consent, read_payload(content.payload));
  if (payload(consent) != content.payload) return malformed("consent", "not in canonical form");
  return consent;
}

Bytes seat_key_message(const Consent& consent) {
  Writer out;
  out.bytes(as_bytes(seat_key_label)).integer(std::uint8_t{0}).bytes(consent.manifest);
  out.integer(consent.seat).bytes(consent.identity.bytes);
  return std::move(out).take();
}

std::string consent_to(const Manifest& manifest, const SigningKey& identity,
                       const SigningKey* tls) {
  const auto seat = seat_of(manifest, identity.public_key());
  JCA_ASSERT(seat.has_value());
  Consent consent{identity.public_key(), static_cast<std::uint16_t>(*seat), digest(manifest),
                  std::nullopt};
  if (tls != nullptr) consent.tls = {tls->public_key(), tls->sign(seat_key_message(consent))};
  const Bytes message = to_be_signed(consent);
  return jws::join(to_text(message), identity.sign(message));
}

namespace {

/// `id` is the manifest's digest, for which all of it is written.
Result<Consent, Rejection> open_consent(std::string_view token, const Manifest& manifest,
                                        const Digest& id) {
  const auto compact = jws::parse(token, consent_bytes_max);
  if (!compact) return reject("malformed", compact.error().text());
  auto consent = parse_consent(as_bytes(compact->signing_input));
  if (!consent) return reject("malformed", consent.error().text());
  if (consent->manifest != id) return reject("manifest", "it is for another manifest");
  if (consent->seat >= manifest.seats.size())
    return reject("seat", "the manifest has no such seat");
  const Seat& seat = manifest.seats[consent->seat];
  if (consent->identity != seat.identity)
    return reject("identity", "it is not of " + seat.name + ", whose seat it is");
  if (const auto verified = jws::verify(*compact, seat.identity); !verified)
    return reject("signature", seat.name + " did not sign it");
  JCA_TRY(check_seat_key(*consent, manifest));
  return *std::move(consent);
}

}  // namespace

Result<Consent, Rejection> open_consent(std::string_view token, const Manifest& manifest) {
  return open_consent(token, manifest, digest(manifest));
}

Result<std::vector<Consent>, Rejection> open_consents(const std::vector<std::string>& tokens,
                                                      const Manifest& manifest) {
  const auto rejected = [](std::string rule, std::string reason) {
    return Unexpected{Rejection{"consents." + std::move(rule), std::move(reason)}};
  };
  if (tokens.size() > seats_max) return rejected("twice", "more consents than there can be seats");
  const Digest id = digest(manifest);
  std::vector<std::optional<Consent>> by_seat(manifest.seats.size());
  for (const std::string& token : tokens) {
    JCA_ASSIGN(auto consent, open_consent(token, manifest, id));
    for (const auto& other : by_seat)
      if (other && consent.tls && other->seat != consent.seat &&
          other->tls->key == consent.tls->key)
        return rejected("key", "two seats have one key");
    auto& place = by_seat[consent.seat];
    if (place) return rejected("twice", "two consents of " + manifest.seats[consent.seat].name);
    place = consent;
  }
  std::vector<Consent> consents;
  std::vector<std::string> absent;
  for (std::size_t i = 0; i < by_seat.size(); ++i) {
    if (by_seat[i])
      consents.push_back(*by_seat[i]);
    else
      absent.push_back(manifest.seats[i].name);
  }
  if (!absent.empty()) return rejected("missing", "no consent of " + join(absent));
  return consents;
}

}  // namespace jointca::mpyc
