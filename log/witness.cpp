#include "log/witness.h"

#include <algorithm>

#include "base/assert.h"
#include "log/lines.h"

namespace jointca::log {
namespace {

constexpr std::string_view old_size_prefix = "old ";

/// The log's line that holds, or nothing: also if another line of the same key does not hold.
std::optional<NoteSignature> verified_line(const Note& note, const NoteVerifier& log_key) {
  if (!verify_note(note, std::span(&log_key, 1))) return std::nullopt;
  const auto line = std::find_if(note.signatures.begin(), note.signatures.end(), [&](auto& known) {
    return known.name == log_key.name && known.id == log_key.id();
  });
  JCA_ASSERT(line != note.signatures.end());
  return *line;
}

bool is_consistent(const AddCheckpoint& request, const WitnessedTree& last) {
  const auto& [origin, size, root] = request.checkpoint;
  if (size == 0 && root != empty_root()) return false;
  if (last.size == 0) return request.proof.empty();
  return verify_consistency(last.size, size, last.root, root, request.proof);
}

}  // namespace

Parsed<AddCheckpoint> AddCheckpoint::parse(std::string_view body) {
  if (body.size() > note_bytes_max) return malformed("add-checkpoint", "too long");
  AddCheckpoint request;
  auto line = take_line(body);
  if (!line || !line->starts_with(old_size_prefix))
    return malformed("add-checkpoint line 1", "expected old and a size");
  const auto old_size = parse_decimal(line->substr(old_size_prefix.size()), size_max);
  if (!old_size) return malformed("add-checkpoint line 1", "expected a size");
  request.old_size = *old_size;

  for (line = take_line(body); line && !line->empty(); line = take_line(body)) {
    const auto where = "add-checkpoint line " + std::to_string(request.proof.size() + 2);
    if (request.proof.size() == proof_hashes_max) return malformed(where, "too many hashes");
    const auto bytes = line->size() <= 44 ? from_base64(*line) : std::nullopt;
    const auto hash = bytes ? to_array<32>(*bytes) : std::nullopt;
    if (!hash) return malformed(where, "expected base64 of a hash");
    request.proof.push_back(*hash);
  }
  if (!line) return malformed("add-checkpoint", "no empty line before the checkpoint");
  JCA_ASSIGN(request.note, Note::parse(body));
  JCA_ASSIGN(request.checkpoint, Checkpoint::parse_form(request.note.text));
  return request;
}

std::string AddCheckpoint::encode() const {
  std::string out = std::string(old_size_prefix) + std::to_string(old_size) + "\n";
  for (const Digest& hash : proof) out += to_base64(hash) + "\n";
  return out + "\n" + note.encode();
}

WitnessDecision decide(const AddCheckpoint& request, const NoteVerifier& log_key,
                       const WitnessedTree& last) {
  const auto& [origin, size, root] = request.checkpoint;
  JCA_ASSERT(origin == log_key.name);
  auto line = verified_line(request.note, log_key);
  if (!line) return {403, "no valid signature of the log's key", {}};
  if (request.old_size > size) return {400, "the old size is above the checkpoint's", {}};
  if (request.old_size != last.size) return {409, std::to_string(last.size), {}};
  if (size == last.size && root != last.root)
    return {422, "another root was cosigned for this size", {}};
  if (!is_consistent(request, last)) return {422, "the consistency proof does not hold", {}};
  return {200, "", std::move(line)};
}

}  // namespace jointca::log
