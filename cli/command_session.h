// cli/command_session.h — `jointca session new`, `review`, `sign` and `grant`: the members of an
// MPyC session agree on what they run, and the parties grant it. docs/formats/session.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace jointca::cli {

struct SessionNewOptions {
  std::string dir;                       ///< the host's
  std::string program;                   ///< within the working folder
  std::vector<std::string> arguments{};  ///< of the program
  std::vector<std::string> files{};      ///< modules and data that must agree
  std::vector<std::string> members{};    ///< NAME or NAME=ADDRESS, in seat order
  std::string channel{};
  std::optional<std::uint16_t> threshold{};  ///< default: the largest below half
  std::uint16_t port = 11365;                ///< MPyC's own default
  std::uint16_t meeting_port = 12365;
  std::string window = "2h";
  std::string python = "python3";
  std::string out{};
  bool force = false;
  bool json = false;
};
/// Writes a manifest of what this machine has, for the members as the parties know them.
int session_new(const SessionNewOptions& options);

struct SessionFileOptions {
  std::string file;  ///< a manifest; "-": standard input
  std::string dir;   ///< the host's
  std::string python = "python3";
  std::string out{};  ///< of `sign`
  bool force = false;
  bool json = false;
};
/// Prints what the manifest says, and how this machine differs: 0 if it does not, else 5.
int session_review(const SessionFileOptions& options);
/// Writes this host's consent, unless the machine differs in what will not change by itself.
int session_sign(const SessionFileOptions& options);

struct SessionGrantOptions {
  std::string manifest;                 ///< "-": standard input
  std::vector<std::string> consents{};  ///< files, in any order
  std::string dir;                      ///< the host's
  std::string timeout = "10m";          ///< for operators who have to decide
  std::string out{};
  bool force = false;
  bool json = false;
};
/// Asks the parties for the grant, checks it, and writes the granted session.
int session_grant(const SessionGrantOptions& options);

}  // namespace jointca::cli
