#include "audit/split_view.h"

#include "base/assert.h"

namespace jointca::audit {
namespace {

Unexpected<Error> innocent(const std::string& reason) {
  return failed(Error::Code::verification, "evidence: " + reason);
}

Result<log::NoteVerifier, Error> log_key(const ca::Authority& authority, Identifier party) {
  const ca::Party* owner = authority.party(party.value());
  if (owner == nullptr) return innocent("no such party");
  auto verifier = log::NoteVerifier::parse(owner->card.log_vkey);
  if (!verifier) return innocent("log_vkey: " + verifier.error().text());
  return *std::move(verifier);
}

/// The checkpoint's text and the log's own signature: what others signed proves nothing here, and
/// every byte that stays is verified.
Result<std::string, Error> own_words(std::string_view text, const log::NoteVerifier& key) {
  auto note = log::Note::parse(text);
  if (!note) return innocent("checkpoint: " + note.error().text());
  std::erase_if(note->signatures, [&](const log::NoteSignature& signature) {
    return signature.name != key.name || signature.id != key.id();
  });
  if (note->signatures.empty()) return innocent("a checkpoint is not signed by " + key.name);
  note->signatures.resize(1);
  return note->encode();
}

/// An input that must be exactly the log's words.
Result<log::Checkpoint, Error> stated(const Evidence& evidence, const std::string& name,
                                      const log::NoteVerifier& key) {
  const auto found = evidence.inputs.find(name);
  if (found == evidence.inputs.end()) return innocent("no input " + name);
  const std::string text = to_text(found->second);
  JCA_ASSIGN(const std::string own, own_words(text, key));
  if (own != text) return innocent(name + " has more than the log's own signature");
  JCA_ASSIGN(auto opened, log::open_checkpoint(text, key));
  return std::move(opened.checkpoint);
}

Result<std::vector<Digest>, Error> path_of(const Bytes& bytes) {
  if (bytes.size() % Digest{}.size() != 0 ||
      bytes.size() > (log::proof_hashes_max + 1) * Digest{}.size())
    return innocent("the path is not a list of hashes");
  std::vector<Digest> path;
  for (BytesView rest(bytes); !rest.empty(); rest = rest.subspan(Digest{}.size()))
    path.push_back(*to_array<32>(rest.first(Digest{}.size())));
  return path;
}

Result<Ok, Error> check(const Evidence& evidence, const ca::Authority& authority) {
  if (!evidence.envelopes.empty() || !evidence.headers.empty() || evidence.session != Digest{})
    return innocent("a split view has no messages and no session");
  JCA_ASSIGN(const auto key, log_key(authority, evidence.culprit));
  JCA_ASSIGN(const auto older, stated(evidence, "older", key));
  JCA_ASSIGN(const auto newer, stated(evidence, "newer", key));
  const auto path = evidence.inputs.find("path");
  const bool has_path = path != evidence.inputs.end();
  if (evidence.inputs.size() != (has_path ? 3U : 2U)) return innocent("unexpected inputs");
  if (older.size == newer.size) {
    if (has_path) return innocent("checkpoints of one size need no path");
    if (older.root == newer.root) return innocent("both checkpoints are of one tree");
    return Ok{};
  }
  if (!has_path || older.size > newer.size) return innocent("no path from the older to the newer");
  JCA_ASSIGN(const auto hashes, path_of(path->second));
  const auto root = log::prefix_root(older.size, newer.size, newer.root, hashes);
  if (!root) return innocent("the path is not one of the newer tree");
  if (*root == older.root) return innocent("the older tree is a prefix of the newer");
  return Ok{};
}

}  // namespace

Result<Evidence, Error> split_view_evidence(const ca::Authority& authority, Identifier party,
                                            std::string_view note, std::string_view other_note,
                                            const log::HashReader& hashes) {
  JCA_ASSIGN(const auto key, log_key(authority, party));
  JCA_ASSIGN(std::string older, own_words(note, key));
  JCA_ASSIGN(std::string newer, own_words(other_note, key));
  JCA_ASSIGN(auto first, log::open_checkpoint(older, key));
  JCA_ASSIGN(auto second, log::open_checkpoint(newer, key));
  if (std::tie(second.checkpoint.size, second.checkpoint.root) <
      std::tie(first.checkpoint.size, first.checkpoint.root)) {
    std::swap(older, newer);
    std::swap(first, second);
  }
  Evidence evidence{authority.id, Digest{}, party, std::string(split_view_check), {}, {}, {}};
  evidence.inputs = {{"older", to_bytes(as_bytes(older))}, {"newer", to_bytes(as_bytes(newer))}};
  if (first.checkpoint.size == 0) return innocent("an empty log contradicts no other");
  if (first.checkpoint.size != second.checkpoint.size) {
    JCA_ASSIGN(const auto path,
               log::prefix_path(first.checkpoint.size, second.checkpoint.size, hashes));
    Bytes& bytes = evidence.inputs["path"];
    for (const Digest& hash : path) bytes.insert(bytes.end(), hash.begin(), hash.end());
  }
  JCA_TRY(check(evidence, authority));
  return evidence;
}

EvidenceChecks audit_checks(const ca::Authority& authority) {
  EvidenceChecks checks;
  checks.emplace(
      split_view_check,
      [authority](const Evidence& evidence, const EvidenceContext& context) -> Result<Ok, Error> {
        if (context.authority != authority.id) return innocent("it is of another authority");
        return check(evidence, authority);
      });
  return checks;
}

}  // namespace jointca::audit
