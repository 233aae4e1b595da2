// issued/statement.h — what the parties sign for a host, of every kind: the certificate, binding or
// statement behind bytes to be signed, what it says, and under which key it is signed. The one
// place where all adapters meet.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "ca/authority.h"
#include "log/entry.h"
#include "nebula-adapter/certificate.h"
#include "nebula-adapter/lighthouse.h"
#include "nebula-adapter/succession.h"
#include "wg-adapter/binding.h"

namespace jointca::issued {

/// As in logs. "wireguard" is a binding.
inline constexpr std::array<std::string_view, 4> all_kinds{"nebula-v1", "nebula-v2", "wireguard",
                                                           "lighthouse"};
[[nodiscard]] bool is_known_kind(std::string_view kind);
[[nodiscard]] std::string kind_of(nebula::Version version);
/// What a host asks for to get it; nothing for an unknown kind.
[[nodiscard]] std::optional<ca::Kind> asked_by(std::string_view kind);
inline constexpr std::string_view wireguard_kind = "wireguard";
inline constexpr std::string_view lighthouse_kind = "lighthouse";

/// The purpose under whose key statements of this kind are signed; empty: the group key itself.
[[nodiscard]] std::string purpose_of(std::string_view kind);

/// One statement, unsigned.
struct Statement {
  std::string kind;
  /// A certificate has 64 zero bytes for a signature.
  std::variant<nebula::Certificate, wireguard::Binding, nebula::Lighthouse> content;

  bool operator==(const Statement&) const = default;
};

[[nodiscard]] Bytes to_be_signed(const Statement& statement);

/// The statement that these to-be-signed bytes are of. Fails unless its own to-be-signed bytes are
/// exactly these.
[[nodiscard]] Parsed<Statement> parse_statement(std::string_view kind, BytesView tbs);

/// What it says, in the form of a log entry. Times outside the years 1970 to 9999, which no rule
/// lets pass, become the nearest inside.
[[nodiscard]] log::EntrySubject entry_subject(const Statement& statement);
[[nodiscard]] const std::string& name_of(const Statement& statement);
[[nodiscard]] const std::vector<ca::Prefix>& networks_of(const Statement& statement);
/// Unix seconds; any value can be read in a certificate.
[[nodiscard]] std::int64_t not_before_of(const Statement& statement);
[[nodiscard]] std::int64_t not_after_of(const Statement& statement);

/// As its kind defines it: over the signature too, in a certificate.
[[nodiscard]] Digest fingerprint(const Statement& statement, const SignatureBytes& signature);
/// Of the statement of a known kind with these to-be-signed bytes.
[[nodiscard]] Digest fingerprint(std::string_view kind, BytesView tbs,
                                 const SignatureBytes& signature);
/// What the host gets: PEM of a certificate, or a token with a line feed.
[[nodiscard]] std::string signed_text(const Statement& statement, const SignatureBytes& signature);

/// The keys under which an authority's statements verify: the group key, and those derived from it.
class Keys {
 public:
  explicit Keys(const PublicKey& group_public_key);
  /// Of a known kind.
  [[nodiscard]] const PublicKey& of(std::string_view kind) const;

 private:
  PublicKey group_, bindings_, lighthouses_;
};

/// A statement with its signature.
struct Signed {
  Statement statement;
  SignatureBytes signature{};
};
/// Of one host in one session: certificates of two versions, a binding, a lighthouse.
inline constexpr std::size_t statements_per_host_max = 4;

/// A certificate with its signature. Fails if that is not one of Ed25519.
[[nodiscard]] Parsed<Signed> signed_certificate(const nebula::Certificate& certificate);

/// The statements in a text of PEM blocks and then tokens, as signed_text() writes them one after
/// the other: at most statements_per_host_max. Checks no signature.
[[nodiscard]] Parsed<std::vector<Signed>> parse_signed(std::string_view text);
[[nodiscard]] bool check_signature(const Signed& statement, const Keys& keys);

/// What must hold of every statement of an authority, whatever its parties decided.
class AuthorityRules {
 public:
  /// The CA certificates must follow each other (daemon::checked_authority saw to it), or no
  /// certificate is allowed.
  explicit AuthorityRules(const ca::Authority& authority);

  /// The adapter's own rules for what is issued, a certificate's under the CA certificate that it
  /// names, whose turn it must have been; and the authority's networks and groups, and the CA's
  /// validity without Nebula's overflows: rules "issuer", "authority", "validity", "network",
  /// "group".
  [[nodiscard]] Result<Ok, nebula::Rejection> check(const Statement& statement) const;

 private:
  [[nodiscard]] Result<Ok, nebula::Rejection> check_certificate(
      const nebula::Certificate& certificate) const;

  const ca::Authority& authority_;
  std::optional<nebula::Succession> succession_;
};

}  // namespace jointca::issued
