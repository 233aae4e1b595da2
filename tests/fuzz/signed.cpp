// tests/fuzz/signed.cpp — what a host gets, of every kind: what parses is written to a text that
// says the same.
#include "base/assert.h"
#include "issued/statement.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jointca;
  const auto read =
      issued::parse_signed({reinterpret_cast<const char*>(data), size});  // NOLINT: bytes
  if (!read) return 0;
  std::string text;
  for (const issued::Signed& each : *read)
    text += issued::signed_text(each.statement, each.signature);
  const auto again = issued::parse_signed(text);
  JCA_ASSERT(again && again->size() == read->size());
  for (std::size_t i = 0; i < read->size(); ++i)
    JCA_ASSERT((*again)[i].statement == (*read)[i].statement &&
               (*again)[i].signature == (*read)[i].signature);
  return 0;
}
