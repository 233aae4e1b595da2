#include "daemon/member.h"

#include "machine/files.h"

namespace jointca::daemon {
namespace {

constexpr std::size_t share_file_max = 256 * 1024;

std::string share_label(const Digest& authority) { return "jointca/share/v1 " + to_hex(authority); }

}  // namespace

Member::Member(ca::Authority the_authority, Identifier the_self, SigningKey the_identity,
               frost::KeyPackage the_key)
    : authority(std::move(the_authority)),
      self(the_self),
      identity(std::move(the_identity)),
      key(std::move(the_key)),
      roster(roster_of(authority)),
      succession(succession_of(authority)),
      constraints(constraints_of(authority)),
      keys(authority.group_public_key),
      anchor(issued::anchor_of(authority, succession, keys)) {}

std::optional<std::string> Member::party_name(const PublicKey& identity_key) const {
  const ca::Party* party = authority.party(identity_key);
  if (party == nullptr) return std::nullopt;
  return party->card.name;
}

Bytes seal_share(const JointKeyPackage& key, const Digest& authority, const PartyState& state,
                 Rng& rng) {
  const SecretBytes plain = encode_secret(key);
  return seal(plain.expose(), state.passphrase, share_label(authority), state.cost(), rng);
}

Result<Ok, Error> check_signable(const ca::Authority& authority) {
  if (authority.scheme == ed25519_scheme) return Ok{};
  return failed(Error::Code::refused,
                "the key of this authority is of the scheme " + authority.scheme +
                    ", under which this version issues nothing: no certificate, binding, or list");
}

Result<JointKeyPackage, Error> open_share(const PartyState& state, const ca::Authority& authority) {
  const ca::Party* self = authority.party(state.card.identity);
  if (self == nullptr) return failed(state.paths.authority() + ": this party is not in it");
  JCA_ASSIGN(const Bytes sealed, machine::read_file(state.paths.share(), share_file_max));
  const auto plain = open_sealed(sealed, state.passphrase, share_label(authority.id));
  if (!plain) return failed(plain.error().code, state.paths.share() + ": " + plain.error().message);
  auto key = parse_joint_key_package(*plain);
  if (!key) return failed(state.paths.share() + ": " + key.error().text());
  JCA_ASSIGN(const auto statement, statement_of(authority));
  if (identifier_of(*key).value() != self->identifier || joint_key_of(*key) != statement.group)
    return failed(state.paths.share() + ": is not this party's share of the authority's key");
  const auto* p256 = std::get_if<cggmp24::KeyPackage>(&*key);
  if (p256 != nullptr && p256->transcript() != authority.ceremony.transcript)
    return failed(state.paths.share() + ": was not made by the authority's ceremony");
  return *std::move(key);
}

Result<Member, Error> open_member(PartyState state) {
  JCA_ASSIGN(auto authority, read_authority(state.paths));
  if (!authority) return failed(state.paths.dir + ": no authority yet; `jointca keygen` makes one");
  JCA_TRY(check_signable(*authority));
  JCA_ASSIGN(auto key, open_share(state, *authority));
  const Identifier identifier = identifier_of(key);
  return Member(*std::move(authority), identifier, std::move(state.identity),
                std::get<frost::KeyPackage>(std::move(key)));
}

}  // namespace jointca::daemon
