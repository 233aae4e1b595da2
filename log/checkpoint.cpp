#include "log/checkpoint.h"

#include <algorithm>

#include "base/assert.h"
#include "base/utf8.h"
#include "log/lines.h"

namespace jointca::log {

std::string Checkpoint::text() const {
  return origin + "\n" + std::to_string(size) + "\n" + to_base64(root) + "\n";
}

Parsed<Checkpoint> Checkpoint::parse(std::string_view text) {
  JCA_ASSIGN(auto checkpoint, parse_form(text));
  if (checkpoint.size == 0 && checkpoint.root != empty_root())
    return malformed("checkpoint line 3", "not the root of an empty log");
  return checkpoint;
}

Parsed<Checkpoint> Checkpoint::parse_form(std::string_view text) {
  const auto origin = take_line(text);
  if (!origin || origin->empty() || origin->size() > key_name_bytes_max || !is_one_line(*origin))
    return malformed("checkpoint line 1", "expected an origin");
  const auto size_line = take_line(text);
  const auto size = size_line ? parse_decimal(*size_line, size_max) : std::nullopt;
  if (!size) return malformed("checkpoint line 2", "expected a size");
  const auto root_line = take_line(text);
  const auto root_bytes =
      root_line && root_line->size() <= 44 ? from_base64(*root_line) : std::nullopt;
  const auto root = root_bytes ? to_array<32>(*root_bytes) : std::nullopt;
  if (!root) return malformed("checkpoint line 3", "expected base64 of a root");
  if (!text.empty()) return malformed("checkpoint line 4", "unexpected extension");
  return Checkpoint{std::string(*origin), *size, *root};
}

std::string sign_checkpoint(const Checkpoint& checkpoint, const SigningKey& log_key) {
  JCA_ASSERT(checkpoint.size <= size_max);
  const std::string text = checkpoint.text();
  return Note{text, {sign_note(text, checkpoint.origin, log_key)}}.encode();
}

Result<VerifiedCheckpoint, Error> open_checkpoint(std::string_view note, std::string_view origin,
                                                  const NoteVerifier& log_key,
                                                  std::span<const NoteVerifier> cosigners) {
  std::vector<NoteVerifier> known{log_key};
  known.insert(known.end(), cosigners.begin(), cosigners.end());
  JCA_ASSIGN(auto verified, verify_note(note, known));
  if (verified.by(log_key) == nullptr)
    return failed(Error::Code::verification, "the checkpoint is not signed by " + log_key.name);

  auto checkpoint = Checkpoint::parse(verified.text);
  if (!checkpoint) return failed(Error::Code::verification, checkpoint.error().text());
  if (checkpoint->origin != origin)
    return failed(Error::Code::verification, "the checkpoint is of the log " + checkpoint->origin +
                                                 ", not of " + std::string(origin));
  VerifiedCheckpoint opened{*std::move(checkpoint), {}};
  for (auto& signature : verified.signatures) {
    const bool counted =
        std::any_of(opened.cosignatures.begin(), opened.cosignatures.end(),
                    [&](const auto& other) { return other.by.key == signature.by.key; });
    if (!counted && signature.by.key != log_key.key)
      opened.cosignatures.push_back(std::move(signature));
  }
  return opened;
}

}  // namespace jointca::log
