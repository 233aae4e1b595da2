// tests/unit/daemon/list_messages_test.cpp — every message about lists reads back; no truncation,
// change or limit slips through.
#include "daemon/list_messages.h"

#include <catch2/catch.hpp>

#include "tests/support/seeded_rng.h"

using namespace jointca;
using namespace jointca::daemon;

namespace {

Envelope envelope_from(std::uint16_t party) {
  test::SeededRng rng(party);
  return seal(SigningKey::generate(rng), {Digest{1}, Digest{2}, 78, party, 1}, Bytes{1, 2, 3});
}

ListProposal proposal() {
  return {"the list", {{"nebula-v1", Bytes{1, 2, 3}, SignatureBytes{4}}, {"nebula-v2", {}, {}}}};
}

/// Every proper part of it is refused, and what a changed bit leaves readable is another message.
template <class Message>
void check_codec(const Message& message) {
  const Bytes bytes = encoded(message);
  const auto parsed = parse(std::type_identity<Message>{}, bytes);
  REQUIRE(parsed);
  CHECK(encoded(*parsed) == bytes);
  for (std::size_t size = 0; size < bytes.size(); ++size)
    CHECK_FALSE(parse(std::type_identity<Message>{}, BytesView(bytes).first(size)));
  Bytes longer = bytes;
  longer.push_back(0);
  CHECK_FALSE(parse(std::type_identity<Message>{}, longer));
  for (std::size_t at = 0; at < bytes.size(); ++at)
    for (int bit = 0; bit < 8; ++bit) {
      Bytes changed = bytes;
      changed[at] = static_cast<std::uint8_t>(changed[at] ^ (1 << bit));
      const auto other = parse(std::type_identity<Message>{}, changed);
      if (other) CHECK(encoded(*other) == changed);
    }
}

template <class Message>
bool is_refused(const Message& message) {
  return !parse(std::type_identity<Message>{}, encoded(message));
}

}  // namespace

TEST_CASE("every message about lists has one encoding") {
  check_codec(proposal());
  check_codec(ListProposal{"", {}});
  check_codec(ListCommitments{Digest{1}, SignatureBytes{2}, Bytes{3, 4}});
  check_codec(ListSignRequest{{envelope_from(1), envelope_from(3)}});
  check_codec(ListStatus{5, 4, "document"});
  check_codec(ListStatus{});
}

TEST_CASE("messages about lists outside their limits are refused") {
  ListProposal many = proposal();
  many.certificates.resize(shown_certificates_max + 1);
  CHECK(is_refused(many));
  ListProposal large = proposal();
  large.certificates[0].tbs.resize(shown_tbs_bytes_max + 1);
  CHECK(is_refused(large));
  CHECK(is_refused(ListProposal{std::string(ca::revocations_bytes_max + 1, ' '), {}}));
  CHECK(is_refused(ListCommitments{{}, {}, Bytes(257)}));
  CHECK(is_refused(ListSignRequest{{envelope_from(1)}}));
  CHECK(is_refused(ListSignRequest{{envelope_from(3), envelope_from(1)}}));
  CHECK(is_refused(ListSignRequest{{envelope_from(3), envelope_from(3)}}));
  CHECK(is_refused(ListStatus{ca::revocations_number_max + 1, 0, ""}));
  CHECK(is_refused(ListStatus{0, ca::revocations_number_max + 1, ""}));
}

TEST_CASE("the largest proposal fits an envelope") {
  ListProposal largest{std::string(ca::revocations_bytes_max, ' '), {}};
  CHECK(encoded(largest).size() + shown_bytes_max < payload_bytes_max);
  CHECK(ca::signed_revocations_bytes_max + 32 < payload_bytes_max);
}
