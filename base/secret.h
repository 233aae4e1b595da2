// base/secret.h — bytes that are wiped, moved but never copied, and never compared with ==.
//
// Wiping covers what we hold. Swap and core dumps are covered once for the whole process, library
// buffers included: daemon/harden.h.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>

#include <sodium/utils.h>

#include "base/assert.h"
#include "base/bytes.h"
#include "base/move_only.h"

namespace jointca {

/// `size` bytes of secret, stored in place. Moving wipes the source; reading a moved-from Secret
/// aborts, so a consumed nonce can never be read as zero.
template <std::size_t size>
class Secret {
 public:
  /// Fills a fresh secret in place; `write` receives the buffer, so no copy stays behind.
  template <class Write>
  [[nodiscard]] static Secret make(Write&& write) {
    Secret secret;
    std::forward<Write>(write)(std::span<std::uint8_t, size>(secret.bytes_));
    return secret;
  }

  Secret(Secret&& other) noexcept { take(other); }
  Secret& operator=(Secret&& other) noexcept {
    if (this != &other) take(other);
    return *this;
  }
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret() { sodium_memzero(bytes_.data(), size); }

  bool operator==(const Secret&) const = delete;

  [[nodiscard]] bool equals_ct(const Secret& other) const {
    return sodium_memcmp(expose().data(), other.expose().data(), size) == 0;
  }

  /// A deliberate second copy, for a value that two owners need. Reviewed like expose().
  [[nodiscard]] Secret duplicate() const {
    return make([this](auto out) { std::copy(expose().begin(), expose().end(), out.begin()); });
  }

  /// The one way to the bytes. Every call is reviewed: `grep -rn 'expose()'`.
  [[nodiscard]] std::span<const std::uint8_t, size> expose() const {
    JCA_ASSERT(live_);
    return bytes_;
  }

 private:
  Secret() = default;

  void take(Secret& other) {
    bytes_ = other.bytes_;
    live_ = std::exchange(other.live_, false);
    sodium_memzero(other.bytes_.data(), size);
  }

  std::array<std::uint8_t, size> bytes_{};
  bool live_ = true;
};

/// Secret bytes of a length known only at run time: a passphrase, an encoded key package.
class SecretBytes : MoveOnly {
 public:
  SecretBytes() = default;
  explicit SecretBytes(Bytes&& bytes) : bytes_(std::move(bytes)) {}
  SecretBytes(SecretBytes&&) noexcept = default;
  SecretBytes& operator=(SecretBytes&& other) noexcept {
    if (this != &other) {
      wipe();
      bytes_ = std::move(other.bytes_);
    }
    return *this;
  }
  ~SecretBytes() { wipe(); }

  [[nodiscard]] BytesView expose() const { return bytes_; }

 private:
  void wipe() { sodium_memzero(bytes_.data(), bytes_.size()); }

  Bytes bytes_;  // never grows after construction, so no reallocation leaves a copy
};

/// Wipes a text that another function filled: a key in base64, the output of a program.
inline void wipe(std::string& text) { sodium_memzero(text.data(), text.size()); }

}  // namespace jointca
