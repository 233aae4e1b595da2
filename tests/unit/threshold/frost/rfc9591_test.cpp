// tests/unit/threshold/frost/rfc9591_test.cpp — every step of signing, byte by byte.
#include <catch2/catch.hpp>

#include "tests/support/frost_keys.h"
#include "tests/support/vectors.h"
#include "threshold/frost/hash.h"
#include "threshold/frost/sign.h"

using namespace jointca;
using namespace jointca::frost;
using namespace jointca::test;
using nlohmann::json;

namespace {

/// The randomness of a vector, in the order in which commit() draws it.
class VectorRng final : public Rng {
 public:
  explicit VectorRng(const json& output) : stream_(hex_field(output, "hiding_nonce_randomness")) {
    const Bytes second = hex_field(output, "binding_nonce_randomness");
    stream_.insert(stream_.end(), second.begin(), second.end());
  }
  void fill(std::span<std::uint8_t> out) override {
    REQUIRE(next_ + out.size() <= stream_.size());
    std::copy_n(stream_.begin() + std::ptrdiff_t(next_), out.size(), out.begin());
    next_ += out.size();
  }

 private:
  Bytes stream_;
  std::size_t next_ = 0;
};

PerParty<KeyPackage> dealt_keys(const json& inputs) {
  std::vector<SecretScalar> coefficients;
  coefficients.push_back(secret_field(inputs, "group_secret_key"));
  for (const json& coefficient : inputs.at("share_polynomial_coefficients"))
    coefficients.push_back(*SecretScalar::parse(*from_hex(coefficient.get<std::string>())));
  const auto n = static_cast<std::uint16_t>(inputs.at("participant_shares").size());
  return deal(SecretPolynomial(std::move(coefficients)), n);
}

void check_vector(const json& vector, const char* public_key_name) {
  const json& inputs = vector.at("inputs");
  const Bytes message = hex_field(inputs, "message");
  const PerParty<KeyPackage> keys = dealt_keys(inputs);
  const GroupKey& group = keys.begin()->second.group;
  CHECK(hex_of(group.public_key) == inputs.at(public_key_name));
  for (const json& share : inputs.at("participant_shares"))
    CHECK(hex_of(keys.at(P(share.at("identifier").get<unsigned>())).share) ==
          share.at("participant_share"));

  Committed committed;
  const json& round_one = vector.at("round_one_outputs").at("outputs");
  for (const json& output : round_one) {
    const Identifier signer = P(output.at("identifier").get<unsigned>());
    VectorRng rng(output);
    SigningNonces nonces = commit(keys.at(signer).share, rng);
    CHECK(hex_of(nonces.hiding()) == output.at("hiding_nonce"));
    CHECK(hex_of(nonces.binding()) == output.at("binding_nonce"));
    CHECK(hex_of(nonces.commitments().hiding) == output.at("hiding_nonce_commitment"));
    CHECK(hex_of(nonces.commitments().binding) == output.at("binding_nonce_commitment"));
    committed.commitments.emplace(signer, nonces.commitments());
    committed.nonces.emplace(signer, std::move(nonces));
  }

  const auto joint = join(committed.commitments, message, group);
  REQUIRE(joint);
  const auto binding_inputs =
      binding_factor_inputs(group.public_key, committed.commitments, message);
  for (const json& output : round_one) {
    const Identifier signer = P(output.at("identifier").get<unsigned>());
    CHECK(to_hex(binding_inputs.at(signer)) == output.at("binding_factor_input"));
    CHECK(hex_of(joint->binding_factors.at(signer)) == output.at("binding_factor"));
  }

  const PerParty<Scalar> shares = sign_all(keys, std::move(committed), message);
  for (const json& output : vector.at("round_two_outputs").at("outputs"))
    CHECK(hex_of(shares.at(P(output.at("identifier").get<unsigned>()))) == output.at("sig_share"));
  for (const auto& [signer, z] : shares) CHECK(verify_signature_share(signer, z, *joint, group));

  const auto signature = aggregate(shares, *joint, message, group, 0);
  REQUIRE(signature);
  CHECK(to_hex(*signature) == vector.at("final_output").at("sig"));
  CHECK(verify(group.public_key.public_key(), message, *signature));
}

}  // namespace

TEST_CASE("signing equals RFC 9591 appendix E.1 at every step") {
  check_vector(vector_file("rfc9591/frost-ed25519-sha512.json"), "group_public_key");
}

TEST_CASE("signing equals ZF frost's vectors with identifiers of two bytes") {
  check_vector(vector_file("rfc9591/zf-ed25519-vectors-big-identifier.json"), "verifying_key_key");
}

TEST_CASE("ZF frost's invalid element is refused") {
  const json elements = vector_file("rfc9591/zf-ed25519-elements.json").at("elements");
  CHECK_FALSE(Point::parse(hex_field(elements, "invalid_element")));
}
