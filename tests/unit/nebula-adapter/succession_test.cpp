#include "nebula-adapter/succession.h"

#include <catch2/catch.hpp>

#include "nebula-adapter/pem.h"
#include "tests/support/nebula_ca.h"

using namespace jointca;
using namespace jointca::nebula;
using namespace jointca::test;

namespace {

constexpr Time start = time_from_unix(nebula_now);
constexpr Duration valid{3200};

std::string ca_pem(
    unsigned number, std::uint8_t key = 1, void (*change)(Details&) = [](Details&) {}) {
  const Validity when = validity_in_succession(start, valid, number);
  Details details = nebula_ca_details(key_from(key));
  details.not_before = unix_seconds(when.not_before);
  details.not_after = unix_seconds(when.not_after);
  change(details);
  return to_pem(sign_nebula(Version::v1, details, key_from(key)));
}

Succession three() {
  auto made = Succession::from_pem({ca_pem(0), ca_pem(1), ca_pem(2)});
  REQUIRE(made);
  return *std::move(made);
}

std::string why(const std::vector<std::string>& texts) {
  const auto made = Succession::from_pem(texts);
  return made ? "accepted" : made.error().text();
}

}  // namespace

TEST_CASE("a CA certificate takes over when hosts have had time to learn of it") {
  const Succession cas = three();
  const auto issuer = [&](std::int64_t second) {
    const Certificate& issuing = cas.issuing_at(start + Duration{second});
    return std::find(cas.certificates().begin(), cas.certificates().end(), issuing) -
           cas.certificates().begin();
  };
  CHECK(issuer(-100) == 0);
  CHECK(issuer(0) == 0);
  CHECK(issuer(1600) == 0);
  CHECK(issuer(1799) == 0);
  CHECK(issuer(1800) == 1);
  CHECK(issuer(3399) == 1);
  CHECK(issuer(3400) == 2);
  CHECK(issuer(100'000) == 2);
  CHECK(cas.turn_of(0) == start);
  CHECK(cas.turn_of(1) == start + Duration{1800});
  CHECK(cas.not_before() == start);
  CHECK(cas.not_after() == start + Duration{6400});
}

TEST_CASE("a host trusts the CA certificates that are valid, and always one") {
  const Succession cas = three();
  const auto trusted = [&](std::int64_t second) {
    return cas.trusted_at(start + Duration{second});
  };
  CHECK(trusted(-100'000) == ca_pem(0));
  CHECK(trusted(0) == ca_pem(0));
  CHECK(trusted(1599) == ca_pem(0));
  CHECK(trusted(1600) == ca_pem(0) + ca_pem(1));
  CHECK(trusted(3200) == ca_pem(0) + ca_pem(1) + ca_pem(2));
  CHECK(trusted(3201) == ca_pem(1) + ca_pem(2));
  CHECK(trusted(4801) == ca_pem(2));
  CHECK(trusted(100'000) == ca_pem(2));
}

TEST_CASE("whoever issues is trusted by every host, from before its turn to after its last leaf") {
  const Succession cas = three();
  for (std::int64_t second = 0; second <= 6400; second += 10) {
    const Time now = start + Duration{second};
    const Certificate& issuing = cas.issuing_at(now);
    CHECK(cas.trusted_at(now).find(to_pem(issuing)) != std::string::npos);
    CHECK(issuing.details.not_before <= unix_seconds(now));
    CHECK(unix_seconds(now) <= issuing.details.not_after);
  }
}

TEST_CASE("certificates that do not follow each other are refused") {
  CHECK(why({ca_pem(0), ca_pem(1)}) == "accepted");
  CHECK(why({}) == "ca_certificates: none");
  CHECK(why({ca_pem(0) + ca_pem(1)}) == "ca_certificates: not one certificate");
  const std::string broken = "ca_certificates: one does not continue the one before";
  CHECK(why({ca_pem(1), ca_pem(0)}) == broken);
  CHECK(why({ca_pem(0), ca_pem(0)}) == broken);
  CHECK(why({ca_pem(0), ca_pem(1, 2)}) == broken);
  CHECK(why({ca_pem(0), ca_pem(1, 1, [](Details& d) { d.name = "other"; })}) == broken);
  CHECK(why({ca_pem(0), ca_pem(1, 1, [](Details& d) { d.groups.clear(); })}) == broken);
  CHECK(why({ca_pem(0), ca_pem(1, 1, [](Details& d) { d.networks.clear(); })}) == broken);
  CHECK(why({ca_pem(0), ca_pem(3)}) == broken);  // a gap
  CHECK(why({ca_pem(0), ca_pem(1, 1, [](Details& d) { d.not_after -= 1600; })}) == broken);
  CHECK(why({ca_pem(0), ca_pem(1, 1, [](Details& d) { d.not_after = 253402300800; })}) == broken);
  const Certificate ca = sign_nebula(Version::v1, nebula_ca_details(key_from(1)), key_from(1));
  CHECK(why({to_pem(sign_nebula(Version::v1, nebula_leaf_details(ca), key_from(1)))}) !=
        "accepted");
  CHECK(why({to_pem(sign_nebula(Version::v1, nebula_ca_details(key_from(1)), key_from(2)))}) !=
        "accepted");
  CHECK(why({"nothing"}) != "accepted");
}
