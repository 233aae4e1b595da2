#include "base/json_fields.h"

#include <map>
#include <utility>
#include <variant>

#include <nlohmann/json.hpp>

namespace jointca {

struct JsonValue::Node {
  using Array = std::vector<std::shared_ptr<Node>>;
  using Object = std::map<std::string, std::shared_ptr<Node>, std::less<>>;
  std::variant<std::nullptr_t, bool, std::int64_t, double, std::string, Array, Object> value;
};

namespace {

constexpr std::size_t depth_max = 16;

/// Builds nodes from nlohmann's events: the only place where duplicate keys can be seen.
template <class Node>
class Builder : public nlohmann::json_sax<nlohmann::json> {
 public:
  bool null() override { return add(nullptr); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(number_integer_t value) override { return add(std::int64_t{value}); }
  bool number_unsigned(number_unsigned_t value) override {
    if (!std::in_range<std::int64_t>(value)) return stop("number too large");
    return add(static_cast<std::int64_t>(value));
  }
  bool number_float(number_float_t value, const string_t& /*text*/) override { return add(value); }
  bool string(string_t& value) override { return add(std::move(value)); }
  bool binary(binary_t& /*value*/) override { return stop("unexpected binary"); }
  bool start_object(std::size_t /*count*/) override { return open(typename Node::Object{}); }
  bool start_array(std::size_t /*count*/) override { return open(typename Node::Array{}); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(string_t& name) override {
    if (std::get<typename Node::Object>(stack_.back()->value).contains(name))
      return stop("duplicate field \"" + name + "\"");
    key_ = std::move(name);
    return true;
  }
  bool parse_error(std::size_t position, const std::string& /*token*/,
                   const nlohmann::json::exception& /*error*/) override {
    return stop("not JSON at byte " + std::to_string(position));
  }

  std::shared_ptr<Node> root;
  std::string problem;

 private:
  bool stop(std::string reason) {
    if (problem.empty()) problem = std::move(reason);
    return false;
  }

  template <class Value>
  std::shared_ptr<Node> attach(Value value) {
    auto node = std::make_shared<Node>();
    node->value = std::move(value);
    if (stack_.empty()) {
      root = node;
    } else if (auto* array = std::get_if<typename Node::Array>(&stack_.back()->value)) {
      array->push_back(node);
    } else {
      std::get<typename Node::Object>(stack_.back()->value).emplace(std::move(key_), node);
    }
    return node;
  }

  template <class Value>
  bool add(Value value) {
    attach(std::move(value));
    return true;
  }

  template <class Container>
  bool open(Container container) {
    if (stack_.size() == depth_max) return stop("nested too deeply");
    stack_.push_back(attach(std::move(container)));
    return true;
  }

  bool close() {
    stack_.pop_back();
    return true;
  }

  std::vector<std::shared_ptr<Node>> stack_;
  std::string key_;
};

}  // namespace

JsonValue::JsonValue(std::shared_ptr<const Node> node, std::string path)
    : node_(std::move(node)), path_(std::move(path)) {}

Unexpected<ParseError> JsonValue::fail(std::string reason) const {
  return malformed(path_, std::move(reason));
}

Parsed<JsonValue> JsonValue::parse(std::string_view text, std::string name, std::size_t bytes_max) {
  if (text.size() > bytes_max) return malformed(name, "too long");
  Builder<Node> builder;
  if (!nlohmann::json::sax_parse(text.begin(), text.end(), &builder) || !builder.root)
    return malformed(name, builder.problem.empty() ? "not JSON" : builder.problem);
  return JsonValue(std::move(builder.root), std::move(name));
}

Parsed<std::string> JsonValue::text(std::size_t bytes_max) const {
  const auto* value = std::get_if<std::string>(&node_->value);
  if (value == nullptr) return fail("expected a text");
  if (value->size() > bytes_max) return fail("too long");
  return *value;
}

Parsed<bool> JsonValue::boolean() const {
  const auto* value = std::get_if<bool>(&node_->value);
  if (value == nullptr) return fail("expected true or false");
  return *value;
}

Parsed<std::int64_t> JsonValue::wide_integer() const {
  const auto* value = std::get_if<std::int64_t>(&node_->value);
  if (value == nullptr) return fail("expected an integer");
  return *value;
}

Parsed<std::vector<JsonValue>> JsonValue::array(std::size_t count_max) const {
  const auto* value = std::get_if<Node::Array>(&node_->value);
  if (value == nullptr) return fail("expected a list");
  if (value->size() > count_max) return fail("too many elements");
  std::vector<JsonValue> out;
  for (const auto& node : *value)
    out.push_back(JsonValue(node, path_ + "[" + std::to_string(out.size()) + "]"));
  return out;
}

Parsed<JsonObject> JsonValue::object() const {
  if (!std::holds_alternative<Node::Object>(node_->value)) return fail("expected an object");
  return JsonObject(*this);
}

bool JsonValue::is_null() const { return std::holds_alternative<std::nullptr_t>(node_->value); }

std::optional<JsonValue> JsonObject::optional(std::string_view name) {
  asked_.emplace(name);
  const auto& fields = std::get<JsonValue::Node::Object>(value_.node_->value);
  const auto found = fields.find(name);
  if (found == fields.end()) return std::nullopt;
  return JsonValue(found->second, value_.path() + "." + std::string(name));
}

Parsed<JsonValue> JsonObject::required(std::string_view name) {
  auto value = optional(name);
  if (!value) return malformed(value_.path() + "." + std::string(name), "missing");
  return *std::move(value);
}

Parsed<Ok> JsonObject::finish() const {
  for (const auto& name : names())
    if (!asked_.contains(name)) return malformed(value_.path() + "." + name, "unknown field");
  return Ok{};
}

std::vector<std::string> JsonObject::names() const {
  std::vector<std::string> out;
  for (const auto& [name, node] : std::get<JsonValue::Node::Object>(value_.node_->value))
    out.push_back(name);
  return out;
}

}  // namespace jointca
