// x509-adapter/key_file.cpp — PKCS #8 of Ed25519 in PEM: 48 bytes, which are one line of base64.
#include "x509-adapter/key_file.h"

#include <string_view>

namespace jointca::x509 {
namespace {

constexpr std::string_view begin = "-----BEGIN PRIVATE KEY-----\n";
constexpr std::string_view end = "\n-----END PRIVATE KEY-----\n";
/// PrivateKeyInfo up to the seed: version 0, Ed25519, OCTET STRING in OCTET STRING.
constexpr std::array<std::uint8_t, 16> head{0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06,
                                            0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20};
constexpr std::size_t body_bytes = (head.size() + 32) / 3 * 4;
constexpr std::size_t file_bytes = begin.size() + body_bytes + end.size();

}  // namespace

SecretBytes encode_private_key(const SigningKey& key) {
  Bytes info(head.begin(), head.end());
  info.reserve(head.size() + 32);
  const BytesView seed = key.seed().expose();
  info.insert(info.end(), seed.begin(), seed.end());
  const SecretBytes content(std::move(info));
  std::string body = to_base64(content.expose());
  Bytes out;
  out.reserve(file_bytes);
  for (const BytesView part : {as_bytes(begin), as_bytes(body), as_bytes(end)})
    out.insert(out.end(), part.begin(), part.end());
  wipe(body);
  return SecretBytes(std::move(out));
}

Parsed<SigningKey> parse_private_key(BytesView text) {
  const auto wrong = [] { return malformed("", "not an Ed25519 key in PKCS #8"); };
  if (text.size() != file_bytes || !equal(text.first(begin.size()), as_bytes(begin)) ||
      !equal(text.last(end.size()), as_bytes(end)))
    return wrong();
  std::string body = to_text(text.subspan(begin.size(), body_bytes));
  auto decoded = from_base64(body);
  wipe(body);
  if (!decoded) return wrong();
  const SecretBytes info(*std::move(decoded));
  const BytesView bytes = info.expose();
  if (bytes.size() != head.size() + 32 || !equal(bytes.first(head.size()), head)) return wrong();
  return SigningKey(Secret<32>::make([&](std::span<std::uint8_t, 32> out) {
    std::copy_n(bytes.last(32).begin(), out.size(), out.begin());
  }));
}

}  // namespace jointca::x509
