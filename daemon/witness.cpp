#include "daemon/witness.h"

#include <algorithm>

#include <soci/soci.h>

#include "crypto/hash.h"
#include "daemon/store.h"

namespace jointca::daemon {
namespace {

using transport::HttpResponse;

constexpr std::string_view prefix = "/witness/";
constexpr std::string_view checkpoint_suffix = "/checkpoint";

HttpResponse text(unsigned status, std::string body) {
  return {status,
          "text/plain; charset=utf-8",
          std::move(body),
          {{"Access-Control-Allow-Origin", "*"}, {"Cache-Control", "no-store"}}};
}

std::string stored_note(soci::session& sql, const std::string& name) {
  std::string note;
  sql << "select note from witnessed where name = :n", soci::use(name), soci::into(note);
  return note;
}

/// What the stored note says. Nothing if it is not what this witness signed: then it must not sign
/// anything else for that log.
std::optional<log::WitnessedTree> tree_of(const std::string& note,
                                          const log::NoteVerifier& witness) {
  if (note.empty()) return log::WitnessedTree{};
  const auto verified = log::verify_note(note, std::span(&witness, 1));
  const auto checkpoint = verified ? log::Checkpoint::parse(verified->text)
                                   : malformed("witnessed", verified.error().message);
  if (!checkpoint) return std::nullopt;
  return log::WitnessedTree{checkpoint->size, checkpoint->root};
}

}  // namespace

Witness::Witness(Store& store, SigningKey key, std::string name, std::function<Time()> clock)
    : store_(store),
      key_(std::move(key)),
      verifier_{std::move(name), log::NoteKeyType::cosignature, key_.public_key()},
      clock_(std::move(clock)) {}

std::optional<HttpResponse> Witness::answer(const transport::HttpRequest& request) {
  std::string_view path = request.target;
  if (!path.starts_with(prefix)) return std::nullopt;
  path.remove_prefix(prefix.size());
  if (request.method == "POST" && path == "add-checkpoint") return add(request.body);
  const bool reads = request.method == "GET" || request.method == "HEAD";
  if (!reads || !path.ends_with(checkpoint_suffix)) return std::nullopt;
  path.remove_suffix(checkpoint_suffix.size());
  return newest(path);
}

HttpResponse Witness::add(const std::string& body) {
  const auto request = log::AddCheckpoint::parse(body);
  if (!request) return text(400, request.error().text() + "\n");
  const std::string& origin = request->checkpoint.origin;
  const auto known = std::find_if(logs_.begin(), logs_.end(),
                                  [&](const auto& log) { return log.key.name == origin; });
  if (known == logs_.end()) return text(404, "this log is not witnessed here\n");

  const std::string name = to_hex(sha256(as_bytes(origin)));
  log::WitnessDecision decision{500, "what was cosigned before cannot be read", {}};
  log::NoteSignature cosignature;
  const auto stored = store_.transact([&](soci::session& sql) {
    const auto last = tree_of(stored_note(sql, name), verifier_);
    if (!last) return;
    decision = log::decide(*request, known->key, *last);
    if (decision.status != 200) return;
    cosignature = log::cosign_note(request->note.text, verifier_.name, key_, clock_());
    const std::string note = log::Note{request->note.text, {*decision.valid, cosignature}}.encode();
    sql << "insert or replace into witnessed (name, origin, note) values (:h, :o, :n)",
        soci::use(name), soci::use(origin), soci::use(note);
  });
  if (!stored) return text(500, "the checkpoint cannot be stored\n");
  if (decision.status == 200) return text(200, cosignature.line());
  HttpResponse refusal = text(decision.status, decision.reason + "\n");
  if (decision.status == 409) refusal.content_type = log::tree_size_content_type;
  return refusal;
}

HttpResponse Witness::newest(std::string_view hex_sha256_of_origin) const {
  const std::string name(hex_sha256_of_origin);
  std::string note;
  if (!store_.read([&](soci::session& sql) { note = stored_note(sql, name); }))
    return text(500, "the checkpoint cannot be read\n");
  if (note.empty()) return text(404, "no checkpoint of that log was cosigned here\n");
  return text(200, std::move(note));
}

}  // namespace jointca::daemon
