// tests/unit/daemon/published_test.cpp — what a party serves of all hosts, and that it says in time
// when hosts would take no more.
#include "daemon/published.h"

#include "daemon/api.h"
#include "tests/support/small_authority.h"

namespace jointca::daemon {
namespace {

using transport::HttpResponse;

/// An authority in which a document holds ten tokens, and the first party's routes.
struct Scene {
  test::SmallAuthority small;
  std::vector<std::string> notices;
  test::SmallParty& party = small.party(1);
  Published published{*party.lists, *party.view, *party.store,
                      [this](const std::string& notice) { notices.push_back(notice); },
                      issued::TokenLimits{10, issued::token_document_bytes_max}};
  std::optional<transport::TlsIdentity> tls;
  std::optional<Links> links;
  std::optional<Api> api;

  Scene() {
    auto made = transport::TlsIdentity::make(SigningKey(party.member.identity.seed().duplicate()),
                                             "party1");
    REQUIRE(made);
    tls = *std::move(made);
    const auto clock = [this] { return small.now; };
    links.emplace(
        small.io.get_executor(), party.member, *tls,
        [](Envelope envelope) -> transport::awaitable<Envelope> { co_return envelope; }, clock);
    api.emplace(party.member, *party.signer, *party.registry, *party.log, *party.issuance, *links,
                *party.voting, *party.lists, published, small.rng(), clock,
                ApiFacts{"", false, [] { return std::size_t{0}; }, "",
                         [] { return std::vector<WitnessState>{}; }},
                [](const transport::HttpRequest&) { return std::optional<HttpResponse>{}; });
  }

  [[nodiscard]] test::SmallHost host(const std::string& name) {
    ca::Terms terms = small.terms(name);
    terms.kinds = {ca::Kind::wireguard};
    return small.host(small.invite(1, terms));
  }
  /// Enrols hosts without asking the routes, as another party may.
  void enrol(unsigned first, unsigned last) {
    for (unsigned i = first; i <= last; ++i)
      REQUIRE(std::holds_alternative<enroll::Bundle>(
          small.issue(1, host("host" + std::to_string(10 + i)))));
    small.now += Duration(1);  // a document is made once a second
  }
  [[nodiscard]] const Published::Document& document() {
    const auto made = published.document(issued::wireguard_kind, small.now);
    REQUIRE(made);
    return **made;
  }
  [[nodiscard]] HttpResponse call(bool operator_asks, transport::HttpRequest request) {
    std::optional<HttpResponse> response;
    boost::asio::co_spawn(
        small.io, operator_asks ? api->operate(std::move(request)) : api->host(std::move(request)),
        [&](const std::exception_ptr&, HttpResponse answer) { response = std::move(answer); });
    REQUIRE(small.run_until([&] { return response.has_value(); }));
    small.drain();
    return *std::move(response);
  }
  [[nodiscard]] HttpResponse ask(const test::SmallHost& host, const std::string& route) {
    return call(false, {"POST", route, R"({"request":")" + to_base64(host.sealed) + R"("})", {}});
  }
};

TEST_CASE("a party says at nine tenths that its bindings will be too many, and once") {
  Scene scene;
  scene.enrol(1, 8);
  CHECK(scene.document().percent == 80);
  CHECK(scene.notices.empty());
  scene.enrol(9, 9);
  CHECK(scene.document().percent == 90);
  scene.small.now += Duration(1);
  CHECK(scene.document().percent == 90);
  REQUIRE(scene.notices.size() == 1);
  CHECK_THAT(scene.notices[0], Catch::Contains("bindings: 9 hosts, 90 % of the 10 tokens"));
  CHECK_THAT(scene.call(true, {"GET", "/v1/status", {}, {}}).body,
             Catch::Contains(R"("name":"bindings","hosts":9,"hosts_max":10)") &&
                 Catch::Contains(R"("percent":90,"left_out":0)"));
}

TEST_CASE("at the limit no new host is enrolled or invited, and those that are there renew") {
  Scene scene;
  const auto first = scene.host("host11");
  REQUIRE(scene.ask(first, "/v1/enroll").status == 200);
  scene.enrol(2, 10);
  CHECK(scene.document().percent == 100);
  REQUIRE(scene.notices.size() == 1);
  CHECK_THAT(scene.notices[0], Catch::Contains("no new host is enrolled"));

  const HttpResponse refused = scene.ask(scene.host("one-more"), "/v1/enroll");
  CHECK(refused.status == 403);
  CHECK_THAT(refused.body, Catch::Contains("hosts.limit") &&
                               Catch::Contains("10 hosts have bindings") &&
                               Catch::Contains("no more than 10 of them"));
  const HttpResponse uninvited =
      scene.call(true, {"POST",
                        "/v1/invitations",
                        R"({"name":"one-more","groups":["web"],"kinds":["wireguard"],)"
                        R"("addresses":[],"ttl":3600,"uses":1,"expires":600,"lighthouse":false})",
                        {}});
  CHECK(uninvited.status == 403);
  CHECK_THAT(uninvited.body, Catch::Contains("hosts.limit"));

  test::SmallHost renewing = scene.host("host11");
  renewing.token.invitation = first.token.invitation;
  renewing.identity = SigningKey(first.identity.seed().duplicate());
  scene.small.ask_renewal(renewing);
  CHECK(scene.ask(renewing, "/v1/renew").status == 200);
  // A host that has no binding is not in this document.
  CHECK(scene.ask(scene.small.host("nebula-only"), "/v1/enroll").status == 200);
}

TEST_CASE("of too many bindings some are left out, and hosts take the rest") {
  Scene scene;
  scene.enrol(1, 11);  // by parties that did not know of each other's
  const Published::Document& document = scene.document();
  CHECK(document.left_out == 1);
  CHECK(document.names.size() == 11);
  const auto tokens = issued::parse_token_document(issued::wireguard_kind, document.text);
  REQUIRE(tokens);
  CHECK(tokens->size() == 10);
  REQUIRE(scene.notices.size() == 1);
  CHECK_THAT(scene.notices[0], Catch::EndsWith("1 are left out, and reach nobody"));
}

}  // namespace
}  // namespace jointca::daemon
