// tests/misbehaviour/renewal_test.cpp — a host renews by itself; nobody renews for it, nothing
// changes by it, and a party that knows nothing of the host does not take another's word.
#include "tests/support/hand_session.h"

using namespace jointca;
using namespace jointca::test;

namespace {

struct Fixture {
  SmallAuthority authority;
  SmallHost host = authority.host(authority.invite(1, terms()));

  [[nodiscard]] ca::Terms terms() const {
    ca::Terms all = authority.terms("web1");
    all.kinds = {ca::Kind::nebula, ca::Kind::wireguard};
    return all;
  }
  [[nodiscard]] static std::vector<issued::Signed> statements(const daemon::Answer& answer) {
    REQUIRE(was_issued(answer));
    std::string text;
    for (const auto& [kind, certificates] : std::get<enroll::Bundle>(answer).certificates)
      text += certificates;
    const auto parsed = issued::parse_signed(text);
    REQUIRE(parsed);
    return *parsed;
  }
  [[nodiscard]] static std::string refusal(const daemon::Answer& answer) {
    if (const auto* declined = std::get_if<daemon::Declination>(&answer)) return declined->rule;
    if (const auto* few = std::get_if<daemon::TooFewParties>(&answer)) return few->refusal;
    return "issued";
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "one session issues every kind, and all verify under their own keys") {
  const issued::Keys keys(authority.authority().group_public_key);
  std::vector<std::string> kinds;
  for (const issued::Signed& each : statements(authority.issue(1, host))) {
    kinds.push_back(each.statement.kind);
    CHECK(issued::check_signature(each, keys));
  }
  CHECK(kinds == std::vector<std::string>{"nebula-v1", "nebula-v2", "wireguard"});
  CHECK(std::get<enroll::Bundle>(authority.issue(2, host)).proofs.size() == 6);
}

TEST_CASE_METHOD(Fixture, "what is issued is exactly what the request asks for") {
  REQUIRE(was_issued(authority.issue(1, host)));
  const daemon::Member& member = authority.party(1).member;
  const std::string text = authority.party(1).registry->holding(host.digest())->certificates;
  const auto reason = [&](const std::string& certificates, const SmallHost& whose) {
    const auto subject =
        daemon::subject_of(certificates, authority.verified(whose), daemon::issuer_of(member));
    return subject ? "accepted" : subject.error().message;
  };
  CHECK(reason(text, host) == "accepted");
  const SmallHost other = authority.host(authority.invite(1, terms()));
  CHECK(reason(text, other) == "certificates: not what the request asks for");
  CHECK(reason(text + text, host) != "accepted");
  CHECK(reason("", host) != "accepted");
  // Without the binding at the end, or the certificate at the beginning.
  const std::size_t token = text.rfind("-----\n") + 6;
  CHECK(reason(text.substr(0, token), host) == "certificates: not what the request asks for");
  CHECK(reason(text.substr(token), host) == "certificates: not what the request asks for");
  std::string changed = text;
  changed[text.size() - 4] = changed[text.size() - 4] == 'A' ? 'B' : 'A';
  CHECK(reason(changed, host) == "certificates: not issued by this authority");
}

TEST_CASE_METHOD(Fixture,
                 "a renewal is for the same name and addresses, after the invitation too") {
  const auto first = authority.issue(1, host);
  REQUIRE(was_issued(first));
  authority.now += Duration{4 * 86400};
  authority.ask_renewal(host);
  const auto second = authority.issue(2, host);
  REQUIRE(was_issued(second));
  const auto& before = std::get<enroll::Bundle>(first);
  const auto& after = std::get<enroll::Bundle>(second);
  CHECK(after.name == before.name);
  CHECK(after.networks == before.networks);
  CHECK(after.not_after == before.not_after + Duration{4 * 86400});
  CHECK(after.certificates != before.certificates);
  // Again, beyond the life of the first certificates.
  authority.now += Duration{6 * 86400};
  authority.ask_renewal(host);
  CHECK(was_issued(authority.issue(3, host)));
  check_no_accusations(authority);
}

TEST_CASE_METHOD(Fixture, "a renewal uses nothing of the invitation, and redeems nothing") {
  ca::Terms twice = terms();
  twice.uses = 2;
  const auto token = authority.invite(1, twice);
  SmallHost first = authority.host(token);
  REQUIRE(was_issued(authority.issue(1, first)));
  for (int i = 0; i < 3; ++i) {
    authority.now += Duration{3600};
    authority.ask_renewal(first);
    REQUIRE(was_issued(authority.issue(1, first)));
  }
  CHECK(authority.party(1).registry->invitation_uses(token.invitation.key, {}, authority.now) == 1);
  // Who only saw the public part of an invitation cannot enter by "renewing".
  SmallHost thief = authority.host(token);
  authority.ask_renewal(thief);
  CHECK(refusal(authority.issue(1, thief)).find("renewal.unknown") != std::string::npos);
}

TEST_CASE_METHOD(Fixture, "a host that renews again and again is told to wait") {
  REQUIRE(was_issued(authority.issue(1, host)));
  for (std::uint64_t i = 1; i < ca::renewals_max; ++i) {
    authority.ask_renewal(host);
    REQUIRE(was_issued(authority.issue(1, host)));
  }
  authority.ask_renewal(host);
  CHECK(refusal(authority.issue(1, host)).find("renewal.too_often") != std::string::npos);
  authority.now += ca::renewals_window + Duration{1};
  CHECK(was_issued(authority.issue(1, host)));
}

TEST_CASE_METHOD(Fixture,
                 "a host that asks for many renewals at once gets no more than its share") {
  REQUIRE(was_issued(authority.issue(1, host)));
  std::vector<SmallHost> many;
  for (int i = 0; i < 12; ++i) {
    many.push_back(authority.host(host.token, &host.identity));
    authority.ask_renewal(many.back());
  }
  std::size_t renewed = 0;
  for (const daemon::Answer& answer : authority.issue(1, many))
    renewed += was_issued(answer) ? 1 : 0;
  CHECK(renewed == ca::renewals_max - 1);
}

TEST_CASE_METHOD(Fixture, "nobody becomes a lighthouse whose invitation does not say so") {
  const enroll::RequestKeys keys = host.keys();
  const enroll::Endpoints endpoints{{ca::Kind::nebula, "192.0.2.7:4242"}};
  host.request = enroll::make_request(host.token.invitation, keys, endpoints, true, authority.now,
                                      authority.rng());
  host.sealed = enroll::seal_request(host.request, keys, authority.rng());
  CHECK(refusal(authority.issue(1, host)) == "invitation.terms");

  ca::Terms granted = terms();
  granted.name = "lh1";
  granted.lighthouse = true;
  SmallHost lighthouse = authority.host(authority.invite(1, granted));
  const enroll::RequestKeys its_keys = lighthouse.keys();
  lighthouse.request = enroll::make_request(lighthouse.token.invitation, its_keys, endpoints, true,
                                            authority.now, authority.rng());
  lighthouse.sealed = enroll::seal_request(lighthouse.request, its_keys, authority.rng());
  CHECK(statements(authority.issue(1, lighthouse)).size() == 4);
}

TEST_CASE_METHOD(Fixture, "what has ended is not renewed") {
  REQUIRE(was_issued(authority.issue(1, host)));
  authority.now += Duration{7 * 86400 + 1};
  authority.ask_renewal(host);
  CHECK(refusal(authority.issue(1, host)).find("renewal.unknown") != std::string::npos);
}

TEST_CASE_METHOD(Fixture, "a revoked host is not renewed") {
  REQUIRE(was_issued(authority.issue(1, host)));
  log::RevokeEntry vote;
  vote.authority = authority.id();
  vote.name = "web1";
  vote.host = host.identity.public_key();
  vote.reason = "stolen";
  vote.time = authority.now;
  for (const unsigned party : {1U, 2U, 3U})
    for (const std::uint16_t log : {std::uint16_t{2}, std::uint16_t{3}})
      authority.party(party).registry->apply(log, vote);
  authority.ask_renewal(host);
  CHECK(refusal(authority.issue(1, host)) == "host.revoked");
}

TEST_CASE_METHOD(Fixture, "a party that was away learns from t logs whom it may renew") {
  authority.bend = [](Identifier from, Identifier to, Envelope&) {
    return Fate{from == P(3) || to == P(3) ? Fate::End::refused : Fate::End::arrives};
  };
  REQUIRE(was_issued(authority.issue(1, host)));
  authority.ask_renewal(host);
  const PublicKey identity = host.identity.public_key();
  const PublicKey invitation = host.token.invitation.key;
  const auto known = [&] {
    return authority.party(3).registry->enrolled(identity, invitation, authority.now);
  };
  CHECK_FALSE(known());
  // One log alone may lie.
  const daemon::Issuer issuer = daemon::issuer_of(authority.party(3).member);
  daemon::Registry& registry = *authority.party(3).registry;
  for (const unsigned log : {1U, 2U}) {
    CHECK_FALSE(known());
    for (const log::Entry& entry : authority.party(log).entries())
      if (const auto* issue = std::get_if<log::IssueEntry>(&entry))
        if (auto seen = registry.seen_in_log(static_cast<std::uint16_t>(log), *issue, issuer,
                                             authority.now))
          registry.apply(*seen);
  }
  REQUIRE(known());
  CHECK(known()->networks.size() == 2);
  authority.bend = [](Identifier from, Identifier to, Envelope&) {
    return Fate{from == P(2) || to == P(2) ? Fate::End::refused : Fate::End::arrives};
  };
  CHECK(was_issued(authority.issue(3, host)));
}
