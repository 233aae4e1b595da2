// base/assert.h — checks for programmer errors. On in every build: a corrupt CA must not sign.
#pragma once

namespace jointca {

[[noreturn]] void assertion_failed(const char* expression, const char* file, int line) noexcept;

}  // namespace jointca

#define JCA_ASSERT(condition)             \
  (static_cast<bool>(condition) ? void(0) \
                                : ::jointca::assertion_failed(#condition, __FILE__, __LINE__))
