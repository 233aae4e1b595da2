// tests/unit/daemon/registry_fixture.h — holdings and stores for the tests of what a party keeps.
#pragma once

#include "daemon/registry.h"
#include "daemon/store.h"
#include "tests/support/temp_dir.h"

namespace jointca::daemon::test {

inline constexpr Time now = time_from_unix(1'800'000'000);
using std::chrono::hours;

inline std::unique_ptr<Store> store_in(const jointca::test::TempDir& dir) {
  auto store = Store::open(dir.file("state.db"));
  JCA_ASSERT(store.has_value());
  return *std::move(store);
}

/// A host that holds `name` and 10.42.0.`number` for a day. Everything else follows the number.
inline Holding holding(const std::string& name, std::uint8_t number) {
  Holding out;
  out.request = Digest{number};
  out.host = PublicKey{Digest{number, 1}};
  out.invitation = PublicKey{Digest{7}};
  out.subject = {name,
                 {*ca::Prefix::parse("10.42.0." + std::to_string(number) + "/16"),
                  *ca::Prefix::parse("fd42::" + std::to_string(number) + "/64")},
                 {"web", "team:ops"},
                 now,
                 now + hours(24)};
  out.rule = "servers";
  out.made = now;
  return out;
}

}  // namespace jointca::daemon::test
