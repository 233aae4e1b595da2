// tests/unit/threshold/cggmp24/phases.h — what the tests of every phase of CGGMP24 ask for.
#pragma once

#include "tests/support/simulate.h"
#include "threshold/cggmp24/evidence_checks.h"

namespace jointca::test {

/// `witness` blames the culprit alone, by this check, and has the messages that show it.
template <class T>
void check_blamed(const Network& network, const PerParty<Outcome<T>>& outcomes, Identifier witness,
                  Identifier culprit, const std::string& check,
                  Fault::Standing standing = Fault::Standing::proven) {
  REQUIRE_FALSE(outcomes.at(witness));
  const auto& faults = outcomes.at(witness).error().faults;
  REQUIRE(faults.size() == 1);
  CHECK(faults[0].culprit == culprit);
  CHECK(faults[0].check == check);
  CHECK(faults[0].standing == standing);
  const auto evidence =
      make_evidence(faults[0], network.authority, network.session, network.received.at(witness));
  CHECK(evidence.has_value() == (standing == Fault::Standing::proven));
}

/// As check_blamed(), and a stranger who knows the parameters agrees; but not
/// for another check, nor with other inputs.
template <class T>
void check_shown(const Network& network, const PerParty<Outcome<T>>& outcomes, Identifier witness,
                 Identifier culprit, const std::string& check, std::uint16_t min_signers,
                 const cggmp24::Parameters& set) {
  INFO(check);
  check_blamed(network, outcomes, witness, culprit, check);
  const Blame& blame = outcomes.at(witness).error();
  const auto evidence = make_evidence(blame.faults[0], network.authority, network.session,
                                      network.received.at(witness), blame.inputs);
  REQUIRE(evidence);
  const auto checks = cggmp24::evidence_checks(set);
  const auto context = stranger(network, min_signers);
  const auto parsed = parse_evidence(to_json(*evidence));
  REQUIRE(parsed);
  const auto verdict = verify_evidence(*parsed, context, checks);
  INFO((verdict ? "" : verdict.error().message));
  CHECK(verdict);
  for (const auto& [name, unused] : checks) {
    Evidence other = *parsed;
    other.check = name;
    if (name != check) CHECK_FALSE(verify_evidence(other, context, checks));
  }
  for (const auto& [name, unused] : parsed->inputs) {
    Evidence other = *parsed;
    other.inputs.at(name)[other.inputs.at(name).size() / 3] ^= 1;
    CHECK_FALSE(verify_evidence(other, context, checks));
    other.inputs.erase(name);
    CHECK_FALSE(verify_evidence(other, context, checks));
  }
}

/// One encoding, and nothing that is shorter.
template <class Message>
void check_one_encoding(const Message& message) {
  const Bytes bytes = encoded(message);
  const auto parsed = parse(std::type_identity<Message>{}, bytes);
  REQUIRE(parsed);
  CHECK(encoded(*parsed) == bytes);
  for (std::size_t size = 0; size < bytes.size(); ++size)
    CHECK(!parse(std::type_identity<Message>{}, BytesView(bytes).first(size)));
}

}  // namespace jointca::test
