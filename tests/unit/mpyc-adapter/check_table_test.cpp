// tests/unit/mpyc-adapter/check_table_test.cpp — every check has a status of its own, and the seat
// guard has the same ones.
#include "mpyc-adapter/check_table.h"

#include <fstream>
#include <iterator>
#include <set>

#include <catch2/catch.hpp>

#include "base/error.h"
#include "mpyc-adapter/facts.h"
#include "mpyc-adapter/guard.h"
#include "tests/support/mpyc_session.h"

namespace jointca::mpyc {
namespace {

TEST_CASE("each check has a row, a status, a name and a remedy of its own") {
  std::set<int> statuses;
  std::set<std::string_view> names, remedies;
  std::size_t place = 0;
  for (const CheckRow& row : check_table()) {
    CHECK(static_cast<std::size_t>(row.check) == place++);
    CHECK(&row_of(row.check) == &row);
    CHECK(row.exit_status > static_cast<int>(Error::Code::misbehaviour));
    CHECK(row.exit_status < 64);  // sysexits and signals are above
    CHECK(statuses.insert(row.exit_status).second);
    CHECK(names.insert(row.name).second);
    CHECK(remedies.insert(row.remedy).second);
    CHECK(row.remedy.find('\n') == std::string_view::npos);
  }
  CHECK(place == static_cast<std::size_t>(Check::member_failed) + 1);
}

TEST_CASE("what keeps a session from opening has its check") {
  CHECK(check_of_rule("session.malformed") == Check::manifest);
  CHECK(check_of_rule("session.authority") == Check::manifest);
  CHECK(check_of_rule("consent.signature") == Check::consents);
  CHECK(check_of_rule("consents.missing") == Check::consents);
  CHECK(check_of_rule("grant.content") == Check::grant);
  CHECK(check_of_rule("session.certificates") == Check::certificates);
  CHECK(check_of_rule("session.signature") == Check::certificates);
}

TEST_CASE("each difference of a machine has its check") {
  Manifest manifest = test::session_manifest();
  Facts nothing;  // of the year 1970, with no name, no file and no Python
  nothing.environment = {"MPYC_NOPRSS"};
  std::set<Check> found;
  const auto collect = [&](const Facts& facts) {
    for (const Difference& difference : differences(manifest, facts))
      found.insert(check_of_field(difference.field));
  };
  collect(nothing);
  nothing.identity = manifest.seats[0].identity;  // a seat, but not its address
  nothing.mpyc = "0.11";
  collect(nothing);
  CHECK(found == std::set{Check::manifest, Check::window, Check::revocations, Check::seat,
                          Check::program, Check::files, Check::environment, Check::mpyc_version,
                          Check::mpyc_package, Check::python, Check::address});
}

TEST_CASE(
    "the seat guard travels whole, ends with the statuses of the table, and knows our versions") {
  std::ifstream file(JOINTCA_SOURCE_DIR "/mpyc-adapter/seat_guard.py");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  CHECK(seat_guard() == text);
  std::string statuses;
  for (const Check check : {Check::guard_version, Check::seat_taken, Check::absent, Check::lost,
                            Check::silent, Check::unfinished})
    statuses += (statuses.empty() ? "" : ", ") + std::to_string(row_of(check).exit_status);
  CHECK(text.find("VERSION, SEAT, ABSENT, LOST, IDLE, TOTAL = " + statuses + "\n") !=
        std::string::npos);
  std::string versions;
  for (const std::string_view version : tested_versions)
    versions += "\"" + std::string(version) + "\",";
  CHECK(text.find("TRIED = (" + versions + ")\n") != std::string::npos);
}

TEST_CASE("the guard is told what binds the seats") {
  const std::string by_certificate = guard_settings(test::session_manifest());
  CHECK(by_certificate.find(R"("by": "certificate")") != std::string::npos);
  CHECK(by_certificate.find(R"("name": "carol")") != std::string::npos);
  CHECK(by_certificate.find(R"("connect": 60)") != std::string::npos);
  CHECK(guard_settings(test::session_manifest(Channel::wireguard)).find(R"("by": "address")") !=
        std::string::npos);
}

}  // namespace
}  // namespace jointca::mpyc
