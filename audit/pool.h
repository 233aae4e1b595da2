// audit/pool.h — memory for millions of small records.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "base/bytes.h"

namespace jointca::audit {

/// A list that grows without moving what it holds: no moment needs half as much again.
template <class T>
class Pool {
 public:
  [[nodiscard]] std::uint32_t size() const { return size_; }
  T& operator[](std::uint32_t at) { return blocks_[at / block][at % block]; }
  const T& operator[](std::uint32_t at) const { return blocks_[at / block][at % block]; }
  /// The index of the new element.
  std::uint32_t add(T value) {
    if (size_ % block == 0) blocks_.push_back(std::make_unique<T[]>(block));
    (*this)[size_] = std::move(value);
    return size_++;
  }

 private:
  static constexpr std::uint32_t block = 4096;
  std::vector<std::unique_ptr<T[]>> blocks_;
  std::uint32_t size_ = 0;
};

/// The place of every key of a list, by open addressing. A slot has the key's hash too, so that few
/// other keys are looked at, and none when the table grows. `seed` keeps whoever chooses the keys
/// from choosing where they fall.
class KeyTable {
 public:
  explicit KeyTable(std::uint64_t seed) : seed_(seed), slots_(1 << 10) {}

  /// The index for which `same(index)` holds among those added under this key; if there is none,
  /// `add()` makes one.
  template <class Same, class Add>
  std::uint32_t find_or_add(const Digest& key, Same same, Add add) {
    if ((size_ + 1) * 2 > slots_.size()) grow();
    const std::uint32_t hash = hash_of(key);
    const std::size_t at = slot_of(hash, same);
    if (slots_[at].index == empty) {
      slots_[at] = {hash, add()};
      ++size_;
    }
    return slots_[at].index;
  }
  template <class Same>
  [[nodiscard]] std::optional<std::uint32_t> find(const Digest& key, Same same) const {
    const std::uint32_t index = slots_[slot_of(hash_of(key), same)].index;
    return index == empty ? std::nullopt : std::optional(index);
  }

 private:
  static constexpr std::uint32_t empty = 0xFFFFFFFF;
  struct Slot {
    std::uint32_t hash = 0;
    std::uint32_t index = empty;
  };
  [[nodiscard]] std::uint32_t hash_of(const Digest& key) const;
  /// Where the key is, or the empty slot where it would be.
  template <class Same>
  [[nodiscard]] std::size_t slot_of(std::uint32_t hash, Same same) const {
    const std::size_t mask = slots_.size() - 1;
    std::size_t at = hash & mask;
    while (slots_[at].index != empty && (slots_[at].hash != hash || !same(slots_[at].index)))
      at = (at + 1) & mask;
    return at;
  }
  void grow();

  std::uint64_t seed_;
  std::vector<Slot> slots_;
  std::size_t size_ = 0;
};

}  // namespace jointca::audit
