// tests/unit/audit/log_findings_test.cpp — logs that fork, shrink, hide or rot, and what an audit
// remembers of them.
#include <catch2/catch.hpp>

#include "audit/split_view.h"
#include "tests/support/audit_logs.h"

namespace jointca::audit {
namespace {

using test::AuditWorld;
using Codes = std::vector<std::string>;

Codes codes(const Report& report, Severity from = Severity::warning) {
  Codes out;
  for (const Finding& finding : report.findings.all())
    if (finding.severity >= from) out.emplace_back(to_text(finding.code));
  return out;
}

const Finding* find(const Report& report, Code code) {
  for (const Finding& finding : report.findings.all())
    if (finding.code == code) return &finding;
  return nullptr;
}

/// Whether a stranger is convinced that bob is guilty.
bool convicts_bob(const AuditWorld& world, const Finding& finding) {
  if (!finding.evidence || finding.evidence->culprit != Identifier(2)) return false;
  EvidenceContext context;
  context.authority = world.base.authority.id;
  context.min_signers = 2;
  for (const ca::Party& party : world.base.authority.parties)
    context.roster.emplace(Identifier(party.identifier), party.card.identity);
  const auto read = parse_evidence(to_json(*finding.evidence));
  return read && verify_evidence(*read, context, audit_checks(world.base.authority)).has_value();
}

/// Bob's log with its last entry replaced.
test::AuditLog forked(const test::AuditLog& log) {
  test::AuditLog other = log;
  other.entries.back() = to_bytes(std::string_view("something else"));
  return other;
}

std::string state_of(const Report& report) { return to_json(report.next, *report.index); }

TEST_CASE("a log that shows a mirror another tree is convicted with evidence") {
  AuditWorld world;
  for (int i = 1; i <= 5; ++i)
    world.issue("web" + std::to_string(i), "10.42.0." + std::to_string(i) + "/16");
  auto other = forked(world.log(2));
  other.cosigned[3] = test::audit_now;
  SECTION("as long") {}
  SECTION("shorter") { world.issue("web9", "10.42.0.9/16"); }
  world.sources[2].serve_mirror(other);
  world.sources[2].serve_mirror(world.log(1));
  const auto report = world.audit();
  const Finding* split = find(report, Code::split_view);
  REQUIRE(split != nullptr);
  CHECK(split->party == "bob");
  CHECK(convicts_bob(world, *split));
  CHECK(exit_status(report.findings, true) == 6);
  // Carol cosigned what she mirrors; the head names her too, as everyone's.
  const Finding* cosigner = find(report, Code::cosigner_disagrees);
  REQUIRE(cosigner != nullptr);
  CHECK(cosigner->party == "carol");
  CHECK(cosigner->severity == Severity::critical);
}

TEST_CASE("evidence of a split view needs no hash tiles") {
  AuditWorld world;
  for (int i = 1; i <= 5; ++i)
    world.issue("web" + std::to_string(i), "10.42.0." + std::to_string(i) + "/16");
  const auto other = forked(world.log(2));
  world.issue("web9", "10.42.0.9/16");
  world.sources[2].serve_mirror(other);
  world.audit();
  for (auto& [path, bytes] : world.sources[1].files)
    if (path.starts_with("log/tile/0/")) bytes[5] ^= 1;
  const auto report = world.audit_as_served();
  REQUIRE(find(report, Code::split_view) != nullptr);
  CHECK(convicts_bob(world, *find(report, Code::split_view)));
}

TEST_CASE("a log that is not a continuation of what the last audit saw is convicted") {
  AuditWorld world;
  world.issue("web1", "10.42.0.7/16");
  world.issue("web2", "10.42.0.8/16");
  const auto before = world.audit();
  CHECK(codes(before) == Codes{});
  world.log(2) = forked(world.log(2));
  SECTION("as long") {}
  SECTION("longer") { world.issue("web3", "10.42.0.9/16"); }
  const auto report = world.audit(state_of(before));
  REQUIRE(find(report, Code::split_view) != nullptr);
  CHECK(convicts_bob(world, *find(report, Code::split_view)));
  CHECK(report.logs[1].read);
  CHECK(find(report, Code::malformed_entry) != nullptr);  // the new tree was read from its start
  CHECK(find(report, Code::duplicate_entry) == nullptr);
}

TEST_CASE("a log that shrinks is reported until it is as long as it was") {
  AuditWorld world;
  world.issue("web1", "10.42.0.7/16");
  const auto before = world.audit();
  const auto whole = world.log(2);
  world.log(2).entries.pop_back();
  auto report = world.audit(state_of(before));
  CHECK(codes(report) == Codes{"ROLLBACK"});
  report = world.audit(state_of(report));
  CHECK(codes(report) == Codes{"ROLLBACK"});
  world.log(2) = whole;
  report = world.audit(state_of(report));
  CHECK(codes(report) == Codes{});
}

TEST_CASE("a second audit reads only what is new, and remembers what matters") {
  AuditWorld world;
  for (int i = 1; i <= 600; ++i)
    world.issue("web" + std::to_string(i),
                "10.42." + std::to_string(i / 250) + "." + std::to_string(1 + i % 250) + "/16");
  const auto pending = world.intent(world.details("db1", "10.42.9.1/16"));
  world.log(1).add(pending);
  const auto first = world.audit();
  CHECK(codes(first, Severity::info) == Codes{"PENDING_INTENT"});
  CHECK(first.certificates == 600);

  world.log(2).add(pending);
  world.log(3).add(world.outcome(pending));  // its bytes were seen in the first run
  world.issue("other", "10.42.0.2/16");      // web1's address
  world.sources[0].reads = 0;
  const auto second = world.audit(state_of(first));
  CHECK(codes(second, Severity::info) == Codes{"CONFLICT_ADDRESS"});
  CHECK(second.certificates == 602);
  CHECK(second.logs[0].from == 602);
  CHECK(second.logs[0].counts.issue == 602);
  CHECK(second.since == world.now);
  // Two checkpoints, one bundle, a bundle for the late bytes, some tiles: not the whole log.
  CHECK(world.sources[0].reads < 9);
  CHECK(second.logs[1].root == world.audit().logs[1].root);

  const auto third = world.audit(state_of(second));
  CHECK(third.certificates == 602);
  const auto full = world.audit(state_of(second), true);
  CHECK(full.certificates == 602);
  CHECK(full.logs[0].from == 0);
}

TEST_CASE("what has expired leaves the state, and is still counted") {
  AuditWorld world;
  for (int i = 1; i <= 50; ++i)
    world.issue("web" + std::to_string(i), "10.42.0." + std::to_string(i) + "/16");
  auto report = world.audit();
  const auto large = state_of(report).size();
  world.now += std::chrono::hours(24 * 30);
  report = world.audit(state_of(report));
  CHECK(report.certificates == 50);
  CHECK(state_of(report).size() < large / 5);
  report = world.audit(state_of(report));
  CHECK(report.certificates == 50);
  CHECK(report.index->items.size() == 0);
}

TEST_CASE("a log that cannot be had is read from a copy, and it is said") {
  AuditWorld world;
  world.issue("web1", "10.42.0.7/16");
  world.audit();
  world.sources[1].down = true;
  auto report = world.audit_as_served();
  REQUIRE(codes(report) == Codes{"MISSING_LOG"});
  CHECK(report.findings.all()[0].severity == Severity::error);
  CHECK(report.findings.all()[0].party == "bob");
  CHECK_FALSE(report.logs[1].read);
  for (const std::uint16_t mirror : std::array<std::uint16_t, 2>{0, 2})
    for (std::uint16_t of = 1; of <= 3; ++of)
      if (of != mirror + 1) world.sources[mirror].serve_mirror(world.log(of));
  report = world.audit_as_served();
  REQUIRE(codes(report) == Codes{"MISSING_LOG"});
  CHECK(report.findings.all()[0].severity == Severity::warning);
  CHECK(report.logs[1].read);
  CHECK(report.logs[1].server == 1);
  CHECK(report.logs[1].size == 2);
}

TEST_CASE("a log that nobody was asked for is missing") {
  AuditWorld world;
  world.audit();
  Request request{world.base.authority, {{1, &world.sources[0]}}, world.now, {}, false};
  CHECK(codes(*run(request)) == Codes{"MISSING_LOG", "MISSING_LOG"});
}

TEST_CASE("a party that serves less of its log than others hold is stale") {
  AuditWorld world;
  world.issue("web1", "10.42.0.7/16");
  world.audit();
  world.issue("web2", "10.42.0.8/16");
  world.sources[0].serve_mirror(world.log(2));
  world.sources[0].serve_mirror(world.log(3));
  for (const std::uint16_t i : std::array<std::uint16_t, 2>{1, 3})
    world.sources[i - 1U].serve(world.log(i));
  const auto report = world.audit_as_served();
  REQUIRE(codes(report) == Codes{"STALE_LOG"});
  CHECK(report.findings.all()[0].party == "bob");
  CHECK(report.logs[1].size == 3);
}

TEST_CASE("a log for which nobody has vouched for a day is stale") {
  AuditWorld world;
  world.audit();
  world.now += std::chrono::hours(25);
  CHECK(codes(world.audit_as_served()) == Codes{"STALE_LOG", "STALE_LOG", "STALE_LOG"});
}

TEST_CASE("a mirror that lacks a log is reported") {
  AuditWorld world;
  world.audit();
  world.sources[0].serve_mirror(world.log(2));
  const auto report = world.audit_as_served();
  REQUIRE(codes(report) == Codes{"MISSING_MIRROR"});
  CHECK(report.findings.all()[0].party == "alice");
}

TEST_CASE("a party that has not cosigned old entries is late") {
  AuditWorld world;
  world.audit();
  world.log(1).cosigned.erase(2);
  world.sources[0].serve(world.log(1));
  const auto report = world.audit_as_served();
  REQUIRE(codes(report) == Codes{"LATE_COSIGN"});
  CHECK(report.findings.all()[0].party == "bob");
  CHECK(report.findings.all()[0].place == Place{"alice", 0});
}

TEST_CASE("entries younger than an hour need no cosignature yet") {
  AuditWorld world;
  world.audit();
  world.log(1).cosigned[2] = test::audit_now;
  world.sources[1].serve_mirror(world.log(1));
  world.sources[1].serve_mirror(world.log(3));
  world.issue("web1", "10.42.0.7/16");
  world.log(1).cosigned.erase(2);
  for (std::uint16_t i = 1; i <= 3; ++i) world.sources[i - 1U].serve(world.log(i));
  CHECK(codes(world.audit_as_served()) == Codes{});
}

TEST_CASE("checkpoints with a bad signature are refused whole") {
  AuditWorld world;
  world.audit();
  auto& note = world.sources[1].files["log/checkpoint"];
  SECTION("the log's own") {
    note = to_bytes(
        log::sign_checkpoint({test::AuditAuthority::origin(2), 1, Digest{1}}, test::key_from(99)));
  }
  SECTION("a cosigner's") { note[note.size() - 8] ^= 1; }
  SECTION("junk") { note = {1, 2, 3}; }
  const auto report = world.audit_as_served();
  CHECK(codes(report) == Codes{"BAD_CHECKPOINT", "MISSING_LOG"});
}

TEST_CASE("entries that are not those that were signed do not count, whoever serves them") {
  AuditWorld world;
  const auto entry = world.intent(world.details("web1", "10.42.0.7/16"));
  world.log(1).add(entry);
  world.log(2).add(entry);
  world.audit();
  auto& bundle = world.sources[1].files["log/tile/entries/000.p/2"];
  SECTION("a flipped bit") { bundle[bundle.size() / 2] ^= 1; }
  SECTION("cut") { bundle.pop_back(); }
  SECTION("gone") { world.sources[1].files.erase("log/tile/entries/000.p/2"); }
  auto report = world.audit_as_served();
  REQUIRE(find(report, Code::wrong_entries) != nullptr);
  CHECK(find(report, Code::wrong_entries)->party == "bob");
  CHECK(find(report, Code::malformed_entry) == nullptr);
  CHECK_FALSE(report.logs[1].read);
  world.sources[0].serve_mirror(world.log(2));
  world.sources[0].serve_mirror(world.log(3));
  report = world.audit_as_served();
  CHECK(codes(report) == Codes{"WRONG_ENTRIES"});
  CHECK(report.logs[1].read);
  CHECK(report.logs[1].server == 1);
}

TEST_CASE("a partial bundle that has grown is cut from the full one") {
  AuditWorld world;
  for (int i = 1; i <= 255; ++i)
    world.issue("web" + std::to_string(i), "10.42.0." + std::to_string(i - 1) + "/16");
  world.audit();
  auto& files = world.sources[0].files;
  REQUIRE(files.contains("log/tile/entries/000"));
  const auto note = world.log(1).note(100);
  files["log/checkpoint"] = to_bytes(as_bytes(note));
  const auto report = world.audit_as_served();
  CHECK(report.logs[0].read);
  CHECK(report.logs[0].size == 100);
}

TEST_CASE("a state round-trips, and anything else is refused") {
  AuditWorld world;
  world.issue("web1", "10.42.0.7/16");
  world.log(1).add(log::RevokeEntry{
      world.base.authority.id, "x", PublicKey{Digest{3}}, {Digest{4}}, "why", world.now});
  const auto report = world.audit();
  const auto text = state_of(report);
  Index index(5);
  const auto state = state_from_json(text, world.base.authority, index);
  REQUIRE(state);
  CHECK(to_json(*state, index) == text);
  const auto refused = [&](const std::string& from, const std::string& to) {
    auto other = text;
    const auto at = other.find(from);
    REQUIRE(at != std::string::npos);
    Index unused(5);
    return !state_from_json(other.replace(at, from.size(), to), world.base.authority, unused);
  };
  CHECK(refused("\"version\":1", "\"version\":2"));
  CHECK(refused("jointca/audit-state", "jointca/audit"));
  CHECK(refused(to_hex(Digest{7}), to_hex(Digest{8})));
  CHECK(refused("\"party\":1", "\"party\":4"));
  CHECK(refused("\"party\":1", "\"party\":2"));
  CHECK(refused("\"size\":3", "\"size\":2"));
  CHECK(refused("\"finished\":0", "\"finished\":-1"));
  CHECK(refused("\"finished\":0", "\"finished\":0,\"more\":1"));
}

}  // namespace
}  // namespace jointca::audit
