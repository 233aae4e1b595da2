// tests/fuzz/note.cpp — signed notes and verifier keys: what parses encodes back to the same text.
#include "log/note.h"

using namespace jointca;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text = to_text(BytesView(data, size));
  if (const auto note = log::Note::parse(text)) JCA_ASSERT(note->encode() == text);
  if (const auto key = log::NoteVerifier::parse(text)) JCA_ASSERT(key->text() == text);
  return 0;
}
