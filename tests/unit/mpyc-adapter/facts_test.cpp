// tests/unit/mpyc-adapter/facts_test.cpp — the command line of a manifest, and each way in which a
// machine can differ from it.
#include "mpyc-adapter/facts.h"

#include <catch2/catch.hpp>

#include "mpyc-adapter/command.h"
#include "tests/support/mpyc_session.h"

namespace jointca::mpyc {
namespace {

using test::session_manifest;
using Words = std::vector<std::string>;

TEST_CASE("the command line follows from the manifest, and differs in the seat alone") {
  Manifest manifest = session_manifest(Channel::nebula);
  manifest.seats[2].address = *ca::IpAddress::parse("fd42::3");
  const Words first{"secretsanta.py",
                    "-P",
                    "10.42.0.1:11365",
                    "-P",
                    "10.42.0.2:11366",
                    "-P",
                    "fd42::3:11367",
                    "-I",
                    "0",
                    "-T",
                    "1",
                    "-L",
                    "32",
                    "-K",
                    "30",
                    "--no-uvloop",
                    "8",
                    "-d0"};
  CHECK(command_line(manifest, 0) == first);
  Words third = first;
  third[8] = "2";
  CHECK(command_line(manifest, 2) == third);
}

TEST_CASE("every option that must match is on the command line") {
  Manifest manifest = session_manifest(Channel::tls);
  manifest.options = {1, 64, 40, false, false, true};
  manifest.program.arguments.clear();
  const Words words = command_line(manifest, 1);
  CHECK(Words(words.begin() + 7, words.end()) == Words{"-I", "1", "-T", "1", "-L", "64", "-K", "40",
                                                       "--ssl", "--no-prss", "--no-async",
                                                       "--mix32-64bit", "--no-uvloop"});
}

Facts as_agreed() {
  const Manifest manifest = session_manifest();
  Facts facts;
  facts.authority = manifest.authority;
  facts.identity = manifest.seats[1].identity;
  facts.name = "bob";
  facts.addresses = {*ca::IpAddress::parse("127.0.0.1"), manifest.seats[1].address};
  facts.files = {{manifest.program.main.path, manifest.program.main.sha256},
                 {manifest.program.files[0].path, manifest.program.files[0].sha256}};
  facts.mpyc = "0.11";
  facts.package = manifest.runtime.package;
  facts.python = {3, 11};
  facts.environment = {"PATH", "HOME"};
  facts.revocations = 7;
  facts.now = test::session_now;
  return facts;
}

/// The fields that differ.
template <class Change>
Words fields(Change change) {
  Facts facts = as_agreed();
  change(facts);
  Words out;
  for (const Difference& difference : differences(session_manifest(), facts))
    out.push_back(difference.field);
  return out;
}

TEST_CASE("a machine that is as agreed differs in nothing") {
  CHECK(fields([](Facts&) {}).empty());
  CHECK(fields([](Facts& f) { f.revocations = 8; }).empty());
  CHECK(fields([](Facts& f) { f.python = {3, 13}; }).empty());
}

TEST_CASE("each difference is named") {
  CHECK(fields([](Facts& f) { f.authority = {}; }) == Words{"authority"});
  CHECK(fields([](Facts& f) { f.now -= Duration(3600); }) == Words{"not_before"});
  CHECK(fields([](Facts& f) { f.now += Duration(7200); }) == Words{"not_after"});
  CHECK(fields([](Facts& f) { f.revocations = 6; }) == Words{"revocations"});
  CHECK(fields([](Facts& f) { f.identity = {}; }) == Words{"seats"});
  CHECK(fields([](Facts& f) { f.name = "dave"; }) == Words{"seats.1.name"});
  CHECK(fields([](Facts& f) { f.addresses.pop_back(); }) == Words{"seats.1.address"});
  CHECK(fields([](Facts& f) { f.files["secretsanta.py"][0] ^= 1; }) == Words{"program.main"});
  CHECK(fields([](Facts& f) { f.files.erase("data/weights.npy"); }) ==
        Words{"program.files.data/weights.npy"});
  CHECK(fields([](Facts& f) { f.mpyc = "0.10"; }) == Words{"runtime.mpyc"});
  CHECK(fields([](Facts& f) { f.mpyc = ""; }) == Words{"runtime.mpyc"});
  CHECK(fields([](Facts& f) { f.package = {}; }) == Words{"runtime.package"});
  CHECK(fields([](Facts& f) { f.python = {3, 9}; }) == Words{"runtime.python"});
  CHECK(fields([](Facts& f) { f.python = {3, 14}; }) == Words{"runtime.python"});
  CHECK(fields([](Facts& f) { f.environment.push_back("MPYC_NOPRSS"); }) ==
        Words{"environment.MPYC_NOPRSS"});
}

TEST_CASE("a difference says what was agreed and what is here") {
  Facts facts = as_agreed();
  facts.files.clear();
  const auto found = differences(session_manifest(), facts);
  REQUIRE(found.size() == 2);
  CHECK(found[0] == Difference{"program.main", to_hex(sha256(as_bytes("program"))), "missing"});
}

TEST_CASE("a version of MPyC that was not tried runs nowhere") {
  Manifest manifest = session_manifest();
  manifest.runtime.mpyc = "0.12";
  Facts facts = as_agreed();
  facts.mpyc = "0.12";
  const auto found = differences(manifest, facts);
  REQUIRE(found.size() == 1);
  CHECK(found[0].field == "runtime.mpyc");
  CHECK(found[0].here == "not a version that jointca was tried with");
}

}  // namespace
}  // namespace jointca::mpyc
