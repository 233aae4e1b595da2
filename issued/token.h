// issued/token.h — statements as compact tokens, a thousand at a time: what parties serve and hosts
// fetch.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "issued/statement.h"

namespace jointca::issued {

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
