// tests/fuzz/entry_bundle.cpp — entry bundles, their width before them: what parses holds every
// byte.
#include "base/codec.h"
#include "log/tile.h"

using namespace jointca;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const BytesView bundle(data + 1, size - 1);
  const auto width = static_cast<std::uint16_t>(*data + 1);
  const auto entries = log::parse_bundle(bundle, width);
  if (!entries) return 0;
  JCA_ASSERT(entries->size() == width);
  Writer again;
  for (const Bytes& entry : *entries) again.prefixed16(entry);
  JCA_ASSERT(equal(std::move(again).take(), bundle));
  return 0;
}
