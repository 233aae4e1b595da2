// tests/support/audit_logs.h — an authority of three parties with one key for all, and logs in
// memory that tests can bend.
#pragma once

#include "audit/audit.h"
#include "crypto/hash.h"
#include "issued/statement.h"
#include "tests/support/nebula_ca.h"

namespace jointca::test {

inline const Time audit_now = time_from_unix(nebula_now);

/// Three parties, two of which must sign. The joint key is whole here, and its owner the test.
struct AuditAuthority {
  AuditAuthority() {
    const auto ca_details = nebula_ca_details(group);
    ca = *nebula::assemble(nebula::Version::v2, ca_details,
                           group.sign(*nebula::to_be_signed(nebula::Version::v2, ca_details)));
    authority.id = Digest{7};
    authority.name = "mesh";
    authority.min_signers = 2;
    authority.group_public_key = group.public_key();
    authority.networks = {prefix("10.42.0.0/16")};
    authority.groups = {"web", "db"};
    authority.ca_certificates = {nebula::to_pem(ca)};
    for (std::uint16_t i = 1; i <= 3; ++i) {
      ca::Party party;
      party.identifier = i;
      party.card.name = std::array{"", "alice", "bob", "carol"}[i];
      party.card.identity = key_from(static_cast<std::uint8_t>(10 + i)).public_key();
      party.card.log_vkey = log::vkey_text(origin(i), log_key(i).public_key());
      party.card.cosigner_vkey = cosigner(i).text();
      authority.parties.push_back(party);
    }
  }

  [[nodiscard]] static std::string origin(std::uint16_t party) {
    return "jointca.party/" + std::to_string(party) + "/log";
  }
  [[nodiscard]] static SigningKey log_key(std::uint16_t party) {
    return key_from(static_cast<std::uint8_t>(20 + party));
  }
  [[nodiscard]] static SigningKey cosigner_key(std::uint16_t party) {
    return key_from(static_cast<std::uint8_t>(30 + party));
  }
  [[nodiscard]] static log::NoteVerifier cosigner(std::uint16_t party) {
    return {"jointca.party/" + std::to_string(party) + "/cosigner", log::NoteKeyType::cosignature,
            cosigner_key(party).public_key()};
  }

  SigningKey group = key_from(1);
  nebula::Certificate ca;
  ca::Authority authority;
};

/// A log that signs whatever it holds.
struct AuditLog {
  std::uint16_t party = 1;
  std::vector<Bytes> entries;
  std::map<std::uint16_t, Time> cosigned;  ///< who cosigned the head, and when

  void add(const log::Entry& entry) { entries.push_back(*log::encode(entry)); }
  [[nodiscard]] log::Tree tree(std::size_t size) const {
    log::Tree tree;
    for (std::size_t i = 0; i < size; ++i)
      static_cast<void>(tree.append(log::hash_leaf(entries[i])));
    return tree;
  }
  [[nodiscard]] std::string note() const { return note(entries.size()); }
  [[nodiscard]] std::string note(std::size_t size) const {
    auto note = *log::Note::parse(log::sign_checkpoint(
        {AuditAuthority::origin(party), size, tree(size).root()}, AuditAuthority::log_key(party)));
    for (const auto& [by, time] : cosigned)
      note.signatures.push_back(log::cosign_note(note.text, AuditAuthority::cosigner(by).name,
                                                 AuditAuthority::cosigner_key(by), time));
    return note.encode();
  }
};

/// A log's entries, as log::export_tree reads them.
class AuditLogReader final : public log::EntryReader {
 public:
  explicit AuditLogReader(const AuditLog& log) : log_(log) {}
  [[nodiscard]] Result<Bytes, Error> entry(std::uint64_t index) const override {
    return log_.entries[index];
  }

 private:
  const AuditLog& log_;
};

/// A log's files as another tlog-tiles client would see them, below `prefix`.
inline void export_files(const AuditLog& log, const std::string& prefix,
                         std::map<std::string, Bytes>& files) {
  log::MemoryHashes hashes;
  log::Tree tree;
  for (const Bytes& entry : log.entries) hashes.write(tree.append(log::hash_leaf(entry)));
  static_cast<void>(log::export_tree(log.note(), hashes, AuditLogReader(log),
                                     [&](const std::string& path, BytesView bytes) {
                                       files[prefix + path] = to_bytes(bytes);
                                       return Result<Ok, Error>(Ok{});
                                     }));
}

/// What one party serves.
class MemorySource final : public audit::LogSource {
 public:
  void serve(const AuditLog& log) { export_files(log, "log/", files); }
  void serve_mirror(const AuditLog& log) {
    export_files(log, audit::mirror_prefix(AuditAuthority::origin(log.party)), files);
    mirrors = true;
  }
  [[nodiscard]] Result<bool, Error> read(const std::string& path, std::size_t bytes_max,
                                         Bytes& content) override {
    if (down) return failed(Error::Code::unreachable, "nobody answers");
    ++reads;
    const auto found = files.find(path);
    if (found == files.end()) return false;
    if (found->second.size() > bytes_max) return failed("too long");
    content = found->second;
    return true;
  }
  [[nodiscard]] std::string where() const override { return "memory"; }
  [[nodiscard]] bool is_live() const override { return live; }
  [[nodiscard]] bool should_mirror() const override { return mirrors; }

  std::map<std::string, Bytes> files;
  bool down = false, live = true, mirrors = false;
  std::size_t reads = 0;
};

/// Three parties, their logs and what they serve: an honest world until a test says otherwise.
struct AuditWorld {
  AuditWorld() {
    for (std::uint16_t i = 1; i <= 3; ++i) {
      log(i).party = i;
      log(i).add(log::CeremonyEntry{base.authority.id,
                                    1,
                                    base.authority.id,
                                    base.authority.group_public_key,
                                    {"alice", "bob", "carol"},
                                    audit_now - std::chrono::hours(2)});
    }
  }

  AuditLog& log(std::uint16_t party) { return logs[party - 1U]; }

  /// An intent for a host whose identity is the digest of its name.
  log::IssueEntry intent(const nebula::Details& details,
                         nebula::Version version = nebula::Version::v2) {
    log::IssueEntry entry;
    ++sessions;
    entry.authority = base.authority.id;
    entry.session = sha256(as_bytes("session " + std::to_string(sessions)));
    entry.coordinator = "carol";
    entry.signers = {"alice", "bob"};
    entry.request = sha256(as_bytes("request " + std::to_string(sessions)));
    entry.host = PublicKey{sha256(as_bytes(details.name))};
    entry.kind = version == nebula::Version::v2 ? "nebula-v2" : "nebula-v1";
    entry.subject =
        issued::entry_subject({entry.kind, nebula::Certificate{version, details, {}, {}}});
    entry.tbs = *nebula::to_be_signed(version, details);
    const auto signature = base.group.sign(entry.tbs);
    entry.r = *to_array<32>(BytesView(signature).first(32));
    entry.approved = {"networks", "policy", audit_now - std::chrono::minutes(20)};
    entry.time = audit_now - std::chrono::minutes(20);
    return entry;
  }
  log::OutcomeEntry outcome(const log::IssueEntry& entry) {
    const auto signature = base.group.sign(entry.tbs);
    return {entry.session,
            entry.request,
            entry.kind,
            sha256(entry.tbs),
            signature,
            issued::fingerprint(*issued::parse_statement(entry.kind, entry.tbs), signature),
            entry.time + std::chrono::seconds(1)};
  }
  nebula::Details details(const std::string& name, const std::string& address) {
    auto out = nebula_leaf_details(base.ca);
    out.name = name;
    out.networks = {prefix(address)};
    return out;
  }
  /// The whole life of a certificate, as honest parties log it.
  log::IssueEntry issue(const std::string& name, const std::string& address) {
    auto entry = intent(details(name, address));
    log(1).add(entry);
    log(2).add(entry);
    log(3).add(outcome(entry));
    return entry;
  }

  /// All logs as they are, cosigned by everyone.
  audit::Report audit(std::optional<std::string> state = {}, bool full = false) {
    for (std::uint16_t i = 1; i <= 3; ++i) {
      for (std::uint16_t by = 1; by <= 3; ++by)
        if (by != i) log(i).cosigned[by] = audit_now - std::chrono::minutes(15);
      sources[i - 1U].serve(log(i));
    }
    return audit_as_served(std::move(state), full);
  }
  audit::Report audit_as_served(std::optional<std::string> state = {}, bool full = false) {
    audit::Request request{base.authority, {}, now, std::move(state), full};
    for (std::uint16_t i = 1; i <= 3; ++i) request.sources[i] = &sources[i - 1U];
    return *audit::run(request);
  }

  AuditAuthority base;
  std::array<AuditLog, 3> logs;
  std::array<MemorySource, 3> sources;
  Time now = audit_now;
  unsigned sessions = 0;
};

}  // namespace jointca::test
