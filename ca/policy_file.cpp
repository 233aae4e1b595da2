#include "ca/policy_file.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "ca/yaml_fields.h"

namespace jointca::ca {
namespace {

constexpr std::size_t pattern_bytes_max = host_name_bytes_max;
constexpr std::uint32_t rate_count_max = 1'000'000;

Parsed<std::string> read_pattern(const YamlValue& value) { return value.text(pattern_bytes_max); }

Parsed<Prefix> read_network(const YamlValue& value) {
  JCA_ASSIGN(const std::string text, value.text(64));
  const auto network = Prefix::parse(text);
  if (!network) return value.fail(network.error().reason);
  if (network->masked() != *network) return value.fail("host bits are set: " + text);
  return *network;
}

Parsed<Kind> read_kind(const YamlValue& value) {
  JCA_ASSIGN(const std::string text, value.text(16));
  if (const auto kind = kind_from_text(text)) return *kind;
  return value.fail("expected nebula, wireguard or x509");
}

Parsed<Duration> read_duration(const YamlValue& value) {
  JCA_ASSIGN(const std::string text, value.text(16));
  const auto duration = duration_from_text(text);
  if (!duration || duration->count() == 0)
    return value.fail("expected a duration like 90s, 15m, 24h or 365d");
  return *duration;
}

Parsed<Approval> read_approval(const YamlValue& value) {
  JCA_ASSIGN(const std::string text, value.text(16));
  if (text == "auto") return Approval::automatic;
  if (text == "ask") return Approval::ask;
  return value.fail("expected auto or ask");
}

Parsed<RateLimit> read_rate_limit(const YamlValue& value) {
  const auto wrong = [&] { return value.fail("expected a rate like 100/1h"); };
  JCA_ASSIGN(const std::string text, value.text(32));
  const std::size_t slash = text.find('/');
  if (slash == std::string::npos) return wrong();
  RateLimit limit;
  const char* const end = text.data() + slash;
  const auto [stop, error] = std::from_chars(text.data(), end, limit.count);
  const auto window = duration_from_text(std::string_view(text).substr(slash + 1));
  if (error != std::errc{} || stop != end || limit.count > rate_count_max || !window ||
      window->count() == 0)
    return wrong();
  limit.window = *window;
  return limit;
}

/// Reads the field, if it is there, with `read`.
template <class T>
Parsed<Ok> read_field(YamlObject& fields, std::string_view name, std::optional<T>& out,
                      Parsed<T> (*read)(const YamlValue&)) {
  if (const auto value = fields.optional(name)) {
    JCA_ASSIGN(out, read(*value));
  }
  return Ok{};
}

template <class T>
Parsed<Ok> read_list(YamlObject& fields, std::string_view name, std::optional<std::vector<T>>& out,
                     Parsed<T> (*read)(const YamlValue&)) {
  const auto value = fields.optional(name);
  if (!value) return Ok{};
  JCA_ASSIGN(const auto elements, value->list(policy_list_max));
  out.emplace();
  for (const YamlValue& element : elements) {
    JCA_ASSIGN(T item, read(element));
    out->push_back(std::move(item));
  }
  return Ok{};
}

Parsed<Permissions> read_permissions(YamlObject& fields) {
  Permissions out;
  JCA_TRY(read_list(fields, "networks", out.networks, read_network));
  JCA_TRY(read_list(fields, "names", out.names, read_pattern));
  JCA_TRY(read_list(fields, "groups", out.groups, read_pattern));
  JCA_TRY(read_list(fields, "kinds", out.kinds, read_kind));
  JCA_TRY(read_field(fields, "max_ttl", out.max_ttl, read_duration));
  JCA_TRY(read_field(fields, "approve", out.approve, read_approval));
  JCA_TRY(read_list(fields, "invite_from", out.invite_from, read_pattern));
  JCA_TRY(read_list(fields, "dids", out.dids, read_pattern));
  JCA_TRY(read_field(fields, "rate_limit", out.rate_limit, read_rate_limit));
  if (const auto deny = fields.optional("deny")) {
    JCA_ASSIGN(out.deny, deny->boolean());
  }
  return out;
}

Parsed<Match> read_match(const YamlValue& value) {
  JCA_ASSIGN(YamlObject fields, value.object());
  Match out;
  JCA_TRY(read_list(fields, "names", out.names, read_pattern));
  JCA_TRY(read_list(fields, "groups", out.groups, read_pattern));
  JCA_TRY(read_list(fields, "kinds", out.kinds, read_kind));
  JCA_TRY(read_list(fields, "networks", out.networks, read_network));
  JCA_TRY(read_list(fields, "inviters", out.inviters, read_pattern));
  JCA_TRY(read_list(fields, "dids", out.dids, read_pattern));
  JCA_TRY(fields.finish());
  return out;
}

Parsed<std::string> read_channel(const YamlValue& value) {
  JCA_ASSIGN(std::string text, value.text(16));
  if (std::find(session_channels.begin(), session_channels.end(), text) == session_channels.end())
    return value.fail("expected direct, tls, wireguard or nebula");
  return text;
}

Parsed<SessionRules> read_sessions(const YamlValue& value) {
  JCA_ASSIGN(YamlObject fields, value.object());
  SessionRules out;
  if (const auto approve = fields.optional("approve")) {
    JCA_ASSIGN(out.approve, read_approval(*approve));
  }
  JCA_TRY(read_list(fields, "members", out.members, read_pattern));
  JCA_TRY(read_list(fields, "channels", out.channels, read_channel));
  JCA_TRY(read_field(fields, "max_window", out.max_window, read_duration));
  if (const auto limit = fields.optional("rate_limit")) {
    JCA_ASSIGN(out.rate_limit, read_rate_limit(*limit));
  }
  if (const auto deny = fields.optional("deny")) {
    JCA_ASSIGN(out.deny, deny->boolean());
  }
  JCA_TRY(fields.finish());
  return out;
}

Parsed<Rule> read_rule(const YamlValue& value, std::set<std::string>& names) {
  JCA_ASSIGN(YamlObject fields, value.object());
  const auto name = fields.optional("name");
  if (!name) return value.fail("the rule has no name");
  Rule rule;
  JCA_ASSIGN(rule.name, name->text(group_name_bytes_max));
  if (!is_group_name(rule.name)) return name->fail("a rule's name has no spaces or signs");
  if (!names.insert(rule.name).second) return name->fail("two rules are called " + rule.name);
  if (const auto match = fields.optional("match")) {
    JCA_ASSIGN(rule.match, read_match(*match));
  }
  JCA_ASSIGN(rule.permissions, read_permissions(fields));
  JCA_TRY(fields.finish());
  return rule;
}

}  // namespace

Parsed<Policy> parse_policy(std::string_view text, std::string_view file) {
  JCA_ASSIGN(const YamlValue document, YamlValue::parse(text, file, policy_bytes_max));
  Policy policy;
  if (document.is_null()) return policy;
  JCA_ASSIGN(YamlObject fields, document.object());
  JCA_ASSIGN(policy.base, read_permissions(fields));
  if (const auto revoke = fields.optional("revoke")) {
    JCA_ASSIGN(policy.revoke, read_approval(*revoke));
  }
  std::set<std::string> names{std::string(top_level_rule)};
  if (const auto sessions = fields.optional("sessions")) {
    JCA_ASSIGN(policy.sessions, read_sessions(*sessions));
    names.emplace(sessions_rule);
  }
  if (const auto rules = fields.optional("rules")) {
    JCA_ASSIGN(const auto elements, rules->list(policy_rules_max));
    for (const YamlValue& element : elements) {
      JCA_ASSIGN(Rule rule, read_rule(element, names));
      policy.rules.push_back(std::move(rule));
    }
  }
  JCA_TRY(fields.finish());
  return policy;
}

}  // namespace jointca::ca
