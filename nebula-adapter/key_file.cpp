// nebula-adapter/key_file.cpp — host and CA keys in PEM, with Nebula's banners.
#include "nebula-adapter/key_file.h"

#include <array>
#include <optional>

#include "nebula-adapter/pem.h"

namespace jointca::nebula {
namespace {

struct Kind {
  KeyUse use;
  Curve curve;
  std::string_view public_banner;
  std::size_t public_bytes;
  std::string_view private_banner;
  std::size_t private_bytes;
};

constexpr std::array<Kind, 4> kinds{{
    {KeyUse::host, Curve::curve25519, "NEBULA X25519 PUBLIC KEY", 32, "NEBULA X25519 PRIVATE KEY",
     32},
    {KeyUse::host, Curve::p256, "NEBULA P256 PUBLIC KEY", 65, "NEBULA P256 PRIVATE KEY", 32},
    {KeyUse::ca, Curve::curve25519, "NEBULA ED25519 PUBLIC KEY", 32, "NEBULA ED25519 PRIVATE KEY",
     64},
    {KeyUse::ca, Curve::p256, "NEBULA ECDSA P256 PUBLIC KEY", 65, "NEBULA ECDSA P256 PRIVATE KEY",
     32},
}};
constexpr std::array<std::string_view, 2> encrypted_banners{
    "NEBULA ED25519 ENCRYPTED PRIVATE KEY", "NEBULA ECDSA P256 ENCRYPTED PRIVATE KEY"};

const Kind& kind_of(KeyUse use, Curve curve) {
  const auto* kind = std::find_if(kinds.begin(), kinds.end(), [&](const Kind& candidate) {
    return candidate.use == use && candidate.curve == curve;
  });
  JCA_ASSERT(kind != kinds.end());
  return *kind;
}

Parsed<PemBlock> first_block(std::string_view text) {
  if (text.size() > pem_file_bytes_max) return malformed("", "the file is above 1 MiB");
  auto step = next_pem_block(text);
  if (!step) return malformed("", "expected a PEM block");
  return std::move(step->block);
}

std::string whose(KeyUse use) { return use == KeyUse::host ? "a host's" : "a CA's"; }

}  // namespace

std::string encode_public_key(KeyUse use, Curve curve, BytesView key) {
  const Kind& kind = kind_of(use, curve);
  JCA_ASSERT(key.size() == kind.public_bytes);
  return encode_pem(kind.public_banner, key);
}

SecretBytes encode_private_key(KeyUse use, Curve curve, BytesView key) {
  const Kind& kind = kind_of(use, curve);
  JCA_ASSERT(key.size() == kind.private_bytes);
  // Two lines at most, joined in place: encode_pem would leave copies of the key behind.
  const SecretBytes body(to_bytes(to_base64(key)));
  constexpr std::size_t columns = 64;
  Bytes out;
  out.reserve(4 * columns + body.expose().size());
  const auto append = [&out](BytesView part) { out.insert(out.end(), part.begin(), part.end()); };
  const std::string banner(kind.private_banner);
  append(as_bytes("-----BEGIN " + banner + "-----\n"));
  for (std::size_t i = 0; i < body.expose().size(); i += columns) {
    append(body.expose().subspan(i, std::min(columns, body.expose().size() - i)));
    append(as_bytes("\n"));
  }
  append(as_bytes("-----END " + banner + "-----\n"));
  return SecretBytes(std::move(out));
}

Parsed<PublicKeyFile> parse_public_key(KeyUse use, std::string_view text) {
  JCA_ASSIGN(PemBlock block, first_block(text));
  for (const Kind& kind : kinds) {
    if (kind.use != use || kind.public_banner != block.banner) continue;
    if (block.bytes.size() != kind.public_bytes)
      return malformed("", "the key is not " + std::to_string(kind.public_bytes) + " bytes long");
    return PublicKeyFile{kind.curve, std::move(block.bytes)};
  }
  return malformed("", "expected " + whose(use) + " public key");
}

Parsed<PrivateKeyFile> parse_private_key(KeyUse use, std::string_view text) {
  JCA_ASSIGN(PemBlock block, first_block(text));
  SecretBytes bytes(std::move(block.bytes));
  for (const Kind& kind : kinds) {
    if (kind.use != use || kind.private_banner != block.banner) continue;
    if (bytes.expose().size() != kind.private_bytes)
      return malformed("", "the key is not " + std::to_string(kind.private_bytes) + " bytes long");
    return PrivateKeyFile{kind.curve, std::move(bytes)};
  }
  const bool encrypted = std::find(encrypted_banners.begin(), encrypted_banners.end(),
                                   block.banner) != encrypted_banners.end();
  if (use == KeyUse::ca && encrypted)
    return malformed("", "the key is encrypted: decrypt it first");
  return malformed("", "expected " + whose(use) + " private key");
}

}  // namespace jointca::nebula
