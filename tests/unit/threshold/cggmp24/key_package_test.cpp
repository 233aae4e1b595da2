// tests/unit/threshold/cggmp24/key_package_test.cpp — keys of purposes, and a party's key as it is
// kept.
#include "threshold/cggmp24/key_package.h"

#include <catch2/catch.hpp>

#include "tests/support/vectors.h"
#include "tests/unit/threshold/cggmp24/authority.h"
#include "threshold/agreement.h"
#include "threshold/cggmp24/purpose.h"
#include "threshold/joint_key.h"

using namespace jointca;
using namespace jointca::test;
using namespace jointca::cggmp24;

namespace {

constexpr std::uint16_t t = 2, n = 3;

/// A package of its own: stages and tests share the authority's.
KeyPackage package_of(const Authority& authority, Identifier self) {
  const auto& key = authority.keys.at(self);
  const std::size_t i = self.value() - 1U;
  auto setup = RingPedersenSecret::from(toy_pair(2 * i + 1),
                                        authority.aux.at(self).pedersen.lambda().duplicate(),
                                        authority.aux.at(self).pedersen.setup());
  REQUIRE(setup);
  return {self,
          {key.share.duplicate(), key.group, key.rid, key.transcript},
          {PaillierSecretKey(toy_pair(2 * i)), *std::move(setup), authority.aux.at(self).parties,
           authority.aux.at(self).rho, authority.aux.at(self).transcript}};
}

Parsed<KeyPackage> parse_bytes(Bytes bytes) {
  SeededRng rng(3);
  return parse_key_package(parameters<Toy>(), SecretBytes(std::move(bytes)), rng);
}

/// Of points that are known without any protocol.
CertifiedKey certified_sample() {
  CertifiedKey key{{p256::Point::base(), {}, t}, {}};
  for (const Identifier party : first_parties(n)) {
    key.group.verifying_shares.emplace(party, base_mul_vartime(p256::Scalar(party.value() + 1U)));
    key.aux.emplace(party, Digest{static_cast<std::uint8_t>(party.value())});
  }
  return key;
}

agreement::NonceMessage nonce_sample() { return {Digest{1}, Digest{2}}; }

void freeze(const std::string& name, BytesView bytes) {
  const nlohmann::ordered_json file{{"message", name}, {"hex", to_hex(bytes)}};
  std::ofstream(std::string(JOINTCA_SOURCE_DIR) + "/tests/vectors/frozen/" + name + ".json")
      << file.dump(1) << "\n";
}

Bytes frozen(const std::string& name) {
  const auto file = vector_file("frozen/" + name + ".json");
  return *from_hex(file.at("hex").get<std::string>());
}

}  // namespace

TEST_CASE("the formats of a ceremony of p256 are frozen") {
  CHECK(encoded(certified_sample()) == frozen("cggmp24_certified_key"));
  CHECK(encoded(nonce_sample()) == frozen("agreement_nonce"));
  // A package is not made again from a seed, but read: its numbers are of a run of all protocols.
  const Bytes kept = frozen("cggmp24_key_package_toy");
  const auto package = parse_bytes(kept);
  REQUIRE(package);
  CHECK(to_bytes(encode_secret(*package).expose()) == kept);
  CHECK(package->identifier == P(2));
}

TEST_CASE("write the frozen formats of p256 anew", "[.freeze]") {
  freeze("cggmp24_certified_key", encoded(certified_sample()));
  freeze("agreement_nonce", encoded(nonce_sample()));
  freeze("cggmp24_key_package_toy", encode_secret(package_of(toy_authority(t, n), P(2))).expose());
}

TEST_CASE("a key of p256 that was kept is the same, and one encoding") {
  const Authority& authority = toy_authority(t, n);
  const KeyPackage package = package_of(authority, P(2));
  const Bytes kept = to_bytes(encode_secret(package).expose());
  const auto read = parse_bytes(kept);
  INFO((read ? "" : read.error().text()));
  REQUIRE(read);
  CHECK(to_bytes(encode_secret(*read).expose()) == kept);
  CHECK(read->identifier == P(2));
  CHECK(read->certified() == package.certified());
  CHECK(read->transcript() == package.transcript());
  CHECK(read->aux.parties == package.aux.parties);
  CHECK(read->key.rid == package.key.rid);
  for (std::size_t size = 0; size < kept.size(); size += 7)
    CHECK_FALSE(parse_bytes(Bytes(kept.begin(), kept.begin() + static_cast<std::ptrdiff_t>(size))));
  Bytes longer = kept;
  longer.push_back(0);
  CHECK_FALSE(parse_bytes(longer));
}

TEST_CASE("a kept key whose secrets are not those of its public values is refused") {
  const Authority& authority = toy_authority(t, n);
  const KeyPackage package = package_of(authority, P(1));
  const Bytes kept = to_bytes(encode_secret(package).expose());
  const std::size_t prime = parameters<Toy>().prime_bits / 8, secrets = 32 + 6 * prime;
  const std::size_t begin = kept.size() - secrets;
  const auto verdict = [&](std::size_t at) {
    Bytes changed = kept;
    changed.at(at) ^= 1;
    const auto read = parse_bytes(std::move(changed));
    return read ? std::string("accepted") : read.error().reason;
  };
  CHECK(verdict(begin + 31) == "the share is not the one of its verifying share");
  CHECK(verdict(begin + 32 + prime / 2) == "the primes are not those of the Paillier key");
  CHECK(verdict(begin + 32 + prime + prime / 2) == "the primes are not those of the Paillier key");
  const std::string setup = "the primes or the exponent are not those of s and t";
  CHECK(verdict(begin + 32 + 2 * prime + prime / 2) == setup);
  CHECK(verdict(begin + 32 + 3 * prime + prime / 2) == setup);
  CHECK(verdict(kept.size() - 1) == setup);
  CHECK(verdict(begin - 1) == "moduli that are not those certified");
  // Another party's secrets under our name.
  Bytes other = to_bytes(encode_secret(package_of(authority, P(2))).expose());
  other.at(2) = 1;
  CHECK_FALSE(parse_bytes(other));
  other = kept;
  other.at(2) = 9;
  CHECK(parse_bytes(other).error().reason == "not a party of the key");
}

TEST_CASE("what is certified of a key covers every share and all moduli") {
  const CertifiedKey key = package_of(toy_authority(t, n), P(1)).certified();
  const Bytes bytes = encoded(key);
  const auto read = parse(std::type_identity<CertifiedKey>{}, bytes);
  REQUIRE(read);
  CHECK(*read == key);
  CertifiedKey changed = key;
  changed.aux.at(P(3))[0] ^= 1;
  CHECK(encoded(changed) != bytes);
  changed = key;
  changed.group.verifying_shares.at(P(3)) = key.group.public_key;
  CHECK(encoded(changed) != bytes);

  Reader in(bytes);
  const auto joint = read_joint_key(in);
  REQUIRE(joint);
  CHECK(in.finish());
  CHECK(*joint == JointKey(key));
  CHECK(encoded(*joint) == bytes);
  CHECK(parties_of(*joint) == first_parties(n));
  CHECK(public_key_of(*joint) == JointPublicKey(key.group.public_key));

  const Authority& authority = toy_authority(t, n);
  std::set<Digest> digests;
  for (const auto& [party, aux] : authority.aux.at(P(1)).parties) digests.insert(aux_digest(aux));
  CHECK(digests.size() == n);
}

TEST_CASE("every purpose has its own key of p256, and its shares are of that key") {
  const Authority& authority = toy_authority(t, n);
  SeededRng rng(4);
  const auto& group = authority.keys.at(P(1)).group;
  CHECK(derive(group, "") == group);
  std::set<p256::Point::Encoding> keys{group.public_key.bytes()};
  for (const std::string purpose : {"bindings", "revocations", "bindingsx"}) {
    const auto derived = derive(group, purpose);
    CHECK(keys.insert(derived.public_key.bytes()).second);
    CHECK(derived.public_key == derive(group.public_key, purpose).public_key);
    p256::Point sum;
    for (const Identifier party : {P(1), P(3)})
      sum = sum + mul_vartime(cggmp24::lagrange_coefficient(party, {P(1), P(3)}),
                              derived.verifying_shares.at(party));
    CHECK(sum == derived.public_key);
    for (const auto& [party, key] : authority.keys)
      CHECK(base_mul(derive(key, purpose).share, rng) == derived.verifying_shares.at(party));
  }
}

TEST_CASE("signers presign and sign under the key of a purpose") {
  const Authority& authority = toy_authority(t, n);
  const PartySet signers{P(2), P(3)};
  Network network(signers);
  PerParty<keygen::Output> keys;
  for (const Identifier self : signers) keys.emplace(self, derive(authority.keys.at(self), "x509"));
  PresignSteps steps;
  for (const Identifier self : signers) {
    auto begun = begin(presign::Setup::of(authority.parameters, network.session, 1, keys.at(self),
                                          authority.aux.at(self), signers),
                       self, keys.at(self), authority.aux.at(self), network.rng());
    REQUIRE(begun);
    steps.emplace(self, *std::move(begun));
  }
  PerParty<Presignature> presignatures;
  for (auto& [self, outcome] : run_presign(network, std::move(steps), honest)) {
    REQUIRE(outcome);
    presignatures.emplace(self, *std::move(outcome));
  }
  const sign::Request request{network.session, to_bytes("a leaf"), Digest{1}};
  const auto& group = authority.keys.at(P(1)).group.public_key;
  const auto purpose_key = derive(group, "x509").public_key.public_key();
  for (const auto& [self, signature] :
       simulate(network, begin_sign(std::move(presignatures), request), honest)) {
    REQUIRE(signature);
    CHECK(verify_p256(*purpose_key, request.message, *signature));
    CHECK_FALSE(verify_p256(*group.public_key(), request.message, *signature));
  }
}
