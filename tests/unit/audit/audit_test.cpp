// tests/unit/audit/audit_test.cpp — an honest authority gives no findings, and each lie gives its
// own.
#include <catch2/catch.hpp>

#include "audit/report.h"
#include "nebula-adapter/pem.h"
#include "tests/support/audit_logs.h"

namespace jointca::audit {
namespace {

using test::AuditWorld;

std::vector<std::string> codes(const Report& report, Severity from = Severity::warning) {
  std::vector<std::string> out;
  for (const Finding& finding : report.findings.all()) {
    INFO(to_text(finding.code) << " " << finding.party << ": " << finding.words);
    CHECK_FALSE(finding.words.empty());
    if (finding.severity >= from) out.emplace_back(to_text(finding.code));
  }
  return out;
}

const Finding* find(const Report& report, Code code) {
  for (const Finding& finding : report.findings.all())
    if (finding.code == code) return &finding;
  return nullptr;
}

using Codes = std::vector<std::string>;

TEST_CASE("an honest authority gives no findings") {
  AuditWorld world;
  for (int i = 1; i <= 300; ++i)
    world.issue("web" + std::to_string(i),
                "10.42." + std::to_string(i / 250) + "." + std::to_string(1 + i % 250) + "/16");
  auto details = world.details("v1", "10.42.9.9/16");
  const auto v1 = world.intent(details, nebula::Version::v1);
  world.log(1).add(v1);
  world.log(2).add(v1);
  world.log(3).add(world.outcome(v1));
  for (std::uint16_t i = 1; i <= 3; ++i)
    for (std::uint16_t by = 1; by <= 3; ++by)
      if (i != by) {
        world.log(i).cosigned[by] = world.now;
        world.sources[by - 1U].serve_mirror(world.log(i));
      }
  for (std::uint16_t i = 1; i <= 3; ++i) world.sources[i - 1U].serve(world.log(i));
  const auto report = world.audit_as_served();
  CHECK(codes(report, Severity::info) == Codes{});
  CHECK(report.certificates == 301);
  CHECK(exit_status(report.findings, false) == 0);
  REQUIRE(report.logs.size() == 3);
  CHECK(report.logs[0].size == 302);
  CHECK(report.logs[0].counts.issue == 301);
  CHECK(report.logs[2].counts.outcome == 301);
  CHECK(report.logs[1].cosigned.at(1).size == 302);
  CHECK(report.logs[1].mirrors.at(3) == 302);
}

TEST_CASE("empty logs are in order, also before any entry") {
  AuditWorld world;
  for (auto& log : world.logs) log.entries.clear();
  CHECK(codes(world.audit(), Severity::info) == Codes{});
}

TEST_CASE("an entry that cannot be read is a finding at its place, and the rest is still read") {
  AuditWorld world;
  world.issue("web1", "10.42.0.7/16");
  world.log(2).entries.push_back(to_bytes(std::string_view("{\"type\":\"gift\"}")));
  world.log(2).entries.push_back({});
  world.issue("web2", "10.42.0.8/16");
  const auto report = world.audit();
  CHECK(codes(report) == Codes{"MALFORMED_ENTRY", "MALFORMED_ENTRY"});
  CHECK(find(report, Code::malformed_entry)->place == Place{"bob", 2});
  CHECK(report.certificates == 2);
  CHECK(exit_status(report.findings, false) == 5);
}

TEST_CASE("a certificate that a signer's log does not have convicts the signer, not the others") {
  AuditWorld world;
  const auto entry = world.intent(world.details("web1", "10.42.0.7/16"));
  world.log(1).add(entry);
  world.log(3).add(world.outcome(entry));
  const auto report = world.audit();
  REQUIRE(codes(report) == Codes{"MISSING_IN_SIGNER_LOG"});
  CHECK(report.findings.all()[0].party == "bob");
  CHECK(report.findings.all()[0].severity == Severity::critical);
  CHECK(report.findings.all()[0].place == Place{"carol", 1});
}

TEST_CASE("a copy that may be older than the certificate only warns of what it lacks") {
  AuditWorld world;
  const auto entry = world.intent(world.details("web1", "10.42.0.7/16"));
  world.log(1).add(entry);
  world.log(3).add(world.outcome(entry));
  for (auto& source : world.sources) source.live = false;
  auto report = world.audit();
  REQUIRE(codes(report) == Codes{"MISSING_IN_SIGNER_LOG"});
  CHECK(report.findings.all()[0].severity == Severity::warning);
  // Bob's log goes on, so it is not older.
  auto later = world.intent(world.details("web2", "10.42.0.8/16"));
  later.time = world.now;
  world.log(1).add(later);
  world.log(2).add(later);
  report = world.audit();
  CHECK(report.findings.all()[0].severity == Severity::critical);
}

TEST_CASE("an outcome younger than the first look proves nothing yet") {
  // The coordinator's log grows between the two looks, the signer's was read at the first.
  AuditWorld world;
  world.audit();
  struct Growing final : LogSource {
    Result<bool, Error> read(const std::string& path, std::size_t max, Bytes& content) override {
      if (path == "log/checkpoint" && ++looks == 2) inner.serve(*grown);
      return inner.read(path, max, content);
    }
    [[nodiscard]] std::string where() const override { return "memory"; }
    [[nodiscard]] bool is_live() const override { return true; }
    [[nodiscard]] bool should_mirror() const override { return false; }
    test::MemorySource inner;
    const test::AuditLog* grown = nullptr;
    int looks = 0;
  } growing;
  growing.inner.serve(world.log(3));
  const auto entry = world.intent(world.details("web1", "10.42.0.7/16"));
  world.log(3).add(world.outcome(entry));
  growing.grown = &world.log(3);
  world.log(1).add(entry);
  world.sources[0].serve(world.log(1));
  const Request request{world.base.authority,
                        {{1, &world.sources[0]}, {2, &world.sources[1]}, {3, &growing}},
                        world.now,
                        {},
                        false};
  CHECK(codes(*run(request)) == Codes{});
}

TEST_CASE("an intent without a signature is pending and no fault") {
  AuditWorld world;
  const auto entry = world.intent(world.details("web1", "10.42.0.7/16"));
  world.log(1).add(entry);
  auto report = world.audit();
  CHECK(codes(report, Severity::info) == Codes{"PENDING_INTENT"});
  CHECK(report.findings.all()[0].place == Place{"alice", 1});
  CHECK(exit_status(report.findings, false) == 0);
  world.log(2).add(entry);
  report = world.audit();
  CHECK(codes(report, Severity::info) == Codes{"PENDING_INTENT"});
  CHECK(report.findings.all()[0].words.find("may exist") != std::string::npos);
  world.now = entry.subject.not_after + std::chrono::seconds(1);
  CHECK(find(world.audit(), Code::pending_intent) == nullptr);
}

TEST_CASE("sets of signers that cannot have signed are found") {
  AuditWorld world;
  const auto details = world.details("web1", "10.42.0.7/16");
  auto entry = world.intent(details);
  SECTION("too few") { entry.signers = {"alice"}; }
  SECTION("nobody knows them") { entry.signers = {"alice", "mallory"}; }
  SECTION("in disorder") { entry.signers = {"bob", "alice"}; }
  SECTION("one twice") { entry.signers = {"alice", "alice"}; }
  SECTION("not the writer") { entry.signers = {"bob", "carol"}; }
  world.log(1).add(entry);
  const auto report = world.audit();
  REQUIRE(codes(report) == Codes{"WRONG_SIGNER_SET"});
  CHECK(report.findings.all()[0].place == Place{"alice", 1});
}

TEST_CASE("logs that name different signers for one signature are found") {
  AuditWorld world;
  auto entry = world.intent(world.details("web1", "10.42.0.7/16"));
  world.log(1).add(entry);
  SECTION("signers") { entry.signers = {"bob", "carol"}; }
  SECTION("session") { entry.session = Digest{1}; }
  world.log(2).add(entry);
  CHECK(codes(world.audit()) == Codes{"WRONG_SIGNER_SET"});
}

TEST_CASE("two hosts with one address or name conflict while both are valid") {
  AuditWorld world;
  world.issue("web1", "10.42.0.7/16");
  SECTION("renewal") {
    world.issue("web1", "10.42.0.7/16");
    CHECK(codes(world.audit()) == Codes{});
  }
  SECTION("address") {
    world.issue("web2", "10.42.0.7/16");
    const auto report = world.audit();
    CHECK(codes(report) == Codes{"CONFLICT_ADDRESS"});
    CHECK(report.findings.all()[0].severity == Severity::error);
    CHECK(report.findings.all()[0].words.find("10.42.0.7") == 0);
  }
  SECTION("an intent that both signers logged counts") {
    const auto entry = world.intent(world.details("web2", "10.42.0.7/16"));
    world.log(1).add(entry);
    CHECK(codes(world.audit()) == Codes{});
    world.log(2).add(entry);
    const auto report = world.audit();
    CHECK(codes(report) == Codes{"CONFLICT_ADDRESS"});
    CHECK(report.findings.all()[0].severity == Severity::warning);
  }
  SECTION("name, whatever its case") {
    world.issue("WEB1", "10.42.0.8/16");
    CHECK(codes(world.audit()) == Codes{"CONFLICT_NAME"});
  }
  SECTION("a third is found against the one that ends last") {
    auto details = world.details("web2", "10.42.0.7/16");
    details.not_before += 8 * 86400;
    details.not_after += 8 * 86400;
    auto entry = world.intent(details);
    world.log(1).add(entry);
    world.log(2).add(entry);
    world.log(3).add(world.outcome(entry));
    CHECK(codes(world.audit()) == Codes{});  // one after the other
    world.issue("web3", "10.42.0.7/16");
    CHECK(codes(world.audit()) == Codes{"CONFLICT_ADDRESS"});
  }
  SECTION("revoked by t parties") {
    const auto entry = world.issue("web2", "10.42.0.7/16");
    const log::RevokeEntry revoke{world.base.authority.id, "web2",   {},
                                  {sha256(entry.tbs)},     "double", world.now};
    world.log(1).add(revoke);
    CHECK(codes(world.audit()) == Codes{"CONFLICT_ADDRESS"});
    world.log(1).add(revoke);
    CHECK(codes(world.audit()) == Codes{"CONFLICT_ADDRESS"});  // the same party twice
    world.log(3).add(revoke);
    CHECK(codes(world.audit()) == Codes{});
  }
  SECTION("over") {
    world.issue("web2", "10.42.0.7/16");
    world.now += std::chrono::hours(24 * 30);
    const auto report = world.audit();
    REQUIRE(find(report, Code::conflict_address) != nullptr);
    CHECK(find(report, Code::conflict_address)->severity == Severity::warning);
  }
}

TEST_CASE("what must not be issued is found in the bytes, not in the summary") {
  AuditWorld world;
  auto details = world.details("web1", "10.42.0.7/16");
  std::string rule;
  SECTION("network") {
    details.networks = {test::prefix("10.43.0.7/16")};
    rule = "overlay";
  }
  SECTION("group") {
    details.groups = {"admin"};
    rule = "group";
  }
  SECTION("CA flag") {
    details.is_ca = true;
    rule = "is_ca";
  }
  SECTION("validity") {
    details.not_after = test::nebula_now + 400 * 86400;
    rule = "validity";
  }
  SECTION("issuer") {
    details.issuer[0] ^= 1;
    rule = "issuer";
  }
  SECTION("end of time") {
    details.not_after = std::numeric_limits<std::int64_t>::max();
    rule = "validity";
  }
  SECTION("low order key") {
    details.public_key.assign(32, 0);
    rule = "low order key";
  }
  auto entry = world.intent(details);
  world.log(1).add(entry);
  const auto report = world.audit();
  REQUIRE(codes(report) == Codes{"POLICY_VIOLATION"});
  INFO(report.findings.all()[0].words);
  CHECK(report.findings.all()[0].words.find(rule) != std::string::npos);
}

TEST_CASE(
    "the authority's own networks and groups bind where the CA certificate leaves them free") {
  AuditWorld world;
  auto ca_details = test::nebula_ca_details(world.base.group);
  ca_details.networks.clear();
  ca_details.groups.clear();
  world.base.ca = test::sign_nebula(nebula::Version::v2, ca_details, world.base.group);
  world.base.authority.ca_certificates = {nebula::to_pem(world.base.ca)};
  auto details = world.details("web1", "10.42.0.7/16");
  std::string words;
  SECTION("allowed") {}
  SECTION("network") {
    details.networks = {test::prefix("192.168.0.7/16")};
    words = "network";
  }
  SECTION("group") {
    details.groups = {"admin"};
    words = "group";
  }
  world.log(1).add(world.intent(details));
  CHECK(codes(world.audit()) == (words.empty() ? Codes{} : Codes{"POLICY_VIOLATION"}));
}

TEST_CASE("a certificate under a CA certificate whose turn it was not is found") {
  AuditWorld world;
  const nebula::Certificate first = world.base.ca;
  nebula::Details details = first.details;
  details.not_before += 200 * 86400;
  details.not_after += 200 * 86400;
  const nebula::Certificate second =
      test::sign_nebula(nebula::Version::v2, details, world.base.group);
  world.base.authority.ca_certificates = {nebula::to_pem(first), nebula::to_pem(second)};
  const std::int64_t turn = details.not_before + (details.not_after - details.not_before) / 16;
  const auto codes_of = [&](const nebula::Certificate& ca, std::int64_t not_before) {
    world.base.ca = ca;
    nebula::Details leaf = world.details("web1", "10.42.0.7/16");
    leaf.not_before = not_before;
    leaf.not_after = not_before + 3600;
    world.log(1).entries.clear();
    world.log(1).add(world.intent(leaf));
    return codes(world.audit());
  };
  CHECK(codes_of(first, test::nebula_now) == Codes{});
  CHECK(codes_of(first, turn - 1) == Codes{});
  CHECK(codes_of(first, turn) == Codes{"POLICY_VIOLATION"});
  CHECK(codes_of(second, turn - 1) == Codes{"POLICY_VIOLATION"});
  CHECK(codes_of(second, turn) == Codes{});
}

TEST_CASE("bytes that are no certificate are found") {
  AuditWorld world;
  auto entry = world.intent(world.details("web1", "10.42.0.7/16"));
  SECTION("junk") { entry.tbs = {1, 2, 3}; }
  SECTION("longer") { entry.tbs.push_back(0); }
  SECTION("of the other version") { entry.kind = "nebula-v1"; }
  world.log(1).add(entry);
  CHECK(codes(world.audit()) == Codes{"POLICY_VIOLATION"});
}

TEST_CASE("a summary that does not say what the bytes say is found in the log that has it") {
  AuditWorld world;
  const auto honest = world.intent(world.details("web1", "10.42.0.7/16"));
  auto lie = honest;
  std::string what;
  SECTION("name") {
    lie.subject.name = "db1";
    what = "name";
  }
  SECTION("networks") {
    lie.subject.networks = {"10.42.0.8/16"};
    what = "networks";
  }
  SECTION("groups") {
    lie.subject.groups = {"db"};
    what = "groups";
  }
  SECTION("validity") {
    lie.subject.not_after -= std::chrono::seconds(1);
    what = "validity";
  }
  SECTION("host") {
    lie.host = PublicKey{Digest{1}};
    what = "host";
  }
  SECTION("request") {
    lie.request = Digest{1};
    what = "request";
  }
  SECTION("coordinator") {
    lie.coordinator = "bob";
    what = "coordinator";
  }
  world.log(1).add(honest);
  world.log(2).add(lie);
  const auto report = world.audit();
  REQUIRE(codes(report) == Codes{"SUBJECT_MISMATCH"});
  CHECK(report.findings.all()[0].place == Place{"bob", 1});
  CHECK(report.findings.all()[0].words.find(what) != std::string::npos);
}

TEST_CASE("signatures that do not verify are found, one among many") {
  AuditWorld world;
  for (int i = 1; i <= 20; ++i)
    world.issue("web" + std::to_string(i), "10.42.0." + std::to_string(i) + "/16");
  const auto entry = world.intent(world.details("bad", "10.42.1.1/16"));
  world.log(1).add(entry);
  world.log(2).add(entry);
  auto outcome = world.outcome(entry);
  SECTION("signature") {
    outcome.signature[40] ^= 1;
    world.log(3).add(outcome);
    const auto report = world.audit();
    CHECK(report.certificates == 20);
    CHECK(find(report, Code::bad_outcome)->place == Place{"carol", 21});
    CHECK(find(report, Code::pending_intent) != nullptr);
  }
  SECTION("not canonical") {
    // s + q verifies for whoever does not look.
    unsigned carry = 0;
    for (std::size_t i = 0; i < 32; ++i) {
      carry += outcome.signature[32 + i] + edwards::group_order[i];
      outcome.signature[32 + i] = static_cast<std::uint8_t>(carry);
      carry >>= 8;
    }
    world.log(3).add(outcome);
    CHECK(find(world.audit(), Code::bad_outcome) != nullptr);
  }
  SECTION("fingerprint") {
    outcome.fingerprint = Digest{1};
    world.log(3).add(outcome);
    const auto report = world.audit();
    CHECK(codes(report) == Codes{"BAD_OUTCOME"});
    CHECK(report.certificates == 21);
  }
  SECTION("bytes that no log has") {
    auto other = world.intent(world.details("other", "10.42.1.2/16"));
    world.log(3).add(world.outcome(other));
    CHECK(codes(world.audit()) == Codes{"ORPHAN_OUTCOME"});
  }
}

TEST_CASE("an outcome that is read before its intent is verified all the same") {
  AuditWorld world;
  const auto entry = world.intent(world.details("web1", "10.42.0.7/16"));
  auto outcome = world.outcome(entry);
  outcome.time = world.now - std::chrono::hours(3);
  world.log(3).entries.clear();
  world.log(3).add(outcome);
  world.log(1).add(entry);
  world.log(2).add(entry);
  const auto report = world.audit();
  CHECK(codes(report) == Codes{});
  CHECK(report.certificates == 1);
}

TEST_CASE("entries that are not of this authority, or that nobody can check, are reported") {
  AuditWorld world;
  auto entry = world.intent(world.details("web1", "10.42.0.7/16"));
  Codes expected;
  SECTION("another authority's intent") {
    entry.authority = Digest{9};
    world.log(1).add(entry);
    expected = {"FOREIGN_ENTRY"};
  }
  SECTION("another authority's revocation") {
    world.log(1).add(log::RevokeEntry{Digest{9}, "web1", {}, {Digest{1}}, "why", world.now});
    expected = {"FOREIGN_ENTRY"};
  }
  SECTION("a new kind") {
    entry.kind = "carrier-pigeon";
    world.log(1).add(entry);
    expected = {"UNKNOWN_KIND"};
  }
  SECTION("another key") {
    world.log(1).add(log::CeremonyEntry{world.base.authority.id,
                                        1,
                                        Digest{1},
                                        PublicKey{Digest{1}},
                                        {"alice", "bob", "carol"},
                                        world.now});
    expected = {"WRONG_CEREMONY"};
  }
  SECTION("other parties") {
    world.log(1).add(log::CeremonyEntry{world.base.authority.id,
                                        1,
                                        Digest{1},
                                        world.base.authority.group_public_key,
                                        {"alice", "bob"},
                                        world.now});
    expected = {"WRONG_CEREMONY"};
  }
  CHECK(codes(world.audit()) == expected);
}

TEST_CASE("an intent that stands twice in a log is counted once") {
  AuditWorld world;
  world.log(1).add(world.issue("web1", "10.42.0.7/16"));
  const auto report = world.audit();
  CHECK(codes(report, Severity::info) == Codes{"DUPLICATE_ENTRY"});
  CHECK(report.certificates == 1);
}

TEST_CASE("a log full of outcomes for one thing costs neither time nor memory") {
  AuditWorld world;
  const auto entry = world.intent(world.details("web1", "10.42.0.7/16"));
  world.log(1).add(entry);
  world.log(2).add(entry);
  auto outcome = world.outcome(entry);
  for (int i = 0; i < 300; ++i) world.log(3).add(outcome);
  const auto report = world.audit();
  CHECK(report.index->outcomes.size() == 4);
  CHECK(report.certificates == 1);
  CHECK(codes(report) == Codes{});
  CHECK(report.findings.count(Code::duplicate_entry) == 299);
}

TEST_CASE("nothing may be issued to a host that t parties revoked") {
  AuditWorld world;
  const auto entry = world.issue("web1", "10.42.0.7/16");
  const log::RevokeEntry revoke{world.base.authority.id,           "web1", entry.host, {}, "stolen",
                                entry.time - std::chrono::hours(1)};
  world.log(1).add(revoke);
  CHECK(codes(world.audit()) == Codes{});
  world.log(2).add(revoke);
  CHECK(codes(world.audit()) == Codes{"POLICY_VIOLATION"});
}

TEST_CASE(
    "what a host got between the votes against it is revoked with it, and frees its address") {
  AuditWorld world;
  const auto before = world.issue("web1", "10.42.0.7/16");
  // Each vote names the certificates that its party knew: the first one's has not the second.
  log::RevokeEntry vote{world.base.authority.id, "web1",   before.host,
                        {sha256(before.tbs)},    "stolen", world.now - std::chrono::hours(1)};
  world.log(1).add(vote);
  auto renewed = world.details("web1", "10.42.0.7/16");
  renewed.not_before += 60;
  const auto between = world.intent(renewed);
  for (const std::uint16_t signer : std::array<std::uint16_t, 2>{1, 2})
    world.log(signer).add(between);
  world.log(3).add(world.outcome(between));
  REQUIRE(between.time > vote.time);
  REQUIRE(between.tbs != before.tbs);
  const auto taken = world.issue("db1", "10.42.0.7/16");
  const auto statuses = [&](const Report& report) {
    std::vector<std::string> out;
    for (const auto& entry : {before, between, taken})
      for (std::uint32_t i = 0; i < report.index->items.size(); ++i)
        if (report.index->items[i].tbs == sha256(entry.tbs))
          out.push_back(row_of(report, world.base.authority, i)->status);
    return out;
  };
  SECTION("one vote revokes nothing: whoever takes the address conflicts with both") {
    const auto report = world.audit();
    CHECK(codes(report) == Codes{"CONFLICT_ADDRESS", "CONFLICT_ADDRESS"});
    CHECK(statuses(report) == Codes{"valid", "valid", "valid"});
  }
  SECTION("the second one revokes both") {
    vote.time = between.time + std::chrono::seconds(1);
    vote.certificates.push_back(sha256(between.tbs));
    world.log(2).add(vote);
    const auto report = world.audit();
    CHECK(codes(report) == Codes{});
    CHECK(statuses(report) == Codes{"revoked", "revoked", "valid"});
    CHECK_FALSE(report.index->revoked_at(sha256(between.tbs), 2));  // not by itself
  }
  SECTION("also if no vote names it") {
    world.log(3).add(vote);
    CHECK(statuses(world.audit()) == Codes{"revoked", "revoked", "valid"});
  }
  SECTION("a vote against the first certificate alone leaves the host") {
    vote.host.reset();
    world.log(2).add(vote);
    const auto report = world.audit();
    CHECK(codes(report) == Codes{"CONFLICT_ADDRESS"});
    CHECK(statuses(report) == Codes{"revoked", "valid", "valid"});
  }
}

}  // namespace
}  // namespace jointca::audit
