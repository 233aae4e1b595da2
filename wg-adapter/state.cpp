#include "wg-adapter/state.h"

#include <nlohmann/json.hpp>

#include "base/json_fields.h"
#include "ca/claims.h"

namespace jointca::wireguard {
namespace {

using Json = nlohmann::ordered_json;

constexpr int version = 1;
constexpr std::size_t addresses_max = 64;
constexpr std::size_t warnings_max = 16;
constexpr std::size_t text_bytes_max = 4096;

Json json_of(const Applied& applied) {
  Json left_out = Json::array();
  for (const LeftOut& one : applied.left_out)
    left_out.push_back({{"name", one.name},
                        {"fingerprint", one.fingerprint},
                        {"rule", one.rule},
                        {"reason", one.reason}});
  const bool changes = applied.next_change != Time::max();
  return {{"input", to_hex(applied.input)},
          {"device", to_hex(applied.device)},
          {"at", unix_seconds(applied.at)},
          {"next_change", changes ? Json(unix_seconds(applied.next_change)) : Json()},
          {"own_problem", applied.own_problem},
          {"warnings", applied.warnings},
          {"left_out", std::move(left_out)}};
}

Parsed<std::string> read_text(JsonObject& object, std::string_view name) {
  return ca::read_text(object, name, text_bytes_max);
}

Parsed<bool> read_boolean(JsonObject& object, std::string_view name) {
  JCA_ASSIGN(const auto value, object.required(name));
  return value.boolean();
}

Parsed<std::optional<Applied>> read_applied(const JsonValue& value) {
  if (value.is_null()) return std::optional<Applied>();
  JCA_ASSIGN(auto object, value.object());
  Applied applied;
  JCA_ASSIGN(applied.input, ca::read_digest(object, "input"));
  JCA_ASSIGN(applied.device, ca::read_digest(object, "device"));
  JCA_ASSIGN(const auto at, object.required("at"));
  JCA_ASSIGN(const auto at_seconds, at.integer<std::int64_t>());
  applied.at = time_from_unix(at_seconds);
  JCA_ASSIGN(const auto next, object.required("next_change"));
  if (!next.is_null()) {
    JCA_ASSIGN(const auto seconds, next.integer<std::int64_t>());
    applied.next_change = time_from_unix(seconds);
  }
  JCA_ASSIGN(applied.own_problem, read_text(object, "own_problem"));
  JCA_ASSIGN(const auto warnings, object.required("warnings"));
  JCA_ASSIGN(const auto sentences, warnings.array(warnings_max));
  for (const JsonValue& sentence : sentences) {
    JCA_ASSIGN(auto warning, sentence.text());
    applied.warnings.push_back(std::move(warning));
  }
  JCA_ASSIGN(const auto left_out, object.required("left_out"));
  JCA_ASSIGN(const auto elements, left_out.array(device_peers_max));
  for (const JsonValue& element : elements) {
    JCA_ASSIGN(auto one, element.object());
    LeftOut out;
    JCA_ASSIGN(out.name, read_text(one, "name"));
    JCA_ASSIGN(out.fingerprint, read_text(one, "fingerprint"));
    JCA_ASSIGN(out.rule, read_text(one, "rule"));
    JCA_ASSIGN(out.reason, read_text(one, "reason"));
    JCA_TRY(one.finish());
    applied.left_out.push_back(std::move(out));
  }
  JCA_TRY(object.finish());
  return std::optional(std::move(applied));
}

Parsed<OwnedPeers> read_owned(const JsonValue& value) {
  JCA_ASSIGN(auto object, value.object());
  const auto names = object.names();
  if (names.size() > device_peers_max) return value.fail("too many peers");
  OwnedPeers owned;
  for (const std::string& name : names) {
    const auto bytes = from_base64(name);
    const auto key = bytes ? to_array<32>(*bytes) : std::nullopt;
    if (!key) return value.fail("expected keys in base64");
    JCA_ASSIGN(owned[*key], read_text(object, name));
  }
  return owned;
}

}  // namespace

std::string to_json(const InterfaceState& state) {
  Json addresses = Json::array();
  for (const ca::Prefix& address : state.addresses) addresses.push_back(address.text());
  Json owned = Json::object();
  for (const auto& [key, endpoint] : state.owned) owned[to_base64(key)] = endpoint;
  const Json json{{"type", "wireguard-interface"},
                  {"version", version},
                  {"interface", state.interface},
                  {"index", state.incarnation.index},
                  {"boot", state.incarnation.boot},
                  {"made_by", state.made_by},
                  {"addresses", std::move(addresses)},
                  {"up", state.up},
                  {"key", state.key},
                  {"port_before", state.port_before ? Json(*state.port_before) : Json()},
                  {"owned", std::move(owned)},
                  {"revocations_number", state.revocations_number},
                  {"applied", state.applied ? json_of(*state.applied) : Json()}};
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Parsed<InterfaceState> state_from_json(std::string_view text) {
  JCA_ASSIGN(const auto document, JsonValue::parse(text, "state", state_bytes_max));
  JCA_ASSIGN(auto object, document.object());
  JCA_ASSIGN(const auto type, read_text(object, "type"));
  if (type != "wireguard-interface") return malformed("state.type", "not a WireGuard interface's");
  JCA_ASSIGN(const auto stated_version, object.required("version"));
  JCA_TRY(stated_version.integer<int>(version, version));
  InterfaceState state;
  JCA_ASSIGN(state.interface, read_text(object, "interface"));
  JCA_ASSIGN(const auto index, object.required("index"));
  JCA_ASSIGN(state.incarnation.index, index.integer<unsigned>());
  JCA_ASSIGN(state.incarnation.boot, read_text(object, "boot"));
  JCA_ASSIGN(state.made_by, read_text(object, "made_by"));
  JCA_ASSIGN(const auto addresses, object.required("addresses"));
  JCA_ASSIGN(const auto elements, addresses.array(addresses_max));
  for (const JsonValue& element : elements) {
    JCA_ASSIGN(const auto address_text, element.text());
    const auto address = ca::Prefix::parse(address_text);
    if (!address) return element.fail(address.error().reason);
    state.addresses.push_back(*address);
  }
  JCA_ASSIGN(state.up, read_boolean(object, "up"));
  JCA_ASSIGN(state.key, read_boolean(object, "key"));
  JCA_ASSIGN(const auto port, object.required("port_before"));
  if (!port.is_null()) {
    JCA_ASSIGN(state.port_before, port.integer<std::uint16_t>());
  }
  JCA_ASSIGN(const auto owned, object.required("owned"));
  JCA_ASSIGN(state.owned, read_owned(owned));
  JCA_ASSIGN(const auto number, object.required("revocations_number"));
  JCA_ASSIGN(state.revocations_number, number.integer<std::uint64_t>());
  JCA_ASSIGN(const auto applied, object.required("applied"));
  JCA_ASSIGN(state.applied, read_applied(applied));
  JCA_TRY(object.finish());
  return state;
}

}  // namespace jointca::wireguard
