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
  const std::vector<std::string> many(nebula::lighthouses_max + 1, token);
  const auto most = open_lighthouses(many, authority.authority(), {}, authority.now);
  CHECK(most.known.size() == nebula::lighthouses_max);
  CHECK(most.left_out.size() == 1);
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
