// base/result.h — a value, or the reason there is none.
//
// The subset of std::expected (C++23) that this project uses, with two differences on purpose: the
// type itself is [[nodiscard]], so a dropped error does not compile, and reading the wrong side
// aborts instead of being undefined. docs/decisions/0001-result-type.md says why it is our own.
#pragma once

#include <concepts>
#include <utility>
#include <variant>

#include "base/assert.h"

namespace jointca {

/// Marks a value as the error side of a Result.
template <class E>
struct Unexpected {
  E error;
};
template <class E>
Unexpected(E) -> Unexpected<E>;

/// The value of an operation that only succeeds or fails.
struct Ok {};

template <class T, class E>
class [[nodiscard]] Result {
 public:
  using value_type = T;
  using error_type = E;

  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT: implicit
  template <std::convertible_to<E> G>
  Result(Unexpected<G> unexpected)  // NOLINT: implicit
      : state_(std::in_place_index<1>, std::move(unexpected.error)) {}

  [[nodiscard]] bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }

  [[nodiscard]] T& operator*() & { return checked<0>(state_); }
  [[nodiscard]] const T& operator*() const& { return checked<0>(state_); }
  [[nodiscard]] T&& operator*() && { return std::move(checked<0>(state_)); }
  [[nodiscard]] T* operator->() { return &checked<0>(state_); }
  [[nodiscard]] const T* operator->() const { return &checked<0>(state_); }
  [[nodiscard]] const E& error() const& { return checked<1>(state_); }
  [[nodiscard]] E&& error() && { return std::move(checked<1>(state_)); }

 private:
  template <std::size_t index, class State>
  static auto& checked(State& state) {
    JCA_ASSERT(state.index() == index);
    return *std::get_if<index>(&state);
  }

  std::variant<T, E> state_;
};

}  // namespace jointca

#define JCA_CAT2(a, b) a##b
#define JCA_CAT(a, b) JCA_CAT2(a, b)

/// Returns the error of `expression` to our caller, if it has one.
#define JCA_TRY(expression)                                        \
  do {                                                             \
    if (auto jca_result = (expression); !jca_result)               \
      return ::jointca::Unexpected{std::move(jca_result).error()}; \
  } while (false)

/// JCA_ASSIGN(auto point, Point::parse(bytes)) — declares `point`, or returns the error.
#define JCA_ASSIGN(declaration, expression)                                          \
  auto JCA_CAT(jca_result_, __LINE__) = (expression);                                \
  if (!JCA_CAT(jca_result_, __LINE__))                                               \
    return ::jointca::Unexpected{std::move(JCA_CAT(jca_result_, __LINE__)).error()}; \
  declaration = *std::move(JCA_CAT(jca_result_, __LINE__))
