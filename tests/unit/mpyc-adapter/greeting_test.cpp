// tests/unit/mpyc-adapter/greeting_test.cpp — questions and answers of a meeting: one encoding
// each, what an answer stands for and what not, and whose clock is wrong.
#include "mpyc-adapter/greeting.h"

#include <catch2/catch.hpp>

#include "tests/support/mpyc_session.h"

namespace jointca::mpyc {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::session_key;

const SigningKey& bob() {
  static const SigningKey key = session_key(11);
  return key;
}
const Question question{Phase::ready, Nonce{1, 2, 3}, 5};
const Pairing pairing{Digest{0xaa}, Digest{0xbb}, 1, 2};

Answer signed_answer(Answer answer) {
  answer.signature = bob().sign(to_be_signed(answer));
  return answer;
}

Answer plain() {
  Answer answer;
  answer.pairing = pairing;
  answer.asked = question.nonce;
  answer.own = Nonce{4, 5, 6};
  answer.intent = Intent::run;
  answer.clock = 1'795'400'000'123;
  answer.holds = 5;
  answer.phase = Phase::ready;
  answer.padding = question.padding;
  return answer;
}

std::string fault(const Bytes& bytes) {
  const auto read = parse_answer(bytes);
  return read ? "ok" : read.error().text();
}

/// Why the answer is refused, after a change that its sender signs.
template <class Change>
std::string objection_after(Change change) {
  Answer answer = plain();
  change(answer);
  return objection(signed_answer(answer), question, pairing, bob().public_key()).value_or("none");
}

}  // namespace

TEST_CASE("questions and answers have one encoding") {
  CHECK(*parse_question(encode(question)) == question);
  const Question longest{Phase::ended, {}, padding_bytes_max};
  CHECK(*parse_question(encode(longest)) == longest);

  std::vector<Answer> answers{plain(), plain(), plain(), plain()};
  answers[1].phase = answers[2].phase = Phase::ended;
  answers[1].ending = Ending{139, {}};
  answers[2].ending = Ending{0, Digest{7}};
  answers[3].phase = Phase::failed;
  answers[3].failure = Failure{Check::clock, "the clock of carol is 3600 s ahead"};
  answers[3].padding = padding_bytes_max;
  for (const Answer& each : answers) {
    const Answer answer = signed_answer(each);
    CHECK(encode(answer).size() <= answer_bytes_max);
    const auto read = parse_answer(encode(answer));
    REQUIRE(read);
    CHECK(*read == answer);
    CHECK_FALSE(parse_answer(BytesView(encode(answer)).first(encode(answer).size() - 1)));
  }
}

TEST_CASE("what is no question is refused") {
  const Bytes good = encode(question);
  const auto changed = [&](std::size_t at, std::uint8_t to) {
    Bytes bytes = good;
    bytes.at(at) = to;
    const auto read = parse_question(bytes);
    return read ? "ok" : read.error().reason;
  };
  CHECK(changed(0, 2) == "unknown version");
  CHECK(changed(1, 5) == "out of range");  // nobody waits for a failure
  CHECK(changed(good.size() - 1, 1) == "padding is not zero");
  CHECK(changed(35, 4) == "trailing bytes");
  CHECK(changed(35, 6) == "truncated");
  CHECK(changed(34, 0x41) == "out of range");
  CHECK_FALSE(parse_question({}));
}

TEST_CASE("what is no answer is refused") {
  const Bytes good = encode(signed_answer(plain()));
  const auto changed = [&](std::size_t at, std::uint8_t to) {
    Bytes bytes = good;
    bytes.at(at) = to;
    return fault(bytes);
  };
  CHECK(changed(0, 2) == "byte 1: unknown version");
  CHECK(changed(65, 20) == "byte 66: out of range");   // from
  CHECK(changed(66, 20) == "byte 67: out of range");   // to
  CHECK(changed(131, 2) == "byte 132: out of range");  // intent
  CHECK(changed(132, 1) == "byte 140: out of range");  // a clock after the year 9999
  CHECK(changed(141, 0x10) == "byte 144: out of range");
  CHECK(changed(144, 6) == "byte 145: out of range");  // phase
  CHECK(fault(Bytes(answer_bytes_max + 1)) == "answer: too long");

  Answer ended = plain();
  ended.phase = Phase::ended;
  ended.ending = Ending{};
  Bytes bytes = encode(ended);
  bytes.at(146) = 2;  // neither with nor without a result
  CHECK(fault(bytes) == "byte 147: out of range");

  Answer failed = plain();
  failed.phase = Phase::failed;
  failed.failure = Failure{Check::barrier, "x"};
  bytes = encode(failed);
  bytes.at(145) = 37;
  CHECK(fault(bytes) == "byte 146: no check has this status");
  for (const std::string& reason :
       {std::string(), std::string("two\nlines"), std::string(failure_bytes_max + 1, 'x')}) {
    failed.failure->reason = reason;
    CHECK(fault(encode(failed)) != "ok");
  }
}

TEST_CASE("an answer stands for nothing but what it was asked") {
  CHECK(objection_after([](Answer&) {}) == "none");
  CHECK(objection_after([](Answer& a) { a.asked[0] ^= 1; }) == "answers another question");
  CHECK(objection_after([](Answer& a) { a.padding = 0; }) == "answers at another length");
  CHECK(objection_after([](Answer& a) { a.pairing.from = 0; }) == "takes seat 0");
  CHECK(objection_after([](Answer& a) { a.pairing.to = 0; }) == "answers seat 0");
  CHECK_THAT(objection_after([](Answer& a) { a.pairing.manifest[0] = 1; }),
             Catch::StartsWith("has another manifest: 01"));
  CHECK_THAT(objection_after([](Answer& a) { a.pairing.grant[0] = 1; }),
             Catch::StartsWith("has another grant: 01"));
}

TEST_CASE("every bit of an answer but its padding is signed") {
  const Answer good = signed_answer(plain());
  const Bytes bytes = encode(good);
  for (std::size_t i = 0; i + 2 + question.padding < bytes.size(); ++i) {
    Bytes other = bytes;
    other[i] ^= 1;
    const auto read = parse_answer(other);
    if (!read) continue;
    CHECK(objection(*read, question, pairing, bob().public_key()) == "did not sign its answer");
  }
  CHECK(objection(good, question, pairing, session_key(12).public_key()) ==
        "did not sign its answer");
}

TEST_CASE("the clock that differs from most is the wrong one") {
  const Manifest manifest = test::session_manifest();
  const auto of = [&](milliseconds a, milliseconds b, milliseconds c) {
    return clock_objection(manifest, {a, b, c}).value_or("none");
  };
  CHECK(of(seconds(0), seconds(0), seconds(0)) == "none");
  CHECK(of(seconds(0), seconds(-15), seconds(15)) == "none");
  CHECK(of(seconds(0), seconds(0), clock_apart_max) == "none");
  CHECK(of(seconds(0), seconds(1), seconds(3601)) ==
        "the clock of carol is 3600 s ahead of those of most members");
  CHECK(of(seconds(0), seconds(3600), seconds(3600)) ==
        "the clock of alice is 3600 s behind those of most members");
  CHECK(of(seconds(0), seconds(100), seconds(200)) ==
        "the clocks of alice and carol are 200 s apart");
  // Bob agrees with either, so nobody can tell.
  CHECK(of(seconds(0), seconds(20), seconds(40)) == "the clocks of alice and carol are 40 s apart");

  Manifest two = manifest;
  two.seats.pop_back();
  CHECK(clock_objection(two, {seconds(0), seconds(60)}) ==
        "the clocks of alice and bob are 60 s apart");
}

}  // namespace jointca::mpyc
