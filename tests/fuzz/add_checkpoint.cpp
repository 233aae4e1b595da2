// tests/fuzz/add_checkpoint.cpp — requests to a witness: what parses encodes back to the same text,
// and no unsigned one is cosigned.
#include "log/witness.h"

using namespace jointca;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text = to_text(BytesView(data, size));
  const auto request = log::AddCheckpoint::parse(text);
  if (!request) return 0;
  JCA_ASSERT(request->encode() == text);
  const auto& origin = request->checkpoint.origin;
  if (!log::is_note_key_name(origin)) return 0;
  const log::NoteVerifier nobody{origin, log::NoteKeyType::ed25519, {}};
  JCA_ASSERT(log::decide(*request, nobody, {}).status == 403);
  return 0;
}
