#include "audit/state.h"

#include <nlohmann/json.hpp>

#include "audit/state_fields.h"

namespace jointca::audit {
namespace {

using Json = nlohmann::ordered_json;

constexpr int version = 1;
constexpr Duration kept_after_expiry{std::chrono::hours(24)};
constexpr std::size_t items_max = std::size_t{1} << 22;
constexpr std::size_t places_max = 4096;  ///< sightings and outcomes of one item

std::vector<std::uint16_t> list_of(Parties parties) {
  std::vector<std::uint16_t> out;
  for (std::uint16_t party = 1; party <= ca::parties_max; ++party)
    if ((parties & only(party)) != 0) out.push_back(party);
  return out;
}

Json json_of(const LogState& log) {
  Json json{{"party", log.party}, {"size", log.size}, {"root", to_hex(log.root)}};
  json["edge"] = Json::array();
  for (const Digest& hash : log.edge) json["edge"].push_back(to_hex(hash));
  json["note"] = log.note;
  json["last"] = log.last ? to_rfc3339(*log.last) : "";
  json["counts"] = {log.counts.issue,    log.counts.outcome, log.counts.refusal,
                    log.counts.ceremony, log.counts.revoke,  log.counts.malformed};
  return json;
}

Json json_of(const Item& item, const Index& index) {
  Json json{{"tbs_sha256", to_hex(item.tbs)}, {"r", to_hex(item.r)}};
  json["intent"] = Json::array();
  if (item.has_intent()) {
    const Subject& subject = index.subject(item.subject);
    json["intent"].push_back({{"session", to_hex(index.key(item.session))},
                              {"request", to_hex(index.key(item.request))},
                              {"host", to_hex(index.key(item.host))},
                              {"kind", index.text(item.kind)},
                              {"coordinator", item.coordinator},
                              {"signers", list_of(item.signers)},
                              {"name", subject.name},
                              {"networks", subject.networks},
                              {"groups", subject.groups},
                              {"not_before", to_rfc3339(item.not_before)},
                              {"not_after", to_rfc3339(item.not_after)},
                              {"time", to_rfc3339(item.time)}});
  }
  json["logged"] = Json::array();
  for (auto at = item.sightings; at != nothing; at = index.sightings[at].next) {
    const Sighting& sighting = index.sightings[at];
    json["logged"].push_back({{"party", sighting.party},
                              {"index", sighting.index},
                              {"approval", index.text(sighting.approval)},
                              {"at", to_rfc3339(sighting.approved_at)}});
  }
  json["outcomes"] = Json::array();
  for (auto at = item.outcomes; at != nothing; at = index.outcomes[at].next) {
    const Outcome& outcome = index.outcomes[at];
    json["outcomes"].push_back({{"party", outcome.party},
                                {"index", outcome.index},
                                {"fingerprint", to_hex(outcome.fingerprint)},
                                {"verdict", static_cast<int>(outcome.verdict)},
                                {"time", to_rfc3339(outcome.time)}});
  }
  return json;
}

Json json_of(const std::map<Digest, Votes>& all) {
  Json json = Json::array();
  for (const auto& [key, votes] : all)
    for (const auto& [party, time] : votes)
      json.push_back({{"key", to_hex(key)}, {"party", party}, {"time", to_rfc3339(time)}});
  return json;
}

Parsed<LogState> read_log(JsonObject object, const ca::Authority& authority) {
  LogState log;
  JCA_ASSIGN(log.party, state::party(object, "party", authority));
  JCA_ASSIGN(log.size, state::number<std::uint64_t>(object, "size"));
  JCA_ASSIGN(log.root, state::hex(object, "root"));
  JCA_ASSIGN(const auto edge, object.required("edge"));
  JCA_ASSIGN(const auto hashes, edge.array(log::proof_hashes_max));
  for (const JsonValue& value : hashes) {
    JCA_ASSIGN(const Digest hash, state::hex(value));
    log.edge.push_back(hash);
  }
  JCA_ASSIGN(log.note, state::text(object, "note", log::note_bytes_max));
  JCA_ASSIGN(const std::string last, state::text(object, "last", 32));
  if (!last.empty()) {
    JCA_ASSIGN(log.last, time_from_rfc3339(last));
  }
  JCA_ASSIGN(const auto counts, object.required("counts"));
  JCA_ASSIGN(const auto numbers, counts.array(6));
  if (numbers.size() != 6) return counts.fail("expected six numbers");
  std::uint64_t* const fields[] = {&log.counts.issue,   &log.counts.outcome,
                                   &log.counts.refusal, &log.counts.ceremony,
                                   &log.counts.revoke,  &log.counts.malformed};
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    JCA_ASSIGN(*fields[i], numbers[i].integer<std::uint64_t>());
  }
  JCA_TRY(object.finish());
  JCA_TRY(Frontier::from(log));
  return log;
}

Parsed<Ok> read_intent(JsonObject object, const ca::Authority& authority, Index& index,
                       Item& item) {
  JCA_ASSIGN(const Digest session, state::hex(object, "session"));
  JCA_ASSIGN(const Digest request, state::hex(object, "request"));
  JCA_ASSIGN(const Digest host, state::hex(object, "host"));
  JCA_ASSIGN(std::string kind, state::text(object, "kind"));
  JCA_ASSIGN(item.coordinator, state::number<std::uint16_t>(object, "coordinator"));
  JCA_ASSIGN(const auto signers, object.required("signers"));
  JCA_ASSIGN(const auto list, signers.array(ca::parties_max));
  for (const JsonValue& value : list) {
    JCA_ASSIGN(const auto party, state::party(value, authority));
    item.signers |= only(party);
  }
  log::EntrySubject subject;
  JCA_ASSIGN(subject.name, state::text(object, "name"));
  JCA_ASSIGN(subject.networks, state::texts(object, "networks"));
  JCA_ASSIGN(subject.groups, state::texts(object, "groups"));
  JCA_ASSIGN(item.not_before, state::time(object, "not_before"));
  JCA_ASSIGN(item.not_after, state::time(object, "not_after"));
  JCA_ASSIGN(item.time, state::time(object, "time"));
  item.session = index.share(session);
  item.request = index.share(request);
  item.host = index.share(host);
  item.kind = index.share(kind);
  item.subject = index.share(subject);
  return object.finish();
}

Parsed<Ok> read_places(JsonObject& object, const ca::Authority& authority, Index& index,
                       std::uint32_t id) {
  JCA_ASSIGN(const auto logged, object.required("logged"));
  JCA_ASSIGN(const auto sightings, logged.array(places_max));
  for (auto value = sightings.rbegin(); value != sightings.rend(); ++value) {
    JCA_ASSIGN(auto fields, value->object());
    Sighting sighting;
    JCA_ASSIGN(sighting.party, state::party(fields, "party", authority));
    JCA_ASSIGN(sighting.index, state::number<std::uint64_t>(fields, "index"));
    JCA_ASSIGN(std::string approval, state::text(fields, "approval"));
    sighting.approval = index.share(std::move(approval));
    JCA_ASSIGN(sighting.approved_at, state::time(fields, "at"));
    JCA_TRY(fields.finish());
    index.add(id, sighting);
  }
  JCA_ASSIGN(const auto made, object.required("outcomes"));
  JCA_ASSIGN(const auto outcomes, made.array(places_max));
  for (auto value = outcomes.rbegin(); value != outcomes.rend(); ++value) {
    JCA_ASSIGN(auto fields, value->object());
    Outcome outcome;
    JCA_ASSIGN(outcome.party, state::party(fields, "party", authority));
    JCA_ASSIGN(outcome.index, state::number<std::uint64_t>(fields, "index"));
    JCA_ASSIGN(outcome.fingerprint, state::hex(fields, "fingerprint"));
    JCA_ASSIGN(const auto verdict, state::number<std::uint8_t>(fields, "verdict", 2));
    outcome.verdict = static_cast<Verdict>(verdict);
    JCA_ASSIGN(outcome.time, state::time(fields, "time"));
    JCA_TRY(fields.finish());
    static_cast<void>(index.add(id, outcome));
  }
  return Ok{};
}

Parsed<Ok> read_item(JsonObject object, const ca::Authority& authority, Index& index) {
  JCA_ASSIGN(const Digest tbs, state::hex(object, "tbs_sha256"));
  JCA_ASSIGN(const Digest r, state::hex(object, "r"));
  const std::uint32_t before = index.items.size(), id = index.item(tbs, r);
  JCA_ASSIGN(const auto intent, object.required("intent"));
  if (id < before) return intent.fail("the item stands twice");
  Item& item = index.items[id];
  item.carried = true;
  JCA_ASSIGN(const auto intents, intent.array(1));
  if (!intents.empty()) {
    JCA_ASSIGN(auto fields, intents[0].object());
    JCA_TRY(read_intent(std::move(fields), authority, index, item));
  }
  JCA_TRY(read_places(object, authority, index, id));
  return object.finish();
}

template <class Put>
Parsed<Ok> read_votes(JsonObject& object, std::string_view name, const ca::Authority& authority,
                      Put put) {
  JCA_ASSIGN(const auto value, object.required(name));
  JCA_ASSIGN(const auto votes, value.array(items_max));
  for (const JsonValue& vote : votes) {
    JCA_ASSIGN(auto fields, vote.object());
    JCA_ASSIGN(const Digest key, state::hex(fields, "key"));
    JCA_ASSIGN(const auto party, state::party(fields, "party", authority));
    JCA_ASSIGN(const Time time, state::time(fields, "time"));
    JCA_TRY(fields.finish());
    put(key, party, time);
  }
  return Ok{};
}

}  // namespace

bool matters(const Item& item, const Index& index, Time now) {
  const bool settled = index.outcome(item) == nullptr || (item.signers & ~item.logged) == 0;
  return !settled || !item.has_intent() || item.not_after + kept_after_expiry >= now;
}

std::string to_json(const State& state, const Index& index) {
  Json json{{"type", "jointca/audit-state"},
            {"version", version},
            {"authority", to_hex(state.authority)},
            {"time", to_rfc3339(state.time)},
            {"finished", state.finished}};
  json["logs"] = Json::array();
  for (const LogState& log : state.logs) json["logs"].push_back(json_of(log));
  json["revoked"] = json_of(index.revoked());
  json["revoked_hosts"] = json_of(index.revoked_hosts());
  // There can be very many items: one line each, and no document of them all in memory.
  std::string text = json.dump();
  text.back() = ',';
  text += "\"items\":[";
  bool first = true;
  for (std::uint32_t i = 0; i < index.items.size(); ++i) {
    if (!matters(index.items[i], index, state.time)) continue;
    text += (first ? "\n" : ",\n") + json_of(index.items[i], index).dump();
    first = false;
  }
  return text + "]}\n";
}

Parsed<State> state_from_json(std::string_view text, const ca::Authority& authority, Index& index) {
  JCA_ASSIGN(const auto document, JsonValue::parse(text, "state", state_bytes_max));
  JCA_ASSIGN(auto object, document.object());
  State state;
  JCA_ASSIGN(const std::string type, state::text(object, "type"));
  if (type != "jointca/audit-state") return malformed("state.type", "not the state of an audit");
  JCA_TRY(state::number<int>(object, "version", version));
  JCA_ASSIGN(state.authority, state::hex(object, "authority"));
  if (state.authority != authority.id)
    return malformed("state.authority", "the state is of another authority");
  JCA_ASSIGN(state.time, state::time(object, "time"));
  JCA_ASSIGN(state.finished, state::number<std::uint64_t>(object, "finished"));
  JCA_ASSIGN(const auto logs, object.required("logs"));
  JCA_ASSIGN(const auto log_values, logs.array(ca::parties_max));
  for (const JsonValue& value : log_values) {
    JCA_ASSIGN(auto fields, value.object());
    JCA_ASSIGN(LogState log, read_log(std::move(fields), authority));
    if (!state.logs.empty() && state.logs.back().party >= log.party)
      return value.fail("not in the order of the parties");
    state.logs.push_back(std::move(log));
  }
  JCA_ASSIGN(const auto items, object.required("items"));
  JCA_ASSIGN(const auto item_values, items.array(items_max));
  for (const JsonValue& value : item_values) {
    JCA_ASSIGN(auto fields, value.object());
    JCA_TRY(read_item(std::move(fields), authority, index));
  }
  JCA_TRY(read_votes(object, "revoked", authority, [&](const Digest& key, auto party, Time time) {
    index.revoke(key, party, time);
  }));
  JCA_TRY(
      read_votes(object, "revoked_hosts", authority, [&](const Digest& key, auto party, Time time) {
        index.revoke_host(PublicKey{key}, party, time);
      }));
  JCA_TRY(object.finish());
  return state;
}

}  // namespace jointca::audit
