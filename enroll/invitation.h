// enroll/invitation.h — a party's word that a host may enrol.
//
// An invitation is an Ed25519 key pair made for one host. Its public part, the Invitation, states
// the terms and is signed by the inviting party; parties see only that. The InvitationToken, one
// line of text, goes to the host and holds the private key: who has it can redeem the invitation.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/codec.h"
#include "ca/proposal.h"
#include "crypto/rng.h"
#include "crypto/signing_key.h"

namespace jointca::enroll {

using Terms = ca::Terms;

inline constexpr std::size_t invitation_bytes_max = 4096;
inline constexpr std::size_t token_text_max = 8192;
inline constexpr std::size_t token_parties_max = 64;
inline constexpr std::size_t endpoint_bytes_max = 255;

/// The public part. Whoever learns it cannot redeem it.
struct Invitation {
  Digest authority{};  ///< id of the authority
  PublicKey key;       ///< whose private half is in the token
  Terms terms;
  PublicKey inviter;  ///< identity key of the inviting party
  Time issued;
  SignatureBytes signature{};  ///< of the inviter, over everything above

  bool operator==(const Invitation&) const = default;
};

/// The encoding is in invitation.cpp. Does not check the signature: verify() does. Terms parse
/// only if name and groups are well-formed, kinds ascend and every count is within its limit.
void encode(const Invitation& invitation, Writer& out);
[[nodiscard]] Parsed<Invitation> parse_invitation(BytesView input);

/// Names the invitation: over all that the inviter signed.
[[nodiscard]] Digest digest(const Invitation& invitation);

/// Whether the inviter signed it. Does not check that the inviter is a party.
[[nodiscard]] bool verify(const Invitation& invitation);

/// Where a party answers hosts.
struct PartyAddress {
  std::string endpoint;  ///< "192.0.2.1:7443", of the HTTPS API
  PublicKey identity;    ///< pinned

  bool operator==(const PartyAddress&) const = default;
};

/// What the host gets. Secret.
struct InvitationToken : MoveOnly {
  InvitationToken(Secret<32> the_seed, Invitation the_invitation,
                  std::vector<PartyAddress> the_parties)
      : seed(std::move(the_seed)),
        invitation(std::move(the_invitation)),
        parties(std::move(the_parties)) {}

  Secret<32> seed;  ///< of invitation.key
  Invitation invitation;
  std::vector<PartyAddress> parties;
};

/// Makes a fresh key and signs the terms. Fails on terms that parse_invitation would refuse.
[[nodiscard]] Parsed<InvitationToken> make_invitation(const Digest& authority, const Terms& terms,
                                                      const SigningKey& inviter, Time issued,
                                                      std::vector<PartyAddress> parties, Rng& rng);

/// "jointca-invite1." and base64url of the encoding and of four bytes of its hash. Secret: wipe or
/// hide what holds it.
[[nodiscard]] std::string token_text(const InvitationToken& token);

/// Reads the line, alone or as the content of a file. Tells a mistyped token ("checksum") from a
/// malformed one; checks that the seed is that of the key and that the inviter signed.
[[nodiscard]] Parsed<InvitationToken> parse_token(std::string_view text);

}  // namespace jointca::enroll
