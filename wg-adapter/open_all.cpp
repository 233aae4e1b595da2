#include "wg-adapter/open_all.h"

#include "base/utf8.h"
#include "crypto/hash.h"
#include "crypto/verify_batch.h"

namespace jointca::wireguard {
namespace {

/// Signatures that are checked at once: enough to share the doublings, and few to look through
/// when one does not hold.
constexpr std::size_t batch_size = 128;

/// What is wrong with a token may quote it, and anyone can write a token: only what a terminal
/// takes as text goes on.
LeftOut refused(const std::string& name, const Error& error) {
  return {name, "", "signature",
          is_one_line(error.message) ? error.message : "the binding is refused: not a binding"};
}

/// Checks the signatures of some tokens and keeps those that hold.
void verify_some(std::span<Unverified> tokens, const PublicKey& key, OpenedAll& out) {
  std::vector<Claim> claims;
  claims.reserve(tokens.size());
  for (const Unverified& token : tokens)
    claims.push_back(make_claim(key, as_bytes(token.signing_input), token.signature));
  const std::vector<bool> holds = verify_batch(key, claims);
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (holds[i])
      out.opened.push_back(
          {std::move(tokens[i].binding), sha256(as_bytes(tokens[i].signing_input))});
    else
      out.left_out.push_back(refused(tokens[i].binding.name, unsigned_binding()));
  }
}

}  // namespace

OpenedAll open_all(const std::vector<std::string>& tokens, const Digest& authority,
                   const PublicKey& key) {
  OpenedAll out;
  out.opened.reserve(tokens.size());
  std::vector<Unverified> waiting;
  waiting.reserve(std::min(tokens.size(), batch_size));
  for (const std::string& token : tokens) {
    auto read = read_token(token, authority);
    if (!read) {
      out.left_out.push_back(refused("", read.error()));
      continue;
    }
    waiting.push_back(*std::move(read));
    if (waiting.size() < batch_size) continue;
    verify_some(waiting, key, out);
    waiting.clear();
  }
  verify_some(waiting, key, out);
  return out;
}

}  // namespace jointca::wireguard
