// host/session_grant.h — a member asks the parties to grant a session of MPyC.
#pragma once

#include "host/proof_files.h"
#include "host/submission.h"
#include "mpyc-adapter/session.h"

namespace jointca::host {

/// A manifest with the consents of all members, in seat order, both checked.
struct AgreedSession {
  mpyc::Manifest manifest;
  mpyc::SessionRequest request;
};
/// Fails (verification) by the rules of mpyc::open_agreement(), whatever the order of the consents.
[[nodiscard]] Result<AgreedSession, Error> agreed_session(std::string manifest,
                                                          const std::vector<std::string>& consents,
                                                          const Digest& authority);

/// What the parties gave.
struct GrantedSession {
  mpyc::SessionFile file;
  std::vector<std::string> signers;
  HostProofs proofs;  ///< of the grant
};
/// What an answer of the parties makes of the session. Fails (verification) unless it begins with
/// the grant, mpyc::open_session() takes the file, and min_signers parties are proven to have
/// logged the grant.
[[nodiscard]] Result<GrantedSession, Error> granted_session(const ca::Authority& authority,
                                                            const AgreedSession& session,
                                                            const enroll::Bundle& bundle);
/// Asks for it. Fails as submit(), which takes the answers that granted_session() takes.
[[nodiscard]] Result<GrantedSession, Error> request_grant(const ca::Authority& authority,
                                                          const AgreedSession& session,
                                                          Duration timeout,
                                                          const Progress& progress);

/// The keys under which an authority's grants and seats verify.
[[nodiscard]] mpyc::SessionKeys session_keys(const ca::Authority& authority);

}  // namespace jointca::host
