// tests/fuzz/wg_state.cpp — states of interfaces: what parses is the same after writing and
// parsing.
#include "wg-adapter/state.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jointca;
  const auto state = wireguard::state_from_json(to_text(BytesView(data, size)));
  if (!state) return 0;
  const auto again = wireguard::state_from_json(wireguard::to_json(*state));
  JCA_ASSERT(again.has_value() && *again == *state);
  return 0;
}
