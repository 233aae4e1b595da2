// tests/unit/daemon/messages_test.cpp — every message reads back; no truncation, limit or order of
// it slips through.
#include "daemon/messages.h"

#include <catch2/catch.hpp>

#include "daemon/asked.h"
#include "daemon/ca_signatures.h"
#include "daemon/ceremony.h"
#include "issued/statement.h"
#include "tests/support/seeded_rng.h"

using namespace jointca;
using namespace jointca::daemon;

namespace {

constexpr Time now = time_from_unix(1'800'000'000);

ca::Prefix net(std::string_view text) { return *ca::Prefix::parse(text); }

ca::Subject subject() {
  return {"web-1",
          {net("10.42.0.7/16"), net("fd42::7/64")},
          {"web", "db"},
          now,
          now + std::chrono::hours(24)};
}

Envelope envelope_from(std::uint16_t party) {
  test::SeededRng rng(party);
  return seal(SigningKey::generate(rng), {Digest{1}, Digest{2}, 65, party, 0}, Bytes{1, 2, 3});
}

ProposalMessage proposal() {
  return {{{Bytes{1, 2, 3}, {net("10.42.0.7/16")}, now, now + std::chrono::hours(1)},
           {Bytes{4}, {net("fd42::7/64"), net("10.42.0.8/16")}, now, now}}};
}

CommitmentsMessage commitments() {
  CommitmentsMessage message;
  message.proposal = Digest{3};
  message.coordinator_signature = SignatureBytes{4};
  using Standing = HostAnswer::Standing;
  message.hosts.resize(4);
  message.hosts[0].standing = Standing::approved;
  message.hosts[1].standing = Standing::held;
  message.hosts[1].rule = "ask";
  message.hosts[1].reason = "waits for an operator";
  message.hosts[2].rule = "address.taken";
  message.hosts[2].final = false;
  message.hosts[2].taken = *ca::IpAddress::parse("10.42.0.7");
  message.hosts[3].rule = "request.terms_changed";
  message.hosts[3].recorded = subject();
  message.hosts[3].certificates = "pem";
  message.hosts[3].signers = {1, 3};
  message.commitments = Bytes{9, 9};
  return message;
}

SignRequest sign_request() { return {{0, 3, 255}, {envelope_from(1), envelope_from(3)}}; }

OutcomeMessage outcome() { return {{{Bytes{1, 2}, "pem", {1, 3}}, {Bytes{3}, "", {2, 64}}}}; }

HelloMessage hello() { return {Bytes{5, 6, 7}, Digest{8}, now, Digest{9}}; }

ca::PartyCard card(const std::string& name, std::uint8_t byte) {
  const log::NoteVerifier cosigner{"example.org/" + name + "/cosigner",
                                   log::NoteKeyType::cosignature, PublicKey{Digest{byte, 2}}};
  return {name,
          PublicKey{Digest{byte}},
          log::vkey_text("example.org/" + name, PublicKey{Digest{byte, 1}}),
          cosigner.text(),
          "192.0.2.1:7101",
          "192.0.2.1:7201"};
}

CeremonyParameters parameters() {
  return {"mesh",  "ed25519",
          2,       {net("10.42.0.0/16"), net("fd42::/64")},
          {"web"}, std::chrono::hours(24),
          3,       {card("alpha", 1), card("beta", 2)}};
}

template <class Message>
Parsed<Message> parsed(BytesView bytes) {
  return parse(std::type_identity<Message>{}, bytes);
}

template <class Message>
std::string problem(const Message& message) {
  const auto result = parsed<Message>(encoded(message));
  return result ? "none" : result.error().reason;
}

/// Reads back to the same bytes; no truncation, longer form or other version is accepted.
template <class Message>
void check_total(const Message& message) {
  const Bytes bytes = encoded(message);
  const auto back = parsed<Message>(bytes);
  REQUIRE(back);
  CHECK(encoded(*back) == bytes);
  for (std::size_t size = 0; size < bytes.size(); ++size)
    CHECK_FALSE(parsed<Message>(BytesView(bytes).first(size)));
  Bytes changed = bytes;
  changed.push_back(0);
  CHECK_FALSE(parsed<Message>(changed));
  changed = bytes;
  changed[0] = 9;
  CHECK(parsed<Message>(changed).error().reason == "unknown version");
}

}  // namespace

TEST_CASE("every message between parties reads back, whole only") {
  check_total(proposal());
  check_total(commitments());
  check_total(sign_request());
  check_total(outcome());
  check_total(Declined{"session.unknown", "no such session"});
  check_total(hello());
  check_total(parameters());
}

TEST_CASE("a subject reads back") {
  Writer out;
  encode_subject(subject(), out);
  const Bytes bytes = std::move(out).take();
  Reader in(bytes);
  CHECK(*read_subject(in) == subject());
  CHECK(in.finish());
}

TEST_CASE("the answers of a signer read back with everything they carry") {
  const auto back = parsed<CommitmentsMessage>(encoded(commitments()));
  REQUIRE(back);
  CHECK(back->hosts[0].standing == HostAnswer::Standing::approved);
  CHECK(back->hosts[1].rule == "ask");
  CHECK_FALSE(back->hosts[2].final);
  CHECK(back->hosts[2].taken->text() == "10.42.0.7");
  CHECK(*back->hosts[3].recorded == subject());
  CHECK(back->hosts[3].certificates == "pem");
  CHECK(back->hosts[3].signers == std::vector<std::uint16_t>{1, 3});
  CHECK(back->commitments == Bytes{9, 9});
}

TEST_CASE("what a signer or party says about itself is shortened to what the others read") {
  CommitmentsMessage message = commitments();
  message.hosts[1].rule = std::string(1000, 'r');
  message.hosts[1].reason = std::string(1000, 'x');
  const auto back = parsed<CommitmentsMessage>(encoded(message));
  REQUIRE(back);
  CHECK(back->hosts[1].rule.size() == 64);
  CHECK(back->hosts[1].reason.size() == 512);
  CHECK(parsed<Declined>(encoded(Declined{"c", std::string(1000, 'x')}))->reason.size() == 512);
}

TEST_CASE("messages about no host or too many are refused") {
  CHECK(problem(ProposalMessage{}) == "out of range");
  CHECK(problem(ProposalMessage{std::vector(hosts_max, proposal().hosts[1])}) == "none");
  CHECK(problem(ProposalMessage{std::vector(hosts_max + 1, proposal().hosts[1])}) ==
        "out of range");
  CommitmentsMessage answers = commitments();
  answers.hosts.clear();
  CHECK(problem(answers) == "out of range");
  answers.hosts.assign(hosts_max + 1, HostAnswer{});
  CHECK(problem(answers) == "out of range");
  CHECK(problem(OutcomeMessage{}) == "out of range");
  CHECK(problem(OutcomeMessage{std::vector(hosts_max + 1, outcome().hosts[1])}) == "out of range");
  SignRequest request = sign_request();
  request.hosts.clear();
  CHECK(problem(request) == "out of range");
}

TEST_CASE("a session is proposed and told alone, in a version of its own") {
  const mpyc::SessionRequest parts{"manifest", {"a.b.c", "d.e.f"}};
  const Bytes request = mpyc::encode_request(parts);
  const ProposalMessage proposed{{{request, {}, {}, {}}}};
  CHECK(encoded(proposed)[0] == 2);
  check_total(proposed);
  CHECK(parsed<ProposalMessage>(encoded(proposed))->hosts.at(0).request == request);
  const OutcomeMessage told{{{request, "grant", {1, 3}}}};
  CHECK(encoded(told)[0] == 2);
  check_total(told);
  // Among hosts there is none, and alone there is nothing else.
  ProposalMessage mixed = proposal();
  mixed.hosts[1].request = request;
  CHECK(problem(mixed) == "a session is not among hosts");
  OutcomeMessage told_mixed = outcome();
  told_mixed.hosts[0].request = request;
  CHECK(problem(told_mixed) == "a session is not among hosts");
  Writer other;
  other.integer(std::uint8_t{2}).prefixed32(Bytes{1, 2, 3});
  const Bytes strange = std::move(other).take();
  CHECK(parsed<ProposalMessage>(strange).error().reason == "no request for a session");
  Bytes too_long = request;
  too_long.resize(mpyc::session_request_bytes_max + 1);
  CHECK(problem(ProposalMessage{{{too_long, {}, {}, {}}}}) != "none");
  too_long.pop_back();
  CHECK(problem(ProposalMessage{{{too_long, {}, {}, {}}}}) == "none");
}

TEST_CASE("positions and signers ascend, so that one set has one encoding") {
  SignRequest request = sign_request();
  request.hosts = {3, 3};
  CHECK(problem(request) == "positions must ascend");
  request.hosts = {3, 0};
  CHECK(problem(request) == "positions must ascend");
  request.hosts = {256};
  CHECK(problem(request) == "out of range");
  request = sign_request();
  std::swap(request.commitments[0], request.commitments[1]);
  CHECK(problem(request) == "signers must ascend");
  request.commitments = {envelope_from(1), envelope_from(1)};
  CHECK(problem(request) == "signers must ascend");
  request.commitments = {envelope_from(1)};
  CHECK(problem(request) == "out of range");
  OutcomeMessage done = outcome();
  done.hosts[0].signers = {3, 1};
  CHECK(problem(done) == "signers must ascend");
  done.hosts[0].signers = {1};
  CHECK(problem(done) == "too few signers");
  done.hosts[0].signers = {0, 1};
  CHECK(problem(done) == "out of range");
  done.hosts[0].signers = {1, 65};
  CHECK(problem(done) == "out of range");
}

TEST_CASE("texts, networks and times have limits") {
  ProposalMessage message = proposal();
  message.hosts[0].request = Bytes(enroll::request_bytes_max + 1, 1);
  CHECK(problem(message) == "too long");
  message = proposal();
  message.hosts[0].networks.assign(ca::host_networks_max + 1, net("10.42.0.7/16"));
  CHECK(problem(message) == "out of range");
  message = proposal();
  message.hosts[0].networks[0].bits = 33;
  CHECK(problem(message) == "prefix longer than its address");
  message = proposal();
  message.hosts[0].not_after = time_from_unix(253402300800);
  CHECK(problem(message) == "out of range");
  OutcomeMessage done = outcome();
  done.hosts[0].certificates = std::string(certificates_bytes_max + 1, 'x');
  CHECK(problem(done) == "too long");
  HelloMessage first = hello();
  first.parameters = Bytes(128 * 1024 + 1);
  CHECK(problem(first) == "too long");
  CommitmentsMessage answers = commitments();
  answers.commitments = Bytes(256 * 1024 + 1);
  CHECK(problem(answers) == "too long");
}

TEST_CASE("the parameters of a ceremony have limits") {
  const auto with = [](auto change) {
    CeremonyParameters changed = parameters();
    change(changed);
    return problem(changed);
  };
  CHECK(with([](auto& p) { p.min_signers = 1; }) == "out of range");
  CHECK(with([](auto& p) { p.min_signers = 65; }) == "out of range");
  CHECK(with([](auto& p) { p.networks.clear(); }) == "out of range");
  CHECK(with([](auto& p) { p.networks.assign(17, p.networks[0]); }) == "out of range");
  CHECK(with([](auto& p) { p.cards.resize(1); }) == "out of range");
  CHECK(with([](auto& p) { p.cards.resize(65, p.cards[0]); }) == "out of range");
  CHECK(with([](auto& p) { p.groups.assign(257, "g"); }) == "out of range");
  CHECK(with([](auto& p) { p.name = std::string(254, 'n'); }) == "too long");
  CHECK(with([](auto& p) { p.cards[0].peer = std::string(301, 'n'); }) == "too long");
  CHECK(with([](auto& p) { p.valid = std::chrono::hours(101 * 366 * 24); }) == "out of range");
  CHECK(with([](auto& p) { p.successors = 16; }) == "out of range");
}

TEST_CASE("operators that gave different parameters are told which") {
  CHECK(difference(parameters(), parameters()).empty());
  const auto differs = [](auto change) {
    CeremonyParameters theirs = parameters();
    change(theirs);
    const std::string text = difference(parameters(), theirs);
    return text.substr(0, text.find_first_of(" :"));
  };
  CHECK(differs([](auto& p) { p.name = "other"; }) == "--name");
  CHECK(differs([](auto& p) { p.scheme = "p256"; }) == "--scheme");
  CHECK(differs([](auto& p) { p.min_signers = 3; }) == "--min-signers");
  CHECK(differs([](auto& p) { p.networks.pop_back(); }) == "--network");
  CHECK(differs([](auto& p) { std::swap(p.networks[0], p.networks[1]); }) == "--network");
  CHECK(differs([](auto& p) { p.groups.clear(); }) == "--group");
  CHECK(differs([](auto& p) { p.valid += std::chrono::hours(1); }) == "--valid");
  CHECK(differs([](auto& p) { ++p.successors; }) == "--successors");
  CHECK(differs([](auto& p) { p.cards.pop_back(); }) == "--party");
  CHECK(differs([](auto& p) { p.cards[1].identity.bytes[9] ^= 1; }) == "--party");
  CHECK(differs([](auto& p) { p.cards[1].log_vkey += "x"; }) == "--party");
  CHECK(differs([](auto& p) { p.cards[1].peer += "1"; }) == "--party");
  CHECK(differs([](auto& p) { p.cards[1].api += "1"; }) == "--party");
}

TEST_CASE("parameters that no ceremony could use are refused before it begins") {
  const auto self = PublicKey{Digest{1}};
  CHECK(checked(parameters(), self));
  const auto refused = [&](auto change) {
    CeremonyParameters changed = parameters();
    change(changed);
    const auto result = checked(changed, self);
    return !result && result.error().code == Error::Code::usage;
  };
  CHECK(refused([](auto& p) { p.scheme = "rsa"; }));
  CHECK(refused([](auto& p) { p.scheme = ""; }));
  CHECK(refused([](auto& p) { p.min_signers = 1; }));
  CHECK(refused([](auto& p) { p.min_signers = 3; }));
  CHECK(refused([](auto& p) { p.name = "-x"; }));
  CHECK(refused([](auto& p) { p.cards.pop_back(); }));
  CHECK(refused([](auto& p) { p.cards[1].name = "alpha"; }));
  CHECK(refused([](auto& p) { p.cards[1].identity = p.cards[0].identity; }));
  CHECK(refused([](auto& p) { p.cards[0].identity.bytes[9] = 1; }));
  CHECK(refused([](auto& p) { p.cards[1].peer = "nowhere"; }));
  CHECK(refused([](auto& p) { p.networks.clear(); }));
  CHECK(refused([](auto& p) { p.networks[0] = net("10.42.0.1/16"); }));
  CHECK(refused([](auto& p) { p.networks[0] = net("0.0.0.0/0"); }));
  CHECK(refused([](auto& p) { p.groups = {"a,b"}; }));
  CHECK(refused([](auto& p) { p.valid = std::chrono::seconds(59); }));
  CHECK(refused([](auto& p) { p.successors = 16; }));
}

TEST_CASE("the signatures of CA certificates have one form, which is frozen") {
  const CaSignatures two{{Bytes{0x30, 1, 2}, Bytes(72, 7)}};
  const Bytes bytes = encoded(two);
  std::string sevens;
  for (int i = 0; i < 72; ++i) sevens += "07";
  CHECK(to_hex(bytes) ==
        "0102"
        "0003300102"
        "0048" +
            sevens);
  CHECK(problem(two) == "none");
  CHECK(problem(CaSignatures{}) == "out of range");
  CHECK(problem(CaSignatures{std::vector<Bytes>(17, Bytes{1})}) == "out of range");
  CHECK(problem(CaSignatures{{Bytes(73, 7)}}) == "too long");
  Bytes changed = bytes;
  changed.push_back(0);
  CHECK_FALSE(parsed<CaSignatures>(changed));
  for (std::size_t size = 0; size < bytes.size(); ++size)
    CHECK_FALSE(parsed<CaSignatures>(BytesView(bytes).first(size)));
  changed = bytes;
  changed[0] = 2;
  CHECK_FALSE(parsed<CaSignatures>(changed));
}

TEST_CASE("of p256 no more than three parties sign together, of ed25519 all may") {
  CeremonyParameters four = parameters();
  four.cards.push_back(card("gamma", 3));
  four.cards.push_back(card("delta", 4));
  const auto verdict = [&four](const std::string& scheme, std::uint16_t min_signers) {
    CeremonyParameters changed = four;
    changed.scheme = scheme;
    changed.min_signers = min_signers;
    const auto result = checked(changed, PublicKey{Digest{1}});
    return result ? "accepted" : result.error().message;
  };
  CHECK(verdict("p256", 2) == "accepted");
  CHECK(verdict("p256", 3) == "accepted");
  CHECK(verdict("p256", 4) ==
        "--min-signers: with --scheme p256 at most 3 of the parties can sign together");
  CHECK(verdict("ed25519", 4) == "accepted");
}

TEST_CASE("the largest batch of the largest hosts has commitments that fit their message") {
  frost::CommitMessage largest;
  const frost::NonceCommitments pair{Point::base(), Point::base()};
  largest.commitments.resize(hosts_max * issued::statements_per_host_max, pair);
  CommitmentsMessage message;
  message.hosts.resize(hosts_max);
  for (HostAnswer& host : message.hosts) host.standing = HostAnswer::Standing::approved;
  message.commitments = encoded(largest);
  const auto back = parsed<CommitmentsMessage>(encoded(message));
  REQUIRE(back);
  CHECK(back->commitments == message.commitments);
}
