// tests/support/seeded_rng.h — a deterministic Rng for tests, and a constant one for bad machines.
#pragma once

#include "crypto/hash.h"
#include "crypto/rng.h"

namespace jointca::test {

/// SHA-512 of seed and counter. Different seeds give different streams.
class SeededRng final : public Rng {
 public:
  explicit SeededRng(std::uint64_t seed) : seed_(seed) {}
  void fill(std::span<std::uint8_t> out) override {
    for (std::uint8_t& byte : out) {
      if (next_ == block_.size()) refill();
      byte = block_[next_++];
    }
  }

  /// An integer below `bound`, biased by nothing that a test could notice.
  [[nodiscard]] std::size_t below(std::size_t bound) {
    std::uint64_t value = 0;
    for (const std::uint8_t byte : array<8>()) value = value << 8 | byte;
    return value % bound;
  }

 private:
  void refill() {
    std::array<std::uint8_t, 16> input{};
    for (std::size_t i = 0; i < 8; ++i) {
      input[i] = static_cast<std::uint8_t>(seed_ >> (8 * i));
      input[8 + i] = static_cast<std::uint8_t>(counter_ >> (8 * i));
    }
    ++counter_;
    block_ = sha512({input});
    next_ = 0;
  }

  std::uint64_t seed_;
  std::uint64_t counter_ = 0;
  Digest64 block_{};
  std::size_t next_ = 64;
};

/// A broken generator: the same byte for ever.
class ConstantRng final : public Rng {
 public:
  explicit ConstantRng(std::uint8_t byte = 0) : byte_(byte) {}
  void fill(std::span<std::uint8_t> out) override { std::fill(out.begin(), out.end(), byte_); }

 private:
  std::uint8_t byte_;
};

}  // namespace jointca::test
