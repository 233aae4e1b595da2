// base/json_fields.h — strict reading of JSON that people and other programs wrote.
//
// nlohmann_json alone keeps the last of two equal keys, turns 70000 into a 16-bit 4464 and `true`
// into 1. Here an object is read field by field; unknown and duplicate fields, wrong types and
// numbers out of range are errors that name the path: "policy.networks[2]: expected a text".
// Depth, size and element counts are bounded before anything is built.
#pragma once

#include <concepts>
#include <limits>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace jointca {

class JsonObject;

/// One value inside a parsed document, with its path. Shares ownership of the document.
class JsonValue {
 public:
  /// Parses a whole document of at most `bytes_max` bytes and 16 levels. `name` starts the paths.
  static Parsed<JsonValue> parse(std::string_view text, std::string name, std::size_t bytes_max);

  [[nodiscard]] Parsed<std::string> text(std::size_t bytes_max = 4096) const;
  [[nodiscard]] Parsed<bool> boolean() const;
  template <std::integral Integer>
  [[nodiscard]] Parsed<Integer> integer(Integer min = std::numeric_limits<Integer>::min(),
                                        Integer max = std::numeric_limits<Integer>::max()) const {
    JCA_ASSIGN(const auto wide, wide_integer());
    if (!std::in_range<Integer>(wide) || static_cast<Integer>(wide) < min ||
        static_cast<Integer>(wide) > max)
      return fail("out of range");
    return static_cast<Integer>(wide);
  }
  [[nodiscard]] Parsed<std::vector<JsonValue>> array(std::size_t count_max = 1024) const;
  [[nodiscard]] Parsed<JsonObject> object() const;
  [[nodiscard]] bool is_null() const;

  [[nodiscard]] const std::string& path() const { return path_; }
  /// The error "<path>: <reason>".
  [[nodiscard]] Unexpected<ParseError> fail(std::string reason) const;

 private:
  friend class JsonObject;
  struct Node;
  JsonValue(std::shared_ptr<const Node> node, std::string path);
  [[nodiscard]] Parsed<std::int64_t> wide_integer() const;

  std::shared_ptr<const Node> node_;
  std::string path_;
};

/// An object being read: ask for each field once, then finish().
class JsonObject {
 public:
  [[nodiscard]] Parsed<JsonValue> required(std::string_view name);
  [[nodiscard]] std::optional<JsonValue> optional(std::string_view name);
  /// Fails on a field that nobody asked for.
  [[nodiscard]] Parsed<Ok> finish() const;
  /// Every field name, for objects whose keys are data.
  [[nodiscard]] std::vector<std::string> names() const;

 private:
  friend class JsonValue;
  explicit JsonObject(JsonValue value) : value_(std::move(value)) {}

  JsonValue value_;
  std::set<std::string, std::less<>> asked_;
};

}  // namespace jointca
