// tests/unit/mpyc-adapter/manifest_test.cpp — the one text of a manifest, and every rule where it
// fails.
#include "mpyc-adapter/manifest.h"

#include <catch2/catch.hpp>

#include "tests/support/mpyc_session.h"

namespace jointca::mpyc {
namespace {

using test::session_manifest;

/// Why a changed manifest is refused, or "ok".
template <class Change>
std::string refusal(Change change) {
  Manifest manifest = session_manifest();
  change(manifest);
  const auto read = parse_manifest(to_json(manifest));
  return read ? "ok" : read.error().text();
}

/// The same for its text with the first `from` replaced.
std::string refusal_of_text(std::string_view from, std::string_view to) {
  std::string text = to_json(session_manifest());
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  const auto read = parse_manifest(text.replace(at, from.size(), to));
  return read ? "ok" : read.error().text();
}

TEST_CASE("what is written parses back") {
  for (const Channel channel :
       {Channel::direct, Channel::tls, Channel::wireguard, Channel::nebula}) {
    const Manifest manifest = session_manifest(channel);
    const auto read = parse_manifest(to_json(manifest));
    REQUIRE(read);
    CHECK(*read == manifest);
    CHECK(channel_from_name(channel_name(channel)) == channel);
  }
  Manifest manifest = session_manifest();
  manifest.options = {1, 64, 40, false, false, true};
  manifest.program.files.clear();
  manifest.program.arguments.clear();
  manifest.seats[1].address = *ca::IpAddress::parse("fd42::1");
  manifest.compare_results = true;
  CHECK(*parse_manifest(to_json(manifest)) == manifest);
}

TEST_CASE("the digest is what sha256sum prints of the text") {
  const Manifest manifest = session_manifest();
  CHECK(digest(manifest) == sha256(as_bytes(to_json(manifest))));
  Manifest other = manifest;
  other.options.threshold = 0;
  CHECK(digest(other) != digest(manifest));
}

TEST_CASE("any other text of the same manifest is refused") {
  CHECK(refusal_of_text("\"version\": 1", "\"version\":  1") == "manifest: not in canonical form");
  CHECK(refusal_of_text("\"port\": 11365", "\"port\": 11365.0") ==
        "manifest.seats[0].port: expected an integer");
  CHECK(refusal_of_text("\"compare_results\"", "\"note\": \"x\",\n  \"compare_results\"") ==
        "manifest.note: unknown field");
  CHECK(refusal_of_text("\"compare_results\"", "\"revocations\": 7,\n  \"compare_results\"") ==
        "manifest: duplicate field \"revocations\"");
  CHECK(refusal_of_text("\"version\": 1", "\"version\": 2") == "manifest.version: out of range");
  CHECK(refusal_of_text("mpyc-session", "mpyc") == "manifest.type: not a manifest");
  // Another order of fields, and of seats: a text of its own, with another digest.
  CHECK(refusal_of_text("  \"type\": \"mpyc-session\",\n  \"version\": 1,",
                        "  \"version\": 1,\n  \"type\": \"mpyc-session\",") ==
        "manifest: not in canonical form");
  CHECK(refusal_of_text("secretsanta", "secretsant\\u0061") == "manifest: not in canonical form");
  CHECK(parse_manifest(std::string(manifest_bytes_max + 1, ' ')).error().text() ==
        "manifest: too long");
}

TEST_CASE("the head of a manifest keeps its rules") {
  CHECK(refusal_of_text("\"aaaa", "\"AAaa") ==
        "manifest.authority: expected 32 bytes in hexadecimal");
  CHECK(refusal_of_text("\"bbbb", "\"bb") == "manifest.session: expected 16 bytes in hexadecimal");
  CHECK(refusal_of_text("\"2026-", "\"26-").starts_with("manifest.not_before: "));
  const std::string window = "manifest.not_after: not within 7 days after not_before";
  CHECK(refusal([](Manifest& m) { m.not_after = m.not_before; }) == window);
  CHECK(refusal([](Manifest& m) { m.not_after = m.not_before + window_max + Duration(1); }) ==
        window);
  CHECK(refusal([](Manifest& m) { m.not_before = time_from_unix(-1); }) == window);
  CHECK(refusal_of_text("\"revocations\": 7", "\"revocations\": -1") ==
        "manifest.revocations: out of range");
  CHECK(refusal_of_text("\"tls\"", "\"tor\"") ==
        "manifest.channel: expected direct, tls, wireguard or nebula");
  CHECK(refusal_of_text("\"compare_results\": false", "\"compare_results\": 0") ==
        "manifest.compare_results: expected true or false");
}

TEST_CASE("no seat stands twice, and there are not too many") {
  CHECK(refusal([](Manifest& m) { m.seats.clear(); }) == "manifest.seats: expected a seat");
  CHECK(refusal([](Manifest& m) { m.seats.resize(seats_max + 1, m.seats[0]); }) ==
        "manifest.seats: too many elements");
  CHECK(refusal([](Manifest& m) { m.seats[1].name = "Alice"; }) ==
        "manifest.seats[1]: its name has another seat: Alice");
  CHECK(refusal([](Manifest& m) { m.seats[2].identity = m.seats[0].identity; }) ==
        "manifest.seats[2]: its identity has another seat");
  CHECK(refusal([](Manifest& m) {
          m.seats[2].address = m.seats[0].address;
          m.seats[2].port = m.seats[0].port;
        }) == "manifest.seats[2]: its address and port have another seat");
  CHECK(refusal([](Manifest& m) { m.seats[2].address = m.seats[0].address; }) == "ok");
}

TEST_CASE("the members meet on a port of no other seat and not of MPyC") {
  const auto same_host = [](auto change) {
    return refusal([&](Manifest& m) {
      m.seats[2].address = m.seats[0].address;
      change(m.seats[0], m.seats[2]);
    });
  };
  const std::string taken = "manifest.seats[2]: its address and port have another seat";
  CHECK(same_host([](Seat& a, Seat& c) { c.meeting = a.meeting; }) == taken);
  CHECK(same_host([](Seat& a, Seat& c) { c.meeting = a.port; }) == taken);
  CHECK(same_host([](Seat& a, Seat& c) { c.port = a.meeting; }) == taken);
  CHECK(refusal([](Manifest& m) { m.seats[2].meeting = m.seats[0].meeting; }) == "ok");
  CHECK(refusal([](Manifest& m) { m.seats[0].meeting = m.seats[0].port; }) ==
        "manifest.seats[0]: MPyC has the port on which the members meet");
  CHECK(refusal([](Manifest& m) { m.seats[0].meeting = 1023; }) ==
        "manifest.seats[0].meeting: out of range");
}

TEST_CASE("a seat is a host at an address and a port") {
  CHECK(refusal([](Manifest& m) { m.seats[0].name = "-x"; }) ==
        "manifest.seats[0].name: not the name of a host");
  for (const std::string bad : {"0.0.0.0", "::ffff:10.42.0.1"})
    CHECK(refusal([&](Manifest& m) { m.seats[0].address = *ca::IpAddress::parse(bad); }) ==
          "manifest.seats[0].address: expected the address of a host");
  CHECK(refusal_of_text("10.42.0.1", "alice.example") ==
        "manifest.seats[0].address: expected the address of a host");
  CHECK(refusal([](Manifest& m) { m.seats[0].port = 1023; }) ==
        "manifest.seats[0].port: out of range");
}

TEST_CASE("a threshold is below half, and shares hide the inputs of three") {
  const auto of = [](std::size_t seats, std::uint16_t threshold) {
    return refusal([&](Manifest& m) {
      m.seats.clear();
      for (std::uint8_t i = 0; i < seats; ++i)
        m.seats.push_back({"host" + std::to_string(i), PublicKey{Digest{i}},
                           *ca::IpAddress::parse("10.42.0.1"), static_cast<std::uint16_t>(2000 + i),
                           static_cast<std::uint16_t>(3000 + i)});
      m.options.threshold = threshold;
    });
  };
  const std::string wrong = "manifest.options.threshold: out of range";
  CHECK(of(1, 0) == "ok");
  CHECK(of(1, 1) == wrong);
  CHECK(of(2, 0) == "ok");
  CHECK(of(2, 1) == wrong);
  CHECK(of(3, 0) == wrong);  // whoever says -T 0 sends its input to all
  CHECK(of(3, 1) == "ok");
  CHECK(of(3, 2) == wrong);
  CHECK(of(seats_max, 9) == "ok");
  CHECK(of(seats_max, 10) == wrong);
}

TEST_CASE("MPyC's parameters are within their limits") {
  CHECK(refusal([](Manifest& m) { m.options.bit_length = 0; }) ==
        "manifest.options.bit_length: out of range");
  CHECK(refusal([](Manifest& m) { m.options.bit_length = 1025; }) ==
        "manifest.options.bit_length: out of range");
  CHECK(refusal([](Manifest& m) { m.options.security = 29; }) ==
        "manifest.options.security: out of range");
  CHECK(refusal_of_text("\"prss\": true", "\"prss\": \"yes\"") ==
        "manifest.options.prss: expected true or false");
  CHECK(refusal_of_text("\"mix32_64bit\"", "\"workers\": 2,\n    \"mix32_64bit\"") ==
        "manifest.options.workers: unknown field");
}

TEST_CASE("paths stay in the working folder") {
  for (const char* good : {"a", "a.py", "dir/a-b_c.d", "A/B/C"}) CHECK(is_path(good));
  for (const char* bad : {"", "/", "/a", "a/", "a//b", ".", "..", "a/../b", ".hidden", "a/.b", "-a",
                          "a/-b", "a b", "a\\b", "a\nb", "ä", "~a", "$a"})
    CHECK_FALSE(is_path(bad));
  CHECK(is_path(std::string(path_bytes_max, 'a')));
  CHECK_FALSE(is_path(std::string(path_bytes_max + 1, 'a')));
  const std::string outside = ".path: not a path within the working folder";
  CHECK(refusal([](Manifest& m) { m.program.main.path = "../secretsanta.py"; }) ==
        "manifest.program.main" + outside);
  CHECK(refusal([](Manifest& m) { m.program.files[0].path = "/etc/passwd"; }) ==
        "manifest.program.files[0]" + outside);
}

TEST_CASE("files are those beside the program, in order") {
  CHECK(refusal([](Manifest& m) { m.program.main.path = "secretsanta"; }) ==
        "manifest.program.main: not a program of Python");
  CHECK(refusal([](Manifest& m) { m.program.files[0].path = m.program.main.path; }) ==
        "manifest.program.files[0]: it is the program itself");
  CHECK(refusal([](Manifest& m) { m.program.files.push_back(m.program.files[0]); }) ==
        "manifest.program.files[1]: paths must ascend");
  CHECK(refusal([](Manifest& m) { m.program.files.resize(files_max + 1, m.program.files[0]); }) ==
        "manifest.program.files: too many elements");
}

TEST_CASE("no argument reaches MPyC instead of the program") {
  for (const char* mine :
       {"", "8", "1.5", "-1", "-.5", "-d0", "-o", "--images=3", "--sslx", "-", "x", "a b"})
    CHECK_FALSE(is_mpyc_option(mine));
  for (const char* theirs : {"-T0",
                             "-T",
                             "-M3",
                             "-I",
                             "-P",
                             "-h",
                             "-f",
                             "-fx",
                             "-C",
                             "-B1",
                             "--ssl",
                             "--ss",
                             "--s",
                             "--no-prss",
                             "--no-p",
                             "--n",
                             "--threshold=0",
                             "--t=0",
                             "--",
                             "--=",
                             "-_",
                             "--base",
                             "--mix32-64bit",
                             "--output-w"})
    CHECK(is_mpyc_option(theirs));
  CHECK(refusal([](Manifest& m) { m.program.arguments[1] = "-T0"; }) ==
        "manifest.program.arguments[1]: MPyC takes -T0 for its own option");
  CHECK(refusal([](Manifest& m) { m.program.arguments[0] = "a\nb"; }) ==
        "manifest.program.arguments[0]: not one line of text");
  CHECK(refusal([](Manifest& m) {
          m.program.arguments[0] = std::string(argument_bytes_max + 1, 'a');
        }) == "manifest.program.arguments[0]: too long");
  CHECK(refusal([](Manifest& m) { m.program.arguments.resize(arguments_max + 1); }) ==
        "manifest.program.arguments: too many elements");
}

TEST_CASE("versions are versions, and a range of them is one") {
  CHECK(refusal([](Manifest& m) { m.runtime.mpyc = ""; }) ==
        "manifest.runtime.mpyc: expected a version like 0.11");
  CHECK(refusal([](Manifest& m) { m.runtime.mpyc = "0.11+local"; }) ==
        "manifest.runtime.mpyc: expected a version like 0.11");
  for (const char* bad : {"3", "3.", ".11", "3.11.7", "03.11", "3.x"})
    CHECK(refusal_of_text("\"3.10\"", "\"" + std::string(bad) + "\"") ==
          "manifest.runtime.python_min: expected a version like 3.11");
  CHECK(refusal([](Manifest& m) {
          m.runtime.python_max = {3, 9};
        }) == "manifest.runtime.python_max: below python_min");
}

TEST_CASE("deadlines are positive and within the whole run's") {
  CHECK(refusal([](Manifest& m) { m.deadlines.connect = Duration(0); }) ==
        "manifest.deadlines.connect: out of range");
  CHECK(refusal([](Manifest& m) { m.deadlines.connect = Duration(3601); }) ==
        "manifest.deadlines.connect: out of range");
  CHECK(refusal([](Manifest& m) { m.deadlines.idle = Duration(3601); }) ==
        "manifest.deadlines.idle: out of range");
  CHECK(refusal([](Manifest& m) { m.deadlines.total = window_max + Duration(1); }) ==
        "manifest.deadlines.total: out of range");
}

TEST_CASE("what its members should know is said") {
  CHECK(warnings(session_manifest()).empty());
  Manifest manifest = session_manifest(Channel::direct);
  manifest.options.threshold = 0;
  CHECK(warnings(manifest).size() == 2);
}

TEST_CASE("a window has a beginning, and an end outside of it") {
  const Manifest manifest = session_manifest();
  CHECK_FALSE(in_window(manifest, manifest.not_before - Duration(1)));
  CHECK(in_window(manifest, manifest.not_before));
  CHECK(in_window(manifest, manifest.not_after - Duration(1)));
  CHECK_FALSE(in_window(manifest, manifest.not_after));
}

TEST_CASE("the digest of a tree is that of what sha256sum prints") {
  // printf a >a; printf b >b; sha256sum a b | sha256sum
  const std::vector<File> files{{"a", sha256(as_bytes("a"))}, {"b", sha256(as_bytes("b"))}};
  CHECK(to_hex(tree_digest(files)) ==
        "cb13f400dcb618e400d0f7d54f7cdb330d37a07272cb99a1016cda5830a10556");
}

}  // namespace
}  // namespace jointca::mpyc
