// ca/policy.h — one party's own rules: what it signs by itself, what it asks its operator, what it
// never signs. docs/policy.md describes them for operators.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ca/proposal.h"

namespace jointca::ca {

enum class Approval { automatic, ask };

/// At most `count` approvals in any `window`.
struct RateLimit {
  std::uint32_t count = 0;
  Duration window{};
};

/// What may be issued. A field without a value leaves the matter to whoever is asked next: from a
/// rule to the top level of the policy, from there to the authority's constraints.
struct Permissions {
  bool deny = false;
  std::optional<std::vector<Prefix>> networks;
  std::optional<std::vector<std::string>> names;   ///< patterns
  std::optional<std::vector<std::string>> groups;  ///< patterns
  std::optional<std::vector<Kind>> kinds;
  std::optional<Duration> max_ttl;
  std::optional<Approval> approve;                      ///< ask, if nobody says
  std::optional<std::vector<std::string>> invite_from;  ///< patterns of party names
  std::optional<std::vector<std::string>> dids;         ///< patterns of did:key names of hosts
  std::optional<RateLimit> rate_limit;
};

/// Which proposals a rule is about. Every condition that has a value must hold.
struct Match {
  std::optional<std::vector<std::string>> names;
  std::optional<std::vector<std::string>> groups;
  std::optional<std::vector<Kind>> kinds;
  std::optional<std::vector<Prefix>> networks;
  std::optional<std::vector<std::string>> inviters;
  std::optional<std::vector<std::string>> dids;
};

struct Rule {
  std::string name;
  Match match;
  Permissions permissions;
};

/// Which sessions of MPyC a party grants. Nothing of the rest of a policy is about them, `approve`
/// least of all: who signs hosts by itself may never have heard of sessions.
struct SessionRules {
  bool deny = false;
  Approval approve = Approval::ask;
  std::optional<std::vector<std::string>> members;   ///< patterns of names; all must match
  std::optional<std::vector<std::string>> channels;  ///< of session_channels
  std::optional<Duration> max_window;
  RateLimit rate_limit{100, Duration{3600}};
};

/// Without any value (there is no file): ask for everything that the authority's constraints allow.
struct Policy {
  Permissions base;
  std::vector<Rule> rules;
  Approval revoke = Approval::ask;  ///< of what another party wants revoked
  SessionRules sessions;
};

/// The name under which the top level of a policy appears beside those of its rules.
inline constexpr std::string_view top_level_rule = "default";
/// The same of SessionRules.
inline constexpr std::string_view sessions_rule = "sessions";

/// What holds for one proposal.
struct Effective {
  std::string rule;  ///< of the first rule that matches, or top_level_rule
  Permissions permissions;
  bool own_rate_limit = false;  ///< rate_limit counts the approvals of this rule alone
};

/// The first matching rule, completed by the top level; else the top level.
///
/// A condition on something a proposal has several of (groups, kinds, addresses) holds when any of
/// them matches if the rule denies or asks, and only when all match otherwise: a rule that loosens
/// must not let pass what merely stands beside what it names.
[[nodiscard]] Effective effective(const Policy& policy, const Proposal& proposal);

/// Whether `text` matches a pattern in which '*' is any run of characters and '?' any one.
[[nodiscard]] bool matches(std::string_view pattern, std::string_view text);
[[nodiscard]] bool matches_any(const std::vector<std::string>& patterns, std::string_view text);
/// The same, with upper and lower case alike: for names of hosts.
[[nodiscard]] bool matches_any_name(const std::vector<std::string>& patterns,
                                    std::string_view name);

/// The policy in words, a line each, for `jointca policy check`.
[[nodiscard]] std::string describe(const Policy& policy);

}  // namespace jointca::ca
