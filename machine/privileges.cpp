#include "machine/privileges.h"

#include "base/bytes.h"
#include "machine/files.h"

namespace jointca::machine {
namespace {

constexpr unsigned cap_net_admin = 12;  // linux/capability.h

}  // namespace

Result<bool, Error> may_change_networks() {
  JCA_ASSIGN(const Bytes content, read_file("/proc/self/status", 65536));
  const std::string text = to_text(content);
  constexpr std::string_view label = "\nCapEff:\t";
  const std::size_t at = text.find(label);
  if (at == std::string::npos) return failed("/proc/self/status: no CapEff");
  const auto bits = from_hex(text.substr(at + label.size(), 16));
  if (!bits || bits->size() != 8) return failed("/proc/self/status: CapEff is no number");
  return ((*bits)[7 - cap_net_admin / 8] >> (cap_net_admin % 8U) & 1U) != 0;
}

}  // namespace jointca::machine
