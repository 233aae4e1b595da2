#include "daemon/registry.h"

#include <algorithm>

#include <soci/soci.h>

#include "ca/policy.h"
#include "crypto/hash.h"
#include "crypto/transcript.h"
#include "daemon/log_store.h"
#include "daemon/messages.h"
#include "daemon/store.h"
#include "enroll/invitation.h"
#include "issued/token.h"

namespace jointca::daemon {

std::string state_text(KnownInvitation::State state) {
  switch (state) {
    case KnownInvitation::State::approved:
      return "approved";
    case KnownInvitation::State::denied:
      return "denied";
    case KnownInvitation::State::open:
      break;
  }
  return "open";
}

namespace {

std::string subject_text(const ca::Subject& subject) {
  Writer out;
  encode_subject(subject, out);
  return to_base64(std::move(out).take());
}

[[noreturn]] void corrupt(const std::string& table) {
  // Caught by Store::read, which turns it into an Error: a damaged database must not sign.
  throw soci::soci_error("table " + table + " holds a malformed row");
}

template <std::size_t size>
std::array<std::uint8_t, size> fixed(const std::string& hex, const std::string& table) {
  const auto bytes = from_hex(hex);
  const auto value = bytes ? to_array<size>(*bytes) : std::nullopt;
  if (!value) corrupt(table);
  return *value;
}

Bytes base64_column(const std::string& text, const std::string& table) {
  auto bytes = from_base64(text);
  if (!bytes) corrupt(table);
  return *std::move(bytes);
}

std::string signers_text(const std::vector<std::uint16_t>& signers) {
  Writer out;
  for (const std::uint16_t signer : signers) out.integer(signer);
  return to_hex(std::move(out).take());
}

std::vector<std::uint16_t> signers_from(const std::string& text) {
  const auto bytes = from_hex(text);
  if (!bytes || bytes->size() % 2 != 0) corrupt("holding");
  Reader in(*bytes);
  std::vector<std::uint16_t> signers;
  while (in.remaining() > 0) signers.push_back(*in.integer<std::uint16_t>());
  return signers;
}

std::string members_text(const std::vector<PublicKey>& members) {
  std::string text;
  for (const PublicKey& member : members) text += to_hex(member.bytes);
  return text;
}

std::vector<PublicKey> members_from(const std::string& text) {
  constexpr std::size_t digits = 64;
  if (text.size() % digits != 0 || text.size() > digits * mpyc::seats_max) corrupt("holding");
  std::vector<PublicKey> members;
  for (std::size_t at = 0; at < text.size(); at += digits)
    members.push_back(PublicKey{fixed<32>(text.substr(at, digits), "holding")});
  return members;
}

Holding holding_from(const soci::row& row) {
  Holding holding;
  holding.request = fixed<32>(row.get<std::string>(0), "holding");
  holding.host.bytes = fixed<32>(row.get<std::string>(1), "holding");
  holding.invitation.bytes = fixed<32>(row.get<std::string>(2), "holding");
  const Bytes data = base64_column(row.get<std::string>(3), "holding");
  Reader in(data);
  auto subject = read_subject(in);
  if (!subject || !in.finish()) corrupt("holding");
  holding.subject = *std::move(subject);
  holding.rule = row.get<std::string>(4);
  holding.made = time_from_unix(std::stoll(row.get<std::string>(5)));
  holding.certificates = row.get<std::string>(6);
  holding.signers = signers_from(row.get<std::string>(7));
  holding.intents = static_cast<std::uint32_t>(std::stoul(row.get<std::string>(8)));
  holding.renewal = row.get<std::string>(9) == "yes";
  holding.members = members_from(row.get<std::string>(10));
  return holding;
}

KnownInvitation invitation_from(const soci::row& row) {
  KnownInvitation invitation;
  invitation.digest = fixed<32>(row.get<std::string>(0), "invitation");
  invitation.data = base64_column(row.get<std::string>(1), "invitation");
  if (const auto parsed = enroll::parse_invitation(invitation.data)) {
    invitation.inviter = parsed->inviter;
  } else {
    auto manifest = mpyc::parse_manifest(to_text(invitation.data));
    if (!manifest) corrupt("invitation");
    invitation.session = std::make_shared<const mpyc::Manifest>(*std::move(manifest));
  }
  const std::string state = row.get<std::string>(2);
  using State = KnownInvitation::State;
  for (const State known : {State::open, State::approved, State::denied})
    if (state_text(known) == state) invitation.state = known;
  if (state_text(invitation.state) != state) corrupt("invitation");
  invitation.reason = row.get<std::string>(3);
  invitation.asked = row.get<std::string>(4) == "yes";
  invitation.made = time_from_unix(std::stoll(row.get<std::string>(5)));
  return invitation;
}

/// Whether it names a CA certificate or the anchor of the issuer; a token, the authority of the
/// entry.
bool is_under(const issued::Statement& statement, const Issuer& issuer, const Digest& authority) {
  if (const auto* certificate = std::get_if<nebula::Certificate>(&statement.content))
    return issuer.succession.pool().find(certificate->details.issuer) != nullptr;
  if (const auto* certificate = std::get_if<x509::Certificate>(&statement.content))
    return certificate->details().issuer == issuer.anchor.name &&
           certificate->details().issuer_key == issuer.anchor.issuer_key;
  return issued::authority_of(statement) == authority;
}

ca::Holder holder_of(const Holding& holding) {
  return {holding.host, holding.subject.name, holding.subject.not_after};
}

}  // namespace

bool Registry::holds_at(const Holding& holding, Time at, const PublicKey& except) const {
  return holding.host != except && holding.subject.not_after >= at &&
         !votes_.is_revoked(holding.host);
}

Result<std::unique_ptr<Registry>, Error> Registry::load(Store& store, RevocationVotes votes) {
  std::unique_ptr<Registry> registry(new Registry(std::move(votes)));
  JCA_TRY(store.read([&](soci::session& sql) {
    const soci::rowset<soci::row> holdings =
        (sql.prepare
         << "select request, host, invitation, subject, rule, cast(made as text),"
            " certificates, signers, cast(intents as text), renewal, members from holding");
    for (const soci::row& row : holdings) registry->apply(holding_from(row));
    const soci::rowset<soci::row> invitations =
        (sql.prepare << "select digest, data, state, reason, asked, cast(made as text)"
                        " from invitation");
    for (const soci::row& row : invitations) registry->apply(invitation_from(row));
    const soci::rowset<std::string> sessions = (sql.prepare << "select session from spent_session");
    for (const std::string& session : sessions)
      registry->spent_.insert(fixed<32>(session, "spent_session"));
    const soci::rowset<soci::row> revocations =
        (sql.prepare << "select revocation.log, leaf.data from revocation join leaf"
                        " on leaf.log = revocation.log and leaf.idx = revocation.idx"
                        " order by revocation.log, revocation.idx");
    for (const soci::row& row : revocations)
      if (const auto entry = log::parse_entry(as_bytes(row.get<std::string>(1))))
        if (const auto* vote = std::get_if<log::RevokeEntry>(&*entry))
          registry->apply(static_cast<std::uint16_t>(row.get<int>(0)), *vote);
  }));
  return registry;
}

void Registry::write(soci::session& sql, const Holding& holding) const {
  const std::string request = to_hex(holding.request), host = to_hex(holding.host.bytes),
                    invitation = to_hex(holding.invitation.bytes),
                    subject = subject_text(holding.subject),
                    signers = signers_text(holding.signers),
                    renewal = holding.renewal ? "yes" : "no",
                    members = members_text(holding.members);
  const long long made = unix_seconds(holding.made);
  const long long intents = holding.intents;
  sql << "insert or replace into holding (request, host, invitation, subject, rule, made,"
         " certificates, signers, intents, renewal, members)"
         " values (:a, :b, :c, :d, :e, :f, :g, :h, :i, :j, :k)",
      soci::use(request), soci::use(host), soci::use(invitation), soci::use(subject),
      soci::use(holding.rule), soci::use(made), soci::use(holding.certificates), soci::use(signers),
      soci::use(intents), soci::use(renewal), soci::use(members);
  // What a coordinator told us may stand in no log.
  if (holding.certificates.empty()) return;
  const auto statements = issued::parse_signed(holding.certificates);
  if (!statements) return;
  for (const issued::Signed& each : *statements)
    if (issued::is_revocable(each.statement.kind))
      write_signature(sql, shown_signatures, sha256(issued::to_be_signed(each.statement)),
                      each.signature);
}

void Registry::index(const Holding& holding) {
  for (const ca::Prefix& prefix : holding.subject.networks)
    by_address_.emplace(prefix.address, holding.request);
  by_name_.emplace(ca::name_key(holding.subject.name), holding.request);
  by_invitation_.emplace(holding.invitation, holding.request);
  by_host_.emplace(holding.host, holding.request);
  if (!holding.rule.empty()) approvals_.emplace(holding.made, holding.request);
}

void Registry::unindex(const Holding& holding) {
  const auto erase = [](auto& index, const auto& key, const auto& value) {
    auto [first, last] = index.equal_range(key);
    first = std::find_if(first, last, [&](const auto& entry) { return entry.second == value; });
    if (first != last) index.erase(first);
  };
  for (const ca::Prefix& prefix : holding.subject.networks)
    erase(by_address_, prefix.address, holding.request);
  erase(by_name_, ca::name_key(holding.subject.name), holding.request);
  erase(by_invitation_, holding.invitation, holding.request);
  erase(by_host_, holding.host, holding.request);
  if (!holding.rule.empty()) erase(approvals_, holding.made, holding.request);
}

void Registry::apply(const Holding& holding) {
  if (const auto found = holdings_.find(holding.request); found != holdings_.end())
    unindex(found->second);
  holdings_.insert_or_assign(holding.request, holding);
  index(holding);
}

void Registry::apply_issued(const Holding& holding) {
  apply(holding);
  issued_(holding);
}

std::optional<Holding> Registry::seen_in_log(std::uint16_t log, const log::IssueEntry& entry,
                                             const Issuer& issuer, Time now) const {
  const bool is_grant = entry.kind == issued::session_grant_kind;
  if (!is_grant && !issued::is_of_a_host(entry.kind)) return std::nullopt;
  const auto statement = issued::parse_statement(entry.kind, entry.tbs);
  if (!statement || !is_under(*statement, issuer, entry.authority)) return std::nullopt;
  const log::EntrySubject said = issued::entry_subject(*statement);
  const ca::Subject subject{said.name, networks_of(*statement, issuer), said.groups,
                            said.not_before, said.not_after};
  if (subject.networks.size() > ca::host_networks_max) return std::nullopt;
  // The bytes of a host's certificate may call it anything, and those of a grant say whose it is.
  if (ca::is_session_name(subject.name) != is_grant) return std::nullopt;
  if (is_grant && std::get<mpyc::Grant>(statement->content).manifest != entry.host.bytes)
    return std::nullopt;
  if (const Holding* own = holding(entry.request);
      own != nullptr && !own->rule.empty() && own->host == entry.host &&
      own->subject.name == subject.name && own->subject.not_after >= subject.not_after &&
      std::all_of(subject.networks.begin(), subject.networks.end(), [&](const auto& network) {
        const auto& held = own->subject.networks;
        return std::find(held.begin(), held.end(), network) != held.end();
      }))
    return std::nullopt;  // we logged it ourselves
  const Digest key = std::move(Transcript("jointca/seen-in-log/v2")
                                   .field(entry.tbs)
                                   .field(entry.host.bytes)
                                   .field(entry.invitation.bytes))
                         .digest();
  const Holding* before = holding(key);
  if (before == nullptr)
    return Holding{key, entry.host, entry.invitation, subject, "", now, "", {log}};
  if (std::find(before->signers.begin(), before->signers.end(), log) != before->signers.end())
    return std::nullopt;
  Holding again = *before;
  again.signers.push_back(log);
  return again;
}

void Registry::write(soci::session& sql, const KnownInvitation& invitation) const {
  const std::string digest = to_hex(invitation.digest), data = to_base64(invitation.data),
                    state = state_text(invitation.state), asked = invitation.asked ? "yes" : "no";
  const long long made = unix_seconds(invitation.made);
  sql << "insert or replace into invitation (digest, data, state, reason, asked, made)"
         " values (:a, :b, :c, :d, :e, :f)",
      soci::use(digest), soci::use(data), soci::use(state), soci::use(invitation.reason),
      soci::use(asked), soci::use(made);
}

void Registry::apply(const KnownInvitation& invitation) {
  if (invitations_.insert_or_assign(invitation.digest, invitation).second)
    ++invitations_by_[invitation.inviter];
}

Registry::AskedSessions Registry::asked_sessions(Time now) const {
  AskedSessions counts;
  for (const auto& [digest, known] : invitations_) {
    if (!known.session || known.session->not_after <= now) continue;
    if (const Holding* held = holding(digest); held != nullptr && !held->certificates.empty())
      continue;
    ++counts.all;
    for (const mpyc::Seat& seat : known.session->seats) ++counts.by_host[seat.identity];
  }
  return counts;
}

void Registry::erase_ended_sessions(soci::session& sql, Time now) const {
  for (const auto& [digest, known] : invitations_) {
    if (!known.session || known.session->not_after > now) continue;
    const std::string text = to_hex(digest);
    sql << "delete from invitation where digest = :d", soci::use(text);
  }
}

void Registry::apply_erased(Time now) {
  std::erase_if(invitations_, [&](const auto& entry) {
    return entry.second.session && entry.second.session->not_after <= now;
  });
}

void Registry::write_spent(soci::session& sql, const Digest& session, Time made) const {
  const std::string text = to_hex(session);
  const long long seconds = unix_seconds(made);
  sql << "insert into spent_session (session, made) values (:a, :b)", soci::use(text),
      soci::use(seconds);
}

const Holding* Registry::holding(const Digest& request) const {
  const auto found = holdings_.find(request);
  return found == holdings_.end() ? nullptr : &found->second;
}

std::vector<Digest> Registry::requests_of(const PublicKey& host) const {
  std::vector<Digest> requests;
  const auto [first, last] = by_host_.equal_range(host);
  for (auto it = first; it != last; ++it) requests.push_back(it->second);
  return requests;
}

std::size_t Registry::invitations_by(const PublicKey& inviter) const {
  const auto found = invitations_by_.find(inviter);
  return found == invitations_by_.end() ? 0 : found->second;
}

std::size_t Registry::issued_under(const PublicKey& invitation_key) const {
  const auto [first, last] = by_invitation_.equal_range(invitation_key);
  return static_cast<std::size_t>(std::count_if(first, last, [this](const auto& entry) {
    return !holdings_.at(entry.second).certificates.empty();
  }));
}

const KnownInvitation* Registry::invitation(const Digest& digest) const {
  const auto found = invitations_.find(digest);
  return found == invitations_.end() ? nullptr : &found->second;
}

std::set<ca::IpAddress> Registry::used_addresses(Time now) const {
  std::set<ca::IpAddress> used;
  for (const auto& [request, holding] : holdings_)
    if (holds_at(holding, now, {}))
      for (const ca::Prefix& prefix : holding.subject.networks) used.insert(prefix.address);
  return used;
}

std::vector<const Holding*> Registry::holdings_named(const std::string& name) const {
  std::vector<const Holding*> out;
  const auto [first, last] = by_name_.equal_range(name);
  for (auto it = first; it != last; ++it) out.push_back(&holdings_.at(it->second));
  return out;
}

std::optional<ca::Holder> Registry::name_holder(const std::string& name, Time at,
                                                const PublicKey& except) const {
  for (const Holding* found : holdings_named(name))
    if (holds_at(*found, at, except)) return holder_of(*found);
  return std::nullopt;
}

std::optional<ca::Holder> Registry::address_holder(const ca::IpAddress& address, Time at,
                                                   const PublicKey& except) const {
  const auto [first, last] = by_address_.equal_range(address);
  for (auto it = first; it != last; ++it)
    if (const Holding& found = holdings_.at(it->second); holds_at(found, at, except))
      return holder_of(found);
  return std::nullopt;
}

std::optional<ca::Record> Registry::recorded(const Digest& request) const {
  const Holding* found = holding(request);
  if (found == nullptr) return std::nullopt;
  return ca::Record{found->subject, !found->rule.empty(), !found->certificates.empty(),
                    found->invitation};
}

std::uint64_t Registry::invitation_uses(const PublicKey& invitation_key, const Digest& except,
                                        Time at) const {
  std::uint64_t uses = 0;
  const auto [first, last] = by_invitation_.equal_range(invitation_key);
  for (auto it = first; it != last; ++it) {
    const Holding& found = holdings_.at(it->second);
    // What only another party's log says may never have been signed: it burns no invitation.
    const bool holds =
        !found.certificates.empty() || (!found.rule.empty() && found.subject.not_after > at);
    uses += holds && !found.renewal && it->second != except ? 1 : 0;
  }
  return uses;
}

bool Registry::surely_exists(const Holding& holding) const {
  return !holding.certificates.empty() || !holding.rule.empty() ||
         holding.signers.size() >= votes_.needed();
}

std::vector<ca::Subject> Registry::held_by(const PublicKey& host_identity, Time at) const {
  std::vector<ca::Subject> held;
  const auto [first, last] = by_host_.equal_range(host_identity);
  for (auto it = first; it != last; ++it) {
    const Holding& found = holdings_.at(it->second);
    if (surely_exists(found) && holds_at(found, at, {})) held.push_back(found.subject);
  }
  return held;
}

ca::Claim Registry::claim_on(const std::string& name, const PublicKey& except) const {
  const std::vector<const Holding*> named = holdings_named(name);
  const bool held = std::any_of(named.begin(), named.end(), [&](const Holding* each) {
    return each->host != except && surely_exists(*each);
  });
  return held ? ca::Claim::sure : ca::Claim::none;
}

std::optional<ca::Subject> Registry::enrolled(const PublicKey& host_identity,
                                              const PublicKey& invitation_key, Time at) const {
  // What was issued goes before what was only intended, later before earlier, all addresses of a
  // host before those of one version of its certificates.
  const auto rank = [](const Holding& found) {
    return std::tuple(found.rule.empty() || !found.certificates.empty(), found.subject.not_after,
                      found.subject.networks.size());
  };
  const Holding* best = nullptr;
  const auto [first, last] = by_host_.equal_range(host_identity);
  for (auto it = first; it != last; ++it) {
    const Holding& found = holdings_.at(it->second);
    if (found.invitation != invitation_key || found.subject.not_after < at || !surely_exists(found))
      continue;
    if (best == nullptr || rank(*best) < rank(found)) best = &found;
  }
  return best == nullptr ? std::nullopt : std::optional(best->subject);
}

std::uint64_t Registry::requests_since(const PublicKey& host_identity, Time since,
                                       const Digest& except) const {
  std::uint64_t count = 0;
  const auto [first, last] = by_host_.equal_range(host_identity);
  for (auto it = first; it != last; ++it) {
    const Holding& found = holdings_.at(it->second);
    const bool counts = !found.rule.empty() || !found.certificates.empty();
    count += counts && it->second != except && found.made >= since ? 1 : 0;
  }
  return count;
}

std::optional<ca::OperatorDecision> Registry::decision(const Digest& id) const {
  const KnownInvitation* found = invitation(id);
  if (found == nullptr || found->state == KnownInvitation::State::open) return std::nullopt;
  return ca::OperatorDecision{found->state == KnownInvitation::State::approved, found->reason};
}

std::uint64_t Registry::approvals_since(Time since, const std::string& rule) const {
  std::uint64_t count = 0;
  for (auto it = approvals_.lower_bound(since); it != approvals_.end(); ++it) {
    const std::string& by = holdings_.at(it->second).rule;
    count += (rule.empty() ? by != ca::sessions_rule : by == rule) ? 1 : 0;
  }
  return count;
}

std::uint64_t Registry::sessions_since(const PublicKey& member, Time since) const {
  std::uint64_t count = 0;
  for (auto it = approvals_.lower_bound(since); it != approvals_.end(); ++it) {
    const std::vector<PublicKey>& members = holdings_.at(it->second).members;
    count += std::find(members.begin(), members.end(), member) != members.end() ? 1 : 0;
  }
  return count;
}

bool Registry::is_revoked(const PublicKey& host_identity) const {
  return votes_.is_revoked(host_identity);
}

}  // namespace jointca::daemon
