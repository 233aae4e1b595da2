// nebula-adapter/config.cpp — the text of a host's config.yml.
#include "nebula-adapter/config.h"

#include <algorithm>

namespace jointca::nebula {
namespace {

constexpr std::string_view header =
    "# Written by `jointca nebula install`, which refuses to overwrite this file once it was "
    "edited;\n"
    "# to keep settings of your own, see \"Nebula\" in docs/operations.md.\n";

std::string quoted_list(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) out += (out.empty() ? "" : ", ") + yaml_quoted(text);
  return "[" + out + "]";
}

std::string pki_section(const PkiPaths& pki, const std::vector<Digest>& blocklist) {
  std::string out = "pki:\n";
  out += "  ca: " + yaml_quoted(pki.ca) + "\n";
  out += "  cert: " + yaml_quoted(pki.certificate) + "\n";
  out += "  key: " + yaml_quoted(pki.key) + "\n";
  out += "  disconnect_invalid: true\n";
  if (blocklist.empty()) return out + "  blocklist: []\n";
  out += "  blocklist:\n";
  for (const Digest& fingerprint : blocklist)
    out += "    - " + yaml_quoted(to_hex(fingerprint)) + "\n";
  return out;
}

bool is_v4(const ca::IpAddress& address) { return address.is_v4(); }

/// To an IPv6 address Nebula begins with the certificate of version 2, to an IPv4 address with that
/// of version 1 if there is one. The tunnel to a lighthouse must be of version 2, or IPv6 addresses
/// can neither be told nor asked through it; so it must not know the IPv4 address.
std::vector<ca::IpAddress> named_addresses(const KnownLighthouse& lighthouse, bool am_lighthouse) {
  std::vector<ca::IpAddress> out = lighthouse.addresses;
  if (!am_lighthouse && !std::all_of(out.begin(), out.end(), is_v4)) std::erase_if(out, is_v4);
  return out;
}

std::string lighthouse_sections(const HostConfig& config) {
  std::string map, hosts;
  for (const KnownLighthouse& each : config.lighthouses) {
    const auto addresses = named_addresses(each, config.start.am_lighthouse);
    for (const ca::IpAddress& address : addresses)
      map += "  " + yaml_quoted(address.text()) + ": " + quoted_list(each.endpoints) + "\n";
    hosts += "    - " + yaml_quoted(addresses.front().text()) + "\n";
  }
  const bool asks = !config.start.am_lighthouse && !hosts.empty();
  std::string out = map.empty() ? "static_host_map: {}\n" : "static_host_map:\n" + map;
  out += "lighthouse:\n";
  out += std::string("  am_lighthouse: ") + (config.start.am_lighthouse ? "true" : "false") + "\n";
  return out + (asks ? "  hosts:\n" + hosts : "  hosts: []\n");
}

std::string firewall_section(const std::vector<std::string>& groups) {
  std::string out =
      "firewall:\n"
      "  outbound:\n"
      "    - {port: \"any\", proto: \"any\", host: \"any\"}\n"
      "  inbound:\n"
      "    - {port: \"any\", proto: \"icmp\", host: \"any\"}\n";
  for (const std::string& group : groups)
    if (group != "any")
      out += "    - {port: \"any\", proto: \"any\", group: " + yaml_quoted(group) + "}\n";
  return out;
}

}  // namespace

std::string yaml_quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<std::uint8_t>(c);
    if (c == '"' || c == '\\')
      out += std::string("\\") + c;
    else if (byte < 0x20 || byte == 0x7f)
      out += "\\x" + to_hex(BytesView(&byte, 1));
    else
      out += c;
  }
  return out + "\"";
}

Asks asks_of(const std::vector<KnownLighthouse>& lighthouses, bool am_lighthouse) {
  if (am_lighthouse || lighthouses.empty()) return Asks::nobody;
  const auto by_ipv4 = [](const KnownLighthouse& each) {
    return std::all_of(each.addresses.begin(), each.addresses.end(), is_v4);
  };
  return std::all_of(lighthouses.begin(), lighthouses.end(), by_ipv4) ? Asks::ipv4 : Asks::ipv6;
}

std::string config_text(const HostConfig& config) {
  std::string out(header);
  out += pki_section(config.pki, config.blocklist) + lighthouse_sections(config);
  out += "listen:\n  host: " + yaml_quoted(config.start.listen_host) + "\n";
  out += "  port: " + std::to_string(config.start.listen_port) + "\n";
  out += "punchy:\n  punch: true\n  respond: true\n";
  if (!config.start.tun_device.empty())
    out += "tun:\n  dev: " + yaml_quoted(config.start.tun_device) + "\n";
  return out + firewall_section(config.groups);
}

std::string fragment_text(const PkiPaths& pki, const std::vector<Digest>& blocklist) {
  return std::string(header) + pki_section(pki, blocklist);
}

bool is_tun_device(std::string_view name) {
  constexpr std::size_t bytes_max = 15;  // IFNAMSIZ - 1
  return !name.empty() && name.size() <= bytes_max && name != "." && name != ".." &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '_' || c == '.';
         });
}

}  // namespace jointca::nebula
