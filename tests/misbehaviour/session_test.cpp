// tests/misbehaviour/session_test.cpp — sessions of MPyC among parties that may lie: everyone
// derives the grant and the seats' certificates alone, and who does something else is named.
#include "base/text.h"
#include "ca/revocations.h"
#include "ca/session_review.h"
#include "host/session_grant.h"
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
  manifest.seats[2] = {"carol", stranger.public_key(), manifest.seats[2].address, 11400, 12400};
  auto tokens =
      std::vector<std::string>{mpyc::consent_to(manifest, members.host(0).identity, nullptr),
                               mpyc::consent_to(manifest, members.host(1).identity, nullptr),
                               mpyc::consent_to(manifest, stranger, nullptr)};
  const auto unknown = verdict(mpyc::encode_request({mpyc::to_json(manifest), tokens}));
  CHECK(unknown.rule == "member.unknown");
  CHECK(unknown.reason.find("carol") != std::string::npos);
}

TEST_CASE_METHOD(Fixture, "what strangers ask for costs no other party anything") {
  const SigningKey stranger = key_from(77);
  Manifest manifest = members.manifest(Channel::direct);
  manifest.seats = {{"mallory", stranger.public_key(), manifest.seats[0].address, 11365, 12365}};
  manifest.options.threshold = 0;
  const Bytes request = mpyc::encode_request(
      {mpyc::to_json(manifest), {mpyc::consent_to(manifest, stranger, nullptr)}});
  std::size_t messages = 0;
  authority.bend = [&](Identifier, Identifier, Envelope&) {
    ++messages;
    return Fate{};
  };
  const daemon::Answer answer = authority.ask(1, request);
  const auto* declination = std::get_if<Declination>(&answer);
  REQUIRE(declination != nullptr);
  CHECK(declination->rule == "member.unknown");
  CHECK(declination->party == "party1");
  CHECK(messages == 0);
  // A coordinator that proposes it all the same fills nobody's log.
  const std::uint64_t size = authority.party(2).log->size();
  CHECK(verdict(request).rule == "member.unknown");
  REQUIRE(authority.party(2).signer->refusals().write());
  CHECK(authority.party(2).log->size() == size);
}

TEST_CASE_METHOD(Fixture, "while sessions wait for answers, hosts get their certificates") {
  const SmallHost dave = authority.host("dave");
  std::vector<std::string> order;
  std::set<Digest> seen;
  authority.bend = [&](Identifier from, Identifier, Envelope& message) {
    if (from != P(1) || message.header.round != number(MessageType::proposal)) return Fate{};
    const auto proposal = opened<daemon::ProposalMessage>(message, MessageType::proposal);
    const bool session = mpyc::is_session_request(proposal.hosts.at(0).request);
    if (seen.insert(message.header.session).second) order.push_back(session ? "session" : "host");
    return Fate{session ? Fate::End::lost : Fate::End::arrives};
  };
  const auto answers = authority.ask_all(
      1, {members.request(members.manifest()), members.request(members.manifest()), dave.sealed});
  CHECK(was_issued(answers[2]));
  CHECK_FALSE(was_issued(answers[0]));
  CHECK(order == std::vector<std::string>{"session", "host", "session"});
}

TEST_CASE_METHOD(Fixture, "a session that some parties logged comes to an answer") {
  const Manifest manifest = members.manifest();
  HandSession made(authority, 1, {members.proposed(manifest)});
  for (const unsigned signer : {2U, 3U}) made.propose(signer);
  REQUIRE(declined_code(made.ask_to_sign(2)).empty());
  std::set<Digest> proposals;
  authority.bend = [&](Identifier, Identifier, Envelope& message) {
    if (message.header.round == number(MessageType::proposal))
      proposals.insert(message.header.session);
    return Fate{};
  };
  SECTION("that operators have to decide") {
    for (const unsigned party : {1U, 3U}) members.allow(party, ca::Approval::ask);
    const daemon::Answer answer = grant(2, manifest);
    const auto* waiting = std::get_if<daemon::Waiting>(&answer);
    INFO(rule(answer));
    REQUIRE(waiting != nullptr);
    CHECK(waiting->parties == std::vector<std::string>{"party1", "party3"});
  }
  SECTION("why it is refused") {
    for (const unsigned party : {1U, 3U}) vote(authority, party, manifest.seats[1].identity);
    CHECK(rule(grant(2, manifest)) == "member.revoked");
  }
  CHECK(proposals.size() == 1);
}

TEST_CASE_METHOD(Fixture,
                 "a signer that invents other terms or addresses of a session changes nothing") {
  for (const unsigned party : {1U, 3U}) members.allow(party, ca::Approval::ask);
  std::set<Digest> proposals;
  std::uint8_t last = 0;
  authority.bend = [&](Identifier from, Identifier, Envelope& message) {
    if (message.header.round == number(MessageType::proposal))
      proposals.insert(message.header.session);
    if (from != cheat || message.header.round != number(MessageType::commitments)) return Fate{};
    auto answer = opened<daemon::CommitmentsMessage>(message, MessageType::commitments);
    daemon::HostAnswer lie;
    lie.standing = daemon::HostAnswer::Standing::refused;
    lie.rule = "request.terms_changed";
    lie.recorded = ca::Subject{"it", {}, {}, authority.now, authority.now + Duration{++last}};
    lie.taken = prefix("10.42.0." + std::to_string(last) + "/16").address;
    answer.hosts = {lie};
    answer.commitments.clear();
    message = authority.party(cheat).again(message, encoded(answer));
    return Fate{};
  };
  const daemon::Answer answer = grant(1, members.manifest());
  const auto* waiting = std::get_if<daemon::Waiting>(&answer);
  INFO(rule(answer));
  REQUIRE(waiting != nullptr);
  CHECK(waiting->parties == std::vector<std::string>{"party1", "party3"});
  CHECK(proposals.size() == 1);
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

TEST_CASE_METHOD(Fixture, "a session that waits is not displaced by other consents to it") {
  for (const unsigned party : {1U, 2U, 3U}) members.allow(party, ca::Approval::ask);
  const Manifest manifest = members.manifest();
  REQUIRE(std::holds_alternative<daemon::Waiting>(grant(1, manifest)));
  CHECK(rule(authority.ask(1, members.request(manifest, 40))) == "session.consents");
  REQUIRE(authority.party(1).issuance->waiting() == 1);
  for (const unsigned party : {1U, 2U})
    REQUIRE(authority.party(party).signer->decide(mpyc::digest(manifest), true, "", authority.now));
  const auto answer = authority.resume(1, mpyc::digest(manifest));
  REQUIRE(answer);
  members.opened_session(manifest, *answer);
}

TEST_CASE_METHOD(Fixture, "one log's word takes no session its id, those of t parties do") {
  const Manifest logged = members.manifest(Channel::nebula);
  HandSession made(authority, 1, {members.proposed(logged)});
  for (const unsigned signer : {2U, 3U}) made.propose(signer);
  REQUIRE(declined_code(made.ask_to_sign(2)).empty());
  const log::IssueEntry entry = entries_about(2, logged).at(0);
  const auto see = [&](unsigned party, std::uint16_t log) {
    daemon::Registry& registry = *authority.party(party).registry;
    const auto seen = registry.seen_in_log(
        log, entry, daemon::issuer_of(authority.party(party).member), authority.now);
    REQUIRE(seen);
    registry.apply(*seen);
  };
  see(1, 2);
  see(3, 2);
  Manifest other = members.manifest(Channel::nebula);
  other.session = logged.session;
  other.program.arguments = {"9"};
  if (GENERATE(true, false)) {
    members.opened_session(other, grant(1, other));
  } else {
    see(1, 3);
    see(3, 1);
    CHECK(rule(grant(1, other)) == "session.id");
  }
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

TEST_CASE_METHOD(Fixture, "a session that was granted waits for nobody") {
  members.allow(2, ca::Approval::ask);
  const Manifest first = members.manifest(Channel::nebula);
  CHECK(verdict(members.request(first)).standing == daemon::HostAnswer::Standing::held);
  for (std::size_t i = 1; i < daemon::asked_sessions_per_host_max; ++i)
    (void)verdict(members.request(members.manifest(Channel::nebula)));
  CHECK(verdict(members.request(members.manifest(Channel::nebula))).rule == "session.not_kept");
  REQUIRE(was_issued(grant(1, first)));
  REQUIRE(authority.run_until([&] {
    const auto* known = authority.party(2).registry->holding(mpyc::digest(first));
    return known != nullptr && !known->certificates.empty();
  }));
  CHECK(verdict(members.request(members.manifest(Channel::nebula))).standing ==
        daemon::HostAnswer::Standing::held);
}

TEST_CASE_METHOD(Fixture, "a host has so many sessions in an hour, and hosts are none of them") {
  ca::Policy policy = authority.party(2).signer->policy();
  policy.base.rate_limit = {4, Duration{3600}};  // three hosts are there
  authority.party(2).signer->set_policy(policy);
  for (std::size_t i = 0; i < ca::member_limit.count; ++i)
    logged_session(members.manifest(Channel::nebula));
  authority.party(2).restart();
  const Bytes request = members.request(members.manifest(Channel::nebula));
  CHECK(verdict(request).rule == "member.limit");
  authority.now += ca::member_limit.window / 2;
  CHECK(approved(
      HandSession(authority, 1, {proposed(authority, authority.host("dave"), 50)}).verdict(2)));
  authority.now += ca::member_limit.window / 2 + Duration{1};
  CHECK(approved(verdict(request)));
}

TEST_CASE("a session of as many members as there can be is granted, with a certificate for each") {
  SmallAuthority authority;
  SmallMembers members(authority, mpyc::seats_max);
  const Manifest manifest = members.manifest();
  const daemon::Answer answer = authority.ask(1, members.request(manifest));
  CHECK(members.opened_session(manifest, answer).certificates().size() == 1 + mpyc::seats_max);
}

TEST_CASE_METHOD(Fixture, "a member takes an answer with proofs of the grant alone") {
  const Manifest manifest = members.manifest();
  const daemon::Answer answer = grant(1, manifest);
  REQUIRE(was_issued(answer));
  auto bundle = std::get<enroll::Bundle>(answer);
  const host::AgreedSession agreed{manifest, {mpyc::to_json(manifest), members.consents(manifest)}};
  const auto taken = host::granted_session(authority.authority(), agreed, bundle);
  INFO((taken ? "" : taken.error().message));
  REQUIRE(taken);
  CHECK(taken->proofs.parties.size() == 2);
  const std::size_t end = bundle.session.find('\n') + 1;
  bundle.session = bundle.session.substr(end) + bundle.session.substr(0, end);
  const auto refused = host::granted_session(authority.authority(), agreed, bundle);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message == "the answer does not begin with the grant");
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
