#include "threshold/frost/signing_session.h"

#include "crypto/transcript.h"
#include "threshold/shamir.h"

namespace jointca::frost {
namespace {

constexpr std::uint8_t version = 1;

/// The keys of a package's purposes, each derived once.
class PurposeKeys {
 public:
  explicit PurposeKeys(const Point& group_public_key) : group_public_key_(group_public_key) {}
  const PurposeKey& of(const std::string& purpose) {
    const auto known = keys_.find(purpose);
    if (known != keys_.end()) return known->second;
    return keys_.emplace(purpose, derive(group_public_key_, purpose)).first->second;
  }

 private:
  const Point& group_public_key_;
  std::map<std::string, PurposeKey> keys_;
};

/// The nonces' context: this session, this position.
Bytes item_context(BytesView session, std::size_t index) {
  return std::move(Writer().prefixed16(session).integer(static_cast<std::uint32_t>(index))).take();
}

}  // namespace

Digest SigningPackage::digest(const Point& group_public_key) const {
  return std::move(Transcript("jointca/frost/package/v1")
                       .field(group_public_key.bytes())
                       .field(encoded(*this)))
      .digest();
}

Begun begin_session(const KeyPackage& key, std::size_t count, Rng& rng, BytesView context) {
  JCA_ASSERT(count >= 1 && count <= items_max);
  std::vector<SigningNonces> nonces;
  nonces.reserve(count);
  CommitMessage message;
  message.commitments.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    nonces.push_back(commit(key.share, rng, item_context(context, i)));
    message.commitments.push_back(nonces.back().commitments());
  }
  return {BatchNonces(std::move(nonces)), std::move(message)};
}

Outcome<SigningPackage> make_package(std::vector<Statement> statements,
                                     const PerParty<CommitMessage>& commitments) {
  JCA_ASSERT(!statements.empty() && statements.size() <= items_max && !commitments.empty());
  Blame blame{"wrong number of nonce commitments", {}};
  for (const auto& [signer, message] : commitments)
    if (message.commitments.size() != statements.size())
      blame.faults.push_back({signer, Fault::Standing::local, "frost.commit.count", {}});
  if (!blame.faults.empty()) return Unexpected{std::move(blame)};

  SigningPackage package;
  package.items.reserve(statements.size());
  for (std::size_t i = 0; i < statements.size(); ++i) {
    SigningItem item{std::move(statements[i]), {}};
    for (const auto& [signer, message] : commitments)
      item.commitments.emplace(signer, message.commitments[i]);
    package.items.push_back(std::move(item));
  }
  return package;
}

Result<std::vector<Joint>, Error> join(const SigningPackage& package, const GroupKey& key) {
  PurposeKeys keys(key.public_key);
  std::vector<Joint> out;
  out.reserve(package.items.size());
  for (const SigningItem& item : package.items) {
    JCA_ASSIGN(Joint joint, join(item.commitments, item.statement.message, key,
                                 keys.of(item.statement.purpose)));
    out.push_back(std::move(joint));
  }
  return out;
}

Result<ShareMessage, Error> sign_batch(BatchNonces nonces, const SigningPackage& package,
                                       const KeyPackage& key) {
  BatchNonces spent = std::move(nonces);
  JCA_ASSIGN(const std::vector<Joint> joint, join(package, key.group));
  return sign_batch(std::move(spent), package, joint, key);
}

Result<ShareMessage, Error> sign_batch(BatchNonces nonces, const SigningPackage& package,
                                       const std::vector<Joint>& joint, const KeyPackage& key) {
  std::vector<SigningNonces> spent = std::move(nonces).take();
  JCA_ASSERT(joint.size() == package.items.size() && !joint.empty());
  if (spent.size() != joint.size()) return failed("the package has not the size of the session");
  const PartySet signers = parties_of(joint.front().commitments);
  for (const Joint& item : joint)
    if (parties_of(item.commitments) != signers)
      return failed("the items of the package have not all the same signers");
  if (!signers.contains(key.identifier)) return failed("we are not among the signers");
  const Scalar lambda_i = lagrange_coefficient(key.identifier, signers);

  ShareMessage message{package.digest(key.group.public_key), {}};
  message.shares.reserve(joint.size());
  for (std::size_t i = 0; i < joint.size(); ++i) {
    JCA_ASSIGN(const Scalar share, sign(std::move(spent[i]), joint[i], key, lambda_i));
    message.shares.push_back(share);
  }
  return message;
}

Outcome<std::vector<SignatureBytes>> aggregate_batch(const SigningPackage& package,
                                                     const PerParty<ShareMessage>& shares,
                                                     const GroupKey& key,
                                                     std::uint16_t share_round) {
  auto joint = join(package, key);
  if (!joint) return blamed(joint.error().message);
  return aggregate_batch(package, *joint, shares, key, share_round);
}

Outcome<std::vector<SignatureBytes>> aggregate_batch(const SigningPackage& package,
                                                     const std::vector<Joint>& joint,
                                                     const PerParty<ShareMessage>& shares,
                                                     const GroupKey& key,
                                                     std::uint16_t share_round) {
  JCA_ASSERT(joint.size() == package.items.size());
  const Digest expected = package.digest(key.public_key);
  Blame blame{"signature shares", {}};
  PartySet convicted;
  const auto add = [&](Fault fault) {
    if (convicted.insert(fault.culprit).second) blame.faults.push_back(std::move(fault));
  };
  for (const auto& [signer, message] : shares) {
    if (message.package != expected)
      add({signer, Fault::Standing::local, "frost.sign.package", {}});
    else if (message.shares.size() != package.items.size())
      add({signer,
           Fault::Standing::proven,
           "frost.sign.count",
           {{share_round, Exhibit::Kind::to_all}}});
  }
  if (!blame.faults.empty()) return Unexpected{std::move(blame)};

  std::vector<SignatureBytes> signatures;
  for (std::size_t i = 0; i < joint.size(); ++i) {
    PerParty<Scalar> of_item;
    for (const auto& [signer, message] : shares) of_item.emplace(signer, message.shares[i]);
    auto signature =
        aggregate(of_item, joint[i], package.items[i].statement.message, key, share_round);
    if (signature) {
      signatures.push_back(*signature);
      continue;
    }
    blame.reason = signature.error().reason;
    for (const Fault& fault : signature.error().faults) add(fault);
  }
  if (signatures.size() != joint.size()) return Unexpected{std::move(blame)};
  return signatures;
}

// CommitMessage
//   u8     version = 1
//   u32    count, 1 … items_max
//   count times:
//     point  hiding   (D_i)
//     point  binding  (E_i)
void encode(const CommitMessage& message, Writer& out) {
  out.integer(version).integer(static_cast<std::uint32_t>(message.commitments.size()));
  for (const NonceCommitments& pair : message.commitments)
    out.bytes(pair.hiding.bytes()).bytes(pair.binding.bytes());
}

Parsed<CommitMessage> parse(std::type_identity<CommitMessage>, BytesView input) {
  Reader in(input);
  JCA_TRY(in.expect(version, "version"));
  JCA_ASSIGN(const auto count, in.integer<std::uint32_t>(1, items_max));
  // Before any point is checked: a short message must not cost much.
  if (in.remaining() != std::size_t{count} * 64) return in.fail("length does not fit the count");
  CommitMessage message;
  message.commitments.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    JCA_ASSIGN(const Point hiding, read_point(in));
    JCA_ASSIGN(const Point binding, read_point(in));
    message.commitments.push_back({hiding, binding});
  }
  JCA_TRY(in.finish());
  return message;
}

// SigningPackage
//   u8     version = 1
//   u16    signers, 1 … parties_max
//   u16    identifier, ascending, signers times
//   u32    count, 1 … items_max
//   count times:
//     u16 + text   purpose, at most purpose_bytes_max
//     u32 + bytes  message, at most message_bytes_max
//     signers times:
//       point  hiding
//       point  binding
void encode(const SigningPackage& package, Writer& out) {
  const auto& signers = package.items.front().commitments;
  out.integer(version).integer(static_cast<std::uint16_t>(signers.size()));
  for (const auto& entry : signers) out.integer(entry.first.value());
  out.integer(static_cast<std::uint32_t>(package.items.size()));
  for (const SigningItem& item : package.items) {
    JCA_ASSERT(parties_of(item.commitments) == parties_of(signers));
    out.text16(item.statement.purpose).prefixed32(item.statement.message);
    for (const auto& entry : item.commitments)
      out.bytes(entry.second.hiding.bytes()).bytes(entry.second.binding.bytes());
  }
}

Parsed<SigningPackage> parse(std::type_identity<SigningPackage>, BytesView input) {
  Reader in(input);
  JCA_TRY(in.expect(version, "version"));
  JCA_ASSIGN(const auto signer_count, in.integer<std::uint16_t>(1, parties_max));
  PartySet signers;
  for (std::uint16_t i = 0; i < signer_count; ++i) {
    JCA_ASSIGN(const Identifier signer, read_identifier(in));
    if (!signers.empty() && signer <= *signers.rbegin())
      return in.fail("identifiers not ascending");
    signers.insert(signer);
  }
  JCA_ASSIGN(const auto count, in.integer<std::uint32_t>(1, items_max));
  SigningPackage package;
  for (std::uint32_t i = 0; i < count; ++i) {
    SigningItem item;
    JCA_ASSIGN(item.statement.purpose, in.text16(purpose_bytes_max));
    JCA_ASSIGN(const BytesView message, in.prefixed32(message_bytes_max));
    item.statement.message = to_bytes(message);
    for (const Identifier signer : signers) {
      JCA_ASSIGN(const Point hiding, read_point(in));
      JCA_ASSIGN(const Point binding, read_point(in));
      item.commitments.emplace(signer, NonceCommitments{hiding, binding});
    }
    package.items.push_back(std::move(item));
  }
  JCA_TRY(in.finish());
  return package;
}

// ShareMessage
//   u8         version = 1
//   bytes[32]  digest of the signing package
//   u32        count, 1 … items_max
//   scalar[count]  shares, 32 bytes each, little-endian, below q
void encode(const ShareMessage& message, Writer& out) {
  out.integer(version).bytes(message.package);
  out.integer(static_cast<std::uint32_t>(message.shares.size()));
  for (const Scalar& share : message.shares) out.bytes(share.bytes());
}

Parsed<ShareMessage> parse(std::type_identity<ShareMessage>, BytesView input) {
  Reader in(input);
  JCA_TRY(in.expect(version, "version"));
  ShareMessage message;
  JCA_ASSIGN(message.package, in.array<32>());
  JCA_ASSIGN(const auto count, in.integer<std::uint32_t>(1, items_max));
  if (in.remaining() != std::size_t{count} * 32) return in.fail("length does not fit the count");
  message.shares.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    JCA_ASSIGN(const Scalar share, read_scalar(in));
    message.shares.push_back(share);
  }
  JCA_TRY(in.finish());
  return message;
}

}  // namespace jointca::frost
