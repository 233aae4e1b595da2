#include "daemon/open_terms.h"

#include <catch2/catch.hpp>

using namespace jointca;
using daemon::OpenTerms;

namespace {

const Time begin = time_from_unix(1'800'000'000);
const Digest request{1};

ca::Subject terms(const std::string& name) { return {name, {}, {}, begin, begin + Duration{3600}}; }

}  // namespace

TEST_CASE("a request has one open set of terms, the newest") {
  OpenTerms open;
  CHECK_FALSE(open.is_open(request, terms("a")));
  open.open(request, terms("a"), 2, begin);
  CHECK(open.is_open(request, terms("a")));
  CHECK_FALSE(open.is_open(Digest{2}, terms("a")));
  open.open(request, terms("b"), 1, begin);
  CHECK(open.is_open(request, terms("b")));
  CHECK_FALSE(open.is_open(request, terms("a")));
}

TEST_CASE("a coordinator's first terms stand for a moment against those with higher numbers") {
  OpenTerms open;
  open.open(request, terms("a"), 2, begin);
  CHECK(open.against(request, terms("b"), 3, begin) == terms("a"));
  CHECK_FALSE(open.against(request, terms("a"), 3, begin));
  CHECK_FALSE(open.against(request, terms("b"), 2, begin));
  CHECK_FALSE(open.against(request, terms("b"), 1, begin));
  CHECK_FALSE(open.against(Digest{2}, terms("b"), 3, begin));
  const Time last = begin + daemon::reservation_lifetime - Duration{1};
  CHECK(open.against(request, terms("b"), 3, last));
  CHECK_FALSE(open.against(request, terms("b"), 3, last + Duration{1}));
  // Repeated, they stand no longer; others of the same coordinator do not stand at all.
  open.open(request, terms("a"), 2, last);
  CHECK_FALSE(open.against(request, terms("b"), 3, last + Duration{1}));
  open.open(request, terms("c"), 2, last);
  CHECK_FALSE(open.against(request, terms("b"), 3, last));
}

TEST_CASE("terms are forgotten with the last session that has them") {
  OpenTerms open;
  open.open(request, terms("a"), 2, begin);
  open.open(request, terms("a"), 3, begin + Duration{30});
  open.open(Digest{2}, terms("b"), 2, begin + daemon::session_lifetime + Duration{1});
  CHECK(open.is_open(request, terms("a")));
  open.open(Digest{2}, terms("b"), 2, begin + daemon::session_lifetime + Duration{31});
  CHECK_FALSE(open.is_open(request, terms("a")));
  // Then a coordinator's next proposal counts as its first again.
  open.open(request, terms("c"), 2, begin + daemon::session_lifetime + Duration{31});
  CHECK(open.against(request, terms("d"), 3, begin + daemon::session_lifetime + Duration{31}));
}
