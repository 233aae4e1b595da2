// host/session_check.h — whether this machine can take its seat in a granted session: all that
// needs no other member. In the order of mpyc::check_table().
#pragma once

#include <set>
#include <variant>

#include "host/meeting.h"
#include "host/mpyc_machine.h"

namespace jointca::host {

struct SessionInputs {
  Paths paths;
  std::string grant;         ///< file of the granted session
  std::string folder = ".";  ///< where program and files are
  std::string python = "python3";
  bool allow_direct = false;  ///< the owner's word, beside the manifest's, for the channel `direct`
};

/// Why a session does not run: a check with its remedy, or something of the machine.
using Stop = std::variant<Problem, Error>;

/// A session that this machine can run, as far as it knows alone.
struct CheckedSession {
  ca::Authority authority;
  mpyc::Session session;
  std::size_t seat = 0;
  SigningKey identity;
  Python python;
  std::string interface;  ///< of the overlay; empty on the channels tls and direct

  [[nodiscard]] const mpyc::Manifest& manifest() const { return session.manifest(); }
  [[nodiscard]] std::string id() const { return to_hex(manifest().session); }
  [[nodiscard]] Seating seating() const {
    return {manifest(), mpyc::fingerprint(session.grant()), seat, identity};
  }
};

/// The first problem in the order of the table, if there is one. Errors: `refused` on the channel
/// `direct` unless it is allowed; files of the host's directory that cannot be read.
[[nodiscard]] Result<CheckedSession, Stop> check_here(const SessionInputs& inputs, Time now);

/// "seat 1 (bob)".
[[nodiscard]] std::string named(const mpyc::Manifest& manifest, std::size_t seat);

/// What of a session is on a list of revocations, if anything: its grant, or a seat's certificate.
[[nodiscard]] std::optional<std::string> revoked_of(const mpyc::Session& session,
                                                    const std::set<Digest>& fingerprints);

/// What the parties say of the members now: `revoked` if none knows one of them any more, or it is
/// another host. Silent parties are told of and prove nothing.
[[nodiscard]] std::optional<Problem> ask_for_members(const ca::Authority& authority,
                                                     const mpyc::Manifest& manifest,
                                                     const Progress& progress);

/// Whether this is MPyC's demo CA, whose key is published (by its subject key identifier).
[[nodiscard]] bool is_demo_authority(std::string_view pem);

}  // namespace jointca::host
