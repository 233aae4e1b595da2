// tests/unit/log/support.h — what the tests of the log share: vectors, numbered leaves, stores.
#pragma once

#include <fstream>
#include <iterator>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "crypto/signing_key.h"
#include "log/tile.h"
#include "log/tree.h"

namespace jointca::log::test {

inline std::string vector_file(const std::string& name) {
  std::ifstream in(JOINTCA_SOURCE_DIR "/tests/vectors/tlog/" + name, std::ios::binary);
  if (!in) throw std::runtime_error("no vector file " + name);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline nlohmann::json vector_json(const std::string& name) {
  return nlohmann::json::parse(vector_file(name));
}

inline Digest digest_from_hex(const std::string& hex) {
  return to_array<32>(from_hex(hex).value()).value();
}

inline std::vector<Digest> digests_from_hex(const nlohmann::json& list) {
  std::vector<Digest> digests;
  for (const auto& hex : list) digests.push_back(digest_from_hex(hex));
  return digests;
}

inline SigningKey key_from_hex(const std::string& seed) {
  const auto bytes = from_hex(seed).value();
  return SigningKey(
      Secret<32>::make([&](auto out) { std::copy(bytes.begin(), bytes.end(), out.begin()); }));
}

inline SigningKey test_key(std::uint8_t number) {
  return SigningKey(Secret<32>::make([&](auto out) { std::fill(out.begin(), out.end(), number); }));
}

/// The leaves of tile-boundaries.json: leaf i is the decimal of i.
inline Bytes numbered_entry(std::uint64_t index) { return to_bytes(std::to_string(index)); }

/// A log of `size` numbered entries, in memory.
struct NumberedLog final : EntryReader {
  explicit NumberedLog(std::uint64_t size) {
    for (std::uint64_t i = 0; i < size; ++i)
      hashes.write(tree.append(hash_leaf(numbered_entry(i))));
  }
  [[nodiscard]] Result<Bytes, Error> entry(std::uint64_t index) const override {
    return index < tree.size() ? Result<Bytes, Error>(numbered_entry(index))
                               : failed("no such entry");
  }

  Tree tree;
  MemoryHashes hashes;
};

}  // namespace jointca::log::test
