#include "threshold/frost/sign.h"

#include "crypto/rng.h"
#include "threshold/frost/hash.h"
#include "threshold/shamir.h"

namespace jointca::frost {
namespace {

/// A context that no two nonces of one commit() share.
Bytes distinct(BytesView context, std::uint8_t which) {
  Bytes out = to_bytes(context);
  if (!out.empty()) out.push_back(which);
  return out;
}

/// §4.4: group_public_key_enc || H4(msg) || H5(encode_group_commitment_list(commitments)).
Bytes binding_factor_prefix(const Point& public_key, const PerParty<NonceCommitments>& commitments,
                            BytesView message) {
  Bytes list;
  list.reserve(commitments.size() * 96);
  const auto append = [](Bytes& to, BytesView part) {
    to.insert(to.end(), part.begin(), part.end());
  };
  for (const auto& [signer, pair] : commitments) {
    append(list, to_scalar(signer).bytes());
    append(list, pair.hiding.bytes());
    append(list, pair.binding.bytes());
  }
  Bytes prefix;
  append(prefix, public_key.bytes());
  append(prefix, h4(message));
  append(prefix, h5(list));
  return prefix;
}

/// §4.5: R = Σ D_i + Σ ρ_i·E_i.
Point group_commitment(const PerParty<NonceCommitments>& commitments,
                       const PerParty<Scalar>& binding_factors) {
  std::vector<Scalar> scalars;
  std::vector<Point> points;
  scalars.reserve(2 * commitments.size());
  points.reserve(2 * commitments.size());
  for (const auto& [signer, pair] : commitments) {
    scalars.emplace_back(1);
    points.push_back(pair.hiding);
    scalars.push_back(binding_factors.at(signer));
    points.push_back(pair.binding);
  }
  return multiexp_vartime(scalars, points);
}

}  // namespace

SigningNonces::SigningNonces(SecretScalar hiding, SecretScalar binding)
    : hiding_(std::move(hiding)),
      binding_(std::move(binding)),
      commitments_{base_mul(hiding_), base_mul(binding_)} {}

SecretScalar generate_nonce(const Secret<32>& random, const SecretScalar& share,
                            BytesView context) {
  return h3(random.expose(), share.bytes().expose(), context);
}

SigningNonces commit(const SecretScalar& share, Rng& rng, BytesView context) {
  // In this order, as the RFC draws them.
  SecretScalar hiding = generate_nonce(rng.secret<32>(), share, distinct(context, 1));
  SecretScalar binding = generate_nonce(rng.secret<32>(), share, distinct(context, 2));
  return {std::move(hiding), std::move(binding)};
}

PerParty<Bytes> binding_factor_inputs(const Point& public_key,
                                      const PerParty<NonceCommitments>& commitments,
                                      BytesView message) {
  const Bytes prefix = binding_factor_prefix(public_key, commitments, message);
  PerParty<Bytes> inputs;
  for (const auto& entry : commitments) {
    Bytes& input = inputs[entry.first];
    input = prefix;
    const Scalar identifier = to_scalar(entry.first);
    input.insert(input.end(), identifier.bytes().begin(), identifier.bytes().end());
  }
  return inputs;
}

Result<Joint, Error> join(const PerParty<NonceCommitments>& commitments, BytesView message,
                          const GroupKey& group) {
  return join(commitments, message, group, derive(group.public_key, ""));
}

Result<Joint, Error> join(const PerParty<NonceCommitments>& commitments, BytesView message,
                          const GroupKey& group, const PurposeKey& key) {
  if (commitments.size() < group.min_signers) return failed("fewer signers than the key needs");
  for (const auto& [signer, pair] : commitments) {
    if (!group.verifying_shares.contains(signer))
      return failed("party " + std::to_string(signer.value()) + " holds no share of this key");
    if (pair.hiding.is_identity() || pair.binding.is_identity())
      return failed("party " + std::to_string(signer.value()) + " committed to a zero nonce");
  }
  Joint joint{key, commitments, {}, {}, {}};
  for (const auto& [signer, input] : binding_factor_inputs(key.public_key, commitments, message))
    joint.binding_factors.emplace(signer, h1({input}));
  joint.R = group_commitment(commitments, joint.binding_factors);
  if (joint.R.is_identity()) return failed("the group commitment is the identity");
  joint.challenge = h2({joint.R.bytes(), key.public_key.bytes(), message});
  return joint;
}

Result<Scalar, Error> sign(SigningNonces nonces, const PerParty<NonceCommitments>& commitments,
                           BytesView message, const KeyPackage& key) {
  SigningNonces spent = std::move(nonces);
  JCA_ASSIGN(const Joint joint, join(commitments, message, key.group));
  return sign(std::move(spent), joint, key);
}

Result<Scalar, Error> sign(SigningNonces nonces, const Joint& joint, const KeyPackage& key) {
  SigningNonces spent = std::move(nonces);
  if (!joint.commitments.contains(key.identifier)) return failed("we are not among the signers");
  const Scalar lambda_i = lagrange_coefficient(key.identifier, parties_of(joint.commitments));
  return sign(std::move(spent), joint, key, lambda_i);
}

Result<Scalar, Error> sign(SigningNonces nonces, const Joint& joint, const KeyPackage& key,
                           const Scalar& lambda_i) {
  const SigningNonces spent = std::move(nonces);
  const auto own = joint.commitments.find(key.identifier);
  if (own == joint.commitments.end()) return failed("we are not among the signers");
  if (!(own->second == spent.commitments()))
    return failed("the commitments shown as ours are not those of our nonces");

  // > sig_share = hiding_nonce + (binding_nonce * binding_factor) + (lambda_i * sk_i * challenge)
  const Scalar& rho_i = joint.binding_factors.at(key.identifier);
  const SecretScalar s_i = key.share + joint.key.tweak;
  return (spent.hiding() + spent.binding() * rho_i + s_i * (lambda_i * joint.challenge)).reveal();
}

bool verify_signature_share(Identifier signer, const Scalar& z, const Joint& joint,
                            const GroupKey& group) {
  // > sig_share * B = comm_share + (challenge * lambda_i) * PK_i, comm_share = D_i + rho_i * E_i;
  // PK_i is Y_i + τ·B under the key of a purpose.
  const NonceCommitments& pair = joint.commitments.at(signer);
  const Scalar c_lambda =
      joint.challenge * lagrange_coefficient(signer, parties_of(joint.commitments));
  const std::array<Scalar, 2> scalars{Scalar() - joint.binding_factors.at(signer),
                                      Scalar() - c_lambda};
  const std::array<Point, 2> points{pair.binding, group.verifying_shares.at(signer)};
  return multiexp_vartime(z - c_lambda * joint.key.tweak, scalars, points) == pair.hiding;
}

Outcome<SignatureBytes> aggregate(const PerParty<Scalar>& shares, const Joint& joint,
                                  BytesView message, const GroupKey& group,
                                  std::uint16_t share_round) {
  if (parties_of(shares) != parties_of(joint.commitments))
    return blamed("the shares are not those of the session's signers");
  Scalar z;
  for (const auto& entry : shares) z = z + entry.second;
  SignatureBytes signature;
  std::copy(joint.R.bytes().begin(), joint.R.bytes().end(), signature.begin());
  std::copy(z.bytes().begin(), z.bytes().end(), signature.begin() + 32);
  if (verify(joint.key.public_key.public_key(), message, signature)) return signature;

  Blame blame{"the joint signature does not verify", {}};
  for (const auto& [signer, share] : shares)
    if (!verify_signature_share(signer, share, joint, group))
      blame.faults.push_back({signer,
                              Fault::Standing::proven,
                              "frost.sign.share",
                              {{share_round, Exhibit::Kind::to_all}}});
  return Unexpected{std::move(blame)};
}

}  // namespace jointca::frost
