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

/// The place of every key of a list, by open addressing: four bytes for each, besides the list.
/// `seed` keeps whoever chooses the keys from choosing where they fall.
class KeyTable {
 public:
  explicit KeyTable(std::uint64_t seed) : seed_(seed), slots_(1 << 10, empty) {}

  /// The index for which `same(index)` holds among those added under this key; if there is none,
  /// `add()` makes one.
  template <class Same, class Add>
  std::uint32_t find_or_add(const Digest& key, Same same, Add add) {
    if ((indices_.size() + 1) * 2 > slots_.size()) grow();
    const std::uint32_t hash = hash_of(key);
    std::size_t at = first_slot(hash);
    for (; slots_[at] != empty; at = (at + 1) & (slots_.size() - 1))
      if (same(slots_[at])) return slots_[at];
    slots_[at] = add();
    hashes_.push_back(hash);
    indices_.push_back(slots_[at]);
    return slots_[at];
  }
  template <class Same>
  [[nodiscard]] std::optional<std::uint32_t> find(const Digest& key, Same same) const {
    for (std::size_t at = first_slot(hash_of(key)); slots_[at] != empty;
         at = (at + 1) & (slots_.size() - 1))
      if (same(slots_[at])) return slots_[at];
    return std::nullopt;
  }

 private:
  static constexpr std::uint32_t empty = 0xFFFFFFFF;
  [[nodiscard]] std::uint32_t hash_of(const Digest& key) const;
  [[nodiscard]] std::size_t first_slot(std::uint32_t hash) const {
    return hash & (slots_.size() - 1);
  }
  void grow();

  std::uint64_t seed_;
  std::vector<std::uint32_t> slots_;
  std::vector<std::uint32_t> hashes_, indices_;  ///< of what was added, to grow without the keys
};

}  // namespace jointca::audit
