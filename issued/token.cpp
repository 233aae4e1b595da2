#include "issued/token.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "base/json_fields.h"
#include "crypto/jws.h"
#include "crypto/verify_batch.h"

namespace jointca::issued {
namespace {

/// Signatures that are checked at once: enough to share the doublings, and few to look through when
/// one does not hold.
constexpr std::size_t batch_size = 128;

}  // namespace

std::string_view document_name(std::string_view kind) {
  return kind == wireguard_kind ? "bindings" : "lighthouses";
}

std::string token_document(std::string_view kind, const std::vector<std::string_view>& tokens) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const std::string_view token : tokens) list.push_back(token);
  return nlohmann::ordered_json{{document_name(kind), std::move(list)}}.dump() + "\n";
}

std::size_t fitting(const std::vector<std::string_view>& tokens, const TokenLimits& limits) {
  constexpr std::size_t quotes_and_comma = 3;
  std::size_t count = 0, bytes = token_document(lighthouse_kind, {}).size();
  for (; count < std::min(tokens.size(), limits.tokens); ++count) {
    bytes += tokens[count].size() + quotes_and_comma;
    if (bytes > limits.bytes) break;
  }
  return count;
}

Parsed<std::vector<std::string>> parse_token_document(std::string_view kind,
                                                      std::string_view text) {
  const std::string_view name = document_name(kind);
  JCA_ASSIGN(const auto document,
             JsonValue::parse(text, std::string(name), token_document_bytes_max));
  JCA_ASSIGN(auto object, document.object());
  JCA_ASSIGN(const auto list, object.required(name));
  JCA_ASSIGN(const auto elements, list.array(tokens_max));
  std::vector<std::string> tokens;
  tokens.reserve(elements.size());
  for (const JsonValue& element : elements) {
    JCA_ASSIGN(auto token, element.text(wireguard::binding_bytes_max));
    tokens.push_back(std::move(token));
  }
  JCA_TRY(object.finish());
  return tokens;
}

Parsed<Token> parse_token(std::string_view kind, std::string_view text) {
  JCA_ASSIGN(const auto compact, jws::parse(text, wireguard::binding_bytes_max));
  const auto signature = to_array<64>(compact.signature);
  if (!signature) return malformed("signature", "not one of Ed25519");
  JCA_ASSIGN(auto statement, parse_statement(kind, as_bytes(compact.signing_input)));
  return Token{std::string(text), std::move(statement), *signature};
}

Digest authority_of(const Statement& statement) {
  if (const auto* binding = std::get_if<wireguard::Binding>(&statement.content))
    return binding->authority;
  if (const auto* lighthouse = std::get_if<nebula::Lighthouse>(&statement.content))
    return lighthouse->authority;
  if (const auto* grant = std::get_if<mpyc::Grant>(&statement.content)) return grant->authority;
  return {};
}

std::vector<bool> check_signatures(const std::vector<Token>& tokens, const PublicKey& key) {
  std::vector<Claim> claims;
  claims.reserve(tokens.size());
  for (const Token& token : tokens)
    claims.push_back(make_claim(key, to_be_signed(token.statement), token.signature));
  std::vector<bool> holds;
  holds.reserve(tokens.size());
  for (std::size_t first = 0; first < claims.size(); first += batch_size) {
    const std::size_t count = std::min(batch_size, claims.size() - first);
    for (const bool each : verify_batch(key, std::span(claims).subspan(first, count)))
      holds.push_back(each);
  }
  return holds;
}

}  // namespace jointca::issued
