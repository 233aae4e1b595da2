#include "log/witness_policy.h"

#include <algorithm>

#include "base/utf8.h"

namespace jointca::log {
namespace {

constexpr std::size_t url_bytes_max = 1024;

/// The items of a line, which spaces and tabs separate.
std::vector<std::string_view> items_of(std::string_view line) {
  constexpr std::string_view blank = " \t";
  std::vector<std::string_view> items;
  for (;;) {
    const auto begin = line.find_first_not_of(blank);
    if (begin == std::string_view::npos) return items;
    line.remove_prefix(begin);
    const auto end = std::min(line.find_first_of(blank), line.size());
    items.push_back(line.substr(0, end));
    line.remove_prefix(end);
  }
}

Parsed<NoteVerifier> parse_key(std::string_view vkey, NoteKeyType type) {
  JCA_ASSIGN(auto key, NoteVerifier::parse(vkey));
  if (key.type != type)
    return malformed("vkey", type == NoteKeyType::ed25519 ? "not the key of a log (type 0x01)"
                                                          : "not the key of a witness (type 0x04)");
  return key;
}

Parsed<std::string> parse_url(std::string_view text) {
  const bool is_http = text.starts_with("http://") || text.starts_with("https://");
  if (!is_http || text.size() > url_bytes_max)
    return malformed("URL", "expected http:// or https://");
  const auto host = text.find("//") + 2;
  while (text.ends_with('/')) text.remove_suffix(1);
  if (text.size() <= host) return malformed("URL", "expected a host");
  return std::string(text);
}

class Parser {
 public:
  Parsed<Ok> line(std::string_view line) {
    if (!is_one_line_or_tabs(line)) return malformed("", "a control character, or not UTF-8");
    const auto items = items_of(line);
    if (items.empty() || items.front().starts_with('#')) return Ok{};
    if (items.front() == "log") return log(items);
    if (items.front() == "witness") return witness(items);
    if (items.front() == "quorum") return quorum(items);
    if (items.front() == "group") return malformed("", "groups are not supported");
    return malformed("", "expected log, witness or quorum");
  }

  WitnessPolicy policy;

 private:
  using Items = std::vector<std::string_view>;

  static bool is_one_line_or_tabs(std::string_view line) {
    std::string spaced(line);
    std::replace(spaced.begin(), spaced.end(), '\t', ' ');
    return is_one_line(spaced);
  }

  Parsed<Ok> log(const Items& items) {
    if (items.size() < 2 || items.size() > 3) return malformed("", "expected log VKEY [URL]");
    if (policy.logs.size() == policy_logs_max) return malformed("", "too many logs");
    PolicyLog log;
    JCA_ASSIGN(log.key, parse_key(items[1], NoteKeyType::ed25519));
    if (items.size() == 3) {
      JCA_ASSIGN(log.url, parse_url(items[2]));
    }
    for (const PolicyLog& other : policy.logs) {
      if (other.key.key == log.key.key) return malformed("", "this log's key is listed already");
      if (other.key.name == log.key.name) return malformed("", "this origin is listed already");
    }
    policy.logs.push_back(std::move(log));
    return Ok{};
  }

  Parsed<Ok> witness(const Items& items) {
    if (items.size() < 3 || items.size() > 4)
      return malformed("", "expected witness NAME VKEY [URL]");
    if (policy.witnesses.size() == policy_witnesses_max) return malformed("", "too many witnesses");
    PolicyWitness witness{std::string(items[1]), {}, {}};
    if (witness.name == "none") return malformed("", "none is no name for a witness");
    JCA_ASSIGN(witness.key, parse_key(items[2], NoteKeyType::cosignature));
    if (items.size() == 4) {
      JCA_ASSIGN(witness.url, parse_url(items[3]));
    }
    for (const PolicyWitness& other : policy.witnesses) {
      if (other.name == witness.name) return malformed("", "this name is listed already");
      if (other.key.key == witness.key.key)
        return malformed("", "this witness's key is listed already");
    }
    policy.witnesses.push_back(std::move(witness));
    return Ok{};
  }

  Parsed<Ok> quorum(const Items& items) {
    if (items.size() != 2 || items[1] != "none")
      return malformed("", "only quorum none is supported");
    if (has_quorum_) return malformed("", "a second quorum");
    has_quorum_ = true;
    return Ok{};
  }

  bool has_quorum_ = false;
};

}  // namespace

Parsed<WitnessPolicy> WitnessPolicy::parse(std::string_view text) {
  if (text.size() > witness_policy_bytes_max) return malformed("", "too long");
  Parser parser;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto end = std::min(text.find('\n'), text.size());
    if (const auto read = parser.line(text.substr(0, end)); !read)
      return malformed("line " + std::to_string(number), read.error().text());
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return std::move(parser.policy);
}

}  // namespace jointca::log
