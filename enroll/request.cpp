#include "enroll/request.h"

#include "crypto/ed25519.h"
#include "crypto/transcript.h"
#include "crypto/xeddsa.h"
#include "enroll/fields.h"

namespace jointca::enroll {
namespace {

constexpr std::uint8_t version = 2;
constexpr std::string_view digest_label = "jointca/request/v2";

// Body
//   u8          version = 2
//   byte[32]    authority
//   u8          basis               1 invitation, 2 renewal
//   bytes16     Invitation          at most 4096 bytes
//   byte[32]    host identity       Ed25519
//   Kinds       kinds
//   for each kind, in order:
//     byte[32]  public key          X25519; Ed25519 for X.509
//     text16    endpoint            empty, or at most 255 bytes
//   u8          lighthouse          0 or 1
//   u64         made                Unix seconds
//   byte[16]    nonce
void encode_body(const Request& request, Writer& out) {
  out.integer(version).bytes(request.authority);
  out.integer(static_cast<std::uint8_t>(request.basis)).prefixed16(encoded(request.invitation));
  out.bytes(request.host_identity.bytes);
  encode_kinds(kinds_of(request), out);
  for (const auto& [kind, key] : request.keys) out.bytes(key.public_key).text16(key.endpoint);
  out.integer(static_cast<std::uint8_t>(request.lighthouse ? 1 : 0));
  encode_time(request.made, out);
  out.bytes(request.nonce);
}

Parsed<Request> parse_body(BytesView body) {
  Reader in(body);
  JCA_TRY(in.expect(version, "request version"));
  Request request;
  JCA_ASSIGN(request.authority, in.array<32>());
  JCA_ASSIGN(const auto basis, in.integer<std::uint8_t>(1, 2));
  request.basis = static_cast<Basis>(basis);
  JCA_ASSIGN(const BytesView invitation, in.prefixed16(invitation_bytes_max));
  JCA_ASSIGN(request.invitation, parse_invitation(invitation));
  JCA_ASSIGN(request.host_identity.bytes, in.array<32>());
  JCA_ASSIGN(const auto kinds, parse_kinds(in));
  for (const ca::Kind kind : kinds) {
    ca::HostKey& key = request.keys[kind];
    JCA_ASSIGN(key.public_key, in.array<32>());
    JCA_ASSIGN(key.endpoint, in.text16(endpoint_bytes_max));
    if (!key.endpoint.empty() && !is_endpoint(key.endpoint)) return in.fail("not an endpoint");
  }
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
  out.bytes(as_bytes("jointca/request/")).bytes(as_bytes(role)).bytes(as_bytes("/v2"));
  return std::move(out.integer(std::uint8_t{0}).bytes(body)).take();
}
constexpr std::string_view invitation_role = "invitation-key";
constexpr std::string_view identity_role = "host-identity";
std::string role_of(ca::Kind kind) { return std::string(ca::to_text(kind)) + "-key"; }

// Sealed request
//   bytes16     Body
//   byte[64]    by the invitation's key        Ed25519; not in a renewal
//   byte[64]    by the host identity key       Ed25519
//   byte[64]    by each public key, in order   XEdDSA; Ed25519 for X.509
struct Sealed {
  Bytes body;
  Request request;
  SignatureBytes by_invitation{}, by_identity{};
  std::map<ca::Kind, SignatureBytes> by_kind;
};

Parsed<Sealed> parse_sealed(BytesView input) {
  if (input.size() > request_bytes_max) return malformed("", "too long for a request");
  Reader in(input);
  JCA_ASSIGN(const BytesView body, in.prefixed16(request_bytes_max));
  Sealed sealed;
  sealed.body = to_bytes(body);
  JCA_ASSIGN(sealed.request, parse_body(body));
  if (sealed.request.basis == Basis::invitation) {
    JCA_ASSIGN(sealed.by_invitation, in.array<64>());
  }
  JCA_ASSIGN(sealed.by_identity, in.array<64>());
  for (const ca::Kind kind : kinds_of(sealed.request)) {
    JCA_ASSIGN(sealed.by_kind[kind], in.array<64>());
  }
  JCA_TRY(in.finish());
  return sealed;
}

Digest public_key(const KeyToCertify& key) {
  const auto* const signing_key = std::get_if<const SigningKey*>(&key);
  return signing_key != nullptr ? (*signing_key)->public_key().bytes
                                : std::get<const X25519Key*>(key)->public_key();
}

SignatureBytes sign_with(const KeyToCertify& key, BytesView message, Rng& rng) {
  const auto* const signing_key = std::get_if<const SigningKey*>(&key);
  return signing_key != nullptr ? (*signing_key)->sign(message)
                                : xeddsa_sign(*std::get<const X25519Key*>(key), message, rng);
}

/// Whether anyone could use this key of the kind, or nobody.
bool is_weak(ca::Kind kind, const Digest& key) {
  return kind == ca::Kind::x509 ? !Point::parse(key).has_value() : is_low_order(key);
}

bool possession_holds(ca::Kind kind, const Digest& key, BytesView message,
                      const SignatureBytes& signature) {
  return kind == ca::Kind::x509 ? verify(PublicKey{key}, message, signature)
                                : xeddsa_verify(key, message, signature);
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
  if (request.basis == Basis::invitation &&
      !signed_by(request.invitation.key, invitation_role, sealed.by_invitation))
    return RequestFault{"request.invitation_possession", "not signed by the invitation's key"};
  if (!signed_by(request.host_identity, identity_role, sealed.by_identity))
    return RequestFault{"request.identity_possession", "not signed by the host's identity key"};
  for (const auto& [kind, key] : request.keys) {
    const std::string name = "the " + std::string(ca::to_text(kind)) + " key";
    if (is_weak(kind, key.public_key))
      return RequestFault{"request.key_low_order", name + " is a point of small order, or none"};
    if (!possession_holds(kind, key.public_key, signed_bytes(role_of(kind), sealed.body),
                          sealed.by_kind.at(kind)))
      return RequestFault{"request.key_possession", "not signed by " + name};
  }
  return std::nullopt;
}

}  // namespace

std::vector<ca::Kind> kinds_of(const Request& request) {
  std::vector<ca::Kind> kinds;
  for (const auto& [kind, key] : request.keys) kinds.push_back(kind);
  return kinds;
}

Request make_request(const Invitation& invitation, const RequestKeys& keys,
                     const Endpoints& endpoints, bool lighthouse, Time made, Rng& rng) {
  Request request;
  request.authority = invitation.authority;
  request.basis = keys.invitation != nullptr ? Basis::invitation : Basis::renewal;
  request.invitation = invitation;
  request.host_identity = keys.identity.public_key();
  for (const auto& [kind, key] : keys.by_kind) {
    const auto endpoint = endpoints.find(kind);
    request.keys.emplace(
        kind, ca::HostKey{public_key(key), endpoint == endpoints.end() ? "" : endpoint->second});
  }
  request.lighthouse = lighthouse;
  request.made = made;
  request.nonce = rng.array<16>();
  return request;
}

Bytes seal_request(const Request& request, const RequestKeys& keys, Rng& rng) {
  const Bytes body = body_of(request);
  Writer out;
  out.prefixed16(body);
  if (request.basis == Basis::invitation)
    out.bytes(keys.invitation->sign(signed_bytes(invitation_role, body)));
  out.bytes(keys.identity.sign(signed_bytes(identity_role, body)));
  for (const auto& [kind, key] : keys.by_kind)
    out.bytes(sign_with(key, signed_bytes(role_of(kind), body), rng));
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
  proposal.renewal = asked.basis == Basis::renewal;
  proposal.kinds = kinds_of(asked);
  proposal.keys = asked.keys;
  proposal.lighthouse = asked.lighthouse;
  proposal.voucher = {digest(invitation), invitation.key, request.inviter(), invitation.terms};
  return proposal;
}

}  // namespace jointca::enroll
