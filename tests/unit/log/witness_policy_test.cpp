// tests/unit/log/witness_policy_test.cpp — which logs and witnesses a file names, and which files
// are refused.
#include "log/witness_policy.h"

#include <catch2/catch.hpp>

#include "tests/unit/log/support.h"

using namespace jointca;
using namespace jointca::log;
using namespace jointca::log::test;

namespace {

std::string log_vkey(const std::string& name, std::uint8_t key) {
  return vkey_text(name, test_key(key).public_key());
}
std::string witness_vkey(const std::string& name, std::uint8_t key) {
  return NoteVerifier{name, NoteKeyType::cosignature, test_key(key).public_key()}.text();
}

std::string problem(const std::string& text) {
  const auto policy = WitnessPolicy::parse(text);
  return policy ? "" : policy.error().text();
}

}  // namespace

TEST_CASE("a policy lists logs and witnesses, in any order, with or without their URLs") {
  const auto policy = WitnessPolicy::parse(
      "# ours\n\n \t \n\twitness  west " + witness_vkey("w.example/west", 1) +
      " https://w.example/api/ \n  # more\nlog " + log_vkey("log.example/a", 2) + "\nlog\t" +
      log_vkey("log.example/b", 3) + " http://log.example:8080/b\nwitness east " +
      witness_vkey("w.example/east", 4) + "\nquorum none");
  REQUIRE(policy);
  REQUIRE(policy->logs.size() == 2);
  CHECK(policy->logs[0].key.name == "log.example/a");
  CHECK(policy->logs[0].url.empty());
  CHECK(policy->logs[1].url == "http://log.example:8080/b");
  REQUIRE(policy->witnesses.size() == 2);
  CHECK(policy->witnesses[0].name == "west");
  CHECK(policy->witnesses[0].key.text() == witness_vkey("w.example/west", 1));
  CHECK(policy->witnesses[0].url == "https://w.example/api");
  CHECK(policy->witnesses[1].url.empty());
  CHECK(WitnessPolicy::parse("")->logs.empty());
}

TEST_CASE("the keys of running witnesses are read") {
  const auto policy = WitnessPolicy::parse(
      "witness remora remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2\n"
      "witness navigli witness.navigli.sunlight.geomys.org+a3e00fe2+"
      "BNy/co4C1Hn1p+INwJrfUlgz7W55dSZReusH/GhUhJ/G https://witness.navigli.example/\n");
  REQUIRE(policy);
  CHECK(policy->witnesses.size() == 2);
}

TEST_CASE("a policy that says something else, or anything twice, is refused with its line") {
  const std::string a = log_vkey("log.example/a", 1), w = witness_vkey("w.example/w", 2);
  CHECK(problem("log " + a + "\nlog " + a) == "line 2: this log's key is listed already");
  CHECK(problem("log " + a + "\nlog " + log_vkey("log.example/b", 1)) ==
        "line 2: this log's key is listed already");
  CHECK(problem("log " + a + "\nlog " + log_vkey("log.example/a", 3)) ==
        "line 2: this origin is listed already");
  CHECK(problem("witness w " + w + "\nwitness v " + w) ==
        "line 2: this witness's key is listed already");
  CHECK(problem("witness w " + w + "\nwitness w " + witness_vkey("w.example/v", 3)) ==
        "line 2: this name is listed already");
  CHECK(problem("witness none " + w) == "line 1: none is no name for a witness");
  CHECK(problem("log " + w) == "line 1: vkey: not the key of a log (type 0x01)");
  CHECK(problem("witness w " + a) == "line 1: vkey: not the key of a witness (type 0x04)");
  CHECK(problem("log") == "line 1: expected log VKEY [URL]");
  CHECK(problem("log " + a + " https://x y") == "line 1: expected log VKEY [URL]");
  CHECK(problem("witness w") == "line 1: expected witness NAME VKEY [URL]");
  CHECK(problem("log " + a + "x").starts_with("line 1: vkey: "));
  CHECK(problem("log " + a + " ftp://x") == "line 1: URL: expected http:// or https://");
  CHECK(problem("log " + a + " https://" + std::string(1020, 'x')) ==
        "line 1: URL: expected http:// or https://");
  CHECK(problem("log " + a + " http") == "line 1: URL: expected http:// or https://");
  CHECK(problem("log " + a + " https:///") == "line 1: URL: expected a host");
  CHECK(problem("Log " + a) == "line 1: expected log, witness or quorum");
  CHECK(problem("witness w " + w + "\ngroup g any w\n") == "line 2: groups are not supported");
  CHECK(problem("witness w " + w + "\nquorum w\n") == "line 2: only quorum none is supported");
  CHECK(problem("quorum none\nquorum none") == "line 2: a second quorum");
  CHECK(problem("log " + a + "\r\n") == "line 1: a control character, or not UTF-8");
  CHECK(problem("# \xFF") == "line 1: a control character, or not UTF-8");
  CHECK(problem(std::string(witness_policy_bytes_max + 1, '\n')) == "too long");

  std::string many;
  for (unsigned i = 0; i <= policy_witnesses_max; ++i)
    many += "witness w" + std::to_string(i) + " " +
            witness_vkey("w.example/" + std::to_string(i), static_cast<std::uint8_t>(i + 1)) + "\n";
  CHECK(problem(many) == "line 65: too many witnesses");
}
