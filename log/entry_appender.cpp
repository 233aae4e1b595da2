// log/entry_appender.cpp — the writing half of log/entry_fields.h.
#include "log/entry_fields.h"

namespace jointca::log {

void FieldAppender::key(std::string_view name) {
  if (out_.back() != '{') out_ += ',';
  out_.append("\"").append(name).append("\":");
}

void FieldAppender::quote(std::string_view value) {
  out_ += '"';
  for (const char c : value) {
    if (c == '"' || c == '\\') out_ += '\\';
    out_ += c;
  }
  out_ += '"';
}

void FieldAppender::text(std::string_view name, std::string_view value, std::size_t /*bytes_min*/) {
  key(name);
  quote(value);
}

void FieldAppender::texts(std::string_view name, const std::vector<std::string>& values) {
  key(name);
  out_ += '[';
  for (const std::string& value : values) {
    if (out_.back() != '[') out_ += ',';
    quote(value);
  }
  out_ += ']';
}

void FieldAppender::base64(std::string_view name, BytesView value) { text(name, to_base64(value)); }

void FieldAppender::time(std::string_view name, Time value) { text(name, to_rfc3339(value)); }

void FieldAppender::number(std::string_view name, std::uint32_t value) {
  key(name);
  out_ += std::to_string(value);
}

void FieldAppender::hex(std::string_view name, BytesView value) { text(name, to_hex(value)); }

void FieldAppender::key_hex(std::string_view name, const JointPublicKey& value) {
  hex(name, key_bytes(value));
}

void FieldAppender::optional_hex(std::string_view name, const std::optional<Digest>& value) {
  text(name, value ? to_hex(*value) : "");
}

void FieldAppender::optional_hex(std::string_view name, const std::optional<PublicKey>& value) {
  text(name, value ? to_hex(value->bytes) : "");
}

void FieldAppender::hexes(std::string_view name, const std::vector<Digest>& values) {
  std::vector<std::string> all;
  for (const Digest& value : values) all.push_back(to_hex(value));
  texts(name, all);
}

void FieldAppender::begin_object(std::string_view name) {
  key(name);
  out_ += '{';
}

std::string FieldAppender::finish() && { return std::move(out_) + "}"; }

}  // namespace jointca::log
