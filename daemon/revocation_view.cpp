#include "daemon/revocation_view.h"

#include <algorithm>

#include <soci/soci.h>

#include "crypto/hash.h"
#include "crypto/transcript.h"
#include "daemon/log_store.h"
#include "daemon/store.h"

namespace jointca::daemon {
namespace {

/// Signatures that one log may name for one certificate: a party takes part in so many sessions
/// for one request at most, and only its own are lost if it names more.
constexpr int signatures_per_log_max = 64;
constexpr std::size_t checked_max = 100'000;

template <std::size_t size>
std::optional<std::array<std::uint8_t, size>> from_column(const std::string& hex) {
  const auto bytes = from_hex(hex);
  return bytes ? to_array<size>(*bytes) : std::nullopt;
}

}  // namespace

Result<std::set<Digest>, Error> RevocationView::certificates_of(const PublicKey& host) const {
  std::set<Digest> found;
  const std::string key = to_hex(host.bytes);
  const int needed = member_.authority.min_signers;
  JCA_TRY(store_.read([&](soci::session& sql) {
    const soci::rowset<std::string> rows =
        (sql.prepare << "select tbs from host_certificate where host = :h"
                        " group by tbs having count(*) >= :t",
         soci::use(key), soci::use(needed));
    for (const std::string& row : rows)
      if (const auto digest = from_column<32>(row)) found.insert(*digest);
  }));
  return found;
}

Result<std::vector<ShownCertificate>, Error> RevocationView::known(const Digest& tbs_sha256) {
  std::vector<ShownCertificate> found;
  std::optional<log::IssueEntry> issue;
  std::set<SignatureBytes> signatures;
  const std::string tbs = to_hex(tbs_sha256);
  JCA_TRY(store_.read([&](soci::session& sql) {
    std::string data;
    // Any entry will do that can be read: the bytes are those that hash to it. What it says of
    // them may be a lie.
    soci::statement entries =
        (sql.prepare << "select leaf.data from issued join leaf on leaf.log = issued.log and"
                        " leaf.idx = issued.idx where issued.tbs = :t",
         soci::use(tbs), soci::into(data));
    entries.execute();
    while (!issue && entries.fetch())
      if (auto entry = log::parse_entry(as_bytes(data)))
        if (auto* parsed = std::get_if<log::IssueEntry>(&*entry)) issue = std::move(*parsed);
    int log = shown_signatures;
    std::string signature;
    soci::statement select =
        (sql.prepare << "select signature from certificate_signature where tbs = :t and log = :l"
                        " limit :m",
         soci::use(tbs), soci::use(log), soci::use(signatures_per_log_max), soci::into(signature));
    const int last = static_cast<int>(member_.authority.parties.size());
    for (; log <= last; ++log) {
      select.execute();
      while (select.fetch())
        if (const auto bytes = from_column<64>(signature)) signatures.insert(*bytes);
    }
  }));
  if (!issue || sha256(issue->tbs) != tbs_sha256) return found;
  for (const std::string_view kind : issued::all_kinds) {
    if (!issued::parse_statement(kind, issue->tbs)) continue;
    for (const SignatureBytes& signature : signatures) {
      ShownCertificate certificate{std::string(kind), issue->tbs, signature};
      if (verified(certificate)) found.push_back(std::move(certificate));
    }
  }
  return found;
}

std::optional<ca::RevokedCertificate> RevocationView::verified(
    const ShownCertificate& certificate) {
  const Digest key = std::move(Transcript("jointca/shown-certificate/v1")
                                   .field(certificate.kind)
                                   .field(certificate.tbs)
                                   .field(certificate.signature))
                         .digest();
  if (const auto before = checked_.find(key); before != checked_.end()) return before->second;
  std::optional<ca::RevokedCertificate> result;
  if (!issued::is_revocable(certificate.kind)) return result;  // no list names an anchor
  if (auto statement = issued::parse_statement(certificate.kind, certificate.tbs)) {
    const std::int64_t not_after = issued::not_after_of(*statement);
    const issued::Signed made{*std::move(statement), certificate.signature};
    if (issued::check_signature(made, member_.keys) && not_after >= 0 &&
        not_after <= unix_seconds_max)
      result = {issued::fingerprint(made.statement, made.signature), sha256(certificate.tbs),
                certificate.kind, time_from_unix(not_after)};
  }
  if (checked_.size() >= checked_max) checked_.clear();
  checked_.emplace(key, result);
  return result;
}

Result<std::vector<ca::RevokedCertificate>, Error> RevocationView::revoked(
    const std::optional<ca::Revocations>& before, Time at) {
  const RevocationVotes& votes = registry_.votes();
  std::set<Digest> wanted;
  for (const auto& [certificate, voices] : votes.certificates())
    if (votes.decided(voices)) wanted.insert(certificate);
  for (const auto& [host, voices] : votes.hosts()) {
    if (!votes.decided(voices)) continue;
    JCA_ASSIGN(auto of_host, certificates_of(host));
    wanted.merge(of_host);
  }
  std::map<Digest, ca::RevokedCertificate> found;  // by fingerprint
  for (const Digest& tbs : wanted) {
    JCA_ASSIGN(const auto certificates, known(tbs));
    for (const ShownCertificate& each : certificates)
      if (const auto entry = verified(each)) found.emplace(entry->fingerprint, *entry);
  }
  if (before)
    for (const ca::RevokedCertificate& each : before->revoked)
      found.emplace(each.fingerprint, each);
  std::vector<ca::RevokedCertificate> revoked;
  for (const auto& [fingerprint, entry] : found)
    if (entry.not_after >= at) revoked.push_back(entry);
  if (revoked.size() > ca::revocations_max)
    return failed("more than " + std::to_string(ca::revocations_max) +
                  " revoked certificates have not ended yet: no list can hold them");
  return revoked;
}

Result<Ok, Error> RevocationView::learn(const std::vector<ShownCertificate>& certificates) {
  std::vector<const ShownCertificate*> sound;
  for (const ShownCertificate& each : certificates)
    if (verified(each)) sound.push_back(&each);
  if (sound.empty()) return Ok{};
  return store_.transact([&](soci::session& sql) {
    for (const ShownCertificate* each : sound)
      write_signature(sql, shown_signatures, sha256(each->tbs), each->signature);
  });
}

}  // namespace jointca::daemon
