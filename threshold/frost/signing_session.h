// threshold/frost/signing_session.h — signing a batch of statements in one session: the wire
// messages, and the three steps that make them.
//
// A signer builds the SigningPackage itself from what it approved and from the commitments of all;
// its ShareMessage names the package by digest. So a wrong share convicts its signer, and a
// coordinator that shows different packages cannot frame anyone. docs/protocols/frost-signing.md.
#pragma once

#include "threshold/frost/sign.h"
#include "threshold/round.h"

namespace jointca::frost {

inline constexpr std::size_t items_max = 4096;
inline constexpr std::size_t message_bytes_max = std::size_t{1} << 16;

/// Round one: one pair per item, in the order of the batch.
struct CommitMessage {
  static constexpr std::string_view malformed = "frost.commit.malformed";
  std::vector<NonceCommitments> commitments;  ///< 1 … items_max
};

/// What is to be signed, and under which key: the group key, or the one derived for `purpose`.
struct Statement {
  std::string purpose;  ///< at most purpose_bytes_max; empty: the group key itself
  Bytes message;        ///< at most message_bytes_max

  bool operator==(const Statement&) const = default;
};

struct SigningItem {
  Statement statement;
  PerParty<NonceCommitments> commitments;  ///< of every signer
};

/// Everything that determines the signatures of a batch, shares excepted. All items have the same
/// signers. Has an encoding of its own only as part of evidence.
struct SigningPackage {
  std::vector<SigningItem> items;  ///< 1 … items_max

  /// Binds it to the group public key too.
  [[nodiscard]] Digest digest(const Point& group_public_key) const;
};

/// Round two.
struct ShareMessage {
  static constexpr std::string_view malformed = "frost.sign.malformed";
  Digest package{};            ///< SigningPackage::digest
  std::vector<Scalar> shares;  ///< one per item
};

/// The nonces of one session. One use.
class BatchNonces : MoveOnly {
 public:
  explicit BatchNonces(std::vector<SigningNonces> nonces) : nonces_(std::move(nonces)) {}
  [[nodiscard]] std::size_t size() const { return nonces_.size(); }
  [[nodiscard]] std::vector<SigningNonces> take() && { return std::move(nonces_); }

 private:
  std::vector<SigningNonces> nonces_;
};

struct Begun : MoveOnly {
  Begun(BatchNonces nonces_, CommitMessage message_)
      : nonces(std::move(nonces_)), message(std::move(message_)) {}
  BatchNonces nonces;
  CommitMessage message;
};

/// `count` pairs of nonces, 1 … items_max. `context` is the session id.
[[nodiscard]] Begun begin_session(const KeyPackage& key, std::size_t count, Rng& rng,
                                  BytesView context);

/// Joins the statements that we approved with the signers' commitments. A signer whose count is not
/// that of the statements is blamed, locally ("frost.commit.count").
Outcome<SigningPackage> make_package(std::vector<Statement> statements,
                                     const PerParty<CommitMessage>& commitments);

/// One Joint per item, each under the key of the item's purpose.
Result<std::vector<Joint>, Error> join(const SigningPackage& package, const GroupKey& key);

/// Our shares. Spends the nonces whatever happens. `joint` is the result of join() for it.
Result<ShareMessage, Error> sign_batch(BatchNonces nonces, const SigningPackage& package,
                                       const std::vector<Joint>& joint, const KeyPackage& key);
Result<ShareMessage, Error> sign_batch(BatchNonces nonces, const SigningPackage& package,
                                       const KeyPackage& key);

/// One signature per item, each verified, or the blame: "frost.sign.package" (local: another
/// package than ours), "frost.sign.count" and "frost.sign.share" (proven, with the package as
/// public input). `share_round` is the round of the exhibits. Absent signers are an error of the
/// caller.
Outcome<std::vector<SignatureBytes>> aggregate_batch(
    const SigningPackage& package, const PerParty<ShareMessage>& shares, const GroupKey& key,
    std::uint16_t share_round = round_number::sign_shares);
/// The same without computing `joint` again.
Outcome<std::vector<SignatureBytes>> aggregate_batch(
    const SigningPackage& package, const std::vector<Joint>& joint,
    const PerParty<ShareMessage>& shares, const GroupKey& key,
    std::uint16_t share_round = round_number::sign_shares);

void encode(const CommitMessage& message, Writer& out);
void encode(const SigningPackage& package, Writer& out);
void encode(const ShareMessage& message, Writer& out);
Parsed<CommitMessage> parse(std::type_identity<CommitMessage>, BytesView input);
Parsed<SigningPackage> parse(std::type_identity<SigningPackage>, BytesView input);
Parsed<ShareMessage> parse(std::type_identity<ShareMessage>, BytesView input);

}  // namespace jointca::frost
