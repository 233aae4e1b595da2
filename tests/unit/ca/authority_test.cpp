// tests/unit/ca/authority_test.cpp — authority.json and party cards: one field wrong, one clear
// error.
#include "ca/authority.h"

#include <functional>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/support/seeded_rng.h"

using namespace jointca;
using Json = nlohmann::ordered_json;

namespace {

SigningKey key_of(std::uint64_t seed) {
  test::SeededRng rng(seed);
  return SigningKey::generate(rng);
}

ca::PartyCard card_of(const std::string& name, std::uint64_t seed) {
  const log::NoteVerifier cosigner{"example.org/" + name + "/cosigner",
                                   log::NoteKeyType::cosignature, key_of(seed + 200).public_key()};
  return {name,
          key_of(seed).public_key(),
          log::vkey_text("example.org/" + name, key_of(seed + 100).public_key()),
          cosigner.text(),
          "192.0.2.1:7101",
          "192.0.2.1:7201"};
}

ca::Authority sample() {
  ca::Authority out;
  out.id = Digest{1};
  out.name = "mesh";
  out.scheme = "ed25519";
  out.group_public_key = PublicKey{Digest{2}};
  out.min_signers = 2;
  out.epoch = 3;
  out.networks = {*ca::Prefix::parse("10.42.0.0/16"), *ca::Prefix::parse("fd42::/64")};
  out.groups = {"web", "db"};
  out.ca_certificates = {"-----BEGIN NEBULA CERTIFICATE-----\n"};
  out.parties = {{1, card_of("alpha", 1), to_bytes(Digest{11})},
                 {2, card_of("beta", 2), to_bytes(Digest{12})},
                 {3, card_of("gamma", 3), to_bytes(Digest{13})}};
  out.ceremony = {Digest{4}, Digest{5}, {SignatureBytes{6}, SignatureBytes{7}, SignatureBytes{8}}};
  return out;
}

/// The error of sample() after `change`, or "accepted".
std::string verdict(const std::function<void(Json&)>& change) {
  Json document = Json::parse(ca::to_json(sample()));
  change(document);
  const auto parsed = ca::authority_from_json(document.dump());
  return parsed ? "accepted" : parsed.error().text();
}

/// Every field of `node`, as a pointer into the document.
void collect(const Json& node, const Json::json_pointer& at, std::vector<Json::json_pointer>& out) {
  if (node.is_object())
    for (const auto& [key, value] : node.items()) {
      out.push_back(at / key);
      collect(value, at / key, out);
    }
  if (node.is_array())
    for (std::size_t i = 0; i < node.size(); ++i) collect(node[i], at / i, out);
}

/// "/parties/1/name" as the parser writes it: "authority.parties[1].name".
std::string path_text(const Json::json_pointer& pointer) {
  std::string out = "authority";
  std::string part;
  const auto flush = [&] {
    if (part.empty()) return;
    out +=
        part.find_first_not_of("0123456789") == std::string::npos ? "[" + part + "]" : "." + part;
    part.clear();
  };
  for (const char c : pointer.to_string()) {
    if (c == '/')
      flush();
    else
      part += c;
  }
  flush();
  return out;
}

}  // namespace

TEST_CASE("an authority reads back as it was written") {
  const std::string text = ca::to_json(sample());
  const auto parsed = ca::authority_from_json(text);
  REQUIRE(parsed);
  CHECK(ca::to_json(*parsed) == text);
  CHECK(ca::certified_content(*parsed) == ca::certified_content(sample()));
  CHECK(parsed->party(std::uint16_t{2})->card.name == "beta");
  CHECK(parsed->party(key_of(3).public_key())->identifier == 3);
  CHECK(parsed->party(std::uint16_t{0}) == nullptr);
  CHECK(parsed->party(std::uint16_t{4}) == nullptr);
  CHECK(parsed->party(key_of(4).public_key()) == nullptr);
}

TEST_CASE("a missing field of an authority is named, whichever it is") {
  std::vector<Json::json_pointer> fields;
  collect(Json::parse(ca::to_json(sample())), Json::json_pointer(), fields);
  REQUIRE(fields.size() == 12 + 3 + 3 * 8);
  for (const auto& field : fields) {
    const std::string error =
        verdict([&](Json& document) { document.at(field.parent_pointer()).erase(field.back()); });
    CHECK(error == path_text(field) + ": missing");
  }
}

TEST_CASE("a field of an authority that has another type is named, whichever it is") {
  std::vector<Json::json_pointer> fields;
  collect(Json::parse(ca::to_json(sample())), Json::json_pointer(), fields);
  for (const auto& field : fields) {
    const std::string error = verdict([&](Json& document) { document[field] = true; });
    CHECK(error.starts_with(path_text(field) + ": expected"));
  }
}

TEST_CASE("an unknown field of an authority is refused at every level") {
  CHECK(verdict([](Json& d) { d["x"] = 1; }) == "authority.x: unknown field");
  CHECK(verdict([](Json& d) { d["ceremony"]["x"] = 1; }) == "authority.ceremony.x: unknown field");
  CHECK(verdict([](Json& d) { d["parties"][2]["x"] = 1; }) ==
        "authority.parties[2].x: unknown field");
}

TEST_CASE("values outside what an authority can be are refused") {
  const auto refused = [](const char* pointer, const Json& value, const std::string& error) {
    CAPTURE(pointer, value.dump());
    CHECK(verdict([&](Json& d) { d[Json::json_pointer(pointer)] = value; }) == error);
  };
  const std::string digits64 = ": expected 64 lower-case hexadecimal digits";
  refused("/format", "jointca-authority/2", "authority.format: unknown format");
  refused("/id", std::string(63, '0'), "authority.id" + digits64);
  refused("/id", std::string(64, 'A'), "authority.id" + digits64);
  refused("/id", std::string(65, '0'), "authority.id: too long");
  refused("/scheme", "rsa", "authority.scheme: unknown scheme");
  refused("/min_signers", 1, "authority.min_signers: out of range");
  refused("/min_signers", 65, "authority.min_signers: out of range");
  refused("/min_signers", 4, "authority.parties: fewer parties than min_signers");
  refused("/epoch", 0, "authority.epoch: out of range");
  refused("/networks", Json::array(), "authority.networks: expected at least one network");
  for (const char* network : {"10.42.0.1/16", "10.42.0.0", "FD42::/64", "10.42.0.0/016", ""})
    refused("/networks/0", network, "authority.networks[0]: expected a network like 10.42.0.0/16");
  refused("/networks", std::vector<std::string>(17, "10.42.0.0/16"),
          "authority.networks: too many elements");
  refused("/name", std::string(254, 'x'), "authority.name: too long");
  refused("/parties/1/identifier", 3, "authority.parties[1].identifier: not in identifier order");
  refused("/parties/0/identifier", 0, "authority.parties[0].identifier: not in identifier order");
  refused("/parties/0/name", "Alpha",
          "authority.parties[0].name: expected 1 to 63 of a-z, 0-9 and '-'");
  refused("/ceremony/signatures/0", "00",
          "authority.ceremony.signatures[0]: expected 128 lower-case hexadecimal digits");
  CHECK(verdict([](Json& d) { d["ceremony"]["signatures"].erase(2); }) ==
        "authority.ceremony.signatures: expected one signature per party");
  CHECK(ca::authority_from_json(std::string(ca::authority_bytes_max + 1, ' ')).error().text() ==
        "authority: too long");
}

TEST_CASE("what the parties certify covers every field but id and ceremony") {
  const Bytes certified = ca::certified_content(sample());
  const std::vector<std::function<void(ca::Authority&)>> changes{
      [](auto& a) { a.name += "x"; },
      [](auto& a) { a.scheme += "x"; },
      [](auto& a) { std::get<PublicKey>(a.group_public_key).bytes[5] ^= 1; },
      [](auto& a) { a.min_signers = 3; },
      [](auto& a) { a.epoch = 4; },
      [](auto& a) { a.networks.pop_back(); },
      [](auto& a) { a.groups = {"webdb"}; },
      [](auto& a) { a.ca_certificates.push_back(""); },
      [](auto& a) { a.parties.pop_back(); },
      [](auto& a) { a.parties[1].identifier = 9; },
      [](auto& a) { a.parties[1].card.name += "x"; },
      [](auto& a) { a.parties[1].card.identity.bytes[5] ^= 1; },
      [](auto& a) { a.parties[1].card.log_vkey += "x"; },
      [](auto& a) { a.parties[1].card.peer += "x"; },
      [](auto& a) { a.parties[1].card.api += "x"; },
      [](auto& a) { a.parties[1].verifying_share[5] ^= 1; },
  };
  for (std::size_t i = 0; i < changes.size(); ++i) {
    ca::Authority changed = sample();
    changes[i](changed);
    CAPTURE(i);
    CHECK(ca::certified_content(changed) != certified);
  }
}

TEST_CASE("a party card reads back, and only under its own key") {
  const ca::PartyCard card = card_of("alpha", 1);
  const std::string text = ca::to_json(card, key_of(1));
  const auto parsed = ca::card_from_json(text);
  REQUIRE(parsed);
  CHECK(ca::to_json(*parsed, key_of(1)) == text);
  CHECK(ca::card_from_json(ca::to_json(card, key_of(2))).error().text() ==
        "party.signature: does not verify under identity_key");
}

TEST_CASE("a card with a missing, unknown or changed field is refused") {
  const Json whole = Json::parse(ca::to_json(card_of("alpha", 1), key_of(1)));
  for (const auto& [name, value] : whole.items()) {
    CAPTURE(name);
    Json changed = whole;
    changed.erase(name);
    CHECK(ca::card_from_json(changed.dump()).error().text() == "party." + name + ": missing");
    changed = whole;
    std::string text = value.get<std::string>();
    text.back() = text.back() == '1' ? '2' : '1';
    changed[name] = text;
    CHECK_FALSE(ca::card_from_json(changed.dump()));
  }
  Json changed = whole;
  changed["x"] = 1;
  CHECK(ca::card_from_json(changed.dump()).error().text() == "party.x: unknown field");
}

TEST_CASE("party names are labels in lower case") {
  for (const char* name : {"a", "alpha", "a-1", "1"}) CHECK(ca::is_party_name(name));
  CHECK(ca::is_party_name(std::string(63, 'a')));
  for (const char* name : {"", "-a", "A", "a.b", "a_b", "a b", "ä"})
    CHECK_FALSE(ca::is_party_name(name));
  CHECK_FALSE(ca::is_party_name(std::string(64, 'a')));
}

TEST_CASE(
    "an authority of p256 has points of that curve, and of each party a digest of its moduli") {
  ca::Authority authority = sample();
  authority.scheme = "p256";
  authority.group_public_key = p256::Point::base();
  for (ca::Party& party : authority.parties) {
    party.verifying_share = to_bytes(p256::Point::base().bytes());
    party.aux = Digest{7};
  }
  const std::string text = ca::to_json(authority);
  const auto parsed = ca::authority_from_json(text);
  INFO((parsed ? "" : parsed.error().text()));
  REQUIRE(parsed);
  CHECK(ca::to_json(*parsed) == text);
  CHECK(parsed->group_public_key == authority.group_public_key);
  CHECK(parsed->parties[2].aux == Digest{7});

  const auto refused = [&](const std::function<void(Json&)>& change) {
    Json document = Json::parse(text);
    change(document);
    const auto read = ca::authority_from_json(document.dump());
    return read ? std::string("accepted") : read.error().text();
  };
  const std::string not_on_the_curve = "02" + std::string(62, 'f') + "ff";
  CHECK(refused([&](Json& a) {
          a["group_public_key"] = not_on_the_curve;
        }).starts_with("authority.group_public_key: "));
  CHECK(refused([&](Json& a) {
          a["parties"][1]["verifying_share"] = not_on_the_curve;
        }).starts_with("authority.parties[1].verifying_share: "));
  CHECK(refused([](Json& a) { a["group_public_key"] = std::string(64, '1'); }) ==
        "authority.group_public_key: expected 66 lower-case hexadecimal digits");
  CHECK(refused([](Json& a) { a["parties"][1].erase("aux_info"); }) != std::string("accepted"));
  CHECK(refused([](Json& a) { a["scheme"] = "ed25519"; }) != std::string("accepted"));
  CHECK(verdict([](Json& a) { a["parties"][1]["aux_info"] = std::string(64, '0'); }) != "accepted");
}
