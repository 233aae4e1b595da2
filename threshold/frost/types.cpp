#include "threshold/frost/types.h"

#include "base/secret.h"

namespace jointca::frost {
namespace {

constexpr std::uint8_t group_key_version = 1;
constexpr std::uint8_t key_package_version = 1;

}  // namespace

// GroupKey
//   u8      version = 1
//   u16     min_signers, 2 … n
//   u16     n, 2 … parties_max
//   point   public key
//   n times, identifiers ascending:
//     u16    identifier, 1 … parties_max
//     point  verifying share
// A point is 32 bytes: canonical, of prime order, not the identity.
void encode(const GroupKey& key, Writer& out) {
  out.integer(group_key_version).integer(key.min_signers);
  out.integer(static_cast<std::uint16_t>(key.verifying_shares.size()));
  out.bytes(key.public_key.bytes());
  for (const auto& [party, share] : key.verifying_shares)
    out.integer(party.value()).bytes(share.bytes());
}

Parsed<GroupKey> read_group_key(Reader& in) {
  JCA_TRY(in.expect(group_key_version, "group key version"));
  GroupKey key;
  JCA_ASSIGN(key.min_signers, in.integer<std::uint16_t>(2, parties_max));
  JCA_ASSIGN(const auto count, in.integer<std::uint16_t>(key.min_signers, parties_max));
  JCA_ASSIGN(key.public_key, read_point(in));
  for (std::uint16_t i = 0; i < count; ++i) {
    JCA_ASSIGN(const Identifier party, read_identifier(in));
    if (!key.verifying_shares.empty() && party <= key.verifying_shares.rbegin()->first)
      return in.fail("identifiers not ascending");
    JCA_ASSIGN(const Point share, read_point(in));
    key.verifying_shares.emplace(party, share);
  }
  return key;
}

Parsed<GroupKey> parse(std::type_identity<GroupKey>, BytesView input) {
  Reader in(input);
  JCA_ASSIGN(GroupKey key, read_group_key(in));
  JCA_TRY(in.finish());
  return key;
}

// KeyPackage, secret
//   u8         version = 1
//   u16        identifier
//   bytes[32]  share, little-endian, below q
//   GroupKey
SecretBytes encode_secret(const KeyPackage& key) {
  // Sized before the secret goes in, so that no reallocation leaves a copy behind.
  const Bytes group = encoded(key.group);
  Bytes out;
  out.reserve(1 + 2 + 32 + group.size());
  out.push_back(key_package_version);
  out.push_back(static_cast<std::uint8_t>(key.identifier.value() >> 8));
  out.push_back(static_cast<std::uint8_t>(key.identifier.value() & 0xff));
  const auto share = key.share.bytes().expose();
  out.insert(out.end(), share.begin(), share.end());
  out.insert(out.end(), group.begin(), group.end());
  return SecretBytes(std::move(out));
}

Parsed<KeyPackage> parse_key_package(const SecretBytes& input) {
  Reader in(input.expose());
  JCA_TRY(in.expect(key_package_version, "key package version"));
  JCA_ASSIGN(const Identifier identifier, read_identifier(in));
  JCA_ASSIGN(const BytesView raw_share, in.bytes(32));
  JCA_ASSIGN(SecretScalar share, SecretScalar::parse(raw_share));
  JCA_ASSIGN(GroupKey group, read_group_key(in));
  JCA_TRY(in.finish());
  const auto verifying_share = group.verifying_shares.find(identifier);
  if (verifying_share == group.verifying_shares.end() ||
      !(verifying_share->second == base_mul(share)))
    return malformed("", "the share is not the one of its verifying share");
  return KeyPackage(identifier, std::move(share), std::move(group));
}

Parsed<Point> read_point(Reader& in, Point::Identity identity) {
  JCA_ASSIGN(const BytesView raw, in.bytes(32));
  auto point = Point::parse(raw, identity);
  if (!point) return in.fail(point.error().reason);
  return *point;
}

Parsed<Scalar> read_scalar(Reader& in) {
  JCA_ASSIGN(const BytesView raw, in.bytes(32));
  auto scalar = Scalar::parse(raw);
  if (!scalar) return in.fail(scalar.error().reason);
  return *scalar;
}

}  // namespace jointca::frost
