// tests/fuzz/pem.cpp — a block that is found is found again when written, and CA files are read.
#include "nebula-adapter/pem.h"

#include "nebula-adapter/verify.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jointca;
  const std::string text(data, data + size);
  (void)nebula::CaPool::from_pem(text).has_value();
  const auto step = nebula::next_pem_block(text);
  if (!step) return 0;
  JCA_ASSERT(step->rest.size() < text.size());
  const std::string written = nebula::encode_pem(step->block.banner, step->block.bytes);
  const auto again = nebula::next_pem_block(written);
  JCA_ASSERT(again && again->block.bytes == step->block.bytes && again->rest.empty());
  return 0;
}
