#include "cli/command_session.h"

#include <algorithm>
#include <iostream>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "cli/clock.h"
#include "cli/console.h"
#include "crypto/rng.h"
#include "daemon/harden.h"
#include "host/documents.h"
#include "host/enrolment.h"
#include "host/members.h"
#include "host/mpyc_machine.h"
#include "machine/files.h"
#include "mpyc-adapter/consent.h"

namespace jointca::cli {
namespace {

using Json = nlohmann::ordered_json;
using mpyc::Channel;
using mpyc::Difference;
using mpyc::Manifest;
using mpyc::Seat;

Unexpected<Error> misused(std::string message) {
  return failed(Error::Code::usage, std::move(message));
}

/// In the overlay, or where the member is reached without one.
Result<ca::IpAddress, Error> seat_address(const std::string& member, const std::string& given,
                                          const host::KnownHost& host, Channel channel) {
  if (!given.empty()) {
    const auto address = ca::IpAddress::parse(given);
    if (!address) return misused("--member " + member + ": " + address.error().reason);
    return *address;
  }
  if (channel == Channel::direct || channel == Channel::tls)
    return misused("--member " + member +
                   ": on this channel MPyC dials it without an overlay; give " + member +
                   "=ADDRESS");
  if (host.networks.empty()) return misused("--member " + member + ": the host has no address");
  return host.networks.front().address;
}

/// MPyC listens on all addresses of a machine, so there one port cannot serve two seats.
bool on_one_machine(const ca::IpAddress& a, const ca::IpAddress& b) {
  const auto is_loopback = [](const ca::IpAddress& address) {
    return address.is_v4() && address.bytes()[0] == 127;
  };
  return a == b || (is_loopback(a) && is_loopback(b));
}

Result<std::vector<Seat>, Error> make_seats(const SessionNewOptions& options, Channel channel,
                                            const ca::Authority& authority) {
  host::Calls calls(authority);
  std::vector<Seat> seats;
  for (const std::string& member : options.members) {
    const std::size_t equals = member.find('=');
    const std::string given = equals == std::string::npos ? "" : member.substr(equals + 1);
    JCA_ASSIGN(const auto host,
               host::find_host(calls, authority, member.substr(0, equals),
                               [](const auto& line) { std::cerr << "warning: " << line << '\n'; }));
    JCA_ASSIGN(const auto address, seat_address(member, given, host, channel));
    // Seats on one machine have ports one after the other.
    const auto before = std::count_if(seats.begin(), seats.end(), [&](const Seat& seat) {
      return on_one_machine(seat.address, address);
    });
    seats.push_back({host.name, host.identity, address,
                     static_cast<std::uint16_t>(options.port + before),
                     static_cast<std::uint16_t>(options.meeting_port + before)});
  }
  return seats;
}

Result<mpyc::File, Error> file_here(const std::string& path) {
  if (!mpyc::is_path(path))
    return misused(path + ": not a path within the working folder, in which a session runs");
  JCA_ASSIGN(const Digest digest, host::file_digest(path));
  return mpyc::File{path, digest};
}

Result<mpyc::Program, Error> make_program(const SessionNewOptions& options) {
  mpyc::Program program;
  JCA_ASSIGN(program.main, file_here(options.program));
  for (const std::string& path : options.files) {
    JCA_ASSIGN(auto file, file_here(path));
    program.files.push_back(std::move(file));
  }
  std::sort(program.files.begin(), program.files.end());
  program.arguments = options.arguments;
  return program;
}

Result<Manifest, Error> make_manifest(const SessionNewOptions& options, Time now, Rng& rng) {
  const host::Paths paths{options.dir};
  const auto channel = mpyc::channel_from_name(options.channel);
  if (!channel) return misused("--channel: expected direct, tls, wireguard or nebula");
  const auto window = duration_from_text(options.window);
  if (!window) return misused("--window: " + window.error().text());
  JCA_ASSIGN(const auto authority, host::read_authority(paths));
  JCA_ASSIGN(const auto list, host::read_revocations(paths, authority));
  JCA_ASSIGN(const auto python, host::look_at_python(options.python));
  if (python.mpyc.empty())
    return failed(options.python + ": MPyC is not installed; pip install mpyc==" +
                  std::string(mpyc::tested_versions.back()));
  Manifest manifest;
  manifest.authority = authority.id;
  manifest.session = rng.array<16>();
  manifest.not_before = now;
  manifest.not_after = now + *window;
  manifest.revocations = list ? list->number : 0;
  manifest.channel = *channel;
  JCA_ASSIGN(manifest.program, make_program(options));
  JCA_ASSIGN(manifest.seats, make_seats(options, *channel, authority));
  const auto seats = static_cast<std::uint16_t>(manifest.seats.size());
  manifest.options.threshold = options.threshold.value_or(
      seats == 0 ? std::uint16_t{0} : static_cast<std::uint16_t>((seats - 1) / 2));
  manifest.runtime = {python.mpyc, python.package, python.version, python.version};
  manifest.deadlines.total = std::min(manifest.deadlines.total, *window);
  manifest.deadlines.idle = std::min(manifest.deadlines.idle, manifest.deadlines.total);
  manifest.deadlines.connect = std::min(manifest.deadlines.connect, manifest.deadlines.total);
  // Its own rules are those of every reader.
  if (const auto read = mpyc::parse_manifest(mpyc::to_json(manifest)); !read)
    return misused(read.error().text());
  return manifest;
}

Result<Manifest, Error> read_manifest(const std::string& path) {
  JCA_ASSIGN(const Bytes text, machine::read_file(path, mpyc::manifest_bytes_max));
  auto manifest = mpyc::parse_manifest(to_text(text));
  if (!manifest) return failed(Error::Code::verification, path + ": " + manifest.error().text());
  return *std::move(manifest);
}

Result<Ok, Error> write_out(const std::string& path, const std::string& text, bool force) {
  return machine::write_file(path, as_bytes(text), 0644,
                             force ? machine::Overwrite::allow : machine::Overwrite::refuse);
}

void warn(const Manifest& manifest) {
  for (const std::string& warning : mpyc::warnings(manifest))
    std::cerr << "warning: " << warning << '\n';
}

void print_manifest(const Manifest& manifest) {
  std::vector<std::pair<std::string, std::string>> fields{
      {"session", to_hex(manifest.session)},
      {"digest", to_hex(mpyc::digest(manifest))},
      {"window", to_rfc3339(manifest.not_before) + " to " + to_rfc3339(manifest.not_after)},
      {"channel", std::string(mpyc::channel_name(manifest.channel))}};
  for (std::size_t i = 0; i < manifest.seats.size(); ++i) {
    const Seat& seat = manifest.seats[i];
    fields.emplace_back("seat " + std::to_string(i), seat.name + " at " + seat.address.text() +
                                                         " ports " + std::to_string(seat.port) +
                                                         ", " + std::to_string(seat.meeting));
  }
  std::string program = manifest.program.main.path;
  for (const std::string& argument : manifest.program.arguments) program += " " + argument;
  fields.emplace_back("program", program);
  for (const mpyc::File& file : manifest.program.files) fields.emplace_back("file", file.path);
  const mpyc::Options& options = manifest.options;
  fields.emplace_back("options", "-T " + std::to_string(options.threshold) + " -L " +
                                     std::to_string(options.bit_length) + " -K " +
                                     std::to_string(options.security));
  fields.emplace_back("runtime", "mpyc " + manifest.runtime.mpyc + ", python " +
                                     manifest.runtime.python_min.text() + " to " +
                                     manifest.runtime.python_max.text());
  print_fields(std::cout, fields);
}

Json json_of(const Manifest& manifest) {
  return {{"session", to_hex(manifest.session)},
          {"manifest", to_hex(mpyc::digest(manifest))},
          {"warnings", mpyc::warnings(manifest)}};
}

/// What need not hold before the session runs.
bool may_wait(const Difference& difference) {
  return difference.field == "not_before" ||
         (difference.field.starts_with("seats.") && difference.field.ends_with(".address"));
}

std::string text_of(const Difference& difference) {
  return difference.field + ": agreed is " + difference.agreed + ", here is " + difference.here;
}

Result<int, Error> review(const SessionFileOptions& options) {
  JCA_ASSIGN(const Manifest manifest, read_manifest(options.file));
  JCA_ASSIGN(const auto python, host::look_at_python(options.python));
  JCA_ASSIGN(const auto facts, host::facts_for(manifest, {options.dir}, ".", python, now()));
  const auto found = mpyc::differences(manifest, facts);
  if (options.json) {
    Json document = json_of(manifest);
    const auto seat = mpyc::seat_of(manifest, facts.identity);
    document["seat"] = seat ? Json(*seat) : Json(nullptr);
    document["differences"] = Json::array();
    for (const Difference& each : found)
      document["differences"].push_back(
          {{"field", each.field}, {"agreed", each.agreed}, {"here", each.here}});
    std::cout << document.dump() << '\n';
  } else {
    print_manifest(manifest);
    for (const Difference& each : found) std::cout << "differs  " << text_of(each) << '\n';
    warn(manifest);
  }
  return found.empty() ? 0 : static_cast<int>(Error::Code::verification);
}

Result<int, Error> sign(const SessionFileOptions& options) {
  const host::Paths paths{options.dir};
  JCA_ASSIGN(const Manifest manifest, read_manifest(options.file));
  JCA_ASSIGN(const auto python, host::look_at_python(options.python));
  JCA_ASSIGN(const auto facts, host::facts_for(manifest, paths, ".", python, now()));
  for (const Difference& each : mpyc::differences(manifest, facts))
    if (!may_wait(each))
      return failed(Error::Code::verification,
                    text_of(each) + "; a consent says that this machine runs what was agreed on: " +
                        "see `jointca session review`");
  if (machine::file_exists(options.out) && !options.force)
    return failed(options.out + ": is there already; --force overwrites it");
  SystemRng rng;
  JCA_ASSIGN(const SigningKey identity, host::read_identity(paths));
  std::optional<SigningKey> tls;
  if (manifest.channel == Channel::tls) {
    JCA_ASSIGN(tls, host::open_seat_key(paths, to_hex(manifest.session), rng));
  }
  const std::string token = mpyc::consent_to(manifest, identity, tls ? &*tls : nullptr);
  JCA_TRY(write_out(options.out, token + "\n", options.force));
  warn(manifest);
  if (options.json)
    std::cout << json_of(manifest).dump() << '\n';
  else
    print_fields(std::cout,
                 {{"consent", options.out},
                  {"to", to_hex(mpyc::digest(manifest))},
                  {"as seat", std::to_string(*mpyc::seat_of(manifest, facts.identity))}});
  return 0;
}

int status_of(const Result<int, Error>& result) {
  return result ? *result : report(result.error());
}

}  // namespace

int session_new(const SessionNewOptions& options) {
  SystemRng rng;
  const auto manifest = make_manifest(options, now(), rng);
  if (!manifest) return report(manifest.error());
  if (const auto written = write_out(options.out, mpyc::to_json(*manifest), options.force);
      !written)
    return report(written.error());
  warn(*manifest);
  if (options.json)
    std::cout << json_of(*manifest).dump() << '\n';
  else
    print_manifest(*manifest);
  return 0;
}

int session_review(const SessionFileOptions& options) { return status_of(review(options)); }

int session_sign(const SessionFileOptions& options) {
  daemon::forbid_dumps();
  return status_of(sign(options));
}

}  // namespace jointca::cli
