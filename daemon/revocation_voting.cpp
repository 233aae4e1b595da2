#include "daemon/revocation_voting.h"

#include <algorithm>

#include <soci/soci.h>

#include "crypto/hash.h"
#include "crypto/transcript.h"
#include "daemon/store.h"
#include "issued/statement.h"

namespace jointca::daemon {
namespace {

Digest id_of(const RevocationTarget& target) {
  const auto* host = std::get_if<PublicKey>(&target);
  return std::move(Transcript("jointca/revocation/v1")
                       .field(host != nullptr ? "host" : "certificate")
                       .field(host != nullptr ? host->bytes : std::get<Digest>(target)))
      .digest();
}

const Voices& voices_for(const RevocationVotes& votes, const RevocationTarget& target) {
  static const Voices none;
  const auto look = [](const auto& all, const auto& key) -> const Voices& {
    const auto found = all.find(key);
    return found == all.end() ? none : found->second;
  };
  if (const auto* host = std::get_if<PublicKey>(&target)) return look(votes.hosts(), *host);
  return look(votes.certificates(), std::get<Digest>(target));
}

}  // namespace

std::string state_text(RevocationStanding::State state) {
  switch (state) {
    case RevocationStanding::State::revoked:
      return "revoked";
    case RevocationStanding::State::waiting:
      return "waiting";
    case RevocationStanding::State::open:
      break;
  }
  return "open";
}

/// Whether the host of a holding is who it says: we approved or saw it, or t logs have it.
bool RevocationVoting::is_trusted(const Holding& holding) const {
  if (!holding.rule.empty() || !holding.certificates.empty()) return true;
  const auto certificates = view_.certificates_of(holding.host);
  return certificates && !certificates->empty();
}

Result<std::vector<RevocationTarget>, Error> RevocationVoting::find(const std::string& text,
                                                                    Time now) {
  std::vector<RevocationTarget> found;
  const std::string name = ca::name_key(text);
  for (const auto& [request, holding] : registry_.holdings()) {
    const bool called = ca::name_key(holding.subject.name) == name ||
                        (holding.is_session() && to_hex(holding.host.bytes) == name);
    if (holding.subject.not_after < now || !called) continue;
    if (registry_.is_revoked(holding.host) || !is_trusted(holding)) continue;
    const RevocationTarget target = holding.host;
    if (std::find(found.begin(), found.end(), target) == found.end()) found.push_back(target);
  }
  const auto bytes = from_hex(text);
  const auto fingerprint = bytes ? to_array<32>(*bytes) : std::nullopt;
  if (!found.empty() || !fingerprint) return found;
  for (const auto& [request, holding] : registry_.holdings()) {
    if (holding.certificates.empty()) continue;
    const auto statements = issued::parse_signed(holding.certificates);
    if (!statements) continue;
    for (const issued::Signed& each : *statements)
      if (issued::is_revocable(each.statement.kind) &&
          issued::fingerprint(each.statement, each.signature) == *fingerprint)
        return std::vector<RevocationTarget>{sha256(issued::to_be_signed(each.statement))};
  }
  return found;
}

/// Our own name for it: what others call it may be the name of another. Empty: not known here.
std::string RevocationVoting::name_of(const RevocationTarget& target) {
  if (const auto* host = std::get_if<PublicKey>(&target)) {
    for (const Digest& request : registry_.requests_of(*host))
      if (const Holding* holding = registry_.holding(request);
          holding != nullptr && is_trusted(*holding))
        return holding->subject.name;
    return {};
  }
  const auto known = view_.known(std::get<Digest>(target));
  if (!known || known->empty()) return {};
  const ShownCertificate& certificate = known->front();
  const auto statement = issued::parse_statement(certificate.kind, certificate.tbs);
  return statement ? issued::name_of(*statement) : "";
}

RevocationStanding RevocationVoting::standing(const RevocationTarget& target) {
  RevocationStanding out{id_of(target), target, name_of(target),
                         voices_for(registry_.votes(), target)};
  if (registry_.votes().decided(out.voices))
    out.state = RevocationStanding::State::revoked;
  else if (out.voices.contains(own_log))
    out.state = RevocationStanding::State::waiting;
  return out;
}

std::vector<RevocationStanding> RevocationVoting::all() {
  std::vector<RevocationStanding> found;
  const auto add = [&](const auto& votes) {
    std::size_t shown = 0;
    for (const auto& [key, voices] : votes) {
      RevocationStanding each = standing(key);
      if (each.name.empty()) continue;
      const bool undecided = each.state != RevocationStanding::State::revoked;
      if (undecided && ++shown > revocations_shown_max) continue;
      found.push_back(std::move(each));
    }
  };
  add(registry_.votes().hosts());
  add(registry_.votes().alone());
  return found;
}

/// The certificates of a session's seats, which are their hosts': with the grant they go as well.
void RevocationVoting::add_seats(const PublicKey& session,
                                 std::vector<Digest>& certificates) const {
  const Holding* holding = registry_.holding(session.bytes);
  if (holding == nullptr || !holding->is_session()) return;
  const auto statements = issued::parse_signed(holding->certificates);
  if (!statements) return;
  for (const issued::Signed& each : *statements)
    if (each.statement.kind == issued::session_seat_kind)
      certificates.push_back(sha256(issued::to_be_signed(each.statement)));
}

Result<RevocationStanding, Error> RevocationVoting::vote(const RevocationTarget& target,
                                                         const std::string& reason, Time now) {
  RevocationStanding before = standing(target);
  if (before.voices.contains(own_log) || before.state == RevocationStanding::State::revoked)
    return before;
  if (before.name.empty()) return failed("no such host or certificate is known here");
  if (!log_.halted().empty()) return failed(log_.halted());
  log::RevokeEntry entry{member_.authority.id, before.name, std::nullopt, {}, reason, now};
  if (const auto* host = std::get_if<PublicKey>(&target)) {
    entry.host = *host;
    // For those who read the log: the host alone decides, and has them all revoked.
    JCA_ASSIGN(const auto certificates, view_.certificates_of(*host));
    for (const Digest& certificate : certificates)
      if (entry.certificates.size() < log::entry_names_max)
        entry.certificates.push_back(certificate);
    add_seats(*host, entry.certificates);
  } else {
    entry.certificates.push_back(std::get<Digest>(target));
  }
  JCA_ASSIGN(auto append, log_.prepare({entry}));
  JCA_TRY(store_.transact([&](soci::session& sql) { log_.write(sql, append); }));
  log_.apply(std::move(append));
  registry_.apply(own_log, entry);
  return standing(target);
}

RevocationVoting::ByPolicy RevocationVoting::vote_by_policy(Time now) {
  ByPolicy out;
  if (signer_.policy().revoke != ca::Approval::automatic || !log_.halted().empty()) return out;
  for (const RevocationStanding& each : all()) {
    if (each.state != RevocationStanding::State::open) continue;
    const Voice& first = each.voices.begin()->second;
    if (auto voted = vote(each.target, first.reason, now))
      out.agreed.push_back(*std::move(voted));
    else
      out.failed.push_back(each.name + ": " + voted.error().message);
  }
  return out;
}

}  // namespace jointca::daemon
