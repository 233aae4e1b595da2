#include "host/session_grant.h"

#include <algorithm>

namespace jointca::host {
namespace {

Unexpected<Error> wrong(const mpyc::Rejection& rejection) {
  return failed(Error::Code::verification, rejection.rule + ": " + rejection.reason);
}

/// The file that grant and certificates make with what was asked.
Result<mpyc::SessionFile, Error> file_of(const mpyc::SessionRequest& request,
                                         const std::vector<issued::Signed>& statements) {
  mpyc::SessionFile file{request.manifest, request.consents, {}, {}};
  for (const issued::Signed& each : statements) {
    std::string text = issued::signed_text(each.statement, each.signature);
    if (each.statement.kind == issued::session_grant_kind)
      file.grant = text.substr(0, text.size() - 1);  // without the line feed
    else
      file.certificates.push_back(std::move(text));
  }
  return file;
}

}  // namespace

mpyc::SessionKeys session_keys(const ca::Authority& authority) {
  const issued::Keys keys(authority.group_public_key);
  return {keys.of(issued::session_grant_kind), keys.of(issued::session_seat_kind)};
}

Result<AgreedSession, Error> agreed_session(std::string manifest,
                                            const std::vector<std::string>& consents,
                                            const Digest& authority) {
  auto parsed = mpyc::parse_manifest(manifest);
  if (!parsed) return wrong({"session.malformed", parsed.error().text()});
  if (parsed->authority != authority)
    return wrong({"session.authority", "it is another authority's"});
  const auto opened = mpyc::open_consents(consents, *parsed);
  if (!opened) return wrong(opened.error());
  std::vector<std::string> in_order(opened->size());
  for (const std::string& token : consents)
    if (const auto consent = mpyc::open_consent(token, *parsed)) in_order[consent->seat] = token;
  return AgreedSession{*std::move(parsed), {std::move(manifest), std::move(in_order)}};
}

Result<GrantedSession, Error> granted_session(const ca::Authority& authority,
                                              const AgreedSession& session,
                                              const enroll::Bundle& bundle) {
  if (bundle.request != mpyc::digest(session.manifest))
    return failed(Error::Code::verification, "the answer is about another session");
  const auto statements = issued::parse_signed(bundle.session);
  if (!statements) return failed(Error::Code::verification, statements.error().text());
  // The proofs are of the first statement.
  if (statements->empty() || statements->front().statement.kind != issued::session_grant_kind)
    return failed(Error::Code::verification, "the answer does not begin with the grant");
  GrantedSession granted;
  JCA_ASSIGN(granted.file, file_of(session.request, *statements));
  const auto opened =
      mpyc::open_session(mpyc::to_json(granted.file), authority.id, session_keys(authority));
  if (!opened) return wrong(opened.error());
  JCA_ASSIGN(granted.proofs, check_host_proofs(authority, {statements->front()}, bundle.proofs));
  granted.signers = bundle.signers;
  return granted;
}

Result<GrantedSession, Error> request_grant(const ca::Authority& authority,
                                            const AgreedSession& session, Duration timeout,
                                            const Progress& progress) {
  const Digest id = mpyc::digest(session.manifest);
  GrantedSession granted;
  const auto accept = [&](const enroll::Bundle& bundle) -> Result<Ok, Error> {
    JCA_ASSIGN(granted, granted_session(authority, session, bundle));
    return Ok{};
  };
  JCA_TRY(submit(authority, addresses_of(authority),
                 {"/v1/sessions", id, mpyc::encode_request(session.request)}, timeout, accept,
                 progress));
  return granted;
}

}  // namespace jointca::host
