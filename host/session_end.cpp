#include "host/session_end.h"

#include <algorithm>
#include <charconv>
#include <set>

#include <nlohmann/json.hpp>

#include "base/text.h"

namespace jointca::host {
namespace {

using Json = nlohmann::ordered_json;
using mpyc::Check;
using mpyc::Manifest;

/// The check of a status that the seat guard ends with.
std::optional<Check> check_of_guard(int status) {
  for (const mpyc::CheckRow& row : mpyc::check_table())
    if (row.exit_status == status && row.check >= Check::guard_version &&
        row.check <= Check::unfinished)
      return row.check;
  return std::nullopt;
}

/// The others that did not end well, with how: "seat 1 (bob) told nothing".
std::vector<std::string> failures(const Manifest& manifest, std::size_t seat,
                                  const std::vector<std::optional<Ending>>& endings) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < endings.size(); ++i)
    if (i != seat && (!endings[i] || endings[i]->status != 0))
      out.push_back(named(manifest, i) + " " + text_of(endings[i]));
  return out;
}

std::optional<Problem> compare_results(const Manifest& manifest, std::size_t seat,
                                       const ProgramEnd& own,
                                       const std::vector<std::optional<Ending>>& endings) {
  std::set<std::optional<Digest>> different{own.result};
  std::vector<std::string> shown;
  for (std::size_t i = 0; i < manifest.seats.size(); ++i) {
    const auto result = i == seat ? own.result : endings[i]->result;
    different.insert(result);
    shown.push_back(named(manifest, i) + " " + (result ? to_hex(*result).substr(0, 16) : "none"));
  }
  if (!manifest.compare_results || different.size() == 1) return std::nullopt;
  return Problem{Check::result, "what the members printed differs, by SHA-256: " + join(shown)};
}

Json json_of(const std::optional<Digest>& digest) {
  return digest ? Json(to_hex(*digest)) : Json(nullptr);
}

Json member(const Receipt& receipt, const Manifest& manifest, std::size_t seat) {
  Json json{{"seat", seat}, {"name", manifest.seats[seat].name}};
  for (const Met& met : receipt.met)
    if (met.seat == seat) {
      json["round_trip_us"] = met.round_trip.count();
      json["clock_ahead_ms"] = met.clock_ahead.count();
    }
  const auto& ending =
      seat < receipt.endings.size() ? receipt.endings[seat] : std::optional<Ending>();
  json["status"] = ending ? Json(ending->status) : Json(nullptr);
  json["result"] = json_of(ending ? ending->result : std::nullopt);
  return json;
}

}  // namespace

std::optional<Problem> guard_verdict(std::string_view text) {
  int status = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), status);
  const auto check = failure == std::errc() ? check_of_guard(status) : std::nullopt;
  if (!check) return std::nullopt;
  std::string reason(end, text.data() + text.size());
  while (!reason.empty() && (reason.back() == '\n' || reason.back() == ' ')) reason.pop_back();
  reason.erase(0, reason.find_first_not_of(' '));
  return Problem{*check, std::move(reason)};
}

std::optional<Problem> judge(const Manifest& manifest, std::size_t seat, const ProgramEnd& own,
                             const std::vector<std::optional<Ending>>& endings) {
  JCA_ASSERT(endings.size() == manifest.seats.size());
  if (own.problem) return own.problem;
  const auto failed = failures(manifest, seat, endings);
  if (own.status != 0)
    return Problem{Check::program_failed, "the program ended with status " +
                                              std::to_string(own.status) +
                                              (failed.empty() ? "" : "; and " + join(failed))};
  if (!failed.empty()) return Problem{Check::member_failed, join(failed)};
  return compare_results(manifest, seat, own, endings);
}

std::string text_of(const std::optional<Ending>& ending) {
  if (!ending) return "told nothing";
  std::string out = "ended with " + std::to_string(ending->status);
  for (const mpyc::CheckRow& row : mpyc::check_table())
    if (row.exit_status == ending->status) out += " (" + std::string(row.name) + ")";
  return out;
}

std::string to_json(const Receipt& receipt, const mpyc::Session& session) {
  const Manifest& manifest = session.manifest();
  Json members = Json::array();
  for (std::size_t i = 0; i < manifest.seats.size(); ++i)
    members.push_back(member(receipt, manifest, i));
  Json json{{"type", "mpyc-session-receipt"},
            {"version", 1},
            {"session", to_hex(manifest.session)},
            {"manifest", to_hex(mpyc::digest(manifest))},
            {"grant", to_hex(mpyc::fingerprint(session.grant()))},
            {"channel", std::string(mpyc::channel_name(manifest.channel))},
            {"fence", receipt.fence},
            {"seat", receipt.seat},
            {"begin", to_rfc3339(receipt.begin)},
            {"end", to_rfc3339(receipt.end)},
            {"members", std::move(members)},
            {"exit_status", receipt.exit_status},
            {"check", receipt.problem ? Json(std::string(mpyc::row_of(receipt.problem->check).name))
                                      : Json(nullptr)},
            {"reason", receipt.problem ? Json(receipt.problem->reason) : Json(nullptr)}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace jointca::host
