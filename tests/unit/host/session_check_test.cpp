// tests/unit/host/session_check_test.cpp — what of a session is revoked, whose key is published,
// and whether the copies that run are what was agreed on.
#include "host/session_check.h"

#include <filesystem>
#include <fstream>

#include <catch2/catch.hpp>

#include "host/local_port.h"
#include "host/session_folder.h"
#include "tests/support/mpyc_session.h"
#include "tests/support/temp_dir.h"

using namespace jointca;
using namespace jointca::host;
using mpyc::Check;

namespace {

mpyc::Session opened() {
  const auto manifest = test::session_manifest();
  return *mpyc::open_session(mpyc::to_json(test::session_file(manifest)), manifest.authority,
                             test::session_keys());
}

void write(const std::string& path, std::string_view text) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::ofstream(path) << text;
}

}  // namespace

TEST_CASE("a session is revoked with its grant, and with any seat's certificate") {
  const auto session = opened();
  CHECK(!revoked_of(session, {}));
  CHECK(!revoked_of(session, {sha256(as_bytes("another"))}));
  CHECK(revoked_of(session, {mpyc::fingerprint(session.grant())}) == "the session is revoked");
  CHECK(revoked_of(session, {x509::fingerprint(session.certificates()[3])}) ==
        "seat 2 (carol) is revoked");
}

TEST_CASE("MPyC's demo CA is known by its key identifier, wherever it stands in a file") {
  const auto id = *from_hex("a422a92623a58a948cafa1d8b474e931deb5b548");
  const auto pem = [](const Bytes& der) {
    std::string body = to_base64(der);
    body.insert(8, "\r\n");
    return "-----BEGIN CERTIFICATE-----\n" + body + "\n-----END CERTIFICATE-----\n";
  };
  Bytes der(100, 0x30);
  CHECK(!is_demo_authority(pem(der)));
  std::copy(id.begin(), id.end(), der.begin() + 40);
  CHECK(is_demo_authority(pem(der)));
  CHECK(is_demo_authority(pem(Bytes(30, 1)) + pem(der)));
  for (const char* none : {"", "-----BEGIN CERTIFICATE-----", "text"})
    CHECK(!is_demo_authority(none));
}

TEST_CASE("copies that are not as agreed are named") {
  const test::TempDir directory;
  const SessionFolder folder{directory.path() + "/run"};
  const auto manifest = test::session_manifest();
  write(folder.work() + "/secretsanta.py", "program");
  write(folder.work() + "/data/weights.npy", "weights");
  CHECK(!check_copies(folder, manifest));
  write(folder.work() + "/data/weights.npy", "other weights");
  auto changed = check_copies(folder, manifest);
  REQUIRE(changed);
  CHECK(changed->check == Check::files);
  CHECK(changed->reason == "program.files data/weights.npy has changed");
  std::filesystem::remove(folder.work() + "/secretsanta.py");
  changed = check_copies(folder, manifest);
  REQUIRE(changed);
  CHECK(changed->check == Check::program);
  write(folder.work() + "/.config/party_0.key", "key");
  write(folder.work() + "/out/made.txt", "made");
  write(folder.work() + "/own.txt", "own");
  CHECK(made_by_program(folder, manifest, {"own.txt"}) == std::vector<std::string>{"out/made.txt"});
}

TEST_CASE("this machine has the whole loopback and no address for documentation") {
  for (const char* here : {"127.0.0.1", "127.9.8.7"}) CHECK(is_here(*ca::IpAddress::parse(here)));
  for (const char* elsewhere : {"192.0.2.1", "2001:db8::1"})
    CHECK(!is_here(*ca::IpAddress::parse(elsewhere)));
}
