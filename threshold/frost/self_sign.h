// threshold/frost/self_sign.h — all n parties sign statements together, right after the key
// generation: the CA certificate of the new authority. Both rounds are sent to all and echoed.
#pragma once

#include "threshold/frost/signing_session.h"

namespace jointca::frost::self_sign {

class AwaitingCommitments;

class AwaitingShares : MoveOnly {
 public:
  using Awaits = Round<round_number::self_sign_shares, ShareMessage, Nothing>;
  /// One verified signature per statement, or blame as in aggregate_batch(), with the input that
  /// evidence of a wrong share needs: "package".
  Outcome<std::vector<SignatureBytes>> receive(Inbox<Awaits> inbox) &&;
  /// What all sign.
  [[nodiscard]] const SigningPackage& package() const { return package_; }

 private:
  friend class AwaitingCommitments;
  AwaitingShares(Identifier self, GroupKey group, SigningPackage package, std::vector<Joint> joint,
                 ShareMessage own)
      : self_(self),
        group_(std::move(group)),
        package_(std::move(package)),
        joint_(std::move(joint)),
        own_(std::move(own)) {}

  Identifier self_;
  GroupKey group_;
  SigningPackage package_;
  std::vector<Joint> joint_;
  ShareMessage own_;
};

class AwaitingCommitments : MoveOnly {
 public:
  using Awaits = Round<round_number::self_sign_commitments, CommitMessage, Nothing>;
  Outcome<Step<AwaitingShares>> receive(Inbox<Awaits> inbox) &&;

 private:
  friend Step<AwaitingCommitments> begin(const KeyPackage&, std::vector<Statement>, const Digest&,
                                         Rng&);
  AwaitingCommitments(KeyPackage key, std::vector<Statement> statements, BatchNonces nonces,
                      CommitMessage own)
      : key_(std::move(key)),
        statements_(std::move(statements)),
        nonces_(std::move(nonces)),
        own_(std::move(own)) {}

  KeyPackage key_;
  std::vector<Statement> statements_;
  BatchNonces nonces_;
  CommitMessage own_;
};

/// `statements`, 1 … items_max, are what this party itself derived.
[[nodiscard]] Step<AwaitingCommitments> begin(const KeyPackage& key,
                                              std::vector<Statement> statements,
                                              const Digest& session, Rng& rng);

}  // namespace jointca::frost::self_sign
