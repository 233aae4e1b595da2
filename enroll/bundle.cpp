#include "enroll/bundle.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "base/json_fields.h"
#include "enroll/fields.h"

namespace jointca::enroll {
namespace {

Parsed<std::string> read_name(const JsonValue& value) {
  JCA_ASSIGN(std::string name, value.text(ca::host_name_bytes_max));
  if (!ca::is_host_name(name)) return value.fail("not a name");
  return name;
}

Parsed<std::string> read_bundle_name(const JsonValue& value) {
  JCA_ASSIGN(std::string name, value.text(ca::host_name_bytes_max));
  if (!ca::is_session_name(name)) return read_name(value);
  return name;
}

Parsed<std::string> read_group(const JsonValue& value) {
  JCA_ASSIGN(std::string group, value.text(ca::group_name_bytes_max));
  if (!ca::is_group_name(group)) return value.fail("not a group name");
  return group;
}

Parsed<ca::Prefix> read_network(const JsonValue& value) {
  JCA_ASSIGN(const std::string text, value.text(64));
  const auto network = ca::Prefix::parse(text);
  if (!network) return value.fail(network.error().reason);
  return *network;
}

template <class T>
Parsed<std::vector<T>> read_list(const Parsed<JsonValue>& field, std::size_t count_max,
                                 Parsed<T> (*read)(const JsonValue&)) {
  JCA_ASSIGN(const JsonValue value, field);
  JCA_ASSIGN(const auto elements, value.array(count_max));
  std::vector<T> out;
  for (const JsonValue& element : elements) {
    JCA_ASSIGN(T item, read(element));
    out.push_back(std::move(item));
  }
  return out;
}

Parsed<Digest> read_digest(const JsonValue& value) {
  JCA_ASSIGN(const std::string text, value.text(64));
  const auto bytes = from_hex(text);
  const auto digest = bytes ? to_array<32>(*bytes) : std::nullopt;
  if (!digest) return value.fail("expected 64 lower-case hexadecimal digits");
  return *digest;
}

Parsed<Time> read_time(const JsonValue& value) {
  JCA_ASSIGN(const std::string text, value.text(32));
  const auto time = time_from_rfc3339(text);
  if (!time) return value.fail(time.error().reason);
  if (unix_seconds(*time) < 0 || unix_seconds(*time) > unix_seconds_max)
    return value.fail("not between 1970 and 9999");
  return *time;
}

Parsed<std::map<ca::Kind, std::string>> read_certificates(const JsonValue& value) {
  JCA_ASSIGN(JsonObject fields, value.object());
  std::map<ca::Kind, std::string> out;
  for (const ca::Kind kind : ca::all_kinds)
    if (const auto certificate = fields.optional(ca::to_text(kind))) {
      JCA_ASSIGN(out[kind], certificate->text(pem_bytes_max));
    }
  JCA_TRY(fields.finish());
  if (out.empty()) return value.fail("no certificate");
  return out;
}

Parsed<std::map<std::string, std::string>> read_proofs(const JsonValue& value) {
  JCA_ASSIGN(JsonObject fields, value.object());
  const std::vector<std::string> names = fields.names();
  if (names.size() > proofs_max) return value.fail("too many");
  std::map<std::string, std::string> out;
  for (const std::string& name : names) {
    if (!is_proof_name(name)) return value.fail("not the name of a proof");
    JCA_ASSIGN(const JsonValue proof, fields.required(name));
    JCA_ASSIGN(out[name], proof.text(pem_bytes_max));
  }
  return out;
}

}  // namespace

bool is_proof_name(std::string_view name) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.';
  };
  return name.size() <= proof_name_bytes_max && name.ends_with(".tlog-proof") && name[0] != '.' &&
         std::all_of(name.begin(), name.end(), plain);
}

std::string bundle_text(const Bundle& bundle) {
  nlohmann::ordered_json out;
  out["status"] = "issued";
  out["request"] = to_hex(bundle.request);
  out["name"] = bundle.name;
  out["networks"] = nlohmann::ordered_json::array();
  for (const ca::Prefix& network : bundle.networks) out["networks"].push_back(network.text());
  out["groups"] = bundle.groups;
  out["not_after"] = to_rfc3339(bundle.not_after);
  if (!bundle.session.empty()) out["session"] = bundle.session;
  for (const auto& [kind, certificate] : bundle.certificates)
    out["certificates"][std::string(ca::to_text(kind))] = certificate;
  out["ca"] = bundle.ca;
  out["signers"] = bundle.signers;
  out["proofs"] = nlohmann::ordered_json::object();
  for (const auto& [name, text] : bundle.proofs) out["proofs"][name] = text;
  return out.dump();
}

Parsed<Bundle> parse_bundle(std::string_view text) {
  JCA_ASSIGN(const JsonValue document, JsonValue::parse(text, "bundle", bundle_bytes_max));
  JCA_ASSIGN(JsonObject fields, document.object());
  JCA_ASSIGN(const JsonValue status, fields.required("status"));
  JCA_ASSIGN(const std::string status_text, status.text(16));
  if (status_text != "issued") return status.fail("expected issued");
  Bundle bundle;
  JCA_ASSIGN(const JsonValue request, fields.required("request"));
  JCA_ASSIGN(bundle.request, read_digest(request));
  JCA_ASSIGN(const JsonValue name, fields.required("name"));
  JCA_ASSIGN(bundle.name, read_bundle_name(name));
  JCA_ASSIGN(bundle.networks,
             read_list(fields.required("networks"), ca::host_networks_max, read_network));
  JCA_ASSIGN(bundle.groups, read_list(fields.required("groups"), ca::host_groups_max, read_group));
  JCA_ASSIGN(const JsonValue not_after, fields.required("not_after"));
  JCA_ASSIGN(bundle.not_after, read_time(not_after));
  if (const auto session = fields.optional("session")) {
    JCA_ASSIGN(bundle.session, session->text(pem_bytes_max));
    if (bundle.session.empty()) return session->fail("no grant");
  } else {
    JCA_ASSIGN(const JsonValue certificates, fields.required("certificates"));
    JCA_ASSIGN(bundle.certificates, read_certificates(certificates));
  }
  if (ca::is_session_name(bundle.name) == bundle.session.empty())
    return name.fail("not of what was issued");
  JCA_ASSIGN(const JsonValue ca, fields.required("ca"));
  JCA_ASSIGN(bundle.ca, ca.text(pem_bytes_max));
  JCA_ASSIGN(bundle.signers, read_list(fields.required("signers"), signers_max, read_name));
  JCA_ASSIGN(const JsonValue proofs, fields.required("proofs"));
  JCA_ASSIGN(bundle.proofs, read_proofs(proofs));
  JCA_TRY(fields.finish());
  return bundle;
}

}  // namespace jointca::enroll
