// log/entry.h — what a party writes into its log: one JSON object for each leaf, in one canonical
// text. The layout of every field: docs/formats/log-entry.md.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "crypto/joint_public_key.h"

namespace jointca::log {

inline constexpr std::size_t entry_bytes_max = std::size_t{16} * 1024;
inline constexpr std::size_t entry_names_max = 64;  ///< signers, parties, networks, groups
inline constexpr std::size_t entry_text_bytes_max = 1024;

/// What a certificate says, for people and auditors. The to-be-signed bytes decide.
struct EntrySubject {
  std::string name;
  std::vector<std::string> networks;  ///< prefixes as text: "10.42.0.7/16"
  std::vector<std::string> groups;
  Time not_before;
  Time not_after;
  bool operator==(const EntrySubject&) const = default;
};

/// Why the writer of the log agreed.
struct EntryApproval {
  std::string rule;  ///< the rule of its policy that held
  std::string by;    ///< "policy" or "operator"
  Time at;
  bool operator==(const EntryApproval&) const = default;
};

/// Intent: the writer is about to release its signature share over `tbs`. Logged means issued, even
/// if no outcome follows. The certificate matches by (SHA-256(tbs), r), never by a hash over its
/// signature.
struct IssueEntry {
  Digest authority{};
  Digest session{};
  std::string coordinator;           ///< name of a party
  std::vector<std::string> signers;  ///< names of parties, in the order of their identifiers
  Digest request{};                  ///< digest of the host's request
  PublicKey host;                    ///< the host's identity key
  PublicKey invitation;              ///< the key of the invitation in whose terms it is
  /// Or "renewal": the invitation was not used once more. Or "consents": it is about a session of
  /// MPyC. Then `request` is the digest of its manifest, and so is `host` unless the certificate is
  /// of one host's seat; `invitation` is the digest of all consents.
  std::string basis = "invitation";
  std::string kind;  ///< "nebula-v1", "nebula-v2", …
  EntrySubject subject;
  Bytes tbs;   ///< the exact bytes to be signed
  Digest r{};  ///< R, the first half of the Ed25519 signature
  EntryApproval approved;
  Time time;
  bool operator==(const IssueEntry&) const = default;
};

/// The signature that a session gave.
struct OutcomeEntry {
  Digest session{};
  Digest request{};
  std::string kind;
  Digest tbs_sha256{};
  SignatureBytes signature{};
  Digest fingerprint{};  ///< of the certificate, as its kind defines it
  Time time;
  bool operator==(const OutcomeEntry&) const = default;
};

/// The writer declined.
struct RefusalEntry {
  std::optional<Digest> session;  ///< nothing: refused before there was a session
  Digest request{};
  std::string rule;
  std::string reason;
  Time time;
  bool operator==(const RefusalEntry&) const = default;
};

/// A key ceremony was completed.
struct CeremonyEntry {
  Digest authority{};
  std::uint32_t epoch = 0;
  Digest certificate{};  ///< digest of the statement that all parties signed
  JointPublicKey group_public_key;
  std::vector<std::string> parties;  ///< names, in the order of their identifiers
  Time time;
  bool operator==(const CeremonyEntry&) const = default;
};

/// The writer's vote that certificates shall not be used any more. They are revoked once t parties
/// have such an entry.
struct RevokeEntry {
  Digest authority{};
  std::string name;                  ///< of the host
  std::optional<PublicKey> host;     ///< its identity: never to be renewed; nothing: may come again
  std::vector<Digest> certificates;  ///< SHA-256 of their to-be-signed bytes
  std::string reason;
  Time time;
  bool operator==(const RevokeEntry&) const = default;
};

using Entry = std::variant<IssueEntry, OutcomeEntry, RefusalEntry, CeremonyEntry, RevokeEntry>;

/// The canonical text. An error if a field is outside its limits, so that what is logged can always
/// be read back: texts must be UTF-8 without control characters.
[[nodiscard]] Parsed<Bytes> encode(const Entry& entry);

/// Accepts exactly what encode() writes; another text of the same value is refused.
[[nodiscard]] Parsed<Entry> parse_entry(BytesView text);

}  // namespace jointca::log
