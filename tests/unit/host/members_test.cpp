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

/// Parties that say this of the host.
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
  return find_host(calls, known, name);
}

Code code(const std::vector<transport::HttpResponse>& answers, const std::string& name = "web-1") {
  const auto found = find(answers, name);
  REQUIRE_FALSE(found);
  return found.error().code;
}

TEST_CASE("a host is what all parties that know it say") {
  for (const auto& answers :
       {std::vector{knows, knows, knows}, std::vector{knows_not, knows, fails},
        std::vector{fails, fails, knows}}) {
    const auto found = find(answers);
    REQUIRE(found);
    CHECK(found->name == "web-1");
    CHECK(found->identity.bytes[0] == 0xaa);
    CHECK(found->networks == std::vector{test::prefix("10.42.0.1/16")});
  }
  CHECK(find({knows, knows, knows}, "WEB-1"));
}

TEST_CASE("a host that nobody knows is told from parties that nobody reaches") {
  CHECK(code({knows_not, knows_not, knows_not}) == Code::refused);
  CHECK(code({fails, knows_not, fails}) == Code::refused);
  const auto found = find({fails, fails, fails});
  REQUIRE_FALSE(found);
  CHECK(found.error().code == Code::unreachable);
  CHECK_THAT(found.error().message, Catch::Contains("party2: disk full"));
}

TEST_CASE("parties that contradict each other, or say nothing sensible, are named") {
  const auto other = find({knows, knows_not, answer(200, host_text("web-1", 'b'))});
  REQUIRE_FALSE(other);
  CHECK(other.error().code == Code::verification);
  CHECK_THAT(other.error().message, Catch::StartsWith("party1 and party3 say different things"));
  for (const std::string& text :
       {host_text("web-2", 'a'), host_text("web-1", 'g'), host_text("web-1", 'a', R"(["x"])"),
        host_text("web-1", 'a', "1"), std::string("{}"), std::string("web-1")}) {
    INFO(text);
    const auto wrong = find({knows, answer(200, text), knows});
    REQUIRE_FALSE(wrong);
    CHECK(wrong.error().code == Code::verification);
    CHECK_THAT(wrong.error().message, Catch::StartsWith("party2: host"));
  }
}

TEST_CASE("a name that is none is not asked for") {
  CHECK(code({knows, knows, knows}, "web/1") == Code::usage);
  CHECK(code({knows, knows, knows}, "") == Code::usage);
}

}  // namespace
}  // namespace jointca::host
