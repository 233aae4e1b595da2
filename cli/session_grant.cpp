// cli/session_grant.cpp — `jointca session grant`: from a manifest and the consents of all members
// to a granted session.
#include "host/session_grant.h"

#include <iostream>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "cli/command_session.h"
#include "cli/console.h"
#include "host/enrolment.h"
#include "host/files.h"
#include "machine/files.h"

namespace jointca::cli {
namespace {

using Json = nlohmann::ordered_json;

void tell(const std::string& line) { std::cerr << line << '\n'; }

/// The token in a file, with or without a line feed.
Result<std::string, Error> read_consent(const std::string& path) {
  JCA_ASSIGN(const Bytes bytes, machine::read_file(path, mpyc::consent_bytes_max + 1));
  std::string token = to_text(bytes);
  if (token.ends_with('\n')) token.pop_back();
  return token;
}

Result<host::AgreedSession, Error> read_agreed(const SessionGrantOptions& options,
                                               const Digest& authority) {
  JCA_ASSIGN(const Bytes manifest, machine::read_file(options.manifest, mpyc::manifest_bytes_max));
  std::vector<std::string> consents;
  for (const std::string& path : options.consents) {
    JCA_ASSIGN(auto token, read_consent(path));
    consents.push_back(std::move(token));
  }
  return host::agreed_session(to_text(manifest), consents, authority);
}

/// Where the proofs are, for who wants to see them.
Result<std::string, Error> keep(const host::GrantedSession& granted, const mpyc::Manifest& manifest,
                                const SessionGrantOptions& options) {
  const host::Paths paths{options.dir};
  const std::string id = to_hex(manifest.session), proofs = paths.session_proofs(id);
  for (const std::string& directory : {paths.sessions(), paths.session(id), proofs})
    JCA_TRY(machine::make_private_directory(directory));
  JCA_TRY(host::write_proofs(proofs, granted.proofs.files));
  JCA_TRY(
      machine::write_file(options.out, as_bytes(mpyc::to_json(granted.file)), 0644,
                          options.force ? machine::Overwrite::allow : machine::Overwrite::refuse));
  return proofs;
}

Result<int, Error> run(const SessionGrantOptions& options) {
  const auto timeout = duration_from_text(options.timeout);
  if (!timeout) return failed(Error::Code::usage, "--timeout: " + timeout.error().text());
  if (machine::file_exists(options.out) && !options.force)
    return failed(options.out + ": is there already; --force overwrites it");
  JCA_ASSIGN(const auto authority, host::read_authority({options.dir}));
  JCA_ASSIGN(const auto agreed, read_agreed(options, authority.id));
  JCA_ASSIGN(const auto granted, host::request_grant(authority, agreed, *timeout, tell));
  const mpyc::Manifest& manifest = agreed.manifest;
  JCA_ASSIGN(const std::string proofs, keep(granted, manifest, options));
  if (options.json)
    std::cout << Json{{"session", to_hex(manifest.session)},
                      {"manifest", to_hex(mpyc::digest(manifest))},
                      {"not_before", to_rfc3339(manifest.not_before)},
                      {"not_after", to_rfc3339(manifest.not_after)},
                      {"signers", granted.signers},
                      {"logged_by", granted.proofs.parties},
                      {"certificates", granted.file.certificates.size()}}
                     .dump()
              << '\n';
  else
    print_fields(
        std::cout,
        {{"granted", options.out},
         {"session", to_hex(manifest.session)},
         {"digest", to_hex(mpyc::digest(manifest))},
         {"window", to_rfc3339(manifest.not_before) + " to " + to_rfc3339(manifest.not_after)},
         {"signed by", join(granted.signers) + " of " + authority.name},
         {"logged by", join(granted.proofs.parties) + ", proven by " + proofs}});
  return 0;
}

}  // namespace

int session_grant(const SessionGrantOptions& options) {
  const auto status = run(options);
  return status ? *status : report(status.error());
}

}  // namespace jointca::cli
