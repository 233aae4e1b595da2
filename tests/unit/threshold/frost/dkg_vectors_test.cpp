// tests/unit/threshold/frost/dkg_vectors_test.cpp — key generation against ZF frost's vectors.
#include <catch2/catch.hpp>

#include "tests/support/frost_keys.h"
#include "tests/support/vectors.h"
#include "threshold/frost/dkg.h"

using namespace jointca;
using namespace jointca::frost;
using namespace jointca::test;
using nlohmann::json;

namespace {

SecretPolynomial polynomial_of(const json& party) {
  std::vector<SecretScalar> coefficients;
  coefficients.push_back(secret_field(party, "signing_key"));
  coefficients.push_back(secret_field(party, "coefficient"));
  return SecretPolynomial(std::move(coefficients));
}

VssCommitment commitment_of(const json& party) {
  VssCommitment commitment;
  for (const json& point : party.at("vss_commitments"))
    commitment.coefficients.push_back(*Point::parse(*from_hex(point.get<std::string>())));
  return commitment;
}

std::string key_of(Identifier party) { return std::to_string(party.value()); }

}  // namespace

TEST_CASE("commitments, shares and keys equal ZF frost's DKG vectors") {
  const json inputs = vector_file("rfc9591/zf-ed25519-vectors_dkg.json").at("inputs");
  const PartySet parties = first_parties(3);
  std::vector<VssCommitment> commitments;
  for (const Identifier dealer : parties) {
    const json& party = inputs.at(key_of(dealer));
    const SecretPolynomial polynomial = polynomial_of(party);
    commitments.push_back(commit_to(polynomial));
    CHECK(commitments.back().coefficients == commitment_of(party).coefficients);
    for (const Identifier receiver : parties) {
      if (receiver == dealer) continue;
      // In the file "signing_shares" of a party are those that it received.
      const SecretScalar share = polynomial.at(receiver);
      CHECK(hex_of(share) == inputs.at(key_of(receiver)).at("signing_shares").at(key_of(dealer)));
      CHECK(verify_share(share, receiver, commitments.back()));
      CHECK_FALSE(verify_share(share, dealer, commitments.back()));
    }
  }
  const VssCommitment total = sum({&commitments[0], &commitments[1], &commitments[2]});
  CHECK(hex_of(total.coefficients.front()) == inputs.at("verifying_key"));
  for (const Identifier party : parties) {
    CHECK(hex_of(evaluate(total, party)) == inputs.at(key_of(party)).at("verifying_share"));
    SecretScalar share = SecretScalar::from(Scalar());
    for (const Identifier dealer : parties)
      share = share + polynomial_of(inputs.at(key_of(dealer))).at(party);
    CHECK(hex_of(share) == inputs.at(key_of(party)).at("signing_share"));
  }
}

TEST_CASE("ZF frost's proofs of possession verify with an empty context and only so") {
  const json inputs = vector_file("rfc9591/zf-ed25519-vectors_dkg.json").at("inputs");
  for (const Identifier dealer : first_parties(3)) {
    const json& party = inputs.at(key_of(dealer));
    const Bytes raw = hex_field(party, "proof_of_knowledge");
    const ProofOfPossession proof{*Point::parse(BytesView(raw).first(32)),
                                  *Scalar::parse(BytesView(raw).last(32))};
    const Point phi_0 = commitment_of(party).coefficients.front();
    CHECK(dkg::verify_possession(dealer, phi_0, proof, {}));
    CHECK_FALSE(dkg::verify_possession(dealer, phi_0, proof, Digest{}));
    CHECK_FALSE(dkg::verify_possession(P(9), phi_0, proof, {}));

    // The proof is R = k·B, z = k + c·a₀: with k recovered, ours is the same, byte by byte.
    const Scalar a_0 = scalar_field(party, "signing_key");
    const Scalar c = dkg::possession_challenge(dealer, phi_0, proof.R, {});
    SecretScalar k = SecretScalar::from(proof.z - c * a_0);
    const ProofOfPossession ours =
        dkg::prove_possession(dealer, SecretScalar::from(a_0), phi_0, std::move(k), {});
    CHECK(ours.R == proof.R);
    CHECK(ours.z == proof.z);
  }
}
