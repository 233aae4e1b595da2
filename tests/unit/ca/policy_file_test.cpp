// tests/unit/ca/policy_file_test.cpp — every refusal of the policy file's reader, and one example.
#include "ca/policy_file.h"

#include <fstream>
#include <sstream>

#include <catch2/catch.hpp>

using namespace jointca;
using namespace jointca::ca;

namespace {

/// "" if the text is a policy, else the error.
std::string error_of(std::string_view text) {
  const auto policy = parse_policy(text);
  return policy ? "" : policy.error().text();
}

bool mentions(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a policy of the six fields is complete") {
  const auto policy = parse_policy(
      "networks: [10.42.0.0/16, 'fd42::/64']\n"
      "names: [web-*, \"db-?\"]\n"
      "groups: [web, db]\n"
      "kinds: [nebula, wireguard]\n"
      "max_ttl: 168h\n"
      "approve: auto\n");
  INFO((policy ? "" : policy.error().text()));
  REQUIRE(policy);
  const Permissions& base = policy->base;
  CHECK(base.networks == std::vector{*Prefix::parse("10.42.0.0/16"), *Prefix::parse("fd42::/64")});
  CHECK(base.names == std::vector<std::string>{"web-*", "db-?"});
  CHECK(base.groups == std::vector<std::string>{"web", "db"});
  CHECK(base.kinds == std::vector{Kind::nebula, Kind::wireguard});
  CHECK(base.max_ttl == std::chrono::hours(168));
  CHECK(base.approve == Approval::automatic);
  CHECK_FALSE(base.rate_limit);
  CHECK(policy->rules.empty());
}

TEST_CASE("rules have conditions and the same fields") {
  const auto policy = parse_policy(
      "approve: ask\n"
      "rules:\n"
      "  - name: never\n"
      "    match: {groups: [admin], inviters: [b]}\n"
      "    deny: true\n"
      "  - name: ci\n"
      "    match:\n"
      "      names: [ci-*]\n"
      "      kinds: [nebula]\n"
      "      networks: [10.42.9.0/24]\n"
      "      dids: ['did:key:z6Mk*']\n"
      "    approve: auto\n"
      "    rate_limit: 100/1h\n"
      "    invite_from: [a]\n"
      "    dids: ['*']\n");
  REQUIRE(policy);
  REQUIRE(policy->rules.size() == 2);
  CHECK(policy->rules[0].permissions.deny);
  CHECK(policy->rules[0].match.inviters == std::vector<std::string>{"b"});
  const Permissions& ci = policy->rules[1].permissions;
  CHECK(ci.rate_limit->count == 100);
  CHECK(ci.rate_limit->window == std::chrono::hours(1));
  CHECK(policy->rules[1].match.dids == std::vector<std::string>{"did:key:z6Mk*"});
}

TEST_CASE("an empty file and an empty list are policies, and differ") {
  CHECK(error_of("").empty());
  CHECK(error_of("# nothing yet\n").empty());
  CHECK_FALSE(parse_policy("")->base.groups);
  CHECK(parse_policy("groups: []")->base.groups->empty());
}

TEST_CASE("the example of docs/policy.md is a policy") {
  std::ifstream file(JOINTCA_SOURCE_DIR "/docs/policy.md");
  std::stringstream content;
  content << file.rdbuf();
  const std::string text = content.str();
  const std::size_t begin = text.find("```yaml\n");
  REQUIRE(begin != std::string::npos);
  const std::size_t end = text.find("```", begin + 8);
  CHECK(error_of(text.substr(begin + 8, end - begin - 8)).empty());
}

TEST_CASE("an error names file and line") {
  const auto policy = parse_policy("approve: auto\n\ngroop: [web]\n", "p.yaml");
  REQUIRE_FALSE(policy);
  CHECK(policy.error().text() == "p.yaml line 3: unknown field groop");
}

TEST_CASE("what a policy file may not contain is refused with its reason") {
  struct Case {
    const char* text;
    const char* reason;
  };
  const std::vector<Case> cases{
      {"approve: auto\napprove: ask\n", "line 2: \"approve\" stands here twice"},
      {"approve: yes\n", "expected auto or ask"},
      {"approve: [auto]\n", "expected a text"},
      {"approve:\n", "expected a text"},
      {"- approve\n", "expected fields"},
      {"auto\n", "expected fields"},
      {"groups: web\n", "expected a list"},
      {"groups: [[web]]\n", "expected a text"},
      {"groups: ['']\n", "characters"},
      {"groups: [\"a\\tb\"]\n", "printable"},
      {"networks: [10.42.0.1/16]\n", "host bits are set"},
      {"networks: [10.42.0.0]\n", "expected a network"},
      {"kinds: [ssh]\n", "expected nebula"},
      {"max_ttl: 1 day\n", "expected a duration"},
      {"max_ttl: 0s\n", "expected a duration"},
      {"rate_limit: 100\n", "expected a rate"},
      {"rate_limit: -1/1h\n", "expected a rate"},
      {"rate_limit: 5/0s\n", "expected a rate"},
      {"rate_limit: 9999999/1h\n", "expected a rate"},
      {"deny: 1\n", "expected true or false"},
      {"rules: {}\n", "expected a list"},
      {"rules: [{approve: auto}]\n", "the rule has no name"},
      {"rules: [{name: a b}]\n", "a rule's name"},
      {"rules: [{name: default}]\n", "two rules are called default"},
      {"rules:\n - {name: a}\n - {name: a}\n", "line 3: two rules are called a"},
      {"rules: [{name: a, match: {name: [x]}}]\n", "unknown field name"},
      {"rules: [{name: a, rules: []}]\n", "unknown field rules"},
      {"groups: &g [web]\nnames: *g\n", "line 1: anchors are not used here"},
      {"<<: {approve: auto}\n", "unknown field <<"},
      {"approve: !!str auto\n", "tags are not used here"},
      {"approve: auto\n---\napprove: ask\n", "a second document"},
      {"? [a]\n: b\n", "a field name must be a text"},
      {"a: [[[[[[[[[]]]]]]]]]\n", "nested too deeply"},
      {"groups: [web\n", "line"},
      {"\tapprove: auto\n", "line"},
  };
  for (const Case& each : cases) {
    INFO(each.text);
    const std::string error = error_of(each.text);
    CHECK_FALSE(error.empty());
    CAPTURE(error);
    CHECK(mentions(error, each.reason));
  }
}

TEST_CASE("sizes and counts of a policy file are limited") {
  CHECK(mentions(error_of(std::string(policy_bytes_max + 1, '#')), "too long"));
  std::string list = "groups: [";
  for (std::size_t i = 0; i <= policy_list_max; ++i) list += "g,";
  CHECK(mentions(error_of(list + "g]"), "more than 200"));
  std::string rules = "rules:\n";
  for (std::size_t i = 0; i <= policy_rules_max; ++i)
    rules += " - {name: r" + std::to_string(i) + "}\n";
  CHECK(mentions(error_of(rules), "more than 100"));
  std::string values = "x: [";
  for (int i = 0; i < 10'001; ++i) values += "a,";
  CHECK(mentions(error_of(values + "a]"), "too many values"));
  CHECK(mentions(error_of("names: [" + std::string(254, 'a') + "]"), "1 to 253"));
  CHECK_FALSE(error_of(std::string(60'000, '[')).empty());
  CHECK_FALSE(error_of(std::string(60'000, '{')).empty());
}

TEST_CASE("a policy for sessions has rules of its own, and asks unless it says otherwise") {
  const auto none = parse_policy("approve: auto\n");
  REQUIRE(none);
  CHECK(none->sessions.approve == Approval::ask);
  CHECK(none->sessions.rate_limit.count == 100);
  const auto policy = parse_policy(
      "sessions:\n"
      "  approve: auto\n"
      "  members: [lab-*]\n"
      "  channels: [tls, nebula]\n"
      "  max_window: 2h\n"
      "  rate_limit: 5/1h\n");
  INFO((policy ? "" : policy.error().text()));
  REQUIRE(policy);
  CHECK(policy->sessions.approve == Approval::automatic);
  CHECK(policy->sessions.members == std::vector<std::string>{"lab-*"});
  CHECK(policy->sessions.channels == std::vector<std::string>{"tls", "nebula"});
  CHECK(policy->sessions.max_window == std::chrono::hours(2));
  CHECK(policy->sessions.rate_limit.count == 5);
  CHECK_FALSE(policy->base.approve);
  CHECK(mentions(describe(*policy), "sessions: for sessions of MPyC: members lab-*; channels tls"));
  CHECK(parse_policy("sessions: {deny: true}\n")->sessions.deny);
}

TEST_CASE("a mistake in a policy for sessions is named") {
  CHECK(mentions(error_of("sessions: {channels: [carrier]}\n"), "expected direct, tls"));
  CHECK(mentions(error_of("sessions: {approve: maybe}\n"), "expected auto or ask"));
  CHECK(mentions(error_of("sessions: {max_window: soon}\n"), "expected a duration"));
  CHECK(mentions(error_of("sessions: {rate_limit: 5}\n"), "expected a rate"));
  CHECK(mentions(error_of("sessions: {groups: [web]}\n"), "groups"));
  CHECK(mentions(error_of("sessions: {}\nrules: [{name: sessions}]\n"), "two rules are called"));
}
