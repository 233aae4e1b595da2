#include "log/note.h"

#include <algorithm>
#include <limits>

#include "base/assert.h"
#include "base/codec.h"
#include "base/utf8.h"
#include "crypto/hash.h"

namespace jointca::log {
namespace {

constexpr std::string_view line_start = "\xE2\x80\x94 ";  // U+2014, space

/// The White_Space property of Unicode.
bool is_space(char32_t point) {
  return (point >= 0x09 && point <= 0x0D) || point == 0x20 || point == 0x85 || point == 0xA0 ||
         point == 0x1680 || (point >= 0x2000 && point <= 0x200A) || point == 0x2028 ||
         point == 0x2029 || point == 0x202F || point == 0x205F || point == 0x3000;
}

bool has_forbidden_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<std::uint8_t>(c) < 0x20 && c != '\n'; });
}

bool is_note_text(std::string_view text) {
  return text.ends_with('\n') && is_utf8(text) && !has_forbidden_control(text);
}

std::string cosigned_message(std::string_view text, std::uint64_t seconds) {
  return "cosignature/v1\ntime " + std::to_string(seconds) + "\n" + std::string(text);
}

Parsed<NoteSignature> parse_line(std::string_view line, const std::string& where) {
  if (!line.starts_with(line_start)) return malformed(where, "not a signature line");
  line.remove_prefix(line_start.size());
  const auto space = line.find(' ');
  if (space == std::string_view::npos) return malformed(where, "no signature after the name");
  const auto name = line.substr(0, space);
  if (!is_note_key_name(name)) return malformed(where, "not a key name");
  const auto blob = from_base64(line.substr(space + 1));
  NoteSignature signature;
  if (!blob || blob->size() <= signature.id.size())
    return malformed(where, "expected base64 of a key id and a signature");
  signature.name = name;
  std::copy_n(blob->begin(), signature.id.size(), signature.id.begin());
  signature.signature.assign(blob->begin() + std::ssize(signature.id), blob->end());
  return signature;
}

/// The verified signature, or nothing if it does not hold.
std::optional<VerifiedSignature> check(const NoteVerifier& verifier, std::string_view text,
                                       BytesView signature) {
  if (verifier.type == NoteKeyType::ed25519) {
    const auto bytes = to_array<64>(signature);
    if (!bytes || !verify(verifier.key, as_bytes(text), *bytes)) return std::nullopt;
    return VerifiedSignature{verifier, std::nullopt};
  }
  Reader in(signature);
  const auto seconds = in.integer<std::uint64_t>();
  const auto bytes = to_array<64>(signature.last(in.remaining()));
  if (!seconds || !bytes || !std::in_range<std::int64_t>(*seconds)) return std::nullopt;
  if (!verify(verifier.key, as_bytes(cosigned_message(text, *seconds)), *bytes))
    return std::nullopt;
  return VerifiedSignature{verifier, time_from_unix(static_cast<std::int64_t>(*seconds))};
}

}  // namespace

NoteKeyId note_key_id(std::string_view name, NoteKeyType type, const PublicKey& key) {
  const std::uint8_t separator[] = {'\n', static_cast<std::uint8_t>(type)};
  const Digest digest = sha256({as_bytes(name), separator, key.bytes});
  return *to_array<4>(BytesView(digest).first(4));
}

bool is_note_key_name(std::string_view name) {
  if (name.empty() || name.size() > key_name_bytes_max) return false;
  while (!name.empty()) {
    const auto point = take_character(name);
    if (!point || *point < 0x20 || *point == '+' || is_space(*point)) return false;
  }
  return true;
}

Parsed<NoteVerifier> NoteVerifier::parse(std::string_view vkey) {
  const auto first = vkey.find('+');
  const auto second = first == std::string_view::npos ? first : vkey.find('+', first + 1);
  if (second == std::string_view::npos) return malformed("vkey", "expected name+id+key");
  const auto name = vkey.substr(0, first);
  if (!is_note_key_name(name)) return malformed("vkey", "not a key name");
  const auto encoded_key = vkey.substr(second + 1);
  if (encoded_key.size() > 64) return malformed("vkey", "too long");
  const auto blob = from_base64(encoded_key);
  if (!blob || blob->empty()) return malformed("vkey", "expected base64 of a key");

  const auto type = static_cast<NoteKeyType>(blob->front());
  if (type != NoteKeyType::ed25519 && type != NoteKeyType::cosignature)
    return malformed("vkey", "this type of key is not supported");
  const auto key = to_array<32>(BytesView(*blob).subspan(1));
  if (!key) return malformed("vkey", "expected a key of 32 bytes");

  NoteVerifier verifier{std::string(name), type, PublicKey{*key}};
  if (to_hex(verifier.id()) != vkey.substr(first + 1, second - first - 1))
    return malformed("vkey", "the key id does not belong to the key");
  return verifier;
}

std::string NoteVerifier::text() const {
  Bytes blob{static_cast<std::uint8_t>(type)};
  blob.insert(blob.end(), key.bytes.begin(), key.bytes.end());
  return name + "+" + to_hex(id()) + "+" + to_base64(blob);
}

std::string vkey_text(std::string_view name, const PublicKey& key) {
  JCA_ASSERT(is_note_key_name(name));
  return NoteVerifier{std::string(name), NoteKeyType::ed25519, key}.text();
}

Parsed<Note> Note::parse(std::string_view note) {
  if (note.size() > note_bytes_max) return malformed("note", "too long");
  if (!is_utf8(note)) return malformed("note", "not UTF-8");
  if (has_forbidden_control(note)) return malformed("note", "control character");
  const auto split = note.rfind("\n\n");
  if (split == std::string_view::npos) return malformed("note", "no empty line before signatures");

  Note parsed;
  parsed.text = note.substr(0, split + 1);
  auto lines = note.substr(split + 2);
  if (!lines.ends_with('\n')) return malformed("note", "no signature line with a line feed");
  while (!lines.empty()) {
    const auto number = parsed.signatures.size() + 1;
    if (number > note_signatures_max) return malformed("note", "too many signatures");
    const auto end = lines.find('\n');
    JCA_ASSIGN(auto signature,
               parse_line(lines.substr(0, end), "note signature " + std::to_string(number)));
    parsed.signatures.push_back(std::move(signature));
    lines.remove_prefix(end + 1);
  }
  return parsed;
}

std::string NoteSignature::line() const {
  Bytes blob(id.begin(), id.end());
  blob.insert(blob.end(), signature.begin(), signature.end());
  return std::string(line_start) + name + " " + to_base64(blob) + "\n";
}

Parsed<NoteSignature> NoteSignature::parse(std::string_view line) {
  if (!line.ends_with('\n')) return malformed("signature line", "no line feed at its end");
  return parse_line(line.substr(0, line.size() - 1), "signature line");
}

std::string Note::encode() const {
  std::string out = text + "\n";
  for (const auto& line : signatures) out += line.line();
  return out;
}

NoteSignature sign_note(std::string_view text, std::string_view name, const SigningKey& key) {
  JCA_ASSERT(is_note_text(text) && is_note_key_name(name));
  const auto signature = key.sign(as_bytes(text));
  return {std::string(name), note_key_id(name, NoteKeyType::ed25519, key.public_key()),
          to_bytes(signature)};
}

NoteSignature cosign_note(std::string_view text, std::string_view name, const SigningKey& key,
                          Time time) {
  JCA_ASSERT(is_note_text(text) && is_note_key_name(name) && unix_seconds(time) >= 0);
  const auto seconds = static_cast<std::uint64_t>(unix_seconds(time));
  const auto signature = key.sign(as_bytes(cosigned_message(text, seconds)));
  return {std::string(name), note_key_id(name, NoteKeyType::cosignature, key.public_key()),
          std::move(Writer().integer(seconds).bytes(signature)).take()};
}

const VerifiedSignature* VerifiedNote::by(const NoteVerifier& verifier) const {
  const auto found = std::find_if(signatures.begin(), signatures.end(),
                                  [&](const auto& signature) { return signature.by == verifier; });
  return found == signatures.end() ? nullptr : &*found;
}

Result<VerifiedNote, Error> verify_note(const Note& note, std::span<const NoteVerifier> known) {
  VerifiedNote verified{note.text, {}};
  for (const auto& line : note.signatures) {
    bool ours = false;
    std::optional<VerifiedSignature> held;
    for (const auto& verifier : known) {
      if (held || verifier.name != line.name || verifier.id() != line.id) continue;
      ours = true;
      held = check(verifier, note.text, line.signature);
    }
    if (!ours) continue;
    if (!held)
      return failed(Error::Code::verification,
                    "the signature of " + line.name + " on a note does not hold");
    if (verified.by(held->by) == nullptr) verified.signatures.push_back(*std::move(held));
  }
  if (verified.signatures.empty())
    return failed(Error::Code::verification, "the note has no signature by a known key");
  return verified;
}

Result<VerifiedNote, Error> verify_note(std::string_view note,
                                        std::span<const NoteVerifier> known) {
  const auto parsed = Note::parse(note);
  if (!parsed) return failed(Error::Code::verification, parsed.error().text());
  return verify_note(*parsed, known);
}

}  // namespace jointca::log
