// crypto/ct.h — tells valgrind what is secret, so that a test sees every branch and every table
// access that depends on it (tests/unit/crypto/poisoned.cpp). Outside valgrind: a few no-ops.
#pragma once

#include <cstdint>
#include <span>

#if __has_include(<valgrind/memcheck.h>)
#include <valgrind/memcheck.h>
#endif

namespace jointca::ct {

#ifdef VALGRIND_MAKE_MEM_UNDEFINED
inline constexpr bool available = true;
/// From here on a branch on these bytes is reported.
template <class T>
void poison(std::span<T> memory) {
  VALGRIND_MAKE_MEM_UNDEFINED(memory.data(), memory.size_bytes());
}
/// These bytes are public from here on: they are about to be sent, or are uniform and used once.
template <class T>
void declassify(std::span<T> memory) {
  VALGRIND_MAKE_MEM_DEFINED(memory.data(), memory.size_bytes());
}
#else
inline constexpr bool available = false;
template <class T>
void poison(std::span<T>) {}
template <class T>
void declassify(std::span<T>) {}
#endif

/// All ones for a secret bit 1, zero for 0. The compiler does not see that there are only two
/// values: clang 14 at -O2 makes branches of masks whose origin it knows.
[[nodiscard]] inline std::uint64_t mask(std::uint64_t bit) {
  std::uint64_t out = std::uint64_t{0} - bit;
  __asm__("" : "+r"(out));
  return out;
}

}  // namespace jointca::ct
