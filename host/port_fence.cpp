#include "host/port_fence.h"

#include "base/bytes.h"
#include "base/text.h"
#include "machine/process.h"

namespace jointca::host {
namespace {

/// Of a session's 32 digits: enough to tell the few apart that one machine has.
constexpr std::size_t name_digits = 16;

std::string family(const ca::IpAddress& address) { return address.is_v4() ? "ip" : "ip6"; }

Result<Ok, Error> nft(const std::string& script) {
  JCA_ASSIGN(const auto result, machine::run_process({"nft", "-f", "-"}, {as_bytes(script)}));
  if (result.status != 0) return failed("nft: " + result.complaint());
  return Ok{};
}

std::string leave_by(const std::string& interface, const mpyc::Seat& to) {
  return "    oif != \"" + interface + "\" " + family(to.address) + " daddr " + to.address.text() +
         " tcp dport " + std::to_string(to.port) + " drop\n";
}

std::string come_by(const std::string& interface, const std::string& family_name,
                    const std::vector<std::string>& from, const std::string& to) {
  return "    iif \"" + interface + "\" " + family_name + " saddr { " + join(from) + " } " + to +
         " accept\n";
}

/// Adding it first, since deleting what is not there would fail.
std::string without(const std::string& name) {
  return "add table inet " + name + "\ndelete table inet " + name + "\n";
}

}  // namespace

std::string fence_name(const mpyc::Manifest& manifest, std::size_t seat) {
  return "jointca_" + to_hex(manifest.session).substr(0, name_digits) + "_" + std::to_string(seat);
}

std::string fence_rules(const mpyc::Manifest& manifest, std::size_t seat,
                        const std::string& interface) {
  std::vector<std::string> v4, v6;
  std::string in, out;
  for (std::size_t i = 0; i < manifest.seats.size(); ++i) {
    if (i == seat) continue;
    const ca::IpAddress& address = manifest.seats[i].address;
    (address.is_v4() ? v4 : v6).push_back(address.text());
    out += leave_by(interface, manifest.seats[i]);
  }
  const std::string own = "tcp dport " + std::to_string(manifest.seats[seat].port);
  if (!v4.empty()) in += come_by(interface, "ip", v4, own);
  if (!v6.empty()) in += come_by(interface, "ip6", v6, own);
  const std::string name = fence_name(manifest, seat);
  const auto chain = [](const std::string& hook, const std::string& rules) {
    return "  chain " + hook + " {\n    type filter hook " + hook +
           " priority -150; policy accept;\n" + rules + "  }\n";
  };
  return without(name) + "table inet " + name + " {\n" +
         chain("input", in + "    " + own + " drop\n") + chain("output", out) + "}\n";
}

Result<Ok, Error> raise_fence(const std::string& rules) { return nft(rules); }

Result<Ok, Error> lower_fence(const std::string& name) { return nft(without(name)); }

}  // namespace jointca::host
