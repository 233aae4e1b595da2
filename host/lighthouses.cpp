#include "host/lighthouses.h"

#include <algorithm>

#include "issued/statement.h"
#include "nebula-adapter/lighthouse.h"
#include "transport/endpoint.h"

namespace jointca::host {

Lighthouses open_lighthouses(const std::vector<std::string>& tokens, const ca::Authority& authority,
                             const std::set<Digest>& revoked, Time now) {
  const issued::Keys keys(authority.group_public_key);
  Lighthouses out;
  for (const std::string& token : tokens) {
    const auto opened =
        nebula::open_lighthouse(token, authority.id, keys.of(issued::lighthouse_kind));
    if (!opened) {
      out.left_out.push_back(opened.error().message);
    } else if (!nebula::valid_at(*opened, now)) {
      out.left_out.push_back(opened->name + ": its statement does not hold now");
    } else if (revoked.contains(nebula::fingerprint(*opened))) {
      out.left_out.push_back(opened->name + ": its statement is revoked");
    } else if (out.known.size() == nebula::lighthouses_max) {
      out.left_out.push_back(opened->name + ": more lighthouses than can be used");
    } else {
      nebula::KnownLighthouse known{opened->name, {}, {opened->endpoint}};
      for (const ca::Prefix& network : opened->networks) known.addresses.push_back(network.address);
      out.known.push_back(std::move(known));
    }
  }
  return out;
}

Result<std::vector<nebula::KnownLighthouse>, Error> with_flags(
    std::vector<nebula::KnownLighthouse> known, const std::vector<std::string>& flags) {
  std::vector<nebula::KnownLighthouse> given;
  for (const std::string& flag : flags) {
    const std::size_t equals = flag.find('=');
    const auto address = ca::IpAddress::parse(std::string_view(flag).substr(0, equals));
    const auto endpoint = transport::Endpoint::parse(
        equals == std::string::npos ? "" : std::string_view(flag).substr(equals + 1));
    if (!address || !endpoint)
      return failed(Error::Code::usage, "--lighthouse " + flag +
                                            ": expected OVERLAY-ADDRESS=ADDR:PORT, such as "
                                            "10.42.0.1=192.0.2.1:4242");
    const auto same =
        std::find_if(given.begin(), given.end(), [&](const nebula::KnownLighthouse& each) {
          return each.addresses.front() == *address || each.endpoints.front() == endpoint->text();
        });
    if (same == given.end())
      given.push_back({"", {*address}, {endpoint->text()}});
    else if (same->addresses.front() == *address)
      same->endpoints.push_back(endpoint->text());
    else
      same->addresses.push_back(*address);
  }
  for (nebula::KnownLighthouse& each : given) {
    const auto same =
        std::find_if(known.begin(), known.end(), [&](const nebula::KnownLighthouse& other) {
          return std::find(other.addresses.begin(), other.addresses.end(),
                           each.addresses.front()) != other.addresses.end();
        });
    if (same == known.end())
      known.push_back(std::move(each));
    else
      same->endpoints = std::move(each.endpoints);
  }
  if (known.size() > nebula::lighthouses_max)
    return failed(Error::Code::usage,
                  "more than " + std::to_string(nebula::lighthouses_max) + " lighthouses");
  return known;
}

}  // namespace jointca::host
