// cli/inputs.h — what commands are given: cards, settings, authorities, invitations.
#pragma once

#include <string>

#include "base/error.h"
#include "ca/authority.h"
#include "daemon/state_dir.h"
#include "enroll/invitation.h"

namespace jointca::cli {

/// A party's card, its signature checked.
[[nodiscard]] Result<ca::PartyCard, Error> read_card(const std::string& path);

/// What `party init` fixed for the party in this directory.
[[nodiscard]] Result<daemon::PartySettings, Error> read_settings(const daemon::StatePaths& paths);

/// An authority.json, checked to be what all its parties signed.
[[nodiscard]] Result<ca::Authority, Error> read_authority(const std::string& path);

/// Whether an argument or the content of a file is an invitation, to be read by read_invitation().
[[nodiscard]] bool is_invitation(std::string_view text);

/// The token itself, or the file that holds it ("-": standard input).
[[nodiscard]] Result<enroll::InvitationToken, Error> read_invitation(const std::string& argument);

}  // namespace jointca::cli
