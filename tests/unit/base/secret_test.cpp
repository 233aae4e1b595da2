// tests/unit/base/secret_test.cpp — a secret has one owner and is gone when it was moved.
#include "base/secret.h"

#include <type_traits>

#include <catch2/catch.hpp>

using namespace jointca;

namespace {

Secret<4> four(std::uint8_t byte) {
  return Secret<4>::make([&](auto out) { std::fill(out.begin(), out.end(), byte); });
}

template <class T>
concept comparable = requires(const T& a, const T& b) {
  a == b;
};

}  // namespace

TEST_CASE("secrets are moved, never copied, and have no ==") {
  STATIC_REQUIRE_FALSE(std::is_copy_constructible_v<Secret<4>>);
  STATIC_REQUIRE_FALSE(std::is_copy_assignable_v<Secret<4>>);
  STATIC_REQUIRE(std::is_nothrow_move_constructible_v<Secret<4>>);
  STATIC_REQUIRE_FALSE(std::is_default_constructible_v<Secret<4>>);
  STATIC_REQUIRE_FALSE(std::is_copy_constructible_v<SecretBytes>);
  STATIC_REQUIRE_FALSE(comparable<Secret<4>>);
  STATIC_REQUIRE_FALSE(comparable<SecretBytes>);
}

TEST_CASE("moving hands the bytes over and wipes the source") {
  Secret<4> source = four(7);
  const std::span<const std::uint8_t, 4> place = source.expose();
  Secret<4> target = std::move(source);
  CHECK(to_hex(target.expose()) == "07070707");
  CHECK(to_hex(place) == "00000000");
  Secret<4> other = four(9);
  other = std::move(target);
  CHECK(to_hex(other.expose()) == "07070707");
}

TEST_CASE("secrets compare by content, and a duplicate is equal") {
  const Secret<4> seven = four(7);
  CHECK(seven.equals_ct(four(7)));
  CHECK_FALSE(seven.equals_ct(four(8)));
  CHECK(seven.equals_ct(seven.duplicate()));
}

TEST_CASE("secret bytes move with their content") {
  SecretBytes source(Bytes{1, 2, 3});
  SecretBytes target = std::move(source);
  CHECK(to_hex(target.expose()) == "010203");
  SecretBytes other(Bytes{9});
  other = std::move(target);
  CHECK(to_hex(other.expose()) == "010203");
}
