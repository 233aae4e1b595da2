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
  std::vector<bool> holds(tokens.size(), true);
  for (std::size_t first = 0; first < tokens.size(); first += batch_size) {
    const std::size_t end = std::min(first + batch_size, tokens.size());
    std::vector<Bytes> signed_bytes;
    signed_bytes.reserve(end - first);
    std::vector<SignedMessage> messages;
    for (std::size_t i = first; i < end; ++i) {
      signed_bytes.push_back(to_be_signed(tokens[i].statement));
      messages.push_back({signed_bytes.back(), tokens[i].signature});
    }
    if (verify_batch(key, messages)) continue;
    for (std::size_t i = first; i < end; ++i)
      holds[i] = verify(key, messages[i - first].message, messages[i - first].signature);
  }
  return holds;
}

}  // namespace jointca::issued
