// tests/unit/base/result_test.cpp — a value or a reason, and the two macros that pass a reason on.
#include "base/result.h"

#include <memory>
#include <string>

#include <catch2/catch.hpp>

#include "base/error.h"

using namespace jointca;

namespace {

Result<int, std::string> positive(int value) {
  if (value <= 0) return Unexpected{std::string("not positive")};
  return value;
}

Result<int, std::string> sum(int a, int b, int& evaluated) {
  JCA_ASSIGN(const int first, positive(a));
  ++evaluated;
  JCA_TRY(positive(b));
  ++evaluated;
  return first + b;
}

}  // namespace

TEST_CASE("a result is a value or an error, and says which") {
  CHECK(positive(3));
  CHECK(*positive(3) == 3);
  CHECK_FALSE(positive(0));
  CHECK(positive(0).error() == "not positive");
}

TEST_CASE("the macros stop at the first error") {
  int evaluated = 0;
  CHECK(*sum(1, 2, evaluated) == 3);
  CHECK(evaluated == 2);
  evaluated = 0;
  CHECK(sum(0, 2, evaluated).error() == "not positive");
  CHECK(evaluated == 0);
  CHECK(sum(1, 0, evaluated).error() == "not positive");
  CHECK(evaluated == 1);
}

TEST_CASE("a result carries a value that can only be moved") {
  const auto make = []() -> Result<std::unique_ptr<int>, std::string> {
    return std::make_unique<int>(7);
  };
  const auto pass = [&]() -> Result<int, std::string> {
    JCA_ASSIGN(const auto pointer, make());
    return *pointer;
  };
  CHECK(*pass() == 7);
}

TEST_CASE("value and error of one type stay apart") {
  const Result<std::string, std::string> value(std::string("yes"));
  const Result<std::string, std::string> error(Unexpected{std::string("no")});
  CHECK(value);
  CHECK(*value == "yes");
  CHECK_FALSE(error);
  CHECK(error.error() == "no");
}

TEST_CASE("errors say where and why, and failures have an exit status") {
  CHECK(ParseError{"byte 3", "truncated"}.text() == "byte 3: truncated");
  CHECK(ParseError{"", "truncated"}.text() == "truncated");
  CHECK(failed("x").error.code == Error::Code::failed);
  CHECK(static_cast<int>(failed(Error::Code::unreachable, "x").error.code) == 4);
}
