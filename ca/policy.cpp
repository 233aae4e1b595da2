#include "ca/policy.h"

#include <algorithm>

#include "base/text.h"
#include "ca/did.h"

namespace jointca::ca {
namespace {

/// Whether a rule only ever makes things stricter: then one match is enough.
bool tightens(const Permissions& permissions) {
  return permissions.deny || permissions.approve == Approval::ask;
}

template <class Items, class Predicate>
bool holds_for(const Items& items, bool any, Predicate predicate) {
  if (any) return std::any_of(items.begin(), items.end(), predicate);
  return !items.empty() && std::all_of(items.begin(), items.end(), predicate);
}

bool contains_any(const std::vector<Prefix>& networks, const Prefix& host) {
  return std::any_of(networks.begin(), networks.end(),
                     [&](const Prefix& network) { return network.contains(host.address); });
}

bool applies(const Rule& rule, const Proposal& proposal) {
  const Match& match = rule.match;
  const Subject& subject = proposal.subject;
  const bool any = tightens(rule.permissions);
  if (match.names && !matches_any_name(*match.names, subject.name)) return false;
  if (match.inviters && !matches_any(*match.inviters, proposal.voucher.inviter)) return false;
  if (match.dids && !matches_any(*match.dids, did_key(proposal.host_identity))) return false;
  if (match.groups && !holds_for(subject.groups, any, [&](const std::string& group) {
        return matches_any(*match.groups, group);
      }))
    return false;
  if (match.kinds && !holds_for(proposal.kinds, any, [&](Kind kind) {
        return std::find(match.kinds->begin(), match.kinds->end(), kind) != match.kinds->end();
      }))
    return false;
  return !match.networks || holds_for(subject.networks, any, [&](const Prefix& host) {
    return contains_any(*match.networks, host);
  });
}

/// Takes from `base` what `own` leaves open.
template <class Field>
void complete(std::optional<Field>& own, const std::optional<Field>& base) {
  if (!own) own = base;
}

std::string joined(const std::vector<std::string>& words) {
  return words.empty() ? "none" : join(words);
}

std::string joined(const std::vector<Prefix>& networks) {
  std::vector<std::string> words;
  words.reserve(networks.size());
  for (const Prefix& network : networks) words.push_back(network.text());
  return joined(words);
}

std::string joined(const std::vector<Kind>& kinds) {
  std::vector<std::string> words;
  words.reserve(kinds.size());
  for (const Kind kind : kinds) words.emplace_back(to_text(kind));
  return joined(words);
}

/// "<label> <list>; " if there is a list.
template <class List>
std::string part(std::string_view label, const std::optional<List>& list) {
  return list ? std::string(label) + " " + joined(*list) + "; " : "";
}

std::string in_words(const Permissions& permissions) {
  if (permissions.deny) return "never issue";
  std::string out = part("names", permissions.names) + part("networks", permissions.networks) +
                    part("groups", permissions.groups) + part("kinds", permissions.kinds) +
                    part("hosts", permissions.dids) + part("invited by", permissions.invite_from);
  if (permissions.max_ttl) out += "at most " + jointca::to_text(*permissions.max_ttl) + "; ";
  if (permissions.rate_limit)
    out += "at most " + std::to_string(permissions.rate_limit->count) + " in " +
           jointca::to_text(permissions.rate_limit->window) + "; ";
  if (permissions.approve)
    out += *permissions.approve == Approval::ask ? "ask the operator; " : "approve by itself; ";
  if (out.empty()) return "as at the top level";
  return out.substr(0, out.size() - 2);
}

std::string in_words(const SessionRules& rules) {
  if (rules.deny) return "never grant";
  std::string out = part("members", rules.members) + part("channels", rules.channels);
  if (rules.max_window) out += "at most " + jointca::to_text(*rules.max_window) + "; ";
  out += "at most " + std::to_string(rules.rate_limit.count) + " in " +
         jointca::to_text(rules.rate_limit.window) + "; ";
  return out + (rules.approve == Approval::ask ? "ask the operator" : "approve by itself");
}

std::string in_words(const Match& match) {
  const std::string out = part("name", match.names) + part("group", match.groups) +
                          part("kind", match.kinds) + part("address in", match.networks) +
                          part("invited by", match.inviters) + part("host", match.dids);
  return out.empty() ? "anything" : out.substr(0, out.size() - 2);
}

}  // namespace

// Iterative, with one step back to the last '*': a pattern of many stars stays quadratic.
bool matches(std::string_view pattern, std::string_view text) {
  std::size_t p = 0, t = 0, star = std::string_view::npos, after_star = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      after_star = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p, ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++after_star;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

bool matches_any(const std::vector<std::string>& patterns, std::string_view text) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const std::string& pattern) { return matches(pattern, text); });
}

bool matches_any_name(const std::vector<std::string>& patterns, std::string_view name) {
  const std::string key = name_key(name);
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const std::string& pattern) { return matches(name_key(pattern), key); });
}

Effective effective(const Policy& policy, const Proposal& proposal) {
  const auto rule = std::find_if(policy.rules.begin(), policy.rules.end(),
                                 [&](const Rule& each) { return applies(each, proposal); });
  if (rule == policy.rules.end()) return {std::string(top_level_rule), policy.base, false};
  Permissions out = rule->permissions;
  complete(out.networks, policy.base.networks);
  complete(out.names, policy.base.names);
  complete(out.groups, policy.base.groups);
  complete(out.kinds, policy.base.kinds);
  complete(out.max_ttl, policy.base.max_ttl);
  complete(out.approve, policy.base.approve);
  complete(out.invite_from, policy.base.invite_from);
  complete(out.dids, policy.base.dids);
  complete(out.rate_limit, policy.base.rate_limit);
  return {rule->name, std::move(out), rule->permissions.rate_limit.has_value()};
}

std::string describe(const Policy& policy) {
  std::string out;
  for (const Rule& rule : policy.rules)
    out += rule.name + ": for " + in_words(rule.match) + ": " + in_words(rule.permissions) + "\n";
  const Permissions& base = policy.base;
  std::string otherwise = in_words(base);
  if (!base.approve)
    otherwise = (otherwise == in_words(Permissions{}) ? "" : otherwise + "; ") +
                std::string("ask the operator");
  out += std::string(top_level_rule) + ": for anything else: " + otherwise + "\n";
  out += std::string(sessions_rule) + ": for sessions of MPyC: " + in_words(policy.sessions) + "\n";
  if (policy.revoke == Approval::automatic)
    out += "revocations that another party asks for: agree by itself\n";
  return out;
}

}  // namespace jointca::ca
