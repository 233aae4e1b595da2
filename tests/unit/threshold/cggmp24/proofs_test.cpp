// tests/unit/threshold/cggmp24/proofs_test.cpp — for each of the nine proofs: it convinces, here
// and nowhere else; every field counts; it has one encoding.
#include <catch2/catch.hpp>

#include "tests/unit/threshold/cggmp24/cases.h"
#include "tests/unit/threshold/cggmp24/change_field.h"

using namespace jointca;
using namespace jointca::test;
using cggmp24::Parameters;
using cggmp24::Toy;

namespace {

template <class Case>
bool accepts(const Context& context, const Case& example) {
  return verify_with(context, verifier_setup<Toy>(), example.statement, example.proof).has_value();
}

/// Whether neither the challenge nor the verdict survive another context.
template <class Case>
void check_replay(const Context& context, const Case& example) {
  const auto differs = [&](const Context& other) {
    const RingPedersen& setup = verifier_setup<Toy>();
    return challenge_with(other, setup, example.statement, example.proof) !=
               challenge_with(context, setup, example.statement, example.proof) &&
           !verify_with(other, setup, example.statement, example.proof);
  };
  Digest session = context.session;
  session[31] ^= 1;
  CHECK(differs({context.parameters, session, context.epoch, context.purpose, context.prover}));
  CHECK(differs(
      {context.parameters, context.session, context.epoch + 1, context.purpose, context.prover}));
  CHECK(differs(
      {context.parameters, context.session, context.epoch, "presign.r1.gamma", context.prover}));
  CHECK(differs(
      {context.parameters, context.session, context.epoch, context.purpose, Identifier(2)}));
  for (unsigned k = 0; k < 5; ++k) {
    Parameters other = context.parameters;
    if (k == 0) other.name = "another";
    if (k == 1) ++other.prime_bits;
    if (k == 2) ++other.ell;
    if (k == 3) ++other.ell_prime;
    if (k == 4) ++other.epsilon;
    const Context elsewhere{other, context.session, context.epoch, context.purpose, context.prover};
    const RingPedersen& setup = verifier_setup<Toy>();
    CHECK(challenge_with(elsewhere, setup, example.statement, example.proof) !=
          challenge_with(context, setup, example.statement, example.proof));
  }
}

/// Changes each field once. What is hashed changes the challenge; whatever it is, the proof fails.
/// Of the fields in lists, verdicts are asked of the first and the last.
template <class Case, class Target, class Visit>
void check_fields(const Context& context, const Case& example, bool hashed, const Target& target,
                  const Visit& visit) {
  const RingPedersen& setup = verifier_setup<Toy>();
  const auto challenge = challenge_with(context, setup, example.statement, example.proof);
  FieldChanger counter(~std::size_t{0});
  Target counted = target;
  visit(counted, counter);
  REQUIRE(counter.count() > 0);
  const std::size_t m = context.parameters.repetitions;
  for (std::size_t k = 0; k < counter.count(); ++k) {
    Target changed = target;
    FieldChanger change(k);
    visit(changed, change);
    REQUIRE(change.changed());
    Case copy = example;
    if constexpr (std::is_same_v<Target, typename Case::Statement>)
      copy.statement = changed;
    else
      copy.proof = changed;
    INFO("field " << k);
    CHECK((challenge_with(context, setup, copy.statement, copy.proof) != challenge) == hashed);
    if (counter.count() < m || k % m == 0 || k % m == m - 1) CHECK(!accepts(context, copy));
  }
}

/// Only what is compared: SecretInteger cannot be copied.
template <class Set, template <class> class Of>
struct Example {
  using Case = Of<Set>;
  using Statement = typename Case::Statement;
  using Proof = typename Case::Proof;
  Statement statement;
  Proof proof;
};

template <class Case>
void check_setup(const Context& context, const Case& example, bool with_setup) {
  const auto challenge =
      challenge_with(context, verifier_setup<Toy>(), example.statement, example.proof);
  for (std::size_t k = 0; k < 3; ++k) {
    RingPedersen other = verifier_setup<Toy>();
    FieldChanger change(k);
    change(other);
    CHECK((challenge_with(context, other, example.statement, example.proof) != challenge) ==
          with_setup);
    CHECK(verify_with(context, other, example.statement, example.proof).has_value() == !with_setup);
  }
}

template <class Proof>
bool parses(const Parameters& set, const Bytes& bytes) {
  return cggmp24::parse(std::type_identity<Proof>{}, set, bytes).has_value();
}

template <class Proof>
Bytes wire(const Proof& proof, const Parameters& set) {
  Writer out;
  encode(proof, set, out);
  return std::move(out).take();
}

template <class Proof>
void check_encoding(const Parameters& set, const Proof& proof) {
  const Bytes bytes = wire(proof, set);
  const auto parsed = cggmp24::parse(std::type_identity<Proof>{}, set, bytes);
  REQUIRE(parsed);
  CHECK(wire(*parsed, set) == bytes);
  Bytes other = bytes;
  other.push_back(0);
  CHECK(!parses<Proof>(set, other));
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, bytes.size() / 2, bytes.size() - 1})
    CHECK(!parses<Proof>(set, Bytes(bytes.begin(), bytes.begin() + static_cast<long>(size))));
  for (const Change how : {Change::too_large, Change::negative})
    for (std::size_t k = 0;; ++k) {
      Proof changed = proof;
      FieldChanger change(k, how);
      Proof::commitment(changed, set, change);
      Proof::response(changed, set, change);
      if (k == change.count()) break;
      INFO("field " << k);
      CHECK(parses<Proof>(set, wire(changed, set)) == !change.changed());
    }
  Parameters shorter = set, longer = set;
  --shorter.repetitions;
  ++longer.repetitions;
  // One repetition less or more is no proof of these parameters (P4).
  if (wire(proof, longer) == bytes && parses<Proof>(longer, bytes)) return;  // no repetitions
  CHECK(!parses<Proof>(shorter, bytes));
  CHECK(!parses<Proof>(longer, bytes));
}

template <template <class> class Of>
void check_proof(std::uint64_t seed) {
  SeededRng rng(seed);
  const Context context = some_context<Toy>();
  const Parameters& set = context.parameters;
  Of<Toy> made(context, rng);
  const Example<Toy, Of> example{made.statement, made.proof};
  REQUIRE(accepts(context, example));
  check_replay(context, example);
  check_setup(context, example, with_setup<typename Of<Toy>::Statement, typename Of<Toy>::Proof>);
  using Statement = typename Of<Toy>::Statement;
  using Proof = typename Of<Toy>::Proof;
  check_fields(context, example, true, example.statement,
               [&](Statement& s, FieldChanger& change) { Statement::fields(s, set, change); });
  check_fields(context, example, true, example.proof,
               [&](Proof& p, FieldChanger& change) { Proof::commitment(p, set, change); });
  check_fields(context, example, false, example.proof,
               [&](Proof& p, FieldChanger& change) { Proof::response(p, set, change); });
  check_encoding(set, example.proof);
}

}  // namespace

TEST_CASE("a proof of Πenc-elg convinces only here, and every field of it counts") {
  check_proof<EncElgCase>(1);
}
TEST_CASE("a proof of Πaff-g convinces only here, and every field of it counts") {
  check_proof<AffGCase>(2);
}
TEST_CASE("a proof of Πaff-g* convinces only here, and every field of it counts") {
  check_proof<AffGStarCase>(3);
}
TEST_CASE("a proof of Πdec convinces only here, and every field of it counts") {
  check_proof<DecCase>(4);
}
TEST_CASE("a proof of Πelog convinces only here, and every field of it counts") {
  check_proof<ElogCase>(5);
}
TEST_CASE("a proof of Πsch convinces only here, and every field of it counts") {
  check_proof<SchCase>(6);
}
TEST_CASE("a proof of Πfac convinces only here, and every field of it counts") {
  check_proof<FacCase>(7);
}
TEST_CASE("a proof of Πmod convinces only here, and every field of it counts") {
  check_proof<ModCase>(8);
}
TEST_CASE("a proof of Πprm convinces only here, and every field of it counts") {
  check_proof<PrmCase>(9);
}
