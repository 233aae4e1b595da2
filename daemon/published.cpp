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

}  // namespace

std::uint64_t Published::entries() const {
  std::uint64_t all = log_.size();
  for (const auto& [party, key] : member_.roster)
    if (party != member_.self) all += mirrors_.of(party).size();
  return all;
}

/// Takes in what has been logged and signed since the last time.
Result<Ok, Error> Published::learn(Time now) {
  const std::uint64_t logged = entries();
  if (logged == read_) return Ok{};
  std::vector<Digest> fresh;
  const long long limit = unix_seconds(now);
  JCA_TRY(store_.read([&](soci::session& sql) {
    const soci::rowset<std::string> rows =
        (sql.prepare << "select tbs from token where not_after > :t and exists"
                        " (select 1 from certificate_signature s where s.tbs = token.tbs)",
         soci::use(limit));
    for (const std::string& row : rows) {
      const auto bytes = from_hex(row);
      const auto tbs = bytes ? to_array<32>(*bytes) : std::nullopt;
      if (tbs && !tokens_.contains(*tbs)) fresh.push_back(*tbs);
    }
  }));
  for (const Digest& tbs : fresh) {
    JCA_ASSIGN(const auto found, view_.known(tbs));
    if (found.empty()) continue;  // somebody logged a signature that does not hold
    const ShownCertificate& token = found.front();
    auto statement = issued::parse_statement(token.kind, token.tbs);
    JCA_ASSERT(statement.has_value());  // its signature was verified
    std::string text = issued::signed_text(*statement, token.signature);
    text.pop_back();  // the line feed
    tokens_.emplace(tbs, Token{std::move(text), *std::move(statement)});
  }
  read_ = logged;
  return Ok{};
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
