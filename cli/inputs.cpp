#include "cli/inputs.h"

#include "daemon/authority_check.h"
#include "machine/files.h"

namespace jointca::cli {
namespace {

constexpr std::size_t card_bytes_max = 16 * 1024;
constexpr std::size_t settings_bytes_max = 16 * 1024;

}  // namespace

Result<ca::PartyCard, Error> read_card(const std::string& path) {
  JCA_ASSIGN(const Bytes text, machine::read_file(path, card_bytes_max));
  auto card = ca::card_from_json(to_text(text));
  if (!card) return failed(path + ": " + card.error().text());
  return *std::move(card);
}

Result<daemon::PartySettings, Error> read_settings(const daemon::StatePaths& paths) {
  JCA_ASSIGN(const Bytes text, machine::read_file(paths.party(), settings_bytes_max));
  auto settings = daemon::settings_from_json(to_text(text));
  if (!settings) return failed(paths.party() + ": " + settings.error().text());
  return *std::move(settings);
}

Result<ca::Authority, Error> read_authority(const std::string& path) {
  JCA_ASSIGN(const Bytes text, machine::read_file(path, ca::authority_bytes_max));
  auto authority = daemon::checked_authority(to_text(text));
  if (!authority) return failed(authority.error().code, path + ": " + authority.error().message);
  return *std::move(authority);
}

bool is_invitation(std::string_view text) { return text.starts_with("jointca-invite"); }

Result<enroll::InvitationToken, Error> read_invitation(const std::string& argument) {
  std::string text = argument;
  if (!is_invitation(argument)) {
    JCA_ASSIGN(const Bytes content, machine::read_file(argument, enroll::token_text_max + 16));
    text = to_text(content);
  }
  auto token = enroll::parse_token(text);
  if (!token) return failed(Error::Code::usage, "invitation: " + token.error().text());
  return *std::move(token);
}

}  // namespace jointca::cli
