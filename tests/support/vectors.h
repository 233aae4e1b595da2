// tests/support/vectors.h — reads tests/vectors, and writes out what is missing there as a failure.
#pragma once

#include <fstream>
#include <sstream>

#include <nlohmann/json.hpp>

#include "base/bytes.h"
#include "crypto/ed25519.h"

namespace jointca::test {

/// The document at `path` below tests/vectors. Throws, and so fails the test, if it is not there.
inline nlohmann::json vector_file(const std::string& path) {
  std::ifstream file(std::string(JOINTCA_SOURCE_DIR) + "/tests/vectors/" + path);
  return nlohmann::json::parse(file);
}

inline Bytes hex_field(const nlohmann::json& object, const char* name) {
  return *from_hex(object.at(name).get<std::string>());
}
inline Point point_field(const nlohmann::json& object, const char* name) {
  return *Point::parse(hex_field(object, name));
}
inline Scalar scalar_field(const nlohmann::json& object, const char* name) {
  return *Scalar::parse(hex_field(object, name));
}
inline SecretScalar secret_field(const nlohmann::json& object, const char* name) {
  return *SecretScalar::parse(hex_field(object, name));
}
inline std::string hex_of(const Scalar& scalar) { return to_hex(scalar.bytes()); }
inline std::string hex_of(const Point& point) { return to_hex(point.bytes()); }
inline std::string hex_of(const SecretScalar& scalar) { return to_hex(scalar.bytes().expose()); }

}  // namespace jointca::test
