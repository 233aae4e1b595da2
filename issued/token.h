// issued/token.h — statements as compact tokens, ten thousand at a time: what parties serve and
// hosts fetch. docs/formats/api.md.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "issued/statement.h"

namespace jointca::issued {

/// As many tokens as a host takes.
inline constexpr std::size_t tokens_max = 20'000;
inline constexpr std::size_t token_document_bytes_max = std::size_t{64} << 20;

/// How much one document may hold.
struct TokenLimits {
  std::size_t tokens = tokens_max;
  std::size_t bytes = token_document_bytes_max;
};

/// "bindings" or "lighthouses".
[[nodiscard]] std::string_view document_name(std::string_view kind);

/// {"bindings":[TOKEN, …]}: all tokens of a kind, and a line feed.
[[nodiscard]] std::string token_document(std::string_view kind,
                                         const std::vector<std::string_view>& tokens);
/// How many of these tokens, from the first on, one document may hold.
[[nodiscard]] std::size_t fitting(const std::vector<std::string_view>& tokens,
                                  const TokenLimits& limits = {});
/// Nothing in a token is checked but its length.
[[nodiscard]] Parsed<std::vector<std::string>> parse_token_document(std::string_view kind,
                                                                    std::string_view text);

struct Token {
  std::string text;  ///< without a line feed
  Statement statement;
  SignatureBytes signature{};
};

/// The statement of this kind in a token. Does not check its signature.
[[nodiscard]] Parsed<Token> parse_token(std::string_view kind, std::string_view text);

/// The authority that a token names: zero for a certificate, which names none.
[[nodiscard]] Digest authority_of(const Statement& statement);

/// Whether each was signed under `key`, that of their kind. Several times faster than one by one.
[[nodiscard]] std::vector<bool> check_signatures(const std::vector<Token>& tokens,
                                                 const PublicKey& key);

}  // namespace jointca::issued
