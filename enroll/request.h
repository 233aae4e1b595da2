// enroll/request.h — how a host asks for its certificates, and what every signer checks of it.
//
// The body is signed several times, under labels of their own: by the invitation's key (the host
// may enrol; a renewal goes without), by the host's identity key (who it is) and by each key that
// is to be certified (it holds what it wants certified: XEdDSA, or Ed25519 for X.509). No party
// takes another's word for any.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "crypto/x25519.h"
#include "enroll/invitation.h"

namespace jointca::enroll {

inline constexpr std::size_t request_bytes_max = 8192;

/// Why the host may have what it asks for. The numbers are part of signed encodings.
enum class Basis : std::uint8_t {
  invitation = 1,  ///< it holds the invitation's private key
  renewal = 2,     ///< it has certificates under this invitation that have not ended
};

/// What the host says. Encoding in request.cpp.
struct Request {
  Digest authority{};
  Basis basis = Basis::invitation;
  Invitation invitation;
  PublicKey host_identity;
  std::map<ca::Kind, ca::HostKey> keys;  ///< one for each kind that it asks for; at least one
  bool lighthouse = false;
  Time made;
  std::array<std::uint8_t, 16> nonce{};  ///< tells two requests of one host apart

  bool operator==(const Request&) const = default;
};

/// The kinds that are asked for, ascending.
[[nodiscard]] std::vector<ca::Kind> kinds_of(const Request& request);

/// A private key that is to be certified: Ed25519 for X.509, X25519 for the overlays. Borrowed.
using KeyToCertify = std::variant<const X25519Key*, const SigningKey*>;

/// The private keys behind a request. Borrowed.
struct RequestKeys {
  const SigningKey* invitation;  ///< nothing in a renewal
  const SigningKey& identity;
  std::map<ca::Kind, KeyToCertify> by_kind;
};

/// By kind; a kind without one cannot be reached.
using Endpoints = std::map<ca::Kind, std::string>;

/// A request under `invitation` for the keys given: a renewal if the invitation's is not among
/// them.
[[nodiscard]] Request make_request(const Invitation& invitation, const RequestKeys& keys,
                                   const Endpoints& endpoints, bool lighthouse, Time made,
                                   Rng& rng);

/// Body and signatures. The signatures are randomised; request_digest is not.
[[nodiscard]] Bytes seal_request(const Request& request, const RequestKeys& keys, Rng& rng);

/// The digest of the signed body: the same for every sealing of one request.
[[nodiscard]] Digest request_digest(const Request& request);

/// What a sealed request says. Does not check its signatures: verify_request() does.
[[nodiscard]] Parsed<Request> parse_request(BytesView sealed);

/// The check that a request failed, by its stable name, and a sentence.
struct RequestFault {
  std::string check;
  std::string reason;
};

/// The name of the party with this identity key, if it is one.
using PartyLookup = std::function<std::optional<std::string>(const PublicKey&)>;

/// A request all of whose signatures were checked. Only verify_request() makes one.
class VerifiedRequest {
 public:
  [[nodiscard]] const Request& request() const { return request_; }
  [[nodiscard]] const Digest& digest() const { return digest_; }
  /// Name of the party that invited.
  [[nodiscard]] const std::string& inviter() const { return inviter_; }

 private:
  friend Result<VerifiedRequest, RequestFault> verify_request(BytesView, const Digest&,
                                                              const PartyLookup&);
  VerifiedRequest(Request request, Digest digest, std::string inviter)
      : request_(std::move(request)), digest_(digest), inviter_(std::move(inviter)) {}

  Request request_;
  Digest digest_;
  std::string inviter_;
};

/// Checks everything that does not depend on policy, time or memory. Checks, in this order:
///   request.malformed               the bytes are not a request
///   request.authority               request or invitation is for another authority
///   request.inviter                 the inviter is no party
///   request.invitation_signature    the inviter did not sign the invitation
///   request.invitation_possession   not signed by the invitation's key; a renewal need not be
///   request.identity_possession     not signed by the host identity key
///   request.key_low_order           a key is of small order, or no point at all
///   request.key_possession          not signed by a key that is to be certified
[[nodiscard]] Result<VerifiedRequest, RequestFault> verify_request(BytesView sealed,
                                                                   const Digest& authority,
                                                                   const PartyLookup& party_name);

/// What the coordinator proposes for a request: its facts, and the addresses and validity chosen.
[[nodiscard]] ca::Proposal to_proposal(const VerifiedRequest& request,
                                       std::vector<ca::Prefix> networks, Time not_before,
                                       Time not_after);

}  // namespace jointca::enroll
