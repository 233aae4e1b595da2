#include "daemon/published.h"

#include <map>
#include <set>
#include <vector>

#include <nlohmann/json.hpp>
#include <soci/soci.h>

#include "crypto/hash.h"
#include "daemon/store.h"

namespace jointca::daemon {
namespace {

using Json = nlohmann::ordered_json;

std::string field_of(std::string_view kind) {
  return kind == issued::wireguard_kind ? "bindings" : "lighthouses";
}

bool is_token(std::string_view kind) {
  return kind == issued::wireguard_kind || kind == issued::lighthouse_kind;
}

constexpr std::size_t part_bytes = std::size_t{1} << 20;
/// Of outcomes whose intent has not been copied yet.
constexpr std::size_t early_max = 4096;
constexpr unsigned looks_max = 8;

}  // namespace

/// The tokens that the database has signatures of. Once, at the first question.
Result<Ok, Error> Published::learn_all(Time now) {
  std::vector<Digest> found;
  const long long limit = unix_seconds(now);
  JCA_TRY(store_.read([&](soci::session& sql) {
    const soci::rowset<std::string> rows =
        (sql.prepare << "select tbs from token where not_after > :t and exists"
                        " (select 1 from certificate_signature s where s.tbs = token.tbs)",
         soci::use(limit));
    for (const std::string& row : rows) {
      const auto bytes = from_hex(row);
      if (const auto tbs = bytes ? to_array<32>(*bytes) : std::nullopt) found.push_back(*tbs);
    }
  }));
  for (const Digest& tbs : found) {
    JCA_ASSIGN(const bool taken, take(tbs));
    (void)taken;
  }
  return Ok{};
}

/// What the logs have got since the last time. Each outcome costs once, whoever logged it; one that
/// came before its intent is looked at again a few times.
Result<Ok, Error> Published::learn(Time now) {
  const bool first = read_.empty();
  std::map<Digest, unsigned> again;
  const auto read_log = [&](std::uint16_t number, const LogStore& log) -> Result<Ok, Error> {
    std::uint64_t& next = read_[number];
    if (first) next = log.size();
    while (next < log.size()) {
      JCA_ASSIGN(const auto entries, log.entries(next, log.size(), part_bytes));
      next += entries.size();
      for (const Bytes& text : entries) {
        const auto entry = log::parse_entry(text);
        const auto* outcome = entry ? std::get_if<log::OutcomeEntry>(&*entry) : nullptr;
        if (outcome != nullptr && is_token(outcome->kind)) again.emplace(outcome->tbs_sha256, 0);
      }
    }
    return Ok{};
  };
  JCA_TRY(read_log(own_log, log_));
  for (const auto& [party, key] : member_.roster)
    if (party != member_.self) JCA_TRY(read_log(party.value(), mirrors_.of(party)));
  if (first) return learn_all(now);
  if (!again.empty()) again.merge(early_), early_.clear();
  for (const auto& [tbs, looks] : again) {
    JCA_ASSIGN(const bool taken, take(tbs));
    if (!taken && looks < looks_max && early_.size() < early_max) early_.emplace(tbs, looks + 1);
  }
  return Ok{};
}

/// Takes in one token, if it is known and its signature holds.
Result<bool, Error> Published::take(const Digest& tbs) {
  if (tokens_.contains(tbs)) return true;
  JCA_ASSIGN(const auto found, view_.known(tbs));
  if (found.empty()) return false;
  const ShownCertificate& token = found.front();
  if (!is_token(token.kind)) return true;
  auto statement = issued::parse_statement(token.kind, token.tbs);
  JCA_ASSERT(statement.has_value());  // its signature was verified
  std::string text = issued::signed_text(*statement, token.signature);
  text.pop_back();  // the line feed
  tokens_.emplace(tbs, Token{std::move(text), *std::move(statement)});
  return true;
}

Result<const Published::Document*, Error> Published::document(std::string_view kind, Time now) {
  Served& served = served_[std::string(kind)];
  if (!served.document.text.empty() && served.made == now) return &served.document;
  JCA_TRY(learn(now));
  std::erase_if(tokens_, [&](const auto& entry) {
    return issued::not_after_of(entry.second.statement) <= unix_seconds(now);
  });
  std::set<Digest> revoked;
  if (const auto& list = lists_.newest())
    for (const ca::RevokedCertificate& each : list->revoked) revoked.insert(each.tbs_sha256);
  // Of a host that has renewed, the newest. A name has one host.
  std::map<std::string, const Token*> newest;
  for (const auto& [tbs, token] : tokens_) {
    if (token.statement.kind != kind || revoked.contains(tbs)) continue;
    const Token*& known = newest[ca::name_key(issued::name_of(token.statement))];
    if (known == nullptr ||
        issued::not_before_of(known->statement) < issued::not_before_of(token.statement))
      known = &token;
  }
  Json list = Json::array();
  for (const auto& [name, token] : newest) list.push_back(token->text);
  served.document.text = Json{{field_of(kind), std::move(list)}}.dump() + "\n";
  served.document.digest = sha256(as_bytes(served.document.text));
  served.made = now;
  return &served.document;
}

}  // namespace jointca::daemon
