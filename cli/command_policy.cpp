#include "cli/command_policy.h"

#include <iostream>

#include <nlohmann/json.hpp>

#include "ca/policy_file.h"
#include "ca/preview.h"
#include "cli/clock.h"
#include "cli/console.h"
#include "cli/inputs.h"
#include "daemon/authority_check.h"
#include "daemon/harden.h"
#include "enroll/request.h"
#include "machine/files.h"

namespace jointca::cli {
namespace {

using Json = nlohmann::ordered_json;
using MaybeAuthority = std::optional<ca::Authority>;

/// What the policy says, in words that scripts may rely on.
struct Verdict {
  std::string decision;  ///< "approve", "ask" or "refuse"
  std::string rule;      ///< of the policy, or the check that refuses
  std::string reason;
  bool is_conditional = false;
};

/// The policy must be told who invites, and that is known from the authority alone.
Result<ca::Voucher, Error> voucher_of(const enroll::Invitation& invitation,
                                      const MaybeAuthority& authority) {
  ca::Voucher voucher{enroll::digest(invitation), invitation.key, "", invitation.terms};
  if (!authority) return voucher;
  const ca::Party* inviter = authority->party(invitation.inviter);
  if (invitation.authority != authority->id || inviter == nullptr)
    return failed(Error::Code::usage, "--request: it is for another authority");
  voucher.inviter = inviter->card.name;
  return voucher;
}

Result<ca::Foreseen, Error> foresee_invitation(const std::string& argument,
                                               const MaybeAuthority& authority) {
  JCA_ASSIGN(const auto token, read_invitation(argument));
  ca::Foreseen foreseen;
  JCA_ASSIGN(foreseen.voucher, voucher_of(token.invitation, authority));
  foreseen.kinds = token.invitation.terms.kinds;
  return foreseen;
}

Result<ca::Foreseen, Error> foresee_request(BytesView sealed, const MaybeAuthority& authority) {
  const auto said = enroll::parse_request(sealed);
  if (!said)
    return failed(Error::Code::usage,
                  "--request: neither an invitation nor a host's request: " + said.error().text());
  // That the inviter is a party is seen below, if the authority is known.
  const auto verified = enroll::verify_request(
      sealed, said->authority, [](const PublicKey&) { return std::optional<std::string>(""); });
  if (!verified)
    return failed(Error::Code::verification,
                  "--request: " + verified.error().check + ": " + verified.error().reason);
  ca::Foreseen foreseen;
  JCA_ASSIGN(foreseen.voucher, voucher_of(said->invitation, authority));
  foreseen.kinds = enroll::kinds_of(*said);
  foreseen.host_identity = said->host_identity;
  return foreseen;
}

Result<Verdict, Error> judge(const ca::Policy& policy, const PolicyCheckOptions& options) {
  MaybeAuthority authority;
  if (options.authority) {
    JCA_ASSIGN(authority, read_authority(*options.authority));
  }
  const auto foresee = [&]() -> Result<ca::Foreseen, Error> {
    if (is_invitation(*options.request)) return foresee_invitation(*options.request, authority);
    JCA_ASSIGN(const Bytes content,
               machine::read_file(*options.request, enroll::request_bytes_max + 16));
    const std::string text = to_text(content);
    if (is_invitation(text)) return foresee_invitation(text, authority);
    return foresee_request(content, authority);
  };
  JCA_ASSIGN(ca::Foreseen foreseen, foresee());
  foreseen.is_inviter_known = authority.has_value();
  const Time at = now();
  if (authority)
    foreseen.constraints =
        daemon::constraints_at(*authority, daemon::succession_of(*authority), at - ca::backdating);
  const ca::Preview preview = ca::preview(foreseen, policy, at);
  if (const auto* refusal = std::get_if<ca::Refusal>(&preview.decision))
    return Verdict{"refuse", refusal->rule, refusal->reason, false};
  if (const auto* held = std::get_if<ca::Held>(&preview.decision))
    return Verdict{"ask", held->rule, "the operator decides", preview.is_conditional};
  const auto& approved = std::get<ca::Approved>(preview.decision);
  return Verdict{"approve", approved.rule(), "without asking", preview.is_conditional};
}

int tell(const Verdict& verdict, std::size_t rules, bool json) {
  if (json) {
    std::cout << Json{{"ok", true},
                      {"rules", rules},
                      {"decision", verdict.decision},
                      {"rule", verdict.rule},
                      {"reason", verdict.reason},
                      {"conditional", verdict.is_conditional}}
                     .dump()
              << '\n';
  } else {
    std::cout << verdict.decision << " by rule " << verdict.rule << ": " << verdict.reason << '\n';
    if (verdict.is_conditional)
      std::cout << "if host and inviter are those that the policy names: here they are not known\n";
  }
  return verdict.decision == "refuse" ? static_cast<int>(Error::Code::refused) : 0;
}

}  // namespace

int policy_check(const PolicyCheckOptions& options) {
  daemon::forbid_dumps();  // an invitation may pass through here
  if (options.authority && !options.request)
    return report({Error::Code::usage, "--authority: only together with --request"});
  const auto text = machine::read_file(options.file, ca::policy_bytes_max);
  if (!text) return report(text.error());
  const auto policy = ca::parse_policy(to_text(*text), options.file);
  if (!policy) return report({Error::Code::failed, policy.error().text()});
  if (options.request) {
    const auto verdict = judge(*policy, options);
    if (!verdict) return report(verdict.error());
    return tell(*verdict, policy->rules.size(), options.json);
  }
  if (options.json)
    std::cout << Json{{"ok", true}, {"rules", policy->rules.size()}}.dump() << '\n';
  else
    std::cout << ca::describe(*policy);
  return 0;
}

}  // namespace jointca::cli
