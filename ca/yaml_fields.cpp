#include "ca/yaml_fields.h"

#include <algorithm>
#include <map>
#include <sstream>
#include <variant>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

namespace jointca::ca {

struct YamlValue::Node {
  using List = std::vector<std::shared_ptr<Node>>;
  using Object = std::map<std::string, std::shared_ptr<Node>, std::less<>>;
  int line = 0;
  std::variant<std::monostate, std::string, List, Object> value;
};

namespace {

constexpr std::size_t depth_max = 8;
constexpr std::size_t values_max = 10'000;

using Node = YamlValue::Node;

struct Problem {
  int line = 0;
  std::string reason;
};

int line_of(const YAML::Mark& mark) { return mark.line + 1; }

/// Builds nodes from yaml-cpp's events. After the first problem it ignores the rest: the parser
/// cannot be stopped but by throwing.
class Builder : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark& mark) override {
    if (root) stop(mark, "a second document");
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    add(mark, "", anchor, std::monostate{});
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override {
    stop(mark, "aliases are not used here");
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    Frame* frame = stack_.empty() ? nullptr : &stack_.back();
    if (frame == nullptr || !frame->is_object() || frame->key) {
      add(mark, tag, anchor, value);
    } else if (check(mark, tag, anchor)) {
      if (frame->object().contains(value)) stop(mark, "\"" + value + "\" stands here twice");
      frame->key = value;
    }
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    open(mark, tag, anchor, Node::List{});
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    open(mark, tag, anchor, Node::Object{});
  }
  void OnMapEnd() override { close(); }

  std::shared_ptr<Node> root;
  std::optional<Problem> problem;

 private:
  struct Frame {
    std::shared_ptr<Node> node;
    std::optional<std::string> key;  ///< of an object, waiting for its value

    [[nodiscard]] bool is_object() const {
      return std::holds_alternative<Node::Object>(node->value);
    }
    [[nodiscard]] Node::Object& object() const { return std::get<Node::Object>(node->value); }
  };

  void stop(const YAML::Mark& mark, std::string reason) {
    if (!problem) problem = Problem{line_of(mark), std::move(reason)};
  }

  /// "?" and "!" stand for no tag, on plain and on quoted scalars.
  bool check(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    if (anchor != 0) stop(mark, "anchors are not used here");
    if (!tag.empty() && tag != "?" && tag != "!") stop(mark, "tags are not used here");
    if (++values_ > values_max) stop(mark, "too many values");
    return !problem;
  }

  template <class Value>
  std::shared_ptr<Node> add(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                            Value value) {
    if (!check(mark, tag, anchor)) return nullptr;
    auto node = std::make_shared<Node>();
    node->line = line_of(mark);
    node->value = std::move(value);
    if (stack_.empty()) {
      root = node;
    } else if (Frame& frame = stack_.back(); !frame.is_object()) {
      std::get<Node::List>(frame.node->value).push_back(node);
    } else if (frame.key) {
      frame.object().emplace(*std::exchange(frame.key, std::nullopt), node);
    } else {
      stop(mark, "a field name must be a text");
    }
    return node;
  }

  template <class Container>
  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
            Container container) {
    if (stack_.size() == depth_max) stop(mark, "nested too deeply");
    if (auto node = add(mark, tag, anchor, std::move(container))) stack_.push_back({node, {}});
  }

  void close() {
    if (!problem) stack_.pop_back();
  }

  std::vector<Frame> stack_;
  std::size_t values_ = 0;
};

Unexpected<ParseError> fail_at(std::string_view file, int line, std::string reason) {
  return malformed(std::string(file) + " line " + std::to_string(line), std::move(reason));
}

}  // namespace

Parsed<YamlValue> YamlValue::parse(std::string_view text, std::string_view file,
                                   std::size_t bytes_max) {
  if (text.size() > bytes_max) return malformed(std::string(file), "too long");
  Builder builder;
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    while (!builder.problem && parser.HandleNextDocument(builder)) {
    }
  } catch (const YAML::Exception& error) {
    return fail_at(file, line_of(error.mark), error.msg);
  }
  if (builder.problem) return fail_at(file, builder.problem->line, builder.problem->reason);
  if (!builder.root) builder.root = std::make_shared<Node>(Node{1, {}});
  return YamlValue(std::move(builder.root), std::string(file));
}

Unexpected<ParseError> YamlValue::fail(std::string reason) const {
  return fail_at(file_, node_->line, std::move(reason));
}

Parsed<std::string> YamlValue::text(std::size_t bytes_max) const {
  const auto* value = std::get_if<std::string>(&node_->value);
  if (value == nullptr) return fail("expected a text");
  if (value->empty() || value->size() > bytes_max)
    return fail("expected 1 to " + std::to_string(bytes_max) + " characters");
  if (!std::all_of(value->begin(), value->end(), [](char c) { return c >= ' ' && c <= '~'; }))
    return fail("expected printable ASCII");
  return *value;
}

Parsed<bool> YamlValue::boolean() const {
  const auto* value = std::get_if<std::string>(&node_->value);
  if (value != nullptr && (*value == "true" || *value == "false")) return *value == "true";
  return fail("expected true or false");
}

Parsed<std::vector<YamlValue>> YamlValue::list(std::size_t count_max) const {
  const auto* value = std::get_if<Node::List>(&node_->value);
  if (value == nullptr) return fail("expected a list");
  if (value->size() > count_max)
    return fail("a list of more than " + std::to_string(count_max) + " elements");
  std::vector<YamlValue> out;
  for (const auto& node : *value) out.push_back(YamlValue(node, file_));
  return out;
}

Parsed<YamlObject> YamlValue::object() const {
  if (!std::holds_alternative<Node::Object>(node_->value)) return fail("expected fields");
  return YamlObject(*this);
}

bool YamlValue::is_null() const { return std::holds_alternative<std::monostate>(node_->value); }

std::optional<YamlValue> YamlObject::optional(std::string_view name) {
  asked_.emplace(name);
  const auto& fields = std::get<Node::Object>(value_.node_->value);
  const auto found = fields.find(name);
  if (found == fields.end()) return std::nullopt;
  return YamlValue(found->second, value_.file_);
}

Parsed<Ok> YamlObject::finish() const {
  for (const auto& [name, node] : std::get<Node::Object>(value_.node_->value))
    if (!asked_.contains(name)) return fail_at(value_.file_, node->line, "unknown field " + name);
  return Ok{};
}

}  // namespace jointca::ca
