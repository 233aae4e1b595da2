// tests/unit/daemon/ceremony_test.cpp — a ceremony that something interrupts ends, and says why.
#include "daemon/ceremony.h"

#include <catch2/catch.hpp>
#include <unistd.h>

#include "crypto/rng.h"
#include "tests/support/temp_dir.h"

using namespace jointca;
using namespace jointca::daemon;

namespace {

/// An address of this process alone.
std::string own_endpoint() {
  const auto process = static_cast<std::uint16_t>(::getpid());
  return "127." + std::to_string(process >> 8U) + "." + std::to_string(process & 0xffU) + ".1:7001";
}

}  // namespace

TEST_CASE("a ceremony in which something throws ends with what it said") {
  const test::TempDir directory;
  SystemRng rng;
  const auto party = [&](const std::string& name, const std::string& endpoint) {
    auto state = init_party({directory.file(name)}, {name, own_endpoint(), own_endpoint(), true},
                            endpoint, endpoint, SecretBytes(to_bytes("passphrase")), rng);
    REQUIRE(state);
    return *std::move(state);
  };
  const PartyState alpha = party("alpha", "127.0.0.1:1"), beta = party("beta", "127.0.0.1:2");
  const auto parameters = checked({"mesh",
                                   std::string(ed25519_scheme),
                                   2,
                                   {*ca::Prefix::parse("10.42.0.0/16")},
                                   {},
                                   std::chrono::hours(24),
                                   0,
                                   {alpha.card, beta.card}},
                                  alpha.card.identity);
  INFO((parameters ? "" : parameters.error().message));
  REQUIRE(parameters);
  CeremonyOptions options;
  options.clock = [] { return time_from_unix(1'800'000'000); };
  options.progress = [](const std::string& line) {
    CHECK(line == "waiting for beta");
    throw std::runtime_error("no room for a line");
  };
  const auto made = run_keygen(alpha, *parameters, options, rng);
  REQUIRE_FALSE(made);
  CHECK(made.error().message == "the ceremony was interrupted: no room for a line");
}
