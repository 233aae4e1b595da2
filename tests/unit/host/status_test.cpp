// tests/unit/host/status_test.cpp — what a host's owner is warned of, and the two texts in which it
// is written: as docs/operations.md has them, byte for byte.
#include "host/status.h"

#include <catch2/catch.hpp>

namespace jointca::host {
namespace {

const Time now = time_from_unix(1'900'000'000);
constexpr Duration life{6'000};

Holding holding(const std::string& kind, Duration left, std::uint8_t number) {
  Holding made{kind, "web-1", {"10.42.0.7/16"}, {"web"}, {}, now + left - life, now + left};
  made.fingerprint.fill(number);
  return made;
}

ca::Revocations list(Duration age) {
  return {{}, 7, now - age, now - age + ca::revocations_validity, {}};
}

/// A host with both overlays, and nothing to say.
Status well() {
  Status status{now,
                "mesh",
                {holding("nebula-v2", Duration(5'000), 1)},
                now + Duration(3'000),
                0,
                {},
                now,
                list(Duration(60)),
                {}};
  status.holdings.push_back(holding("wireguard", Duration(5'500), 2));
  status.holdings.back().networks.push_back("fd42::7/64");
  status.tasks = {{"revocations", now, "", "", {}, {"party2 lies"}},
                  {"nebula", now, "installed", ""}};
  return status;
}

using Warnings = std::vector<std::string>;

TEST_CASE("what the list of revocations names is not live, and its owner is told") {
  Status status = well();
  status.revocations = list(Duration(60));
  CHECK(status.warnings().empty());
  status.revocations->revoked.push_back(
      {status.holdings[0].fingerprint, Digest{1}, status.holdings[0].kind, now + Duration{3600}});
  const auto warnings = status.warnings();
  REQUIRE(warnings.size() == 1);
  CHECK(warnings[0].find("the nebula-v2 was revoked (list 7)") == 0);
  CHECK(to_json(status).find("\"state\": \"revoked\"") != std::string::npos);
  CHECK(to_metrics(status).find("jointca_host_healthy 0") != std::string::npos);
}

TEST_CASE("what the agent wrote is taken again, and what is told anew is not") {
  Status written = well();
  written.renewal_failures = 3;
  written.renewal_problem = "nobody answered";
  written.tasks.push_back(
      {"wireguard", std::nullopt, "", "no wg", {"it is old"}, {"web2: overlap"}});
  written.holdings[0] = holding("nebula-v2", Duration(10), 1);
  const std::string json = to_json(written);

  Status status = well();
  status.tasks.clear();
  status.last_contact.reset();
  const auto at = take_from_agent(status, json);
  REQUIRE(at);
  CHECK(*at == now);
  CHECK(status.last_contact == now);
  CHECK(status.renewal_failures == 3);
  REQUIRE(status.tasks.size() == 3);
  CHECK(status.tasks[2].name == "wireguard");
  CHECK_FALSE(status.tasks[2].done);
  CHECK(status.tasks[2].warnings == Warnings{"it is old"});
  CHECK(status.tasks[2].refused == Warnings{"web2: overlap"});
  // It was renewed since: that it could not be is no warning any more.
  CHECK(status.warnings() == Warnings{"wireguard: no wg", "wireguard: it is old"});
}

TEST_CASE("what the agent writes can be read again, however much there is to say") {
  Status written = well();
  const std::string much = "\x01\n\"" + std::string(3'000, '\x02') + std::string(3'000, '\xff');
  written.renewal_problem = much;
  const Task loud{"nebula", now, much, much, Warnings(100, much), Warnings(40, much)};
  written.tasks.assign(7, loud);
  written.tasks[0].problem = std::string(1'020, 'a') + "ä€ and so on";
  const std::string json = to_json(written);
  CHECK(json.size() <= status_bytes_max);
  Status status = well();
  REQUIRE(take_from_agent(status, json));
  REQUIRE(status.tasks.size() == 7);
  CHECK(status.tasks[0].problem == std::string(1'020, 'a') + "…");
  CHECK(status.tasks[6].problem.substr(0, 4) == "?\n\"?");
  REQUIRE(status.tasks[6].refused.size() == 17);
  CHECK(status.tasks[6].refused.back() == "and 24 more");
  CHECK_THAT(to_metrics(written), Catch::Contains("task_refused{task=\"nebula\"} 40"));
}

TEST_CASE("a status of before there were lists of what was refused is read") {
  std::string json = to_json(well());
  for (const std::string name : {"warnings", "refused"})
    for (std::size_t at = 0; (at = json.find(",\n      \"" + name + '"')) != std::string::npos;)
      json.erase(at, json.find(']', at) + 1 - at);
  Status status = well();
  REQUIRE(take_from_agent(status, json));
  CHECK(status.tasks[0].refused.empty());
}

TEST_CASE("what is not as the agent writes it changes nothing") {
  const std::string json = to_json(well());
  Status status = well();
  status.tasks.clear();
  for (std::size_t size = 0; size + 2 < json.size(); ++size)  // it ends with "}" and a line feed
    CHECK_FALSE(take_from_agent(status, json.substr(0, size)));
  for (const std::string name : {"warnings", "tasks", "renewal", "failures", "problem", "done"}) {
    std::string other = json;
    other.replace(other.find('"' + name + '"') + 1, 1, "x");
    CHECK_FALSE(take_from_agent(status, other));
  }
  for (const char* text : {"{}", "[]", "{\"warnings\":[7]}"})
    CHECK_FALSE(take_from_agent(status, text));
  CHECK(status.tasks.empty());
}

TEST_CASE("a host that is well has no warnings") { CHECK(well().warnings().empty()); }

TEST_CASE("a warning comes when less than a sixth of a life is left") {
  Status status = well();
  status.holdings[0] = holding("nebula-v2", life / 6, 1);
  CHECK(status.warnings().empty());
  status.holdings[0] = holding("nebula-v2", life / 6 - Duration(1), 1);
  CHECK(status.warnings() ==
        Warnings{"the nebula-v2 ends " + distance(status.holdings[0].not_after, now) +
                 " and could not be renewed"});
  status.renewal_problem = "party1: busy";
  REQUIRE(status.warnings().size() == 1);
  CHECK_THAT(status.warnings()[0], Catch::EndsWith("could not be renewed: party1: busy"));
  status.holdings[0] = holding("nebula-v2", Duration(0), 1);
  REQUIRE(status.warnings().size() == 1);
  CHECK_THAT(status.warnings()[0], Catch::Contains("could not be renewed"));
  status.holdings[0] = holding("nebula-v2", Duration(-1), 1);
  CHECK(status.warnings() == Warnings{"the nebula-v2 ended at 2030-03-17T17:46:39Z"});
}

TEST_CASE("a list of revocations that is over, and a task that failed, are warnings") {
  Status status = well();
  status.revocations = list(ca::revocations_validity - Duration(1));
  CHECK(status.warnings().empty());
  status.revocations = list(ca::revocations_validity + Duration(1));
  CHECK(status.warnings() ==
        Warnings{"the list of revocations is over since 2030-03-17T17:46:39Z"});
  status.tasks[1].problem = "no program";
  status.tasks[1].warnings = {"restart it"};
  CHECK(status.warnings() == Warnings{"the list of revocations is over since 2030-03-17T17:46:39Z",
                                      "nebula: no program", "nebula: restart it"});
}

TEST_CASE("the status of a host is one JSON object") {
  Status status = well();
  status.tasks[1] = {"nebula", std::nullopt, "", "no \"program\""};
  status.renewal_failures = 2;
  status.renewal_problem = "busy";
  const std::string expected = R"({
  "name": "web-1",
  "authority": "mesh",
  "networks": [
    "10.42.0.7/16",
    "fd42::7/64"
  ],
  "groups": [
    "web"
  ],
  "time": "2030-03-17T17:46:40Z",
  "healthy": false,
  "warnings": [
    "nebula: no \"program\""
  ],
  "certificates": [
    {
      "kind": "nebula-v2",
      "state": "live",
      "fingerprint": "0101010101010101010101010101010101010101010101010101010101010101",
      "not_before": "2030-03-17T17:30:00Z",
      "not_after": "2030-03-17T19:10:00Z"
    },
    {
      "kind": "wireguard",
      "state": "live",
      "fingerprint": "0202020202020202020202020202020202020202020202020202020202020202",
      "not_before": "2030-03-17T17:38:20Z",
      "not_after": "2030-03-17T19:18:20Z"
    }
  ],
  "renewal": {
    "at": "2030-03-17T18:36:40Z",
    "failures": 2,
    "problem": "busy"
  },
  "last_contact": "2030-03-17T17:46:40Z",
  "revocations": {
    "number": 7,
    "this_update": "2030-03-17T17:45:40Z",
    "next_update": "2030-03-18T17:45:40Z",
    "fresh": true,
    "certificates": 0
  },
  "tasks": [
    {
      "name": "revocations",
      "done": "2030-03-17T17:46:40Z",
      "detail": "",
      "problem": "",
      "warnings": [],
      "refused": [
        "party2 lies"
      ]
    },
    {
      "name": "nebula",
      "done": null,
      "detail": "",
      "problem": "no \"program\"",
      "warnings": [],
      "refused": []
    }
  ]
}
)";
  CHECK(to_json(status) == expected);
}

TEST_CASE("a certificate is live, due for renewal, or expired") {
  Status status = well();
  const auto has = [&](const std::string& state) {
    return to_json(status).find("\"state\": \"" + state + "\"") != std::string::npos;
  };
  CHECK((has("live") && !has("due") && !has("expired")));
  status.renew_at = now;
  CHECK((!has("live") && has("due") && !has("expired")));
  status.holdings[0] = holding("nebula-v2", Duration(-1), 1);
  CHECK((!has("live") && has("due") && has("expired")));
}

TEST_CASE("what a host does not have is null in JSON, and left out of the metrics") {
  Status status = well();
  status.last_contact.reset();
  status.revocations.reset();
  CHECK_THAT(to_json(status),
             Catch::Contains("\"last_contact\": null") && Catch::Contains("\"revocations\": null"));
  CHECK_THAT(to_metrics(status),
             !Catch::Contains("last_contact") && !Catch::Contains("revocations_"));
}

TEST_CASE("the metrics are Prometheus' text format") {
  Status status = well();
  status.holdings[1].name = "a\\b\"c\nd";  // cannot come from a party, and breaks no line
  status.tasks[1].problem = "no program";
  CHECK(
      to_metrics(status) ==
      R"(# HELP jointca_host_certificate_expiry_timestamp_seconds End of validity of what the host has.
# TYPE jointca_host_certificate_expiry_timestamp_seconds gauge
jointca_host_certificate_expiry_timestamp_seconds{kind="nebula-v2",name="web-1"} 1900005000
jointca_host_certificate_expiry_timestamp_seconds{kind="wireguard",name="a\\b\"c d"} 1900005500
# HELP jointca_host_renewal_timestamp_seconds When the host renews.
# TYPE jointca_host_renewal_timestamp_seconds gauge
jointca_host_renewal_timestamp_seconds 1900003000
# HELP jointca_host_renewal_failures Failed renewals in a row.
# TYPE jointca_host_renewal_failures gauge
jointca_host_renewal_failures 0
# HELP jointca_host_last_contact_timestamp_seconds When a party last gave an answer that holds.
# TYPE jointca_host_last_contact_timestamp_seconds gauge
jointca_host_last_contact_timestamp_seconds 1900000000
# HELP jointca_host_revocations_number Number of the list of revocations.
# TYPE jointca_host_revocations_number gauge
jointca_host_revocations_number 7
# HELP jointca_host_revocations_age_seconds Age of the list of revocations.
# TYPE jointca_host_revocations_age_seconds gauge
jointca_host_revocations_age_seconds 60
# HELP jointca_host_revocations_next_update_timestamp_seconds When the list of revocations is over.
# TYPE jointca_host_revocations_next_update_timestamp_seconds gauge
jointca_host_revocations_next_update_timestamp_seconds 1900086340
# HELP jointca_host_task_failed Whether the last attempt failed.
# TYPE jointca_host_task_failed gauge
jointca_host_task_failed{task="revocations"} 0
jointca_host_task_failed{task="nebula"} 1
# HELP jointca_host_task_refused What parties gave and was not taken.
# TYPE jointca_host_task_refused gauge
jointca_host_task_refused{task="revocations"} 1
jointca_host_task_refused{task="nebula"} 0
# HELP jointca_host_healthy Whether there is nothing to warn of.
# TYPE jointca_host_healthy gauge
jointca_host_healthy 0
# HELP jointca_host_agent_timestamp_seconds When the agent wrote this.
# TYPE jointca_host_agent_timestamp_seconds gauge
jointca_host_agent_timestamp_seconds 1900000000
)");
}

}  // namespace
}  // namespace jointca::host
