// tests/unit/host/documents_test.cpp — what a host keeps of what parties serve, and that what was
// not sent again is checked all the same.
#include "host/documents.h"

#include <boost/asio/ip/tcp.hpp>

#include "crypto/hash.h"
#include "machine/files.h"
#include "tests/support/small_authority.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/host/scripted_party.h"

namespace jointca::host {
namespace {

const transport::HttpResponse unchanged = answer(304, "");

/// A host's directory, and an authority whose parties say what the test wants.
struct Scene {
  test::SmallAuthority small;
  test::TempDir dir;
  Paths paths{dir.path()};
  ca::Authority authority = small.authority();

  Scene() { std::filesystem::create_directories(paths.wireguard()); }

  /// The authority's parties are then those that were made, in this order.
  [[nodiscard]] std::unique_ptr<ScriptedParty> party(unsigned number,
                                                     ScriptedParty::Answers answers) {
    auto made =
        std::make_unique<ScriptedParty>(small.party(number).member.identity, std::move(answers));
    authority.parties.resize(number - 1);
    authority.parties.push_back(small.authority().parties[number - 1]);
    authority.parties.back().card.api = made->address().endpoint;
    return made;
  }
  /// A binding that the parties sign.
  [[nodiscard]] std::string token(const std::string& name) {
    ca::Terms terms = small.terms(name);
    terms.kinds = {ca::Kind::wireguard};
    const auto issued = small.issue(1, small.host(small.invite(1, terms)));
    REQUIRE(std::holds_alternative<enroll::Bundle>(issued));
    std::string text = std::get<enroll::Bundle>(issued).certificates.at(ca::Kind::wireguard);
    text.pop_back();  // the line feed
    return text;
  }
  [[nodiscard]] Fetched revocations(Duration later = {}) const {
    Calls calls(authority);
    auto fetched = fetch_revocations(calls, paths, authority, small.now + later);
    REQUIRE(fetched);
    return *std::move(fetched);
  }
  [[nodiscard]] Fetched bindings(Duration later = {}) const {
    Calls calls(authority);
    auto fetched =
        fetch_tokens(calls, bindings_file(paths), authority, std::nullopt, small.now + later);
    REQUIRE(fetched);
    return *std::move(fetched);
  }
  [[nodiscard]] std::string kept_bindings() const {
    return to_text(*machine::read_file(paths.bindings(), 1 << 20));
  }
  [[nodiscard]] std::string kept() const {
    return to_text(*machine::read_file(paths.revocations(), 1 << 20));
  }
};

TEST_CASE("a list of revocations that is here is not sent again, but has to hold at every tick") {
  Scene scene;
  const std::string list = scene.small.signed_list();
  const auto party = scene.party(1, {answer(200, list), unchanged});
  CHECK(scene.revocations().changed);
  CHECK(scene.kept() == list);

  const Fetched again = scene.revocations();
  CHECK_FALSE(again.changed);
  CHECK(again.answered == 1);
  CHECK(again.missing.empty());
  CHECK(again.refused.empty());

  const Fetched late = scene.revocations(ca::revocations_validity + Duration(1));
  CHECK(late.answered == 0);
  REQUIRE(late.refused.size() == 1);
  CHECK_THAT(late.refused[0], Catch::StartsWith("party1: ") && Catch::Contains("holds from") &&
                                  Catch::EndsWith("not now"));
  CHECK(scene.kept() == list);
}

TEST_CASE("a list of revocations with a smaller number than the one here is refused by name") {
  Scene scene;
  const std::string first = scene.small.signed_list();
  scene.small.now += Duration(13 * 3600);  // old enough to be replaced, and still in force
  const std::string second = scene.small.signed_list();
  REQUIRE(second != first);
  const auto current = scene.party(1, {answer(200, second), unchanged});
  const auto behind = scene.party(2, {answer(200, first)});
  CHECK(scene.revocations().answered == 2);  // the newest of two that hold
  CHECK(scene.kept() == second);
  const Fetched fetched = scene.revocations();
  CHECK_FALSE(fetched.changed);
  CHECK(fetched.answered == 1);
  REQUIRE(fetched.refused.size() == 1);
  CHECK(fetched.refused[0] == "party2 serves the list of revocations 1, and list 2 is here");
  CHECK(scene.kept() == second);
}

TEST_CASE("a party cannot call unchanged what is not here, or is spoilt") {
  Scene scene;
  const std::string list = scene.small.signed_list();
  const auto party = scene.party(1, {unchanged, unchanged, answer(200, list)});
  const Fetched nothing = scene.revocations();
  CHECK(nothing.answered == 0);
  REQUIRE(nothing.missing.size() == 1);
  CHECK_THAT(nothing.missing[0], Catch::Contains("answer 304"));

  REQUIRE(machine::write_file(scene.paths.revocations(), as_bytes(std::string_view("spoilt")), 0644,
                              machine::Overwrite::allow));
  CHECK(scene.revocations().answered == 0);
  CHECK(scene.revocations().changed);
  CHECK(scene.kept() == list);
}

TEST_CASE("what one party served is not sent again by the next") {
  Scene scene;
  const std::string list = scene.small.signed_list();
  const auto first = scene.party(1, {answer(200, list), unchanged});
  const auto second = scene.party(2, {unchanged});
  for (const bool changes : {true, false}) {
    const Fetched fetched = scene.revocations();
    CHECK(fetched.changed == changes);
    CHECK(fetched.answered == 2);
    CHECK(fetched.missing.empty());
    CHECK(fetched.refused.empty());
  }
  CHECK(scene.kept() == list);
}

TEST_CASE("tokens that one party hides come from another, and those that do not hold from none") {
  Scene scene;
  const std::string token = scene.token("web1"), none = R"({"bindings":[]})", other = none + "\n",
                    all = R"({"bindings":[")" + token + R"("]})" + "\n";
  std::string altered = all;
  altered[all.size() / 2] = altered[all.size() / 2] == 'A' ? 'B' : 'A';
  const auto first = scene.party(1, {answer(200, other), unchanged, unchanged, answer(200, none)});
  const auto second = scene.party(
      2, {unchanged, answer(200, all), unchanged, answer(200, altered), answer(200, "")});

  Fetched fetched = scene.bindings();  // both have none
  CHECK(fetched.changed);
  CHECK(fetched.answered == 2);
  CHECK(scene.kept_bindings() == other);
  fetched = scene.bindings();  // the second has one more
  CHECK(fetched.changed);
  CHECK(fetched.answered == 2);
  CHECK(scene.kept_bindings() == all);
  fetched = scene.bindings();  // nothing is new
  CHECK_FALSE(fetched.changed);
  CHECK(fetched.answered == 2);
  fetched = scene.bindings();  // hidden, and forged: what is here stays
  CHECK_FALSE(fetched.changed);
  CHECK(fetched.answered == 1);
  REQUIRE(fetched.refused.size() == 1);
  CHECK_THAT(fetched.refused[0], Catch::StartsWith("party2"));
  fetched = scene.bindings();
  CHECK(fetched.answered == 1);
  CHECK(fetched.refused.size() == 1);
  CHECK(scene.kept_bindings() == all);
  CHECK(scene.bindings(Duration(8 * 86400)).changed);  // over
  CHECK(scene.kept_bindings() == other);
}

TEST_CASE("a party that lags behind does not make the others send again what is here") {
  Scene scene;
  const std::string token = scene.token("web1"), later = scene.token("web2"),
                    old = R"({"bindings":[")" + token + "\"]}\n",
                    current = R"({"bindings":[")" + token + "\",\"" + later + "\"]}\n";
  // It does not read what is no document; so it must say that it has the current one.
  auto only_if_changed = answer(200, "");
  only_if_changed.document = std::make_shared<transport::HttpDocument>(
      transport::HttpDocument{"sent again", to_hex(sha256(as_bytes(current)))});
  const auto first = scene.party(1, {answer(200, old)});
  const auto second = scene.party(2, {answer(200, current), only_if_changed});
  const auto third = scene.party(3, {only_if_changed});
  for (const bool changes : {true, false}) {
    const Fetched fetched = scene.bindings();
    CHECK(fetched.changed == changes);
    CHECK(fetched.answered == 3);
    CHECK(fetched.missing.empty());
    CHECK(fetched.refused.empty());
    CHECK(scene.kept_bindings() == current);
  }
}

TEST_CASE("what every party serves is not sent again by the next, though something in it is over") {
  Scene scene;
  const std::string token = scene.token("web1"), all = R"({"bindings":[")" + token + "\"]}\n";
  auto only_if_changed = answer(200, "");
  only_if_changed.document = std::make_shared<transport::HttpDocument>(
      transport::HttpDocument{"sent again", to_hex(sha256(as_bytes(all)))});
  const auto first = scene.party(1, {answer(200, all)});
  const auto second = scene.party(2, {only_if_changed});
  const Fetched fetched = scene.bindings(Duration(8 * 86400));
  CHECK(fetched.answered == 2);
  CHECK(fetched.refused.empty());
}

TEST_CASE("an empty answer is no document, also where there is no file") {
  Scene scene;
  const auto party = scene.party(1, {answer(200, "")});
  CHECK(scene.revocations().answered == 0);
  CHECK(scene.bindings().answered == 0);
  CHECK_FALSE(machine::file_exists(scene.paths.bindings()));
}

TEST_CASE("a party that lets the time pass is not waited for again") {
  Scene scene;
  // Accepts, and says nothing.
  boost::asio::io_context context;
  boost::asio::ip::tcp::acceptor silent(context, {boost::asio::ip::address_v4::loopback(), 0});
  const enroll::PartyAddress party{"127.0.0.1:" + std::to_string(silent.local_endpoint().port()),
                                   scene.small.party(1).member.identity.public_key()};
  Calls calls(scene.authority);
  const auto first = calls.call(party, {"GET", "/", {}, {}}, std::chrono::milliseconds(50));
  REQUIRE_FALSE(first);
  CHECK(first.error().code == Error::Code::unreachable);
  CHECK(calls.silent().size() == 1);
  const auto start = std::chrono::steady_clock::now();
  const auto second = calls.call(party, {"GET", "/", {}, {}}, std::chrono::seconds(20));
  REQUIRE_FALSE(second);
  CHECK(second.error().message == first.error().message);
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(10));
}

TEST_CASE("a party that gave one answer is not silent, though it is not waited for again") {
  Scene scene;
  auto party = scene.party(1, {answer(200, "")});
  const enroll::PartyAddress at = party->address();
  Calls calls(scene.authority);
  REQUIRE(calls.call(at, {"GET", "/", {}, {}}, fetch_timeout));
  party.reset();
  CHECK_FALSE(calls.call(at, {"GET", "/", {}, {}}, fetch_timeout));
  CHECK(calls.silent().empty());
}

TEST_CASE("calls to a party share a connection") {
  Scene scene;
  const auto party = scene.party(1, {answer(200, scene.small.signed_list())});
  Calls calls(scene.authority);
  for (int i = 0; i < 3; ++i)
    CHECK(calls.call(party->address(), {"GET", "/v1/revocations", {}, {}}, fetch_timeout));
  CHECK(party->asked().size() == 3);
  CHECK(party->connections() == 1);
}

}  // namespace
}  // namespace jointca::host
