// cli/command_cert_verify.cpp — `jointca cert verify`: is a certificate the CA's, did enough
// parties log it, and is it revoked.
#include <algorithm>
#include <ostream>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "cli/command_cert.h"
#include "cli/console.h"
#include "cli/inputs.h"
#include "cli/revocation_source.h"
#include "cli/x509_trust.h"
#include "crypto/hash.h"
#include "host/proof_files.h"
#include "machine/files.h"
#include "nebula-adapter/pem.h"
#include "nebula-adapter/verify.h"

namespace jointca::cli {
namespace {

using Json = nlohmann::ordered_json;

/// What certificates are judged by.
struct Standard {
  std::string ca_name;  ///< of the file, for messages
  Parsed<nebula::CaPool> pool;
  Parsed<Anchors> anchors;  ///< of X.509
  std::optional<ca::Authority> authority;
  std::optional<host::ProofTexts> proofs;
  Time at;
  std::optional<ca::Revocations> revocations{};
};

/// A certificate of either kind.
struct Shown {
  std::string title;
  Digest fingerprint{};
  Digest tbs_sha256{};
  Parsed<issued::Signed> statement;  ///< nobody logged one whose signature is not Ed25519's
  std::string problem;               ///< why it does not verify; empty: it does
};

struct Verdict {
  bool ok = false;
  std::string reason;
  std::string fingerprint;  ///< empty if the file could not be parsed
  std::string title;
  std::optional<ca::LogProofs> logged;
  std::optional<bool> revoked{};  ///< nothing: no list was asked
};

Unexpected<Error> misused(std::string message) {
  return failed(Error::Code::usage, std::move(message));
}

Result<Standard, Error> read_standard(const CertVerifyOptions& options, Time now) {
  if (options.ca.empty() == options.authority.empty())
    return misused(options.ca.empty() ? "--ca or --authority is required"
                                      : "--ca and --authority: give one of them");
  if (!options.proofs.empty() && options.authority.empty())
    return misused("--proofs needs --authority, which has the parties' keys");
  if (options.revocations.empty() ? options.number_min > 0 : options.authority.empty())
    return misused(options.revocations.empty()
                       ? "--min-number is the number of a list: give --revocations too"
                       : "--revocations needs --authority, whose parties sign the list");
  if (options.revocations == "-" && (options.file == "-" || options.authority == "-"))
    return misused("only one of the files can be standard input");
  const std::string& ca_name = options.ca.empty() ? options.authority : options.ca;
  if (options.file == "-" && ca_name == "-")
    return misused("only one of the two files can be standard input");
  Time at = now;
  if (options.at) {
    const auto parsed = time_from_rfc3339(*options.at);
    if (!parsed) return misused("--at: " + parsed.error().text());
    at = *parsed;
  }
  if (!options.ca.empty()) {
    JCA_ASSIGN(const Bytes pem, machine::read_file(ca_name, nebula::pem_file_bytes_max));
    if (!pem.empty() && pem.front() == '{')
      return misused("--ca " + ca_name +
                     ": expected CA certificates in PEM; an authority.json is given with "
                     "--authority");
    const std::string text = to_text(pem);
    return Standard{ca_name, nebula::CaPool::from_pem(text), read_anchors(text), {}, {}, at};
  }
  JCA_ASSIGN(auto authority, read_authority(ca_name));
  std::string pem;
  for (const std::string& each : authority.ca_certificates) pem += each;
  Anchors anchors = anchors_of(authority);
  Standard standard{
      ca_name, nebula::CaPool::from_pem(pem), std::move(anchors), std::move(authority), {}, at};
  if (!options.proofs.empty()) {
    JCA_ASSIGN(standard.proofs, host::read_proofs(options.proofs));
  }
  if (!options.revocations.empty()) {
    JCA_ASSIGN(standard.revocations,
               read_revocations(options.revocations, *standard.authority, at, options.number_min));
  }
  return standard;
}

std::string problem_of_ca(const ParseError& error) { return "the CA file: " + error.text(); }

Shown shown(const nebula::Certificate& certificate, const Standard& standard) {
  Shown out{"version " + std::to_string(static_cast<int>(certificate.version)) + " " +
                printable(certificate.details.name),
            nebula::fingerprint(certificate), sha256(nebula::to_be_signed(certificate)),
            issued::signed_certificate(certificate), ""};
  if (!standard.pool)
    out.problem = problem_of_ca(standard.pool.error());
  else if (const auto verified = nebula::verify(certificate, *standard.pool, standard.at);
           !verified)
    out.problem = verified.error().reason;
  return out;
}

Shown shown(const x509::Certificate& certificate, const Standard& standard) {
  Shown out{"X.509 " + certificate.details().name, x509::fingerprint(certificate),
            sha256(certificate.to_be_signed()), issued::signed_certificate(certificate), ""};
  if (!standard.anchors)
    out.problem = problem_of_ca(standard.anchors.error());
  else if (const auto verified = verify_x509(certificate, *standard.anchors, standard.at);
           !verified)
    out.problem = verified.error().reason;
  return out;
}

/// By the bytes that were signed as well: the fingerprint of the same certificate of Nebula changes
/// with its signature.
bool is_on(const ca::Revocations& list, const Shown& certificate) {
  return std::any_of(list.revoked.begin(), list.revoked.end(), [&](const auto& each) {
    return each.fingerprint == certificate.fingerprint || each.tbs_sha256 == certificate.tbs_sha256;
  });
}

/// Whether a proof is, by its name, of something else that the host has.
bool is_of_another(const std::string& proof, const Parsed<issued::Signed>& statement) {
  const std::string kind = proof.substr(0, proof.find('.'));
  if (!issued::is_known_kind(kind)) return false;
  const std::string own = statement ? statement->statement.kind : "";
  return issued::asked_by(kind) != issued::asked_by(own) || kind == issued::lighthouse_kind ||
         issued::is_of_a_host(kind) != issued::is_of_a_host(own);
}

Verdict judge(const Shown& certificate, const Standard& standard) {
  Verdict out;
  out.fingerprint = to_hex(certificate.fingerprint);
  out.title = certificate.title;
  if (standard.proofs) {
    out.logged = certificate.statement
                     ? host::logged(*standard.authority, *certificate.statement, *standard.proofs)
                     : ca::LogProofs{};
    std::erase_if(out.logged->wrong, [&](const auto& wrong) {
      return is_of_another(wrong.first, certificate.statement);
    });
  }
  if (standard.revocations) out.revoked = is_on(*standard.revocations, certificate);
  if (!certificate.problem.empty())
    out.reason = certificate.problem;
  else if (out.revoked.value_or(false))
    out.reason = "revoked, says list " + std::to_string(standard.revocations->number);
  else if (out.logged && !out.logged->suffice(*standard.authority))
    out.reason = host::too_few_logged(*standard.authority, *out.logged);
  else
    out.ok = true;
  return out;
}

/// Of all certificates of a file, or one that says why it cannot be read.
template <class Certificate>
std::vector<Verdict> judge_all(const Parsed<std::vector<Certificate>>& certificates,
                               const std::string& file, const Standard& standard) {
  if (!certificates) return {{false, certificates.error().text(), "", file, {}}};
  std::vector<Verdict> verdicts;
  for (const Certificate& certificate : *certificates)
    verdicts.push_back(judge(shown(certificate, standard), standard));
  return verdicts;
}

/// Says which CA certificates are not valid.
void warn_of_ca(const Standard& standard, std::ostream& err) {
  if (!standard.pool) return;
  for (const nebula::Certificate* ca : standard.pool->expired_at(standard.at))
    // Those of an authority that begin later are as they should be.
    if (!standard.authority || ca->details.not_after < unix_seconds(standard.at))
      err << standard.ca_name << ": the CA " << printable(ca->details.name)
          << " is not valid at this time\n";
}

/// A proof that holds for one certificate of a file is not wrong for being none of another.
void keep_wrong_for_all(std::vector<Verdict>& verdicts) {
  for (const Verdict& holds : verdicts) {
    if (!holds.logged) continue;
    for (const ca::LoggedBy& each : holds.logged->parties)
      for (Verdict& other : verdicts)
        if (other.logged) other.logged->wrong.erase(each.proof);
  }
}

const std::string& party_name(const Standard& standard, const ca::LoggedBy& each) {
  return standard.authority->party(each.party)->card.name;
}

void print_text(const std::vector<Verdict>& verdicts, const Standard& standard, std::ostream& out) {
  constexpr const char* indent = "        ";
  for (const Verdict& verdict : verdicts) {
    out << (verdict.ok ? "ok      " : "FAILED  ") << verdict.title
        << (verdict.ok ? "" : ": " + verdict.reason) << "\n";
    if (!verdict.fingerprint.empty()) out << indent << verdict.fingerprint << "\n";
    if (verdict.revoked && standard.revocations)
      out << indent << (*verdict.revoked ? "on" : "not on") << " list of revocations "
          << standard.revocations->number << " of " << to_rfc3339(standard.revocations->this_update)
          << "\n";
    if (!verdict.logged) continue;
    for (const ca::LoggedBy& each : verdict.logged->parties)
      out << indent << "logged by " << party_name(standard, each) << ", index " << each.index
          << " of " << each.size << ", "
          << (each.cosigners.empty() ? "not cosigned" : "cosigned by " + join(each.cosigners))
          << "\n";
    for (const auto& [name, reason] : verdict.logged->wrong)
      out << indent << "proof " << name << " does not hold: " << reason << "\n";
  }
}

void print_json(const std::vector<Verdict>& verdicts, const Standard& standard, std::ostream& out) {
  Json array = Json::array();
  for (const Verdict& verdict : verdicts) {
    Json object{
        {"ok", verdict.ok}, {"reason", verdict.reason}, {"fingerprint", verdict.fingerprint}};
    if (verdict.revoked && standard.revocations) {
      object["revoked"] = *verdict.revoked;
      object["revocations"] = standard.revocations->number;
    }
    if (verdict.logged) {
      Json logged_by = Json::array(), wrong = Json::object();
      for (const ca::LoggedBy& each : verdict.logged->parties)
        logged_by.push_back({{"party", party_name(standard, each)},
                             {"proof", each.proof},
                             {"index", each.index},
                             {"size", each.size},
                             {"cosigned_by", each.cosigners}});
      for (const auto& [name, reason] : verdict.logged->wrong) wrong[name] = reason;
      object["needed"] = standard.authority->min_signers;
      object["logged_by"] = std::move(logged_by);
      object["wrong_proofs"] = std::move(wrong);
    }
    array.push_back(std::move(object));
  }
  // Replaces bytes that are not UTF-8, which a reason may quote.
  out << array.dump(2, ' ', false, Json::error_handler_t::replace) << "\n";
}

}  // namespace

int cert_verify(const CertVerifyOptions& options, Time now, std::ostream& out, std::ostream& err) {
  const auto problem = [&](const Error& error) {
    err << "jointca: " << error.message << "\n";
    return static_cast<int>(error.code);
  };
  const auto standard = read_standard(options, now);
  if (!standard) return problem(standard.error());
  const auto text = machine::read_file(options.file, nebula::pem_file_bytes_max);
  if (!text) return problem(text.error());
  const std::string pem = to_text(*text);
  const bool x509 = is_x509(pem);
  if (!x509) warn_of_ca(*standard, err);
  std::vector<Verdict> verdicts =
      x509 ? judge_all(x509::parse_certificates(pem), options.file, *standard)
           : judge_all(nebula::parse_certificates(pem), options.file, *standard);
  keep_wrong_for_all(verdicts);
  if (options.json)
    print_json(verdicts, *standard, out);
  else
    print_text(verdicts, *standard, out);
  const bool all = std::all_of(verdicts.begin(), verdicts.end(),
                               [](const Verdict& verdict) { return verdict.ok; });
  return all ? 0 : static_cast<int>(Error::Code::verification);
}

}  // namespace jointca::cli
