// tests/unit/mpyc-adapter/agreement_test.cpp — requests for sessions, and what must hold of them.
#include "mpyc-adapter/agreement.h"

#include <catch2/catch.hpp>

#include "tests/support/mpyc_session.h"

namespace jointca::mpyc {
namespace {

using test::session_consents;
using test::session_manifest;

SessionRequest request_for(const Manifest& manifest) {
  return {to_json(manifest), session_consents(manifest)};
}

std::string rule(const SessionRequest& request, std::uint8_t authority = 0xaa) {
  Digest id{};
  id.fill(authority);
  const auto opened = open_request(encode_request(request), id);
  return opened ? "ok" : opened.error().rule;
}

TEST_CASE("a request for a session is read back, whole only") {
  const SessionRequest request = request_for(session_manifest());
  const Bytes bytes = encode_request(request);
  CHECK(is_session_request(bytes));
  CHECK(*parse_session_request(bytes) == request);
  for (std::size_t size = 0; size < bytes.size(); size += 11)
    CHECK_FALSE(parse_session_request(BytesView(bytes).first(size)));
  Bytes longer = bytes;
  longer.push_back(0);
  CHECK_FALSE(parse_session_request(longer));
  Bytes other = bytes;
  other[0] ^= 1;
  CHECK_FALSE(is_session_request(other));
  CHECK_FALSE(parse_session_request(other));
}

TEST_CASE("a request for a session has a manifest, consents and tokens of limited size") {
  SessionRequest largest{std::string(manifest_bytes_max, 'm'),
                         std::vector<std::string>(seats_max, std::string(consent_bytes_max, 'c'))};
  CHECK(encode_request(largest).size() == session_request_bytes_max);
  CHECK(parse_session_request(encode_request(largest)));
  SessionRequest wrong = largest;
  wrong.manifest += 'm';
  CHECK_FALSE(parse_session_request(encode_request(wrong)));
  wrong = largest;
  wrong.consents.push_back("c");
  CHECK_FALSE(parse_session_request(encode_request(wrong)));
  wrong = largest;
  wrong.consents[3] += 'c';
  CHECK_FALSE(parse_session_request(encode_request(wrong)));
  wrong.consents.clear();
  CHECK_FALSE(parse_session_request(encode_request(wrong)));
}

TEST_CASE("what all members agreed on follows from manifest and consents alone") {
  const Manifest manifest = session_manifest();
  const SessionRequest request = request_for(manifest);
  const auto agreement = open_request(encode_request(request), manifest.authority);
  REQUIRE(agreement);
  CHECK(agreement->manifest() == manifest);
  CHECK(agreement->consents().size() == 3);
  CHECK(agreement->grant() == grant_of(manifest, request.consents));
}

TEST_CASE("each rule of a request for a session refuses under its name") {
  const Manifest manifest = session_manifest();
  const SessionRequest right = request_for(manifest);
  CHECK(rule(right) == "ok");
  CHECK(rule(right, 0xab) == "session.authority");
  CHECK(open_request(Bytes{1, 2, 3}, manifest.authority).error().rule == "session.malformed");
  SessionRequest wrong = right;
  wrong.manifest += ' ';
  CHECK(rule(wrong) == "session.malformed");
  wrong = right;
  wrong.consents.pop_back();
  CHECK(rule(wrong) == "consents.missing");
  Manifest other = manifest;
  other.program.arguments[0] = "9";
  wrong = right;
  wrong.consents[1] = session_consents(other)[1];
  CHECK(rule(wrong) == "consent.manifest");
  wrong = right;
  std::swap(wrong.consents[0], wrong.consents[2]);
  CHECK(rule(wrong) == "consents.order");
}

TEST_CASE("a seat's certificate follows from what it says itself, and from whose it is") {
  const Manifest manifest = session_manifest();
  const PublicKey key = test::session_keys().seats;
  const auto consents = open_consents(session_consents(manifest), manifest);
  REQUIRE(consents);
  const auto certificates = session_certificates(manifest, *consents, key);
  REQUIRE(certificates.size() == 4);
  CHECK(stated_manifest(certificates[0]) == digest(manifest));
  for (std::size_t seat = 0; seat < 3; ++seat) {
    const x509::Details& leaf = certificates[seat + 1];
    CHECK(is_of_a_session(leaf));
    const auto facts = stated_facts(leaf, manifest.seats[seat].identity);
    REQUIRE(facts);
    CHECK(facts->seat == seat);
    CHECK(seat_leaf(*facts, key) == leaf);
    const auto of_another = stated_facts(leaf, manifest.seats[(seat + 1) % 3].identity);
    REQUIRE(of_another);
    CHECK(seat_leaf(*of_another, key) != leaf);
    x509::Details wrong = leaf;
    wrong.name = "MPyC party 20";
    CHECK_FALSE(stated_facts(wrong, manifest.seats[seat].identity));
    wrong = leaf;
    wrong.addresses.clear();
    CHECK_FALSE(stated_facts(wrong, manifest.seats[seat].identity));
    wrong = leaf;
    wrong.issuer = "jointca session short";
    CHECK_FALSE(stated_manifest(wrong));
    wrong.issuer = "jointca aaaa";
    CHECK_FALSE(is_of_a_session(wrong));
    CHECK_FALSE(stated_manifest(wrong));
  }
}

}  // namespace
}  // namespace jointca::mpyc
