// issued/statement.h — what the parties sign for a host or a session of MPyC, of every kind: the
// certificate, binding, grant or statement behind bytes to be signed, what it says, and under which
// key it is signed. The one place where all adapters meet.
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
#include "mpyc-adapter/grant.h"
#include "mpyc-adapter/seat.h"
#include "nebula-adapter/certificate.h"
#include "nebula-adapter/lighthouse.h"
#include "wg-adapter/binding.h"
#include "x509-adapter/certificate.h"

namespace jointca::issued {

/// As in logs. "wireguard" is a binding, "x509-anchor" what the certificates "x509" hang from,
/// "session-anchor" those of a session's seats.
inline constexpr std::array<std::string_view, 9> all_kinds{
    "nebula-v1", "nebula-v2",     "wireguard",      "lighthouse",  "x509-anchor",
    "x509",      "session-grant", "session-anchor", "session-seat"};
[[nodiscard]] bool is_known_kind(std::string_view kind);
[[nodiscard]] std::string kind_of(nebula::Version version);
[[nodiscard]] std::string_view kind_of(const x509::Details& certificate);
/// What a host asks for to get it; nothing for a session's, or an unknown kind.
[[nodiscard]] std::optional<ca::Kind> asked_by(std::string_view kind);
inline constexpr std::string_view wireguard_kind = "wireguard";
inline constexpr std::string_view lighthouse_kind = "lighthouse";
inline constexpr std::string_view x509_anchor_kind = "x509-anchor";
inline constexpr std::string_view x509_kind = "x509";

inline constexpr std::string_view session_grant_kind = "session-grant";
inline constexpr std::string_view session_anchor_kind = "session-anchor";
inline constexpr std::string_view session_seat_kind = "session-seat";

[[nodiscard]] constexpr bool is_of_a_session(std::string_view kind) {
  return kind == session_grant_kind || kind == session_anchor_kind || kind == session_seat_kind;
}
/// Whether a statement of this kind says what one host is called and where it is, so that no other
/// may be. The authority's anchor is signed anew for each host and names none.
[[nodiscard]] constexpr bool is_of_a_host(std::string_view kind) {
  return kind != x509_anchor_kind && !is_of_a_session(kind);
}
/// Whether a list of revocations may name it: not an anchor, which nobody holds.
[[nodiscard]] constexpr bool is_revocable(std::string_view kind) {
  return kind != x509_anchor_kind && kind != session_anchor_kind;
}

/// The purpose under whose key statements of this kind are signed; empty: the group key itself.
[[nodiscard]] std::string purpose_of(std::string_view kind);

/// One statement, unsigned.
struct Statement {
  std::string kind;
  /// A certificate has 64 zero bytes for a signature.
  std::variant<nebula::Certificate, wireguard::Binding, nebula::Lighthouse, x509::Certificate,
               mpyc::Grant>
      content;

  bool operator==(const Statement&) const = default;
};

[[nodiscard]] Bytes to_be_signed(const Statement& statement);

/// The statement that these to-be-signed bytes are of. Fails unless its own to-be-signed bytes are
/// exactly these.
[[nodiscard]] Parsed<Statement> parse_statement(std::string_view kind, BytesView tbs);

/// What it says, in the form of a log entry. Times outside the years 1970 to 9999, which no rule
/// lets pass, become the nearest inside.
[[nodiscard]] log::EntrySubject entry_subject(const Statement& statement);
/// Of a grant, ca::session_name().
[[nodiscard]] std::string name_of(const Statement& statement);
/// An address of X.509, which has no prefix length there, is one of all its bits.
[[nodiscard]] std::vector<ca::Prefix> networks_of(const Statement& statement);
[[nodiscard]] const std::vector<std::string>& groups_of(const Statement& statement);
/// Unix seconds; any value can be read in a certificate.
[[nodiscard]] std::int64_t not_before_of(const Statement& statement);
[[nodiscard]] std::int64_t not_after_of(const Statement& statement);

/// As its kind defines it: over the signature too, in a certificate of Nebula.
[[nodiscard]] Digest fingerprint(const Statement& statement, const SignatureBytes& signature);
/// Of the statement of a known kind with these to-be-signed bytes.
[[nodiscard]] Digest fingerprint(std::string_view kind, BytesView tbs,
                                 const SignatureBytes& signature);
/// What the host gets: PEM of a certificate, or a token with a line feed.
[[nodiscard]] std::string signed_text(const Statement& statement, const SignatureBytes& signature);

/// The keys under which an authority's statements verify: the group key, and those derived from it.
/// Nothing is issued under a key of P-256 yet, nor under one that is no point: then no statement
/// verifies.
class Keys {
 public:
  explicit Keys(const JointPublicKey& group_public_key);
  /// Of a known kind.
  [[nodiscard]] const PublicKey& of(std::string_view kind) const;

 private:
  /// No point has this y, so nothing verifies under it. All zeros would be a point of order 4, for
  /// which anyone can sign.
  static constexpr PublicKey nobodys{Digest{2}};
  PublicKey group_ = nobodys, bindings_ = nobodys, lighthouses_ = nobodys, x509_ = nobodys,
            grants_ = nobodys, seats_ = nobodys;
};

/// A statement with its signature.
struct Signed {
  Statement statement;
  SignatureBytes signature{};
};
/// Of one host in one session: certificates of Nebula of two versions, a lighthouse, a binding, and
/// an anchor with a certificate of X.509.
inline constexpr std::size_t statements_per_host_max = 6;
/// Of one session of MPyC: its grant, its anchor, and a certificate for each seat.
inline constexpr std::size_t statements_per_session_max = 2 + mpyc::seats_max;

/// A certificate with its signature. Fails if that is not one of Ed25519.
[[nodiscard]] Parsed<Signed> signed_certificate(const nebula::Certificate& certificate);
[[nodiscard]] Parsed<Signed> signed_certificate(const x509::Certificate& certificate);

/// The statements in a text of PEM blocks and tokens, as signed_text() writes them one after the
/// other: at most statements_per_session_max. Checks no signature.
[[nodiscard]] Parsed<std::vector<Signed>> parse_signed(std::string_view text);
[[nodiscard]] bool check_signature(const Signed& statement, const Keys& keys);

}  // namespace jointca::issued
