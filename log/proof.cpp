#include "log/proof.h"

#include "log/lines.h"

namespace jointca::log {
namespace {

constexpr std::string_view header = "c2sp.org/tlog-proof@v1";

std::optional<std::string_view> after(std::string_view line, std::string_view prefix) {
  if (!line.starts_with(prefix)) return std::nullopt;
  return line.substr(prefix.size());
}

}  // namespace

std::string TlogProof::encode() const {
  std::string out = std::string(header) + "\n";
  if (extra && !extra->empty()) out += "extra " + to_base64(*extra) + "\n";
  out += "index " + std::to_string(index) + "\n";
  for (const Digest& hash : hashes) out += to_base64(hash) + "\n";
  return out + "\n" + checkpoint;
}

Parsed<TlogProof> TlogProof::parse(std::string_view text) {
  if (text.size() > proof_bytes_max) return malformed("proof", "too long");
  if (take_line(text) != header) return malformed("proof", "not a tlog-proof, version 1");
  TlogProof proof;

  auto line = take_line(text);
  if (const auto extra = line ? after(*line, "extra ") : std::nullopt) {
    if (extra->size() > proof_extra_bytes_max) return malformed("proof extra", "too long");
    proof.extra = from_base64(*extra);
    if (!proof.extra || proof.extra->empty()) return malformed("proof extra", "expected base64");
    line = take_line(text);
  }

  const auto number = line ? after(*line, "index ") : std::nullopt;
  const auto index = number ? parse_decimal(*number, size_max - 1) : std::nullopt;
  if (!index) return malformed("proof", "expected an index");
  proof.index = *index;

  for (line = take_line(text); line && !line->empty(); line = take_line(text)) {
    const auto where = "proof hash " + std::to_string(proof.hashes.size() + 1);
    if (proof.hashes.size() == proof_hashes_max) return malformed(where, "too many hashes");
    const auto bytes = line->size() <= 44 ? from_base64(*line) : std::nullopt;
    const auto hash = bytes ? to_array<32>(*bytes) : std::nullopt;
    if (!hash) return malformed(where, "expected base64 of a hash");
    proof.hashes.push_back(*hash);
  }
  if (!line) return malformed("proof", "no empty line before the checkpoint");
  JCA_TRY(Note::parse(text));
  proof.checkpoint = text;
  return proof;
}

Result<VerifiedCheckpoint, Error> verify_proof(const TlogProof& proof, const Digest& leaf_hash,
                                               const NoteVerifier& log_key,
                                               std::span<const NoteVerifier> cosigners) {
  JCA_ASSIGN(auto opened, open_checkpoint(proof.checkpoint, log_key, cosigners));
  const auto& [origin, size, root] = opened.checkpoint;
  if (!verify_inclusion(proof.index, size, leaf_hash, proof.hashes, root))
    return failed(Error::Code::verification, "the entry is not in the log " + origin +
                                                 " at index " + std::to_string(proof.index));
  return opened;
}

}  // namespace jointca::log
