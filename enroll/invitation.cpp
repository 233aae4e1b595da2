#include "enroll/invitation.h"

#include <algorithm>

#include "crypto/hash.h"
#include "crypto/transcript.h"
#include "enroll/fields.h"

namespace jointca::enroll {
namespace {

constexpr std::uint8_t version = 2;
constexpr std::string_view signature_label = "jointca/invitation/v2";
constexpr std::string_view token_label = "jointca/invitation-token/v1";
constexpr std::string_view token_prefix = "jointca-invite1.";
constexpr std::size_t checksum_bytes = 4;
constexpr std::int64_t ttl_seconds_max = std::int64_t{100} * 365 * 86400;

// Terms
//   text16      name                a host name
//   u8 n ≤ 32   groups              text16[n], distinct group names
//   u8 n ≥ 1    kinds               u8[n], ascending
//   u8 n ≤ 8    addresses           n times: u8 length (4 or 16), bytes; distinct
//   u64         ttl                 seconds, 1 to 100 years
//   u16         uses                at least 1
//   u64         expires             Unix seconds
//   u8          lighthouse          0 or 1
void encode(const Terms& terms, Writer& out) {
  out.text16(terms.name);
  out.integer(static_cast<std::uint8_t>(terms.groups.size()));
  for (const std::string& group : terms.groups) out.text16(group);
  encode_kinds(terms.kinds, out);
  out.integer(static_cast<std::uint8_t>(terms.addresses.size()));
  for (const ca::IpAddress& address : terms.addresses)
    out.integer(static_cast<std::uint8_t>(address.bytes().size())).bytes(address.bytes());
  out.integer(static_cast<std::uint64_t>(terms.ttl.count()));
  out.integer(terms.uses);
  encode_time(terms.expires, out);
  out.integer(static_cast<std::uint8_t>(terms.lighthouse ? 1 : 0));
}

Parsed<std::vector<std::string>> parse_groups(Reader& in) {
  JCA_ASSIGN(const auto count, in.integer<std::uint8_t>(0, ca::host_groups_max));
  std::vector<std::string> groups;
  for (std::uint8_t i = 0; i < count; ++i) {
    JCA_ASSIGN(std::string group, in.text16(ca::group_name_bytes_max));
    if (!ca::is_group_name(group)) return in.fail("not a group name");
    if (std::find(groups.begin(), groups.end(), group) != groups.end())
      return in.fail("a group stands here twice");
    groups.push_back(std::move(group));
  }
  return groups;
}

Parsed<std::vector<ca::IpAddress>> parse_addresses(Reader& in) {
  JCA_ASSIGN(const auto count, in.integer<std::uint8_t>(0, ca::addresses_max));
  std::vector<ca::IpAddress> addresses;
  for (std::uint8_t i = 0; i < count; ++i) {
    JCA_ASSIGN(const auto size, in.integer<std::uint8_t>(4, 16));
    JCA_ASSIGN(const BytesView bytes, in.bytes(size));
    const auto address = ca::IpAddress::from_bytes(bytes);
    if (!address) return in.fail("an address has 4 or 16 bytes");
    if (std::find(addresses.begin(), addresses.end(), *address) != addresses.end())
      return in.fail("an address stands here twice");
    addresses.push_back(*address);
  }
  return addresses;
}

Parsed<Terms> parse_terms(Reader& in) {
  Terms terms;
  JCA_ASSIGN(terms.name, in.text16(ca::host_name_bytes_max));
  if (!ca::is_host_name(terms.name)) return in.fail("not a host name");
  JCA_ASSIGN(terms.groups, parse_groups(in));
  JCA_ASSIGN(terms.kinds, parse_kinds(in));
  JCA_ASSIGN(terms.addresses, parse_addresses(in));
  JCA_ASSIGN(const auto ttl, in.integer<std::uint64_t>(1, std::uint64_t{ttl_seconds_max}));
  terms.ttl = Duration(static_cast<std::int64_t>(ttl));
  JCA_ASSIGN(terms.uses, in.integer<std::uint16_t>(1, std::numeric_limits<std::uint16_t>::max()));
  JCA_ASSIGN(terms.expires, parse_time(in));
  JCA_ASSIGN(const auto lighthouse, in.integer<std::uint8_t>(0, 1));
  terms.lighthouse = lighthouse == 1;
  return terms;
}

// Invitation
//   u8          version = 1
//   byte[32]    authority
//   byte[32]    key                 Ed25519
//   Terms       terms
//   byte[32]    inviter             Ed25519
//   u64         issued              Unix seconds
//   byte[64]    signature           of the inviter: Ed25519 over digest() of all above
void encode_unsigned(const Invitation& invitation, Writer& out) {
  out.integer(version).bytes(invitation.authority).bytes(invitation.key.bytes);
  encode(invitation.terms, out);
  out.bytes(invitation.inviter.bytes);
  encode_time(invitation.issued, out);
}

/// What the inviter signs: the label, then the digest.
Bytes signed_bytes(const Invitation& invitation) {
  return std::move(Writer().bytes(as_bytes(signature_label)).bytes(digest(invitation))).take();
}

// Token, before base64url
//   byte[32]    seed
//   bytes16     Invitation
//   u8 n ≥ 1    parties             n times: text16 endpoint, byte[32] identity
//   byte[4]     checksum            of SHA-512(label, all above)
Digest checksum(BytesView body) { return std::move(Transcript(token_label).field(body)).digest(); }

Parsed<std::vector<PartyAddress>> parse_parties(Reader& in) {
  JCA_ASSIGN(const auto count, in.integer<std::uint8_t>(1, token_parties_max));
  std::vector<PartyAddress> parties;
  for (std::uint8_t i = 0; i < count; ++i) {
    PartyAddress party;
    JCA_ASSIGN(party.endpoint, in.text16(endpoint_bytes_max));
    if (!is_endpoint(party.endpoint)) return in.fail("not an endpoint");
    JCA_ASSIGN(party.identity.bytes, in.array<32>());
    parties.push_back(std::move(party));
  }
  return parties;
}

Parsed<InvitationToken> parse_token_body(BytesView body) {
  Reader in(body);
  JCA_ASSIGN(const BytesView seed, in.bytes(32));
  JCA_ASSIGN(const BytesView encoded_invitation, in.prefixed16(invitation_bytes_max));
  JCA_ASSIGN(Invitation invitation, parse_invitation(encoded_invitation));
  JCA_ASSIGN(std::vector<PartyAddress> parties, parse_parties(in));
  JCA_TRY(in.finish());
  return InvitationToken(Secret<32>::make([&](std::span<std::uint8_t, 32> out) {
                           std::copy(seed.begin(), seed.end(), out.begin());
                         }),
                         std::move(invitation), std::move(parties));
}

Unexpected<ParseError> bad_token(std::string reason) {
  return malformed("invitation", std::move(reason));
}

/// Refuses what the encoding has no room for; everything else shows when it is read again.
Parsed<Ok> check_room(const Terms& terms, const std::vector<PartyAddress>& parties) {
  if (!ca::is_host_name(terms.name)) return bad_token(ca::not_a_host_name(terms.name));
  for (const std::string& group : terms.groups)
    if (!ca::is_group_name(group)) return bad_token("not a group name: " + group);
  for (const PartyAddress& party : parties)
    if (!is_endpoint(party.endpoint)) return bad_token("not an endpoint: " + party.endpoint);
  if (terms.groups.size() > ca::host_groups_max || terms.kinds.size() > ca::all_kinds.size() ||
      terms.addresses.size() > ca::addresses_max || parties.size() > token_parties_max)
    return bad_token("too many groups, kinds, addresses or parties");
  return Ok{};
}

}  // namespace

void encode(const Invitation& invitation, Writer& out) {
  encode_unsigned(invitation, out);
  out.bytes(invitation.signature);
}

Parsed<Invitation> parse_invitation(BytesView input) {
  if (input.size() > invitation_bytes_max) return malformed("", "too long for an invitation");
  Reader in(input);
  JCA_TRY(in.expect(version, "invitation version"));
  Invitation invitation;
  JCA_ASSIGN(invitation.authority, in.array<32>());
  JCA_ASSIGN(invitation.key.bytes, in.array<32>());
  JCA_ASSIGN(invitation.terms, parse_terms(in));
  JCA_ASSIGN(invitation.inviter.bytes, in.array<32>());
  JCA_ASSIGN(invitation.issued, parse_time(in));
  JCA_ASSIGN(invitation.signature, in.array<64>());
  JCA_TRY(in.finish());
  return invitation;
}

Digest digest(const Invitation& invitation) {
  Writer out;
  encode_unsigned(invitation, out);
  return std::move(Transcript(signature_label).field(std::move(out).take())).digest();
}

bool verify(const Invitation& invitation) {
  return jointca::verify(invitation.inviter, signed_bytes(invitation), invitation.signature);
}

Parsed<InvitationToken> make_invitation(const Digest& authority, const Terms& terms,
                                        const SigningKey& inviter, Time issued,
                                        std::vector<PartyAddress> parties, Rng& rng) {
  JCA_TRY(check_room(terms, parties));
  const SigningKey key = SigningKey::generate(rng);
  Invitation invitation;
  invitation.authority = authority;
  invitation.key = key.public_key();
  invitation.terms = terms;
  invitation.inviter = inviter.public_key();
  invitation.issued = issued;
  invitation.signature = inviter.sign(signed_bytes(invitation));
  InvitationToken token(key.seed().duplicate(), std::move(invitation), std::move(parties));
  // What could not be read again must not be handed out.
  JCA_TRY(parse_token(token_text(token)));
  return token;
}

std::string token_text(const InvitationToken& token) {
  Writer out;
  out.prefixed16(encoded(token.invitation));
  out.integer(static_cast<std::uint8_t>(token.parties.size()));
  for (const PartyAddress& party : token.parties)
    out.text16(party.endpoint).bytes(party.identity.bytes);
  const Bytes rest = std::move(out).take();
  Bytes raw;
  raw.reserve(32 + rest.size() + checksum_bytes);  // growing would leave copies of the seed
  raw.insert(raw.end(), token.seed.expose().begin(), token.seed.expose().end());
  raw.insert(raw.end(), rest.begin(), rest.end());
  const Digest check = checksum(raw);
  raw.insert(raw.end(), check.begin(), check.begin() + checksum_bytes);
  const SecretBytes wiped(std::move(raw));
  return std::string(token_prefix) + to_base64url(wiped.expose());
}

Parsed<InvitationToken> parse_token(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
  if (text.size() > token_text_max) return bad_token("too long");
  if (!text.starts_with(token_prefix))
    return bad_token("does not begin with " + std::string(token_prefix));
  auto decoded = from_base64url(text.substr(token_prefix.size()));
  if (!decoded) return bad_token("not base64url: it was cut or mistyped");
  const SecretBytes raw(*std::move(decoded));
  if (raw.expose().size() < checksum_bytes) return bad_token("too short");
  const BytesView body = raw.expose().first(raw.expose().size() - checksum_bytes);
  const Digest check = checksum(body);
  if (!equal(raw.expose().last(checksum_bytes), BytesView(check).first(checksum_bytes)))
    return bad_token("checksum: it was cut or mistyped");
  auto token = parse_token_body(body);
  if (!token) return bad_token(token.error().text());
  if (SigningKey(token->seed.duplicate()).public_key() != token->invitation.key)
    return bad_token("its secret does not belong to its key");
  if (!verify(token->invitation)) return bad_token("not signed by the party that it names");
  return token;
}

}  // namespace jointca::enroll
