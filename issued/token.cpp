#include "issued/token.h"

#include "crypto/jws.h"
#include "crypto/verify_batch.h"

namespace jointca::issued {
namespace {

/// Signatures that are checked at once: enough to share the doublings, and few to look through when
/// one does not hold.
constexpr std::size_t batch_size = 128;

}  // namespace

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
