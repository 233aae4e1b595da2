// bench/overlays/spec.cpp — what the delay switch is told.
#include "bench/overlays/spec.h"

#include <algorithm>
#include <set>

#include "base/json_fields.h"

namespace jointca::overlays {

namespace {

bool is_name(std::string_view text, std::size_t bytes_max) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
  };
  return !text.empty() && text.size() <= bytes_max &&
         std::all_of(text.begin(), text.end(), allowed);
}

Parsed<std::string> read_name(JsonObject& object, std::string_view field, std::size_t bytes_max) {
  JCA_ASSIGN(const auto value, object.required(field));
  JCA_ASSIGN(auto text, value.text());
  if (!is_name(text, bytes_max)) return value.fail("expected a short name");
  return text;
}

template <std::integral Integer>
Parsed<Integer> read_integer(JsonObject& object, std::string_view field, Integer min, Integer max) {
  JCA_ASSIGN(const auto value, object.required(field));
  return value.integer<Integer>(min, max);
}

Parsed<Machine> read_machine(const JsonValue& value) {
  JCA_ASSIGN(auto object, value.object());
  Machine out;
  JCA_ASSIGN(out.network_namespace, read_name(object, "namespace", 64));
  JCA_ASSIGN(out.interface, read_name(object, "interface", 15));
  JCA_ASSIGN(const auto addresses, object.required("addresses"));
  JCA_ASSIGN(const auto items, addresses.array(addresses_max));
  for (const JsonValue& item : items) {
    JCA_ASSIGN(const auto text, item.text());
    const auto address = ca::IpAddress::parse(text);
    if (!address) return item.fail("expected an IP address");
    out.addresses.push_back(*address);
  }
  JCA_TRY(object.finish());
  return out;
}

struct PlacedPath {
  std::size_t from = 0;
  std::size_t to = 0;
  Path path;
};

Parsed<PlacedPath> read_path(const JsonValue& value, std::size_t machines) {
  JCA_ASSIGN(auto object, value.object());
  PlacedPath out;
  JCA_ASSIGN(out.from, read_integer<std::size_t>(object, "from", 0, machines - 1));
  JCA_ASSIGN(out.to, read_integer<std::size_t>(object, "to", 0, machines - 1));
  if (out.from == out.to) return value.fail("from a machine to itself");
  JCA_ASSIGN(const auto delay,
             read_integer<std::int64_t>(object, "delay_us", 0, delay_max.count()));
  JCA_ASSIGN(const auto jitter,
             read_integer<std::int64_t>(object, "jitter_us", 0, jitter_max.count()));
  out.path.delay = std::chrono::microseconds(delay);
  out.path.jitter = std::chrono::microseconds(jitter);
  JCA_ASSIGN(out.path.loss_ppm, read_integer<std::uint32_t>(object, "loss_ppm", 0, 1'000'000));
  JCA_ASSIGN(out.path.queue_packets,
             read_integer<std::uint32_t>(object, "queue_packets", 1, queue_packets_max));
  JCA_ASSIGN(out.path.rate_bits,
             read_integer<std::uint64_t>(object, "rate_bits", 0, std::uint64_t{1} << 40U));
  JCA_ASSIGN(const auto reorder, object.required("reorder"));
  JCA_ASSIGN(out.path.reorder, reorder.boolean());
  JCA_TRY(object.finish());
  return out;
}

Parsed<std::vector<Machine>> read_machines(JsonObject& object) {
  JCA_ASSIGN(const auto value, object.required("machines"));
  JCA_ASSIGN(const auto items, value.array(machines_max));
  if (items.empty()) return value.fail("expected at least one");
  std::vector<Machine> out;
  std::set<ca::IpAddress> addresses;
  for (const JsonValue& item : items) {
    JCA_ASSIGN(auto machine, read_machine(item));
    for (const ca::IpAddress& address : machine.addresses)
      if (!addresses.insert(address).second) return item.fail("an address of another machine");
    out.push_back(std::move(machine));
  }
  return out;
}

Parsed<std::vector<Path>> read_paths(JsonObject& object, std::size_t machines) {
  JCA_ASSIGN(const auto value, object.required("paths"));
  JCA_ASSIGN(const auto items, value.array(machines_max * machines_max));
  std::vector<std::optional<Path>> found(machines * machines);
  for (const JsonValue& item : items) {
    JCA_ASSIGN(const auto placed, read_path(item, machines));
    auto& place = found[placed.from * machines + placed.to];
    if (place) return item.fail("a second path between these machines");
    place = placed.path;
  }
  if (items.size() != machines * (machines - 1))
    return value.fail("a pair of machines has no path");
  std::vector<Path> out;
  out.reserve(found.size());
  for (const auto& path : found) out.push_back(path.value_or(Path{}));
  return out;
}

}  // namespace

Parsed<Spec> parse_spec(std::string_view text) {
  JCA_ASSIGN(const auto document, JsonValue::parse(text, "spec", spec_bytes_max));
  JCA_ASSIGN(auto object, document.object());
  Spec out;
  JCA_ASSIGN(out.seed, read_integer<std::uint64_t>(object, "seed", 0,
                                                   std::numeric_limits<std::int64_t>::max()));
  JCA_ASSIGN(out.seconds, read_integer<std::uint32_t>(object, "seconds", 1, seconds_max));
  JCA_ASSIGN(out.machines, read_machines(object));
  JCA_ASSIGN(out.paths, read_paths(object, out.machines.size()));
  JCA_TRY(object.finish());
  return out;
}

}  // namespace jointca::overlays
