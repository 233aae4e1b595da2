// crypto/rng.h — where randomness comes from. Passed in as a value so that tests can bend it.
#pragma once

#include <span>

#include "base/bytes.h"
#include "base/secret.h"

namespace jointca {

class Rng {
 public:
  Rng() = default;
  Rng(const Rng&) = delete;
  Rng& operator=(const Rng&) = delete;
  virtual ~Rng() = default;
  virtual void fill(std::span<std::uint8_t> out) = 0;

  template <std::size_t size>
  [[nodiscard]] std::array<std::uint8_t, size> array() {
    std::array<std::uint8_t, size> out{};
    fill(out);
    return out;
  }
  template <std::size_t size>
  [[nodiscard]] Secret<size> secret() {
    return Secret<size>::make([this](std::span<std::uint8_t, size> out) { fill(out); });
  }
};

/// The operating system's generator, through libsodium. Aborts if the system has none.
class SystemRng final : public Rng {
 public:
  SystemRng();
  void fill(std::span<std::uint8_t> out) override;
};

}  // namespace jointca
