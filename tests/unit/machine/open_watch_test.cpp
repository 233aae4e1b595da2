// tests/unit/machine/open_watch_test.cpp — opening is noticed, of each file, and only from now on.
#include "machine/open_watch.h"

#include <catch2/catch.hpp>

#include "machine/files.h"
#include "tests/support/temp_dir.h"

using namespace jointca;
using namespace jointca::machine;
using std::chrono::milliseconds;

TEST_CASE("every file must be opened, through whichever name") {
  const test::TempDir dir;
  for (const auto* name : {"a", "b"})
    REQUIRE(write_file(dir.file(name), as_bytes("x"), 0600, Overwrite::refuse));
  REQUIRE(write_link("b", dir.file("link")));
  auto watch = OpenWatch::start({dir.file("a"), dir.file("link")});
  REQUIRE(watch);
  CHECK_FALSE(watch->wait_for_all(milliseconds(10)));
  CHECK(read_file(dir.file("a"), 10));
  CHECK_FALSE(watch->wait_for_all(milliseconds(10)));
  CHECK(read_file(dir.file("b"), 10));
  CHECK(watch->wait_for_all(milliseconds(10)));
}

TEST_CASE("a file that is not there cannot be watched") {
  const test::TempDir dir;
  const auto watch = OpenWatch::start({dir.file("none")});
  REQUIRE_FALSE(watch);
  CHECK(watch.error().message.find(dir.file("none")) == 0);
}
