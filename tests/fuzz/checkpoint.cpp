// tests/fuzz/checkpoint.cpp — checkpoints and tile paths: what parses encodes back to the same
// text.
#include "log/checkpoint.h"

#include "log/tile.h"

using namespace jointca;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text = to_text(BytesView(data, size));
  if (const auto checkpoint = log::Checkpoint::parse(text)) JCA_ASSERT(checkpoint->text() == text);
  if (const auto tile = log::TileId::parse(text)) JCA_ASSERT(tile->path() == text);
  return 0;
}
