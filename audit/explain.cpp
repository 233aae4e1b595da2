#include "audit/explain.h"

#include <algorithm>
#include <ostream>

#include <nlohmann/json.hpp>

#include "audit/judge.h"
#include "crypto/hash.h"

namespace jointca::audit {
namespace {

void find_missing(const Report& report, const ca::Authority& authority, const Item& item,
                  std::vector<Finding>& findings) {
  for (const LogReport& log : report.logs) {
    const std::string& name = authority.party(log.party)->card.name;
    if ((item.signers & ~item.logged & only(log.party)) == 0 || !log.read) continue;
    findings.push_back({Code::missing_in_signer_log,
                        log.own_and_live ? Severity::critical : Severity::warning,
                        name,
                        {},
                        name + " signed it, and its log does not have the intent" +
                            (log.own_and_live ? "" : ", as far as this copy of it goes"),
                        {}});
  }
}

void find_unknown(const Report& report, const ca::Authority& authority,
                  std::vector<Finding>& findings) {
  std::string unread;
  for (const LogReport& log : report.logs)
    if (!log.read) unread += (unread.empty() ? "" : ", ") + authority.party(log.party)->card.name;
  findings.push_back({Code::unknown_cert,
                      Severity::critical,
                      "",
                      {},
                      unread.empty() ? "no log has it, and the group key signed it"
                                     : "no log that could be read has it; not read: " + unread,
                      {}});
}

std::string joined(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) out += (out.empty() ? "" : " ") + text;
  return out;
}

}  // namespace

Explanation explain(const Report& report, const ca::Authority& authority,
                    const issued::Signed& held) {
  Explanation out;
  out.kind = held.statement.kind;
  out.fingerprint = issued::fingerprint(held.statement, held.signature);
  out.is_signed = issued::check_signature(held, issued::Keys(authority.group_public_key));
  for (const std::string& pem : authority.ca_certificates)
    if (const auto own = issued::parse_signed(pem))
      out.is_own_ca = out.is_own_ca || (own->front().statement == held.statement &&
                                        own->front().signature == held.signature);
  if (out.is_own_ca || !out.is_signed) return out;
  const Digest tbs = sha256(issued::to_be_signed(held.statement));
  const Digest r = *to_array<32>(BytesView(held.signature).first(32));
  out.revoked = report.index->revoked_at(tbs, authority.min_signers);
  const auto found = report.index->find(tbs, r);
  if (found)
    out.revoked = report.index->revoked_at(report.index->items[*found], authority.min_signers);
  if (found) out.row = row_of(report, authority, *found);
  if (!out.row)
    find_unknown(report, authority, out.findings);
  else
    find_missing(report, authority, report.index->items[*found], out.findings);
  return out;
}

int exit_status(const std::vector<Explanation>& explanations) {
  const bool good =
      std::all_of(explanations.begin(), explanations.end(), [](const Explanation& one) {
        if (one.is_own_ca) return true;
        return one.is_signed && one.row && !one.revoked &&
               std::none_of(one.findings.begin(), one.findings.end(), [](const Finding& finding) {
                 return finding.severity >= Severity::error;
               });
      });
  return good ? 0 : static_cast<int>(Error::Code::verification);
}

void write_text(std::ostream& out, const std::vector<Explanation>& explanations, Time now) {
  for (const Explanation& one : explanations) {
    if (&one != &explanations.front()) out << '\n';
    out << (one.kind == issued::wireguard_kind || one.kind == issued::lighthouse_kind ||
                    one.kind == issued::session_grant_kind
                ? "token        "
                : "certificate  ")
        << to_hex(one.fingerprint) << '\n'
        << "kind         " << one.kind << '\n';
    if (one.is_own_ca) {
      out << "  the authority's own CA certificate\n";
      continue;
    }
    if (!one.is_signed) {
      out << "  the group key of this authority did not sign it\n";
      continue;
    }
    if (one.row) {
      const Row& row = *one.row;
      out << "name         " << row.name << "  " << joined(row.networks) << '\n'
          << "groups       " << joined(row.groups) << '\n'
          << "valid        " << to_rfc3339(row.not_before) << " to " << to_rfc3339(row.not_after)
          << " (" << distance(row.not_after, now) << ")\n"
          << "signers      " << row.signers << '\n'
          << "coordinator  " << row.coordinator << '\n'
          << "approved     " << row.rules << '\n'
          << "logged       " << row.logged << '\n'
          << "revoked      " << (one.revoked ? to_rfc3339(*one.revoked) : "no") << '\n';
    }
    for (const Finding& finding : one.findings)
      out << to_text(finding.severity) << "  " << to_text(finding.code) << "\n  " << finding.words
          << '\n';
  }
}

void write_json(std::ostream& out, const std::vector<Explanation>& explanations) {
  using Json = nlohmann::ordered_json;
  Json list = Json::array();
  for (const Explanation& one : explanations) {
    Json json{{"kind", one.kind},
              {"fingerprint", to_hex(one.fingerprint)},
              {"is_ca", one.is_own_ca},
              {"signed", one.is_signed},
              {"known", one.row.has_value()}};
    if (one.row) {
      json["name"] = one.row->name;
      json["networks"] = one.row->networks;
      json["groups"] = one.row->groups;
      json["not_before"] = to_rfc3339(one.row->not_before);
      json["not_after"] = to_rfc3339(one.row->not_after);
      json["signers"] = one.row->signers;
      json["coordinator"] = one.row->coordinator;
      json["approved"] = one.row->rules;
      json["logged"] = one.row->logged;
      json["host"] = one.row->host;
    }
    json["revoked"] = one.revoked ? Json(to_rfc3339(*one.revoked)) : Json();
    json["findings"] = Json::array();
    for (const Finding& finding : one.findings)
      json["findings"].push_back({{"code", to_text(finding.code)},
                                  {"severity", to_text(finding.severity)},
                                  {"party", finding.party},
                                  {"words", finding.words}});
    list.push_back(std::move(json));
  }
  out << list.dump(-1, ' ', false, Json::error_handler_t::replace) << '\n';
}

}  // namespace jointca::audit
