#include "daemon/state_dir.h"

#include <nlohmann/json.hpp>

#include "base/json_fields.h"
#include "crypto/rng.h"
#include "daemon/authority_check.h"
#include "log/note.h"
#include "machine/files.h"

namespace jointca::daemon {
namespace {

constexpr std::string_view identity_label = "jointca/identity/v1";
constexpr std::size_t small_file_max = 64 * 1024;

/// The origin of a party's log: unique, and independent of where the party can be reached.
std::string log_origin(const PartySettings& settings, const PublicKey& identity) {
  return "jointca.party/" + settings.name + "/" + to_hex(BytesView(identity.bytes).first(8));
}

Unexpected<Error> bad_file(const std::string& path, const ParseError& error) {
  return failed(path + ": " + error.text());
}

}  // namespace

std::string to_json(const PartySettings& settings) {
  const nlohmann::ordered_json document{{"format", "jointca-settings/1"},
                                        {"name", settings.name},
                                        {"listen", settings.listen},
                                        {"api", settings.api},
                                        {"trial", settings.trial}};
  return document.dump(2) + "\n";
}

Parsed<PartySettings> settings_from_json(std::string_view text) {
  JCA_ASSIGN(const auto document, JsonValue::parse(text, "settings", small_file_max));
  JCA_ASSIGN(auto object, document.object());
  JCA_ASSIGN(const auto format, object.required("format"));
  JCA_ASSIGN(const auto format_name, format.text());
  if (format_name != "jointca-settings/1") return format.fail("unknown format");
  PartySettings out;
  JCA_ASSIGN(const auto name, object.required("name"));
  JCA_ASSIGN(out.name, name.text());
  if (!ca::is_party_name(out.name)) return name.fail("expected 1 to 63 of a-z, 0-9 and '-'");
  JCA_ASSIGN(const auto listen, object.required("listen"));
  JCA_ASSIGN(out.listen, listen.text());
  JCA_ASSIGN(const auto api, object.required("api"));
  JCA_ASSIGN(out.api, api.text());
  JCA_ASSIGN(const auto trial, object.required("trial"));
  JCA_ASSIGN(out.trial, trial.boolean());
  JCA_TRY(object.finish());
  return out;
}

Result<machine::FileLock, Error> lock_state(const StatePaths& paths) {
  return machine::FileLock::acquire(
      paths.lock(), paths.dir + ": another jointca process holds this state directory");
}

Result<Ok, Error> check_new_party(const StatePaths& paths, const std::string& name) {
  if (!ca::is_party_name(name))
    return failed(Error::Code::usage,
                  "party name \"" + name + "\": expected 1 to 63 of a-z, 0-9 and '-'");
  JCA_TRY(machine::make_private_directory(paths.dir));
  if (machine::file_exists(paths.identity()))
    return failed(paths.dir + ": holds a party already; choose another directory");
  return Ok{};
}

Result<PartyState, Error> init_party(const StatePaths& paths, PartySettings settings,
                                     const std::string& advertise_peer,
                                     const std::string& advertise_api, SecretBytes passphrase,
                                     Rng& rng) {
  JCA_TRY(check_new_party(paths, settings.name));
  SigningKey identity = SigningKey::generate(rng);
  PartyState state{paths, std::move(settings), {}, std::move(identity), std::move(passphrase)};
  state.card = {state.settings.name, state.identity.public_key(), "", "", advertise_peer,
                advertise_api};
  const std::string origin = log_origin(state.settings, state.card.identity);
  state.card.log_vkey = log::vkey_text(origin, state.log_key().public_key());
  state.card.cosigner_vkey = log::NoteVerifier{origin + "/cosigner", log::NoteKeyType::cosignature,
                                               state.cosigner_key().public_key()}
                                 .text();
  const std::string card_text = ca::to_json(state.card, state.identity);
  const Bytes sealed =
      seal(state.identity.seed().expose(), state.passphrase, identity_label, state.cost(), rng);

  // The identity comes last: a directory without it is not a party, and init may be run again.
  JCA_TRY(machine::write_file(paths.party(), as_bytes(to_json(state.settings)), 0600,
                              machine::Overwrite::allow));
  JCA_TRY(machine::write_file(paths.card(state.settings.name), as_bytes(card_text), 0644,
                              machine::Overwrite::allow));
  JCA_TRY(machine::write_file(paths.identity(), sealed, 0600, machine::Overwrite::refuse));
  return state;
}

Result<PartyState, Error> open_party(const StatePaths& paths, SecretBytes passphrase) {
  if (!machine::file_exists(paths.identity()))
    return failed(paths.dir + ": no party here; `jointca party init` makes one");
  JCA_ASSIGN(const Bytes settings_text, machine::read_file(paths.party(), small_file_max));
  auto settings = settings_from_json(to_text(settings_text));
  if (!settings) return bad_file(paths.party(), settings.error());
  JCA_ASSIGN(const Bytes card_text, machine::read_file(paths.card(settings->name), small_file_max));
  auto card = ca::card_from_json(to_text(card_text));
  if (!card) return bad_file(paths.card(settings->name), card.error());

  JCA_ASSIGN(const Bytes sealed, machine::read_file(paths.identity(), small_file_max));
  auto seed = open_sealed(sealed, passphrase, identity_label);
  if (!seed) return failed(seed.error().code, paths.identity() + ": " + seed.error().message);
  if (seed->expose().size() != 32) return failed(paths.identity() + ": not an identity key");
  SigningKey identity(Secret<32>::make([&](std::span<std::uint8_t, 32> out) {
    std::copy(seed->expose().begin(), seed->expose().end(), out.begin());
  }));
  if (identity.public_key() != card->identity)
    return failed(paths.identity() + ": does not belong to " + paths.card(settings->name));
  return PartyState{paths, *std::move(settings), *std::move(card), std::move(identity),
                    std::move(passphrase)};
}

Result<std::optional<ca::Authority>, Error> read_authority(const StatePaths& paths) {
  if (!machine::file_exists(paths.authority())) return std::optional<ca::Authority>{};
  JCA_ASSIGN(const Bytes text, machine::read_file(paths.authority(), ca::authority_bytes_max));
  auto authority = checked_authority(to_text(text));
  if (!authority)
    return failed(authority.error().code, paths.authority() + ": " + authority.error().message);
  return std::optional<ca::Authority>(*std::move(authority));
}

}  // namespace jointca::daemon
