// log/note.h — C2SP signed notes (https://c2sp.org/signed-note): a text and signature lines, with
// Ed25519 signatures (type 0x01) and Ed25519 cosignatures (type 0x04,
// https://c2sp.org/tlog-cosignature).
#pragma once

#include <compare>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "crypto/signing_key.h"

namespace jointca::log {

inline constexpr std::size_t note_bytes_max = std::size_t{128} * 1024;
inline constexpr std::size_t note_signatures_max = 100;
inline constexpr std::size_t key_name_bytes_max = 255;

/// How a key signs notes. The number is part of the key id.
enum class NoteKeyType : std::uint8_t {
  ed25519 = 0x01,      ///< 64 bytes over the text
  cosignature = 0x04,  ///< u64 seconds, then 64 bytes over "cosignature/v1\ntime …\n" and the text
};

using NoteKeyId = std::array<std::uint8_t, 4>;

/// SHA-256(name ‖ 0x0A ‖ type ‖ key), its first four bytes. A hint, not an identity: anyone can
/// make another key with the same id.
[[nodiscard]] NoteKeyId note_key_id(std::string_view name, NoteKeyType type, const PublicKey& key);

/// 1 to 255 bytes of UTF-8 without spaces, control characters and '+'.
[[nodiscard]] bool is_note_key_name(std::string_view name);

/// A public key that signs notes, under its name.
struct NoteVerifier {
  std::string name;
  NoteKeyType type = NoteKeyType::ed25519;
  PublicKey key;

  /// "<name>+<8 hex digits of the key id>+<base64(type ‖ key)>". Other key types are refused.
  static Parsed<NoteVerifier> parse(std::string_view vkey);
  [[nodiscard]] std::string text() const;
  [[nodiscard]] NoteKeyId id() const { return note_key_id(name, type, key); }

  bool operator==(const NoteVerifier&) const = default;
};

/// The vkey of an Ed25519 key that signs notes of its own (not cosignatures).
[[nodiscard]] std::string vkey_text(std::string_view name, const PublicKey& key);

/// One signature line. Nothing is verified yet.
struct NoteSignature {
  std::string name;
  NoteKeyId id{};
  Bytes signature;  ///< 1 byte or more, what it means depends on the key

  /// "— <name> <base64(id ‖ signature)>" and a line feed.
  [[nodiscard]] std::string line() const;
  /// Exactly one such line.
  static Parsed<NoteSignature> parse(std::string_view line);
  bool operator==(const NoteSignature&) const = default;
};

struct Note {
  std::string text;  ///< ends in a line feed, which is signed too
  std::vector<NoteSignature> signatures;

  /// Splits at the last empty line. Refuses: bad UTF-8, control characters other than line feed, a
  /// missing line feed at the end, no signature line, malformed lines, bad names. Verifies nothing.
  static Parsed<Note> parse(std::string_view note);
  /// Text, empty line, signature lines. parse() of it gives back an equal note.
  [[nodiscard]] std::string encode() const;
};

/// `text` must be valid as Note::text, and `name` as a key name (else aborts).
[[nodiscard]] NoteSignature sign_note(std::string_view text, std::string_view name,
                                      const SigningKey& key);
/// A cosignature/v1: "as of `time`, the largest consistent tree I have seen for this origin".
[[nodiscard]] NoteSignature cosign_note(std::string_view text, std::string_view name,
                                        const SigningKey& key, Time time);

/// A signature that holds.
struct VerifiedSignature {
  NoteVerifier by;
  std::optional<Time> time;  ///< of a cosignature
};

struct VerifiedNote {
  std::string text;
  /// By distinct verifiers, in the order of the lines; at least one. Count people by by.key: two
  /// verifiers may name one public key.
  std::vector<VerifiedSignature> signatures;

  /// The signature by this key, or null.
  [[nodiscard]] const VerifiedSignature* by(const NoteVerifier& verifier) const;
};

/// Verifies the signatures of the known keys. Lines of unknown keys are ignored; a line of a known
/// key that does not verify spoils the whole note (verification), and so does the absence of any
/// known key. A malformed note is the error `verification` too.
[[nodiscard]] Result<VerifiedNote, Error> verify_note(const Note& note,
                                                      std::span<const NoteVerifier> known);
[[nodiscard]] Result<VerifiedNote, Error> verify_note(std::string_view note,
                                                      std::span<const NoteVerifier> known);

}  // namespace jointca::log
