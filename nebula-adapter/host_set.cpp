// nebula-adapter/host_set.cpp — do the files of a host belong together.
#include "nebula-adapter/host_set.h"

#include <functional>
#include <set>

#include "crypto/p256.h"
#include "crypto/x25519.h"
#include "nebula-adapter/key_file.h"
#include "nebula-adapter/pem.h"

namespace jointca::nebula {
namespace {

Unexpected<Rejection> reject(std::string rule, std::string reason) {
  return {Rejection{std::move(rule), std::move(reason)}};
}

const Certificate* of_version(const HostIdentity& identity, Version version) {
  const auto found = std::find_if(identity.certificates.begin(), identity.certificates.end(),
                                  [&](const Certificate& c) { return c.version == version; });
  return found == identity.certificates.end() ? nullptr : &*found;
}

/// Nebula takes both versions for one host only if they agree in key, curve and first network; we
/// also want one name and the same groups.
Result<Ok, Rejection> check_pair(const Details& a, const Details& b) {
  const auto differ = [](const std::string& what) {
    return reject("pair", "the certificates of the two versions differ in " + what);
  };
  if (a.name != b.name) return differ("name");
  if (a.groups != b.groups) return differ("groups");
  if (a.curve != b.curve) return differ("curve");
  if (a.public_key != b.public_key) return differ("key");
  if (a.networks.empty() || b.networks.empty() || a.networks.front() != b.networks.front())
    return differ("the first network");
  return Ok{};
}

Result<HostIdentity, Rejection> read_certificates(std::string_view text) {
  auto read = parse_certificates(text);
  if (!read) return reject("certificate", read.error().text());
  HostIdentity identity{*std::move(read)};
  std::vector<Certificate>& certificates = identity.certificates;
  std::sort(certificates.begin(), certificates.end(),
            [](const Certificate& a, const Certificate& b) { return a.version < b.version; });
  for (std::size_t i = 1; i < certificates.size(); ++i) {
    if (certificates[i].version == certificates[i - 1].version)
      return reject("certificate versions", "more than one certificate of one version");
    JCA_TRY(check_pair(certificates[i - 1].details, certificates[i].details));
  }
  for (const Certificate& certificate : certificates)
    if (certificate.details.is_ca) return reject("is_ca", "a CA's certificate, not a host's");
  return identity;
}

/// The public key of a private one; nothing if it is none.
std::optional<Bytes> public_key_of(const PrivateKeyFile& key) {
  const BytesView bytes = key.bytes.expose();
  auto secret =
      Secret<32>::make([&](auto out) { std::copy(bytes.begin(), bytes.end(), out.begin()); });
  if (key.curve == Curve::curve25519) return to_bytes(X25519Key(std::move(secret)).public_key());
  const auto pair = P256KeyPair::from_secret(std::move(secret));
  if (!pair) return std::nullopt;
  return to_bytes(pair->public_key.bytes());
}

Result<Ok, Rejection> check_key(const SecretBytes& text, const Details& details) {
  const auto key = parse_private_key(KeyUse::host, to_text(text.expose()));
  if (!key) return reject("key", key.error().text());
  if (key->curve != details.curve || public_key_of(*key) != details.public_key)
    return reject("key pair", "the key is not that of the certificate");
  return Ok{};
}

}  // namespace

std::vector<ca::Prefix> HostIdentity::networks() const {
  std::set<ca::Prefix> out;
  for (const Certificate& each : certificates)
    out.insert(each.details.networks.begin(), each.details.networks.end());
  return {out.begin(), out.end()};
}

Time HostIdentity::not_after() const {
  std::int64_t out = details().not_after;
  for (const Certificate& each : certificates) out = std::min(out, each.details.not_after);
  return time_from_unix(out);
}

Result<HostIdentity, Rejection> check_host_set(const HostSet& set,
                                               const std::vector<Digest>& blocklist, Time now) {
  auto pool = CaPool::from_pem(set.ca);
  if (!pool) return reject("ca bundle", pool.error().text());
  if (pool->certificates().empty()) return reject("ca bundle", "no CA certificate in it");
  for (const Digest& fingerprint : blocklist) pool->block(fingerprint);
  JCA_ASSIGN(auto identity, read_certificates(set.certificate));
  JCA_TRY(check_key(set.key, identity.details()));
  for (const Certificate& certificate : identity.certificates)
    JCA_TRY(verify(certificate, *pool, now));
  return identity;
}

std::vector<std::string> restart_reasons(const HostIdentity& installed,
                                         const HostIdentity& desired) {
  const Certificate* old_v1 = of_version(installed, Version::v1);
  const Certificate* old_v2 = of_version(installed, Version::v2);
  const Certificate* new_v1 = of_version(desired, Version::v1);
  const Certificate* new_v2 = of_version(desired, Version::v2);
  bool networks = false, curve = false;
  const auto compare = [&](const Certificate* a, const Certificate* b) {
    if (a == nullptr || b == nullptr) return;
    networks = networks || a->details.networks != b->details.networks;
    curve = curve || a->details.curve != b->details.curve;
  };
  compare(old_v1, new_v1);
  compare(old_v2, new_v2);
  if (old_v2 != nullptr && new_v2 == nullptr) compare(old_v2, new_v1);
  if (old_v2 == nullptr && new_v1 == nullptr) compare(old_v1, new_v2);
  std::vector<std::string> out;
  // A version that is added brings no new address to the interface.
  if (networks || installed.networks() != desired.networks())
    out.emplace_back("the host's networks have changed");
  if (curve) out.emplace_back("the curve has changed");
  return out;
}

std::vector<std::string> restart_reasons(const StartOptions& installed,
                                         const StartOptions& desired) {
  std::vector<std::string> out;
  if (installed.am_lighthouse != desired.am_lighthouse)
    out.emplace_back(desired.am_lighthouse ? "the host becomes a lighthouse"
                                           : "the host is no lighthouse any more");
  if (installed.listen_host != desired.listen_host || installed.listen_port != desired.listen_port)
    out.emplace_back("it listens elsewhere");
  if (installed.tun_device != desired.tun_device)
    out.emplace_back("the interface has another name");
  // A tunnel of version 1 that is there stays, and with it what a lighthouse knows of this host.
  if (installed.asks == Asks::ipv4 && desired.asks == Asks::ipv6)
    out.emplace_back("lighthouses are asked at their IPv6 addresses, for IPv6 between hosts");
  return out;
}

Result<ReachableLighthouses, Error> reachable_lighthouses(std::vector<KnownLighthouse> lighthouses,
                                                          const std::vector<ca::Prefix>& networks,
                                                          bool ipv6) {
  ReachableLighthouses out;
  for (KnownLighthouse& each : lighthouses) {
    const auto is_own = [&](const ca::IpAddress& address) {
      return std::any_of(networks.begin(), networks.end(),
                         [&](const ca::Prefix& own) { return own.address == address; });
    };
    if (std::any_of(each.addresses.begin(), each.addresses.end(), is_own)) continue;
    const std::string named = each.name.empty() ? each.addresses.front().text() : each.name;
    std::erase_if(each.addresses, [&](const ca::IpAddress& address) {
      return std::none_of(networks.begin(), networks.end(),
                          [&](const ca::Prefix& own) { return own.contains(address); });
    });
    const auto by_ipv4 = [](const ca::IpAddress& address) { return address.is_v4(); };
    const bool in_reach = !each.addresses.empty();
    if (!ipv6) std::erase_if(each.addresses, std::not_fn(by_ipv4));
    if (each.addresses.empty() && in_reach && !each.name.empty())
      out.only_ipv6.push_back(each.name);
    // One that the parties named may be for other networks; one that the owner named is a mistake.
    if (each.addresses.empty() && !each.name.empty()) continue;
    if (each.addresses.empty())
      return failed("lighthouse " + named + ": no address in a network of this host");
    std::sort(each.addresses.begin(), each.addresses.end());
    out.known.push_back(std::move(each));
  }
  return out;
}

}  // namespace jointca::nebula
