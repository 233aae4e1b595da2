// tests/unit/threshold/cggmp24/phases.h — what the tests of every phase of CGGMP24 ask for.
#pragma once

#include "tests/support/simulate.h"

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
