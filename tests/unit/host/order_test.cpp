// tests/unit/host/order_test.cpp — how a host goes from party to party with one order, and what it
// makes of their answers.
#include "host/order.h"

#include "enroll/bundle.h"
#include "tests/support/small_authority.h"
#include "tests/unit/host/scripted_party.h"

namespace jointca::host {
namespace {

using Code = Error::Code;

const transport::HttpResponse waits = answer(202, R"({"id":"00","waiting_for":["party2"]})");
const transport::HttpResponse refuses =
    answer(403, R"({"error":{"code":"refused","message":"by rule names","field":"names"}})");
const transport::HttpResponse knows_nothing =
    answer(404, R"({"error":{"code":"unknown_request","message":"no such","field":""}})");

/// A host with an order that the authority grants, and parties that say what the test wants.
struct Scene {
  test::SmallAuthority authority;
  test::SmallHost host = authority.host("web1");
  Order order{host.sealed, authority.verified(host)};
  std::vector<std::string> told;

  /// What was issued for the order.
  transport::HttpResponse grants() { return answer(200, bundle_of(host)); }
  std::string bundle_of(const test::SmallHost& asking) {
    const auto issued = authority.issue(1, asking);
    REQUIRE(std::holds_alternative<enroll::Bundle>(issued));
    return enroll::bundle_text(std::get<enroll::Bundle>(issued));
  }
  /// With the identity of a party of the authority.
  std::unique_ptr<ScriptedParty> party(unsigned number, ScriptedParty::Answers answers) {
    return std::make_unique<ScriptedParty>(authority.party(number).member.identity,
                                           std::move(answers));
  }
  Result<Granted, Error> submit(const std::vector<enroll::PartyAddress>& parties,
                                Duration timeout = {}) {
    return host::submit(
        authority.authority(), parties, order, timeout, [&] { return authority.now; },
        [&](const std::string& line) { told.push_back(line); });
  }
};

TEST_CASE("a party that waits for its operators does not keep a host from the next") {
  Scene scene;
  const auto first = scene.party(1, {waits}), second = scene.party(2, {scene.grants()});
  const auto granted = scene.submit({first->address(), second->address()});
  REQUIRE(granted);
  CHECK(granted->subject.name == "web1");
  CHECK(granted->statements.size() == granted->fingerprints.size());
  CHECK(first->asked() == std::vector<std::string>{"POST /v1/enroll"});
  CHECK(second->asked() == std::vector<std::string>{"POST /v1/enroll"});
  CHECK(scene.told == std::vector<std::string>{"waiting for the operators of party2"});
}

TEST_CASE(
    "an order that all parties wait with ends after the timeout, and names whose turn it is") {
  Scene scene;
  const auto first = scene.party(1, {waits}), second = scene.party(2, {waits});
  const auto granted = scene.submit({first->address(), second->address()});
  REQUIRE_FALSE(granted);
  CHECK(granted.error().code == Code::unreachable);
  CHECK_THAT(granted.error().message, Catch::StartsWith("waiting for the operators of party2"));
}

TEST_CASE("a party that waits for ever hides no refusal of another") {
  Scene scene;
  const auto first = scene.party(1, {waits}), second = scene.party(2, {refuses});
  const auto granted = scene.submit({first->address(), second->address()});
  REQUIRE_FALSE(granted);
  CHECK(granted.error().code == Code::unreachable);
  CHECK_THAT(granted.error().message, Catch::StartsWith("waiting for the operators of party2") &&
                                          Catch::EndsWith("refused meanwhile: by rule names"));
}

TEST_CASE("a request that waits is asked for by its id, and sent again if the party forgot it") {
  Scene scene;
  const auto party = scene.party(1, {waits, knows_nothing, scene.grants()});
  const auto granted = scene.submit({party->address()}, Duration(60));
  REQUIRE(granted);
  CHECK(party->asked() ==
        std::vector<std::string>{"POST /v1/enroll",
                                 "GET /v1/requests/" + to_hex(scene.order.request.digest()),
                                 "POST /v1/enroll"});
  CHECK(party->connections() == 2);  // none is kept while operators decide
}

TEST_CASE("what one party refuses, or answers wrongly, another may grant") {
  Scene scene;
  const auto other = scene.authority.host("web2");
  const auto refusing = scene.party(1, {refuses});
  const auto lying = scene.party(2, {answer(200, scene.bundle_of(other))});
  const auto busy = scene.party(3, {answer(503, R"({"error":{"code":"not_enough_parties",)"
                                                R"("message":"2 must sign","field":""}})")});
  SECTION("the last one") {
    const auto granting = scene.party(3, {scene.grants()});
    CHECK(scene.submit({refusing->address(), lying->address(), granting->address()}));
  }
  SECTION("else the refusal is what counts") {
    const auto granted = scene.submit({lying->address(), busy->address(), refusing->address()});
    REQUIRE_FALSE(granted);
    CHECK(granted.error().code == Code::refused);
    CHECK(granted.error().message == "by rule names");
  }
  SECTION("then the wrong answer") {
    const auto granted = scene.submit({busy->address(), lying->address()});
    REQUIRE_FALSE(granted);
    CHECK(granted.error().code == Code::verification);
    CHECK_THAT(granted.error().message,
               Catch::StartsWith("party2 at 127.0.0.1:") && Catch::Contains("another request"));
  }
  SECTION("then that there were too few, with the reason of each") {
    const enroll::PartyAddress gone{"127.0.0.1:1", lying->address().identity};
    const auto granted = scene.submit({busy->address(), gone});
    REQUIRE_FALSE(granted);
    CHECK(granted.error().code == Code::unreachable);
    CHECK_THAT(granted.error().message,
               Catch::Contains("2 must sign") && Catch::Contains("party2 at 127.0.0.1:1"));
  }
  SECTION("one that is known to be silent is not asked") {
    const auto granting = scene.party(3, {scene.grants()});
    const Silent silent{{refusing->address().identity, {Code::unreachable, "party1: silence"}}};
    CHECK(host::submit(
        scene.authority.authority(), {refusing->address(), granting->address()}, scene.order, {},
        [&] { return scene.authority.now; }, [](const std::string&) {}, silent));
    CHECK(refusing->asked().empty());
  }
  SECTION("an address with the key of another party is nobody's") {
    const enroll::PartyAddress impostor{lying->address().endpoint, refusing->address().identity};
    const auto granted = scene.submit({impostor});
    REQUIRE_FALSE(granted);
    CHECK_THAT(granted.error().message, Catch::Contains("another key"));
    CHECK(lying->asked().empty());
  }
}

}  // namespace
}  // namespace jointca::host
