// tests/unit/host/proof_files_test.cpp — which proofs a host accepts of a bundle, and their files.
#include "host/proof_files.h"

#include <filesystem>

#include <catch2/catch.hpp>

#include "enroll/bundle.h"
#include "log/checkpoint.h"
#include "log/entry.h"
#include "log/proof.h"
#include "tests/support/nebula_ca.h"
#include "tests/support/temp_dir.h"

namespace jointca::host {
namespace {

using nebula::Version;
using test::key_from;

const Time at = time_from_unix(test::nebula_now);

/// alpha and beta, both of whom must sign; certificates of both versions.
struct Fixture {
  Fixture() {
    authority.min_signers = 2;
    for (const std::uint8_t number : {std::uint8_t{1}, std::uint8_t{2}}) {
      const std::string name = number == 1 ? "alpha" : "beta";
      const log::NoteVerifier cosigner{
          name + "/cosigner", log::NoteKeyType::cosignature,
          key_from(static_cast<std::uint8_t>(number + 20)).public_key()};
      authority.parties.push_back(
          {number,
           {name, key_from(number).public_key(),
            log::vkey_text(name, key_from(static_cast<std::uint8_t>(number + 10)).public_key()),
            cosigner.text(), "", ""},
           Bytes(32)});
    }
    const nebula::Certificate ca =
        test::sign_nebula(Version::v1, test::nebula_ca_details(key_from(1)), key_from(1));
    for (const Version version : {Version::v1, Version::v2})
      certificates.push_back(*issued::signed_certificate(
          test::sign_nebula(version, test::nebula_leaf_details(ca), key_from(1))));
    for (const std::uint8_t number : {std::uint8_t{1}, std::uint8_t{2}})
      for (const std::size_t which : {0U, 1U})
        proofs[std::to_string(which) + std::to_string(number)] = proof(number, which);
  }

  [[nodiscard]] std::string proof(std::uint8_t number, std::size_t which) const {
    log::IssueEntry entry;
    entry.coordinator = "alpha";
    entry.signers = {"alpha", "beta"};
    entry.kind = "nebula";
    entry.subject = {"web1", {"10.42.0.7/16"}, {}, at, at};
    entry.tbs = issued::to_be_signed(certificates[which].statement);
    entry.r = *to_array<32>(BytesView(certificates[which].signature).first(32));
    entry.approved = {"default", "policy", at};
    entry.time = at;
    const Bytes text = *log::encode(entry);
    return log::TlogProof{
        text,
        0,
        {},
        log::sign_checkpoint({number == 1 ? "alpha" : "beta", 1, log::hash_leaf(text)},
                             key_from(static_cast<std::uint8_t>(number + 10)))}
        .encode();
  }
  [[nodiscard]] std::string reason() const {
    const auto held = check_host_proofs(authority, certificates, proofs);
    if (held) return "";
    CHECK(held.error().code == Error::Code::verification);
    return held.error().message;
  }

  ca::Authority authority;
  std::vector<issued::Signed> certificates;
  ProofTexts proofs;
};

TEST_CASE_METHOD(Fixture, "proofs that hold are kept under names of our own") {
  proofs["odd"] = "nonsense";
  const auto held = check_host_proofs(authority, certificates, proofs);
  REQUIRE(held);
  CHECK(held->parties == std::vector<std::string>{"alpha", "beta"});
  CHECK(held->files == ProofTexts{{"nebula-v1.alpha.tlog-proof", proofs.at("01")},
                                  {"nebula-v1.beta.tlog-proof", proofs.at("02")},
                                  {"nebula-v2.alpha.tlog-proof", proofs.at("11")},
                                  {"nebula-v2.beta.tlog-proof", proofs.at("12")}});
}

TEST_CASE_METHOD(Fixture, "certificates are refused when too few parties logged one of them") {
  SECTION("a proof is missing") {
    proofs.erase("12");
    CHECK(reason().starts_with(
        "nebula-v2: only alpha is proven to have logged it, 2 parties must\n  01: its entry is"));
  }
  SECTION("a proof stands twice") {
    proofs["12"] = proofs.at("11");
    CHECK(reason().starts_with("nebula-v2: only alpha"));
  }
  SECTION("a proof is spoilt") {
    proofs["02"] = "nonsense";
    CHECK(reason().find("02: malformed") != std::string::npos);
  }
  SECTION("there are none") {
    proofs.clear();
    CHECK(reason() == "nebula-v1: no party is proven to have logged it, 2 parties must");
  }
  SECTION("the signature is another than the one that was logged") {
    certificates[0].signature[0] ^= 1;
    CHECK(reason().starts_with("nebula-v1: no party"));
  }
}

TEST_CASE("proofs are written, read, and removed when they are of earlier certificates") {
  const test::TempDir dir;
  const std::string& path = dir.path();
  const ProofTexts first{{"nebula-v1.a.tlog-proof", "1"}, {"nebula-v2.a.tlog-proof", "2"}};
  const ProofTexts second{{"nebula-v1.a.tlog-proof", "3"}};
  REQUIRE(write_proofs(path, first));
  REQUIRE(write_proofs(path, {{"notes.txt", "other files are nobody's business"}}));
  CHECK(*read_proofs(path) == first);
  REQUIRE(write_proofs(path, second));
  REQUIRE(remove_other_proofs(path, second));
  CHECK(*read_proofs(path) == second);
  CHECK(std::filesystem::exists(path + "/notes.txt"));
  CHECK_FALSE(read_proofs(path + "/none"));
  for (std::size_t i = 0; i < enroll::proofs_max; ++i)
    REQUIRE(std::filesystem::copy_file(path + "/notes.txt",
                                       path + "/" + std::to_string(i) + ".tlog-proof"));
  CHECK(read_proofs(path).error().message.find("more than 384 proofs") != std::string::npos);
}

}  // namespace
}  // namespace jointca::host
