// tests/unit/host/members_test.cpp — what a host makes of what the parties say of another host.
#include "host/members.h"

#include "tests/support/small_authority.h"
#include "tests/unit/host/scripted_party.h"

namespace jointca::host {
namespace {

using Code = Error::Code;

std::string host_text(const std::string& name, char identity,
                      const std::string& networks = R"(["10.42.0.1/16"])") {
  return R"({"name":")" + name + R"(","host_identity":")" + std::string(64, identity) +
         R"(","networks":)" + networks + "}";
}
const transport::HttpResponse knows = answer(200, host_text("web-1", 'a'));
const transport::HttpResponse knows_not =
    answer(404, R"({"error":{"code":"unknown_host","message":"no such host","field":"name"}})");
const transport::HttpResponse fails =
    answer(500, R"({"error":{"code":"failed","message":"disk full","field":""}})");

std::vector<std::string> dissent;

/// Parties that say this of the host; two of the three must.
Result<KnownHost, Error> find(const std::vector<transport::HttpResponse>& answers,
                              const std::string& name = "web-1") {
  test::SmallAuthority authority(2, 3);
  ca::Authority known = authority.authority();
  std::vector<std::unique_ptr<ScriptedParty>> parties;
  for (ca::Party& party : known.parties) {
    parties.push_back(
        std::make_unique<ScriptedParty>(authority.party(party.identifier).member.identity,
                                        ScriptedParty::Answers{answers.at(party.identifier - 1U)}));
    party.card.api = parties.back()->address().endpoint;
  }
  Calls calls(known);
  dissent.clear();
  return find_host(calls, known, name, [](const std::string& line) { dissent.push_back(line); });
}

Code code(const std::vector<transport::HttpResponse>& answers, const std::string& name = "web-1") {
  const auto found = find(answers, name);
  REQUIRE_FALSE(found);
  return found.error().code;
}

TEST_CASE("a host is what a quorum of parties says alike") {
  for (const auto& answers :
       {std::vector{knows, knows, knows}, std::vector{knows, knows_not, knows},
        std::vector{fails, knows, knows}}) {
    const auto found = find(answers);
    REQUIRE(found);
    CHECK(found->name == "web-1");
    CHECK(found->identity.bytes[0] == 0xaa);
    CHECK(found->networks == std::vector{test::prefix("10.42.0.1/16")});
    CHECK(dissent.empty());
  }
  CHECK(find({knows, knows, knows}, "WEB-1"));
}

TEST_CASE("what too few parties say of a host is not believed") {
  for (const auto& answers :
       {std::vector{knows_not, knows, knows_not}, std::vector{fails, fails, knows}}) {
    const auto found = find(answers);
    REQUIRE_FALSE(found);
    CHECK(found.error().code == Code::unreachable);
    CHECK_THAT(found.error().message,
               Catch::Contains("must be said by 2 parties alike") && Catch::Contains(": aaaa"));
  }
}

TEST_CASE("a host that nobody knows is told from parties that nobody reaches") {
  CHECK(code({knows_not, knows_not, knows_not}) == Code::refused);
  CHECK(code({fails, knows_not, fails}) == Code::refused);
  const auto found = find({fails, fails, fails});
  REQUIRE_FALSE(found);
  CHECK(found.error().code == Code::unreachable);
  CHECK_THAT(found.error().message, Catch::Contains("party2: disk full"));
}

TEST_CASE("a party that lies or says nothing sensible is named, and does not decide") {
  const transport::HttpResponse lies = answer(200, host_text("web-1", 'b'));
  REQUIRE(find({knows, lies, knows}));
  CHECK(dissent == std::vector<std::string>{
                       "party2 says something else of the host web-1 than party1, party3"});
  const auto torn = find({knows, knows_not, lies});
  REQUIRE_FALSE(torn);
  CHECK(torn.error().code == Code::verification);
  CHECK_THAT(torn.error().message,
             Catch::Contains("party1: aaaa") && Catch::Contains("party3: bbbb"));
  for (const std::string& text :
       {host_text("web-2", 'a'), host_text("web-1", 'g'), host_text("web-1", 'a', R"(["x"])"),
        host_text("web-1", 'a', "1"), std::string("{}"), std::string("web-1")}) {
    INFO(text);
    REQUIRE(find({knows, answer(200, text), knows}));
    REQUIRE(dissent.size() == 1);
    CHECK_THAT(dissent.front(), Catch::StartsWith("party2: host"));
    CHECK(code({fails, answer(200, text), knows}) == Code::unreachable);
  }
}

TEST_CASE("a name that is none is not asked for") {
  CHECK(code({knows, knows, knows}, "web/1") == Code::usage);
  CHECK(code({knows, knows, knows}, "") == Code::usage);
}

}  // namespace
}  // namespace jointca::host
