// tests/unit/host/lighthouses_test.cpp — which lighthouses are believed, and what flags add.
#include "host/lighthouses.h"

#include "issued/statement.h"
#include "nebula-adapter/lighthouse.h"
#include "tests/support/small_authority.h"

namespace jointca::host {
namespace {

using nebula::KnownLighthouse;
using test::SmallAuthority;

ca::IpAddress ip(std::string_view text) { return *ca::IpAddress::parse(text); }

/// The token that the parties sign for a lighthouse.
std::string token_of(SmallAuthority& authority) {
  ca::Terms terms = authority.terms("lh1");
  terms.lighthouse = true;
  test::SmallHost host = authority.host(authority.invite(1, terms));
  host.request = enroll::make_request(host.token.invitation, host.keys(),
                                      {{ca::Kind::nebula, "192.0.2.1:4242"}}, true, authority.now,
                                      authority.rng());
  host.sealed = enroll::seal_request(host.request, host.keys(), authority.rng());
  const daemon::Answer answer = authority.issue(1, host);
  REQUIRE(std::holds_alternative<enroll::Bundle>(answer));
  const auto statements =
      issued::parse_signed(std::get<enroll::Bundle>(answer).certificates.at(ca::Kind::nebula));
  REQUIRE(statements);
  for (const issued::Signed& each : *statements)
    if (each.statement.kind == issued::lighthouse_kind) {
      std::string text = issued::signed_text(each.statement, each.signature);
      text.pop_back();  // the line feed
      return text;
    }
  FAIL("no statement of a lighthouse");
  return {};
}

TEST_CASE("a lighthouse is believed while its statement holds, and is not revoked") {
  SmallAuthority authority;
  const std::string token = token_of(authority);
  const auto open = [&](const std::string& text, const std::set<Digest>& revoked = {},
                        Duration later = {}) {
    const auto opened =
        open_lighthouses({text}, authority.authority(), revoked, authority.now + later);
    CHECK(opened.known.size() + opened.left_out.size() == 1);
    return opened.known;
  };
  CHECK(open(token) == std::vector<KnownLighthouse>{
                           {"lh1", {ip("10.42.0.1"), ip("fd42::1")}, {"192.0.2.1:4242"}}});
  CHECK(open(token, {}, Duration{8 * 86400}).empty());
  const issued::Keys keys(authority.authority().group_public_key);
  const auto opened =
      nebula::open_lighthouse(token, authority.id(), keys.of(issued::lighthouse_kind));
  REQUIRE(opened);
  CHECK(open(token, {nebula::fingerprint(*opened)}).empty());
  CHECK(open(token, {Digest{}}).size() == 1);
  std::string altered = token;
  altered[token.size() / 2] = altered[token.size() / 2] == 'A' ? 'B' : 'A';
  CHECK(open(altered).empty());
  SmallAuthority stranger(2, 2);
  CHECK(open(token_of(stranger)).empty());
}

nebula::Lighthouse statement(const std::string& name, const std::string& network,
                             std::int64_t begin = 0) {
  return {{},
          {},
          name,
          {test::prefix(network)},
          "192.0.2.1:4242",
          time_from_unix(begin),
          time_from_unix(begin + 60)};
}

TEST_CASE("two lighthouses with one address are both left out, and of one name the newest counts") {
  const auto selected =
      select_lighthouses({statement("lh1", "10.42.0.1/16"), statement("lh2", "10.42.0.2/16"),
                          statement("LH1", "10.42.0.3/16", 9), statement("lh3", "10.42.0.2/16", 9),
                          statement("lh1", "10.42.0.4/16", 5)});
  CHECK(selected.known ==
        std::vector<KnownLighthouse>{{"LH1", {ip("10.42.0.3")}, {"192.0.2.1:4242"}}});
  CHECK(selected.left_out ==
        std::vector<std::string>{"lh2: another lighthouse has the address 10.42.0.2 too",
                                 "lh3: another lighthouse has the address 10.42.0.2 too"});
  std::vector<nebula::Lighthouse> many;
  for (std::size_t i = 1; i <= nebula::lighthouses_max + 1; ++i)
    many.push_back(statement("lh" + std::to_string(i), "10.42.0." + std::to_string(i) + "/16"));
  const auto most = select_lighthouses(many);
  CHECK(most.known.size() == nebula::lighthouses_max);
  CHECK(most.left_out.size() == 1);
}

TEST_CASE("no address is in two lighthouses, whatever flags say") {
  const auto addresses = [](const auto& lighthouses) {
    REQUIRE(lighthouses);
    std::vector<ca::IpAddress> out;
    for (const KnownLighthouse& each : *lighthouses)
      out.insert(out.end(), each.addresses.begin(), each.addresses.end());
    std::sort(out.begin(), out.end());
    return out;
  };
  const std::vector two{ip("10.42.0.1"), ip("10.42.0.2")};
  CHECK(addresses(with_flags({}, {"10.42.0.1=192.0.2.1:1", "10.42.0.2=192.0.2.1:1",
                                  "10.42.0.2=192.0.2.2:1"})) == two);
  const std::vector<KnownLighthouse> known{{"lh2", {ip("10.42.0.2")}, {"192.0.2.9:1"}}};
  CHECK(addresses(with_flags(known, {"10.42.0.1=192.0.2.1:1", "10.42.0.2=192.0.2.1:1"})) == two);
}

TEST_CASE("flags add lighthouses, their addresses and endpoints, and replace known endpoints") {
  const std::vector<KnownLighthouse> known{
      {"lh1", {ip("10.42.0.1"), ip("fd42::1")}, {"192.0.2.1:1"}}};
  CHECK(*with_flags(known, {}) == known);
  CHECK(*with_flags({}, {"10.42.0.1=192.0.2.1:4242", "fd42::1=192.0.2.1:4242"}) ==
        std::vector<KnownLighthouse>{{"", {ip("10.42.0.1"), ip("fd42::1")}, {"192.0.2.1:4242"}}});
  CHECK(*with_flags({}, {"10.42.0.1=192.0.2.1:4242", "10.42.0.1=[2001:DB8::1]:4242"}) ==
        std::vector<KnownLighthouse>{
            {"", {ip("10.42.0.1")}, {"192.0.2.1:4242", "[2001:db8::1]:4242"}}});
  const auto replaced = with_flags(known, {"10.42.0.1=192.0.2.9:4242", "10.42.0.2=192.0.2.2:4242"});
  REQUIRE(replaced);
  REQUIRE(replaced->size() == 2);
  CHECK(replaced->at(0).name == "lh1");
  CHECK(replaced->at(0).endpoints == std::vector<std::string>{"192.0.2.9:4242"});
  for (const auto* wrong : {"10.42.0.1", "10.42.0.1=", "=192.0.2.1:4242", "10.42.0.1=192.0.2.1",
                            "lh1=192.0.2.1:4242"}) {
    const auto refused = with_flags({}, {wrong});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Error::Code::usage);
  }
}

}  // namespace
}  // namespace jointca::host
