// daemon/messages.h — what parties say to each other besides the threshold protocols' own
// messages. Every one travels as the payload of a signed Envelope (threshold/envelope.h); its
// Header.round is the MessageType. Layouts: docs/formats/wire.md.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/codec.h"
#include "ca/approve.h"
#include "threshold/envelope.h"
#include "threshold/frost/signing_session.h"
#include "threshold/round.h"

namespace jointca::daemon {

/// Header::round of every message that is not a threshold protocol's own.
enum class MessageType : std::uint16_t {
  proposal = round_number::daemon_first,  ///< coordinator to all: ProposalMessage
  commitments = 65,                       ///< signer to coordinator: CommitmentsMessage
  sign_request = 66,                      ///< coordinator to all: SignRequest
  shares = round_number::sign_shares,     ///< inside a ReleasedMessage: frost::ShareMessage
  logged = 67,                            ///< signer to coordinator: LoggedMessage
  proofs = 68,                            ///< coordinator to all: ProofsMessage
  released = 69,                          ///< signer to coordinator: ReleasedMessage
  outcome = 70,                           ///< coordinator to all: OutcomeMessage
  invitation = 71,                        ///< inviter to all: an enroll::Invitation
  release = 73,                           ///< coordinator to a signer that it does not need: empty
  log_query = 74,                         ///< LogQuery
  log_part = 75,                          ///< answer: LogPart
  cosignature = 76,                       ///< to the log's owner: Cosignature
  list_proposal = 77,                     ///< coordinator to all: ListProposal
  list_commitments = 78,                  ///< signer to coordinator: ListCommitments
  list_request = 79,                      ///< coordinator to all: ListSignRequest
  list_status = 82,                       ///< question, answer, and news: ListStatus
  accepted = 80,                          ///< answer without content
  declined = 81,                          ///< answer: Declined
  hello = 90,                             ///< ceremony: HelloMessage
  roster = 91,                            ///< ceremony: digest of all hellos seen
  ca_signatures = 92,                     ///< ceremony: signer to all: CaSignatures
};

/// Of the name of a rule, in messages.
inline constexpr std::size_t rule_bytes_max = 64;

/// u64 unix seconds, up to the year 9999.
void encode_time(Time time, Writer& out);
[[nodiscard]] Parsed<Time> parse_time(Reader& in);

/// A subject inside other messages and in the database.
void encode_subject(const ca::Subject& subject, Writer& out);
[[nodiscard]] Parsed<ca::Subject> read_subject(Reader& in);

/// Hosts in one session. Bounded so that a proposal fits an envelope's payload.
inline constexpr std::size_t hosts_max = 256;

/// What one request asks for, as the coordinator would have it granted: a host's certificates, or a
/// session of MPyC, of which nothing is left to choose.
struct ProposedHost {
  Bytes request;                     ///< daemon::Asked, sealed
  std::vector<ca::Prefix> networks;  ///< the addresses chosen
  Time not_before;
  Time not_after;
};

/// A session is proposed alone.
struct ProposalMessage {
  std::vector<ProposedHost> hosts;
};
void encode(const ProposalMessage& message, Writer& out);
Parsed<ProposalMessage> parse(std::type_identity<ProposalMessage>, BytesView payload);

/// The longest text of what was issued for one request inside a message between parties.
inline constexpr std::size_t certificates_bytes_max = 32 * 1024;
/// Of all certificates in one CommitmentsMessage.
inline constexpr std::size_t shown_certificates_bytes_max = 64 * 1024;

/// One signer's word on one host.
struct HostAnswer {
  enum class Standing : std::uint8_t { approved = 0, held = 1, refused = 2 };
  Standing standing = Standing::refused;
  std::string rule;
  std::string reason;
  bool final = true;                   ///< of a refusal: no other terms would do
  std::optional<ca::IpAddress> taken;  ///< of a refusal: the address that somebody else holds
  /// Of a refusal: what the signer logged for this request before; repeating it is approved.
  std::optional<ca::Subject> recorded;
  /// Of a refusal: the request has certificates already, these (PEM), by these signers.
  std::string certificates;
  std::vector<std::uint16_t> signers;
};

/// The answer to a proposal. `proposal` and `coordinator_signature` repeat what the signer saw, so
/// that a coordinator that showed different proposals to different signers is convicted by its own
/// two signatures.
struct CommitmentsMessage {
  Digest proposal{};  ///< SHA-256 of the ProposalMessage
  SignatureBytes coordinator_signature{};
  std::vector<HostAnswer> hosts;  ///< one per proposed host, in order
  /// frost::CommitMessage over the items of the approved hosts, in order; empty if there are none.
  Bytes commitments;
};
void encode(const CommitmentsMessage& message, Writer& out);
Parsed<CommitmentsMessage> parse(std::type_identity<CommitmentsMessage>, BytesView payload);

/// The part of a signer's commitments, which are `all` of its message, that belongs to `hosts`
/// (positions, ascending). `item_counts` has the number of items of every proposed host. Nothing if
/// the signer did not approve all of them, or committed to another number of items than it
/// approved.
[[nodiscard]] std::optional<frost::CommitMessage> commitments_for(
    const CommitmentsMessage& message, const frost::CommitMessage& all,
    const std::vector<std::uint16_t>& hosts, const std::vector<std::size_t>& item_counts);

/// Which hosts this session will issue for, and every signer's commitments, as they signed them.
struct SignRequest {
  std::vector<std::uint16_t> hosts;   ///< positions in the proposal, ascending
  std::vector<Envelope> commitments;  ///< one per signer, by identifier
};
void encode(const SignRequest& message, Writer& out);
Parsed<SignRequest> parse(std::type_identity<SignRequest>, BytesView payload);

/// What was issued, for every party's registry; a session alone. Each verifies under the group key.
struct IssuedHost {
  Bytes request;
  std::string certificates;            ///< PEM, one block per item
  std::vector<std::uint16_t> signers;  ///< ascending
};
struct OutcomeMessage {
  std::vector<IssuedHost> hosts;
};
void encode(const OutcomeMessage& message, Writer& out);
Parsed<OutcomeMessage> parse(std::type_identity<OutcomeMessage>, BytesView payload);

/// Why a message got no proper answer.
struct Declined {
  std::string code;  ///< stable: "session.unknown", "proposal.malformed" …
  std::string reason;
  std::uint16_t about = 0;  ///< identifier of the party whose fault it is, other than the sender
};
void encode(const Declined& message, Writer& out);
Parsed<Declined> parse(std::type_identity<Declined>, BytesView payload);

/// The first word of a party at a ceremony.
struct HelloMessage {
  Bytes parameters;  ///< as the party's operator gave them: CeremonyParameters
  Digest nonce{};    ///< fresh; the session id is made of all of them
  Time now;          ///< the party's clock
  Digest pending{};  ///< statement digest of a ceremony that waits for its certificate, or zero
};
void encode(const HelloMessage& message, Writer& out);
Parsed<HelloMessage> parse(std::type_identity<HelloMessage>, BytesView payload);

}  // namespace jointca::daemon
