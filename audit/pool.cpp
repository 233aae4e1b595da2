#include "audit/pool.h"

#include <cstring>
#include <utility>

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
  const std::vector<Slot> all = std::exchange(slots_, std::vector<Slot>(slots_.size() * 2));
  for (const Slot& slot : all)
    if (slot.index != empty) slots_[slot_of(slot.hash, [](auto) { return false; })] = slot;
}

}  // namespace jointca::audit
