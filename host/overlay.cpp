#include "host/overlay.h"

#include <algorithm>
#include <filesystem>

#include "host/holdings.h"
#include "host/local_port.h"
#include "host/mpyc_machine.h"
#include "host/session_check.h"
#include "host/wireguard.h"
#include "machine/files.h"
#include "wg-adapter/link.h"

namespace jointca::host {
namespace {

namespace fs = std::filesystem;
using mpyc::Check;
using mpyc::Manifest;

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

/// Whether a process of this network namespace runs the TUN.
bool is_run(const std::string& interface) {
  const auto here = target("/proc/self/ns/net");
  std::error_code problem;
  fs::directory_iterator at("/proc", problem);
  for (; !problem && at != fs::directory_iterator(); at.increment(problem)) {
    const std::string name = at->path().filename().string();
    if (name.find_first_not_of("0123456789") == std::string::npos &&
        target(at->path() / "ns/net") == here && holds_tun(at->path(), interface))
      return true;
  }
  return false;
}

bool has_address(const Holding& holding, const ca::IpAddress& address) {
  return std::any_of(holding.networks.begin(), holding.networks.end(), [&](const auto& network) {
    return network.starts_with(address.text() + "/");
  });
}

std::optional<Problem> down(std::string reason) { return Problem{Check::overlay, reason}; }

Result<std::optional<Problem>, Error> check_nebula(const Paths& paths, const Manifest& manifest,
                                                   std::size_t seat, const std::string& interface,
                                                   Time now) {
  JCA_ASSIGN(const auto holdings, read_holdings(paths));
  const auto holds = [&](const Holding& each) {
    return each.kind.starts_with("nebula-v") && each.not_before <= now && now < each.not_after &&
           has_address(each, manifest.seats[seat].address);
  };
  if (std::none_of(holdings.begin(), holdings.end(), holds))
    return down(paths.nebula_certificate() + ": no certificate in it is valid now and has " +
                manifest.seats[seat].address.text());
  if (!is_run(interface))
    return down(interface + " has " + manifest.seats[seat].address.text() +
                ", but no process here runs Nebula on it");
  return std::optional<Problem>();
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

Result<std::optional<Problem>, Error> check_wireguard(const Paths& paths, const Manifest& manifest,
                                                      std::size_t seat,
                                                      const std::string& interface, Time now) {
  JCA_ASSIGN(const auto host, open_wireguard_host(paths, now));
  const auto device = wireguard::read_device(interface);
  if (!device) return down(device.error().message);
  const auto selection = select_peers(host, now);
  if (!selection.own_problem.empty())
    return down("this host's own binding: " + selection.own_problem);
  if (device->public_key != host.key.public_key())
    return down(interface + " has another key than this host's");
  for (std::size_t i = 0; i < manifest.seats.size(); ++i) {
    if (i == seat) continue;
    const auto wanted =
        std::find_if(selection.peers.begin(), selection.peers.end(),
                     [&](const auto& peer) { return peer.name == manifest.seats[i].name; });
    if (wanted == selection.peers.end()) return std::optional(no_peer(manifest, i, selection));
    const auto peer =
        std::find_if(device->peers.begin(), device->peers.end(),
                     [&](const auto& each) { return each.public_key == wanted->public_key; });
    const auto reaches = [&](const ca::Prefix& each) {
      return each.contains(manifest.seats[i].address);
    };
    if (peer == device->peers.end() ||
        std::none_of(peer->allowed_ips.begin(), peer->allowed_ips.end(), reaches))
      return down(named(manifest, i) + " is no peer of " + interface + " with " +
                  manifest.seats[i].address.text());
  }
  return std::optional<Problem>();
}

/// A network of this machine that has the overlay's addresses, too, would take the packets.
std::optional<Problem> check_ways(const Manifest& manifest, std::size_t seat,
                                  const std::string& interface) {
  const ca::IpAddress& own = manifest.seats[seat].address;
  for (std::size_t i = 0; i < manifest.seats.size(); ++i) {
    if (i == seat) continue;
    const auto source = source_towards(manifest.seats[i].address);
    if (!source)
      return down("no way leads to " + named(manifest, i) + " at " +
                  manifest.seats[i].address.text());
    if (*source != own)
      return down("the way to " + named(manifest, i) + " at " + manifest.seats[i].address.text() +
                  " begins at " + source->text() + ", not on " + interface +
                  ": another network here has the overlay's addresses");
  }
  return std::nullopt;
}

}  // namespace

Result<Overlay, Error> look_at_overlay(const Paths& paths, const Manifest& manifest,
                                       std::size_t seat, Time now) {
  Overlay overlay;
  const bool nebula = manifest.channel == mpyc::Channel::nebula;
  if (!nebula && manifest.channel != mpyc::Channel::wireguard) return overlay;
  JCA_ASSIGN(const auto addresses, machine_addresses());
  for (const InterfaceAddress& each : addresses)
    if (each.address == manifest.seats[seat].address) overlay.interface = each.interface;
  JCA_ASSIGN(overlay.problem, nebula
                                  ? check_nebula(paths, manifest, seat, overlay.interface, now)
                                  : check_wireguard(paths, manifest, seat, overlay.interface, now));
  if (!overlay.problem) overlay.problem = check_ways(manifest, seat, overlay.interface);
  return overlay;
}

}  // namespace jointca::host
