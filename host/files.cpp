#include "host/files.h"

#include <nlohmann/json.hpp>

#include "base/json_fields.h"
#include "crypto/rng.h"
#include "machine/files.h"
#include "nebula-adapter/key_file.h"
#include "nebula-adapter/pem.h"
#include "wg-adapter/config.h"
#include "x509-adapter/key_file.h"

namespace jointca::host {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view identity_banner = "JOINTCA HOST IDENTITY KEY";
constexpr std::size_t key_file_max = 4096;
constexpr std::size_t settings_bytes_max = 16 * 1024;

Secret<32> secret_from(BytesView bytes) {
  return Secret<32>::make(
      [&](std::span<std::uint8_t, 32> out) { std::copy(bytes.begin(), bytes.end(), out.begin()); });
}

Result<SecretBytes, Error> read_secret(const std::string& path) {
  JCA_ASSIGN(Bytes content, machine::read_file(path, key_file_max));
  return SecretBytes(std::move(content));
}

/// Not copied: a copy would not be wiped.
std::string_view text_in(const SecretBytes& secret) {
  const BytesView bytes = secret.expose();
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

Result<SigningKey, Error> parse_identity(const std::string& path, const SecretBytes& text) {
  auto step = nebula::next_pem_block(text_in(text));
  if (!step) return failed(path + ": not a host identity key");
  const SecretBytes seed(std::move(step->block.bytes));
  if (step->block.banner != identity_banner || seed.expose().size() != 32)
    return failed(path + ": not a host identity key");
  return SigningKey(secret_from(seed.expose()));
}

Result<SigningKey, Error> identity_key(const std::string& path, Rng& rng) {
  if (!machine::file_exists(path)) {
    SigningKey key = SigningKey::generate(rng);
    const SecretBytes text(to_bytes(nebula::encode_pem(identity_banner, key.seed().expose())));
    JCA_TRY(machine::write_file(path, text.expose(), 0600, machine::Overwrite::refuse));
    return key;
  }
  JCA_ASSIGN(const SecretBytes text, read_secret(path));
  return parse_identity(path, text);
}

PrivateKey make_key(ca::Kind kind, Rng& rng) {
  if (kind == ca::Kind::x509) return SigningKey::generate(rng);
  return X25519Key::generate(rng);
}

SecretBytes key_text(ca::Kind kind, const PrivateKey& key) {
  if (const auto* signing_key = std::get_if<SigningKey>(&key))
    return x509::encode_private_key(*signing_key);
  const auto& agreement_key = std::get<X25519Key>(key);
  return kind == ca::Kind::nebula
             ? nebula::encode_private_key(nebula::KeyUse::host, nebula::Curve::curve25519,
                                          agreement_key.secret().expose())
             : wireguard::encode_private_key(agreement_key);
}

Result<Ok, Error> write_key(ca::Kind kind, const std::string& path, const PrivateKey& key) {
  return machine::write_file(path, key_text(kind, key).expose(), 0600, machine::Overwrite::refuse);
}

Result<PrivateKey, Error> open_key(ca::Kind kind, const std::string& path, Rng& rng) {
  if (machine::file_exists(path)) return read_key(kind, path);
  PrivateKey key = make_key(kind, rng);
  JCA_TRY(write_key(kind, path, key));
  return key;
}

/// The key of `given` is the host's: copied, or there already.
Result<Ok, Error> take_key(const std::string& path, const std::string& given) {
  JCA_ASSIGN(const PrivateKey key, read_key(ca::Kind::nebula, given));
  if (!machine::file_exists(path)) return write_key(ca::Kind::nebula, path, key);
  JCA_ASSIGN(const PrivateKey kept, read_key(ca::Kind::nebula, path));
  if (public_key(key) != public_key(kept))
    return failed(path + ": this host has another key already than " + given +
                  "; give another --host directory");
  return Ok{};
}

Parsed<Settings> parse_settings(std::string_view text) {
  JCA_ASSIGN(const auto document, JsonValue::parse(text, "host", settings_bytes_max));
  JCA_ASSIGN(auto object, document.object());
  Settings settings;
  JCA_ASSIGN(const auto invitation, object.required("invitation"));
  JCA_ASSIGN(const auto invitation_text, invitation.text(2 * enroll::invitation_bytes_max));
  const auto bytes = from_base64(invitation_text);
  if (!bytes) return invitation.fail("not base64");
  JCA_ASSIGN(settings.invitation, enroll::parse_invitation(*bytes));
  JCA_ASSIGN(const auto lighthouse, object.required("lighthouse"));
  JCA_ASSIGN(settings.lighthouse, lighthouse.boolean());
  JCA_ASSIGN(const auto kinds, object.required("kinds"));
  JCA_ASSIGN(const auto elements, kinds.array(ca::all_kinds.size()));
  for (const JsonValue& element : elements) {
    JCA_ASSIGN(auto kind_object, element.object());
    JCA_ASSIGN(const auto name, kind_object.required("kind"));
    JCA_ASSIGN(const auto kind_text, name.text());
    const auto kind = ca::kind_from_text(kind_text);
    if (!kind) return name.fail("not a kind of this version");
    JCA_ASSIGN(const auto endpoint, kind_object.required("endpoint"));
    JCA_ASSIGN(auto endpoint_text, endpoint.text(enroll::endpoint_bytes_max));
    JCA_TRY(kind_object.finish());
    settings.kinds.push_back(*kind);
    if (!endpoint_text.empty()) settings.endpoints.emplace(*kind, std::move(endpoint_text));
  }
  JCA_TRY(object.finish());
  return settings;
}

}  // namespace

std::string Paths::directory(ca::Kind kind) const {
  return kind == ca::Kind::nebula ? nebula() : kind == ca::Kind::wireguard ? wireguard() : x509();
}

std::string Paths::issued(ca::Kind kind) const {
  return directory(kind) + (kind == ca::Kind::wireguard ? "/binding.jws" : "/host.crt");
}

std::string Paths::key(ca::Kind kind) const {
  return directory(kind) + (kind == ca::Kind::wireguard ? "/private.key" : "/host.key");
}

Digest public_key(const PrivateKey& key) {
  if (const auto* signing_key = std::get_if<SigningKey>(&key))
    return signing_key->public_key().bytes;
  return std::get<X25519Key>(key).public_key();
}

enroll::RequestKeys Keys::request_keys(const SigningKey* invitation) const {
  enroll::RequestKeys keys{invitation, identity, {}};
  const auto borrow = [](const auto& key) -> enroll::KeyToCertify { return &key; };
  for (const auto& [kind, key] : by_kind) keys.by_kind.emplace(kind, std::visit(borrow, key));
  return keys;
}

Result<PrivateKey, Error> read_key(ca::Kind kind, const std::string& path) {
  JCA_ASSIGN(const SecretBytes text, read_secret(path));
  if (kind == ca::Kind::x509) {
    auto key = x509::parse_private_key(text.expose());
    if (!key) return failed(path + ": " + key.error().text());
    return PrivateKey(*std::move(key));
  }
  if (kind == ca::Kind::nebula) {
    const auto key = nebula::parse_private_key(nebula::KeyUse::host, text_in(text));
    if (!key) return failed(path + ": " + key.error().text());
    if (key->curve != nebula::Curve::curve25519 || key->bytes.expose().size() != 32)
      return failed(path + ": not an X25519 key");
    return PrivateKey(X25519Key(secret_from(key->bytes.expose())));
  }
  auto key = wireguard::parse_private_key(text.expose());
  if (!key) return failed(path + ": " + key.error().text());
  return PrivateKey(*std::move(key));
}

Result<Keys, Error> open_keys(const Paths& paths, const std::vector<ca::Kind>& kinds,
                              const std::optional<std::string>& given, Rng& rng) {
  JCA_TRY(machine::make_private_directory(paths.dir));
  JCA_TRY(machine::make_private_directory(paths.proofs()));
  JCA_ASSIGN(auto identity, identity_key(paths.identity(), rng));
  Keys keys(std::move(identity));
  for (const ca::Kind kind : kinds) {
    JCA_TRY(machine::make_private_directory(paths.directory(kind)));
    if (kind == ca::Kind::nebula && given) JCA_TRY(take_key(paths.key(kind), *given));
    JCA_ASSIGN(auto key, open_key(kind, paths.key(kind), rng));
    keys.by_kind.emplace(kind, std::move(key));
  }
  return keys;
}

Result<SigningKey, Error> read_identity(const Paths& paths) {
  if (!machine::file_exists(paths.identity()))
    return failed(paths.dir + ": no host was enrolled here; see `jointca enroll host --help`");
  JCA_ASSIGN(const SecretBytes text, read_secret(paths.identity()));
  return parse_identity(paths.identity(), text);
}

Result<SigningKey, Error> open_seat_key(const Paths& paths, const std::string& id, Rng& rng) {
  JCA_TRY(machine::make_private_directory(paths.sessions()));
  JCA_TRY(machine::make_private_directory(paths.session(id)));
  JCA_ASSIGN(auto key, open_key(ca::Kind::x509, paths.seat_key(id), rng));
  return std::get<SigningKey>(std::move(key));
}

Result<Keys, Error> open_next_keys(const Paths& paths, const std::vector<ca::Kind>& kinds,
                                   Rng& rng) {
  JCA_ASSIGN(auto identity, identity_key(paths.identity(), rng));
  Keys keys(std::move(identity));
  for (const ca::Kind kind : kinds) {
    JCA_ASSIGN(auto key, open_key(kind, paths.next_key(kind), rng));
    keys.by_kind.emplace(kind, std::move(key));
  }
  return keys;
}

Result<Settings, Error> read_settings(const Paths& paths) {
  JCA_ASSIGN(const Bytes content, machine::read_file(paths.settings(), settings_bytes_max));
  auto settings = parse_settings(to_text(content));
  if (!settings) return failed(paths.settings() + ": " + settings.error().text());
  return *std::move(settings);
}

Result<Ok, Error> write_settings(const Paths& paths, const Settings& settings) {
  Json kinds = Json::array();
  for (const ca::Kind kind : settings.kinds) {
    const auto endpoint = settings.endpoints.find(kind);
    kinds.push_back({{"kind", std::string(ca::to_text(kind))},
                     {"endpoint", endpoint == settings.endpoints.end() ? "" : endpoint->second}});
  }
  const Json document{{"invitation", to_base64(encoded(settings.invitation))},
                      {"lighthouse", settings.lighthouse},
                      {"kinds", std::move(kinds)}};
  const std::string text = document.dump(2) + "\n";
  return machine::write_file(paths.settings(), as_bytes(text), 0600, machine::Overwrite::allow);
}

}  // namespace jointca::host
