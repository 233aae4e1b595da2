// nebula-adapter/install_state.cpp — state.json: what is remembered beside a set.
#include <nlohmann/json.hpp>

#include "base/json_fields.h"
#include "ca/claims.h"
#include "nebula-adapter/install_dir.h"

namespace jointca::nebula {
namespace {

constexpr std::size_t state_bytes_max = 4096;
/// There are fewer reasons than that.
constexpr std::size_t reasons_max = 16, reason_bytes_max = 200;
/// The largest integer that every reader of JSON has.
constexpr std::uint64_t number_max = (std::uint64_t{1} << 53) - 1;

/// Before there was this field, lighthouses were asked at their IPv4 addresses.
Parsed<Asks> read_asks(JsonObject& object) {
  const auto field = object.optional("asks");
  if (!field) return Asks::ipv4;
  JCA_ASSIGN(const auto number, field->integer<std::uint8_t>(0, 6));
  for (const Asks each : {Asks::nobody, Asks::ipv4, Asks::ipv6})
    if (number == static_cast<std::uint8_t>(each)) return each;
  return malformed("state.asks", "expected 0, 4 or 6");
}

/// Files of before have no such field.
Parsed<std::optional<OwedRestart>> read_restart(JsonObject& object) {
  const auto field = object.optional("restart");
  if (!field || field->is_null()) return std::optional<OwedRestart>{};
  JCA_ASSIGN(auto restart, field->object());
  OwedRestart out;
  JCA_ASSIGN(const auto pid, restart.required("pid"));
  JCA_ASSIGN(out.process.pid, pid.integer<int>(1));
  JCA_ASSIGN(const auto began, restart.required("began"));
  JCA_ASSIGN(out.process.began, began.integer<std::uint64_t>(0, number_max));
  JCA_ASSIGN(const auto boot, restart.required("boot"));
  JCA_ASSIGN(out.process.boot, boot.text(64));
  JCA_ASSIGN(const auto reasons, restart.required("reasons"));
  JCA_ASSIGN(const auto elements, reasons.array(reasons_max));
  for (const JsonValue& element : elements) {
    JCA_ASSIGN(std::string reason, element.text(reason_bytes_max));
    out.reasons.push_back(std::move(reason));
  }
  JCA_TRY(restart.finish());
  return std::optional<OwedRestart>(std::move(out));
}

nlohmann::ordered_json restart_json(const std::optional<OwedRestart>& restart) {
  if (!restart) return nullptr;
  return {{"pid", restart->process.pid},
          {"began", restart->process.began},
          {"boot", restart->process.boot},
          {"reasons", restart->reasons}};
}

}  // namespace

std::string to_json(const InstallState& state) {
  return nlohmann::ordered_json{{"version", 1},
                                {"config_sha256", to_hex(state.config)},
                                {"revocations", state.revocations},
                                {"lighthouse", state.start.am_lighthouse},
                                {"listen_host", state.start.listen_host},
                                {"listen_port", state.start.listen_port},
                                {"tun", state.start.tun_device},
                                {"asks", state.start.asks},
                                {"reload_owed", state.reload_owed},
                                {"restart", restart_json(state.restart)}}
             .dump() +
         "\n";
}

Parsed<InstallState> parse_install_state(std::string_view text) {
  JCA_ASSIGN(const auto document, JsonValue::parse(text, "state", state_bytes_max));
  JCA_ASSIGN(auto object, document.object());
  JCA_ASSIGN(const auto version, object.required("version"));
  JCA_TRY(version.integer<int>(1, 1));
  InstallState out;
  JCA_ASSIGN(out.config, ca::read_digest(object, "config_sha256"));
  JCA_ASSIGN(const auto revocations, object.required("revocations"));
  JCA_ASSIGN(out.revocations, revocations.integer<std::uint64_t>(0, number_max));
  JCA_ASSIGN(const auto lighthouse, object.required("lighthouse"));
  JCA_ASSIGN(out.start.am_lighthouse, lighthouse.boolean());
  JCA_ASSIGN(const auto host, object.required("listen_host"));
  JCA_ASSIGN(out.start.listen_host, host.text(255));
  JCA_ASSIGN(const auto port, object.required("listen_port"));
  JCA_ASSIGN(out.start.listen_port, port.integer<std::uint16_t>());
  JCA_ASSIGN(const auto tun, object.required("tun"));
  JCA_ASSIGN(out.start.tun_device, tun.text(15));
  JCA_ASSIGN(out.start.asks, read_asks(object));
  JCA_ASSIGN(const auto owed, object.required("reload_owed"));
  JCA_ASSIGN(out.reload_owed, owed.boolean());
  JCA_ASSIGN(out.restart, read_restart(object));
  JCA_TRY(object.finish());
  return out;
}

}  // namespace jointca::nebula
