// tests/unit/enroll/bundle_test.cpp — the answer of a party: round trip and refusals.
#include "enroll/bundle.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace jointca;
using namespace jointca::enroll;
using nlohmann::json;

namespace {

Bundle example() {
  Bundle bundle;
  bundle.request = Digest{1, 2, 3};
  bundle.name = "web-1";
  bundle.networks = {*ca::Prefix::parse("10.42.0.7/16"), *ca::Prefix::parse("fd42::7/64")};
  bundle.groups = {"web"};
  bundle.not_after = time_from_unix(1'800'000'000);
  bundle.certificates = {{ca::Kind::nebula, "-----BEGIN NEBULA CERTIFICATE-----\n…\n"}};
  bundle.ca = "-----BEGIN NEBULA CERTIFICATE-----\n";
  bundle.signers = {"alpha", "gamma"};
  return bundle;
}

/// The place of the error in the example's JSON after `bend`, or "".
template <class Bend>
std::string place(Bend bend) {
  json document = json::parse(bundle_text(example()));
  bend(document);
  const auto parsed = parse_bundle(document.dump());
  return parsed ? "" : parsed.error().where;
}

}  // namespace

TEST_CASE("a bundle survives its text") {
  const auto back = parse_bundle(bundle_text(example()));
  REQUIRE(back);
  CHECK(*back == example());
}

TEST_CASE("the text of a bundle has the documented fields") {
  const json document = json::parse(bundle_text(example()));
  CHECK(document.at("status") == "issued");
  CHECK(document.at("request").get<std::string>().substr(0, 8) == "01020300");
  CHECK(document.at("networks") == json({"10.42.0.7/16", "fd42::7/64"}));
  CHECK(document.at("not_after") == "2027-01-15T08:00:00Z");
  CHECK(document.at("certificates").contains("nebula"));
  CHECK(document.at("signers") == json({"alpha", "gamma"}));
}

TEST_CASE("each field of a bundle is checked where it stands") {
  CHECK(place([](json&) {}).empty());
  CHECK(place([](json& j) { j["status"] = "pending"; }) == "bundle.status");
  CHECK(place([](json& j) { j["request"] = "00"; }) == "bundle.request");
  CHECK(place([](json& j) { j["request"] = std::string(64, 'A'); }) == "bundle.request");
  CHECK(place([](json& j) { j["name"] = "a\x1b[2J"; }) == "bundle.name");
  CHECK(place([](json& j) { j["networks"][1] = "10.0.0.1"; }) == "bundle.networks[1]");
  CHECK(place([](json& j) { j["networks"] = json(std::vector<std::string>(9, "10.0.0.1/8")); }) ==
        "bundle.networks");
  CHECK(place([](json& j) { j["groups"][0] = "a,b"; }) == "bundle.groups[0]");
  CHECK(place([](json& j) { j["groups"] = json(std::vector<std::string>(33, "a")); }) ==
        "bundle.groups");
  CHECK(place([](json& j) { j["not_after"] = "tomorrow"; }) == "bundle.not_after");
  CHECK(place([](json& j) { j["not_after"] = "0001-01-01T00:00:00Z"; }) == "bundle.not_after");
  CHECK(place([](json& j) { j["certificates"] = json::object(); }) == "bundle.certificates");
  CHECK(place([](json& j) { j["certificates"]["ssh"] = ""; }) == "bundle.certificates.ssh");
  CHECK(place([](json& j) { j["certificates"]["nebula"] = 1; }) == "bundle.certificates.nebula");
  CHECK(place([](json& j) { j["ca"] = std::string(pem_bytes_max + 1, 'a'); }) == "bundle.ca");
  CHECK(place([](json& j) { j["signers"][1] = "\n"; }) == "bundle.signers[1]");
  CHECK(place([](json& j) { j["signers"] = json(std::vector<std::string>(65, "a")); }) ==
        "bundle.signers");
  CHECK(place([](json& j) { j["extra"] = 1; }) == "bundle.extra");
  for (const char* field : {"status", "request", "name", "networks", "groups", "not_after",
                            "certificates", "ca", "signers"})
    CHECK(place([&](json& j) { j.erase(field); }) == "bundle." + std::string(field));
}

TEST_CASE("a bundle that is no object, too long, or says a thing twice is refused") {
  CHECK_FALSE(parse_bundle(""));
  CHECK_FALSE(parse_bundle("[]"));
  CHECK(parse_bundle(std::string(bundle_bytes_max + 1, ' ')).error().reason == "too long");
  std::string text = bundle_text(example());
  text.insert(1, "\"status\":\"issued\",");
  CHECK_FALSE(parse_bundle(text));
}

TEST_CASE("a bundle is of a host's certificates, or of a session, and never of both") {
  Bundle bundle = example();
  bundle.name = ca::session_name({7});
  bundle.networks.clear();
  bundle.groups.clear();
  bundle.certificates.clear();
  bundle.session = "a.b.c\n";
  const auto back = parse_bundle(bundle_text(bundle));
  REQUIRE(back);
  CHECK(*back == bundle);
  bundle.name = "web-1";
  CHECK(parse_bundle(bundle_text(bundle)).error().where == "bundle.name");
  bundle.name = ca::session_name({7});
  bundle.certificates = example().certificates;
  CHECK_FALSE(parse_bundle(bundle_text(bundle)));
  CHECK(place([](json& j) { j["name"] = ca::session_name({7}); }) == "bundle.name");
  CHECK(place([](json& j) { j["session"] = ""; }) == "bundle.session");
}
