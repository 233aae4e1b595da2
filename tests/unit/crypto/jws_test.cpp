// tests/unit/crypto/jws_test.cpp — RFC 8037's vector, and every way in which a token is refused.
#include "crypto/jws.h"

#include <catch2/catch.hpp>

namespace jointca::jws {
namespace {

constexpr std::size_t bytes_max = 4096;
constexpr std::string_view seed = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A";
constexpr std::string_view public_key = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
constexpr std::string_view rfc_token =
    "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc."
    "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";

SigningKey rfc_key() {
  return SigningKey(Secret<32>::make([](auto out) {
    const Bytes bytes = *from_base64url(seed);
    std::copy(bytes.begin(), bytes.end(), out.begin());
  }));
}

std::string token_of(std::string_view header, std::string_view payload = "{}") {
  const std::string input = signing_input(header, payload);
  return join(input, rfc_key().sign(as_bytes(input)));
}

/// Why a token is refused, or "ok".
std::string verdict(std::string_view token) {
  const auto compact = parse(token, bytes_max);
  if (!compact) return compact.error().text();
  const auto verified = verify(*compact, rfc_key().public_key());
  return verified ? "ok" : verified.error().text();
}

TEST_CASE("the token of RFC 8037, appendix A.4, is made and verified") {
  const SigningKey key = rfc_key();
  CHECK(to_base64url(key.public_key().bytes) == public_key);
  CHECK(token_of(R"({"alg":"EdDSA"})", "Example of Ed25519 signing") == rfc_token);
  CHECK(verdict(rfc_token) == "ok");
  CHECK(parse(rfc_token, bytes_max)->content.payload == "Example of Ed25519 signing");
}

TEST_CASE("a token has exactly three parts of canonical base64url") {
  CHECK(verdict("") == "token: expected three parts");
  CHECK(verdict("e30") == "token: expected three parts");
  CHECK(verdict("e30.e30") == "token: expected two parts");
  CHECK(verdict("e30.e30.e30.e30") == "payload: not canonical base64url");
  CHECK(verdict("e30=.e30.e30") == "header: not canonical base64url");
  CHECK(verdict("e30.e31.e30") == "payload: not canonical base64url");
  CHECK(verdict("e30.e30.e30\n") == "signature: not canonical base64url");
  CHECK(verdict("e30.e30.++++") == "signature: not canonical base64url");
  CHECK(verdict(" e30.e30.e30") == "header: not canonical base64url");
}

TEST_CASE("a token and its header are bounded") {
  CHECK(verdict(std::string(bytes_max + 1, 'A')) == "token: too long");
  CHECK(verdict(std::string(header_bytes_max + 4, 'A') + ".e30.e30") == "header: too long");
}

TEST_CASE("the token's own alg only has to agree, and nothing critical is ignored") {
  CHECK(verdict(token_of(R"({"alg":"none"})")) == "header.alg: not EdDSA");
  CHECK(verdict(token_of(R"({"alg":"HS256"})")) == "header.alg: not EdDSA");
  CHECK(verdict(token_of(R"({"alg":"eddsa"})")) == "header.alg: not EdDSA");
  CHECK(verdict(token_of(R"({"alg":["EdDSA"]})")) == "header.alg: expected a text");
  CHECK(verdict(token_of(R"({"typ":"JWT"})")) == "header.alg: missing");
  CHECK(verdict(token_of(R"({"alg":"EdDSA","alg":"none"})")) == "header: duplicate field \"alg\"");
  CHECK(verdict(token_of("no JSON")).starts_with("header: not JSON"));
  CHECK(verdict(token_of(R"({"alg":"EdDSA","crit":["b64"],"b64":false})")) ==
        "header.crit: an extension that is not known here");
  CHECK(verdict(token_of(R"({"alg":"EdDSA","kid":"1"})")) == "ok");
}

TEST_CASE("a signature of another length, text or key does not verify") {
  const std::string input = signing_input(R"({"alg":"EdDSA"})", "{}");
  CHECK(verdict(join(input, Bytes(63))) == "signature: not 64 bytes");
  CHECK(verdict(join(input, {})) == "signature: not 64 bytes");
  CHECK(verdict(join(input, Bytes(64))) == "signature: does not verify");
  const SignatureBytes other = rfc_key().sign(as_bytes("another text"));
  CHECK(verdict(join(input, other)) == "signature: does not verify");
}

}  // namespace
}  // namespace jointca::jws
