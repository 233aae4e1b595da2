// audit/state_fields.h — the fields that a state's JSON is made of.
#pragma once

#include "base/json_fields.h"
#include "base/time.h"
#include "ca/authority.h"

namespace jointca::audit::state {

inline Parsed<Digest> hex(const JsonValue& value) {
  JCA_ASSIGN(const std::string text, value.text(2 * Digest{}.size()));
  const auto bytes = from_hex(text);
  const auto digest = bytes ? to_array<32>(*bytes) : std::nullopt;
  if (!digest) return value.fail("expected 32 bytes in hexadecimal");
  return *digest;
}

inline Parsed<Digest> hex(JsonObject& object, std::string_view name) {
  JCA_ASSIGN(const JsonValue value, object.required(name));
  return hex(value);
}

inline Parsed<std::string> text(JsonObject& object, std::string_view name,
                                std::size_t bytes_max = 4096) {
  JCA_ASSIGN(const JsonValue value, object.required(name));
  return value.text(bytes_max);
}

inline Parsed<std::vector<std::string>> texts(JsonObject& object, std::string_view name) {
  JCA_ASSIGN(const JsonValue value, object.required(name));
  JCA_ASSIGN(const auto values, value.array());
  std::vector<std::string> out;
  for (const JsonValue& one : values) {
    JCA_ASSIGN(out.emplace_back(), one.text());
  }
  return out;
}

inline Parsed<Time> time(JsonObject& object, std::string_view name) {
  JCA_ASSIGN(const JsonValue value, object.required(name));
  JCA_ASSIGN(const std::string text, value.text(32));
  const auto time = time_from_rfc3339(text);
  if (!time) return value.fail(time.error().reason);
  return *time;
}

template <class Integer>
Parsed<Integer> number(JsonObject& object, std::string_view name,
                       Integer max = std::numeric_limits<Integer>::max()) {
  JCA_ASSIGN(const JsonValue value, object.required(name));
  return value.integer<Integer>(0, max);
}

/// The identifier of a party of the authority.
inline Parsed<std::uint16_t> party(const JsonValue& value, const ca::Authority& authority) {
  JCA_ASSIGN(const auto identifier, value.integer<std::uint16_t>());
  if (authority.party(identifier) == nullptr) return value.fail("no such party");
  return identifier;
}

inline Parsed<std::uint16_t> party(JsonObject& object, std::string_view name,
                                   const ca::Authority& authority) {
  JCA_ASSIGN(const JsonValue value, object.required(name));
  return party(value, authority);
}

}  // namespace jointca::audit::state
