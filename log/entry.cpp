#include "log/entry.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "base/json_fields.h"
#include "base/utf8.h"

namespace jointca::log {
namespace {

using Json = nlohmann::ordered_json;

constexpr int entry_version = 1;

Json header(std::string_view type) { return {{"type", type}, {"version", entry_version}}; }

Parsed<std::string> read_text(JsonObject& object, std::string_view name,
                              std::size_t bytes_min = 1) {
  JCA_ASSIGN(const auto value, object.required(name));
  JCA_ASSIGN(auto text, value.text(entry_text_bytes_max));
  if (text.size() < bytes_min) return value.fail("empty");
  if (!is_one_line(text)) return value.fail("control character");
  return text;
}

Parsed<std::vector<std::string>> read_texts(JsonObject& object, std::string_view name) {
  JCA_ASSIGN(const auto list, object.required(name));
  JCA_ASSIGN(const auto values, list.array(entry_names_max));
  std::vector<std::string> texts;
  for (const auto& value : values) {
    JCA_ASSIGN(auto text, value.text(entry_text_bytes_max));
    if (text.empty() || !is_one_line(text)) return value.fail("empty, or control character");
    texts.push_back(std::move(text));
  }
  return texts;
}

template <std::size_t size>
Parsed<std::array<std::uint8_t, size>> read_hex(JsonObject& object, std::string_view name) {
  JCA_ASSIGN(const auto value, object.required(name));
  JCA_ASSIGN(const auto text, value.text(2 * size));
  const auto bytes = from_hex(text);
  const auto fixed = bytes ? to_array<size>(*bytes) : std::nullopt;
  if (!fixed) return value.fail("expected " + std::to_string(size) + " bytes in hexadecimal");
  return *fixed;
}

Parsed<Bytes> read_base64(JsonObject& object, std::string_view name) {
  JCA_ASSIGN(const auto value, object.required(name));
  JCA_ASSIGN(const auto text, value.text(entry_bytes_max));
  auto bytes = from_base64(text);
  if (!bytes || bytes->empty()) return value.fail("expected bytes in base64");
  return *std::move(bytes);
}

Parsed<Time> read_time(JsonObject& object, std::string_view name) {
  JCA_ASSIGN(const auto value, object.required(name));
  JCA_ASSIGN(const auto text, value.text());
  const auto time = time_from_rfc3339(text);
  if (!time) return value.fail(time.error().reason);
  return *time;
}

// One writer and one reader for each type, side by side. The order of the writer is the format.

Json write(const IssueEntry& entry) {
  Json json = header("issue");
  json["authority"] = to_hex(entry.authority);
  json["session"] = to_hex(entry.session);
  json["coordinator"] = entry.coordinator;
  json["signers"] = entry.signers;
  json["request"] = to_hex(entry.request);
  json["host"] = to_hex(entry.host.bytes);
  json["invitation"] = to_hex(entry.invitation.bytes);
  json["kind"] = entry.kind;
  json["subject"] = {{"name", entry.subject.name},
                     {"networks", entry.subject.networks},
                     {"groups", entry.subject.groups},
                     {"not_before", to_rfc3339(entry.subject.not_before)},
                     {"not_after", to_rfc3339(entry.subject.not_after)}};
  json["tbs"] = to_base64(entry.tbs);
  json["r"] = to_hex(entry.r);
  json["approved"] = {{"rule", entry.approved.rule},
                      {"by", entry.approved.by},
                      {"at", to_rfc3339(entry.approved.at)}};
  json["time"] = to_rfc3339(entry.time);
  return json;
}

Parsed<EntrySubject> read_subject(JsonObject& entry) {
  JCA_ASSIGN(const auto value, entry.required("subject"));
  JCA_ASSIGN(auto object, value.object());
  EntrySubject subject;
  JCA_ASSIGN(subject.name, read_text(object, "name"));
  JCA_ASSIGN(subject.networks, read_texts(object, "networks"));
  JCA_ASSIGN(subject.groups, read_texts(object, "groups"));
  JCA_ASSIGN(subject.not_before, read_time(object, "not_before"));
  JCA_ASSIGN(subject.not_after, read_time(object, "not_after"));
  JCA_TRY(object.finish());
  return subject;
}

Parsed<EntryApproval> read_approval(JsonObject& entry) {
  JCA_ASSIGN(const auto value, entry.required("approved"));
  JCA_ASSIGN(auto object, value.object());
  EntryApproval approval;
  JCA_ASSIGN(approval.rule, read_text(object, "rule"));
  JCA_ASSIGN(approval.by, read_text(object, "by"));
  JCA_ASSIGN(approval.at, read_time(object, "at"));
  JCA_TRY(object.finish());
  return approval;
}

Parsed<Entry> read_issue(JsonObject& object) {
  IssueEntry entry;
  JCA_ASSIGN(entry.authority, read_hex<32>(object, "authority"));
  JCA_ASSIGN(entry.session, read_hex<32>(object, "session"));
  JCA_ASSIGN(entry.coordinator, read_text(object, "coordinator"));
  JCA_ASSIGN(entry.signers, read_texts(object, "signers"));
  JCA_ASSIGN(entry.request, read_hex<32>(object, "request"));
  JCA_ASSIGN(entry.host.bytes, read_hex<32>(object, "host"));
  JCA_ASSIGN(entry.invitation.bytes, read_hex<32>(object, "invitation"));
  JCA_ASSIGN(entry.kind, read_text(object, "kind"));
  JCA_ASSIGN(entry.subject, read_subject(object));
  JCA_ASSIGN(entry.tbs, read_base64(object, "tbs"));
  JCA_ASSIGN(entry.r, read_hex<32>(object, "r"));
  JCA_ASSIGN(entry.approved, read_approval(object));
  JCA_ASSIGN(entry.time, read_time(object, "time"));
  return Entry(std::move(entry));
}

Json write(const OutcomeEntry& entry) {
  Json json = header("outcome");
  json["session"] = to_hex(entry.session);
  json["request"] = to_hex(entry.request);
  json["kind"] = entry.kind;
  json["tbs_sha256"] = to_hex(entry.tbs_sha256);
  json["signature"] = to_hex(entry.signature);
  json["fingerprint"] = to_hex(entry.fingerprint);
  json["time"] = to_rfc3339(entry.time);
  return json;
}

Parsed<Entry> read_outcome(JsonObject& object) {
  OutcomeEntry entry;
  JCA_ASSIGN(entry.session, read_hex<32>(object, "session"));
  JCA_ASSIGN(entry.request, read_hex<32>(object, "request"));
  JCA_ASSIGN(entry.kind, read_text(object, "kind"));
  JCA_ASSIGN(entry.tbs_sha256, read_hex<32>(object, "tbs_sha256"));
  JCA_ASSIGN(entry.signature, read_hex<64>(object, "signature"));
  JCA_ASSIGN(entry.fingerprint, read_hex<32>(object, "fingerprint"));
  JCA_ASSIGN(entry.time, read_time(object, "time"));
  return Entry(std::move(entry));
}

Json write(const RefusalEntry& entry) {
  Json json = header("refusal");
  json["session"] = entry.session ? to_hex(*entry.session) : "";
  json["request"] = to_hex(entry.request);
  json["rule"] = entry.rule;
  json["reason"] = entry.reason;
  json["time"] = to_rfc3339(entry.time);
  return json;
}

Parsed<Entry> read_refusal(JsonObject& object) {
  RefusalEntry entry;
  JCA_ASSIGN(const auto session, read_text(object, "session", 0));
  if (!session.empty()) {
    JCA_ASSIGN(entry.session, read_hex<32>(object, "session"));
  }
  JCA_ASSIGN(entry.request, read_hex<32>(object, "request"));
  JCA_ASSIGN(entry.rule, read_text(object, "rule"));
  JCA_ASSIGN(entry.reason, read_text(object, "reason", 0));
  JCA_ASSIGN(entry.time, read_time(object, "time"));
  return Entry(std::move(entry));
}

Json write(const CeremonyEntry& entry) {
  Json json = header("ceremony");
  json["authority"] = to_hex(entry.authority);
  json["epoch"] = entry.epoch;
  json["certificate"] = to_hex(entry.certificate);
  json["group_public_key"] = to_hex(entry.group_public_key.bytes);
  json["parties"] = entry.parties;
  json["time"] = to_rfc3339(entry.time);
  return json;
}

Parsed<Entry> read_ceremony(JsonObject& object) {
  CeremonyEntry entry;
  JCA_ASSIGN(entry.authority, read_hex<32>(object, "authority"));
  JCA_ASSIGN(const auto epoch, object.required("epoch"));
  JCA_ASSIGN(entry.epoch, epoch.integer<std::uint32_t>());
  JCA_ASSIGN(entry.certificate, read_hex<32>(object, "certificate"));
  JCA_ASSIGN(entry.group_public_key.bytes, read_hex<32>(object, "group_public_key"));
  JCA_ASSIGN(entry.parties, read_texts(object, "parties"));
  JCA_ASSIGN(entry.time, read_time(object, "time"));
  return Entry(std::move(entry));
}

Json write(const RevokeEntry& entry) {
  Json json = header("revoke");
  json["authority"] = to_hex(entry.authority);
  json["name"] = entry.name;
  json["host"] = entry.host ? to_hex(entry.host->bytes) : "";
  json["certificates"] = Json::array();
  for (const Digest& certificate : entry.certificates)
    json["certificates"].push_back(to_hex(certificate));
  json["reason"] = entry.reason;
  json["time"] = to_rfc3339(entry.time);
  return json;
}

Parsed<Entry> read_revoke(JsonObject& object) {
  RevokeEntry entry;
  JCA_ASSIGN(entry.authority, read_hex<32>(object, "authority"));
  JCA_ASSIGN(entry.name, read_text(object, "name"));
  JCA_ASSIGN(const auto host, read_text(object, "host", 0));
  if (!host.empty()) {
    entry.host.emplace();
    JCA_ASSIGN(entry.host->bytes, read_hex<32>(object, "host"));
  }
  JCA_ASSIGN(const auto certificates, read_texts(object, "certificates"));
  for (const std::string& certificate : certificates) {
    const auto bytes = from_hex(certificate);
    const auto digest = bytes ? to_array<32>(*bytes) : std::nullopt;
    if (!digest) return malformed("entry.certificates", "expected 32 bytes in hexadecimal");
    entry.certificates.push_back(*digest);
  }
  JCA_ASSIGN(entry.reason, read_text(object, "reason"));
  JCA_ASSIGN(entry.time, read_time(object, "time"));
  return Entry(std::move(entry));
}

Parsed<Entry> read_entry(const std::string& type, JsonObject& object) {
  if (type == "issue") return read_issue(object);
  if (type == "outcome") return read_outcome(object);
  if (type == "refusal") return read_refusal(object);
  if (type == "ceremony") return read_ceremony(object);
  if (type == "revoke") return read_revoke(object);
  return malformed("entry.type", "unknown type");
}

/// Never fails: bytes that are not UTF-8 become U+FFFD, which encode() then notices.
std::string canonical_text(const Entry& entry) {
  const Json json = std::visit([](const auto& one) { return write(one); }, entry);
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

Parsed<Bytes> encode(const Entry& entry) {
  Bytes text = to_bytes(canonical_text(entry));
  JCA_ASSIGN(const Entry back, parse_entry(text));
  if (back != entry) return malformed("entry", "a value that cannot be written");
  return text;
}

Parsed<Entry> parse_entry(BytesView text) {
  const std::string_view view(reinterpret_cast<const char*>(text.data()), text.size());
  JCA_ASSIGN(const auto document, JsonValue::parse(view, "entry", entry_bytes_max));
  JCA_ASSIGN(auto object, document.object());
  JCA_ASSIGN(const auto type, read_text(object, "type"));
  JCA_ASSIGN(const auto version, object.required("version"));
  JCA_TRY(version.integer<int>(entry_version, entry_version));
  JCA_ASSIGN(Entry entry, read_entry(type, object));
  JCA_TRY(object.finish());
  if (canonical_text(entry) != view) return malformed("entry", "not in canonical form");
  return entry;
}

}  // namespace jointca::log
