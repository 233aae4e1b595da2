// tests/misbehaviour/succession_test.cpp — from one CA certificate to the next, with all parties.
#include "tests/support/small_authority.h"

using namespace jointca;
using namespace jointca::test;

namespace {

struct Fixture {
  SmallAuthority authority;

  [[nodiscard]] const nebula::Succession& cas() { return authority.party(1).member.succession; }
  /// The number of the CA certificate that both certificates of a host name.
  [[nodiscard]] std::size_t issuer_of(const daemon::Answer& answer) {
    REQUIRE(was_issued(answer));
    std::set<std::size_t> issuers;
    for (const nebula::Certificate& certificate : certificates_in(answer)) {
      CHECK(nebula::verify(certificate, cas().pool(), authority.now));
      for (std::size_t i = 0; i < cas().certificates().size(); ++i)
        if (equal(certificate.details.issuer, nebula::fingerprint(cas().certificates()[i])))
          issuers.insert(i);
    }
    REQUIRE(issuers.size() == 1);
    return *issuers.begin();
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "a host that renews goes over to the next CA certificate in its turn") {
  const Time turn = cas().turn_of(1);
  REQUIRE(turn > authority.now);
  SmallHost host = authority.host("web1");
  CHECK(issuer_of(authority.issue(1, host)) == 0);
  // What is issued is dated back by a minute: so long after its turn it issues.
  authority.now = turn - Duration{3 * 86400};
  SmallHost late = authority.host("web2");
  CHECK(issuer_of(authority.issue(2, late)) == 0);
  authority.now = turn + ca::backdating - Duration{1};
  SmallHost last = authority.host("web3");
  CHECK(issuer_of(authority.issue(3, last)) == 0);
  authority.now = turn + ca::backdating;
  authority.ask_renewal(late);
  CHECK(issuer_of(authority.issue(2, late)) == 1);
  SmallHost fresh = authority.host("web4");
  CHECK(issuer_of(authority.issue(1, fresh)) == 1);
}

TEST_CASE_METHOD(Fixture,
                 "a request that was issued before the turn gives the same answer after it") {
  const Time turn = cas().turn_of(1);
  authority.now = turn - Duration{60};
  const SmallHost host = authority.host("web1");
  const daemon::Answer before = authority.issue(1, host);
  CHECK(issuer_of(before) == 0);
  authority.now = turn + Duration{3600};
  for (const unsigned party : {1U, 2U, 3U}) {
    const daemon::Answer again = authority.issue(party, host);
    CHECK(issuer_of(again) == 0);
    CHECK(std::get<enroll::Bundle>(again).certificates ==
          std::get<enroll::Bundle>(before).certificates);
  }
  CHECK(authority.party(1).accusations.empty());
}

TEST_CASE_METHOD(Fixture, "a party whose clock is behind the turn convicts nobody") {
  // The coordinator's proposal says when the certificate begins, and that says who issues.
  authority.now = cas().turn_of(1) + ca::backdating;
  const SmallHost host = authority.host("web1");
  authority.bend = [&](Identifier, Identifier to, Envelope&) {
    authority.now = cas().turn_of(1) + (to == P(2) ? Duration{-30} : ca::backdating);
    return Fate{};
  };
  CHECK(issuer_of(authority.issue(1, host)) == 1);
  for (const unsigned party : {1U, 2U, 3U}) CHECK(authority.party(party).accusations.empty());
}

TEST_CASE_METHOD(Fixture, "no certificate outlives the CA certificate that issued it") {
  ca::Terms terms = authority.terms("web1");
  const Time end = time_from_unix(cas().certificates()[0].details.not_after);
  authority.now = cas().turn_of(1) - Duration{1};
  terms.ttl = end - authority.now + Duration{86400};
  terms.expires = authority.now + Duration{86400};
  const daemon::Answer answer = authority.issue(1, authority.host(authority.invite(1, terms)));
  CHECK(issuer_of(answer) == 0);
  CHECK(time_from_unix(certificates_in(answer)[0].details.not_after) == end);
}
