// tests/unit/enroll/invitation_test.cpp — invitations and their tokens: round trips and refusals.
#include "enroll/invitation.h"

#include <type_traits>

#include <catch2/catch.hpp>

#include "tests/unit/enroll/enroll_fixture.h"

using namespace jointca;
using namespace jointca::enroll;
using namespace jointca::enroll::test;

static_assert(!std::is_copy_constructible_v<InvitationToken>);

namespace {

/// Makes an invitation with these terms by hand, unchecked but signed over what it holds.
Parsed<Invitation> reparsed(const Invitation& invitation) {
  return parse_invitation(encoded(invitation));
}

std::string error_of(std::string_view text) {
  const auto token = parse_token(text);
  return token ? "" : token.error().reason;
}

/// The reason why no invitation can be made in these terms, or "".
template <class Bend>
std::string unmakeable(Bend bend) {
  Scene scene;
  Terms terms = terms_of_web();
  std::vector<PartyAddress> parties{{"192.0.2.1:7443", scene.party.public_key()}};
  bend(terms, parties);
  const auto made =
      make_invitation(scene.authority, terms, scene.party, now, std::move(parties), scene.rng);
  return made ? "" : made.error().reason;
}

}  // namespace

TEST_CASE("an invitation survives its encoding") {
  Scene scene;
  const auto back = reparsed(scene.token.invitation);
  REQUIRE(back);
  CHECK(*back == scene.token.invitation);
  CHECK(verify(*back));
  CHECK(digest(*back) == digest(scene.token.invitation));
}

TEST_CASE("an invitation with any bit changed is malformed or not signed") {
  Scene scene;
  const Bytes whole = encoded(scene.token.invitation);
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    Bytes changed = whole;
    changed[bit / 8] = static_cast<std::uint8_t>(changed[bit / 8] ^ (1U << (bit % 8)));
    const auto parsed = parse_invitation(changed);
    if (parsed) CHECK_FALSE(verify(*parsed));
  }
}

TEST_CASE("a truncated or extended invitation is malformed") {
  Scene scene;
  Bytes whole = encoded(scene.token.invitation);
  for (std::size_t size = 0; size < whole.size(); ++size)
    CHECK_FALSE(parse_invitation(BytesView(whole).first(size)));
  whole.push_back(0);
  CHECK_FALSE(parse_invitation(whole));
  whole.resize(invitation_bytes_max + 1);
  CHECK(parse_invitation(whole).error().reason == "too long for an invitation");
}

TEST_CASE("terms that no host could have are malformed") {
  const auto reason = [](auto bend) {
    Scene scene;
    Invitation invitation = scene.token.invitation;
    bend(invitation.terms);
    const auto parsed = reparsed(invitation);
    return parsed ? "" : parsed.error().reason;
  };
  CHECK(reason([](Terms& t) { t.name = "a b"; }) == "not a host name");
  CHECK(reason([](Terms& t) { t.name = std::string(254, 'a'); }) == "too long");
  CHECK(reason([](Terms& t) { t.groups = {"a,b"}; }) == "not a group name");
  CHECK(reason([](Terms& t) { t.groups = {"a", "a"}; }) == "a group stands here twice");
  CHECK(reason([](Terms& t) { t.groups.assign(33, "a"); }) == "out of range");
  CHECK(reason([](Terms& t) { t.kinds = {}; }) == "out of range");
  CHECK(reason([](Terms& t) {
          t.kinds = {ca::Kind::x509, ca::Kind::nebula};
        }) == "kinds must ascend");
  CHECK(reason([](Terms& t) { t.kinds = {static_cast<ca::Kind>(9)}; }) == "unknown kind");
  CHECK(reason([](Terms& t) { t.addresses[1] = t.addresses[0]; }) ==
        "an address stands here twice");
  CHECK(reason([](Terms& t) { t.ttl = Duration(0); }) == "out of range");
  CHECK(reason([](Terms& t) { t.ttl = Duration(-1); }) == "out of range");
  CHECK(reason([](Terms& t) { t.uses = 0; }) == "out of range");
  CHECK(reason([](Terms& t) { t.expires = time_from_unix(-1); }) == "out of range");
  CHECK(reason([](Terms&) {}) == std::string());
}

TEST_CASE("a token survives its text, with or without a newline") {
  Scene scene;
  const std::string text = token_text(scene.token);
  CHECK(text.starts_with("jointca-invite1."));
  CHECK(text.find_first_of("\n =+/") == std::string::npos);
  for (const std::string& form : {text, text + "\n", text + "\r\n"}) {
    const auto back = parse_token(form);
    REQUIRE(back);
    CHECK(back->seed.equals_ct(scene.token.seed));
    CHECK(back->invitation == scene.token.invitation);
    CHECK(back->parties == scene.token.parties);
  }
}

TEST_CASE("a mistyped token is told apart from a forged one") {
  Scene scene;
  std::string text = token_text(scene.token);
  char& typo = text[100];
  typo = typo == 'A' ? 'B' : 'A';
  CHECK(error_of(text) == "checksum: it was cut or mistyped");
  // Cut where it is still base64.
  const std::size_t encoded = text.size() - std::string_view("jointca-invite1.").size();
  const std::size_t cut = encoded % 4 == 0 ? 4 : encoded % 4;
  CHECK(error_of(text.substr(0, text.size() - cut)) == "checksum: it was cut or mistyped");
  CHECK(error_of("jointca-invite1.a*b") == "not base64url: it was cut or mistyped");
  CHECK(error_of("jointca-invite1.AAAA") == "too short");
  CHECK(error_of("jointca-invite2.AAAA") == "does not begin with jointca-invite1.");
  CHECK(error_of("") == "does not begin with jointca-invite1.");
  CHECK(error_of(std::string(token_text_max + 1, 'a')) == "too long");
  CHECK_FALSE(error_of(" " + token_text(scene.token)).empty());
}

TEST_CASE("a token whose terms were changed is not signed by its party") {
  Scene scene;
  scene.token.invitation.terms.groups.push_back("admin");
  CHECK(error_of(token_text(scene.token)) == "not signed by the party that it names");
}

TEST_CASE("a token with another secret is refused") {
  Scene scene;
  scene.token.seed = scene.rng.secret<32>();
  CHECK(error_of(token_text(scene.token)) == "its secret does not belong to its key");
}

TEST_CASE("a token without parties, or with a bad endpoint, is malformed") {
  Scene scene;
  scene.token.parties[0].endpoint = "a b";
  CHECK(error_of(token_text(scene.token)).find("not an endpoint") != std::string::npos);
  scene.token.parties.clear();
  CHECK(error_of(token_text(scene.token)).find("out of range") != std::string::npos);
}

TEST_CASE("no invitation is made in terms that could not be read again") {
  using Parties = std::vector<PartyAddress>;
  CHECK(unmakeable([](Terms&, Parties&) {}).empty());
  CHECK_FALSE(unmakeable([](Terms& t, Parties&) { t.name = ""; }).empty());
  CHECK_FALSE(unmakeable([](Terms& t, Parties&) { t.name = std::string(70'000, 'a'); }).empty());
  CHECK_FALSE(unmakeable([](Terms& t, Parties&) { t.groups = {""}; }).empty());
  CHECK_FALSE(unmakeable([](Terms& t, Parties&) { t.groups = {"a", "a"}; }).empty());
  CHECK_FALSE(unmakeable([](Terms& t, Parties&) { t.kinds = {}; }).empty());
  CHECK_FALSE(unmakeable([](Terms& t, Parties&) { t.uses = 0; }).empty());
  CHECK_FALSE(unmakeable([](Terms& t, Parties&) { t.ttl = Duration(0); }).empty());
  CHECK_FALSE(unmakeable([](Terms&, Parties& p) { p.clear(); }).empty());
  CHECK_FALSE(unmakeable([](Terms&, Parties& p) { p.resize(65, p[0]); }).empty());
  CHECK_FALSE(unmakeable([](Terms&, Parties& p) { p[0].endpoint = ""; }).empty());
  CHECK(unmakeable([](Terms& t, Parties& p) {
          t.groups.assign(32, "");
          for (std::size_t i = 0; i < 32; ++i)
            t.groups[i] = std::to_string(i + 10) + std::string(62, 'g');
          p.resize(64, {std::string(255, 'h'), {}});
        }) == "too long");
}

TEST_CASE("two invitations in the same terms have different keys and digests") {
  Scene scene;
  const InvitationToken other = scene.invite(terms_of_web());
  CHECK(other.invitation.key != scene.token.invitation.key);
  CHECK(digest(other.invitation) != digest(scene.token.invitation));
}
