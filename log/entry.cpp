#include "log/entry.h"

#include "log/entry_fields.h"

namespace jointca::log {
namespace {

constexpr std::uint32_t entry_version = 1;

// The layouts, for reading and for writing. Their order is the format.

template <class Fields>
void layout(Fields& fields, typename Fields::template Field<EntrySubject> subject) {
  fields.begin_object("subject");
  fields.text("name", subject.name);
  fields.texts("networks", subject.networks);
  fields.texts("groups", subject.groups);
  fields.time("not_before", subject.not_before);
  fields.time("not_after", subject.not_after);
  fields.end_object();
}

template <class Fields>
void layout(Fields& fields, typename Fields::template Field<EntryApproval> approved) {
  fields.begin_object("approved");
  fields.text("rule", approved.rule);
  fields.text("by", approved.by);
  fields.time("at", approved.at);
  fields.end_object();
}

template <class Fields>
void layout(Fields& fields, typename Fields::template Field<IssueEntry> entry) {
  fields.hex("authority", entry.authority);
  fields.hex("session", entry.session);
  fields.text("coordinator", entry.coordinator);
  fields.texts("signers", entry.signers);
  fields.hex("request", entry.request);
  fields.hex("host", entry.host.bytes);
  fields.hex("invitation", entry.invitation.bytes);
  fields.text("basis", entry.basis);
  fields.text("kind", entry.kind);
  layout(fields, entry.subject);
  fields.base64("tbs", entry.tbs);
  fields.hex("r", entry.r);
  layout(fields, entry.approved);
  fields.time("time", entry.time);
}

template <class Fields>
void layout(Fields& fields, typename Fields::template Field<OutcomeEntry> entry) {
  fields.hex("session", entry.session);
  fields.hex("request", entry.request);
  fields.text("kind", entry.kind);
  fields.hex("tbs_sha256", entry.tbs_sha256);
  fields.hex("signature", entry.signature);
  fields.hex("fingerprint", entry.fingerprint);
  fields.time("time", entry.time);
}

template <class Fields>
void layout(Fields& fields, typename Fields::template Field<RefusalEntry> entry) {
  fields.optional_hex("session", entry.session);
  fields.hex("request", entry.request);
  fields.text("rule", entry.rule);
  fields.text("reason", entry.reason, 0);
  fields.time("time", entry.time);
}

template <class Fields>
void layout(Fields& fields, typename Fields::template Field<CeremonyEntry> entry) {
  fields.hex("authority", entry.authority);
  fields.number("epoch", entry.epoch);
  fields.hex("certificate", entry.certificate);
  fields.key_hex("group_public_key", entry.group_public_key);
  fields.texts("parties", entry.parties);
  fields.time("time", entry.time);
}

template <class Fields>
void layout(Fields& fields, typename Fields::template Field<RevokeEntry> entry) {
  fields.hex("authority", entry.authority);
  fields.text("name", entry.name);
  fields.optional_hex("host", entry.host);
  fields.hexes("certificates", entry.certificates);
  fields.text("reason", entry.reason);
  fields.time("time", entry.time);
}

std::string_view type_of(const IssueEntry&) { return "issue"; }
std::string_view type_of(const OutcomeEntry&) { return "outcome"; }
std::string_view type_of(const RefusalEntry&) { return "refusal"; }
std::string_view type_of(const CeremonyEntry&) { return "ceremony"; }
std::string_view type_of(const RevokeEntry&) { return "revoke"; }

/// What the layout cannot say.
template <class One>
void check(FieldScanner&, const One&) {}

void check(FieldScanner& fields, const IssueEntry& entry) {
  if (entry.basis != "invitation" && entry.basis != "renewal" && entry.basis != "consents")
    fields.fail("basis", "neither \"invitation\" nor \"renewal\" nor \"consents\"");
}

template <class One>
Parsed<Entry> read(FieldScanner& fields) {
  One entry;
  layout(fields, entry);
  check(fields, entry);
  JCA_TRY(fields.finish());
  return Entry(std::move(entry));
}

}  // namespace

Parsed<Bytes> encode(const Entry& entry) {
  const std::string text = std::visit(
      [](const auto& one) {
        FieldAppender fields;
        fields.text("type", type_of(one));
        fields.number("version", entry_version);
        layout(fields, one);
        return std::move(fields).finish();
      },
      entry);
  JCA_ASSIGN(const Entry back, parse_entry(as_bytes(text)));
  if (back != entry) return malformed("entry", "a value that cannot be written");
  return to_bytes(text);
}

Parsed<Entry> parse_entry(BytesView text) {
  const std::string_view view(reinterpret_cast<const char*>(text.data()), text.size());
  FieldScanner fields(view, "entry");
  std::string type;
  std::uint32_t version = 0;
  fields.text("type", type);
  fields.number("version", version);
  if (version != entry_version) fields.fail("version", "unknown version");
  if (type == "issue") return read<IssueEntry>(fields);
  if (type == "outcome") return read<OutcomeEntry>(fields);
  if (type == "refusal") return read<RefusalEntry>(fields);
  if (type == "ceremony") return read<CeremonyEntry>(fields);
  if (type == "revoke") return read<RevokeEntry>(fields);
  fields.fail("type", "unknown type");
  JCA_TRY(fields.finish());
  return malformed("entry.type", "unknown type");
}

}  // namespace jointca::log
