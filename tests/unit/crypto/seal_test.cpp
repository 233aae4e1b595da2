// tests/unit/crypto/seal_test.cpp — a sealed file opens with its passphrase and label, whole only.
#include "crypto/seal.h"

#include <catch2/catch.hpp>

#include "tests/support/seeded_rng.h"

using namespace jointca;

namespace {

constexpr std::string_view label = "jointca/test/v1";
constexpr std::size_t passes_at = 16;
constexpr std::size_t memory_at = 20;

SecretBytes passphrase(std::string_view text) { return SecretBytes(to_bytes(text)); }

Bytes sealed_sample() {
  test::SeededRng rng(1);
  return seal(as_bytes("the share"), passphrase("correct horse"), label, seal_cost_trial, rng);
}

}  // namespace

TEST_CASE("what was sealed opens again") {
  const auto opened = open_sealed(sealed_sample(), passphrase("correct horse"), label);
  REQUIRE(opened);
  CHECK(to_text(opened->expose()) == "the share");
}

TEST_CASE("an empty secret and an empty passphrase work") {
  test::SeededRng rng(1);
  const Bytes sealed = seal({}, passphrase(""), label, seal_cost_trial, rng);
  const auto opened = open_sealed(sealed, passphrase(""), label);
  REQUIRE(opened);
  CHECK(opened->expose().empty());
}

TEST_CASE("sealing twice gives different files") {
  test::SeededRng rng(1);
  const auto once = seal(as_bytes("x"), passphrase("p"), label, seal_cost_trial, rng);
  CHECK(once != seal(as_bytes("x"), passphrase("p"), label, seal_cost_trial, rng));
}

TEST_CASE("another passphrase or another label does not open it") {
  for (const char* wrong : {"", "correct horse ", "Correct horse"}) {
    const auto opened = open_sealed(sealed_sample(), passphrase(wrong), label);
    REQUIRE_FALSE(opened);
    CHECK(opened.error().code == Error::Code::verification);
  }
  for (const char* wrong : {"", "jointca/test/v2", "jointca/test/v1 "}) {
    const auto opened = open_sealed(sealed_sample(), passphrase("correct horse"), wrong);
    REQUIRE_FALSE(opened);
    CHECK(opened.error().code == Error::Code::verification);
  }
}

TEST_CASE("a change of any byte is noticed") {
  const Bytes sealed = sealed_sample();
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    // Other costs are tested below: some are within the limits, and dear.
    if (i >= passes_at && i < memory_at + 3) continue;
    Bytes changed = sealed;
    changed[i] ^= 1;
    CAPTURE(i);
    CHECK_FALSE(open_sealed(changed, passphrase("correct horse"), label));
  }
}

TEST_CASE("every truncation, and a byte more, is refused") {
  Bytes sealed = sealed_sample();
  for (std::size_t size = 0; size < sealed.size(); ++size) {
    CAPTURE(size);
    CHECK_FALSE(open_sealed(BytesView(sealed).first(size), passphrase("correct horse"), label));
  }
  sealed.push_back(0);
  CHECK_FALSE(open_sealed(sealed, passphrase("correct horse"), label));
}

TEST_CASE("costs outside the limits are refused before they are spent") {
  const auto with = [](std::size_t at, std::string_view hex) {
    Bytes sealed = sealed_sample();
    const Bytes value = *from_hex(hex);
    std::copy(value.begin(), value.end(), sealed.begin() + static_cast<std::ptrdiff_t>(at));
    return open_sealed(sealed, passphrase("correct horse"), label);
  };
  for (const char* passes : {"00000000", "00000011", "ffffffff"})
    CHECK(with(passes_at, passes).error().code == Error::Code::failed);
  for (const char* memory_kib : {"00000000", "00000007", "00100001", "ffffffff"})
    CHECK(with(memory_at, memory_kib).error().code == Error::Code::failed);
  // Within the limits, but not what the tag covers.
  CHECK(with(passes_at, "00000002").error().code == Error::Code::verification);
  CHECK(with(memory_at, "00000010").error().code == Error::Code::verification);
}
