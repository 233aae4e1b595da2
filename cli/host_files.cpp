#include "cli/host_files.h"

#include "crypto/rng.h"
#include "daemon/files.h"
#include "nebula-adapter/key_file.h"
#include "nebula-adapter/pem.h"

namespace jointca::cli {
namespace {

constexpr std::string_view identity_banner = "JOINTCA HOST IDENTITY KEY";
constexpr std::size_t key_file_max = 4096;

Secret<32> secret_from(BytesView bytes) {
  return Secret<32>::make(
      [&](std::span<std::uint8_t, 32> out) { std::copy(bytes.begin(), bytes.end(), out.begin()); });
}

Result<SigningKey, Error> identity_key(const std::string& path, Rng& rng) {
  if (!daemon::file_exists(path)) {
    SigningKey key = SigningKey::generate(rng);
    const SecretBytes text(to_bytes(nebula::encode_pem(identity_banner, key.seed().expose())));
    JCA_TRY(daemon::write_file(path, text.expose(), 0600, daemon::Overwrite::refuse));
    return key;
  }
  JCA_ASSIGN(Bytes content, daemon::read_file(path, key_file_max));
  const SecretBytes text(std::move(content));
  const auto step = nebula::next_pem_block(to_text(text.expose()));
  if (!step || step->block.banner != identity_banner || step->block.bytes.size() != 32)
    return failed(path + ": not a host identity key");
  return SigningKey(secret_from(step->block.bytes));
}

Result<X25519Key, Error> read_nebula_key(const std::string& path) {
  JCA_ASSIGN(Bytes content, daemon::read_file(path, key_file_max));
  const SecretBytes text(std::move(content));
  const auto key = nebula::parse_private_key(nebula::KeyUse::host, to_text(text.expose()));
  if (!key) return failed(path + ": " + key.error().text());
  if (key->curve != nebula::Curve::curve25519 || key->bytes.expose().size() != 32)
    return failed(path + ": not an X25519 key");
  return X25519Key(secret_from(key->bytes.expose()));
}

Result<X25519Key, Error> nebula_key(const std::string& path,
                                    const std::optional<std::string>& given, Rng& rng) {
  const auto first_key = [&]() -> Result<X25519Key, Error> {
    if (given) return read_nebula_key(*given);
    return X25519Key::generate(rng);
  };
  if (!daemon::file_exists(path)) {
    JCA_ASSIGN(X25519Key key, first_key());
    const SecretBytes text = nebula::encode_private_key(
        nebula::KeyUse::host, nebula::Curve::curve25519, key.secret().expose());
    JCA_TRY(daemon::write_file(path, text.expose(), 0600, daemon::Overwrite::refuse));
    return key;
  }
  JCA_ASSIGN(X25519Key kept, read_nebula_key(path));
  if (given) {
    JCA_ASSIGN(const X25519Key other, read_nebula_key(*given));
    if (other.public_key() != kept.public_key())
      return failed(path + ": this host has another key already than " + *given +
                    "; give another --host directory");
  }
  return kept;
}

}  // namespace

Result<HostKeys, Error> open_host_keys(const HostPaths& paths,
                                       const std::optional<std::string>& given, Rng& rng) {
  JCA_TRY(daemon::make_private_directory(paths.dir));
  JCA_TRY(daemon::make_private_directory(paths.nebula()));
  JCA_TRY(daemon::make_private_directory(paths.proofs()));
  JCA_ASSIGN(auto identity, identity_key(paths.identity(), rng));
  JCA_ASSIGN(auto nebula, nebula_key(paths.nebula_key(), given, rng));
  return HostKeys{std::move(identity), std::move(nebula)};
}

}  // namespace jointca::cli
