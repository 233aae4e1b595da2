// tests/unit/host/session_end_test.cpp — how a session ended, and what that means.
#include "host/session_end.h"

#include <catch2/catch.hpp>

#include "tests/support/mpyc_session.h"

using namespace jointca;
using namespace jointca::host;
using mpyc::Check;

namespace {

using Endings = std::vector<std::optional<Ending>>;

Digest digest_of(std::string_view text) { return sha256(as_bytes(text)); }

Ending well(std::string_view text) { return {0, digest_of(text)}; }

std::optional<Problem> judged(const ProgramEnd& own, const Endings& endings, bool compare = true) {
  mpyc::Manifest manifest = test::session_manifest();
  manifest.compare_results = compare;
  return judge(manifest, 0, own, endings);
}

}  // namespace

TEST_CASE("a session ended well if every program did, and printed the same") {
  const ProgramEnd own{0, {}, {}, digest_of("4")};
  CHECK(!judged(own, {{}, well("4"), well("4")}));
  const auto differs = judged(own, {{}, well("4"), well("5")});
  REQUIRE(differs);
  CHECK(differs->check == Check::result);
  CHECK(differs->reason.find("seat 2 (carol) " + to_hex(digest_of("5")).substr(0, 16)) !=
        std::string::npos);
  CHECK(!judged(own, {{}, well("4"), well("5")}, false));
  // Who tells no result where results are compared does not agree with anybody.
  CHECK(judged(own, {{}, well("4"), Ending{0, {}}})->check == Check::result);
}

TEST_CASE("every member that failed or told nothing is named") {
  const ProgramEnd own{0, {}, {}, digest_of("4")};
  const auto failed = judged(own, {{}, Ending{44, {}}, {}});
  REQUIRE(failed);
  CHECK(failed->check == Check::member_failed);
  CHECK(failed->reason == "seat 1 (bob) ended with 44 (lost), seat 2 (carol) told nothing");
}

TEST_CASE("this member's own end comes first") {
  const Endings others{{}, Ending{5, {}}, well("4")};
  const auto program = judged({3, {}, {}, {}}, others);
  REQUIRE(program);
  CHECK(program->check == Check::program_failed);
  CHECK(program->reason == "the program ended with status 3; and seat 1 (bob) ended with 5");
  const auto guard = judged({137, Problem{Check::revoked, "seat 1 (bob)"}, {}, {}}, others);
  REQUIRE(guard);
  CHECK(guard->check == Check::revoked);
}

TEST_CASE("the guard's word is taken only of its own statuses") {
  const auto lost = guard_verdict("44 seat 1 (bob) is gone: it closed the connection\n");
  REQUIRE(lost);
  CHECK(lost->check == Check::lost);
  CHECK(lost->reason == "seat 1 (bob) is gone: it closed the connection");
  CHECK(guard_verdict("41 x")->check == Check::guard_version);
  CHECK(guard_verdict("46 x")->check == Check::unfinished);
  for (const char* none : {"", "x", "40 x", "47 x", "17 revoked", "999999999999 x"})
    CHECK(!guard_verdict(none));
}

TEST_CASE("the receipt tells each member, how it was met and how it ended") {
  const auto manifest = test::session_manifest();
  const auto session = mpyc::open_session(mpyc::to_json(test::session_file(manifest)),
                                          manifest.authority, test::session_keys());
  REQUIRE(session);
  Receipt receipt;
  receipt.begin = test::session_now;
  receipt.end = test::session_now + Duration(3);
  receipt.fence = "seat guard";
  receipt.met = {{1, std::chrono::microseconds(250), std::chrono::milliseconds(-3)}};
  receipt.endings = {Ending{0, {}}, Ending{48, {}}, std::nullopt};
  receipt.problem = Problem{Check::member_failed, "seat 1 (bob) ended with 48 \xff"};
  receipt.exit_status = 49;
  const std::string text = to_json(receipt, *session);
  for (const char* part : {R"("type": "mpyc-session-receipt")", R"("name": "bob",
      "round_trip_us": 250,
      "clock_ahead_ms": -3,
      "status": 48,
      "result": null)",
                           R"("name": "carol",
      "status": null)",
                           R"("check": "member-failed")", R"("exit_status": 49)"})
    CHECK(text.find(part) != std::string::npos);
}
