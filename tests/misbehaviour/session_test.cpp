// tests/misbehaviour/session_test.cpp — sessions of MPyC among parties that may lie: everyone
// derives the grant and the seats' certificates alone, and who does something else is named.
#include "base/text.h"
#include "ca/revocations.h"
#include "mpyc-adapter/seat.h"
#include "tests/support/small_session.h"

using namespace jointca;
using namespace jointca::test;
using daemon::Declination;
using daemon::LoggedMessage;
using frost::ShareMessage;
using mpyc::Channel;
using mpyc::Manifest;

namespace {

const Identifier cheat = P(2);

struct Fixture {
  SmallAuthority authority;
  SmallMembers members{authority};

  daemon::Answer grant(unsigned coordinator, const Manifest& manifest) {
    return authority.ask(coordinator, members.request(manifest));
  }
  std::string rule(const daemon::Answer& answer) {
    if (const auto* declination = std::get_if<Declination>(&answer)) return declination->rule;
    const auto* few = std::get_if<daemon::TooFewParties>(&answer);
    return few == nullptr ? "" : "too few: " + join(few->missing) + "; " + few->refusal;
  }
  /// What signer 2 says to a session that coordinator 1 proposes.
  daemon::HostAnswer verdict(const Bytes& request) {
    return HandSession(authority, 1, {{request, {}, {}, {}}}).verdict(2);
  }
  HandSession logged_session(const Manifest& manifest) {
    HandSession made(authority, 1, {members.proposed(manifest)});
    for (const unsigned signer : {2U, 3U}) made.propose(signer);
    for (const unsigned signer : {2U, 3U}) REQUIRE(declined_code(made.ask_to_sign(signer)).empty());
    return made;
  }
  std::vector<log::IssueEntry> entries_about(unsigned party, const Manifest& manifest) {
    std::vector<log::IssueEntry> out;
    for (const log::Entry& entry : authority.party(party).entries())
      if (const auto* issue = std::get_if<log::IssueEntry>(&entry))
        if (issue->request == mpyc::digest(manifest)) out.push_back(*issue);
    return out;
  }
  /// Both vote, as an operator does who knows it by this text.
  void revoke(const std::string& text) {
    for (const unsigned party : {1U, 2U}) {
      auto& voting = *authority.party(party).voting;
      const auto targets = voting.find(text, authority.now);
      REQUIRE(targets);
      REQUIRE(targets->size() == 1);
      REQUIRE(voting.vote(targets->front(), "wrong data", authority.now));
    }
  }
};

void vote(SmallAuthority& authority, unsigned party, const PublicKey& host) {
  log::RevokeEntry entry;
  entry.authority = authority.id();
  entry.name = "it";
  entry.host = host;
  entry.reason = "stolen";
  entry.time = authority.now;
  for (const std::uint16_t log : {std::uint16_t{1}, std::uint16_t{3}})
    authority.party(party).registry->apply(log, entry);
}

}  // namespace

TEST_CASE_METHOD(Fixture, "a session that all members consent to is granted, logged and known") {
  const Manifest manifest = members.manifest();
  const daemon::Answer answer = grant(1, manifest);
  const mpyc::Session session = members.opened_session(manifest, answer);
  CHECK(session.certificates().size() == 4);
  const auto& bundle = std::get<enroll::Bundle>(answer);
  CHECK(bundle.proofs.size() == bundle.signers.size());
  const Digest digest = mpyc::digest(manifest);
  const auto entries = entries_about(1, manifest);
  REQUIRE(entries.size() == 5);
  CHECK(entries[0].kind == "session-grant");
  CHECK(entries[1].kind == "session-anchor");
  for (std::size_t i = 0; i < entries.size(); ++i) {
    CHECK(entries[i].basis == "consents");
    CHECK(entries[i].host == (i < 2 ? PublicKey{digest} : manifest.seats[i - 2].identity));
    CHECK(entries[i].invitation.bytes == session.grant().consents);
    CHECK(entries[i].approved.rule == "sessions");
  }
  CHECK(entries[0].subject.name == ca::session_name(manifest.session));
  // The same request is the same grant, wherever it is asked, and nothing more is signed.
  REQUIRE(authority.run_until([&] {
    const auto* known = authority.party(3).registry->holding(digest);
    return known != nullptr && !known->certificates.empty();
  }));
  const std::uint64_t size = authority.party(3).log->size();
  const daemon::Answer again = grant(3, manifest);
  REQUIRE(was_issued(again));
  CHECK(std::get<enroll::Bundle>(again).session == bundle.session);
  CHECK(authority.party(3).log->size() == size);
}

TEST_CASE_METHOD(Fixture, "on an overlay a session has a grant and no certificates") {
  const Manifest manifest = members.manifest(Channel::nebula);
  const mpyc::Session session = members.opened_session(manifest, grant(2, manifest));
  CHECK(session.certificates().empty());
  CHECK(entries_about(2, manifest).size() == 1);
}

TEST_CASE_METHOD(Fixture, "a session is no host: it holds no name, no address and no invitation") {
  REQUIRE(was_issued(grant(1, members.manifest())));
  const SmallHost dave = authority.host("dave");
  REQUIRE(was_issued(authority.issue(1, dave)));
  CHECK(authority.party(1).registry->used_addresses(authority.now).size() == 8);
}

TEST_CASE_METHOD(Fixture, "a coordinator cannot alter the manifest or a consent") {
  const Manifest manifest = members.manifest();
  Manifest altered = manifest;
  altered.program.arguments = {"9"};
  const auto tokens = members.consents(manifest);
  const auto rule_of = [&](const Manifest& what, const std::vector<std::string>& consents) {
    return verdict(mpyc::encode_request({mpyc::to_json(what), consents})).rule;
  };
  CHECK(rule_of(altered, tokens) == "consent.manifest");
  auto wrong = tokens;
  wrong[1] = wrong[0];
  CHECK(rule_of(manifest, wrong) == "consents.twice");
  wrong = tokens;
  wrong.pop_back();
  CHECK(rule_of(manifest, wrong) == "consents.missing");
  wrong = tokens;
  wrong[2].back() = wrong[2].back() == 'A' ? 'Q' : 'A';
  CHECK(rule_of(manifest, wrong) == "consent.signature");
  // A member whose key signed a seat that the manifest gives to another.
  altered = manifest;
  altered.seats[0].identity = authority.host("mallory").identity.public_key();
  CHECK(rule_of(altered, tokens) == "consent.manifest");
  CHECK(approved(verdict(members.request(manifest))));
  check_no_accusations(authority);
}

TEST_CASE_METHOD(Fixture, "who is not enrolled, or elsewhere than it says, has no seat") {
  const auto rule_of = [&](auto change) {
    Manifest manifest = members.manifest(Channel::nebula);
    change(manifest);
    return verdict(members.request(manifest));
  };
  const auto of_another = rule_of(
      [](Manifest& manifest) { manifest.seats[0].address = prefix("10.42.0.9/16").address; });
  CHECK(of_another.rule == "member.address");
  CHECK(of_another.reason == "10.42.0.9 is not the address of alice");
  CHECK(rule_of([](Manifest& manifest) { manifest.seats[1].name = "bobby"; }).rule ==
        "member.name");
  CHECK(rule_of([&](Manifest& manifest) {
          manifest.not_before = authority.now - Duration{7200};
          manifest.not_after = authority.now;
        }).rule == "session.window");
  // Known to nobody: it consents with a key that no party has seen.
  Manifest manifest = members.manifest(Channel::nebula);
  const SigningKey stranger = key_from(77);
  manifest.seats[2] = {"carol", stranger.public_key(), manifest.seats[2].address, 11400};
  auto tokens =
      std::vector<std::string>{mpyc::consent_to(manifest, members.host(0).identity, nullptr),
                               mpyc::consent_to(manifest, members.host(1).identity, nullptr),
                               mpyc::consent_to(manifest, stranger, nullptr)};
  const auto unknown = verdict(mpyc::encode_request({mpyc::to_json(manifest), tokens}));
  CHECK(unknown.rule == "member.unknown");
  CHECK(unknown.reason.find("carol") != std::string::npos);
}

TEST_CASE_METHOD(Fixture, "a manifest is granted with one set of consents, an id to one manifest") {
  const Manifest manifest = members.manifest();
  REQUIRE(was_issued(grant(1, manifest)));
  for (const unsigned party : {1U, 2U})
    CHECK(rule(authority.ask(party, members.request(manifest, 40))) == "session.consents");
  Manifest other = members.manifest();
  other.session = manifest.session;
  other.program.arguments = {"9"};
  CHECK(rule(grant(1, other)) == "session.id");
  authority.now += Duration{3600};  // nor later
  other.not_after += Duration{3600};
  CHECK(rule(grant(2, other)) == "session.id");
}

TEST_CASE_METHOD(Fixture,
                 "a signer that was asked about other consents meanwhile signs no second") {
  const Manifest manifest = members.manifest();
  HandSession first(authority, 1, {members.proposed(manifest)});
  HandSession second(authority, 1, {{members.request(manifest, 40), {}, {}, {}}});
  for (HandSession* each : {&first, &second})
    for (const unsigned signer : {2U, 3U}) CHECK(approved(each->propose(signer).hosts.at(0)));
  CHECK(declined_code(first.ask_to_sign(2)).empty());
  CHECK(declined_code(second.ask_to_sign(2)) == "request.no_longer_approved");
}

TEST_CASE_METHOD(Fixture, "a coordinator that shows two sessions is convicted") {
  HandSession by_hand(authority, 1, {members.proposed(members.manifest())});
  by_hand.propose(2);
  by_hand.proposal = by_hand.make_proposal({members.proposed(members.manifest())});
  by_hand.propose(3);
  const Envelope request = by_hand.sealed(by_hand.request());
  for (const unsigned signer : {2U, 3U})
    CHECK(declined_code(by_hand.ask(signer, request)) == "request.proposal");
  check_only_culprit(authority, P(1), "broadcast.equivocation");
}

TEST_CASE_METHOD(Fixture, "shares of honest signers go with the derived grant and seats alone") {
  const Manifest manifest = members.manifest();
  HandSession by_hand = logged_session(manifest);
  PerParty<frost::CommitMessage> commitments;
  PerParty<ShareMessage> shares;
  for (const unsigned signer : {2U, 3U}) {
    const auto message = opened<daemon::CommitmentsMessage>(by_hand.commitments.at(P(signer)),
                                                            MessageType::commitments);
    const auto all = parse(std::type_identity<frost::CommitMessage>{}, message.commitments);
    REQUIRE(all);
    commitments.emplace(P(signer), *daemon::commitments_for(message, *all, {0}, {5}));
  }
  for (const unsigned signer : {2U, 3U})
    shares.emplace(P(signer), opened<ShareMessage>(shares_in(by_hand.show_proofs(signer)),
                                                   MessageType::shares));
  const auto entries = entries_about(2, manifest);
  REQUIRE(entries.size() == 5);
  const auto signed_with = [&](std::size_t changed, const Bytes& tbs) {
    std::vector<frost::Statement> statements;
    for (std::size_t i = 0; i < entries.size(); ++i)
      statements.push_back(
          {issued::purpose_of(entries[i].kind), i == changed ? tbs : entries[i].tbs});
    const auto package = frost::make_package(std::move(statements), commitments);
    REQUIRE(package);
    return frost::aggregate_batch(*package, shares, authority.party(1).member.key.group)
        .has_value();
  };
  CHECK(signed_with(0, entries[0].tbs));
  mpyc::Grant longer = *mpyc::parse_grant(entries[0].tbs);
  longer.not_after += Duration{1};
  CHECK_FALSE(signed_with(0, mpyc::to_be_signed(longer)));
  const auto seat = issued::parse_statement("session-seat", entries[3].tbs);
  REQUIRE(seat);
  x509::Details mine = std::get<x509::Certificate>(seat->content).details();
  mine.key = x509::certified(key_from(88).public_key());
  CHECK_FALSE(signed_with(3, *x509::to_be_signed(mine)));
}

TEST_CASE_METHOD(Fixture, "a signer that signs something else for a session is convicted") {
  const std::size_t item = GENERATE(0U, 4U);
  authority.bend = [&, item](Identifier from, Identifier, Envelope& message) {
    if (from == cheat && message.header.round == number(MessageType::released)) {
      auto shares = opened<ShareMessage>(shares_in(message), MessageType::shares);
      shares.shares.at(item) = shares.shares.at(item) + Scalar(1);
      message = with_shares(authority.party(cheat), message, encoded(shares));
    }
    return Fate{};
  };
  const Manifest manifest = members.manifest();
  const daemon::Answer answer = grant(1, manifest);
  members.opened_session(manifest, answer);
  CHECK(std::get<enroll::Bundle>(answer).signers == std::vector<std::string>{"party1", "party3"});
  check_only_culprit(authority, cheat, "frost.sign.share");
}

TEST_CASE_METHOD(Fixture, "a signer that logs something else for a session is convicted") {
  authority.bend = [&](Identifier from, Identifier, Envelope& message) {
    if (from == cheat && message.header.round == number(MessageType::logged)) {
      auto logged = opened<LoggedMessage>(message, MessageType::logged);
      logged.approvals.at(0).rule += "x";
      message = authority.party(cheat).again(message, encoded(logged));
    }
    return Fate{};
  };
  const Manifest manifest = members.manifest();
  const daemon::Answer answer = grant(1, manifest);
  members.opened_session(manifest, answer);
  CHECK(std::get<enroll::Bundle>(answer).signers == std::vector<std::string>{"party1", "party3"});
  check_only_culprit(authority, cheat, "issuance.logged.proof");
}

TEST_CASE_METHOD(Fixture, "nobody learns of a session what it would not have derived") {
  const Manifest manifest = members.manifest();
  const daemon::Answer answer = grant(1, manifest);
  REQUIRE(was_issued(answer));
  const std::string text = std::get<enroll::Bundle>(answer).session;
  const Manifest other = members.manifest();
  const auto learn = [&](const Manifest& what, const std::string& statements) {
    const daemon::OutcomeMessage outcome{{{members.request(what), statements, {1, 2}}}};
    const auto learned = authority.party(3).signer->learn(outcome, authority.now);
    return learned ? "learned" : learned.error().message;
  };
  CHECK(learn(other, text) == "certificates: not what the request asks for");
  const std::string grant_alone = text.substr(0, text.find('\n') + 1);
  CHECK(learn(manifest, grant_alone) == "certificates: not what the request asks for");
  std::string unsigned_grant = text;
  const auto at = unsigned_grant.find('\n') - 5;
  unsigned_grant[at] = unsigned_grant[at] == 'A' ? 'B' : 'A';
  CHECK(learn(manifest, unsigned_grant) == "certificates: not issued by this authority");
  CHECK(authority.party(3).registry->holding(mpyc::digest(other)) == nullptr);
  CHECK(learn(manifest, text) == "learned");
}

TEST_CASE_METHOD(Fixture, "a session is revoked by its name or digest, and its seats with it") {
  const Manifest manifest = members.manifest();
  REQUIRE(was_issued(grant(1, manifest)));
  REQUIRE(was_issued(grant(1, members.manifest())));  // another, which stays
  const Digest digest = mpyc::digest(manifest);
  for (const unsigned party : {1U, 2U})
    REQUIRE(authority.run_until([&] {
      const auto* known = authority.party(party).registry->holding(digest);
      return known != nullptr && !known->certificates.empty();
    }));
  const bool by_name = GENERATE(true, false);
  revoke(by_name ? ca::session_name(manifest.session) : to_hex(digest));
  const auto list = ca::parse_signed_revocations(authority.signed_list());
  REQUIRE(list);
  const auto opened_list =
      ca::open_revocations(*list, authority.id(), *daemon::revocations_key(authority.authority()));
  REQUIRE(opened_list);
  std::map<std::string, int> kinds;
  for (const auto& each : opened_list->revoked) ++kinds[each.kind];
  CHECK(kinds == std::map<std::string, int>{{"session-grant", 1}, {"session-seat", 3}});
  const auto grant_fingerprint =
      mpyc::fingerprint(mpyc::grant_of(manifest, members.consents(manifest)));
  CHECK(std::any_of(opened_list->revoked.begin(), opened_list->revoked.end(),
                    [&](const auto& each) { return each.fingerprint == grant_fingerprint; }));
  CHECK(rule(grant(1, manifest)) == "session.revoked");
}

TEST_CASE_METHOD(Fixture, "with a revoked host go the certificates of its seats") {
  REQUIRE(was_issued(grant(1, members.manifest())));
  revoke("bob");
  const auto list = ca::parse_signed_revocations(authority.signed_list());
  REQUIRE(list);
  const auto opened_list =
      ca::open_revocations(*list, authority.id(), *daemon::revocations_key(authority.authority()));
  REQUIRE(opened_list);
  const auto seats = std::count_if(opened_list->revoked.begin(), opened_list->revoked.end(),
                                   [](const auto& each) { return each.kind == "session-seat"; });
  CHECK(seats == 1);
  CHECK(rule(grant(1, members.manifest())) == "member.revoked");
}

TEST_CASE_METHOD(Fixture, "no share leaves for a session that lost a member since it was logged") {
  const bool member = GENERATE(true, false);
  const Manifest manifest = members.manifest();
  HandSession by_hand = logged_session(manifest);
  vote(authority, 2, member ? manifest.seats[1].identity : PublicKey{mpyc::digest(manifest)});
  CHECK(declined_code(by_hand.show_proofs(2)) == "request.no_longer_approved");
}

TEST_CASE_METHOD(Fixture, "a session waits for the operators, who decide on its digest") {
  for (const unsigned party : {1U, 2U, 3U}) members.allow(party, ca::Approval::ask);
  const Manifest manifest = members.manifest();
  const Digest digest = mpyc::digest(manifest);
  const daemon::Answer waits = grant(1, manifest);
  const auto* waiting = std::get_if<daemon::Waiting>(&waits);
  REQUIRE(waiting != nullptr);
  CHECK(waiting->parties == std::vector<std::string>{"party1", "party2", "party3"});
  authority.party(2).restart();  // it is on the disk
  for (const unsigned party : {1U, 2U})
    REQUIRE(authority.party(party).signer->decide(digest, true, "", authority.now));
  const auto answer = authority.resume(1, digest);
  REQUIRE(answer);
  members.opened_session(manifest, *answer);
  CHECK(entries_about(2, manifest).at(0).approved.by == "operator");
  const Manifest denied = members.manifest();
  (void)grant(1, denied);
  for (const unsigned party : {1U, 2U})
    REQUIRE(
        authority.party(party).signer->decide(mpyc::digest(denied), false, "no", authority.now));
  CHECK(rule(grant(1, denied)) == "operator.denied");
}

TEST_CASE_METHOD(Fixture, "the sessions that wait are few of each host, and forgotten when over") {
  members.allow(2, ca::Approval::ask);
  for (std::size_t i = 0; i < daemon::asked_sessions_per_host_max; ++i)
    CHECK(verdict(members.request(members.manifest(Channel::nebula))).standing ==
          daemon::HostAnswer::Standing::held);
  const Manifest one_more = members.manifest(Channel::nebula);
  CHECK(verdict(members.request(one_more)).rule == "session.not_kept");
  authority.now += Duration{7200};
  CHECK(verdict(members.request(members.manifest(Channel::nebula))).standing ==
        daemon::HostAnswer::Standing::held);
  CHECK(std::count_if(authority.party(2).registry->invitations().begin(),
                      authority.party(2).registry->invitations().end(),
                      [](const auto& each) { return each.second.session != nullptr; }) == 1);
}

TEST_CASE_METHOD(Fixture, "a liar's log entries about a session say nothing of hosts") {
  daemon::Registry& registry = *authority.party(3).registry;
  const daemon::Issuer issuer = daemon::issuer_of(authority.party(3).member);
  const Manifest manifest = members.manifest(Channel::nebula);
  HandSession by_hand = logged_session(manifest);
  log::IssueEntry entry = entries_about(2, manifest).at(0);
  const auto seen = registry.seen_in_log(2, entry, issuer, authority.now);
  CHECK_FALSE(seen);  // this party logged it itself
  auto& other = *authority.party(1).registry;
  REQUIRE(other.seen_in_log(2, entry, issuer, authority.now));
  CHECK(other.seen_in_log(2, entry, issuer, authority.now)->is_session());
  entry.host = members.host(0).identity.public_key();
  CHECK_FALSE(other.seen_in_log(2, entry, issuer, authority.now));
}
