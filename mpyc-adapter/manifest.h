// mpyc-adapter/manifest.h — what the members of an MPyC session agree on before any of them starts:
// seats, program, options, versions, channel, window. Layout: docs/formats/session.md.
//
// A manifest has one text, and its digest is the SHA-256 of that text, so that `sha256sum` tells
// it.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "ca/network.h"
#include "crypto/signing_key.h"

namespace jointca::mpyc {

inline constexpr std::size_t manifest_bytes_max = std::size_t{64} * 1024;
/// PRSS keeps C(m, t) keys: with more parties they do not fit a memory.
inline constexpr std::size_t seats_max = 20;
inline constexpr std::size_t arguments_max = 64;
inline constexpr std::size_t argument_bytes_max = 1024;
inline constexpr std::size_t files_max = 256;
inline constexpr std::size_t path_bytes_max = 255;
inline constexpr Duration window_max{7 * 86400};
inline constexpr std::uint16_t port_min = 1024;

/// How the parties of MPyC reach each other.
enum class Channel : std::uint8_t { direct, tls, wireguard, nebula };
/// "direct", "tls", "wireguard", "nebula".
[[nodiscard]] std::string_view channel_name(Channel channel);
[[nodiscard]] std::optional<Channel> channel_from_name(std::string_view name);

/// One party of MPyC; its number is its place in the manifest.
struct Seat {
  std::string name;           ///< of the host
  PublicKey identity;         ///< the host's identity key, with which it consents
  ca::IpAddress address;      ///< in the overlay, or for tls and direct where it is reached
  std::uint16_t port = 0;     ///< on which MPyC listens, if it does
  std::uint16_t meeting = 0;  ///< on which jointca listens, so that all meet before MPyC runs

  bool operator==(const Seat&) const = default;
};

/// What MPyC calls its parameters: with one that differs parties hang, crash or compute nonsense.
struct Options {
  std::uint16_t threshold = 0;    ///< -T: so many parties learn nothing together
  std::uint16_t bit_length = 32;  ///< -L
  std::uint16_t security = 30;    ///< -K: leakage probability 2^−K
  bool prss = true;               ///< false: --no-prss
  bool asynchronous = true;       ///< false: --no-async
  bool mix32_64bit = false;       ///< true: --mix32-64bit

  bool operator==(const Options&) const = default;
};

struct File {
  std::string path;  ///< within the working folder
  Digest sha256{};

  auto operator<=>(const File&) const = default;
};

struct Program {
  File main;                           ///< what python runs
  std::vector<File> files;             ///< modules and data that must agree, by path
  std::vector<std::string> arguments;  ///< of the program, none of them an option of MPyC

  bool operator==(const Program&) const = default;
};

struct PythonVersion {
  std::uint16_t major = 0;
  std::uint16_t minor = 0;

  /// "3.11".
  [[nodiscard]] std::string text() const;
  auto operator<=>(const PythonVersion&) const = default;
};

struct Runtime {
  std::string mpyc;  ///< version: "0.11"
  Digest package{};  ///< tree_digest() of its installed *.py files
  PythonVersion python_min;
  PythonVersion python_max;  ///< included

  bool operator==(const Runtime&) const = default;
};

/// After which a member gives up.
struct Deadlines {
  Duration connect{60};  ///< until all are connected
  Duration idle{600};    ///< without a byte from any party
  Duration total{3600};  ///< of the whole run

  bool operator==(const Deadlines&) const = default;
};

struct Manifest {
  Digest authority{};
  std::array<std::uint8_t, 16> session{};  ///< random; also names the session: hexadecimal
  Time not_before;                         ///< included
  Time not_after;                          ///< from then on it has ended
  std::uint64_t revocations = 0;  ///< number of the list that its author had: members need no older
  Channel channel = Channel::nebula;
  std::vector<Seat> seats;
  Options options;
  Program program;
  Runtime runtime;
  Deadlines deadlines;
  bool compare_results = false;  ///< members tell each other a digest of what the program printed

  bool operator==(const Manifest&) const = default;
};

/// The text: JSON, indented, with a line feed at the end.
[[nodiscard]] std::string to_json(const Manifest& manifest);

/// Accepts exactly what to_json() writes, of manifests that keep all rules: 1 to seats_max seats,
/// no name, identity, or address with a port twice; paths in the working folder; no argument that
/// MPyC takes for its own; a threshold below half, and above zero from three parties on; every
/// length and time within its limits. The error names the field.
[[nodiscard]] Parsed<Manifest> parse_manifest(std::string_view text);

/// The place of the host with this identity key, if it has a seat.
[[nodiscard]] std::optional<std::size_t> seat_of(const Manifest& manifest,
                                                 const PublicKey& identity);
/// Whether `time` is not before not_before and before not_after.
[[nodiscard]] bool in_window(const Manifest& manifest, Time time);

/// SHA-256 of the text.
[[nodiscard]] Digest digest(const Manifest& manifest);

/// What holds, but its members should know: "everyone sees all inputs …". Sentences.
[[nodiscard]] std::vector<std::string> warnings(const Manifest& manifest);

/// SHA-256 of what `sha256sum` prints of the files in this order: 64 digits, two spaces, path, line
/// feed. The files by path.
[[nodiscard]] Digest tree_digest(const std::vector<File>& files);

/// 1 to path_bytes_max bytes: components of letters, digits, '-', '_' and '.', none of which begins
/// with '.' or '-'; no leading '/'. So it stays in the working folder.
[[nodiscard]] bool is_path(std::string_view text);

/// Whether MPyC would take this argument of a program for an option of its own, as argparse does:
/// with its abbreviations. Also true of "--", and of a dash before neither letter nor number.
[[nodiscard]] bool is_mpyc_option(std::string_view argument);

}  // namespace jointca::mpyc
