// mpyc-adapter/manifest.cpp — the one text of a manifest: written here, and read here with every
// rule.
#include "mpyc-adapter/manifest.h"

#include <algorithm>
#include <charconv>

#include <nlohmann/json.hpp>

#include "base/utf8.h"
#include "ca/claims.h"
#include "ca/revocations.h"
#include "crypto/hash.h"

namespace jointca::mpyc {
namespace {

using Json = nlohmann::ordered_json;

constexpr int version = 1;
constexpr std::string_view type = "mpyc-session";
constexpr std::array<std::string_view, 4> channels{"direct", "tls", "wireguard", "nebula"};
constexpr std::size_t time_text_max = 32;
constexpr std::size_t version_text_max = 16;

Json to_json(const File& file) { return {{"path", file.path}, {"sha256", to_hex(file.sha256)}}; }

Json to_json(const Seat& seat) {
  return {{"name", seat.name},
          {"identity", to_hex(seat.identity.bytes)},
          {"address", seat.address.text()},
          {"port", seat.port},
          {"meeting", seat.meeting}};
}

Json to_json(const Options& options) {
  return {{"threshold", options.threshold},       {"bit_length", options.bit_length},
          {"security", options.security},         {"prss", options.prss},
          {"asynchronous", options.asynchronous}, {"mix32_64bit", options.mix32_64bit}};
}

Json to_json(const Program& program) {
  Json files = Json::array();
  for (const File& file : program.files) files.push_back(to_json(file));
  return {{"main", to_json(program.main)},
          {"files", std::move(files)},
          {"arguments", program.arguments}};
}

Json to_json(const Runtime& runtime) {
  return {{"mpyc", runtime.mpyc},
          {"package", to_hex(runtime.package)},
          {"python_min", runtime.python_min.text()},
          {"python_max", runtime.python_max.text()}};
}

Json to_json(const Deadlines& deadlines) {
  return {{"connect", deadlines.connect.count()},
          {"idle", deadlines.idle.count()},
          {"total", deadlines.total.count()}};
}

// Reading. Each function takes the object that has the field, and its name.

Parsed<JsonObject> read_object(JsonObject& parent, std::string_view name) {
  JCA_ASSIGN(const auto value, parent.required(name));
  return value.object();
}

template <class Integer>
Parsed<Integer> read_integer(JsonObject& object, std::string_view name, Integer min, Integer max) {
  JCA_ASSIGN(const auto value, object.required(name));
  return value.integer<Integer>(min, max);
}

Parsed<bool> read_boolean(JsonObject& object, std::string_view name) {
  JCA_ASSIGN(const auto value, object.required(name));
  return value.boolean();
}

Parsed<Time> read_time(JsonObject& object, std::string_view name) {
  JCA_ASSIGN(const auto value, object.required(name));
  JCA_ASSIGN(const auto text, value.text(time_text_max));
  const auto time = time_from_rfc3339(text);
  if (!time) return value.fail(time.error().reason);
  return *time;
}

Parsed<Duration> read_duration(JsonObject& object, std::string_view name, Duration max) {
  JCA_ASSIGN(const auto seconds, read_integer<std::int64_t>(object, name, 1, max.count()));
  return Duration(seconds);
}

Parsed<File> read_file(const JsonValue& value) {
  JCA_ASSIGN(auto object, value.object());
  JCA_ASSIGN(const auto path, object.required("path"));
  File file;
  JCA_ASSIGN(file.path, path.text(path_bytes_max));
  if (!is_path(file.path)) return path.fail("not a path within the working folder");
  JCA_ASSIGN(file.sha256, ca::read_digest(object, "sha256"));
  JCA_TRY(object.finish());
  return file;
}

Parsed<Seat> read_seat(const JsonValue& value) {
  JCA_ASSIGN(auto object, value.object());
  Seat seat;
  JCA_ASSIGN(seat.name, ca::read_host_name(object, "name"));
  JCA_ASSIGN(seat.identity.bytes, ca::read_digest(object, "identity"));
  JCA_ASSIGN(const auto address, object.required("address"));
  JCA_ASSIGN(const auto text, address.text(time_text_max * 2));
  const auto read = ca::IpAddress::parse(text);
  if (!read || read->is_zero() || read->is_v4_in_v6())
    return address.fail("expected the address of a host");
  seat.address = *read;
  JCA_ASSIGN(seat.port, read_integer<std::uint16_t>(object, "port", port_min, 65535));
  JCA_ASSIGN(seat.meeting, read_integer<std::uint16_t>(object, "meeting", port_min, 65535));
  if (seat.meeting == seat.port) return value.fail("MPyC has the port on which the members meet");
  JCA_TRY(object.finish());
  return seat;
}

/// Whether both would listen on one port.
bool collide(const Seat& a, const Seat& b) {
  return a.address == b.address &&
         (a.port == b.port || a.port == b.meeting || a.meeting == b.port || a.meeting == b.meeting);
}

Parsed<std::vector<Seat>> read_seats(JsonObject& parent) {
  JCA_ASSIGN(const auto value, parent.required("seats"));
  JCA_ASSIGN(const auto elements, value.array(seats_max));
  if (elements.empty()) return value.fail("expected a seat");
  std::vector<Seat> seats;
  for (const JsonValue& element : elements) {
    JCA_ASSIGN(auto seat, read_seat(element));
    for (const Seat& other : seats) {
      if (ca::name_key(other.name) == ca::name_key(seat.name))
        return element.fail("its name has another seat: " + seat.name);
      if (other.identity == seat.identity) return element.fail("its identity has another seat");
      if (collide(other, seat)) return element.fail("its address and port have another seat");
    }
    seats.push_back(std::move(seat));
  }
  return seats;
}

Parsed<Options> read_options(JsonObject& parent, std::size_t seats) {
  JCA_ASSIGN(auto object, read_object(parent, "options"));
  Options options;
  // With a threshold of zero a share is the value itself. Two parties can have no other.
  const auto most = static_cast<std::uint16_t>((seats - 1) / 2);
  const auto least = static_cast<std::uint16_t>(seats < 3 ? 0 : 1);
  JCA_ASSIGN(options.threshold, read_integer(object, "threshold", least, most));
  JCA_ASSIGN(options.bit_length, read_integer<std::uint16_t>(object, "bit_length", 1, 1024));
  JCA_ASSIGN(options.security, read_integer<std::uint16_t>(object, "security", 30, 256));
  JCA_ASSIGN(options.prss, read_boolean(object, "prss"));
  JCA_ASSIGN(options.asynchronous, read_boolean(object, "asynchronous"));
  JCA_ASSIGN(options.mix32_64bit, read_boolean(object, "mix32_64bit"));
  JCA_TRY(object.finish());
  return options;
}

Parsed<std::vector<File>> read_files(JsonObject& parent, const File& main) {
  JCA_ASSIGN(const auto value, parent.required("files"));
  JCA_ASSIGN(const auto elements, value.array(files_max));
  std::vector<File> files;
  for (const JsonValue& element : elements) {
    JCA_ASSIGN(auto file, read_file(element));
    if (file.path == main.path) return element.fail("it is the program itself");
    if (!files.empty() && file.path <= files.back().path) return element.fail("paths must ascend");
    files.push_back(std::move(file));
  }
  return files;
}

Parsed<std::vector<std::string>> read_arguments(JsonObject& parent) {
  JCA_ASSIGN(const auto value, parent.required("arguments"));
  JCA_ASSIGN(const auto elements, value.array(arguments_max));
  std::vector<std::string> arguments;
  for (const JsonValue& element : elements) {
    JCA_ASSIGN(auto text, element.text(argument_bytes_max));
    if (!is_one_line(text)) return element.fail("not one line of text");
    if (is_mpyc_option(text)) return element.fail("MPyC takes " + text + " for its own option");
    arguments.push_back(std::move(text));
  }
  return arguments;
}

Parsed<Program> read_program(JsonObject& parent) {
  JCA_ASSIGN(auto object, read_object(parent, "program"));
  Program program;
  JCA_ASSIGN(const auto main, object.required("main"));
  JCA_ASSIGN(program.main, read_file(main));
  if (!program.main.path.ends_with(".py")) return main.fail("not a program of Python");
  JCA_ASSIGN(program.files, read_files(object, program.main));
  JCA_ASSIGN(program.arguments, read_arguments(object));
  JCA_TRY(object.finish());
  return program;
}

Parsed<PythonVersion> read_python(JsonObject& object, std::string_view name) {
  JCA_ASSIGN(const auto value, object.required(name));
  JCA_ASSIGN(const auto text, value.text(version_text_max));
  PythonVersion python;
  const char* const end = text.data() + text.size();
  const auto major = std::from_chars(text.data(), end, python.major);
  const bool dotted = major.ec == std::errc() && major.ptr != end && *major.ptr == '.';
  if (!dotted || std::from_chars(major.ptr + 1, end, python.minor).ptr != end ||
      python.text() != text)
    return value.fail("expected a version like 3.11");
  return python;
}

Parsed<Runtime> read_runtime(JsonObject& parent) {
  JCA_ASSIGN(auto object, read_object(parent, "runtime"));
  Runtime runtime;
  JCA_ASSIGN(const auto mpyc, object.required("mpyc"));
  JCA_ASSIGN(runtime.mpyc, mpyc.text(version_text_max));
  const auto is_version_character = [](char c) { return (c >= '0' && c <= '9') || c == '.'; };
  if (runtime.mpyc.empty() ||
      !std::all_of(runtime.mpyc.begin(), runtime.mpyc.end(), is_version_character))
    return mpyc.fail("expected a version like 0.11");
  JCA_ASSIGN(runtime.package, ca::read_digest(object, "package"));
  JCA_ASSIGN(runtime.python_min, read_python(object, "python_min"));
  JCA_ASSIGN(runtime.python_max, read_python(object, "python_max"));
  if (runtime.python_max < runtime.python_min)
    return malformed("manifest.runtime.python_max", "below python_min");
  JCA_TRY(object.finish());
  return runtime;
}

Parsed<Deadlines> read_deadlines(JsonObject& parent) {
  JCA_ASSIGN(auto object, read_object(parent, "deadlines"));
  Deadlines deadlines;
  JCA_ASSIGN(deadlines.total, read_duration(object, "total", window_max));
  JCA_ASSIGN(deadlines.connect, read_duration(object, "connect", deadlines.total));
  JCA_ASSIGN(deadlines.idle, read_duration(object, "idle", deadlines.total));
  JCA_TRY(object.finish());
  return deadlines;
}

Parsed<Ok> read_head(JsonObject& object, Manifest& manifest) {
  JCA_ASSIGN(const auto stated_type, object.required("type"));
  JCA_ASSIGN(const auto type_text, stated_type.text(type.size()));
  if (type_text != type) return stated_type.fail("not a manifest");
  JCA_TRY(read_integer<int>(object, "version", version, version));
  JCA_ASSIGN(manifest.authority, ca::read_digest(object, "authority"));
  JCA_ASSIGN(const auto session, object.required("session"));
  JCA_ASSIGN(const auto session_text, session.text(2 * manifest.session.size()));
  const auto bytes = from_hex(session_text);
  const auto id = bytes ? to_array<16>(*bytes) : std::nullopt;
  if (!id) return session.fail("expected 16 bytes in hexadecimal");
  manifest.session = *id;
  JCA_ASSIGN(manifest.not_before, read_time(object, "not_before"));
  JCA_ASSIGN(manifest.not_after, read_time(object, "not_after"));
  if (unix_seconds(manifest.not_before) < 0 || manifest.not_after <= manifest.not_before ||
      manifest.not_after - manifest.not_before > window_max)
    return malformed("manifest.not_after", "not within 7 days after not_before");
  JCA_ASSIGN(manifest.revocations,
             read_integer<std::uint64_t>(object, "revocations", 0, ca::revocations_number_max));
  JCA_ASSIGN(const auto channel, object.required("channel"));
  JCA_ASSIGN(const auto channel_text, channel.text(version_text_max));
  const auto known = channel_from_name(channel_text);
  if (!known) return channel.fail("expected direct, tls, wireguard or nebula");
  manifest.channel = *known;
  return Ok{};
}

}  // namespace

std::string to_json(const Manifest& manifest) {
  Json seats = Json::array();
  for (const Seat& seat : manifest.seats) seats.push_back(to_json(seat));
  const Json json{{"type", type},
                  {"version", version},
                  {"authority", to_hex(manifest.authority)},
                  {"session", to_hex(manifest.session)},
                  {"not_before", to_rfc3339(manifest.not_before)},
                  {"not_after", to_rfc3339(manifest.not_after)},
                  {"revocations", manifest.revocations},
                  {"channel", channel_name(manifest.channel)},
                  {"seats", std::move(seats)},
                  {"options", to_json(manifest.options)},
                  {"program", to_json(manifest.program)},
                  {"runtime", to_json(manifest.runtime)},
                  {"deadlines", to_json(manifest.deadlines)},
                  {"compare_results", manifest.compare_results}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Parsed<Manifest> parse_manifest(std::string_view text) {
  JCA_ASSIGN(const auto document, JsonValue::parse(text, "manifest", manifest_bytes_max));
  JCA_ASSIGN(auto object, document.object());
  Manifest manifest;
  JCA_TRY(read_head(object, manifest));
  JCA_ASSIGN(manifest.seats, read_seats(object));
  JCA_ASSIGN(manifest.options, read_options(object, manifest.seats.size()));
  JCA_ASSIGN(manifest.program, read_program(object));
  JCA_ASSIGN(manifest.runtime, read_runtime(object));
  JCA_ASSIGN(manifest.deadlines, read_deadlines(object));
  JCA_ASSIGN(manifest.compare_results, read_boolean(object, "compare_results"));
  JCA_TRY(object.finish());
  if (to_json(manifest) != text) return malformed("manifest", "not in canonical form");
  return manifest;
}

std::optional<std::size_t> seat_of(const Manifest& manifest, const PublicKey& identity) {
  for (std::size_t i = 0; i < manifest.seats.size(); ++i)
    if (manifest.seats[i].identity == identity) return i;
  return std::nullopt;
}

bool in_window(const Manifest& manifest, Time time) {
  return manifest.not_before <= time && time < manifest.not_after;
}

Digest digest(const Manifest& manifest) { return sha256(as_bytes(to_json(manifest))); }

std::vector<std::string> warnings(const Manifest& manifest) {
  std::vector<std::string> out;
  if (manifest.options.threshold == 0 && manifest.seats.size() > 1)
    out.emplace_back("with a threshold of 0 everyone sees all inputs");
  if (manifest.channel == Channel::direct)
    out.emplace_back(
        "the channel is direct: whoever is on the way reads all shares, and whoever dials first "
        "takes "
        "a seat");
  return out;
}

Digest tree_digest(const std::vector<File>& files) {
  std::string lines;
  for (const File& file : files) lines += to_hex(file.sha256) + "  " + file.path + "\n";
  return sha256(as_bytes(lines));
}

std::string_view channel_name(Channel channel) {
  return channels[static_cast<std::size_t>(channel)];
}

std::optional<Channel> channel_from_name(std::string_view name) {
  const auto* const found = std::find(channels.begin(), channels.end(), name);
  if (found == channels.end()) return std::nullopt;
  return static_cast<Channel>(found - channels.begin());
}

std::string PythonVersion::text() const {
  return std::to_string(major) + "." + std::to_string(minor);
}

}  // namespace jointca::mpyc
