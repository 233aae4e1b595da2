// tests/support/nebula_vectors.h — reads tests/vectors/nebula.
#pragma once

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "base/json_fields.h"

namespace jointca::test {

inline std::string nebula_vector_file(const std::string& name) {
  std::ifstream file(std::string(JOINTCA_SOURCE_DIR) + "/tests/vectors/nebula/" + name);
  std::ostringstream out;
  out << file.rdbuf();
  return out.str();
}

inline JsonObject nebula_vector_object(const std::string& name) {
  return *JsonValue::parse(nebula_vector_file(name), name, std::size_t{1} << 20)->object();
}

struct NebulaCase {
  std::string label;
  std::string ca_pem;
  std::string host_pem;
  std::string fingerprint;  ///< that 1.11.0 computes, or empty if it cannot read the certificate
  bool ok = false;          ///< verdict of 1.11.0
};

inline std::vector<NebulaCase> nebula_cases() {
  std::vector<NebulaCase> out;
  JsonObject file = nebula_vector_object("nebula-cert-cases.json");
  const auto values = file.required("cases")->array();
  for (const JsonValue& value : *values) {
    JsonObject fields = *value.object();
    NebulaCase entry;
    entry.label = *fields.required("label")->text();
    entry.ca_pem = *fields.required("ca_pem")->text(65536);
    entry.host_pem = *fields.required("host_pem")->text(65536);
    const JsonValue name = *fields.required("host_fingerprint_1_11_0");
    if (!name.is_null()) entry.fingerprint = *name.text();
    JsonObject verdict = *fields.required("verify")->object()->required("1.11.0")->object();
    entry.ok = *verdict.required("ok")->boolean();
    out.push_back(entry);
  }
  return out;
}

struct NebulaUpstream {
  std::string v1_certificate, v1_details, v1_fingerprint, v2_details, v2_fingerprint;
  std::string ca_bundle, ca_expired, ca_expired_fingerprint, ca_p256, ca_p256_fingerprint;
  std::vector<std::string> ca_bundle_fingerprints;
};

inline NebulaUpstream upstream() {
  JsonObject file = nebula_vector_object("upstream.json");
  const auto text = [&](std::string_view name) { return *file.required(name)->text(65536); };
  NebulaUpstream out{text("v1_certificate"),
                     text("v1_details"),
                     text("v1_fingerprint"),
                     text("v2_details"),
                     text("v2_fingerprint"),
                     text("ca_bundle"),
                     text("ca_expired"),
                     text("ca_expired_fingerprint"),
                     text("ca_p256"),
                     text("ca_p256_fingerprint"),
                     {}};
  const auto values = file.required("ca_bundle_fingerprints")->array();
  for (const JsonValue& value : *values) out.ca_bundle_fingerprints.push_back(*value.text());
  return out;
}

}  // namespace jointca::test
