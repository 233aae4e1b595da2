#include "audit/pool.h"

#include <cstring>

namespace jointca::audit {

std::uint32_t KeyTable::hash_of(const Digest& key) const {
  std::uint64_t hash = seed_;
  for (std::size_t i = 0; i < key.size(); i += sizeof hash) {
    std::uint64_t word = 0;
    std::memcpy(&word, key.data() + i, sizeof word);
    hash = (hash ^ word) * 0x9E3779B97F4A7C15;  // 2^64 divided by the golden ratio
    hash ^= hash >> 29;
  }
  return static_cast<std::uint32_t>(hash >> 16);
}

void KeyTable::grow() {
  slots_.assign(slots_.size() * 2, empty);
  for (std::size_t i = 0; i < indices_.size(); ++i) {
    std::size_t at = first_slot(hashes_[i]);
    while (slots_[at] != empty) at = (at + 1) & (slots_.size() - 1);
    slots_[at] = indices_[i];
  }
}

}  // namespace jointca::audit
