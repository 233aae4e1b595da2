// daemon/api_revocations.cpp — the routes about revocations: asking for one, agreeing to one, and
// the list.
#include <nlohmann/json.hpp>

#include "base/json_fields.h"
#include "base/utf8.h"
#include "crypto/hash.h"
#include "daemon/api.h"
#include "nebula-adapter/pem.h"

namespace jointca::daemon {
namespace {

using Json = nlohmann::ordered_json;
using transport::HttpResponse;

constexpr std::size_t body_bytes_max = 4096;
constexpr std::size_t target_bytes_max = 256;

Json document_of(const RevocationStanding& standing, const Member& member) {
  const auto* host = std::get_if<PublicKey>(&standing.target);
  Json votes = Json::array();
  for (const auto& [log, voice] : standing.voices)
    votes.push_back({{"party", log == own_log ? member.name() : member.name_of(Identifier(log))},
                     {"reason", voice.reason},
                     {"time", to_rfc3339(voice.time)}});
  return {{"type", "revocation"},
          {"id", to_hex(standing.id)},
          {"state", state_text(standing.state)},
          {"name", standing.name},
          {"host_identity", host != nullptr ? to_hex(host->bytes) : ""},
          {"tbs_sha256", host != nullptr ? "" : to_hex(std::get<Digest>(standing.target))},
          {"votes", std::move(votes)},
          {"min_signers", member.authority.min_signers}};
}

struct Asked {
  std::string target;
  std::string reason;
};

Parsed<Asked> parse_body(const std::string& body) {
  JCA_ASSIGN(const auto document, JsonValue::parse(body, "revocation", body_bytes_max));
  JCA_ASSIGN(auto object, document.object());
  Asked asked;
  JCA_ASSIGN(const auto target, object.required("target"));
  JCA_ASSIGN(asked.target, target.text(target_bytes_max));
  JCA_ASSIGN(const auto reason, object.required("reason"));
  JCA_ASSIGN(asked.reason, reason.text(revocation_reason_bytes_max));
  if (asked.reason.empty() || !is_one_line(asked.reason))
    return reason.fail("a reason is one line of text");
  JCA_TRY(object.finish());
  return asked;
}

}  // namespace

HttpResponse Api::revoke(const std::string& body) {
  const auto asked = parse_body(body);
  if (!asked) return error_response(400, "malformed", asked.error().text(), asked.error().where);
  const Time now = clock_();
  const auto targets = voting_.find(asked->target, now);
  if (!targets) return error_response(500, "failed", targets.error().message);
  if (targets->empty())
    return error_response(404, "unknown_host",
                          "no host that is not revoked has this name, and no certificate this "
                          "fingerprint; `jointca hosts --all` lists them");
  Json out = Json::array();
  for (const RevocationTarget& target : *targets) {
    const auto standing = voting_.vote(target, asked->reason, now);
    if (!standing) return error_response(409, "not_logged", standing.error().message);
    out.push_back(document_of(*standing, member_));
  }
  return {200, "application/json", out.dump() + "\n", {}};
}

/// The operator's yes to what another party asked for.
HttpResponse Api::agree_to_revoke(const RevocationStanding& asked) {
  const auto standing = voting_.vote(asked.target, asked.voices.begin()->second.reason, clock_());
  if (!standing) return error_response(409, "not_logged", standing.error().message);
  return {200, "application/json", document_of(*standing, member_).dump() + "\n", {}};
}

std::string Api::pending_revocations(bool all) const {
  Json out = Json::array();
  for (const RevocationStanding& each : voting_.all())
    if (all || each.state == RevocationStanding::State::open)
      out.push_back(document_of(each, member_));
  return out.dump();
}

HttpResponse Api::revocations() {
  if (lists_.document().empty())
    return error_response(404, "no_list", "the parties have not signed a list of revocations yet");
  return document("revocations", lists_.document(), lists_.digest());
}

/// Whether all certificates of a holding are revoked.
bool Api::is_revoked(const Holding& holding) const {
  const RevocationVotes& votes = registry_.votes();
  if (votes.is_revoked(holding.host)) return true;
  if (votes.alone().empty()) return false;
  const auto certificates = nebula::parse_certificates(holding.certificates);
  return certificates && std::all_of(certificates->begin(), certificates->end(),
                                     [&](const nebula::Certificate& each) {
                                       return votes.is_revoked(sha256(nebula::to_be_signed(each)));
                                     });
}

}  // namespace jointca::daemon
