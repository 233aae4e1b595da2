// tests/unit/audit/report_test.cpp — reports show what adversarial entries say, and do nothing
// else.
#include <set>
#include <sstream>

#include <catch2/catch.hpp>

#include "audit/explain.h"
#include "base/json_fields.h"
#include "tests/support/audit_logs.h"

namespace jointca::audit {
namespace {

using test::AuditWorld;

/// An intent whose summary and approval try everything; its bytes are no certificate, so the
/// summary is what is shown.
void add_hostile_entry(AuditWorld& world) {
  auto entry = world.intent(world.details("web1", "10.42.0.7/16"));
  entry.tbs = {1, 2, 3};
  entry.subject.name = "<script>alert(1)</script>\"'&";
  entry.subject.networks = {"=cmd|'/c calc'!A0", "10.42.0.7/16"};
  entry.subject.groups = {"@SUM(1,2)", "a,b"};
  entry.approved.rule = "<img src=x onerror=alert(1)>";
  world.log(1).add(entry);
}

template <class Write>
std::string written(Write write) {
  std::ostringstream out;
  write(out);
  return out.str();
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

TEST_CASE("the page shows markup in entries as text") {
  AuditWorld world;
  add_hostile_entry(world);
  const auto report = world.audit();
  const auto page =
      written([&](std::ostream& out) { write_html(out, report, world.base.authority); });
  CHECK(count(page, "<script>") == 1);  // the page's own
  CHECK(page.find("<img") == std::string::npos);
  CHECK(page.find("&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;") != std::string::npos);
  CHECK(page.find("&lt;img src=x onerror=alert(1)&gt;/policy") != std::string::npos);
  CHECK(page.find("://") == std::string::npos);  // nothing is loaded
}

TEST_CASE("fields of CSV are quoted, and no formulas") {
  CHECK(csv_field("web1") == "web1");
  CHECK(csv_field("") == "");
  CHECK(csv_field("a,b") == "\"a,b\"");
  CHECK(csv_field("a \"b\"") == "\"a \"\"b\"\"\"");
  CHECK(csv_field("=cmd") == "\"'=cmd\"");
  CHECK(csv_field("+1") == "\"'+1\"");
  CHECK(csv_field("-1") == "\"'-1\"");
  CHECK(csv_field("@x") == "\"'@x\"");
  CHECK(csv_field("a\r\nb") == "\"a\r\nb\"");
  AuditWorld world;
  add_hostile_entry(world);
  const auto report = world.audit();
  const auto csv =
      written([&](std::ostream& out) { write_csv(out, report, world.base.authority); });
  CHECK(count(csv, "\r\n") == 2);
  CHECK(csv.find("\"'=cmd|'/c calc'!A0 10.42.0.7/16\"") != std::string::npos);
  CHECK(csv.find("\"'@SUM(1,2) a,b\"") != std::string::npos);
}

TEST_CASE("the JSON report is one document") {
  AuditWorld world;
  add_hostile_entry(world);
  world.issue("web2", "10.42.0.8/16");
  const auto report = world.audit();
  const auto text = written(
      [&](std::ostream& out) { write_json(out, report, world.base.authority, {"a/b.json"}); });
  const auto document = JsonValue::parse(text, "report", 1 << 20);
  REQUIRE(document);
  auto object = *document->object();
  CHECK(*object.required("type")->text() == "jointca/audit");
  CHECK(*object.required("version")->integer<int>() == report_version);
  CHECK(*object.required("exit_status")->integer<int>() == 6);
  CHECK(*object.required("certificates")->integer<int>() == 1);
  CHECK(object.required("items")->array()->size() == 2);
  CHECK(object.required("logs")->array()->size() == 3);
}

TEST_CASE("the text names severity, code, party and place of every finding") {
  AuditWorld world;
  add_hostile_entry(world);
  const auto report = world.audit();
  const auto text =
      written([&](std::ostream& out) { write_text(out, report, world.base.authority); });
  CHECK(text.find("error  POLICY_VIOLATION  alice  (log of alice, entry 1)") != std::string::npos);
  CHECK(text.find("alice  2") != std::string::npos);
}

TEST_CASE("the status of a certificate follows time, revocation and signatures") {
  AuditWorld world;
  const auto entry = world.issue("web1", "10.42.0.7/16");
  const auto status = [&] {
    const auto report = world.audit();
    return row_of(report, world.base.authority, 0)->status;
  };
  CHECK(status() == "valid");
  world.now = entry.subject.not_after + std::chrono::seconds(1);
  CHECK(status() == "expired");
  world.now = entry.subject.not_before - std::chrono::seconds(1);
  CHECK(status() == "not yet valid");
  for (const std::uint16_t party : std::array<std::uint16_t, 2>{1, 3})
    world.log(party).add(log::RevokeEntry{
        world.base.authority.id, "web1", {}, {sha256(entry.tbs)}, "why", world.now});
  CHECK(status() == "revoked");

  AuditWorld other;
  const auto pending = other.intent(other.details("web1", "10.42.0.7/16"));
  other.log(1).add(pending);
  CHECK(row_of(other.audit(), other.base.authority, 0)->status == "pending");
  other.log(2).add(pending);
  CHECK(row_of(other.audit(), other.base.authority, 0)->status == "unsigned");
}

issued::Signed certificate(AuditWorld& world, const log::IssueEntry& entry) {
  return {*issued::parse_statement(entry.kind, entry.tbs), world.outcome(entry).signature};
}

TEST_CASE("a certificate is explained by who logged, approved and signed it") {
  AuditWorld world;
  const auto entry = world.issue("web1", "10.42.0.7/16");
  const auto held = certificate(world, entry);
  auto one = explain(world.audit(), world.base.authority, held);
  REQUIRE(one.row);
  CHECK(one.is_signed);
  CHECK(one.row->signers == "alice, bob");
  CHECK(one.row->coordinator == "carol");
  CHECK(one.row->rules == "alice:networks/policy bob:networks/policy");
  CHECK(one.row->logged == "alice:1 bob:1");
  CHECK(one.findings.empty());
  CHECK(exit_status({one}) == 0);
  for (const std::uint16_t party : std::array<std::uint16_t, 2>{1, 3})
    world.log(party).add(log::RevokeEntry{
        world.base.authority.id, "web1", {}, {sha256(entry.tbs)}, "why", world.now});
  one = explain(world.audit(), world.base.authority, held);
  CHECK(one.revoked == world.now);
  CHECK(exit_status({one}) == 5);
}

TEST_CASE("a certificate that no log has is unknown, and a signer that hides it is named") {
  AuditWorld world;
  const auto entry = world.intent(world.details("web1", "10.42.0.7/16"));
  const auto held = certificate(world, entry);
  auto one = explain(world.audit(), world.base.authority, held);
  REQUIRE(one.findings.size() == 1);
  CHECK(one.findings[0].code == Code::unknown_cert);
  CHECK(exit_status({one}) == 5);
  world.log(1).add(entry);  // no outcome: the file itself shows that it exists
  one = explain(world.audit(), world.base.authority, held);
  REQUIRE(one.findings.size() == 1);
  CHECK(one.findings[0].code == Code::missing_in_signer_log);
  CHECK(one.findings[0].party == "bob");
  CHECK(one.findings[0].severity == Severity::critical);
}

TEST_CASE("certificates of others and the CA's own are told apart from unknown ones") {
  AuditWorld world;
  const auto report = world.audit();
  auto held = certificate(world, world.intent(world.details("web1", "10.42.0.7/16")));
  held.signature[40] ^= 1;
  const auto forged = explain(report, world.base.authority, held);
  CHECK_FALSE(forged.is_signed);
  CHECK(forged.findings.empty());
  CHECK(exit_status({forged}) == 5);
  const auto own =
      explain(report, world.base.authority, *issued::signed_certificate(world.base.ca));
  CHECK(own.is_own_ca);
  auto unsigned_certificate = world.base.ca;
  unsigned_certificate.signature.clear();
  CHECK_FALSE(issued::signed_certificate(unsigned_certificate));  // there is nothing to explain
  CHECK(exit_status({own}) == 0);
}

TEST_CASE("of each code only so many findings are kept, and all are counted") {
  Findings findings;
  for (std::size_t i = 0; i < Findings::kept_max + 5; ++i)
    findings.add({Code::malformed_entry, Severity::error, "alice", {}, "words", {}});
  findings.add({Code::split_view, Severity::critical, "bob", {}, "words", {}});
  findings.sort();
  CHECK(findings.all().size() == Findings::kept_max + 1);
  CHECK(findings.all()[0].code == Code::split_view);
  CHECK(findings.count(Code::malformed_entry) == Findings::kept_max + 5);
  CHECK(findings.count(Severity::error) == Findings::kept_max + 5);
  CHECK(findings.dropped() == 5);
}

TEST_CASE("every code has a text of its own") {
  std::set<std::string_view> texts;
  for (std::size_t i = 0; i < code_count; ++i) texts.insert(to_text(static_cast<Code>(i)));
  CHECK(texts.size() == code_count);
  CHECK(to_text(Code::pending_intent) == "PENDING_INTENT");
  CHECK(to_text(Code::missing_in_signer_log) == "MISSING_IN_SIGNER_LOG");
}

}  // namespace
}  // namespace jointca::audit
