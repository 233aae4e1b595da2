// tests/misbehaviour/frost_sign_test.cpp — one test per check of signing, and attacks on sessions.
#include <catch2/catch.hpp>

#include "tests/support/simulate.h"
#include "threshold/frost/self_sign.h"

using namespace jointca;
using namespace jointca::frost;
using namespace jointca::test;
using self_sign::AwaitingCommitments;
using self_sign::AwaitingShares;

namespace {

constexpr std::uint16_t t = 2, n = 3;
const Identifier cheat = P(2);
using Signatures = std::vector<SignatureBytes>;

std::vector<Statement> two_statements() {
  return {{"", to_bytes("first")}, {"revocation", to_bytes("second")}};
}

/// A dealt key, and all its parties signing in one session.
struct Ceremony {
  Network network{n};
  PerParty<KeyPackage> keys = deal(t, n, network.rng());

  EvidenceContext context() {
    EvidenceContext out = stranger(network, t);
    out.group = keys.at(P(1)).group;
    return out;
  }
  template <class Tamper>
  PerParty<Outcome<Signatures>> run(Tamper tamper) {
    PerParty<Step<AwaitingCommitments>> steps;
    for (const auto& [self, key] : keys)
      steps.emplace(self, self_sign::begin(key, two_statements(), network.session, network.rng()));
    return simulate(network, std::move(steps), [&](auto& now) {
      tamper(now);
      if constexpr (std::is_same_v<std::decay_t<decltype(now)>, PerParty<Step<AwaitingShares>>>)
        package = now.at(P(1)).stage.package();
    });
  }
  SigningPackage package;
};

/// The honest parties convict the cheat alone, with the package as public input.
template <class Tamper>
void expect_proven(const std::string& check, Tamper tamper) {
  Ceremony ceremony;
  const auto outcomes = ceremony.run(tamper);
  check_convicted(ceremony.network, outcomes, all_but(n, cheat), cheat, check, ceremony.context(),
                  {{"package", encoded(ceremony.package)}});
}

Network::Alter garbage_in(std::uint16_t round) {
  return [round](Identifier from, Identifier, std::uint16_t at, Bytes payload) {
    return from == cheat && at == round ? Bytes{9} : payload;
  };
}

/// A signing session of some parties with a coordinator, message by message.
struct Session {
  SeededRng rng{3};
  PerParty<KeyPackage> keys = deal(t, n, rng);
  PerParty<Begun> begun;
  PerParty<CommitMessage> commitments;

  explicit Session(std::size_t count, const PartySet& signers = {P(1), P(3)}) {
    for (const Identifier signer : signers) {
      begun.emplace(signer, begin_session(keys.at(signer), count, rng, Digest{1}));
      commitments.emplace(signer, begun.at(signer).message);
    }
  }
  [[nodiscard]] const GroupKey& group() const { return keys.at(P(1)).group; }
  Result<ShareMessage, Error> share(Identifier signer, const SigningPackage& package) {
    return sign_batch(std::move(begun.at(signer).nonces), package, keys.at(signer));
  }
};

}  // namespace

TEST_CASE("all parties sign their statements, each under the key of its purpose") {
  Ceremony ceremony;
  const auto outcomes = ceremony.run(honest);
  const GroupKey& group = ceremony.keys.at(P(1)).group;
  for (const auto& [self, outcome] : outcomes) {
    REQUIRE(outcome);
    REQUIRE(outcome->size() == 2);
    CHECK(verify(group.public_key.public_key(), as_bytes("first"), (*outcome)[0]));
    const Point derived = derive(group, "revocation").public_key;
    CHECK(verify(derived.public_key(), as_bytes("second"), (*outcome)[1]));
    CHECK_FALSE(verify(group.public_key.public_key(), as_bytes("second"), (*outcome)[1]));
    CHECK(*outcome == *outcomes.at(P(1)));
  }
}

TEST_CASE("frost.commit.malformed") {
  Ceremony ceremony;
  ceremony.network.alter = garbage_in(round_number::self_sign_commitments);
  check_convicted(ceremony.network, ceremony.run(honest), all_but(n, cheat), cheat,
                  "frost.commit.malformed", ceremony.context());
}

TEST_CASE("frost.commit.count") {
  Ceremony ceremony;
  const auto outcomes = ceremony.run(only_at<AwaitingCommitments>(
      [](auto& steps) { steps.at(cheat).outbox.to_all.commitments.pop_back(); }));
  check_convicted(ceremony.network, outcomes, all_but(n, cheat), cheat, "frost.commit.count",
                  ceremony.context(), {}, Fault::Standing::local);
}

TEST_CASE("frost.sign.malformed") {
  Ceremony ceremony;
  ceremony.network.alter = garbage_in(round_number::self_sign_shares);
  check_convicted(ceremony.network, ceremony.run(honest), all_but(n, cheat), cheat,
                  "frost.sign.malformed", ceremony.context());
}

TEST_CASE("frost.sign.share") {
  for (const std::size_t item : {0u, 1u}) {
    DYNAMIC_SECTION("item " << item) {
      expect_proven("frost.sign.share", only_at<AwaitingShares>([item](auto& steps) {
                      Scalar& z = steps.at(cheat).outbox.to_all.shares[item];
                      z = z + Scalar(1);
                    }));
    }
  }
}

TEST_CASE("frost.sign.count") {
  expect_proven("frost.sign.count", only_at<AwaitingShares>([](auto& steps) {
                  steps.at(cheat).outbox.to_all.shares.emplace_back(7);
                }));
}

TEST_CASE("frost.sign.package") {
  Ceremony ceremony;
  const auto outcomes = ceremony.run(
      only_at<AwaitingShares>([](auto& steps) { steps.at(cheat).outbox.to_all.package[0] ^= 1; }));
  check_convicted(ceremony.network, outcomes, all_but(n, cheat), cheat, "frost.sign.package",
                  ceremony.context(), {}, Fault::Standing::local);
}

TEST_CASE("a coordinator cannot frame a signer with another package") {
  Session session(1);
  const auto ours = make_package({{"", to_bytes("a")}}, session.commitments);
  const auto theirs = make_package({{"", to_bytes("b")}}, session.commitments);
  REQUIRE(ours);
  REQUIRE(theirs);
  const auto share = session.share(P(1), *ours);
  REQUIRE(share);

  Network network(n);
  const Header header{network.authority, network.session, round_number::sign_shares, 1, 3};
  const Envelope envelope = seal(network.identities.at(P(1)), header, encoded(*share));
  EvidenceContext context = stranger(network, t);
  context.group = session.group();
  const Fault lie{P(1),
                  Fault::Standing::proven,
                  "frost.sign.share",
                  {{round_number::sign_shares, Exhibit::Kind::to_all}}};
  for (const SigningPackage& package : {*ours, *theirs}) {
    const auto evidence = make_evidence(lie, network.authority, network.session, {envelope},
                                        {{"package", encoded(package)}});
    REQUIRE(evidence);
    CHECK_FALSE(verify_evidence(*evidence, context));
  }
}

TEST_CASE("signers who were shown different messages give shares of different packages") {
  Session session(1);
  const auto one = make_package({{"", to_bytes("serial 7, alice")}}, session.commitments);
  const auto other = make_package({{"", to_bytes("serial 7, mallory")}}, session.commitments);
  REQUIRE(one);
  REQUIRE(other);
  PerParty<ShareMessage> shares;
  shares.emplace(P(1), *session.share(P(1), *one));
  shares.emplace(P(3), *session.share(P(3), *other));
  const auto signatures = aggregate_batch(*one, shares, session.group());
  REQUIRE_FALSE(signatures);
  REQUIRE(signatures.error().faults.size() == 1);
  CHECK(signatures.error().faults[0].culprit == P(3));
  CHECK(signatures.error().faults[0].check == "frost.sign.package");

  // A coordinator that relabels the digest convicts nobody but gets no signature either: the share
  // itself is bound to the message.
  shares.at(P(3)).package = one->digest(session.group().public_key);
  CHECK_FALSE(aggregate_batch(*one, shares, session.group()));
}

TEST_CASE("a changed message or commitment list after round one makes a share wrong") {
  SeededRng rng(4);
  const PerParty<KeyPackage> keys = deal(t, n, rng);
  const GroupKey& group = keys.at(P(1)).group;
  const PartySet signers{P(1), P(2)};
  Committed committed = commit_all(keys, signers, rng);
  const auto commitments = committed.commitments;
  const auto shares = sign_all(keys, std::move(committed), as_bytes("message"));

  const auto joint = join(commitments, as_bytes("message"), group);
  const auto other_message = join(commitments, as_bytes("Message"), group);
  auto other_list = commitments;
  other_list.at(P(2)) = commit_all(keys, signers, rng).commitments.at(P(2));
  const auto other_commitments = join(other_list, as_bytes("message"), group);
  REQUIRE((joint && other_message && other_commitments));
  CHECK(verify_signature_share(P(1), shares.at(P(1)), *joint, group));
  CHECK_FALSE(verify_signature_share(P(1), shares.at(P(1)), *other_message, group));
  CHECK_FALSE(verify_signature_share(P(1), shares.at(P(1)), *other_commitments, group));
}

TEST_CASE("three hundred open sessions use no nonce twice") {
  SeededRng rng(5);
  const PerParty<KeyPackage> keys = deal(t, n, rng);
  std::vector<SigningNonces> open;
  std::set<Digest> seen;
  for (int i = 0; i < 300; ++i) {
    open.push_back(commit(keys.at(P(1)).share, rng));
    seen.insert(open.back().commitments().hiding.bytes());
    seen.insert(open.back().commitments().binding.bytes());
  }
  CHECK(seen.size() == 600);
}

TEST_CASE("a signer refuses packages that are not of its session") {
  Session session(1, {P(1), P(2), P(3)});
  const auto package = make_package({{"", to_bytes("a")}}, session.commitments);
  REQUIRE(package);
  SECTION("without its commitments") {
    SigningPackage without = *package;
    without.items[0].commitments.erase(P(1));
    CHECK_FALSE(session.share(P(1), without));
  }
  SECTION("with other commitments in its name") {
    SigningPackage other = *package;
    other.items[0].commitments.at(P(1)) = other.items[0].commitments.at(P(2));
    CHECK_FALSE(session.share(P(1), other));
  }
  SECTION("with too few signers") {
    SigningPackage few = *package;
    few.items[0].commitments.erase(P(2));
    few.items[0].commitments.erase(P(3));
    CHECK_FALSE(session.share(P(1), few));
  }
  SECTION("with a signer who holds no share") {
    SigningPackage more = *package;
    more.items[0].commitments.emplace(P(9), more.items[0].commitments.at(P(2)));
    CHECK_FALSE(session.share(P(1), more));
  }
  SECTION("of another size") {
    SigningPackage twice = *package;
    twice.items.push_back(twice.items[0]);
    CHECK_FALSE(session.share(P(1), twice));
  }
}
