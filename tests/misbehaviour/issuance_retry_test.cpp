// tests/misbehaviour/issuance_retry_test.cpp — parties that are away, slow, unwilling or lying:
// whoever can be served by t honest ones is served, and whoever cannot learns by whom not.
#include "tests/support/small_authority.h"

using namespace jointca;
using namespace jointca::test;
using daemon::Declination;
using daemon::TooFewParties;
using daemon::Waiting;

namespace {

using Names = std::vector<std::string>;

Bend away(const PartySet& parties, Fate::End how = Fate::End::refused) {
  return [parties, how](Identifier, Identifier to, Envelope&) {
    return Fate{parties.contains(to) ? how : Fate::End::arrives};
  };
}

Names signers_of(const daemon::Answer& answer) {
  REQUIRE(was_issued(answer));
  return std::get<enroll::Bundle>(answer).signers;
}

void set_approval(SmallAuthority& authority, unsigned party, ca::Approval approval, bool deny) {
  ca::Policy policy;
  policy.base.approve = approval;
  policy.base.deny = deny;
  authority.party(party).signer->set_policy(policy);
}
void ask_operator(SmallAuthority& authority, unsigned party) {
  set_approval(authority, party, ca::Approval::ask, false);
}
void refuse_all(SmallAuthority& authority, unsigned party) {
  set_approval(authority, party, ca::Approval::automatic, true);
}

bool mentions(const Names& names, const std::string& party) {
  return std::any_of(names.begin(), names.end(),
                     [&](const std::string& name) { return name.starts_with(party); });
}

/// All got certificates, and no two an address.
void check_distinct(const std::vector<daemon::Answer>& answers) {
  std::set<ca::IpAddress> seen;
  for (const daemon::Answer& answer : answers) {
    REQUIRE(was_issued(answer));
    const auto& networks = std::get<enroll::Bundle>(answer).networks;
    CHECK(networks.size() == 2);
    for (const ca::Prefix& network : networks) CHECK(seen.insert(network.address).second);
  }
}

std::vector<daemon::Answer> issue_many(SmallAuthority& authority, std::size_t count) {
  std::vector<SmallHost> hosts;
  for (std::size_t i = 0; i < count; ++i)
    hosts.push_back(authority.host("web" + std::to_string(i)));
  return authority.issue(1, hosts);
}

}  // namespace

TEST_CASE("two of three parties issue while the third is away") {
  const unsigned absent = GENERATE(2u, 3u);
  const auto how = GENERATE(Fate::End::refused, Fate::End::lost);
  SmallAuthority authority;
  authority.bend = away({P(absent)}, how);
  const SmallHost host = authority.host("web1");
  const daemon::Answer answer = authority.issue(1, host);
  CHECK(signers_of(answer) == Names{"party1", absent == 2 ? "party3" : "party2"});
  check_no_accusations(authority);
}

TEST_CASE("a party that is slow with its commitments is not waited for") {
  SmallAuthority authority(2, 3, {milliseconds(300), milliseconds(20'000), milliseconds(20'000)});
  authority.bend = [](Identifier from, Identifier, Envelope&) {
    return Fate{Fate::End::arrives, milliseconds(from == P(2) ? 60'000 : 0)};
  };
  const SmallHost host = authority.host("web1");
  const auto begin = std::chrono::steady_clock::now();
  CHECK(signers_of(authority.issue(1, host)) == Names{"party1", "party3"});
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(30));
}

TEST_CASE("a party that gives commitments and then no share is replaced") {
  SmallAuthority authority;
  const auto how = GENERATE(Fate::End::refused, Fate::End::lost);
  authority.bend = [how](Identifier from, Identifier, Envelope& message) {
    const bool share = from == P(2) && message.header.round == number(MessageType::released);
    return Fate{share ? how : Fate::End::arrives};
  };
  const SmallHost host = authority.host("web1");
  CHECK(signers_of(authority.issue(1, host)) == Names{"party1", "party3"});
  check_no_accusations(authority);
}

TEST_CASE("a party whose policy refuses is replaced") {
  SmallAuthority authority;
  const unsigned refusing = GENERATE(1u, 2u, 3u);
  refuse_all(authority, refusing);
  const SmallHost host = authority.host("web1");
  const Names signers = signers_of(authority.issue(1, host));
  CHECK(signers.size() == 2);
  CHECK_FALSE(mentions(signers, "party" + std::to_string(refusing)));
}

TEST_CASE("messages that arrive twice do no harm") {
  SmallAuthority authority;
  authority.bend = [](Identifier, Identifier, Envelope&) {
    return Fate{Fate::End::arrives, milliseconds(0), 3};
  };
  const SmallHost host = authority.host("web1");
  CHECK(signers_of(authority.issue(1, host)) == Names{"party1", "party2"});
  CHECK(authority.party(2).log->size() == 2);  // its two intents; party 1 has the outcomes
  check_no_accusations(authority);
}

TEST_CASE("three of five issue past a liar, a denier and nobody else") {
  SmallAuthority authority(3, 5);
  refuse_all(authority, 3);
  authority.bend = [&](Identifier from, Identifier, Envelope& message) {
    if (from == P(2) && message.header.round == number(MessageType::released))
      message = with_shares(authority.party(2), message, Bytes{3});
    return Fate{};
  };
  const SmallHost host = authority.host("web1");
  CHECK(signers_of(authority.issue(1, host)) == Names{"party1", "party4", "party5"});
  check_only_culprit(authority, P(2), "frost.sign.malformed");
}

TEST_CASE("two liars of five are both convicted and the other three issue") {
  SmallAuthority authority(3, 5);
  authority.bend = [&](Identifier from, Identifier, Envelope& message) {
    if (from == P(2) && message.header.round == number(MessageType::released)) {
      auto shares = opened<frost::ShareMessage>(shares_in(message), MessageType::shares);
      shares.shares[0] = shares.shares[0] + Scalar(1);
      message = with_shares(authority.party(2), message, encoded(shares));
    }
    if (from == P(4) && message.header.round == number(MessageType::commitments))
      message = authority.party(4).again(message, Bytes{3});
    return Fate{};
  };
  refuse_all(authority, 3);
  const SmallHost host = authority.host("web1");
  const daemon::Answer few = authority.issue(1, host);
  REQUIRE(std::holds_alternative<TooFewParties>(few));
  CHECK(std::get<TooFewParties>(few).needed == 3);
  CHECK(mentions(std::get<TooFewParties>(few).missing, "party2 (misbehaved: frost.sign.share"));
  set_approval(authority, 3, ca::Approval::automatic, false);
  CHECK(signers_of(authority.issue(1, host)) == Names{"party1", "party3", "party5"});
  std::set<std::pair<Identifier, std::string>> cases;
  for (const Evidence& evidence : authority.party(1).accusations) {
    cases.emplace(evidence.culprit, evidence.check);
    CHECK(
        verify_evidence(evidence, authority.context(), daemon::all_checks(authority.authority())));
  }
  CHECK(cases == std::set<std::pair<Identifier, std::string>>{
                     {P(2), "frost.sign.share"}, {P(4), "issuance.commitments.malformed"}});
}

TEST_CASE("who is away and who has to ask an operator are both named when both are needed") {
  SmallAuthority authority(3, 3);
  authority.bend = away({P(3)});
  ask_operator(authority, 2);
  const SmallHost host = authority.host("web1");
  const daemon::Answer answer = authority.issue(1, host);
  REQUIRE(std::holds_alternative<TooFewParties>(answer));
  const auto& few = std::get<TooFewParties>(answer);
  CHECK(few.missing.size() == 2);
  CHECK(mentions(few.missing, "party2 (its operator"));
  CHECK(mentions(few.missing, "party3"));
  refuse_all(authority, 2);  // a denial leaves no three
  CHECK(std::holds_alternative<Declination>(authority.issue(1, host)));
}

TEST_CASE("too few parties are named, and the host succeeds once they are back") {
  SmallAuthority authority;
  authority.bend = away({P(2), P(3)});
  const SmallHost host = authority.host("web1");
  const daemon::Answer answer = authority.issue(1, host);
  REQUIRE(std::holds_alternative<TooFewParties>(answer));
  const auto& few = std::get<TooFewParties>(answer);
  CHECK(few.needed == 2);
  CHECK(few.missing.size() == 2);
  CHECK(mentions(few.missing, "party2"));
  CHECK(mentions(few.missing, "party3"));
  CHECK_FALSE(mentions(few.missing, "party1"));
  authority.bend = away({});
  CHECK(was_issued(authority.issue(1, host)));
}

TEST_CASE("a host waits for the operators that have to decide, and gets its certificate then") {
  SmallAuthority authority;
  ask_operator(authority, 2);
  ask_operator(authority, 3);
  const SmallHost host = authority.host("web1");
  const Digest invitation = enroll::digest(host.token.invitation);
  const daemon::Answer answer = authority.issue(1, host);
  REQUIRE(std::holds_alternative<Waiting>(answer));
  CHECK(std::get<Waiting>(answer).parties == Names{"party2", "party3"});
  CHECK(authority.party(1).issuance->waiting() == 1);
  for (const unsigned party : {1u, 2u, 3u}) CHECK(authority.party(party).log->size() == 0);

  SECTION("one approval is enough for two of three") {
    REQUIRE(authority.party(3).signer->decide(invitation, true, "", authority.now));
    const auto resumed = authority.resume(1, host.digest());
    REQUIRE(resumed);
    CHECK(signers_of(*resumed) == Names{"party1", "party3"});
    CHECK(authority.party(1).issuance->waiting() == 0);
    const auto entry = authority.party(3).entries().front();
    CHECK(std::get<log::IssueEntry>(entry).approved.by == "operator");
  }
  SECTION("one denial leaves the other") {
    REQUIRE(authority.party(2).signer->decide(invitation, false, "unknown", authority.now));
    const auto resumed = authority.resume(1, host.digest());
    REQUIRE(resumed);
    REQUIRE(std::holds_alternative<Waiting>(*resumed));
    CHECK(std::get<Waiting>(*resumed).parties == Names{"party3"});
  }
  SECTION("denials are final") {
    for (const unsigned party : {2u, 3u})
      REQUIRE(authority.party(party).signer->decide(invitation, false, "unknown", authority.now));
    const auto resumed = authority.resume(1, host.digest());
    REQUIRE(resumed);
    REQUIRE(std::holds_alternative<Declination>(*resumed));
    CHECK(std::get<Declination>(*resumed).rule == "operator.denied");
    CHECK_FALSE(authority.party(2).signer->decide(invitation, true, "", authority.now));
  }
  SECTION("the host may ask any other coordinator") {
    REQUIRE(authority.party(2).signer->decide(invitation, true, "", authority.now));
    CHECK(signers_of(authority.issue(2, host)) == Names{"party1", "party2"});
    CHECK(was_issued(*authority.resume(1, host.digest())));
  }
  SECTION("a request that does not wait here is not resumed") {
    CHECK_FALSE(authority.resume(2, host.digest()));
  }
}

TEST_CASE("a party is not convicted for what its operator writes") {
  SmallAuthority authority;
  std::string reason(GENERATE(0u, 1u), 'a');  // the limit falls before or within a letter
  reason += "line\nfeed, \xff and \x1b[31m";
  while (reason.size() < 1000) reason += "\u00e4";
  for (const unsigned party : {2u, 3u}) ask_operator(authority, party);
  const SmallHost host = authority.host("web1");
  REQUIRE(std::holds_alternative<Waiting>(authority.issue(1, host)));
  const Digest invitation = enroll::digest(host.token.invitation);
  for (const unsigned party : {2u, 3u})
    REQUIRE(authority.party(party).signer->decide(invitation, false, reason, authority.now));
  const daemon::Answer answer = authority.issue(1, host);
  REQUIRE(std::holds_alternative<Declination>(answer));
  CHECK(std::get<Declination>(answer).rule == "operator.denied");
  check_no_accusations(authority);
}

TEST_CASE("a request submitted many times at once is issued once") {
  SmallAuthority authority;
  const SmallHost host = authority.host("web1");
  const auto answers = authority.issue({{1, &host}, {1, &host}, {1, &host}, {1, &host}});
  for (const daemon::Answer& answer : answers) {
    REQUIRE(was_issued(answer));
    CHECK(std::get<enroll::Bundle>(answer) == std::get<enroll::Bundle>(answers.front()));
  }
  CHECK(authority.party(2).log->size() == 2);
}

TEST_CASE("one host's trouble with a party keeps no other host from it") {
  SmallAuthority authority;
  unsigned lost = 0;
  authority.bend = [&lost](Identifier from, Identifier to, Envelope& message) {
    if (to == P(3)) return Fate{Fate::End::refused};
    const bool share = from == P(2) && message.header.round == number(MessageType::released);
    return Fate{share && lost++ < 2 ? Fate::End::refused : Fate::End::arrives};
  };
  // Two sessions begin at once; the third host is batched with what is left of them.
  const SmallHost first = authority.host("web1"), second = authority.host("web2"),
                  third = authority.host("web3");
  const auto answers = authority.issue({{1, &first}, {1, &second}, {1, &third}});
  for (const std::size_t spoilt : {0u, 1u}) {
    REQUIRE(std::holds_alternative<TooFewParties>(answers[spoilt]));
    CHECK(mentions(std::get<TooFewParties>(answers[spoilt]).missing, "party2"));
  }
  CHECK(signers_of(answers[2]) == Names{"party1", "party2"});
}

TEST_CASE("one host that is refused keeps no other of its batch from its certificate") {
  SmallAuthority authority;
  std::vector<SmallHost> hosts;
  for (const char* name : {"a", "b", "c", "d", "e"}) hosts.push_back(authority.host(name));
  for (const unsigned party : {2u, 3u}) {
    ca::Policy policy = authority.party(party).signer->policy();
    policy.rules.push_back({"no", {}, {}});
    policy.rules.back().match.names = {{"c"}};
    policy.rules.back().permissions.deny = true;
    authority.party(party).signer->set_policy(policy);
  }
  const auto answers = authority.issue(1, hosts);
  for (const std::size_t i : {0u, 1u, 3u, 4u}) CHECK(was_issued(answers[i]));
  REQUIRE(std::holds_alternative<Declination>(answers[2]));
  CHECK(std::get<Declination>(answers[2]).rule == "policy.denied");
}

TEST_CASE("fifty hosts at once get fifty addresses of either kind") {
  SmallAuthority authority(2, 3, {milliseconds(5'000), milliseconds(20'000), milliseconds(20'000)});
  check_distinct(issue_many(authority, 50));
  check_no_accusations(authority);
}

TEST_CASE("more hosts than fit one session are all served") {
  SmallAuthority authority(2, 3, {milliseconds(9'000), milliseconds(30'000), milliseconds(30'000)});
  check_distinct(issue_many(authority, daemon::hosts_max + 44));
}
