// tests/fuzz/wg_dump.cpp — what `wg show IF dump` prints: peers come sorted, and the digest of any
// device is defined.
#include "wg-adapter/device.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jointca;
  const auto device = wireguard::parse_dump(to_text(BytesView(data, size)));
  if (!device) return 0;
  JCA_ASSERT(
      std::is_sorted(device->peers.begin(), device->peers.end(),
                     [](const auto& a, const auto& b) { return a.public_key < b.public_key; }));
  (void)wireguard::settings_digest(*device);
  return 0;
}
