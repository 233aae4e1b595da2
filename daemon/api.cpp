#include "daemon/api.h"

#include <algorithm>
#include <map>
#include <set>

#include <nlohmann/json.hpp>

#include "base/json_fields.h"
#include "base/text.h"
#include "ca/preview.h"
#include "daemon/api_sessions.h"
#include "issued/statement.h"
#include "x509-adapter/certificate.h"

namespace jointca::daemon {
namespace {

using Json = nlohmann::ordered_json;
using transport::awaitable;
using transport::HttpRequest;
using transport::HttpResponse;

constexpr std::size_t body_bytes_max = 64 * 1024;
static_assert(host_body_bytes_max > 4 * mpyc::session_request_bytes_max / 3 + 64);
constexpr std::chrono::milliseconds invitation_timeout{3'000};

HttpResponse json_response(unsigned status, const Json& document) {
  return {status, "application/json", document.dump() + "\n", {}};
}

HttpResponse response_of(const Answer& answer, const Digest& request) {
  if (const auto* bundle = std::get_if<enroll::Bundle>(&answer))
    return {200, "application/json", enroll::bundle_text(*bundle), {}};
  if (const auto* waiting = std::get_if<Waiting>(&answer))
    return json_response(202, {{"id", to_hex(request)}, {"waiting_for", waiting->parties}});
  if (const auto* declination = std::get_if<Declination>(&answer))
    return error_response(
        403, "refused",
        declination->party + " refuses by rule " + declination->rule + ": " + declination->reason,
        declination->rule);
  const auto& few = std::get<TooFewParties>(answer);
  std::string message =
      std::to_string(few.needed) + " parties must sign; missing: " + join(few.missing);
  if (!few.refusal.empty()) message += "; " + few.refusal;
  return error_response(503, "not_enough_parties", message);
}

Json texts(const std::vector<ca::Prefix>& networks) {
  Json out = Json::array();
  for (const ca::Prefix& prefix : networks) out.push_back(prefix.text());
  return out;
}

Json texts(const std::vector<ca::Kind>& kinds) {
  Json out = Json::array();
  for (const ca::Kind kind : kinds) out.push_back(std::string(ca::to_text(kind)));
  return out;
}

/// The terms in the body of POST /v1/invitations.
Parsed<enroll::Terms> parse_terms(const std::string& body, Time now) {
  JCA_ASSIGN(const auto document, JsonValue::parse(body, "invitation", body_bytes_max));
  JCA_ASSIGN(auto object, document.object());
  enroll::Terms terms;
  JCA_ASSIGN(const auto name, object.required("name"));
  JCA_ASSIGN(terms.name, name.text());
  if (!ca::is_host_name(terms.name)) return name.fail(ca::not_a_host_name(terms.name));
  JCA_ASSIGN(const auto groups, object.required("groups"));
  JCA_ASSIGN(const auto group_list, groups.array(ca::host_groups_max));
  for (const auto& element : group_list) {
    JCA_ASSIGN(auto group, element.text());
    if (!ca::is_group_name(group)) return element.fail(ca::not_a_group_name(group));
    terms.groups.push_back(std::move(group));
  }
  JCA_ASSIGN(const auto kinds, object.required("kinds"));
  JCA_ASSIGN(const auto kind_list, kinds.array(ca::all_kinds.size()));
  for (const auto& element : kind_list) {
    JCA_ASSIGN(const auto text, element.text());
    const auto kind = ca::kind_from_text(text);
    if (!kind) return element.fail("not a kind");
    terms.kinds.push_back(*kind);
  }
  std::sort(terms.kinds.begin(), terms.kinds.end());
  JCA_ASSIGN(const auto addresses, object.required("addresses"));
  JCA_ASSIGN(const auto address_list, addresses.array(ca::addresses_max));
  for (const auto& element : address_list) {
    JCA_ASSIGN(const auto text, element.text());
    const auto address = ca::IpAddress::parse(text);
    if (!address) return element.fail("not an IP address");
    terms.addresses.push_back(*address);
  }
  constexpr std::int64_t seconds_max = std::int64_t{100} * 366 * 86400;
  JCA_ASSIGN(const auto ttl, object.required("ttl"));
  JCA_ASSIGN(const auto ttl_seconds, ttl.integer<std::int64_t>(1, seconds_max));
  terms.ttl = Duration(ttl_seconds);
  JCA_ASSIGN(const auto uses, object.required("uses"));
  JCA_ASSIGN(terms.uses, uses.integer<std::uint16_t>(1));
  JCA_ASSIGN(const auto expires, object.required("expires"));
  JCA_ASSIGN(const auto expires_seconds, expires.integer<std::int64_t>(1, seconds_max));
  terms.expires = now + Duration(expires_seconds);
  JCA_ASSIGN(const auto lighthouse, object.required("lighthouse"));
  JCA_ASSIGN(terms.lighthouse, lighthouse.boolean());
  JCA_TRY(object.finish());
  return terms;
}

/// The request in a body {"request": base64}.
struct ReadRequest {
  Asked what;
  Bytes sealed;
};
Result<ReadRequest, HttpResponse> read_asked(const std::string& body, std::size_t bytes_max,
                                             Signer& signer) {
  const auto read = [&]() -> Parsed<std::string> {
    JCA_ASSIGN(const auto document, JsonValue::parse(body, "request", bytes_max));
    JCA_ASSIGN(auto object, document.object());
    JCA_ASSIGN(const auto field, object.required("request"));
    JCA_ASSIGN(auto text, field.text(bytes_max));
    JCA_TRY(object.finish());
    return text;
  };
  const auto text = read();
  if (!text) return Unexpected{error_response(400, "malformed", text.error().text(), "request")};
  auto sealed = from_base64(*text);
  if (!sealed)
    return Unexpected{error_response(400, "malformed", "request: not base64", "request")};
  auto asked = signer.check_request(*sealed);
  if (!asked)
    return Unexpected{error_response(400, asked.error().check, asked.error().reason, "request")};
  return ReadRequest{*std::move(asked), *std::move(sealed)};
}

/// What no X.509 certificate can say of the host: it is refused now, and not to the host.
std::optional<std::string> x509_problem(const enroll::Terms& terms) {
  const bool asked =
      std::find(terms.kinds.begin(), terms.kinds.end(), ca::Kind::x509) != terms.kinds.end();
  if (!asked || (x509::is_dns_name(ca::name_key(terms.name)) && x509::is_common_name(terms.name)))
    return std::nullopt;
  return terms.name + " is no DNS name of at most " + std::to_string(x509::common_name_bytes_max) +
         " bytes, as X.509 needs it: letters, digits and hyphens between dots, the last part not "
         "a number";
}

}  // namespace

HttpResponse error_response(unsigned status, const std::string& code, const std::string& message,
                            const std::string& field) {
  return json_response(status,
                       {{"error", {{"code", code}, {"message", message}, {"field", field}}}});
}

Api::Api(const Member& member, Signer& signer, Registry& registry, PartyLog& party_log,
         Issuance& issuance, Links& links, RevocationVoting& voting, const RevocationLists& lists,
         Published& published, Rng& rng, std::function<Time()> clock, ApiFacts facts,
         PublicRoutes public_routes)
    : member_(member),
      signer_(signer),
      registry_(registry),
      log_(party_log),
      issuance_(issuance),
      links_(links),
      voting_(voting),
      lists_(lists),
      published_(published),
      rng_(rng),
      clock_(std::move(clock)),
      facts_(std::move(facts)),
      public_routes_(std::move(public_routes)) {}

awaitable<HttpResponse> Api::host(HttpRequest request) {
  constexpr std::string_view requests_path = "/v1/requests/", hosts_path = "/v1/hosts/";
  if (request.method == "GET" && request.target == "/v1/authority")
    co_return HttpResponse{200, "application/json", ca::to_json(member_.authority), {}};
  if (request.method == "GET" && request.target == "/v1/revocations") co_return revocations();
  if (request.method == "GET" && request.target == "/v1/bindings")
    co_return tokens(issued::wireguard_kind);
  if (request.method == "GET" && request.target == "/v1/lighthouses")
    co_return tokens(issued::lighthouse_kind);
  if (request.method == "POST" && request.target == "/v1/enroll") {
    HttpResponse response = co_await issue(request.body, enroll::Basis::invitation);
    co_return response;
  }
  if (request.method == "POST" && request.target == "/v1/renew") {
    HttpResponse response = co_await issue(request.body, enroll::Basis::renewal);
    co_return response;
  }
  if (request.method == "POST" && request.target == "/v1/sessions") {
    HttpResponse response = co_await grant(request.body);
    co_return response;
  }
  if (request.method == "GET" && request.target.starts_with(requests_path)) {
    const auto bytes = from_hex(std::string_view(request.target).substr(requests_path.size()));
    const auto digest = bytes ? to_array<32>(*bytes) : std::nullopt;
    if (!digest) co_return error_response(400, "bad_id", "a request id has 64 hexadecimal digits");
    const auto answer = co_await issuance_.resume(*digest);
    if (!answer) co_return error_response(404, "unknown_request", "no such request waits here");
    co_return response_of(*answer, *digest);
  }
  if (request.method == "GET" && request.target.starts_with(hosts_path))
    co_return known_host(request.target.substr(hosts_path.size()));
  if (auto response = public_routes_(request)) co_return *std::move(response);
  co_return error_response(404, "not_found", "no such resource");
}

awaitable<HttpResponse> Api::issue(std::string body, enroll::Basis basis) {
  auto asked = read_asked(body, body_bytes_max, signer_);
  if (!asked) co_return asked.error();
  const enroll::Request* request = request_of(asked->what);
  if (request == nullptr || request->basis != basis)
    co_return error_response(400, "wrong_basis",
                             "invitations are redeemed at /v1/enroll, renewals asked at /v1/renew, "
                             "sessions at /v1/sessions",
                             "request");
  if (basis == enroll::Basis::invitation)
    if (auto refused = no_room(request->invitation.terms, request->lighthouse))
      co_return *std::move(refused);
  const Digest digest = digest_of(asked->what);
  const Answer answer = co_await issuance_.submit(std::move(asked->what), std::move(asked->sealed));
  co_return response_of(answer, digest);
}

awaitable<HttpResponse> Api::grant(std::string body) {
  auto asked = read_asked(body, host_body_bytes_max, signer_);
  if (!asked) co_return asked.error();
  if (request_of(asked->what) != nullptr)
    co_return error_response(400, "wrong_basis", "here one asks for sessions alone", "request");
  const Digest digest = digest_of(asked->what);
  const Answer answer = co_await issuance_.submit(std::move(asked->what), std::move(asked->sealed));
  co_return response_of(answer, digest);
}

/// The refusal of a new host whose token the documents cannot hold any more.
std::optional<HttpResponse> Api::no_room(const enroll::Terms& terms, bool lighthouse) const {
  std::vector<std::string_view> kinds;
  if (lighthouse) kinds.push_back(issued::lighthouse_kind);
  if (std::find(terms.kinds.begin(), terms.kinds.end(), ca::Kind::wireguard) != terms.kinds.end())
    kinds.push_back(issued::wireguard_kind);
  for (const std::string_view kind : kinds) {
    const auto why = published_.no_room(kind, terms.name, clock_());
    if (!why) return error_response(500, "failed", why.error().message);
    if (!why->empty())
      return error_response(
          403, "refused", member_.name() + " refuses by rule hosts.limit: " + *why, "hosts.limit");
  }
  return std::nullopt;
}

/// All live tokens of a kind.
HttpResponse Api::tokens(std::string_view kind) {
  const auto published = published_.document(kind, clock_());
  if (!published) return error_response(500, "failed", published.error().message);
  return document(std::string(kind), (*published)->text, (*published)->digest);
}

/// A document with its SHA-256 as entity tag, so that whoever has the bytes has the tag.
HttpResponse Api::document(const std::string& name, const std::string& text, const Digest& digest) {
  auto& served = documents_[name];
  if (const std::string tag = to_hex(digest); !served || served->tag != tag)
    served = std::make_shared<const transport::HttpDocument>(transport::HttpDocument{text, tag});
  return {200, "application/json", {}, {}, served};
}

awaitable<HttpResponse> Api::operate(HttpRequest request) {
  const bool get = request.method == "GET", post = request.method == "POST";
  const auto text = [](std::string body) {
    return HttpResponse{200, "application/json", std::move(body), {}};
  };
  if (get && request.target == "/v1/status") co_return text(status());
  if (get && request.target == "/v1/hosts") co_return text(hosts(false));
  if (get && request.target == "/v1/hosts?all") co_return text(hosts(true));
  if (get && request.target == "/v1/requests") co_return text(requests(false));
  if (get && request.target == "/v1/requests?all") co_return text(requests(true));
  if (get && request.target == "/healthz") co_return text("{\"ok\":true}\n");
  if (post && request.target == "/v1/invitations") {
    HttpResponse response = co_await invite(request.body);
    co_return response;
  }
  if (post && request.target == "/v1/revoke") co_return revoke(request.body);
  if (post && request.target == "/v1/approve") co_return decide(request.body, true);
  if (post && request.target == "/v1/deny") co_return decide(request.body, false);
  co_return error_response(404, "not_found", "no such resource");
}

awaitable<HttpResponse> Api::invite(std::string body) {
  const Time now = clock_();
  auto terms = parse_terms(body, now);
  if (!terms) co_return error_response(400, "malformed", terms.error().text(), terms.error().where);
  if (const auto problem = x509_problem(*terms))
    co_return error_response(400, "malformed", "name: " + *problem, "name");
  if (terms->expires > member_.constraints.not_after)
    co_return error_response(
        400, "malformed",
        "expires: the CA certificate ends before, at " + to_rfc3339(member_.constraints.not_after),
        "expires");
  std::vector<enroll::PartyAddress> parties;
  for (const ca::Party& party : member_.authority.parties)
    parties.push_back({party.card.api, party.card.identity});
  const auto token = enroll::make_invitation(member_.authority.id, *terms, member_.identity, now,
                                             std::move(parties), rng_);
  if (!token) co_return error_response(400, "malformed", token.error().text());
  if (const auto refusal = own_refusal(*terms, now))
    co_return error_response(
        403, "refused",
        member_.name() + " refuses by rule " + refusal->rule + ": " + refusal->reason,
        refusal->rule);
  if (auto refused = no_room(*terms, terms->lighthouse)) co_return *std::move(refused);
  const Digest id = enroll::digest(token->invitation);
  // Whoever invites has said yes for this party; the others are told, so that theirs may.
  auto own = signer_.remember(token->invitation, now);
  if (own) {
    if (auto decided = signer_.decide(id, true, "", now); !decided)
      own = Unexpected{decided.error()};
  }
  if (!own) co_return error_response(500, "failed", own.error().message);

  const Envelope envelope =
      member_.say(rng_.array<32>(), static_cast<std::uint16_t>(MessageType::invitation), 0,
                  encoded(token->invitation));
  const PerParty<Envelope> answers = co_await links_.ask_others(envelope, invitation_timeout);
  std::vector<std::string> asking, by_policy, unaware;
  for (const Identifier party : parties_of(member_.roster)) {
    if (party == member_.self) continue;
    const auto answer = answers.find(party);
    const bool accepted =
        answer != answers.end() &&
        answer->second.header.round == static_cast<std::uint16_t>(MessageType::accepted) &&
        answer->second.payload.size() == 1;
    if (!accepted)
      unaware.push_back(member_.name_of(party));
    else if (answer->second.payload[0] != 0)
      asking.push_back(member_.name_of(party));
    else
      by_policy.push_back(member_.name_of(party));
  }
  const Time ca_end = member_.constraints_at(now - ca::backdating).not_after;
  const std::size_t without_asking = 1 + by_policy.size();  // with this party
  const std::size_t t = member_.authority.min_signers;
  co_return json_response(200, {{"invitation", enroll::token_text(*token)},
                                {"id", to_hex(id)},
                                {"name", terms->name},
                                {"expires", to_rfc3339(terms->expires)},
                                {"waiting_for", asking},
                                {"needed", t - std::min(t, without_asking)},
                                {"by_policy", by_policy},
                                {"not_told", unaware},
                                {"held", held(*terms, now)},
                                {"issuer_not_after", to_rfc3339(ca_end)},
                                {"outlives_ca", now + terms->ttl > ca_end}});
}

/// What of these terms a live host has. Only that host can redeem the invitation before its end.
std::vector<std::string> Api::held(const enroll::Terms& terms, Time now) const {
  const PublicKey nobody{};
  std::vector<std::string> out;
  if (const auto holder = registry_.name_holder(ca::name_key(terms.name), now, nobody))
    out.push_back("the name " + terms.name + " by a host until " + to_rfc3339(holder->until));
  for (const ca::IpAddress& address : terms.addresses)
    if (const auto holder = registry_.address_holder(address, now, nobody))
      out.push_back(address.text() + " by " + holder->name + " until " + to_rfc3339(holder->until));
  return out;
}

/// Why this party itself would refuse whoever redeems an invitation in these terms.
std::optional<ca::Refusal> Api::own_refusal(const enroll::Terms& terms, Time now) const {
  const ca::Foreseen foreseen{{{}, {}, member_.name(), terms},
                              terms.kinds,
                              std::nullopt,
                              true,
                              member_.constraints_at(now - ca::backdating),
                              registry_.used_addresses(now)};
  const ca::Preview preview = ca::preview(foreseen, signer_.policy(), now);
  const auto* refusal = std::get_if<ca::Refusal>(&preview.decision);
  return refusal == nullptr ? std::nullopt : std::optional(*refusal);
}

HttpResponse Api::decide(const std::string& body, bool approved) {
  const auto document = JsonValue::parse(body, "decision", body_bytes_max);
  if (!document) return error_response(400, "malformed", document.error().text());
  const auto read = [&]() -> Parsed<std::pair<std::string, std::string>> {
    JCA_ASSIGN(auto object, document->object());
    JCA_ASSIGN(const auto id, object.required("id"));
    JCA_ASSIGN(auto id_text, id.text(64));
    std::string reason;
    if (!approved) {
      JCA_ASSIGN(const auto value, object.required("reason"));
      JCA_ASSIGN(reason, value.text(256));
    }
    JCA_TRY(object.finish());
    return std::pair(std::move(id_text), std::move(reason));
  }();
  if (!read) return error_response(400, "malformed", read.error().text(), read.error().where);
  const auto& [prefix, reason] = *read;
  if (prefix.size() < request_digits_min)
    return error_response(400, "bad_id", "give at least 16 digits of the id");
  std::vector<Digest> found;
  for (const auto& [digest, invitation] : registry_.invitations())
    if (to_hex(digest).starts_with(prefix)) found.push_back(digest);
  std::vector<RevocationStanding> revocations;
  for (RevocationStanding& each : voting_.all())
    if (to_hex(each.id).starts_with(prefix)) revocations.push_back(std::move(each));
  if (found.empty() && revocations.size() == 1) {
    if (approved) return agree_to_revoke(revocations.front());
    return error_response(400, "not_deniable",
                          "a revocation waits until enough parties agree; there is no need to deny "
                          "it");
  }
  if (found.empty() && revocations.empty())
    return error_response(404, "unknown_request",
                          "no request has this id; `jointca requests` lists them");
  if (found.size() + revocations.size() > 1)
    return error_response(400, "bad_id", "several requests begin like this");
  if (auto decided = signer_.decide(found.front(), approved, reason, clock_()); !decided)
    return error_response(409, "decided", decided.error().message);
  return decided(found.front(), approved);
}

/// What was decided, as `approve` and `deny` tell it.
HttpResponse Api::decided(const Digest& id, bool approved) const {
  const KnownInvitation& known = *registry_.invitation(id);
  Json document{{"type", known.session ? "session" : "invitation"},
                {"id", to_hex(id)},
                {"state", approved ? "approved" : "denied"}};
  if (known.session) {
    document.update(session_json(*known.session));
  } else {
    const auto invitation = enroll::parse_invitation(known.data);
    JCA_ASSERT(invitation.has_value());  // it was parsed before it was kept
    document.update({{"name", invitation->terms.name},
                     {"groups", invitation->terms.groups},
                     {"inviter", member_.party_name(invitation->inviter).value_or("")}});
  }
  document.update({{"party", member_.name()},
                   {"parties", member_.authority.parties.size()},
                   {"min_signers", member_.authority.min_signers}});
  return json_response(200, document);
}

std::string Api::status() const {
  const Time now = clock_();
  Json parties = Json::array();
  std::size_t reachable = 0;
  for (const ca::Party& party : member_.authority.parties) {
    const Identifier identifier(party.identifier);
    const bool is_reachable = links_.reachable(identifier);
    const auto last = links_.last_answer(identifier);
    reachable += is_reachable ? 1 : 0;
    parties.push_back({{"identifier", party.identifier},
                       {"name", party.card.name},
                       {"self", identifier == member_.self},
                       {"reachable", is_reachable},
                       {"last_answer", last ? Json(to_rfc3339(*last)) : Json(nullptr)}});
  }
  std::size_t open = 0, asked = 0;
  std::map<PublicKey, Time> live;  // and when the last of what a host has ends
  std::set<PublicKey> revoked;
  for (const auto& [digest, known] : registry_.invitations()) {
    if (known.state != KnownInvitation::State::open || !known.asked) continue;
    if (known.session) open += known.session->not_after > now ? 1 : 0;
    const auto invitation = enroll::parse_invitation(known.data);
    open += invitation && standing(known, *invitation, now) == "open" ? 1 : 0;
  }
  for (const auto& [digest, holding] : registry_.holdings()) {
    if (holding.certificates.empty() || holding.subject.not_after < now || holding.is_session())
      continue;
    if (is_revoked(holding)) {
      revoked.insert(holding.host);
      continue;
    }
    Time& end = live[holding.host];  // what was renewed stays until its own end
    end = std::max(end, holding.subject.not_after);
  }
  std::erase_if(revoked, [&](const PublicKey& host) { return live.contains(host); });
  const auto next = std::min_element(
      live.begin(), live.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  Json witnesses = Json::array();
  for (const WitnessState& witness : facts_.witnesses())
    witnesses.push_back(
        {{"name", witness.name}, {"size", witness.size}, {"problem", witness.problem}});
  for (const RevocationStanding& each : voting_.all())
    asked += each.state == RevocationStanding::State::open ? 1 : 0;
  Json served = Json::array();
  for (const std::string_view kind : {issued::wireguard_kind, issued::lighthouse_kind})
    if (const auto each = published_.document(kind, now))
      served.push_back({{"name", issued::document_name(kind)},
                        {"hosts", (*each)->names.size()},
                        {"hosts_max", published_.limits().tokens},
                        {"bytes", (*each)->text.size()},
                        {"bytes_max", published_.limits().bytes},
                        {"percent", (*each)->percent},
                        {"left_out", (*each)->left_out}});
  Json list = nullptr;
  if (const auto& newest = lists_.newest())
    list = {{"number", newest->number},
            {"this_update", to_rfc3339(newest->this_update)},
            {"next_update", to_rfc3339(newest->next_update)},
            {"certificates", newest->revoked.size()}};
  const Json document{
      {"party", member_.name()},
      {"authority", {{"id", to_hex(member_.authority.id)}, {"name", member_.authority.name}}},
      {"min_signers", member_.authority.min_signers},
      {"parties", std::move(parties)},
      {"quorum", reachable >= member_.authority.min_signers},
      {"halted", log_.halted()},
      {"log",
       {{"size", log_.size()},
        {"vkey", log_.verifier().text()},
        {"checkpoint", log_.checkpoint()}}},
      {"pending_approvals", open},
      {"pending_revocations", asked},
      {"waiting_requests", issuance_.waiting()},
      {"live_hosts", live.size()},
      {"revoked_hosts", revoked.size()},
      {"revocations", std::move(list)},
      {"documents", std::move(served)},
      {"next_expiry", next == live.end() ? Json(nullptr) : Json(to_rfc3339(next->second))},
      {"ca_not_after", to_rfc3339(member_.constraints.not_after)},
      {"policy", facts_.policy},
      {"memory_locked", facts_.memory_locked},
      {"evidence_files", facts_.evidence_files()},
      {"witness_vkey", facts_.witness_vkey},
      {"witnesses", std::move(witnesses)}};
  return document.dump() + "\n";
}

std::string Api::hosts(bool all) const {
  const Time now = clock_();
  Json out = Json::array();
  for (const auto& [digest, holding] : registry_.holdings()) {
    if (holding.certificates.empty() || holding.subject.not_after < now || holding.is_session())
      continue;
    const bool revoked = is_revoked(holding);
    if (revoked && !all) continue;
    Json signers = Json::array(), fingerprints = Json::array();
    for (const std::uint16_t signer : holding.signers)
      signers.push_back(member_.name_of(Identifier(signer)));
    const auto statements = issued::parse_signed(holding.certificates);
    std::set<ca::Kind> kinds;
    if (statements)
      for (const issued::Signed& each : *statements) {
        if (!issued::is_of_a_host(each.statement.kind)) continue;
        fingerprints.push_back(to_hex(issued::fingerprint(each.statement, each.signature)));
        if (const auto kind = issued::asked_by(each.statement.kind)) kinds.insert(*kind);
      }
    out.push_back({{"name", holding.subject.name},
                   {"networks", texts(holding.subject.networks)},
                   {"kinds", texts(std::vector<ca::Kind>(kinds.begin(), kinds.end()))},
                   {"groups", holding.subject.groups},
                   {"not_before", to_rfc3339(holding.subject.not_before)},
                   {"not_after", to_rfc3339(holding.subject.not_after)},
                   {"state", revoked ? "revoked" : "live"},
                   {"signers", std::move(signers)},
                   {"fingerprints", std::move(fingerprints)},
                   {"host_identity", to_hex(holding.host.bytes)},
                   {"request", to_hex(digest)}});
  }
  return out.dump() + "\n";
}

/// Who has the name now: for those who want to work with it.
HttpResponse Api::known_host(const std::string& name) const {
  const Time now = clock_();
  const Holding* newest = nullptr;
  for (const Holding* holding : registry_.holdings_named(ca::name_key(name))) {
    if (holding->certificates.empty() || holding->subject.not_after < now ||
        holding->is_session() || is_revoked(*holding))
      continue;
    if (newest == nullptr || newest->subject.not_after < holding->subject.not_after)
      newest = holding;
  }
  if (newest == nullptr) return error_response(404, "unknown_host", "no such host", "name");
  return json_response(200, {{"name", newest->subject.name},
                             {"host_identity", to_hex(newest->host.bytes)},
                             {"networks", texts(newest->subject.networks)}});
}

/// What became of an invitation: only one that is "open" waits for this party's operator.
std::string Api::standing(const KnownInvitation& known, const enroll::Invitation& invitation,
                          Time now) const {
  if (known.state != KnownInvitation::State::open) return state_text(known.state);
  if (registry_.issued_under(invitation.key) >= invitation.terms.uses) return "used";
  if (now > invitation.terms.expires) return "expired";
  return known.asked ? "open" : "automatic";
}

std::string Api::requests(bool all) const {
  const Time now = clock_();
  Json out = Json::array();
  for (const auto& [digest, known] : registry_.invitations()) {
    const auto invitation = enroll::parse_invitation(known.data);
    if (!invitation) continue;
    const std::string state = standing(known, *invitation, now);
    if (!all && state != "open") continue;
    const enroll::Terms& terms = invitation->terms;
    Json addresses = Json::array();
    for (const ca::IpAddress& address : terms.addresses) addresses.push_back(address.text());
    out.push_back({{"type", "invitation"},
                   {"id", to_hex(digest)},
                   {"state", state},
                   {"name", terms.name},
                   {"groups", terms.groups},
                   {"kinds", texts(terms.kinds)},
                   {"lighthouse", terms.lighthouse},
                   {"addresses", std::move(addresses)},
                   {"ttl", to_text(terms.ttl)},
                   {"uses", terms.uses},
                   {"expires", to_rfc3339(terms.expires)},
                   {"inviter", member_.party_name(invitation->inviter).value_or("")},
                   {"made", to_rfc3339(known.made)},
                   {"reason", known.reason}});
  }
  for (const std::string& others : {asked_sessions(all), pending_revocations(all)})
    for (Json& each : Json::parse(others)) out.push_back(std::move(each));
  return out.dump() + "\n";
}

}  // namespace jointca::daemon
