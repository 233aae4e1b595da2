// tests/fuzz/party_card.cpp — a card is read or refused with a place, and only whole.
#include "ca/authority.h"
#include "crypto/signing_key.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jointca;
  const std::string text = to_text(BytesView(data, size));
  const auto card = ca::card_from_json(text);
  if (!card) {
    JCA_ASSERT(!card.error().where.empty() && !card.error().reason.empty());
    return 0;
  }
  // The fuzzer has no key that signs: the same content under our own must be read back.
  const SigningKey key(Secret<32>::make([](auto out) { std::fill(out.begin(), out.end(), 7); }));
  ca::PartyCard ours = *card;
  ours.identity = key.public_key();
  const auto again = ca::card_from_json(ca::to_json(ours, key));
  JCA_ASSERT(again.has_value() && ca::to_json(*again, key) == ca::to_json(ours, key));
  return 0;
}
