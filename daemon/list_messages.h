// daemon/list_messages.h — what parties say to each other to sign a list of revocations, and to
// pass it on. Layouts: docs/formats/wire.md.
#pragma once

#include <string>
#include <vector>

#include "ca/revocations.h"
#include "daemon/messages.h"

namespace jointca::daemon {

/// Certificates shown with one proposal, and their size together.
inline constexpr std::size_t shown_certificates_max = 256;
inline constexpr std::size_t shown_tbs_bytes_max = 16 * 1024;
inline constexpr std::size_t shown_bytes_max = std::size_t{200} * 1024;

/// A certificate in the parts in which it is signed and logged.
struct ShownCertificate {
  std::string kind;  ///< "nebula-v1", …
  Bytes tbs;
  SignatureBytes signature{};
};

/// A list that the coordinator would have signed.
struct ListProposal {
  std::string list;  ///< canonical text of ca::Revocations
  /// Those that no earlier list had: a signer may have missed them.
  std::vector<ShownCertificate> certificates;
};
void encode(const ListProposal& message, Writer& out);
Parsed<ListProposal> parse(std::type_identity<ListProposal>, BytesView payload);

/// The answer: "my view is the same". Repeats what the signer saw, as CommitmentsMessage does.
struct ListCommitments {
  Digest proposal{};  ///< SHA-256 of the ListProposal
  SignatureBytes coordinator_signature{};
  Bytes commitments;  ///< frost::CommitMessage, one pair
};
void encode(const ListCommitments& message, Writer& out);
Parsed<ListCommitments> parse(std::type_identity<ListCommitments>, BytesView payload);

/// Who signs; answered by MessageType::shares, a frost::ShareMessage.
struct ListSignRequest {
  std::vector<Envelope> commitments;  ///< one per signer, by identifier
};
void encode(const ListSignRequest& message, Writer& out);
Parsed<ListSignRequest> parse(std::type_identity<ListSignRequest>, BytesView payload);

/// What a party has of lists, told or asked: the answer is another, with the document if it is
/// newer than the asker's.
struct ListStatus {
  std::uint64_t number = 0;  ///< the largest that the sender signed or saw: never signed again
  std::uint64_t newest = 0;  ///< of the newest list that the sender has; 0: none
  std::string document;      ///< that ca::SignedRevocations, or empty
};
void encode(const ListStatus& message, Writer& out);
Parsed<ListStatus> parse(std::type_identity<ListStatus>, BytesView payload);

}  // namespace jointca::daemon
