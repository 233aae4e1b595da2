#include "host/order.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include <nlohmann/json.hpp>

#include "crypto/rng.h"
#include "daemon/authority_check.h"
#include "daemon/ca_bundle.h"
#include "daemon/items.h"
#include "enroll/bundle.h"
#include "machine/files.h"
#include "nebula-adapter/verify.h"
#include "x509-adapter/verify.h"

namespace jointca::host {
namespace {

using Json = nlohmann::ordered_json;
using transport::HttpRequest;

constexpr std::chrono::milliseconds answer_timeout{60'000};
constexpr std::chrono::seconds poll_interval{2};
constexpr unsigned polls_per_party = 15;

Unexpected<Error> wrong(const std::string& what) {
  return failed(Error::Code::verification, "the answer is not what was asked for: " + what);
}

/// Of the certificates: under their CA certificate or anchor, as programs will do it.
Result<Ok, Error> check_certificates(const std::vector<issued::Signed>& statements,
                                     const daemon::Issuer& issuer, Time now) {
  const auto passed = [](const auto& verified) -> Result<Ok, Error> {
    if (!verified) return wrong(verified.error().rule + ": " + verified.error().reason);
    return Ok{};
  };
  for (const issued::Signed& each : statements) {
    if (const auto* content = std::get_if<nebula::Certificate>(&each.statement.content)) {
      nebula::Certificate certificate = *content;
      certificate.signature = to_bytes(each.signature);
      JCA_TRY(passed(nebula::verify(certificate, issuer.succession.pool(), now)));
    } else if (each.statement.kind == issued::x509_kind) {
      const auto& content_x509 = std::get<x509::Certificate>(each.statement.content);
      const auto certificate = x509::from_signed(content_x509.to_be_signed(), each.signature);
      JCA_ASSERT(certificate.has_value());  // the bytes are those of a certificate
      JCA_TRY(passed(x509::verify_under(*certificate, issuer.anchor, now)));
    }
  }
  return Ok{};
}

/// That the addresses are the authority's, and those that the invitation promised.
Result<Ok, Error> check_addresses(const ca::Subject& subject, const enroll::Terms& terms,
                                  const ca::Authority& authority) {
  for (const ca::Prefix& network : subject.networks)
    if (std::none_of(authority.networks.begin(), authority.networks.end(),
                     [&](const ca::Prefix& overlay) {
                       return overlay.bits == network.bits && overlay.contains(network.address);
                     }))
      return wrong(network.text() + " is not in the authority's networks");
  for (const ca::IpAddress& address : terms.addresses)
    if (std::none_of(subject.networks.begin(), subject.networks.end(),
                     [&](const ca::Prefix& network) { return network.address == address; }))
      return wrong("not the address " + address.text());
  return Ok{};
}

/// The host trusts nothing that it did not check itself.
Result<Granted, Error> check(const enroll::Bundle& bundle, const Order& order,
                             const ca::Authority& authority, Time now) {
  if (bundle.request != order.request.digest()) return wrong("another request");
  const issued::Keys keys(authority.group_public_key);
  const nebula::Succession succession = daemon::succession_of(authority);
  const x509::Details anchor = issued::anchor_of(authority, succession, keys);
  const daemon::Issuer issuer{authority.id, succession, anchor, authority.networks};
  std::string text;
  for (const auto& [kind, certificates] : bundle.certificates) text += certificates;
  Granted granted;
  JCA_ASSIGN(granted.subject, daemon::subject_of(text, order.request, issuer, keys));
  auto statements = issued::parse_signed(text);
  JCA_ASSERT(statements.has_value());  // subject_of() parsed them
  granted.statements = *std::move(statements);
  JCA_TRY(check_addresses(granted.subject, order.request.request().invitation.terms, authority));
  JCA_TRY(check_certificates(granted.statements, issuer, now));
  auto proofs = check_host_proofs(authority, granted.statements, bundle.proofs);
  if (!proofs) return wrong(proofs.error().message);
  granted.proofs = *std::move(proofs);
  for (const issued::Signed& each : granted.statements)
    if (issued::is_of_a_host(each.statement.kind))
      granted.fingerprints.push_back(to_hex(issued::fingerprint(each.statement, each.signature)));
  granted.signers = bundle.signers;
  return granted;
}

/// One order, in the hands of the parties.
class Submission {
 public:
  Submission(const ca::Authority& authority, const Order& order, const Clock& clock,
             const Progress& progress, const Silent& silent)
      : authority_(authority), order_(order), clock_(clock), progress_(progress), silent_(silent) {}

  Result<Granted, Error> run(const std::vector<enroll::PartyAddress>& parties, Duration timeout) {
    const auto end = std::chrono::steady_clock::now() + timeout;
    for (;;) {
      std::optional<Error> refusal, wrong_answer;
      std::string problems;
      bool waits = false;
      for (const enroll::PartyAddress& party : parties) {
        for (unsigned polls = 0; polls < polls_per_party; ++polls) {
          auto reply = ask(party, polls > 0);
          if (reply && *reply) return **std::move(reply);
          if (!reply) {
            const Error& error = reply.error();
            if (error.code == Error::Code::refused && !refusal) refusal = error;
            if (error.code == Error::Code::verification && !wrong_answer) wrong_answer = error;
            problems += "\n  " + error.message;
            break;
          }
          waits = true;
          // One party that waits for ever must not keep us from the others.
          if (std::chrono::steady_clock::now() >= end) break;
          std::this_thread::sleep_for(poll_interval);
        }
      }
      if (waits && std::chrono::steady_clock::now() >= end)
        return failed(Error::Code::unreachable,
                      shown_ + "; run the same command again when they have decided" +
                          (refusal        ? "\nrefused meanwhile: " + refusal->message
                           : wrong_answer ? "\nanswered wrongly meanwhile: " + wrong_answer->message
                                          : ""));
      if (waits) continue;
      if (refusal) return Unexpected{*refusal};
      if (wrong_answer) return Unexpected{*wrong_answer};
      return failed(Error::Code::unreachable,
                    "not enough parties agreed or could be reached; the same command goes on when "
                    "they can be:" +
                        problems);
    }
  }

 private:
  /// What one party says: the checked statements, nothing yet (its operators have to decide), or
  /// why not.
  using Reply = Result<std::optional<Granted>, Error>;

  Reply ask(const enroll::PartyAddress& party, bool poll) {
    // No connection is kept while operators decide: a party takes few from one address.
    Calls calls(authority_, silent_);
    const bool renewal = order_.request.request().basis == enroll::Basis::renewal;
    const HttpRequest post{"POST",
                           renewal ? "/v1/renew" : "/v1/enroll",
                           Json{{"request", to_base64(order_.sealed)}}.dump(),
                           {}};
    const HttpRequest get{"GET", "/v1/requests/" + to_hex(order_.request.digest()), {}, {}};
    auto response = calls.call(party, poll ? get : post, answer_timeout);
    // A party that was restarted does not know the request any more.
    if (poll && response && response->status == 404)
      response = calls.call(party, post, answer_timeout);
    if (!response) return Unexpected{response.error()};
    const ca::Party* known = authority_.party(party.identity);
    const std::string at = (known == nullptr ? "" : known->card.name + " at ") + party.endpoint;
    if (response->status == 200) {
      const auto bundle = enroll::parse_bundle(response->body);
      if (!bundle) return failed(Error::Code::verification, at + ": " + bundle.error().text());
      auto granted = check(*bundle, order_, authority_, clock_());
      if (!granted) return failed(granted.error().code, at + ": " + granted.error().message);
      return std::optional<Granted>(*std::move(granted));
    }
    if (response->status == 202) {
      show("waiting for the operators of " + waiting_for(response->body));
      return std::optional<Granted>{};
    }
    const ApiError error = api_error(*response);
    if (error.code == "refused") return failed(Error::Code::refused, error.message);
    const bool few = error.code == "not_enough_parties" || error.code == "busy";
    return failed(few ? Error::Code::unreachable : Error::Code::verification,
                  at + ": " + error.message);
  }

  void show(const std::string& line) {
    if (line != shown_) progress_(shown_ = line);
  }

  const ca::Authority& authority_;
  const Order& order_;
  const Clock& clock_;
  const Progress& progress_;
  const Silent& silent_;
  std::string shown_;
};

}  // namespace

Result<Order, Error> prepare_order(const std::string& path, const ca::Authority& authority,
                                   const Settings& settings, const enroll::RequestKeys& keys,
                                   Time now, Rng& rng) {
  const auto lookup = [&](const PublicKey& key) -> std::optional<std::string> {
    const ca::Party* party = authority.party(key);
    if (party == nullptr) return std::nullopt;
    return party->card.name;
  };
  const enroll::Request fresh = enroll::make_request(settings.invitation, keys, settings.endpoints,
                                                     settings.lighthouse, now, rng);
  if (machine::file_exists(path)) {
    JCA_ASSIGN(Bytes sealed, machine::read_file(path, enroll::request_bytes_max));
    auto earlier = enroll::verify_request(sealed, authority.id, lookup);
    if (earlier && earlier->request().basis == fresh.basis &&
        earlier->request().invitation == fresh.invitation &&
        earlier->request().host_identity == fresh.host_identity &&
        earlier->request().keys == fresh.keys &&
        earlier->request().lighthouse == fresh.lighthouse &&
        (fresh.basis == enroll::Basis::invitation ||
         (earlier->request().made <= now && now < earlier->request().made + renewal_retry)))
      return Order{std::move(sealed), *std::move(earlier)};
  }
  Bytes sealed = enroll::seal_request(fresh, keys, rng);
  auto verified = enroll::verify_request(sealed, authority.id, lookup);
  if (!verified)
    return failed(Error::Code::verification,
                  verified.error().check + ": " + verified.error().reason);
  JCA_TRY(machine::write_file(path, sealed, 0600, machine::Overwrite::allow));
  return Order{std::move(sealed), *std::move(verified)};
}

Result<Granted, Error> submit(const ca::Authority& authority,
                              const std::vector<enroll::PartyAddress>& parties, const Order& order,
                              Duration timeout, const Clock& clock, const Progress& progress,
                              const Silent& silent) {
  return Submission(authority, order, clock, progress, silent).run(parties, timeout);
}

Result<Ok, Error> write_granted(const Paths& paths, const ca::Authority& authority,
                                const Granted& granted, Time now) {
  const auto write = [](const std::string& path, const std::string& text) {
    return machine::write_file(path, as_bytes(text), 0644, machine::Overwrite::allow);
  };
  JCA_TRY(write(paths.authority(), ca::to_json(authority)));
  JCA_TRY(write_proofs(paths.proofs(), granted.proofs.files));
  const std::map<std::string_view, std::string> files{
      {issued::wireguard_kind, paths.binding()},
      {issued::lighthouse_kind, paths.lighthouse()},
      {issued::x509_anchor_kind, paths.x509_ca()},
      {issued::x509_kind, paths.x509_certificate()}};
  // Both versions of Nebula's certificate are in one file, everything else in one of its own.
  std::map<std::string, std::string> texts;
  for (const issued::Signed& each : granted.statements) {
    const auto own = files.find(each.statement.kind);
    texts[own == files.end() ? paths.nebula_certificate() : own->second] +=
        issued::signed_text(each.statement, each.signature);
  }
  if (texts.contains(paths.nebula_certificate()))
    JCA_TRY(daemon::write_ca_bundle(paths.nebula_ca(), authority, now));
  for (const auto& [path, text] : texts) JCA_TRY(write(path, text));
  // What an earlier enrolment had beside.
  for (const std::string& path : {paths.nebula_certificate(), paths.lighthouse(), paths.binding(),
                                  paths.x509_ca(), paths.x509_certificate()})
    if (!texts.contains(path) && machine::file_exists(path)) JCA_TRY(machine::remove_file(path));
  return remove_other_proofs(paths.proofs(), granted.proofs.files);
}

}  // namespace jointca::host
