#include "daemon/api_sessions.h"

#include <nlohmann/json.hpp>

#include "ca/subject.h"
#include "daemon/api.h"

namespace jointca::daemon {

using Json = nlohmann::ordered_json;

Json session_json(const mpyc::Manifest& manifest) {
  Json members = Json::array();
  for (const mpyc::Seat& seat : manifest.seats) members.push_back(seat.name);
  return {{"name", ca::session_name(manifest.session)},
          {"members", std::move(members)},
          {"channel", mpyc::channel_name(manifest.channel)},
          {"program", manifest.program.main.path},
          {"arguments", manifest.program.arguments},
          {"not_before", to_rfc3339(manifest.not_before)},
          {"not_after", to_rfc3339(manifest.not_after)}};
}

/// The sessions about which this party's policy asks; all: those too that were decided.
std::string Api::asked_sessions(bool all) const {
  const Time now = clock_();
  Json out = Json::array();
  for (const auto& [digest, known] : registry_.invitations()) {
    if (!known.session) continue;
    const bool over = known.session->not_after <= now;
    const bool open = known.state == KnownInvitation::State::open;
    if (!all && (over || !open)) continue;
    Json session{{"type", "session"},
                 {"id", to_hex(digest)},
                 {"state", open && over ? "expired" : state_text(known.state)}};
    session.update(session_json(*known.session));
    session.update({{"made", to_rfc3339(known.made)}, {"reason", known.reason}});
    out.push_back(std::move(session));
  }
  return out.dump();
}

}  // namespace jointca::daemon
