#include "enroll/request.h"

#include "crypto/transcript.h"
#include "crypto/xeddsa.h"
#include "enroll/fields.h"

namespace jointca::enroll {
namespace {

constexpr std::uint8_t version = 1;
constexpr std::string_view digest_label = "jointca/request/v1";

// Body
//   u8          version = 1
//   byte[32]    authority
//   bytes16     Invitation          at most 4096 bytes
//   byte[32]    host identity       Ed25519
//   byte[32]    Nebula public key   X25519
//   Kinds       kinds
//   text16      endpoint            empty, or at most 255 bytes
//   u8          lighthouse          0 or 1
//   u64         made                Unix seconds
//   byte[16]    nonce
void encode_body(const Request& request, Writer& out) {
  out.integer(version).bytes(request.authority).prefixed16(encoded(request.invitation));
  out.bytes(request.host_identity.bytes).bytes(request.nebula_public_key);
  encode_kinds(request.kinds, out);
  out.text16(request.endpoint).integer(static_cast<std::uint8_t>(request.lighthouse ? 1 : 0));
  encode_time(request.made, out);
  out.bytes(request.nonce);
}

Parsed<Request> parse_body(BytesView body) {
  Reader in(body);
  JCA_TRY(in.expect(version, "request version"));
  Request request;
  JCA_ASSIGN(request.authority, in.array<32>());
  JCA_ASSIGN(const BytesView invitation, in.prefixed16(invitation_bytes_max));
  JCA_ASSIGN(request.invitation, parse_invitation(invitation));
  JCA_ASSIGN(request.host_identity.bytes, in.array<32>());
  JCA_ASSIGN(request.nebula_public_key, in.array<32>());
  JCA_ASSIGN(request.kinds, parse_kinds(in));
  JCA_ASSIGN(request.endpoint, in.text16(endpoint_bytes_max));
  if (!request.endpoint.empty() && !is_endpoint(request.endpoint))
    return in.fail("not an endpoint");
  JCA_ASSIGN(const auto lighthouse, in.integer<std::uint8_t>(0, 1));
  request.lighthouse = lighthouse == 1;
  JCA_ASSIGN(request.made, parse_time(in));
  JCA_ASSIGN(request.nonce, in.array<16>());
  JCA_TRY(in.finish());
  return request;
}

Bytes body_of(const Request& request) {
  Writer out;
  encode_body(request, out);
  return std::move(out).take();
}

Digest digest_of(BytesView body) {
  return std::move(Transcript(digest_label).field(body)).digest();
}

/// What one key signs: the label of its role, a zero byte, the body.
Bytes signed_bytes(std::string_view role, BytesView body) {
  Writer out;
  out.bytes(as_bytes("jointca/request/")).bytes(as_bytes(role)).bytes(as_bytes("/v1"));
  return std::move(out.integer(std::uint8_t{0}).bytes(body)).take();
}
constexpr std::string_view invitation_role = "invitation-key";
constexpr std::string_view identity_role = "host-identity";
constexpr std::string_view nebula_role = "nebula-key";

// Sealed request
//   bytes16     Body
//   byte[64]    by the invitation's key        Ed25519
//   byte[64]    by the host identity key       Ed25519
//   byte[64]    by the Nebula key              XEdDSA
struct Sealed {
  Bytes body;
  Request request;
  SignatureBytes by_invitation{}, by_identity{}, by_nebula{};
};

Parsed<Sealed> parse_sealed(BytesView input) {
  if (input.size() > request_bytes_max) return malformed("", "too long for a request");
  Reader in(input);
  JCA_ASSIGN(const BytesView body, in.prefixed16(request_bytes_max));
  Sealed sealed;
  sealed.body = to_bytes(body);
  JCA_ASSIGN(sealed.request, parse_body(body));
  JCA_ASSIGN(sealed.by_invitation, in.array<64>());
  JCA_ASSIGN(sealed.by_identity, in.array<64>());
  JCA_ASSIGN(sealed.by_nebula, in.array<64>());
  JCA_TRY(in.finish());
  return sealed;
}

Unexpected<RequestFault> fault(std::string check, std::string reason) {
  return {RequestFault{std::move(check), std::move(reason)}};
}

/// The checks of everything but the format and the inviter's name.
std::optional<RequestFault> signature_fault(const Sealed& sealed) {
  const Request& request = sealed.request;
  const auto signed_by = [&](const PublicKey& key, std::string_view role,
                             const SignatureBytes& signature) {
    return verify(key, signed_bytes(role, sealed.body), signature);
  };
  if (!verify(request.invitation))
    return RequestFault{"request.invitation_signature",
                        "the inviting party did not sign this invitation"};
  if (!signed_by(request.invitation.key, invitation_role, sealed.by_invitation))
    return RequestFault{"request.invitation_possession", "not signed by the invitation's key"};
  if (!signed_by(request.host_identity, identity_role, sealed.by_identity))
    return RequestFault{"request.identity_possession", "not signed by the host's identity key"};
  if (is_low_order(request.nebula_public_key))
    return RequestFault{"request.key_low_order", "the Nebula key is a point of small order"};
  if (!xeddsa_verify(request.nebula_public_key, signed_bytes(nebula_role, sealed.body),
                     sealed.by_nebula))
    return RequestFault{"request.nebula_possession", "not signed by the Nebula key"};
  return std::nullopt;
}

}  // namespace

Request make_request(const InvitationToken& token, const RequestKeys& keys, std::string endpoint,
                     bool lighthouse, Time made, Rng& rng) {
  Request request;
  request.authority = token.invitation.authority;
  request.invitation = token.invitation;
  request.host_identity = keys.identity.public_key();
  request.nebula_public_key = keys.nebula.public_key();
  request.kinds = token.invitation.terms.kinds;
  request.endpoint = std::move(endpoint);
  request.lighthouse = lighthouse;
  request.made = made;
  request.nonce = rng.array<16>();
  return request;
}

Bytes seal_request(const Request& request, const RequestKeys& keys, Rng& rng) {
  const Bytes body = body_of(request);
  Writer out;
  out.prefixed16(body);
  out.bytes(keys.invitation.sign(signed_bytes(invitation_role, body)));
  out.bytes(keys.identity.sign(signed_bytes(identity_role, body)));
  out.bytes(xeddsa_sign(keys.nebula, signed_bytes(nebula_role, body), rng));
  return std::move(out).take();
}

Digest request_digest(const Request& request) { return digest_of(body_of(request)); }

Parsed<Request> parse_request(BytesView sealed) {
  JCA_ASSIGN(auto parsed, parse_sealed(sealed));
  return std::move(parsed.request);
}

Result<VerifiedRequest, RequestFault> verify_request(BytesView sealed, const Digest& authority,
                                                     const PartyLookup& party_name) {
  auto parsed = parse_sealed(sealed);
  if (!parsed) return fault("request.malformed", parsed.error().text());
  const Request& request = parsed->request;
  if (request.authority != authority || request.invitation.authority != authority)
    return fault("request.authority", "it is for another authority");
  auto inviter = party_name(request.invitation.inviter);
  if (!inviter) return fault("request.inviter", "who invited is no party of this authority");
  if (auto bad = signature_fault(*parsed)) return Unexpected{*std::move(bad)};
  const Digest digest = digest_of(parsed->body);
  return VerifiedRequest(std::move(parsed->request), digest, *std::move(inviter));
}

ca::Proposal to_proposal(const VerifiedRequest& request, std::vector<ca::Prefix> networks,
                         Time not_before, Time not_after) {
  const Request& asked = request.request();
  const Invitation& invitation = asked.invitation;
  ca::Proposal proposal;
  proposal.request = request.digest();
  proposal.host_identity = asked.host_identity;
  proposal.subject = {invitation.terms.name, std::move(networks), invitation.terms.groups,
                      not_before, not_after};
  proposal.kinds = asked.kinds;
  proposal.nebula_public_key = asked.nebula_public_key;
  proposal.voucher = {digest(invitation), invitation.key, request.inviter(), invitation.terms};
  return proposal;
}

}  // namespace jointca::enroll
