// tests/fuzz/tile_path.cpp — paths of tiles and bundles: what parses is written the same way.
#include "log/tile.h"

using namespace jointca;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text = to_text(BytesView(data, size));
  if (const auto tile = log::TileId::parse(text)) JCA_ASSERT(tile->path() == text);
  return 0;
}
