// ca/yaml_fields.h — strict reading of YAML that operators wrote: the sibling of
// base/json_fields.h.
//
// yaml-cpp alone keeps one of two equal keys silently, follows aliases, and knows the line of an
// error only while it parses. Here the events of its parser build a small tree in which every value
// knows its line. Anchors, aliases, tags, repeated keys and second documents are errors, and depth,
// size and counts are bounded.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace jointca::ca {

class YamlObject;

/// One value of a parsed document. Shares ownership of it.
class YamlValue {
 public:
  /// Parses one document of at most `bytes_max` bytes, 8 levels and 10000 values. `file` begins
  /// the place in errors: "policy.yaml line 3".
  static Parsed<YamlValue> parse(std::string_view text, std::string_view file,
                                 std::size_t bytes_max);

  /// A scalar of printable ASCII, quoted or not.
  [[nodiscard]] Parsed<std::string> text(std::size_t bytes_max) const;
  [[nodiscard]] Parsed<bool> boolean() const;
  [[nodiscard]] Parsed<std::vector<YamlValue>> list(std::size_t count_max) const;
  [[nodiscard]] Parsed<YamlObject> object() const;
  /// Whether there is nothing, as in an empty file.
  [[nodiscard]] bool is_null() const;

  /// The error "<file> line <n>: <reason>".
  [[nodiscard]] Unexpected<ParseError> fail(std::string reason) const;

  struct Node;  ///< defined in yaml_fields.cpp

 private:
  friend class YamlObject;
  YamlValue(std::shared_ptr<const Node> node, std::string file)
      : node_(std::move(node)), file_(std::move(file)) {}

  std::shared_ptr<const Node> node_;
  std::string file_;
};

/// An object being read: ask for each field once, then finish().
class YamlObject {
 public:
  [[nodiscard]] std::optional<YamlValue> optional(std::string_view name);
  /// Fails on a field that nobody asked for.
  [[nodiscard]] Parsed<Ok> finish() const;

 private:
  friend class YamlValue;
  explicit YamlObject(YamlValue value) : value_(std::move(value)) {}

  YamlValue value_;
  std::set<std::string, std::less<>> asked_;
};

}  // namespace jointca::ca
