#include "host/order.h"

#include <algorithm>

#include "crypto/rng.h"
#include "daemon/authority_check.h"
#include "daemon/ca_bundle.h"
#include "daemon/items.h"
#include "machine/files.h"
#include "nebula-adapter/verify.h"
#include "x509-adapter/verify.h"

namespace jointca::host {
namespace {

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
  const daemon::Issuer issuer{authority.id, succession, anchor, authority.networks, keys};
  std::string text;
  for (const auto& [kind, certificates] : bundle.certificates) text += certificates;
  Granted granted;
  JCA_ASSIGN(granted.subject, daemon::subject_of(text, order.request, issuer));
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
  const bool renewal = order.request.request().basis == enroll::Basis::renewal;
  Granted granted;
  const auto accept = [&](const enroll::Bundle& bundle) -> Result<Ok, Error> {
    JCA_ASSIGN(granted, check(bundle, order, authority, clock()));
    return Ok{};
  };
  JCA_TRY(submit(authority, parties,
                 {renewal ? "/v1/renew" : "/v1/enroll", order.request.digest(), order.sealed},
                 timeout, accept, progress, silent));
  return granted;
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
