#include "wg-adapter/link.h"

#include <algorithm>
#include <bit>
#include <cerrno>
#include <memory>
#include <system_error>
#include <thread>

#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>

#include "base/secret.h"
#include "machine/files.h"
#include "machine/privileges.h"
#include "machine/process.h"
#include "wg-adapter/config.h"

namespace jointca::wireguard {
namespace {

using machine::run_process;

constexpr std::chrono::seconds wg_timeout{120};  // wireguard-go needs a while for 10,000 peers
constexpr std::size_t removals_per_call = 1000;  // the kernel bounds the arguments of one program

/// Runs a program that has nothing to say when all is well.
Result<Ok, Error> run(const std::vector<std::string>& argv, std::string_view input = {}) {
  JCA_ASSIGN(const auto result, run_process(argv, {as_bytes(input), wg_timeout}));
  if (result.status == 0) return Ok{};
  std::string command;
  for (std::size_t i = 0; i < std::min<std::size_t>(argv.size(), 4); ++i)
    command += (i == 0 ? "" : " ") + argv[i];
  return failed("`" + command + (argv.size() > 4 ? " …" : "") + "`: " + result.complaint());
}

BytesView raw_address(const sockaddr* address) {
  if (address == nullptr) return {};
  if (address->sa_family == AF_INET)
    return {reinterpret_cast<const std::uint8_t*>(
                &reinterpret_cast<const sockaddr_in*>(address)->sin_addr),
            4};
  if (address->sa_family == AF_INET6)
    return {reinterpret_cast<const std::uint8_t*>(
                &reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr),
            16};
  return {};
}

std::string socket_path(const std::string& interface) {
  return "/var/run/wireguard/" + interface + ".sock";
}

}  // namespace

Result<Ok, Error> check_able() {
  for (const auto& [program, package] : {std::pair("wg", "wireguard-tools"), {"ip", "iproute2"}})
    if (!machine::find_program(program))
      return failed(std::string(program) +
                    ": no such program on this machine; install the package " + package +
                    ". Nothing was changed");
  JCA_ASSIGN(const bool allowed, machine::may_change_networks());
  if (!allowed)
    return failed(
        "WireGuard interfaces are changed by root only (CAP_NET_ADMIN); run this as root. Nothing "
        "was changed");
  return Ok{};
}

Result<Link, Error> look_at(const std::string& interface) {
  Link link;
  link.index = ::if_nametoindex(interface.c_str());
  if (link.index == 0) return link;
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0)
    return failed(interface + ": " + std::generic_category().message(errno));
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner(list, &::freeifaddrs);
  for (const ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next) {
    if (interface != entry->ifa_name) continue;
    link.up = link.up || (entry->ifa_flags & static_cast<unsigned>(IFF_UP)) != 0;
    const auto address = ca::IpAddress::from_bytes(raw_address(entry->ifa_addr));
    if (!address) continue;
    int bits = 0;
    for (const std::uint8_t byte : raw_address(entry->ifa_netmask)) bits += std::popcount(byte);
    link.addresses.push_back({*address, static_cast<std::uint8_t>(bits)});
  }
  return link;
}

Result<Incarnation, Error> incarnation_of(const Link& link) {
  JCA_ASSIGN(const Bytes text, machine::read_file("/proc/sys/kernel/random/boot_id", 64));
  return Incarnation{link.index,
                     to_text(BytesView(text).first(std::min<std::size_t>(text.size(), 36)))};
}

Result<Device, Error> read_device(const std::string& interface) {
  JCA_ASSIGN(auto result,
             run_process({"wg", "show", interface, "dump"}, {{}, wg_timeout, dump_bytes_max}));
  auto device = result.status == 0 ? parse_dump(result.out) : Device{};
  wipe(result.out);
  if (result.status != 0)
    return failed("`wg show " + interface + " dump`: " + result.complaint() +
                  "; is it a WireGuard interface?");
  if (!device) return failed("`wg show " + interface + " dump`: " + device.error().text());
  return *std::move(device);
}

Result<std::string, Error> make_interface(const std::string& interface) {
  const auto in_kernel = run({"ip", "link", "add", "dev", interface, "type", "wireguard"});
  if (in_kernel) return std::string("kernel");
  if (!machine::find_program("wireguard-go"))
    return failed("the kernel makes no WireGuard interface (" + in_kernel.error().message +
                  "); install the package wireguard-go. Nothing was changed");
  JCA_TRY(run({"wireguard-go", interface}));
  return std::string("wireguard-go");
}

Result<Ok, Error> delete_interface(const std::string& interface) {
  JCA_TRY(run({"ip", "link", "delete", "dev", interface}));
  for (int i = 0; i < 40 && machine::file_exists(socket_path(interface)); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  return Ok{};
}

Result<Ok, Error> add_address(const std::string& interface, const ca::Prefix& address) {
  return run({"ip", "address", "add", address.text(), "dev", interface});
}

Result<Ok, Error> remove_address(const std::string& interface, const ca::Prefix& address) {
  return run({"ip", "address", "delete", address.text(), "dev", interface});
}

Result<Ok, Error> set_up(const std::string& interface, bool up) {
  return run({"ip", "link", "set", "dev", interface, up ? "up" : "down"});
}

Result<Ok, Error> set_key(const std::string& interface, const std::string& key_path) {
  return run({"wg", "set", interface, "private-key", key_path.empty() ? "/dev/null" : key_path});
}

Result<Ok, Error> set_listen_port(const std::string& interface, std::uint16_t port) {
  return run({"wg", "set", interface, "listen-port", std::to_string(port)});
}

Result<Ok, Error> add_or_change(const std::string& interface,
                                const std::vector<PeerSettings>& peers) {
  if (peers.empty()) return Ok{};
  return run({"wg", "addconf", interface, "/dev/stdin"}, peers_text(peers));
}

Result<Ok, Error> remove_peers(const std::string& interface, const std::vector<Digest>& keys) {
  for (std::size_t start = 0; start < keys.size(); start += removals_per_call) {
    std::vector<std::string> argv{"wg", "set", interface};
    for (std::size_t i = start; i < std::min(keys.size(), start + removals_per_call); ++i)
      argv.insert(argv.end(), {"peer", to_base64(keys[i]), "remove"});
    JCA_TRY(run(argv));
  }
  return Ok{};
}

}  // namespace jointca::wireguard
