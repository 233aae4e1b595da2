// tests/fuzz/session_manifest.cpp — manifests: what parses is written as the same text, and gives a
// command line.
#include "mpyc-adapter/command.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jointca;
  const std::string text = to_text(BytesView(data, size));
  if (const auto manifest = mpyc::parse_manifest(text)) {
    JCA_ASSERT(mpyc::to_json(*manifest) == text);
    JCA_ASSERT(mpyc::command_line(*manifest, 0).size() >= 10);
  }
  return 0;
}
