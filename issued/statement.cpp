#include "issued/statement.h"

#include <algorithm>

#include "crypto/hash.h"
#include "crypto/jws.h"
#include "nebula-adapter/pem.h"
#include "threshold/frost/purpose.h"
#include "x509-adapter/issue.h"

namespace jointca::issued {
namespace {

const Bytes no_signature(64);
const std::vector<std::string> no_groups;

Time printable(std::int64_t seconds) {
  return time_from_unix(std::clamp<std::int64_t>(seconds, 0, unix_seconds_max));
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
  std::string name;
  std::vector<ca::Prefix> networks;
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
Said said(const x509::Certificate& certificate) {
  const x509::Details& details = certificate.details();
  Said out{details.name,
           {},
           no_groups,
           unix_seconds(details.not_before),
           unix_seconds(details.not_after)};
  for (const ca::IpAddress& address : details.addresses)
    out.networks.push_back({address, static_cast<std::uint8_t>(address.bits())});
  return out;
}
Said said(const mpyc::Grant& grant) {
  return {ca::session_name(grant.session),
          {},
          no_groups,
          unix_seconds(grant.not_before),
          unix_seconds(grant.not_after)};
}
Said said(const Statement& statement) {
  return std::visit([](const auto& content) { return said(content); }, statement.content);
}

Bytes to_be_signed(const x509::Certificate& certificate) { return certificate.to_be_signed(); }

bool is_x509(std::string_view kind) {
  return kind == x509_kind || kind == x509_anchor_kind || kind == session_anchor_kind ||
         kind == session_seat_kind;
}

/// An anchor is no leaf, what is of a session is no host's, and none of them passes for another.
Parsed<x509::Certificate> parse_x509(std::string_view kind, BytesView tbs) {
  JCA_ASSIGN(auto certificate, x509::from_signed(tbs, SignatureBytes{}));
  if (kind_of(certificate.details()) != kind)
    return malformed("kind", "an anchor is no certificate of a host, nor a host's one of a seat");
  return certificate;
}

}  // namespace

std::string kind_of(nebula::Version version) { return std::string(name_of(version)); }

std::string_view kind_of(const x509::Details& certificate) {
  if (mpyc::is_of_a_session(certificate))
    return certificate.is_anchor ? session_anchor_kind : session_seat_kind;
  return certificate.is_anchor ? x509_anchor_kind : x509_kind;
}

bool is_known_kind(std::string_view kind) {
  return std::find(all_kinds.begin(), all_kinds.end(), kind) != all_kinds.end();
}

std::optional<ca::Kind> asked_by(std::string_view kind) {
  if (version_of(kind) || kind == lighthouse_kind) return ca::Kind::nebula;
  if (kind == wireguard_kind) return ca::Kind::wireguard;
  if (kind == x509_kind || kind == x509_anchor_kind) return ca::Kind::x509;
  return std::nullopt;
}

std::string purpose_of(std::string_view kind) {
  if (kind == wireguard_kind) return std::string(wireguard::bindings_purpose);
  if (kind == lighthouse_kind) return std::string(nebula::lighthouses_purpose);
  if (kind == session_grant_kind) return std::string(mpyc::grants_purpose);
  if (is_of_a_session(kind)) return std::string(mpyc::seats_purpose);
  if (is_x509(kind)) return std::string(x509::certificates_purpose);
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
  } else if (kind == session_grant_kind) {
    JCA_ASSIGN(statement.content, mpyc::parse_grant(tbs));
  } else if (is_x509(kind)) {
    JCA_ASSIGN(statement.content, parse_x509(kind, tbs));
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

std::string name_of(const Statement& statement) { return said(statement).name; }

std::vector<ca::Prefix> networks_of(const Statement& statement) { return said(statement).networks; }
const std::vector<std::string>& groups_of(const Statement& statement) {
  return said(statement).groups;
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
  if (const auto* certificate = std::get_if<x509::Certificate>(&statement.content)) {
    const auto whole = x509::from_signed(certificate->to_be_signed(), signature);
    JCA_ASSERT(whole.has_value());  // the bytes are those of a certificate
    return x509::to_pem(*whole);
  }
  return jws::join(to_text(to_be_signed(statement)), signature) + "\n";
}

Keys::Keys(const JointPublicKey& group_public_key) {
  // A group key that is no point has signed nothing: no key of a purpose, and nothing verifies.
  const auto* ed25519 = std::get_if<PublicKey>(&group_public_key);
  if (ed25519 == nullptr) return;
  const auto point = Point::parse(ed25519->bytes);
  if (!point) return;
  group_ = *ed25519;
  const auto key_of = [&](std::string_view kind) {
    return frost::derive(*point, purpose_of(kind)).public_key.public_key();
  };
  bindings_ = key_of(wireguard_kind);
  lighthouses_ = key_of(lighthouse_kind);
  x509_ = key_of(x509_kind);
  grants_ = key_of(session_grant_kind);
  seats_ = key_of(session_seat_kind);
}

const PublicKey& Keys::of(std::string_view kind) const {
  if (kind == wireguard_kind) return bindings_;
  if (kind == lighthouse_kind) return lighthouses_;
  if (kind == session_grant_kind) return grants_;
  if (is_of_a_session(kind)) return seats_;
  if (is_x509(kind)) return x509_;
  JCA_ASSERT(version_of(kind).has_value());  // the group key signs certificates of Nebula alone
  return group_;
}

bool check_signature(const Signed& statement, const Keys& keys) {
  return verify(keys.of(statement.statement.kind), to_be_signed(statement.statement),
                statement.signature);
}

}  // namespace jointca::issued
