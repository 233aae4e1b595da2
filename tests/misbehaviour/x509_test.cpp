// tests/misbehaviour/x509_test.cpp — certificates of X.509 among parties that may lie: everyone
// derives anchor and leaf alone, and the anchor, which all hosts share, is no host's.
#include "ca/revocations.h"
#include "tests/support/hand_session.h"
#include "x509-adapter/issue.h"
#include "x509-adapter/verify.h"

using namespace jointca;
using namespace jointca::test;
using frost::ShareMessage;

namespace {

struct Fixture {
  SmallAuthority authority;

  ca::Terms terms(const std::string& name) const {
    ca::Terms terms = authority.terms(name);
    terms.kinds = {ca::Kind::x509};
    return terms;
  }
  SmallHost x509_host(const std::string& name) {
    return authority.host(authority.invite(1, terms(name)));
  }
  std::vector<daemon::Item> items(const SmallHost& host, unsigned place) {
    const auto asked = proposed(authority, host, place);
    auto items =
        daemon::expected_items(enroll::to_proposal(authority.verified(host), asked.networks,
                                                   asked.not_before, asked.not_after),
                               daemon::issuer_of(authority.party(1).member));
    REQUIRE(items);
    REQUIRE(items->size() == 2);
    return *std::move(items);
  }
  /// Of t parties that would sign anything.
  SignatureBytes sign_all(const x509::Details& details) {
    const auto bytes = x509::to_be_signed(details);
    REQUIRE(bytes);
    PerParty<frost::Begun> begun;
    PerParty<frost::CommitMessage> commitments;
    for (const unsigned signer : {1U, 2U}) {
      begun.emplace(P(signer), frost::begin_session(authority.party(signer).member.key, 1,
                                                    authority.rng(), Digest{3}));
      commitments.emplace(P(signer), begun.at(P(signer)).message);
    }
    const auto package = frost::make_package({{"x509", *bytes}}, commitments);
    REQUIRE(package);
    PerParty<ShareMessage> shares;
    for (auto& [signer, mine] : begun)
      shares.emplace(signer, *frost::sign_batch(std::move(mine.nonces), *package,
                                                authority.party(signer).member.key));
    const auto signatures =
        frost::aggregate_batch(*package, shares, authority.party(1).member.key.group);
    REQUIRE(signatures);
    return signatures->front();
  }
  std::string signed_text(const x509::Details& details) {
    return x509::to_pem(*x509::assemble(details, sign_all(details)));
  }
};

const x509::Details& details_of(const daemon::Item& item) {
  return std::get<x509::Certificate>(item.statement.content).details();
}

}  // namespace

TEST_CASE_METHOD(Fixture, "hosts get leaves of their own under one anchor that all derive") {
  const SmallHost web = x509_host("web1"), db = x509_host("db1");
  std::vector<x509::Certificate> anchors;
  for (const SmallHost* host : {&web, &db}) {
    const auto answer = authority.issue(1, *host);
    REQUIRE(was_issued(answer));
    const auto chain =
        x509::parse_certificates(std::get<enroll::Bundle>(answer).certificates.at(ca::Kind::x509));
    REQUIRE(chain);
    REQUIRE(chain->size() == 2);
    CHECK(x509::verify((*chain)[1], (*chain)[0], authority.now));
    CHECK((*chain)[1].details().key == x509::certified(host->x509.public_key()));
    anchors.push_back((*chain)[0]);
  }
  CHECK(anchors[0].details() == anchors[1].details());
  for (const unsigned party : {1U, 2U, 3U})
    CHECK(anchors[0].details() == authority.party(party).member.anchor);
}

TEST_CASE_METHOD(Fixture, "shares of honest signers go with the derived anchor and leaf alone") {
  const SmallHost web = x509_host("web1");
  HandSession by_hand(authority, 1, {proposed(authority, web, 1)});
  PerParty<frost::CommitMessage> commitments;
  for (const unsigned signer : {2U, 3U}) {
    const auto message = by_hand.propose(signer);
    const auto all = parse(std::type_identity<frost::CommitMessage>{}, message.commitments);
    REQUIRE(all);
    commitments.emplace(P(signer), *daemon::commitments_for(message, *all, {0}, {2}));
  }
  PerParty<ShareMessage> shares;
  for (const unsigned signer : {2U, 3U}) by_hand.ask_to_sign(signer);
  for (const unsigned signer : {2U, 3U})
    shares.emplace(P(signer), opened<ShareMessage>(shares_in(by_hand.show_proofs(signer)),
                                                   MessageType::shares));
  const auto derived = items(web, 1);
  const auto signed_with = [&](const x509::Details& anchor, const x509::Details& leaf) {
    const auto package = frost::make_package(
        {{"x509", *x509::to_be_signed(anchor)}, {"x509", *x509::to_be_signed(leaf)}}, commitments);
    REQUIRE(package);
    return frost::aggregate_batch(*package, shares, authority.party(1).member.key.group)
        .has_value();
  };
  const x509::Details &anchor = details_of(derived[0]), &leaf = details_of(derived[1]);
  CHECK(signed_with(anchor, leaf));
  x509::Details wide = anchor, longer = leaf, named = leaf;
  wide.networks.clear();
  longer.not_after += Duration(1);
  named.dns_names = {"www.example.org"};
  CHECK_FALSE(signed_with(wide, leaf));
  CHECK_FALSE(signed_with(anchor, longer));
  CHECK_FALSE(signed_with(anchor, named));
  // What the signers logged is what they derived.
  for (const unsigned signer : {2U, 3U}) {
    const auto entries = authority.party(signer).entries();
    REQUIRE(entries.size() == 2);
    for (std::size_t i = 0; i < 2; ++i)
      CHECK(std::get<log::IssueEntry>(entries[i]).tbs == derived[i].to_be_signed);
  }
}

TEST_CASE_METHOD(Fixture, "nobody learns an anchor or a leaf that it would not have derived") {
  const SmallHost web = x509_host("web1");
  const auto derived = items(web, 1);
  const auto learn = [&](const x509::Details& anchor, const x509::Details& leaf) {
    const daemon::OutcomeMessage outcome{
        {{web.sealed, signed_text(anchor) + signed_text(leaf), {1, 2}}}};
    const auto learned = authority.party(3).signer->learn(outcome, authority.now);
    return learned ? "learned" : learned.error().message;
  };
  const x509::Details &anchor = details_of(derived[0]), &leaf = details_of(derived[1]);
  x509::Details other = leaf;
  other.dns_names = {"web1", "www.example.org"};
  CHECK(learn(anchor, other) == "certificates: not what the request asks for");
  other = leaf;
  other.key = x509::certified(key_from(9).public_key());
  CHECK(learn(anchor, other) == "certificates: not what the request asks for");
  other = leaf;
  other.addresses = {*ca::IpAddress::parse("192.0.2.1")};
  CHECK(learn(anchor, other) ==
        "certificates: x509.network: 192.0.2.1 is in no network of the anchor");
  other = anchor;
  other.networks.clear();
  CHECK(learn(other, leaf) == "certificates: not what the request asks for");
  other = anchor;
  other.not_after += Duration(1);
  CHECK(learn(other, leaf) == "certificates: not what the request asks for");
  CHECK(authority.party(3).registry->holdings().empty());
  CHECK(learn(anchor, leaf) == "learned");
}

TEST_CASE_METHOD(Fixture, "what no party may sign as X.509 is refused by the rule's name") {
  HandSession by_hand(authority, 1, {proposed(authority, x509_host("web_1"), 1)});
  CHECK(by_hand.verdict(2).rule == "x509.dns name");
  HandSession allowed(authority, 1, {proposed(authority, x509_host("web2"), 2)});
  CHECK(approved(allowed.verdict(2)));
}

TEST_CASE_METHOD(Fixture, "a revoked host takes its leaf with it, and not the anchor of all") {
  const SmallHost web = x509_host("web1"), db = x509_host("db1");
  const auto answer = authority.issue(1, web);
  REQUIRE(was_issued(answer));
  REQUIRE(was_issued(authority.issue(2, db)));
  const auto knows_both = [&](unsigned party) {
    const auto& holdings = authority.party(party).registry->holdings();
    return std::count_if(holdings.begin(), holdings.end(),
                         [](const auto& each) { return !each.second.certificates.empty(); }) == 2;
  };
  REQUIRE(authority.run_until([&] { return knows_both(1) && knows_both(2); }));
  const auto chain =
      x509::parse_certificates(std::get<enroll::Bundle>(answer).certificates.at(ca::Kind::x509));
  REQUIRE(chain);
  for (const unsigned party : {1U, 2U}) {
    auto& voting = *authority.party(party).voting;
    // By the anchor's fingerprint there is nothing to revoke.
    const auto by_anchor = voting.find(to_hex(x509::fingerprint((*chain)[0])), authority.now);
    REQUIRE(by_anchor);
    CHECK(by_anchor->empty());
    const auto targets = voting.find("web1", authority.now);
    REQUIRE(targets);
    REQUIRE(targets->size() == 1);
    REQUIRE(voting.vote(targets->front(), "stolen", authority.now));
  }
  // Not even if parties vote for it whose programs are others.
  for (const unsigned party : {1U, 2U})
    CHECK_FALSE(authority.party(party).voting->vote(sha256((*chain)[0].to_be_signed()), "all",
                                                    authority.now));
  const auto list = ca::parse_signed_revocations(authority.signed_list());
  REQUIRE(list);
  const auto opened_list =
      ca::open_revocations(*list, authority.id(), *daemon::revocations_key(authority.authority()));
  REQUIRE(opened_list);
  REQUIRE(opened_list->revoked.size() == 1);
  CHECK(opened_list->revoked[0].kind == "x509");
  CHECK(opened_list->revoked[0].fingerprint == x509::fingerprint((*chain)[1]));
}

TEST_CASE_METHOD(Fixture, "a party that knows a host of X.509 from the logs alone renews it") {
  authority.bend = [](Identifier from, Identifier to, Envelope&) {
    return Fate{from == P(3) || to == P(3) ? Fate::End::refused : Fate::End::arrives};
  };
  SmallHost web = x509_host("web1");
  REQUIRE(was_issued(authority.issue(1, web)));
  authority.ask_renewal(web);
  daemon::Registry& registry = *authority.party(3).registry;
  const daemon::Issuer issuer = daemon::issuer_of(authority.party(3).member);
  for (const unsigned log : {1U, 2U})
    for (const log::Entry& entry : authority.party(log).entries())
      if (const auto* issue = std::get_if<log::IssueEntry>(&entry))
        if (auto seen = registry.seen_in_log(static_cast<std::uint16_t>(log), *issue, issuer,
                                             authority.now))
          registry.apply(*seen);
  const auto known =
      registry.enrolled(web.identity.public_key(), web.token.invitation.key, authority.now);
  REQUIRE(known);
  CHECK(known->name == "web1");
  CHECK(known->networks == std::vector{prefix("10.42.0.1/16"), prefix("fd42::1/64")});
  authority.bend = [](Identifier from, Identifier to, Envelope&) {
    return Fate{from == P(2) || to == P(2) ? Fate::End::refused : Fate::End::arrives};
  };
  CHECK(was_issued(authority.issue(3, web)));
}
