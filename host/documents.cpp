#include "host/documents.h"

#include <algorithm>
#include <set>
#include <unordered_set>

#include "base/text.h"
#include "crypto/hash.h"
#include "daemon/revocation_lists.h"
#include "issued/token.h"
#include "machine/files.h"

namespace jointca::host {
namespace {

constexpr std::chrono::milliseconds document_timeout{8'000};

std::string name_of(const ca::Authority& authority, const enroll::PartyAddress& party) {
  return authority.party(party.identity)->card.name;
}

/// A document as a party has it. It is not sent again if it is `known`, which is then the answer
/// and checked as one.
Result<std::string, Error> get(Calls& calls, const ca::Authority& authority,
                               const enroll::PartyAddress& party, const std::string& target,
                               const std::string& known) {
  transport::HttpRequest request{"GET", target, {}, {}};
  if (!known.empty()) request.has_tag = to_hex(sha256(as_bytes(known)));
  JCA_ASSIGN(auto response, calls.call(party, request, document_timeout));
  if (response.status == 200) return std::move(response.body);
  if (response.status == 304 && !known.empty()) return known;
  return failed(name_of(authority, party) + ": " + target + ": " + api_error(response).message);
}

/// Tokens of one kind, of each host the newest that holds.
class Newest {
 public:
  Newest(std::string_view kind, const ca::Authority& authority,
         const std::optional<ca::Revocations>& revoked, Time now)
      : kind_(kind),
        key_(issued::Keys(authority.group_public_key).of(kind)),
        now_(now),
        authority_(authority) {
    if (revoked)
      for (const ca::RevokedCertificate& each : revoked->revoked) revoked_.insert(each.fingerprint);
  }

  /// How many of the tokens do not hold. Those that are there already are not verified again.
  std::size_t add(const std::vector<std::string>& tokens) {
    std::size_t wrong = 0;
    std::vector<issued::Token> fresh;
    for (const std::string& text : tokens) {
      if (!seen_.insert(text).second) continue;
      auto token = issued::parse_token(kind_, text);
      if (token && issued::authority_of(token->statement) == authority_.id)
        fresh.push_back(*std::move(token));
      else
        ++wrong;
    }
    const std::vector<bool> holds = issued::check_signatures(fresh, key_);
    for (std::size_t i = 0; i < fresh.size(); ++i) {
      if (holds[i])
        keep(std::move(fresh[i]));
      else
        ++wrong;
    }
    return wrong;
  }

  /// Whether these are all that is kept, and perhaps more.
  [[nodiscard]] bool is_within(const std::vector<std::string>& tokens) const {
    const std::unordered_set<std::string_view> texts(tokens.begin(), tokens.end());
    return std::all_of(by_name_.begin(), by_name_.end(),
                       [&](const auto& each) { return texts.contains(each.second.text); });
  }

  [[nodiscard]] std::string document() const {
    std::vector<std::string_view> texts;
    texts.reserve(by_name_.size());
    for (const auto& [name, token] : by_name_) texts.push_back(token.text);
    texts.resize(issued::fitting(texts));  // parties that serve different ones could make it more
    return issued::token_document(kind_, texts);
  }

 private:
  void keep(issued::Token token) {
    if (issued::not_after_of(token.statement) <= unix_seconds(now_) ||
        issued::not_before_of(token.statement) > unix_seconds(now_) ||
        revoked_.contains(issued::fingerprint(token.statement, token.signature)))
      return;
    const std::string name = ca::name_key(issued::name_of(token.statement));
    const auto known = by_name_.find(name);
    if (known == by_name_.end() ||
        issued::not_before_of(known->second.statement) < issued::not_before_of(token.statement))
      by_name_.insert_or_assign(name, std::move(token));
  }

  std::string_view kind_;
  PublicKey key_;
  Time now_;
  const ca::Authority& authority_;
  std::set<Digest> revoked_;
  std::set<std::string> seen_;
  std::map<std::string, issued::Token> by_name_;
};

}  // namespace

Result<std::optional<ca::Revocations>, Error> read_revocations(const Paths& paths,
                                                               const ca::Authority& authority) {
  if (!machine::file_exists(paths.revocations())) return std::optional<ca::Revocations>{};
  JCA_ASSIGN(const Bytes content,
             machine::read_file(paths.revocations(), ca::signed_revocations_bytes_max));
  const auto document = ca::parse_signed_revocations(to_text(content));
  if (!document)
    return failed(Error::Code::verification, paths.revocations() + ": " + document.error().text());
  JCA_ASSIGN(const PublicKey key, daemon::revocations_key(authority));
  auto list = ca::open_revocations(*document, authority.id, key);
  if (!list) return failed(list.error().code, paths.revocations() + ": " + list.error().message);
  return std::optional<ca::Revocations>(*std::move(list));
}

Result<Fetched, Error> fetch_revocations(Calls& calls, const Paths& paths,
                                         const ca::Authority& authority, Time now) {
  const auto known = read_revocations(paths, authority);
  const std::uint64_t here = known && *known ? (*known)->number : 0;
  std::uint64_t number = here;
  std::string newest;
  if (number > 0) {
    JCA_ASSIGN(const Bytes content,
               machine::read_file(paths.revocations(), ca::signed_revocations_bytes_max));
    newest = to_text(content);
  }
  Fetched fetched;
  if (!known) fetched.refused.push_back(known.error().message);  // a spoilt file is made anew
  for (const enroll::PartyAddress& party : addresses_of(authority)) {
    const auto document = get(calls, authority, party, "/v1/revocations", newest);
    if (!document) {
      fetched.missing.push_back(document.error().message);
      continue;
    }
    const auto list = daemon::verify_revocations(*document, authority, now);
    if (!list) {
      fetched.refused.push_back(name_of(authority, party) + ": " + list.error().message);
      continue;
    }
    if (list->number < here) {
      fetched.refused.push_back(name_of(authority, party) + " serves the list of revocations " +
                                std::to_string(list->number) + ", and list " +
                                std::to_string(here) + " is here");
      continue;
    }
    ++fetched.answered;
    if (list->number <= number) continue;
    number = list->number;
    newest = *document;
    fetched.changed = true;
  }
  if (!fetched.changed) return fetched;
  JCA_TRY(
      machine::write_file(paths.revocations(), as_bytes(newest), 0644, machine::Overwrite::allow));
  return fetched;
}

TokenFile bindings_file(const Paths& paths) { return {issued::wireguard_kind, paths.bindings()}; }

TokenFile lighthouses_file(const Paths& paths) {
  return {issued::lighthouse_kind, paths.lighthouses()};
}

Result<std::vector<std::string>, Error> read_tokens(const TokenFile& file) {
  if (!machine::file_exists(file.path)) return std::vector<std::string>{};
  JCA_ASSIGN(const Bytes content, machine::read_file(file.path, issued::token_document_bytes_max));
  auto tokens = issued::parse_token_document(file.kind, to_text(content));
  if (!tokens) return failed(file.path + ": " + tokens.error().text());
  return *std::move(tokens);
}

Result<Fetched, Error> fetch_tokens(Calls& calls, const TokenFile& file,
                                    const ca::Authority& authority,
                                    const std::optional<ca::Revocations>& revoked, Time now) {
  std::string before;
  if (machine::file_exists(file.path)) {
    JCA_ASSIGN(const Bytes content,
               machine::read_file(file.path, issued::token_document_bytes_max));
    before = to_text(content);
  }
  Newest newest(file.kind, authority, revoked, now);
  bool same = !before.empty();
  // What a party most likely has. One that lacks something does not take its place, or the next
  // would have to send again what is here.
  std::string known = before;
  const std::string target = "/v1/" + std::string(issued::document_name(file.kind));
  Fetched fetched;
  for (const enroll::PartyAddress& party : addresses_of(authority)) {
    const auto served = get(calls, authority, party, target, known);
    if (!served) {
      fetched.missing.push_back(served.error().message);
      continue;
    }
    if (!known.empty() && *served == known) {
      ++fetched.answered;
      continue;
    }
    // What is there stays, as far as it holds. A file that was spoilt is made anew.
    if (std::exchange(same, false))
      if (const auto tokens = issued::parse_token_document(file.kind, before)) newest.add(*tokens);
    const auto tokens = issued::parse_token_document(file.kind, *served);
    const std::size_t wrong = tokens ? newest.add(*tokens) : 0;
    if (!tokens)
      fetched.refused.push_back(name_of(authority, party) + ": " + tokens.error().text());
    else if (wrong > 0)
      fetched.refused.push_back(name_of(authority, party) + " serves " + std::to_string(wrong) +
                                " tokens that do not hold");
    if (!tokens || wrong > 0) continue;
    ++fetched.answered;
    if (newest.is_within(*tokens)) known = *served;
  }
  if (same || (before.empty() && fetched.answered == 0)) return fetched;
  const std::string document = newest.document();
  if (document == before) return fetched;
  JCA_TRY(machine::write_file(file.path, as_bytes(document), 0644, machine::Overwrite::allow));
  fetched.changed = true;
  return fetched;
}

}  // namespace jointca::host
