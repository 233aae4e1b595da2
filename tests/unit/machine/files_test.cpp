// tests/unit/machine/files_test.cpp — a file is there whole, with its mode, or as it was before.
#include "machine/files.h"

#include <filesystem>

#include <catch2/catch.hpp>
#include <sys/stat.h>

#include "tests/support/temp_dir.h"

using namespace jointca;
using namespace jointca::machine;

namespace {

unsigned mode_of(const std::string& path) {
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 07777U;
}

std::size_t entries_of(const std::string& directory) {
  const std::filesystem::directory_iterator all(directory);
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

}  // namespace

TEST_CASE("a file is written with its mode and nothing is left beside it") {
  const test::TempDir dir;
  REQUIRE(write_file(dir.file("secret"), as_bytes("one"), 0600, Overwrite::refuse));
  REQUIRE(write_file(dir.file("public"), as_bytes("two"), 0644, Overwrite::refuse));
  CHECK(mode_of(dir.file("secret")) == 0600);
  CHECK(mode_of(dir.file("public")) == 0644);
  CHECK(to_text(*read_file(dir.file("secret"), 3)) == "one");
  CHECK(entries_of(dir.path()) == 2);
}

TEST_CASE("a file that exists is kept unless overwriting is allowed") {
  const test::TempDir dir;
  const std::string path = dir.file("f");
  REQUIRE(write_file(path, as_bytes("old"), 0644, Overwrite::refuse));
  const auto refused = write_file(path, as_bytes("new"), 0644, Overwrite::refuse);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message.find(path) == 0);
  CHECK(to_text(*read_file(path, 100)) == "old");
  REQUIRE(write_file(path, as_bytes("new"), 0600, Overwrite::allow));
  CHECK(to_text(*read_file(path, 100)) == "new");
  CHECK(mode_of(path) == 0600);
}

TEST_CASE("overwriting replaces the name, so that a reader of the old file is not disturbed") {
  const test::TempDir dir;
  const std::string path = dir.file("f");
  REQUIRE(write_file(path, as_bytes("old"), 0644, Overwrite::allow));
  std::filesystem::create_hard_link(path, dir.file("reader"));
  REQUIRE(write_file(path, as_bytes("new"), 0644, Overwrite::allow));
  CHECK(to_text(*read_file(dir.file("reader"), 100)) == "old");
}

TEST_CASE("a write that fails leaves nothing behind") {
  const test::TempDir dir;
  CHECK_FALSE(write_file(dir.file("missing/f"), as_bytes("x"), 0600, Overwrite::allow));
  std::filesystem::create_directory(dir.file("d"));
  CHECK_FALSE(write_file(dir.file("d"), as_bytes("x"), 0600, Overwrite::allow));
  CHECK(entries_of(dir.path()) == 1);
}

TEST_CASE("reading names the file that is missing or too large") {
  const test::TempDir dir;
  REQUIRE(write_file(dir.file("f"), Bytes(100, 7), 0600, Overwrite::refuse));
  CHECK(read_file(dir.file("f"), 100)->size() == 100);
  CHECK(read_file(dir.file("f"), 99).error().message == dir.file("f") + ": larger than 99 bytes");
  CHECK(read_file(dir.file("g"), 99).error().message.find(dir.file("g") + ": ") == 0);
}

TEST_CASE("a private directory is made for its owner alone, and refused if others may enter") {
  const test::TempDir dir;
  REQUIRE(make_private_directory(dir.file("d")));
  CHECK(mode_of(dir.file("d")) == 0700);
  CHECK(make_private_directory(dir.file("d")));
  for (const unsigned mode : {0710U, 0701U, 0755U, 0770U}) {
    ::chmod(dir.file("d").c_str(), mode);
    CHECK_FALSE(make_private_directory(dir.file("d")));
  }
  REQUIRE(write_file(dir.file("f"), {}, 0600, Overwrite::refuse));
  CHECK_FALSE(make_private_directory(dir.file("f")));
  CHECK_FALSE(make_private_directory(dir.file("no/d")));
}

TEST_CASE("removing a file that is not there succeeds") {
  const test::TempDir dir;
  REQUIRE(write_file(dir.file("f"), {}, 0600, Overwrite::refuse));
  CHECK(file_exists(dir.file("f")));
  CHECK(remove_file(dir.file("f")));
  CHECK_FALSE(file_exists(dir.file("f")));
  CHECK(remove_file(dir.file("f")));
}

TEST_CASE("a link is made and replaced in one step") {
  const test::TempDir dir;
  REQUIRE(write_file(dir.file("one"), as_bytes("1"), 0600, Overwrite::refuse));
  REQUIRE(write_link("one", dir.file("link")));
  CHECK(read_link(dir.file("link")) == "one");
  CHECK(to_text(*read_file(dir.file("link"), 9)) == "1");
  REQUIRE(write_link("two", dir.file("link")));
  CHECK(read_link(dir.file("link")) == "two");
  CHECK_FALSE(read_link(dir.file("one")));
  CHECK_FALSE(read_link(dir.file("none")));
  REQUIRE(make_directory(dir.file("d"), 0755));
  CHECK(mode_of(dir.file("d")) == 0755);
  CHECK(make_directory(dir.file("d"), 0755));
  CHECK_FALSE(make_directory(dir.file("one"), 0755));
  CHECK_FALSE(make_directory(dir.file("no/d"), 0755));
  CHECK_FALSE(write_link("one", dir.file("d")));
}
