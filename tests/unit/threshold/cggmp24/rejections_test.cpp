// tests/unit/threshold/cggmp24/rejections_test.cpp — each check of the proofs fails by its name,
// for what it is there to refuse; ranges at both ends.
#include <filesystem>
#include <fstream>
#include <functional>
#include <regex>
#include <set>
#include <sstream>

#include <catch2/catch.hpp>

#include "tests/unit/threshold/cggmp24/cases.h"
#include "threshold/evidence.h"

using namespace jointca;
using namespace jointca::test;
using cggmp24::Parameters;
using cggmp24::Toy;

namespace {

const RingPedersen& setup() { return verifier_setup<Toy>(); }
Integer factor(const PaillierPublicKey& key) {
  for (std::size_t i = 0; i < 3; ++i)
    if (toy_party(i).paillier.public_key() == key)
      return toy_party(i).paillier.primes().p().reveal();
  return {};
}
Integer setup_factor() { return toy_party(1).pedersen.primes().p().reveal(); }
/// What is no unit modulo N, or no residue.
std::vector<Integer> no_units(const Integer& N, const Integer& prime) {
  return {Integer(), prime, N, N + Integer(1), -Integer(1)};
}
std::vector<Integer> no_nonces(const PaillierPublicKey& key) {
  return no_units(key.modulus(), factor(key));
}
std::vector<Integer> no_ciphertexts(const PaillierPublicKey& key) {
  return {Integer(),   key.modulus(),
          factor(key), key.modulus_squared(),
          -Integer(1), key.modulus_squared() + Integer(1)};
}
std::vector<Integer> no_commitments() { return no_units(setup().modulus(), setup_factor()); }

/// A statement and a proof that a test may change, as messages can.
template <class Case>
struct Draft {
  Draft(const Context& context_, const Case& example)
      : context(context_), statement(example.statement), proof(example.proof) {}
  /// The name of the failed check, or "" if the proof convinces.
  [[nodiscard]] std::string verdict() const {
    const auto checked = verify_with(context, setup(), statement, proof);
    return checked ? "" : std::string(checked.error());
  }
  /// The verdict on a copy that `change` changed, or whose field is one more.
  [[nodiscard]] std::string with(const std::function<void(Draft&)>& change) const {
    Draft copy = *this;
    change(copy);
    return copy.verdict();
  }
  template <class Field>
  [[nodiscard]] std::string plus_one(const Field& field) const {
    return with([&](Draft& copy) { field(copy) = field(copy) + Integer(1); });
  }
  const Context& context;
  typename Case::Statement statement;
  typename Case::Proof proof;
};

/// Each value in turn at `field` of a copy gives `check`.
template <class Case, class Field>
void refuses(const Draft<Case>& draft, const std::vector<Integer>& values, const char* check,
             const Field& field) {
  for (const Integer& value : values) {
    Draft<Case> copy = draft;
    field(copy) = value;
    CHECK(copy.verdict() == check);
  }
}

/// ±2^bits is left to the equations, one more is refused by the name of the range.
template <class Case, class Field>
void limits(const Draft<Case>& draft, unsigned bits, const char* check, const Field& field) {
  const Integer edge = Integer::power_of_two(bits);
  refuses(draft, {edge + Integer(1), -edge - Integer(1)}, check, field);
  for (const Integer& inside : {edge, -edge, Integer()}) {
    Draft<Case> copy = draft;
    field(copy) = inside;
    CHECK(copy.verdict() != check);
    CHECK(!copy.verdict().empty());
  }
}

p256::Point moved(const p256::Point& point) { return point + p256::Point::base(); }
SecretInteger secret(const Integer& value) { return SecretInteger::from(value); }

}  // namespace

#define FIELD(path) [](auto& draft) -> Integer& { return draft.path; }

TEST_CASE("Πenc-elg refuses by name") {
  SeededRng rng(1);
  const Context context = some_context<Toy>();
  const Parameters& set = context.parameters;
  using Case = EncElgCase<Toy>;
  const Draft<Case> good(context, Case(context, rng));
  REQUIRE(good.verdict().empty());
  limits(good, set.ell + set.epsilon, "cggmp24.enc_elg.z1", FIELD(proof.z1));
  const PaillierPublicKey& key = good.statement.key;
  refuses(good, no_ciphertexts(key), "cggmp24.enc_elg.C", FIELD(statement.C));
  refuses(good, no_ciphertexts(key), "cggmp24.enc_elg.D", FIELD(proof.D));
  refuses(good, no_commitments(), "cggmp24.enc_elg.S", FIELD(proof.S));
  refuses(good, no_commitments(), "cggmp24.enc_elg.T", FIELD(proof.T));
  refuses(good, no_nonces(key), "cggmp24.enc_elg.z2", FIELD(proof.z2));
  CHECK(good.with([](auto& d) { d.proof.w = d.proof.w + p256::Scalar(1); }) ==
        "cggmp24.enc_elg.commitment");
  CHECK(good.with([](auto& d) { d.proof.z3 = d.proof.z3 + Integer(1); }) ==
        "cggmp24.enc_elg.setup");
  CHECK(good.with([](auto& d) { d.proof.z2 = d.proof.z2 + Integer(1); }) ==
        "cggmp24.enc_elg.plaintext");
}

TEST_CASE("Πenc-elg refuses statements that are not true") {
  SeededRng rng(2);
  const Context context = some_context<Toy>();
  const Parameters& set = context.parameters;
  using Case = EncElgCase<Toy>;
  const auto prove = [&](const auto& change) {
    Case example(context, rng);
    change(example);
    example.proof = cggmp24::enc_elg::prove(context, setup(), example.statement,
                                            {Case::key(), example.x, example.rho, example.b}, rng);
    return Draft<Case>(context, example).verdict();
  };
  CHECK(prove([](Case&) {}).empty());
  CHECK(prove([](Case& c) { c.statement.B = moved(c.statement.B); }) == "cggmp24.enc_elg.key");
  CHECK(prove([](Case& c) { c.statement.X = moved(c.statement.X); }) ==
        "cggmp24.enc_elg.commitment");
  CHECK(prove([&](Case& c) {
          c.statement.C =
              c.statement.key.add(c.statement.C, c.statement.key.encrypt(Integer(1), Integer(1)));
        }) == "cggmp24.enc_elg.plaintext");
  // k itself out of range, everything else as it should be (P8); and the ends of what scalars are.
  const auto encrypts = [&](const Integer& x) {
    return Draft<Case>(context, Case(context, secret(x), rng)).verdict();
  };
  CHECK(encrypts(Integer::power_of_two(set.ell + set.epsilon + 1)) == "cggmp24.enc_elg.z1");
  CHECK(encrypts(-Integer::power_of_two(set.ell + set.epsilon + 1)) == "cggmp24.enc_elg.z1");
  CHECK(encrypts(Integer(1)).empty());
  CHECK(encrypts(p256::order() - Integer(1)).empty());
}

TEST_CASE("Πaff-g refuses by name") {
  SeededRng rng(3);
  const Context context = some_context<Toy>();
  const Parameters& set = context.parameters;
  using Case = AffGCase<Toy>;
  const Draft<Case> good(context, Case(context, rng));
  REQUIRE(good.verdict().empty());
  limits(good, set.ell + set.epsilon, "cggmp24.aff_g.z1", FIELD(proof.z1));
  limits(good, set.ell_prime + set.epsilon, "cggmp24.aff_g.z2", FIELD(proof.z2));
  const PaillierPublicKey& j = good.statement.receiver;
  const PaillierPublicKey& i = good.statement.prover;
  refuses(good, no_ciphertexts(j), "cggmp24.aff_g.C", FIELD(statement.C));
  refuses(good, no_ciphertexts(j), "cggmp24.aff_g.D", FIELD(statement.D));
  refuses(good, no_ciphertexts(i), "cggmp24.aff_g.Y", FIELD(statement.Y));
  refuses(good, no_ciphertexts(j), "cggmp24.aff_g.A", FIELD(proof.A));
  refuses(good, no_ciphertexts(i), "cggmp24.aff_g.B_y", FIELD(proof.B_y));
  refuses(good, no_commitments(), "cggmp24.aff_g.E", FIELD(proof.E));
  refuses(good, no_commitments(), "cggmp24.aff_g.S", FIELD(proof.S));
  refuses(good, no_commitments(), "cggmp24.aff_g.F", FIELD(proof.F));
  refuses(good, no_commitments(), "cggmp24.aff_g.T", FIELD(proof.T));
  refuses(good, no_nonces(j), "cggmp24.aff_g.w", FIELD(proof.w));
  refuses(good, no_nonces(i), "cggmp24.aff_g.w_y", FIELD(proof.w_y));
  CHECK(good.plus_one(FIELD(proof.z1)) == "cggmp24.aff_g.x");
  CHECK(good.plus_one(FIELD(proof.z3)) == "cggmp24.aff_g.setup_x");
  CHECK(good.plus_one(FIELD(proof.z4)) == "cggmp24.aff_g.setup_y");
  CHECK(good.plus_one(FIELD(proof.w_y)) == "cggmp24.aff_g.y");
  CHECK(good.plus_one(FIELD(proof.w)) == "cggmp24.aff_g.operation");
}

TEST_CASE("Πaff-g refuses statements that are not true") {
  SeededRng rng(4);
  const Context context = some_context<Toy>();
  const Parameters& set = context.parameters;
  using Case = AffGCase<Toy>;
  const auto prove = [&](const auto& change) {
    Case example(context, rng);
    change(example);
    example.prove(context, rng);
    return Draft<Case>(context, example).verdict();
  };
  CHECK(prove([](Case& c) { c.statement.X = moved(c.statement.X); }) == "cggmp24.aff_g.x");
  CHECK(prove([](Case& c) {
          const PaillierPublicKey& j = c.statement.receiver;
          c.statement.D = j.add(c.statement.D, j.encrypt(Integer(1), Integer(1)));
        }) == "cggmp24.aff_g.operation");
  CHECK(prove([](Case& c) {
          const PaillierPublicKey& i = c.statement.prover;
          c.statement.Y = i.add(c.statement.Y, i.encrypt(Integer(1), Integer(1)));
        }) == "cggmp24.aff_g.y");
  const auto makes = [&](const Integer& x, const Integer& y) {
    return Draft<Case>(context, Case(context, secret(x), secret(y), rng)).verdict();
  };
  const Integer edge = Integer::power_of_two(set.ell_prime);
  CHECK(makes(Integer(1), edge).empty());
  CHECK(makes(p256::order() - Integer(1), -edge).empty());
  CHECK(makes(Integer::power_of_two(set.ell + set.epsilon + 1), Integer(1)) == "cggmp24.aff_g.z1");
  CHECK(makes(Integer(1), Integer::power_of_two(set.ell_prime + set.epsilon + 1)) ==
        "cggmp24.aff_g.z2");
}

TEST_CASE("Πaff-g* refuses by name") {
  SeededRng rng(5);
  const Context context = some_context<Toy>();
  const Parameters& set = context.parameters;
  using Case = AffGStarCase<Toy>;
  const Case example(context, rng);
  const Draft<Case> good(context, example);
  REQUIRE(good.verdict().empty());
  limits(good, set.ell + set.epsilon, "cggmp24.aff_g_star.z1", FIELD(proof.z1[0]));
  limits(good, set.ell_prime + set.epsilon, "cggmp24.aff_g_star.z2", FIELD(proof.z2[0]));
  refuses(good, {Integer::power_of_two(set.ell + set.epsilon) + Integer(1)},
          "cggmp24.aff_g_star.z1", FIELD(proof.z1.back()));
  const PaillierPublicKey& j = good.statement.receiver;
  const PaillierPublicKey& i = good.statement.prover;
  refuses(good, no_ciphertexts(j), "cggmp24.aff_g_star.C", FIELD(statement.C));
  refuses(good, no_ciphertexts(j), "cggmp24.aff_g_star.D", FIELD(statement.D));
  refuses(good, no_ciphertexts(i), "cggmp24.aff_g_star.Y", FIELD(statement.Y));
  refuses(good, no_ciphertexts(j), "cggmp24.aff_g_star.A", FIELD(proof.A[1]));
  refuses(good, no_ciphertexts(i), "cggmp24.aff_g_star.B_y", FIELD(proof.B_y[1]));
  refuses(good, no_nonces(j), "cggmp24.aff_g_star.w", FIELD(proof.w[1]));
  refuses(good, no_nonces(i), "cggmp24.aff_g_star.w_y", FIELD(proof.w_y[1]));
  CHECK(good.with([](auto& d) { d.proof.z1[0] = d.proof.z1[0] + Integer(1); }) ==
        "cggmp24.aff_g_star.x");
  CHECK(good.with([](auto& d) { d.proof.z2[0] = d.proof.z2[0] + Integer(1); }) ==
        "cggmp24.aff_g_star.y");
  CHECK(good.with([](auto& d) { d.proof.w[0] = d.proof.w[0] + Integer(1); }) ==
        "cggmp24.aff_g_star.operation");
  CHECK(good.with([](auto& d) { d.proof.w.pop_back(); }) == "cggmp24.aff_g_star.count");
  CHECK(good.with([](auto& d) { d.proof.B_x.push_back(d.proof.B_x[0]); }) ==
        "cggmp24.aff_g_star.count");
  CHECK(good.with([](auto& d) { d.proof = {}; }) == "cggmp24.aff_g_star.count");

  Case lie(context, rng);
  lie.statement.D = j.add(lie.statement.D, j.encrypt(Integer(1), Integer(1)));
  lie.prove(context, rng);
  CHECK(Draft<Case>(context, lie).verdict() == "cggmp24.aff_g_star.operation");
}

TEST_CASE("Πdec refuses by name") {
  SeededRng rng(6);
  const Context context = some_context<Toy>();
  const Parameters& set = context.parameters;
  using Case = DecCase<Toy>;
  const Draft<Case> good(context, Case(context, rng));
  REQUIRE(good.verdict().empty());
  limits(good, set.ell + set.epsilon, "cggmp24.dec.z", FIELD(proof.z[0]));
  limits(good, set.sum_bits() + set.epsilon, "cggmp24.dec.w", FIELD(proof.w[0]));
  const PaillierPublicKey& key = good.statement.key;
  refuses(good, no_ciphertexts(key), "cggmp24.dec.K", FIELD(statement.K));
  refuses(good, no_ciphertexts(key), "cggmp24.dec.D", FIELD(statement.D));
  refuses(good, no_ciphertexts(key), "cggmp24.dec.A", FIELD(proof.A.back()));
  refuses(good, no_nonces(key), "cggmp24.dec.nu", FIELD(proof.nu.back()));
  CHECK(good.with([](auto& d) { d.proof.z[0] = d.proof.z[0] + Integer(1); }) == "cggmp24.dec.x");
  CHECK(good.with([](auto& d) { d.proof.w[0] = d.proof.w[0] + Integer(1); }) == "cggmp24.dec.y");
  CHECK(good.with([](auto& d) { d.proof.nu[0] = d.proof.nu[0] + Integer(1); }) ==
        "cggmp24.dec.plaintext");
  CHECK(good.with([](auto& d) { d.proof.nu.pop_back(); }) == "cggmp24.dec.count");
  CHECK(good.with([](auto& d) { d.proof.C.pop_back(); }) == "cggmp24.dec.count");

  const auto prove = [&](const auto& change) {
    Case lie(context, rng);
    change(lie.statement);
    lie.proof =
        cggmp24::dec::prove(context, lie.statement, {Case::key(), lie.x, lie.y, lie.rho}, rng);
    return Draft<Case>(context, lie).verdict();
  };
  // δ_i + 1 in the exponent, another γ_i, another ciphertext (S8).
  CHECK(prove([](auto& s) { s.S = s.S + s.H; }) == "cggmp24.dec.y");
  CHECK(prove([](auto& s) { s.X = moved(s.X); }) == "cggmp24.dec.x");
  CHECK(prove([](auto& s) { s.D = s.key.add(s.D, s.key.encrypt(Integer(1), Integer(1))); }) ==
        "cggmp24.dec.plaintext");
}

TEST_CASE("Πelog and Πsch refuse by name") {
  SeededRng rng(7);
  const Context context = some_context<Toy>();
  using Case = ElogCase<Toy>;
  const auto prove = [&](const auto& change) {
    Case lie(context, rng);
    change(lie.statement);
    lie.proof = cggmp24::elog::prove(context, lie.statement, {lie.y, lie.lambda}, rng);
    return Draft<Case>(context, lie).verdict();
  };
  CHECK(prove([](auto&) {}).empty());
  CHECK(prove([](auto& s) { s.L = moved(s.L); }) == "cggmp24.elog.L");
  CHECK(prove([](auto& s) { s.M = moved(s.M); }) == "cggmp24.elog.M");
  CHECK(prove([](auto& s) { s.Y = moved(s.Y); }) == "cggmp24.elog.Y");
  CHECK(prove([](auto& s) { s.X = {}; }) == "cggmp24.elog.infinity");
  CHECK(prove([](auto& s) { s.H = {}; }) == "cggmp24.elog.infinity");

  SchCase<Toy> sch(context, rng);
  sch.statement.X = moved(sch.statement.X);
  sch.proof = cggmp24::sch::prove(context, sch.statement, sch.x, cggmp24::sch::Nonce(rng));
  CHECK(Draft<SchCase<Toy>>(context, sch).verdict() == "cggmp24.sch.X");
  sch.statement.X = {};
  CHECK(Draft<SchCase<Toy>>(context, sch).verdict() == "cggmp24.sch.infinity");
}

TEST_CASE("Πfac refuses by name") {
  SeededRng rng(8);
  const Context context = some_context<Toy>();
  using Case = FacCase<Toy>;
  const Draft<Case> good(context, Case(context, rng));
  REQUIRE(good.verdict().empty());
  const unsigned bits = cggmp24::fac::factor_bits(context.parameters);
  limits(good, bits, "cggmp24.fac.z1", FIELD(proof.z1));
  limits(good, bits, "cggmp24.fac.z2", FIELD(proof.z2));
  refuses(good, no_commitments(), "cggmp24.fac.P", FIELD(proof.P));
  refuses(good, no_commitments(), "cggmp24.fac.Q", FIELD(proof.Q));
  refuses(good, no_commitments(), "cggmp24.fac.A", FIELD(proof.A));
  refuses(good, no_commitments(), "cggmp24.fac.B", FIELD(proof.B));
  refuses(good, no_commitments(), "cggmp24.fac.T", FIELD(proof.T));
  CHECK(good.plus_one(FIELD(proof.w1)) == "cggmp24.fac.p");
  CHECK(good.plus_one(FIELD(proof.w2)) == "cggmp24.fac.q");
  CHECK(good.plus_one(FIELD(proof.v)) == "cggmp24.fac.product");
  Draft<Case> small = good;
  const Integer below = Integer::power_of_two(4 * context.parameters.ell) - Integer(1);
  small.statement.key = *PaillierPublicKey::from(below, below.bits());
  CHECK(small.verdict() == "cggmp24.fac.N");
}

TEST_CASE("Πmod refuses by name") {
  SeededRng rng(9);
  const Context context = some_context<Toy>();
  using Case = ModCase<Toy>;
  const Draft<Case> good(context, Case(context, rng));
  REQUIRE(good.verdict().empty());
  const PaillierPublicKey& key = good.statement.key;
  refuses(good, no_nonces(key), "cggmp24.mod.w", FIELD(proof.w));
  refuses(good, {Integer(1), Integer(4)}, "cggmp24.mod.w", FIELD(proof.w));  // Jacobi +1
  refuses(good, no_nonces(key), "cggmp24.mod.x", FIELD(proof.x.back()));
  refuses(good, no_nonces(key), "cggmp24.mod.z", FIELD(proof.z.back()));
  CHECK(good.with([](auto& d) { d.proof.x[0] = d.proof.x[0] + Integer(1); }) ==
        "cggmp24.mod.fourth_root");
  CHECK(good.with([](auto& d) { d.proof.z[0] = d.proof.z[0] + Integer(1); }) ==
        "cggmp24.mod.nth_root");
  CHECK(good.with([](auto& d) { d.proof.a[0] ^= 1; }) == "cggmp24.mod.fourth_root");
  CHECK(good.with([](auto& d) { d.proof.b[0] ^= 1; }) == "cggmp24.mod.fourth_root");
  CHECK(good.with([](auto& d) { d.proof.b[0] = 2; }) == "cggmp24.mod.flag");
  for (const int list : {0, 1, 2, 3})
    CHECK(good.with([&](auto& d) {
      if (list == 0) d.proof.x.pop_back();
      if (list == 1) d.proof.a.push_back(0);
      if (list == 2) d.proof.b.pop_back();
      if (list == 3) d.proof.z.clear();
    }) == "cggmp24.mod.count");
}

TEST_CASE("Πprm refuses by name") {
  SeededRng rng(10);
  const Context context = some_context<Toy>();
  using Case = PrmCase<Toy>;
  const Draft<Case> good(context, Case(context, rng));
  REQUIRE(good.verdict().empty());
  const Integer N = good.statement.setup.modulus();
  const Integer prime = toy_party(0).pedersen.primes().p().reveal();
  refuses(good, no_units(N, prime), "cggmp24.prm.A", FIELD(proof.A.back()));
  refuses(good, {N, N + Integer(1), -Integer(1)}, "cggmp24.prm.z", FIELD(proof.z.back()));
  CHECK(good.with([](auto& d) { d.proof.z[0] = d.proof.z[0] + Integer(1); }) ==
        "cggmp24.prm.power");
  CHECK(good.with([&](auto& d) { d.proof.z[0] = Integer(); }) == "cggmp24.prm.power");
  CHECK(good.with([](auto& d) { d.proof.A.pop_back(); }) == "cggmp24.prm.count");
  CHECK(good.with([](auto& d) { d.proof.z.push_back(d.proof.z[0]); }) == "cggmp24.prm.count");
}

TEST_CASE("every check of CGGMP24 is named in a test, those of phases in the evidence table too") {
  const auto names = [](const char* folder) {
    std::set<std::string> found;
    const std::regex pattern(R"re("(cggmp24\.[a-zA-Z0-9_.]+)")re");
    const auto root = std::filesystem::path(JOINTCA_SOURCE_DIR) / folder;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
      std::ifstream file(entry.path());
      std::stringstream text;
      text << file.rdbuf();
      const std::string source = text.str();
      for (std::sregex_iterator at(source.begin(), source.end(), pattern), end; at != end; ++at)
        found.insert((*at)[1]);
    }
    return found;
  };
  const auto checks = names("threshold/cggmp24");
  CHECK(checks.size() >= 125);
  const auto tested = names("tests/unit/threshold/cggmp24");
  const auto table = threshold_checks();
  const std::regex of_phase(R"re(cggmp24\.(keygen|aux|presign|sign)\..*)re");
  for (const std::string& check : checks) {
    INFO(check);
    CHECK(tested.contains(check));
    CHECK(table.contains(check) == std::regex_match(check, of_phase));
  }
}
