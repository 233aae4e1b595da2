// tests/unit/log/entry_test.cpp — log entries: one text for each value, and no other text is read.
#include "log/entry.h"

#include <catch2/catch.hpp>

#include "tests/unit/log/support.h"

namespace jointca::log {
namespace {

const Time now = time_from_unix(1795300000);

IssueEntry issue_entry() {
  IssueEntry entry;
  entry.authority = Digest{1};
  entry.session = Digest{2};
  entry.coordinator = "alice";
  entry.signers = {"alice", "bob"};
  entry.request = Digest{3};
  entry.host = PublicKey{Digest{5}};
  entry.invitation = PublicKey{Digest{6}};
  entry.kind = "nebula-v2";
  entry.subject = {
      "web-1", {"10.42.0.7/16", "fd00::7/64"}, {"servers"}, now, now + Duration(86400)};
  entry.tbs = Bytes{0xA0, 0, 1, 2};
  entry.r = Digest{4};
  entry.approved = {"networks", "policy", now};
  entry.time = now;
  return entry;
}

OutcomeEntry outcome_entry() {
  return {Digest{2}, Digest{3}, "nebula-v2", Digest{5}, SignatureBytes{6}, Digest{7}, now};
}

RefusalEntry refusal_entry() { return {Digest{2}, Digest{3}, "names", "not \"web-*\"", now}; }

CeremonyEntry ceremony_entry() {
  return {Digest{1}, 1, Digest{8}, PublicKey{Digest{9}}, {"alice", "bob", "carol"}, now};
}

RevokeEntry revoke_entry() {
  return {Digest{1}, "web-1", PublicKey{Digest{5}}, {Digest{2}, Digest{3}}, "stolen", now};
}

std::string text_of(const Entry& entry) { return to_text(*encode(entry)); }

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

TEST_CASE("every type of entry round-trips") {
  auto without_session = refusal_entry();
  without_session.session.reset();
  without_session.reason.clear();
  auto without_host = revoke_entry();
  without_host.host.reset();
  auto bare = issue_entry();
  bare.subject.groups.clear();
  bare.subject.networks.clear();
  auto unicode = issue_entry();
  unicode.subject.name = "caf\xC3\xA9 \\ \"\xF0\x9F\x94\x91\"";
  for (const Entry& entry :
       std::vector<Entry>{issue_entry(), outcome_entry(), refusal_entry(), ceremony_entry(),
                          revoke_entry(), without_host, without_session, bare, unicode}) {
    const auto text = encode(entry);
    REQUIRE(text);
    const auto parsed = parse_entry(*text);
    REQUIRE(parsed);
    CHECK(*parsed == entry);
    CHECK(*encode(*parsed) == *text);
  }
}

TEST_CASE("the texts of the entries are frozen") {
  const auto hex = [](unsigned first) {
    return std::string("0") + std::to_string(first) + std::string(62, '0');
  };
  CHECK(
      text_of(issue_entry()) ==
      R"({"type":"issue","version":1,"authority":")" + hex(1) + R"(","session":")" + hex(2) +
          R"(","coordinator":"alice","signers":["alice","bob"],"request":")" + hex(3) +
          R"(","host":")" + hex(5) + R"(","invitation":")" + hex(6) + R"(","basis":"invitation)" +
          R"(","kind":"nebula-v2","subject":{"name":"web-1","networks":["10.42.0.7/16","fd00::7/64"],)"
          R"("groups":["servers"],"not_before":"2026-11-21T22:26:40Z",)"
          R"("not_after":"2026-11-22T22:26:40Z"},"tbs":"oAABAg==","r":")" +
          hex(4) +
          R"(","approved":{"rule":"networks","by":"policy","at":"2026-11-21T22:26:40Z"},)"
          R"("time":"2026-11-21T22:26:40Z"})");
  CHECK(text_of(outcome_entry()) ==
        R"({"type":"outcome","version":1,"session":")" + hex(2) + R"(","request":")" + hex(3) +
            R"(","kind":"nebula-v2","tbs_sha256":")" + hex(5) + R"(","signature":")" + hex(6) +
            std::string(64, '0') + R"(","fingerprint":")" + hex(7) +
            R"(","time":"2026-11-21T22:26:40Z"})");
  CHECK(text_of(refusal_entry()) == R"({"type":"refusal","version":1,"session":")" + hex(2) +
                                        R"(","request":")" + hex(3) +
                                        R"(","rule":"names","reason":"not \"web-*\"",)"
                                        R"("time":"2026-11-21T22:26:40Z"})");
  CHECK(text_of(ceremony_entry()) ==
        R"({"type":"ceremony","version":1,"authority":")" + hex(1) +
            R"(","epoch":1,"certificate":")" + hex(8) + R"(","group_public_key":")" + hex(9) +
            R"(","parties":["alice","bob","carol"],"time":"2026-11-21T22:26:40Z"})");
  CHECK(text_of(revoke_entry()) == R"({"type":"revoke","version":1,"authority":")" + hex(1) +
                                       R"(","name":"web-1","host":")" + hex(5) +
                                       R"(","certificates":[")" + hex(2) + R"(",")" + hex(3) +
                                       R"("],"reason":"stolen","time":"2026-11-21T22:26:40Z"})");
}

TEST_CASE("another text of the same value is refused") {
  const auto text = text_of(refusal_entry());
  REQUIRE(parse_entry(as_bytes(text)));
  for (const std::string& other : std::vector<std::string>{
           " " + text, text + "\n", replaced(text, "\"version\":1", "\"version\": 1"),
           replaced(text, "\"type\":\"refusal\",\"version\":1",
                    "\"version\":1,\"type\":\"refusal\""),
           replaced(text, "names", "n\\u0061mes"), replaced(text, "web-*", "web\\/*"),
           replaced(text, "26:40Z", "26:40+00:00")}) {
    INFO(other);
    CHECK_FALSE(parse_entry(as_bytes(other)));
  }
}

TEST_CASE("malformed entries are refused where they are wrong") {
  const auto issue = text_of(issue_entry());
  const auto ceremony = text_of(ceremony_entry());
  const auto refusal = text_of(refusal_entry());
  const auto revoke = text_of(revoke_entry());
  struct Case {
    std::string text;
    std::string where;
  };
  const std::vector<Case> cases{
      {"", "entry"},
      {"[]", "entry"},
      {"{}", "entry.type"},
      {issue.substr(0, issue.size() - 1), "entry"},
      {replaced(issue, "\"issue\"", "\"gift\""), "entry.type"},
      {replaced(issue, "\"version\":1", "\"version\":2"), "entry.version"},
      {replaced(issue, "\"version\":1", "\"version\":true"), "entry.version"},
      {replaced(issue, "\"basis\":\"invitation\"", "\"basis\":\"gift\""), "entry.basis"},
      {replaced(issue, "\"basis\":\"invitation\"", "\"basis\":\"consent\""), "entry.basis"},
      {replaced(issue, ",\"kind\":\"nebula-v2\"", ""), "entry.kind"},
      {replaced(issue, "nebula-v2", ""), "entry.kind"},
      {replaced(issue, "\"r\":\"04", "\"r\":\"4"), "entry.r"},
      {replaced(issue, "\"r\":\"04", "\"r\":\"0404"), "entry.r"},
      {replaced(issue, "\"authority\":\"01", "\"authority\":\"0G"), "entry.authority"},
      {replaced(issue, "oAABAg==", "oAABAh=="), "entry.tbs"},
      {replaced(issue, "oAABAg==", ""), "entry.tbs"},
      {replaced(issue, "[\"servers\"]", "\"servers\""), "entry.subject.groups"},
      {replaced(issue, "[\"servers\"]", "[\"\"]"), "entry.subject.groups[0]"},
      {replaced(issue, "\"web-1\"", "\"web\\n1\""), "entry.subject.name"},
      {replaced(issue, "\"rule\"", "\"ruler\""), "entry.approved.rule"},
      {replaced(issue, "\"rule\"", "\"why\":1,\"rule\""), "entry.approved.why"},
      {replaced(issue, "2026-11-22T", "2026-11-32T"), "entry.subject.not_after"},
      {replaced(issue, "\"time\"", "\"more\":0,\"time\""), "entry.more"},
      {replaced(issue, "\"time\"", "\"kind\":\"x\",\"time\""), "entry"},
      {replaced(ceremony, "\"epoch\":1", "\"epoch\":-1"), "entry.epoch"},
      {replaced(ceremony, "\"epoch\":1", "\"epoch\":4294967296"), "entry.epoch"},
      {replaced(ceremony, "\"epoch\":1", "\"epoch\":1.0"), "entry.epoch"},
      {replaced(refusal, "\"session\":\"02", "\"session\":\"02ff"), "entry.session"},
      {replaced(refusal, "names", "\xFF"), "entry"},
      {replaced(revoke, "[\"02", "[\"0g"), "entry.certificates"},
      {replaced(revoke, "\"host\":\"05", "\"host\":\"5"), "entry.host"},
      {replaced(revoke, "stolen", ""), "entry.reason"},
  };
  for (const auto& [text, where] : cases) {
    INFO(text);
    const auto parsed = parse_entry(as_bytes(text));
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().where == where);
  }
}

TEST_CASE("any flipped bit gives another value or no entry") {
  for (const Entry& entry : std::vector<Entry>{issue_entry(), outcome_entry(), refusal_entry(),
                                               ceremony_entry(), revoke_entry()}) {
    const auto text = *encode(entry);
    for (std::size_t bit = 0; bit < 8 * text.size(); ++bit) {
      auto spoiled = text;
      spoiled[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
      const auto parsed = parse_entry(spoiled);
      if (!parsed) continue;
      CHECK(*parsed != entry);
      CHECK(*encode(*parsed) == spoiled);
    }
  }
}

TEST_CASE("what could not be read back is not written") {
  auto entry = issue_entry();
  const auto refused = [](const IssueEntry& one) { return !encode(one); };
  CHECK_FALSE(refused(entry));
  entry.coordinator = "al\xFFice";
  CHECK(refused(entry));
  entry = issue_entry();
  entry.coordinator = "al\nice";
  CHECK(refused(entry));
  entry = issue_entry();
  entry.coordinator = std::string(entry_text_bytes_max + 1, 'a');
  CHECK(refused(entry));
  entry = issue_entry();
  entry.signers.assign(entry_names_max + 1, "a");
  CHECK(refused(entry));
  entry = issue_entry();
  entry.tbs.clear();
  CHECK(refused(entry));
  entry.tbs = Bytes(entry_bytes_max * 3 / 4);
  CHECK(refused(entry));
  entry = issue_entry();
  entry.time = time_from_unix(std::int64_t{1} << 50);
  CHECK(refused(entry));
}

TEST_CASE("an entry may fill its limit exactly") {
  auto entry = issue_entry();
  entry.tbs.assign(3, 0);
  const auto rest = entry_bytes_max - encode(entry)->size();
  entry.tbs.assign(3 + rest / 4 * 3, 0);
  entry.coordinator += std::string(rest % 4, 'x');
  REQUIRE(encode(entry));
  CHECK(encode(entry)->size() == entry_bytes_max);
  entry.coordinator += "x";
  CHECK_FALSE(encode(entry));
}

}  // namespace
}  // namespace jointca::log
