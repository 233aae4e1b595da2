#include "daemon/published.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <soci/soci.h>

#include "crypto/hash.h"
#include "daemon/store.h"

namespace jointca::daemon {
namespace {

constexpr int rows_max = 1000;  // taken in at once: each costs a reading and a signature's check

Room room_in(const Published::Document& document) {
  if (document.left_out > 0) return Room::exceeded;
  if (document.percent >= 100) return Room::none;
  return document.percent >= nearly_full_percent ? Room::little : Room::enough;
}

}  // namespace

Result<Ok, Error> Published::load(Time now) {
  for (;;) {
    JCA_ASSIGN(const bool all, learn(now));
    if (all) return Ok{};
  }
}

Result<bool, Error> Published::learn(Time now) {
  std::vector<std::pair<long long, std::string>> found;
  const long long limit = unix_seconds(now);
  JCA_TRY(store_.read([&](soci::session& sql) {
    long long row = 0;
    std::string tbs;
    soci::statement select =
        (sql.prepare << "select s.seq, s.tbs from signed_token s join token t on t.tbs = s.tbs"
                        " where s.seq > :n and t.not_after > :t order by s.seq limit :m",
         soci::use(taken_), soci::use(limit), soci::use(rows_max), soci::into(row),
         soci::into(tbs));
    select.execute();
    while (select.fetch()) found.emplace_back(row, tbs);
  }));
  std::set<std::string> seen;
  for (const auto& [row, text] : found) {
    const auto bytes = from_hex(text);
    const auto tbs = bytes ? to_array<32>(*bytes) : std::nullopt;
    if (tbs && seen.insert(text).second) JCA_TRY(take(*tbs));
    taken_ = row;
  }
  return found.size() < rows_max;
}

/// Takes in one token, if its signature holds. If it does not, another may come.
Result<Ok, Error> Published::take(const Digest& tbs) {
  if (tokens_.contains(tbs)) return Ok{};
  JCA_ASSIGN(const auto found, view_.known(tbs));
  if (found.empty()) return Ok{};
  const ShownCertificate& token = found.front();
  auto statement = issued::parse_statement(token.kind, token.tbs);
  JCA_ASSERT(statement.has_value());  // its signature was verified
  std::string text = issued::signed_text(*statement, token.signature);
  text.pop_back();  // the line feed
  tokens_.emplace(tbs, Token{std::move(text), *std::move(statement)});
  return Ok{};
}

Result<const Published::Document*, Error> Published::document(std::string_view kind, Time now) {
  Served& served = served_[std::string(kind)];
  if (!served.document.text.empty() && served.made == now) return &served.document;
  if (now < looked_) taken_ = 0;  // the clock was ahead: what seemed to be over is not
  looked_ = now;
  JCA_ASSIGN(const bool all, learn(now));
  std::erase_if(tokens_, [&](const auto& entry) {
    return issued::not_after_of(entry.second.statement) <= unix_seconds(now);
  });
  std::set<Digest> revoked;
  if (const auto& list = lists_.newest())
    for (const ca::RevokedCertificate& each : list->revoked) revoked.insert(each.tbs_sha256);
  // Of a host that has renewed, the newest. A name has one host.
  std::map<std::string, const Token*> newest;
  for (const auto& [tbs, token] : tokens_) {
    if (token.statement.kind != kind || revoked.contains(tbs) ||
        issued::not_before_of(token.statement) > unix_seconds(now))
      continue;
    const Token*& known = newest[ca::name_key(issued::name_of(token.statement))];
    if (known == nullptr ||
        issued::not_before_of(known->statement) < issued::not_before_of(token.statement))
      known = &token;
  }
  served.document = made_of(kind, newest);
  if (all) served.made = now;
  tell(kind, served);
  return &served.document;
}

/// Of too many the first, by name: each party leaves out the same.
Published::Document Published::made_of(std::string_view kind,
                                       const std::map<std::string, const Token*>& newest) const {
  Document out;
  std::vector<std::string_view> texts;
  texts.reserve(newest.size());
  for (const auto& [name, token] : newest) {
    out.names.insert(name);
    texts.push_back(token->text);
  }
  texts.resize(issued::fitting(texts, limits_));
  out.left_out = newest.size() - texts.size();
  out.text = issued::token_document(kind, texts);
  out.digest = sha256(as_bytes(out.text));
  // So that one more fits below 100 %.
  const std::size_t bytes = out.text.size() + wireguard::binding_bytes_max;
  out.percent = static_cast<unsigned>(
      std::max(100 * newest.size() / limits_.tokens, 100 * bytes / limits_.bytes));
  return out;
}

void Published::tell(std::string_view kind, Served& served) const {
  const Document& document = served.document;
  const Room room = room_in(document);
  if (std::exchange(served.told, room) == room) return;
  std::string text = std::string(issued::document_name(kind)) + ": " +
                     std::to_string(document.names.size()) + " hosts, " +
                     std::to_string(document.percent) + " % of the " +
                     std::to_string(limits_.tokens) + " tokens or " +
                     std::to_string(limits_.bytes) + " bytes that a host takes";
  if (room == Room::none) text += "; no new host is enrolled";
  if (room == Room::exceeded)
    text += "; " + std::to_string(document.left_out) + " are left out, and reach nobody";
  notice_(text);
}

Result<std::string, Error> Published::no_room(std::string_view kind, const std::string& name,
                                              Time now) {
  JCA_ASSIGN(const Document* document, this->document(kind, now));
  if (document->percent < 100 || document->names.contains(ca::name_key(name))) return std::string();
  return std::to_string(document->names.size()) + " hosts have " +
         std::string(issued::document_name(kind)) + ", and hosts take no more than " +
         std::to_string(limits_.tokens) + " of them, or " + std::to_string(limits_.bytes) +
         " bytes; revoke hosts that are gone";
}

}  // namespace jointca::daemon
