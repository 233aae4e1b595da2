// daemon/api.h — the routes of a party: the HTTPS API for hosts, the administrative socket for its
// operator. docs/formats/api.md.
#pragma once

#include <map>
#include <memory>

#include "daemon/issuance.h"
#include "daemon/links.h"
#include "daemon/published.h"
#include "daemon/revocation_lists.h"
#include "daemon/revocation_voting.h"
#include "daemon/witness_client.h"
#include "transport/http.h"

namespace jointca::daemon {

/// What `status` shows besides what the parts know themselves.
struct ApiFacts {
  std::string policy;  ///< file, or how there is none
  bool memory_locked = false;
  std::function<std::size_t()> evidence_files;
  std::string witness_vkey;  ///< the key that cosigns outside logs
  std::function<std::vector<WitnessState>()> witnesses;
};

/// Of any body that a host sends: a request for a session, in base64, is the longest.
inline constexpr std::size_t host_body_bytes_max = std::size_t{128} * 1024;

/// Digits by which an operator names an invitation; fewer could be hit by one made for it.
inline constexpr std::size_t request_digits_min = 16;

/// Answers what is read by anyone, nothing for other requests.
using PublicRoutes =
    std::function<std::optional<transport::HttpResponse>(const transport::HttpRequest&)>;

/// {"error": {"code", "message", "field"}}
[[nodiscard]] transport::HttpResponse error_response(unsigned status, const std::string& code,
                                                     const std::string& message,
                                                     const std::string& field = {});

class Api {
 public:
  Api(const Member& member, Signer& signer, Registry& registry, PartyLog& party_log,
      Issuance& issuance, Links& links, RevocationVoting& voting, const RevocationLists& lists,
      Published& published, Rng& rng, std::function<Time()> clock, ApiFacts facts,
      PublicRoutes public_routes);

  /// A request of a host.
  transport::awaitable<transport::HttpResponse> host(transport::HttpRequest request);
  /// A request of the operator.
  transport::awaitable<transport::HttpResponse> operate(transport::HttpRequest request);

  void set_policy_name(std::string name) { facts_.policy = std::move(name); }

 private:
  transport::awaitable<transport::HttpResponse> issue(std::string body, enroll::Basis basis);
  transport::awaitable<transport::HttpResponse> grant(std::string body);
  [[nodiscard]] std::string asked_sessions(bool all) const;
  [[nodiscard]] transport::HttpResponse decided(const Digest& id, bool approved) const;
  transport::awaitable<transport::HttpResponse> invite(std::string body);
  [[nodiscard]] std::optional<ca::Refusal> own_refusal(const enroll::Terms& terms, Time now) const;
  [[nodiscard]] std::vector<std::string> held(const enroll::Terms& terms, Time now) const;
  [[nodiscard]] std::optional<transport::HttpResponse> no_room(const enroll::Terms& terms,
                                                               bool lighthouse) const;
  transport::HttpResponse decide(const std::string& body, bool approved);
  [[nodiscard]] std::string status() const;
  [[nodiscard]] std::string hosts(bool all) const;
  [[nodiscard]] transport::HttpResponse known_host(const std::string& name) const;
  transport::HttpResponse revoke(const std::string& body);
  transport::HttpResponse agree_to_revoke(const RevocationStanding& asked);
  [[nodiscard]] std::string pending_revocations(bool all) const;
  [[nodiscard]] transport::HttpResponse revocations();
  [[nodiscard]] transport::HttpResponse tokens(std::string_view kind);
  [[nodiscard]] transport::HttpResponse document(const std::string& name, const std::string& text,
                                                 const Digest& digest);
  [[nodiscard]] bool is_revoked(const Holding& holding) const;
  [[nodiscard]] std::string requests(bool all) const;
  [[nodiscard]] std::string standing(const KnownInvitation& known,
                                     const enroll::Invitation& invitation, Time now) const;

  const Member& member_;
  Signer& signer_;
  Registry& registry_;
  PartyLog& log_;
  Issuance& issuance_;
  Links& links_;
  RevocationVoting& voting_;
  const RevocationLists& lists_;
  Published& published_;
  Rng& rng_;
  std::function<Time()> clock_;
  ApiFacts facts_;
  PublicRoutes public_routes_;
  /// As served last: one copy for all connections that still send it.
  std::map<std::string, std::shared_ptr<const transport::HttpDocument>> documents_;
};

}  // namespace jointca::daemon
