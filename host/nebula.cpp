#include "host/nebula.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "daemon/authority_check.h"
#include "daemon/revocation_lists.h"
#include "host/documents.h"
#include "host/enrolment.h"
#include "host/lighthouses.h"
#include "machine/files.h"
#include "nebula-adapter/pem.h"
#include "transport/endpoint.h"

namespace jointca::host {
namespace {

constexpr std::size_t key_bytes_max = 4096;

/// The authority of the host; none if what is here was made in another way than by enrolment.
using MaybeAuthority = std::optional<ca::Authority>;

Result<MaybeAuthority, Error> authority_of(const Paths& paths) {
  if (!machine::file_exists(paths.authority())) return MaybeAuthority();
  JCA_ASSIGN(ca::Authority authority, read_authority(paths));
  return MaybeAuthority(std::move(authority));
}

/// What the authority says; without one, what the file does.
Result<std::string, Error> read_ca_bundle(const Paths& paths, const MaybeAuthority& authority,
                                          Time now) {
  if (authority) return daemon::succession_of(*authority).trusted_at(now);
  JCA_ASSIGN(const Bytes ca, machine::read_file(paths.nebula_ca(), nebula::pem_file_bytes_max));
  return to_text(ca);
}

Result<nebula::HostSet, Error> read_set(const Paths& paths, const MaybeAuthority& authority,
                                        Time now) {
  if (!machine::file_exists(paths.nebula_certificate()))
    return failed(paths.dir + ": not enrolled; `jointca enroll host INVITATION --host " +
                  paths.dir + "` first");
  JCA_ASSIGN(const std::string ca, read_ca_bundle(paths, authority, now));
  JCA_ASSIGN(const Bytes certificate,
             machine::read_file(paths.nebula_certificate(), nebula::pem_file_bytes_max));
  JCA_ASSIGN(Bytes key, machine::read_file(paths.key(ca::Kind::nebula), key_bytes_max));
  return nebula::HostSet{ca, to_text(certificate), SecretBytes(std::move(key))};
}

/// The blocklist of revocations.json, if there is one: signed by the authority, and fresh.
Result<std::set<Digest>, Error> read_blocklist(const Paths& paths, const ca::Authority& authority,
                                               Time now, nebula::InstallRequest& request) {
  std::set<Digest> revoked;
  if (!machine::file_exists(paths.revocations())) return revoked;
  JCA_ASSIGN(const Bytes document,
             machine::read_file(paths.revocations(), ca::signed_revocations_bytes_max));
  const auto list = daemon::verify_revocations(to_text(document), authority, now);
  if (!list) return failed(list.error().code, paths.revocations() + ": " + list.error().message);
  request.revocations = list->number;
  for (const ca::RevokedCertificate& each : list->revoked) {
    revoked.insert(each.fingerprint);
    if (each.kind.starts_with("nebula-")) request.blocklist.push_back(each.fingerprint);
  }
  return revoked;
}

/// What the parties signed: the revocations into `request`, and the lighthouses.
Result<Lighthouses, Error> read_signed(const Paths& paths, const MaybeAuthority& authority,
                                       Time now, nebula::InstallRequest& request) {
  if (!authority) {
    for (const std::string& path : {paths.revocations(), paths.lighthouses()})
      if (machine::file_exists(path))
        return failed(path + ": it cannot be verified without " + paths.authority());
    return Lighthouses{};
  }
  JCA_ASSIGN(const auto revoked, read_blocklist(paths, *authority, now, request));
  JCA_ASSIGN(const auto tokens, read_tokens(lighthouses_file(paths)));
  return open_lighthouses(tokens, *authority, revoked, now);
}

bool is_ipv6(const std::string& endpoint) { return endpoint.starts_with('['); }

/// A lighthouse listens where it can be reached; IPv6 is listened on where somebody uses it.
Result<nebula::StartOptions, Error> start_options(
    const Paths& paths, const std::string& tun,
    const std::vector<nebula::KnownLighthouse>& lighthouses) {
  nebula::StartOptions out;
  out.tun_device = tun;
  if (!tun.empty() && !nebula::is_tun_device(tun))
    return failed(Error::Code::usage, "--tun " + tun + ": not the name of an interface");
  std::string own;
  if (machine::file_exists(paths.settings())) {
    JCA_ASSIGN(const Settings settings, read_settings(paths));
    out.am_lighthouse = settings.lighthouse;
    const auto endpoint = settings.endpoints.find(ca::Kind::nebula);
    if (endpoint != settings.endpoints.end()) own = endpoint->second;
  }
  bool ipv6 = is_ipv6(own);
  for (const nebula::KnownLighthouse& each : lighthouses)
    ipv6 = ipv6 || std::any_of(each.endpoints.begin(), each.endpoints.end(), is_ipv6);
  if (ipv6) out.listen_host = "::";
  if (!out.am_lighthouse) return out;
  const auto endpoint = transport::Endpoint::parse(own);
  if (!endpoint)
    return failed(Error::Code::usage,
                  paths.settings() + ": a lighthouse needs an endpoint; enrol it with --endpoint");
  out.listen_port = endpoint->port;
  return out;
}

}  // namespace

Result<NebulaInstalled, Error> install_nebula(const Paths& paths, const NebulaOptions& options,
                                              Time now) {
  std::error_code none;
  for (const std::string& own : {paths.dir, paths.nebula()})
    if (std::filesystem::equivalent(own, options.to, none))
      return failed(Error::Code::usage,
                    "--to " + options.to +
                        ": what enrolment writes is kept there; give another directory, such as "
                        "/etc/nebula");
  // Before anything is read: what a run that waits for us reads later is newer.
  JCA_ASSIGN(auto dir, nebula::InstallDir::open(options.to, options.fragment));
  JCA_ASSIGN(const MaybeAuthority authority, authority_of(paths));
  JCA_ASSIGN(auto set, read_set(paths, authority, now));
  nebula::InstallRequest request{.host = std::move(set)};
  JCA_ASSIGN(auto lighthouses, read_signed(paths, authority, now, request));
  JCA_ASSIGN(request.lighthouses, with_flags(std::move(lighthouses.known), options.lighthouses));
  JCA_ASSIGN(request.start, start_options(paths, options.tun, request.lighthouses));
  request.ipv4_lighthouses = options.ipv4_lighthouses;
  request.force = options.force;
  request.program = options.program;
  request.pid_file = options.pid_file;
  request.log = options.log;
  JCA_ASSIGN(auto report, nebula::install(std::move(dir), std::move(request), now));
  return NebulaInstalled{std::move(report), std::move(lighthouses.left_out)};
}

}  // namespace jointca::host
