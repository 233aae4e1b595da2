#include "issued/statement.h"

#include <algorithm>

#include "crypto/hash.h"
#include "crypto/jws.h"
#include "nebula-adapter/issue.h"
#include "nebula-adapter/pem.h"
#include "threshold/frost/purpose.h"

namespace jointca::issued {
namespace {

const Bytes no_signature(64);
const std::vector<std::string> no_groups;
constexpr std::int64_t last_second = 253402300799;  // 9999-12-31T23:59:59Z: what texts can say

Time printable(std::int64_t seconds) {
  return time_from_unix(std::clamp<std::int64_t>(seconds, 0, last_second));
}

std::string_view name_of(nebula::Version version) {
  return version == nebula::Version::v1 ? "nebula-v1" : "nebula-v2";
}

std::optional<nebula::Version> version_of(std::string_view kind) {
  for (const nebula::Version version : {nebula::Version::v1, nebula::Version::v2})
    if (kind == name_of(version)) return version;
  return std::nullopt;
}

/// What content says, whatever its type.
struct Said {
  const std::string& name;
  const std::vector<ca::Prefix>& networks;
  const std::vector<std::string>& groups;
  std::int64_t not_before;
  std::int64_t not_after;
};

Said said(const nebula::Certificate& certificate) {
  const nebula::Details& details = certificate.details;
  return {details.name, details.networks, details.groups, details.not_before, details.not_after};
}
Said said(const wireguard::Binding& binding) {
  return {binding.name, binding.networks, binding.groups, unix_seconds(binding.not_before),
          unix_seconds(binding.not_after)};
}
Said said(const nebula::Lighthouse& lighthouse) {
  return {lighthouse.name, lighthouse.networks, no_groups, unix_seconds(lighthouse.not_before),
          unix_seconds(lighthouse.not_after)};
}
Said said(const Statement& statement) {
  return std::visit([](const auto& content) { return said(content); }, statement.content);
}

Parsed<Signed> read_token(std::string_view line) {
  JCA_ASSIGN(const auto compact, jws::parse(line, wireguard::binding_bytes_max));
  const auto signature = to_array<64>(compact.signature);
  if (!signature) return malformed("signature", "not one of Ed25519");
  const BytesView tbs = as_bytes(compact.signing_input);
  auto binding = parse_statement(wireguard_kind, tbs);
  if (binding) return Signed{*std::move(binding), *signature};
  JCA_ASSIGN(auto lighthouse, parse_statement(lighthouse_kind, tbs));
  return Signed{std::move(lighthouse), *signature};
}

}  // namespace

std::string kind_of(nebula::Version version) { return std::string(name_of(version)); }

bool is_known_kind(std::string_view kind) {
  return std::find(all_kinds.begin(), all_kinds.end(), kind) != all_kinds.end();
}

std::optional<ca::Kind> asked_by(std::string_view kind) {
  if (version_of(kind) || kind == lighthouse_kind) return ca::Kind::nebula;
  if (kind == wireguard_kind) return ca::Kind::wireguard;
  return std::nullopt;
}

std::string purpose_of(std::string_view kind) {
  if (kind == wireguard_kind) return std::string(wireguard::bindings_purpose);
  if (kind == lighthouse_kind) return std::string(nebula::lighthouses_purpose);
  return {};
}

Bytes to_be_signed(const Statement& statement) {
  return std::visit([](const auto& content) { return to_be_signed(content); }, statement.content);
}

Parsed<Statement> parse_statement(std::string_view kind, BytesView tbs) {
  Statement statement{std::string(kind), {}};
  if (const auto version = version_of(kind)) {
    JCA_ASSIGN(statement.content, nebula::from_signed(*version, tbs, no_signature));
  } else if (kind == wireguard_kind) {
    JCA_ASSIGN(statement.content, wireguard::parse_to_be_signed(tbs));
  } else if (kind == lighthouse_kind) {
    JCA_ASSIGN(statement.content, nebula::parse_lighthouse(tbs));
  } else {
    return malformed("kind", "unknown");
  }
  return statement;
}

log::EntrySubject entry_subject(const Statement& statement) {
  const Said what = said(statement);
  log::EntrySubject subject{
      what.name, {}, what.groups, printable(what.not_before), printable(what.not_after)};
  for (const ca::Prefix& network : what.networks) subject.networks.push_back(network.text());
  return subject;
}

const std::string& name_of(const Statement& statement) { return said(statement).name; }

const std::vector<ca::Prefix>& networks_of(const Statement& statement) {
  return said(statement).networks;
}

std::int64_t not_before_of(const Statement& statement) { return said(statement).not_before; }
std::int64_t not_after_of(const Statement& statement) { return said(statement).not_after; }

Digest fingerprint(const Statement& statement, const SignatureBytes& signature) {
  return fingerprint(statement.kind, to_be_signed(statement), signature);
}

Digest fingerprint(std::string_view kind, BytesView tbs, const SignatureBytes& signature) {
  const auto version = version_of(kind);
  return version ? nebula::fingerprint(*version, tbs, signature) : sha256(tbs);
}

std::string signed_text(const Statement& statement, const SignatureBytes& signature) {
  if (const auto* certificate = std::get_if<nebula::Certificate>(&statement.content)) {
    nebula::Certificate whole = *certificate;
    whole.signature = to_bytes(signature);
    return nebula::to_pem(whole);
  }
  return jws::join(to_text(to_be_signed(statement)), signature) + "\n";
}

Keys::Keys(const PublicKey& group_public_key) : group_(group_public_key) {
  // A group key that is no point has signed nothing: no key of a purpose, and nothing verifies.
  const auto point = Point::parse(group_public_key.bytes);
  if (!point) return;
  const auto key_of = [&](std::string_view kind) {
    return frost::derive(*point, purpose_of(kind)).public_key.public_key();
  };
  bindings_ = key_of(wireguard_kind);
  lighthouses_ = key_of(lighthouse_kind);
}

const PublicKey& Keys::of(std::string_view kind) const {
  if (kind == wireguard_kind) return bindings_;
  if (kind == lighthouse_kind) return lighthouses_;
  JCA_ASSERT(version_of(kind).has_value());  // the group key signs certificates of Nebula alone
  return group_;
}

Parsed<Signed> signed_certificate(const nebula::Certificate& certificate) {
  const auto signature = to_array<64>(certificate.signature);
  if (!signature) return malformed("signature", "not one of Ed25519");
  JCA_ASSIGN(auto statement,
             parse_statement(kind_of(certificate.version), nebula::to_be_signed(certificate)));
  return Signed{std::move(statement), *signature};
}

Parsed<std::vector<Signed>> parse_signed(std::string_view text) {
  std::vector<Signed> found;
  constexpr std::string_view end_of_pem = "-----\n";
  const std::size_t last = text.rfind(end_of_pem);
  const std::size_t tokens = last == std::string_view::npos ? 0 : last + end_of_pem.size();
  if (tokens > 0) {
    JCA_ASSIGN(const auto certificates, nebula::parse_certificates(text.substr(0, tokens)));
    for (const nebula::Certificate& certificate : certificates) {
      JCA_ASSIGN(auto read, signed_certificate(certificate));
      found.push_back(std::move(read));
    }
  }
  for (std::string_view rest = text.substr(tokens); !rest.empty();) {
    const std::size_t end = rest.find('\n');
    if (end == std::string_view::npos || found.size() >= statements_per_host_max)
      return malformed("statements", "too many, or one without an end");
    JCA_ASSIGN(auto read, read_token(rest.substr(0, end)));
    found.push_back(std::move(read));
    rest.remove_prefix(end + 1);
  }
  if (found.empty() || found.size() > statements_per_host_max)
    return malformed("statements", "none, or too many");
  return found;
}

bool check_signature(const Signed& statement, const Keys& keys) {
  return verify(keys.of(statement.statement.kind), to_be_signed(statement.statement),
                statement.signature);
}

AuthorityRules::AuthorityRules(const ca::Authority& authority) : authority_(authority) {
  if (auto succession = nebula::Succession::from_pem(authority.ca_certificates))
    succession_ = *std::move(succession);
}

Result<Ok, nebula::Rejection> AuthorityRules::check_certificate(
    const nebula::Certificate& certificate) const {
  using nebula::Rejection;
  const nebula::Details& details = certificate.details;
  const nebula::Certificate* issuer =
      succession_ ? succession_->pool().find(details.issuer) : nullptr;
  if (issuer == nullptr)
    return Unexpected{Rejection{"issuer", "it names no CA certificate of the authority"}};
  const Time begin = time_from_unix(std::clamp<std::int64_t>(details.not_before, 0, last_second));
  if (issuer->details.not_before != succession_->issuing_at(begin).details.not_before)
    return Unexpected{Rejection{"issuer", "its CA certificate did not issue at that time"}};
  JCA_TRY(
      nebula::check_issuable(certificate.version, details, *issuer, *to_array<32>(details.issuer)));
  // Nebula lets times beyond the year 292277024627 wrap around.
  if (details.not_before < issuer->details.not_before ||
      details.not_after > issuer->details.not_after)
    return Unexpected{Rejection{"validity", "it is not within that of the CA certificate"}};
  return Ok{};
}

Result<Ok, nebula::Rejection> AuthorityRules::check(const Statement& statement) const {
  using nebula::Rejection;
  if (const auto* certificate = std::get_if<nebula::Certificate>(&statement.content)) {
    JCA_TRY(check_certificate(*certificate));
  } else {
    Digest authority{};
    if (const auto* binding = std::get_if<wireguard::Binding>(&statement.content)) {
      authority = binding->authority;
      if (const auto issuable = wireguard::check_issuable(*binding); !issuable)
        return Unexpected{Rejection{issuable.error().rule, issuable.error().reason}};
    } else {
      const auto& lighthouse = std::get<nebula::Lighthouse>(statement.content);
      authority = lighthouse.authority;
      JCA_TRY(nebula::check_issuable(lighthouse));
    }
    if (authority != authority_.id)
      return Unexpected{Rejection{"authority", "it names another authority"}};
  }
  const Said what = said(statement);
  for (const ca::Prefix& network : what.networks)
    if (std::none_of(authority_.networks.begin(), authority_.networks.end(),
                     [&](const ca::Prefix& own) { return own.contains(network.address); }))
      return Unexpected{
          Rejection{"network", network.text() + " is in no network of the authority"}};
  for (const std::string& group : what.groups)
    if (!authority_.groups.empty() && std::find(authority_.groups.begin(), authority_.groups.end(),
                                                group) == authority_.groups.end())
      return Unexpected{Rejection{"group", group + " is no group of the authority"}};
  return Ok{};
}

}  // namespace jointca::issued
