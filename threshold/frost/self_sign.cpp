#include "threshold/frost/self_sign.h"

namespace jointca::frost::self_sign {

Step<AwaitingCommitments> begin(const KeyPackage& key, std::vector<Statement> statements,
                                const Digest& session, Rng& rng) {
  Begun begun = begin_session(key, statements.size(), rng, session);
  CommitMessage own = begun.message;
  return {AwaitingCommitments(key.duplicate(), std::move(statements), std::move(begun.nonces), own),
          {own, {}}};
}

Outcome<Step<AwaitingShares>> AwaitingCommitments::receive(Inbox<Awaits> inbox) && {
  BatchNonces spent = std::move(nonces_);
  PerParty<CommitMessage> commitments = std::move(inbox.from_all);
  commitments.emplace(key_.identifier, std::move(own_));
  JCA_ASSERT(parties_of(commitments) == parties_of(key_.group.verifying_shares));
  JCA_ASSIGN(SigningPackage package, make_package(std::move(statements_), commitments));
  auto joint = join(package, key_.group);
  if (!joint) return blamed(joint.error().message);
  auto own = sign_batch(std::move(spent), package, *joint, key_);
  if (!own) return blamed(own.error().message);
  return Step<AwaitingShares>{
      AwaitingShares(key_.identifier, key_.group, std::move(package), *std::move(joint), *own),
      {*own, {}}};
}

Outcome<std::vector<SignatureBytes>> AwaitingShares::receive(Inbox<Awaits> inbox) && {
  PerParty<ShareMessage> shares = std::move(inbox.from_all);
  shares.emplace(self_, std::move(own_));
  JCA_ASSERT(parties_of(shares) == parties_of(group_.verifying_shares));
  auto signatures =
      aggregate_batch(package_, joint_, shares, group_, round_number::self_sign_shares);
  if (signatures) return signatures;
  Blame blame = std::move(signatures).error();
  blame.inputs.emplace("package", encoded(package_));
  return Unexpected{std::move(blame)};
}

}  // namespace jointca::frost::self_sign
