// tests/unit/host/files_test.cpp — a host's keys in its directory, each in the form of its kind.
#include "host/files.h"

#include <filesystem>

#include <catch2/catch.hpp>

#include "machine/files.h"
#include "tests/support/seeded_rng.h"
#include "tests/support/temp_dir.h"
#include "x509-adapter/key_file.h"

namespace jointca::host {
namespace {

const std::vector<ca::Kind> all{ca::Kind::nebula, ca::Kind::wireguard, ca::Kind::x509};

std::string content(const std::string& path) {
  const auto bytes = machine::read_file(path, 4096);
  REQUIRE(bytes);
  return to_text(*bytes);
}

/// An empty directory for a host.
struct Scene {
  test::TempDir dir;
  Paths paths{dir.file("host")};
  test::SeededRng rng{1};

  Result<Keys, Error> open(const std::vector<ca::Kind>& kinds) {
    return open_keys(paths, kinds, std::nullopt, rng);
  }
};

TEST_CASE("each kind has its files in a folder of its own") {
  const Paths paths{"h"};
  CHECK(paths.key(ca::Kind::nebula) == "h/nebula/host.key");
  CHECK(paths.key(ca::Kind::wireguard) == "h/wireguard/private.key");
  CHECK(paths.key(ca::Kind::x509) == "h/x509/host.key");
  CHECK(paths.next_key(ca::Kind::x509) == "h/x509/host.key.next");
  CHECK(paths.issued(ca::Kind::nebula) == paths.nebula_certificate());
  CHECK(paths.issued(ca::Kind::wireguard) == paths.binding());
  CHECK(paths.issued(ca::Kind::x509) == paths.x509_certificate());
}

TEST_CASE("keys are made once, private, and found again") {
  Scene scene;
  const auto first = scene.open(all), second = scene.open(all);
  REQUIRE((first && second));
  for (const ca::Kind kind : all) {
    CHECK(public_key(first->by_kind.at(kind)) == public_key(second->by_kind.at(kind)));
    using std::filesystem::perms;
    CHECK(std::filesystem::status(scene.paths.key(kind)).permissions() ==
          (perms::owner_read | perms::owner_write));
  }
  CHECK(std::holds_alternative<SigningKey>(first->by_kind.at(ca::Kind::x509)));
  CHECK(x509::parse_private_key(as_bytes(content(scene.paths.key(ca::Kind::x509))))->public_key() ==
        std::get<SigningKey>(first->by_kind.at(ca::Kind::x509)).public_key());
  CHECK(first->request_keys(nullptr).by_kind.size() == all.size());
  const auto next = open_next_keys(scene.paths, all, scene.rng);
  REQUIRE(next);
  for (const ca::Kind kind : all)
    CHECK(public_key(next->by_kind.at(kind)) != public_key(first->by_kind.at(kind)));
}

TEST_CASE("only the kinds that are asked for get a folder") {
  Scene scene;
  REQUIRE(scene.open({ca::Kind::x509}));
  CHECK(std::filesystem::exists(scene.paths.x509()));
  CHECK_FALSE(std::filesystem::exists(scene.paths.nebula()));
  CHECK_FALSE(std::filesystem::exists(scene.paths.wireguard()));
}

TEST_CASE("a key of one kind is none of another") {
  Scene scene;
  REQUIRE(scene.open(all));
  for (const ca::Kind kind : all)
    for (const ca::Kind other : all) {
      INFO(ca::to_text(kind) << " as " << ca::to_text(other));
      const auto read = read_key(other, scene.paths.key(kind));
      CHECK(read.has_value() == (kind == other));
      if (!read) CHECK_THAT(read.error().message, Catch::StartsWith(scene.paths.key(kind) + ": "));
    }
}

TEST_CASE("what a host was enrolled with is read back, of every kind") {
  Scene scene;
  REQUIRE(machine::make_private_directory(scene.paths.dir));
  Settings settings;
  settings.kinds = all;
  settings.endpoints.emplace(ca::Kind::nebula, "192.0.2.1:4242");
  const SigningKey party = SigningKey::generate(scene.rng);
  const auto token = enroll::make_invitation(
      Digest{1}, {"web-1", {}, all, {}, Duration(60), 1, time_from_unix(1'800'000'060)}, party,
      time_from_unix(1'800'000'000), {{"192.0.2.1:7441", party.public_key()}}, scene.rng);
  REQUIRE(token);
  settings.invitation = token->invitation;
  REQUIRE(write_settings(scene.paths, settings));
  const auto read = read_settings(scene.paths);
  REQUIRE(read);
  CHECK(read->kinds == all);
  CHECK(read->endpoints == settings.endpoints);
  std::string text = content(scene.paths.settings());
  text.replace(text.find("x509"), 4, "x510");
  REQUIRE(
      machine::write_file(scene.paths.settings(), as_bytes(text), 0600, machine::Overwrite::allow));
  CHECK_THAT(read_settings(scene.paths).error().message,
             Catch::Contains("not a kind of this version"));
}

}  // namespace
}  // namespace jointca::host
