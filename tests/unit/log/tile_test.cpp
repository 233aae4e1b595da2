// tests/unit/log/tile_test.cpp — paths, tiles, bundles and the static export.
#include "log/tile.h"

#include <set>

#include <catch2/catch.hpp>

#include "log/checkpoint.h"
#include "tests/unit/log/support.h"

namespace jointca::log {
namespace {

using Kind = TileId::Kind;
using test::NumberedLog;

TEST_CASE("paths are those of tlog-tiles, and round-trip") {
  struct Case {
    TileId tile;
    std::string path;
  };
  const std::vector<Case> cases{
      {{Kind::hashes, 0, 0, 256}, "tile/0/000"},
      {{Kind::hashes, 0, 999, 256}, "tile/0/999"},
      {{Kind::hashes, 0, 1000, 256}, "tile/0/x001/000"},
      {{Kind::hashes, 0, 1234067, 256}, "tile/0/x001/x234/067"},
      {{Kind::hashes, 1, 0, 17}, "tile/1/000.p/17"},
      {{Kind::entries, 0, 273, 112}, "tile/entries/273.p/112"},
      {{Kind::entries, 0, 1000000, 255}, "tile/entries/x001/x000/000.p/255"},
      {{Kind::hashes, 7, 0, 64}, "tile/7/000.p/64"},
  };
  for (const auto& [tile, path] : cases) {
    CHECK(tile.path() == path);
    REQUIRE(TileId::parse(path));
    CHECK(*TileId::parse(path) == tile);
  }
}

TEST_CASE("paths in any other form are refused") {
  for (const char* path :
       {"",
        "tile",
        "tile/0",
        "tile/0/",
        "tile/0/0",
        "tile/0/00",
        "tile/0/0000",
        "tile/0/1000",
        "tile/0/x000/001",
        "tile/0/001/000",
        "tile/0/x001/x000",
        "tile/0/x001",
        "tile/0/000/",
        "tile/0//000",
        "/tile/0/000",
        "tile/00/000",
        "tile/8/000",
        "tile/-1/000",
        "tile/0/abc",
        "tile/0/000.p",
        "tile/0/000.p/",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/012",
        "tile/0/000.p/12/",
        "tile/0/000.p/1.p/1",
        "tile/entries/x1/000",
        "tile/data/000",
        "tile/entries/000?",
        "tile/0/../000",
        "tile/7/000",
        "tile/7/000.p/65",
        "tile/7/001.p/1",
        "tile/0/x999/x999/x999/x999/x999/x999/999",
        "checkpoint",
        "tile/0/x999/x999/x999/x999/x999/x999/x999/x999/x999/x999/x999/x999/x999/x999/999"}) {
    INFO(path);
    CHECK_FALSE(TileId::parse(path));
  }
}

TEST_CASE("a tree of 70000 leaves has the tiles of the specification's example") {
  std::map<std::string, std::size_t> full;
  std::set<std::string> partial;
  REQUIRE(for_each_tile(70000, [&](const TileId& tile) -> Result<Ok, Error> {
    CHECK(has_tile(70000, tile));
    const auto row = tile.kind == Kind::entries ? "entries" : std::to_string(tile.level);
    if (tile.width == tile_width)
      ++full[row];
    else
      partial.insert(tile.path());
    return Ok{};
  }));
  CHECK(full == std::map<std::string, std::size_t>{{"entries", 273}, {"0", 273}, {"1", 1}});
  CHECK(partial == std::set<std::string>{"tile/entries/273.p/112", "tile/0/273.p/112",
                                         "tile/1/001.p/17", "tile/2/000.p/1"});
}

TEST_CASE("a tile that became full leaves no empty partial behind") {
  std::vector<std::string> paths;
  REQUIRE(for_each_tile(256, [&](const TileId& tile) -> Result<Ok, Error> {
    paths.push_back(tile.path());
    return Ok{};
  }));
  CHECK(paths == std::vector<std::string>{"tile/entries/000", "tile/0/000", "tile/1/000.p/1"});
  REQUIRE(for_each_tile(0, [](const TileId&) -> Result<Ok, Error> { return failed("none"); }));
}

TEST_CASE("a tree has the tiles up to its size and every shorter partial of them") {
  CHECK(has_tile(257, {Kind::hashes, 0, 0, 256}));
  CHECK(has_tile(257, {Kind::entries, 0, 0, 3}));
  CHECK(has_tile(257, {Kind::hashes, 0, 1, 1}));
  CHECK(has_tile(257, {Kind::hashes, 1, 0, 1}));
  CHECK_FALSE(has_tile(257, {Kind::hashes, 0, 1, 2}));
  CHECK_FALSE(has_tile(257, {Kind::entries, 0, 2, 1}));
  CHECK_FALSE(has_tile(257, {Kind::hashes, 1, 0, 2}));
  CHECK_FALSE(has_tile(255, {Kind::hashes, 1, 0, 1}));
  CHECK_FALSE(has_tile(0, {Kind::hashes, 0, 0, 1}));
}

TEST_CASE("a tile has the hashes of its level, and a partial one is a prefix") {
  const NumberedLog log(600);
  const auto full = tile_bytes({Kind::hashes, 0, 1, 256}, log.hashes);
  REQUIRE(full);
  CHECK(full->size() == 8192);
  CHECK(equal(BytesView(*full).subspan(64, 32), hash_leaf(test::numbered_entry(258))));
  const auto partial = tile_bytes({Kind::hashes, 0, 1, 10}, log.hashes);
  REQUIRE(partial);
  CHECK(equal(*partial, BytesView(*full).first(320)));

  const auto upper = tile_bytes({Kind::hashes, 1, 0, 2}, log.hashes);
  REQUIRE(upper);
  CHECK(equal(BytesView(*upper).first(32), *root(256, log.hashes)));
  CHECK_FALSE(tile_bytes({Kind::hashes, 0, 2, 256}, log.hashes));
}

TEST_CASE("a bundle has each entry behind its length") {
  struct Three final : EntryReader {
    [[nodiscard]] Result<Bytes, Error> entry(std::uint64_t index) const override {
      const std::string_view entries[] = {"one", "two", "three"};
      return to_bytes(entries[index]);
    }
  };
  const auto bundle = bundle_bytes({Kind::entries, 0, 0, 3}, Three());
  REQUIRE(bundle);
  CHECK(to_hex(*bundle) == "00036f6e65000374776f00057468726565");
  CHECK(parse_bundle(*bundle, 3)->at(2) == to_bytes("three"));
  CHECK_FALSE(parse_bundle(*bundle, 2));
  CHECK_FALSE(parse_bundle(*bundle, 4));
  CHECK_FALSE(parse_bundle(BytesView(*bundle).first(bundle->size() - 1), 3));
}

TEST_CASE("an entry that no length prefix can hold is not bundled") {
  struct Long final : EntryReader {
    explicit Long(std::size_t length) : length_(length) {}
    [[nodiscard]] Result<Bytes, Error> entry(std::uint64_t) const override {
      return Bytes(length_);
    }
    std::size_t length_;
  };
  CHECK(bundle_bytes({Kind::entries, 0, 0, 1}, Long(65535))->size() == 65537);
  CHECK_FALSE(bundle_bytes({Kind::entries, 0, 0, 1}, Long(65536)));
}

struct Exported {
  std::vector<std::string> order;
  std::map<std::string, Bytes> files;
  TileWriter writer() {
    return [this](const std::string& path, BytesView bytes) -> Result<Ok, Error> {
      order.push_back(path);
      files[path] = to_bytes(bytes);
      return Ok{};
    };
  }
};

TEST_CASE("an export has every file, the checkpoint last") {
  for (const std::uint64_t size : {0U, 1U, 255U, 256U, 257U, 700U}) {
    const NumberedLog log(size);
    const auto checkpoint = sign_checkpoint({"alice", size, log.tree.root()}, test::test_key(1));
    Exported exported;
    REQUIRE(export_tree(checkpoint, log.hashes, log, exported.writer()));
    CHECK(exported.order.back() == "checkpoint");
    CHECK(exported.files["checkpoint"] == to_bytes(checkpoint));

    // A reader rebuilds the log from the files alone.
    Tree rebuilt;
    std::size_t tiles = 1;
    REQUIRE(for_each_tile(size, [&](const TileId& tile) -> Result<Ok, Error> {
      ++tiles;
      REQUIRE(exported.files.contains(tile.path()));
      const auto& bytes = exported.files[tile.path()];
      if (tile.kind == Kind::hashes) {
        CHECK(bytes.size() == tile.width * 32U);
      } else {
        const auto entries = parse_bundle(bytes, tile.width);
        REQUIRE(entries);
        for (const auto& entry : *entries) (void)rebuilt.append(hash_leaf(entry));
      }
      return Ok{};
    }));
    CHECK(tiles == exported.files.size());
    CHECK(rebuilt.root() == log.tree.root());
  }
}

TEST_CASE("an export of entries, hashes and root that disagree publishes no checkpoint") {
  const NumberedLog log(300);
  const auto key = test::test_key(1);
  const auto good = sign_checkpoint({"alice", 300, log.tree.root()}, key);

  struct Altered final : EntryReader {
    explicit Altered(const EntryReader& entries) : entries_(entries) {}
    [[nodiscard]] Result<Bytes, Error> entry(std::uint64_t index) const override {
      return entries_.entry(index == 280 ? 281 : index);
    }
    const EntryReader& entries_;
  };
  struct FlippedHash final : HashReader {
    FlippedHash(const HashReader& hashes, NodeId node) : hashes_(hashes), node_(node) {}
    [[nodiscard]] Result<Digest, Error> hash(NodeId node) const override {
      JCA_ASSIGN(auto hash, hashes_.hash(node));
      if (node == node_) hash[0] ^= 1;
      return hash;
    }
    const HashReader& hashes_;
    NodeId node_;
  };

  const auto refused = [](const std::string& checkpoint, const HashReader& hashes,
                          const EntryReader& entries) {
    Exported exported;
    const auto outcome = export_tree(checkpoint, hashes, entries, exported.writer());
    return !outcome && !exported.files.contains("checkpoint");
  };
  CHECK_FALSE(refused(good, log.hashes, log));
  CHECK(refused(good, log.hashes, Altered(log)));
  CHECK(refused(good, FlippedHash(log.hashes, {0, 5}), log));
  CHECK(refused(good, FlippedHash(log.hashes, {3, 7}), log));
  CHECK(refused(sign_checkpoint({"alice", 300, Digest{}}, key), log.hashes, log));
  CHECK(refused(sign_checkpoint({"alice", 299, log.tree.root()}, key), log.hashes, log));
  CHECK(refused(sign_checkpoint({"alice", 301, log.tree.root()}, key), log.hashes, log));
  CHECK(refused("no checkpoint\n", log.hashes, log));
}

TEST_CASE("an export stops when a file cannot be written") {
  const NumberedLog log(3);
  const auto checkpoint = sign_checkpoint({"alice", 3, log.tree.root()}, test::test_key(1));
  std::size_t calls = 0;
  const auto outcome = export_tree(checkpoint, log.hashes, log,
                                   [&](const std::string&, BytesView) -> Result<Ok, Error> {
                                     ++calls;
                                     return failed("disk full");
                                   });
  CHECK(outcome.error().message == "disk full");
  CHECK(calls == 1);
}

}  // namespace
}  // namespace jointca::log
