// tests/fuzz/audit_state.cpp — an audit's state: what is read is written as a text that is read as
// the same.
#include "audit/state.h"
#include "tests/support/audit_logs.h"

using namespace jointca;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const test::AuditAuthority base;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  audit::Index index(1), again(2);
  const auto state = audit::state_from_json(text, base.authority, index);
  if (!state) return 0;
  const std::string written = audit::to_json(*state, index);
  const auto read = audit::state_from_json(written, base.authority, again);
  JCA_ASSERT(read && audit::to_json(*read, again) == written);
  return 0;
}
