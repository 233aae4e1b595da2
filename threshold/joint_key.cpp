// threshold/joint_key.cpp — each scheme's part of a joint key, behind one name.
#include "threshold/joint_key.h"

#include "crypto/rng.h"

namespace jointca {
namespace {

constexpr std::uint8_t cggmp24_version = 2;

/// The first byte, which stays.
Parsed<std::uint8_t> version_ahead(Reader in) { return in.integer<std::uint8_t>(); }

const PerParty<Point>& shares_of(const frost::GroupKey& key) { return key.verifying_shares; }
const PerParty<p256::Point>& shares_of(const cggmp24::CertifiedKey& key) {
  return key.group.verifying_shares;
}

}  // namespace

JointPublicKey public_key_of(const JointKey& key) {
  if (const auto* ed25519 = std::get_if<frost::GroupKey>(&key))
    return ed25519->public_key.public_key();
  return std::get<cggmp24::CertifiedKey>(key).group.public_key;
}

PartySet parties_of(const JointKey& key) {
  return std::visit([](const auto& each) { return parties_of(shares_of(each)); }, key);
}

PerParty<Bytes> verifying_shares_of(const JointKey& key) {
  PerParty<Bytes> out;
  std::visit(
      [&out](const auto& each) {
        for (const auto& [party, share] : shares_of(each))
          out.emplace(party, to_bytes(share.bytes()));
      },
      key);
  return out;
}

JointKey joint_key_of(const JointKeyPackage& package) {
  if (const auto* ed25519 = std::get_if<frost::KeyPackage>(&package)) return ed25519->group;
  return std::get<cggmp24::KeyPackage>(package).certified();
}

Identifier identifier_of(const JointKeyPackage& package) {
  return std::visit([](const auto& each) { return each.identifier; }, package);
}

void encode(const JointKey& key, Writer& out) {
  std::visit([&out](const auto& each) { encode(each, out); }, key);
}

Parsed<JointKey> read_joint_key(Reader& in) {
  JCA_ASSIGN(const auto version, version_ahead(in));
  if (version == cggmp24_version) {
    JCA_ASSIGN(auto key, cggmp24::read_certified_key(in));
    return JointKey(std::move(key));
  }
  JCA_ASSIGN(auto key, frost::read_group_key(in));
  return JointKey(std::move(key));
}

SecretBytes encode_secret(const JointKeyPackage& package) {
  return std::visit([](const auto& each) { return encode_secret(each); }, package);
}

Parsed<JointKeyPackage> parse_joint_key_package(const SecretBytes& input) {
  JCA_ASSIGN(const auto version, version_ahead(Reader(input.expose())));
  if (version == cggmp24_version) {
    SystemRng rng;
    JCA_ASSIGN(auto package,
               cggmp24::parse_key_package(cggmp24::parameters<cggmp24::Production>(), input, rng));
    return JointKeyPackage(std::move(package));
  }
  JCA_ASSIGN(auto package, frost::parse_key_package(input));
  return JointKeyPackage(std::move(package));
}

}  // namespace jointca
