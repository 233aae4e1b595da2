#include "host/overlay.h"

#include <algorithm>
#include <filesystem>

#include "host/holdings.h"
#include "host/mpyc_machine.h"
#include "host/session_check.h"
#include "host/wireguard.h"
#include "machine/files.h"
#include "machine/process.h"
#include "wg-adapter/link.h"

namespace jointca::host {
namespace {

namespace fs = std::filesystem;
using mpyc::Check;
using mpyc::Manifest;
using mpyc::Seat;

constexpr std::size_t descriptor_info_bytes_max = 65536;

std::optional<std::string> target(const fs::path& link) {
  return machine::read_link(link.string());
}

/// Whether one of the process's descriptors is this TUN: tun(4) tells in fdinfo.
bool holds_tun(const fs::path& process, const std::string& interface) {
  std::error_code problem;
  fs::directory_iterator at(process / "fd", problem);
  for (; !problem && at != fs::directory_iterator(); at.increment(problem)) {
    if (target(at->path()) != "/dev/net/tun") continue;
    const auto info = machine::read_file((process / "fdinfo" / at->path().filename()).string(),
                                         descriptor_info_bytes_max);
    if (info && (to_text(*info) + "\n").find("iff:\t" + interface + "\n") != std::string::npos)
      return true;
  }
  return false;
}

/// Whether a Nebula of this network namespace runs the TUN.
bool is_run(const std::string& interface) {
  const auto here = target("/proc/self/ns/net");
  std::error_code problem;
  fs::directory_iterator at("/proc", problem);
  for (; !problem && at != fs::directory_iterator(); at.increment(problem)) {
    const fs::path program = target(at->path() / "exe").value_or("");
    if (program.filename().string().starts_with("nebula") &&
        target(at->path() / "ns/net") == here && holds_tun(at->path(), interface))
      return true;
  }
  return false;
}

/// Those that have the address: two, where a host is in both overlays.
Result<std::vector<std::string>, Error> interfaces_with(const ca::IpAddress& address) {
  JCA_ASSIGN(const auto all, machine_addresses());
  std::vector<std::string> out;
  for (const InterfaceAddress& each : all)
    if (each.address == address) out.push_back(each.interface);
  return out;
}

/// Where the kernel would send what is for the address; empty: nowhere.
Result<std::string, Error> interface_towards(const ca::IpAddress& address) {
  JCA_ASSIGN(const auto result, machine::run_process({"ip", "-o", "route", "get", address.text()}));
  constexpr std::string_view label = " dev ";
  const std::size_t at = result.out.find(label);
  if (result.status != 0 || at == std::string::npos) return std::string();
  const std::size_t begin = at + label.size();
  return result.out.substr(begin, result.out.find(' ', begin) - begin);
}

bool has_address(const Holding& holding, const ca::IpAddress& address) {
  return std::any_of(holding.networks.begin(), holding.networks.end(), [&](const auto& network) {
    return network.starts_with(address.text() + "/");
  });
}

Overlay down(std::string reason) { return {{}, Problem{Check::overlay, std::move(reason)}}; }

Result<Overlay, Error> look_at_nebula(const Paths& paths, const Manifest& manifest,
                                      std::size_t seat, const std::vector<std::string>& interfaces,
                                      Time now) {
  JCA_ASSIGN(const auto holdings, read_holdings(paths));
  const ca::IpAddress& address = manifest.seats[seat].address;
  const auto holds = [&](const Holding& each) {
    return each.kind.starts_with("nebula-v") && each.not_before <= now && now < each.not_after &&
           has_address(each, address);
  };
  if (std::none_of(holdings.begin(), holdings.end(), holds))
    return down(paths.nebula_certificate() + ": no certificate in it is valid now and has " +
                address.text());
  const auto running = std::find_if(interfaces.begin(), interfaces.end(), is_run);
  if (running == interfaces.end())
    return down("no Nebula runs here on an interface with " + address.text());
  return Overlay{*running};
}

/// Why a member is no peer.
Problem no_peer(const Manifest& manifest, std::size_t seat, const wireguard::Selection& selection) {
  const std::string& name = manifest.seats[seat].name;
  for (const wireguard::LeftOut& each : selection.left_out)
    if (each.name == name)
      return {each.rule == "revoked" ? Check::revoked : Check::overlay,
              named(manifest, seat) + " is no peer: " + each.reason};
  return {Check::overlay, named(manifest, seat) + " has no binding that this host knows"};
}

/// The first of the interfaces that has the host's key.
std::optional<std::pair<std::string, wireguard::Device>> device_of(
    const std::vector<std::string>& interfaces, const Digest& key) {
  for (const std::string& interface : interfaces)
    if (auto device = wireguard::read_device(interface); device && device->public_key == key)
      return std::pair(interface, *std::move(device));
  return std::nullopt;
}

Result<Overlay, Error> look_at_wireguard(const Paths& paths, const Manifest& manifest,
                                         std::size_t seat,
                                         const std::vector<std::string>& interfaces, Time now) {
  JCA_ASSIGN(const auto host, open_wireguard_host(paths, now));
  const auto selection = select_peers(host, now);
  if (!selection.own_problem.empty())
    return down("this host's own binding: " + selection.own_problem);
  const auto found = device_of(interfaces, host.key.public_key());
  if (!found)
    return down("no WireGuard interface here has " + manifest.seats[seat].address.text() +
                " and this host's key");
  const auto& [interface, device] = *found;
  for (std::size_t i = 0; i < manifest.seats.size(); ++i) {
    if (i == seat) continue;
    const Seat& member = manifest.seats[i];
    const auto wanted = std::find_if(selection.peers.begin(), selection.peers.end(),
                                     [&](const auto& peer) { return peer.name == member.name; });
    if (wanted == selection.peers.end()) return Overlay{{}, no_peer(manifest, i, selection)};
    const bool reached =
        std::any_of(device.peers.begin(), device.peers.end(), [&](const wireguard::Peer& peer) {
          return peer.public_key == wanted->public_key &&
                 std::any_of(peer.allowed_ips.begin(), peer.allowed_ips.end(),
                             [&](const auto& each) { return each.contains(member.address); });
        });
    if (!reached)
      return down(named(manifest, i) + " is no peer of " + interface + " with " +
                  member.address.text());
  }
  return Overlay{interface};
}

Overlay wrong_way(const std::string& member, const std::string& way, const std::string& interface) {
  if (way.empty()) return down("no way leads to " + member);
  return down("the way to " + member + " leads over " + way + " instead of " + interface +
              ", by another network or route of this machine");
}

/// A network of this machine that has the overlay's addresses, too, would take the packets.
Result<std::optional<Problem>, Error> check_ways(const Manifest& manifest, std::size_t seat,
                                                 const std::string& interface) {
  for (std::size_t i = 0; i < manifest.seats.size(); ++i) {
    if (i == seat) continue;
    JCA_ASSIGN(const std::string way, interface_towards(manifest.seats[i].address));
    if (way != interface) return wrong_way(named(manifest, i), way, interface).problem;
  }
  return std::optional<Problem>();
}

}  // namespace

Result<Overlay, Error> look_at_overlay(const Paths& paths, const Manifest& manifest,
                                       std::size_t seat, Time now) {
  const bool nebula = manifest.channel == mpyc::Channel::nebula;
  if (!nebula && manifest.channel != mpyc::Channel::wireguard) return Overlay{};
  JCA_ASSIGN(const auto interfaces, interfaces_with(manifest.seats[seat].address));
  JCA_ASSIGN(Overlay overlay, nebula ? look_at_nebula(paths, manifest, seat, interfaces, now)
                                     : look_at_wireguard(paths, manifest, seat, interfaces, now));
  if (!overlay.problem) {
    JCA_ASSIGN(overlay.problem, check_ways(manifest, seat, overlay.interface));
  }
  return overlay;
}

}  // namespace jointca::host
