#include "daemon/items.h"

#include <algorithm>

#include "nebula-adapter/issue.h"
#include "nebula-adapter/verify.h"
#include "x509-adapter/issue.h"

namespace jointca::daemon {
namespace {

using Items = Result<std::vector<Item>, ca::Refusal>;

bool is_v4(const ca::Prefix& prefix) { return prefix.address.is_v4(); }

std::vector<nebula::Version> versions_for(const std::vector<ca::Prefix>& networks) {
  std::vector<nebula::Version> versions;
  if (std::any_of(networks.begin(), networks.end(), is_v4)) versions.push_back(nebula::Version::v1);
  if (!std::all_of(networks.begin(), networks.end(), is_v4))
    versions.push_back(nebula::Version::v2);
  return versions;
}

/// Rejections of the adapters, under the adapter's name.
template <class Rejection>
Unexpected<ca::Refusal> refuse(std::string_view overlay, const Rejection& rejection) {
  return {ca::Refusal{std::string(overlay) + "." + rejection.rule, rejection.reason, true,
                      std::nullopt, std::nullopt}};
}

/// Whether its members' seats have certificates: all of them, or none.
bool has_seats(const ca::Session& session) {
  return !session.members.empty() &&
         std::all_of(session.members.begin(), session.members.end(),
                     [](const ca::Member& member) { return member.seat_key.has_value(); });
}

void append(std::vector<Item>& items, issued::Statement statement, const PublicKey& holder) {
  Bytes bytes = issued::to_be_signed(statement);
  items.push_back({std::move(statement), std::move(bytes), holder});
}

Result<Ok, ca::Refusal> add_certificates(const ca::Proposal& proposal, const Issuer& issuer,
                                         std::vector<Item>& items) {
  const ca::Subject& subject = proposal.subject;
  const Digest& key = proposal.keys.at(ca::Kind::nebula).public_key;
  const nebula::Certificate& ca = issuer.succession.issuing_at(subject.not_before);
  for (const nebula::Version version : versions_for(subject.networks)) {
    std::vector<ca::Prefix> networks = subject.networks;
    if (version == nebula::Version::v1)
      std::erase_if(networks, [](const ca::Prefix& prefix) { return !is_v4(prefix); });
    nebula::Details details = nebula::leaf_details(ca, subject.name, std::move(networks),
                                                   subject.groups, unix_seconds(subject.not_before),
                                                   unix_seconds(subject.not_after), key);
    nebula::sort_networks(details);
    if (auto issuable = nebula::check_issuable(version, details, ca); !issuable)
      return refuse("nebula", issuable.error());
    auto certificate = nebula::assemble(version, details, SignatureBytes{});
    if (!certificate) return refuse("nebula", certificate.error());
    append(items, {issued::kind_of(version), *std::move(certificate)}, proposal.host_identity);
  }
  return Ok{};
}

Result<Ok, ca::Refusal> add_binding(const ca::Proposal& proposal, const Issuer& issuer,
                                    std::vector<Item>& items) {
  const ca::HostKey& key = proposal.keys.at(ca::Kind::wireguard);
  wireguard::Binding binding = wireguard::binding_of(
      proposal.subject, issuer.authority, proposal.request, key.public_key, key.endpoint);
  if (auto issuable = wireguard::check_issuable(binding); !issuable)
    return refuse("wireguard", issuable.error());
  append(items, {std::string(issued::wireguard_kind), std::move(binding)}, proposal.host_identity);
  return Ok{};
}

Result<Ok, ca::Refusal> add_lighthouse(const ca::Proposal& proposal, const Issuer& issuer,
                                       std::vector<Item>& items) {
  const ca::Subject& subject = proposal.subject;
  nebula::Lighthouse lighthouse{issuer.authority,
                                proposal.request,
                                subject.name,
                                subject.networks,
                                proposal.keys.at(ca::Kind::nebula).endpoint,
                                subject.not_before,
                                subject.not_after};
  std::sort(lighthouse.networks.begin(), lighthouse.networks.end());
  if (auto issuable = nebula::check_issuable(lighthouse); !issuable)
    return refuse("lighthouse", issuable.error());
  append(items, {std::string(issued::lighthouse_kind), std::move(lighthouse)},
         proposal.host_identity);
  return Ok{};
}

Result<Ok, ca::Refusal> add_x509(const ca::Proposal& proposal, const Issuer& issuer,
                                 std::vector<Item>& items) {
  const x509::Details leaf =
      x509::host_leaf(issuer.anchor, proposal.subject, proposal.request, proposal.host_identity,
                      x509::certified(PublicKey{proposal.keys.at(ca::Kind::x509).public_key}));
  if (auto issuable = x509::check_issuable_anchor(issuer.anchor); !issuable)
    return refuse("x509", issuable.error());
  if (auto issuable = x509::check_issuable(leaf, issuer.anchor); !issuable)
    return refuse("x509", issuable.error());
  for (const x509::Details* details : {&issuer.anchor, &leaf}) {
    auto certificate = x509::assemble(*details, SignatureBytes{});
    if (!certificate) return refuse("x509", certificate.error());
    append(items, {std::string(issued::kind_of(*details)), *std::move(certificate)},
           proposal.host_identity);
  }
  return Ok{};
}

mpyc::Grant grant_for(const ca::Proposal& proposal, const Issuer& issuer) {
  return {issuer.authority,
          proposal.session->id,
          proposal.request,
          proposal.voucher.invitation_key.bytes,
          proposal.subject.not_before,
          proposal.subject.not_after};
}

Result<Ok, ca::Refusal> add_seat(const x509::Details& certificate, const PublicKey& holder,
                                 std::vector<Item>& items) {
  auto assembled = x509::assemble(certificate, SignatureBytes{});
  if (!assembled) return refuse("session", assembled.error());
  append(items, {std::string(issued::kind_of(certificate)), *std::move(assembled)}, holder);
  return Ok{};
}

Items session_items(const ca::Proposal& proposal, const Issuer& issuer) {
  std::vector<Item> items;
  append(items, {std::string(issued::session_grant_kind), grant_for(proposal, issuer)},
         proposal.host_identity);
  const std::vector<ca::Member>& members = proposal.session->members;
  if (!has_seats(*proposal.session)) return items;
  const PublicKey& key = issuer.keys.of(issued::session_seat_kind);
  const ca::Subject& window = proposal.subject;
  const x509::Details anchor =
      mpyc::session_anchor(proposal.request, window.not_before, window.not_after, key);
  if (auto issuable = x509::check_issuable_anchor(anchor); !issuable)
    return refuse("session", issuable.error());
  JCA_TRY(add_seat(anchor, proposal.host_identity, items));
  for (std::uint16_t seat = 0; seat < members.size(); ++seat) {
    const ca::Member& member = members[seat];
    const x509::Details leaf =
        mpyc::seat_leaf({proposal.request, window.not_before, window.not_after, seat,
                         member.identity, member.address, *member.seat_key},
                        key);
    if (auto issuable = x509::check_issuable(leaf, anchor); !issuable)
      return refuse("session", issuable.error());
    JCA_TRY(add_seat(leaf, member.identity, items));
  }
  return items;
}

std::size_t session_item_count(BytesView request) {
  const auto parts = mpyc::parse_session_request(request);
  const auto manifest = parts ? mpyc::parse_manifest(parts->manifest) : malformed("", "");
  if (!manifest) return 0;
  return manifest->channel == mpyc::Channel::tls ? 2 + manifest->seats.size() : 1;
}

}  // namespace

std::vector<ca::Prefix> networks_of(const issued::Statement& statement, const Issuer& issuer) {
  std::vector<ca::Prefix> networks = issued::networks_of(statement);
  if (statement.kind != issued::x509_kind) return networks;
  for (ca::Prefix& network : networks) {
    const auto around =
        std::find_if(issuer.networks.begin(), issuer.networks.end(),
                     [&](const ca::Prefix& each) { return each.contains(network.address); });
    if (around != issuer.networks.end()) network.bits = around->bits;
  }
  return networks;
}

std::size_t item_count(BytesView sealed_request, const std::vector<ca::Prefix>& networks) {
  if (mpyc::is_session_request(sealed_request)) return session_item_count(sealed_request);
  const auto request = enroll::parse_request(sealed_request);
  if (!request) return 0;
  const bool nebula = request->keys.contains(ca::Kind::nebula);
  const bool wireguard = request->keys.contains(ca::Kind::wireguard);
  const bool x509 = request->keys.contains(ca::Kind::x509);
  return (nebula ? versions_for(networks).size() : 0) + (wireguard ? 1 : 0) +
         (nebula && request->lighthouse ? 1 : 0) + (x509 ? 2 : 0);
}

Items items_of(const ca::Approved& approved, const Issuer& issuer) {
  return expected_items(approved.proposal(), issuer);
}

Items expected_items(const ca::Proposal& proposal, const Issuer& issuer) {
  if (proposal.session) return session_items(proposal, issuer);
  std::vector<Item> items;
  const bool nebula = proposal.keys.contains(ca::Kind::nebula);
  if (nebula) JCA_TRY(add_certificates(proposal, issuer, items));
  if (nebula && proposal.lighthouse) JCA_TRY(add_lighthouse(proposal, issuer, items));
  if (proposal.keys.contains(ca::Kind::wireguard)) JCA_TRY(add_binding(proposal, issuer, items));
  if (proposal.keys.contains(ca::Kind::x509)) JCA_TRY(add_x509(proposal, issuer, items));
  return items;
}

Result<Finished, Error> finished(const Item& item, const SignatureBytes& signature,
                                 const issued::Keys& keys, const nebula::CaPool& pool, Time now) {
  Finished done{issued::signed_text(item.statement, signature),
                issued::fingerprint(item.statement, signature)};
  if (const auto* unsigned_one = std::get_if<nebula::Certificate>(&item.statement.content)) {
    nebula::Certificate certificate = *unsigned_one;
    certificate.signature = to_bytes(signature);
    if (const auto verified = nebula::verify(certificate, pool, now); !verified)
      return failed(Error::Code::verification, verified.error().reason);
  } else if (!verify(keys.of(item.kind()), item.to_be_signed, signature)) {
    return failed(Error::Code::verification, "the " + item.kind() + " does not verify");
  }
  return done;
}

Result<ca::Subject, Error> subject_of(const std::string& text, const Asked& asked,
                                      const Issuer& issuer) {
  const auto wrong = [](const std::string& reason) {
    return failed(Error::Code::verification, "certificates: " + reason);
  };
  const auto found = issued::parse_signed(text);
  if (!found) return wrong(found.error().text());
  std::vector<ca::Prefix> networks;
  for (const issued::Signed& each : *found) {
    if (!issued::check_signature(each, issuer.keys)) return wrong("not issued by this authority");
    for (const ca::Prefix& prefix : networks_of(each.statement, issuer))
      if (std::find(networks.begin(), networks.end(), prefix) == networks.end())
        networks.push_back(prefix);
  }
  const issued::Statement& last = found->back().statement;  // no anchor, if all is as it should be
  const ca::Proposal proposal =
      proposal_of(asked, std::move(networks), time_from_unix(issued::not_before_of(last)),
                  time_from_unix(issued::not_after_of(last)));
  const auto items = expected_items(proposal, issuer);
  if (!items) return wrong(items.error().rule + ": " + items.error().reason);
  const bool exactly =
      std::equal(items->begin(), items->end(), found->begin(), found->end(),
                 [](const Item& item, const issued::Signed& each) {
                   return item.kind() == each.statement.kind &&
                          item.to_be_signed == issued::to_be_signed(each.statement);
                 });
  if (!exactly) return wrong("not what the request asks for");
  return proposal.subject;
}

}  // namespace jointca::daemon
