#include "host/lighthouses.h"

#include <algorithm>
#include <map>

#include "issued/statement.h"
#include "transport/endpoint.h"

namespace jointca::host {

namespace {

using nebula::KnownLighthouse;
using nebula::Lighthouse;

/// The newest of each name.
std::vector<Lighthouse> newest_of(std::vector<Lighthouse> all) {
  std::map<std::string, std::size_t> by_name;
  std::vector<Lighthouse> out;
  for (Lighthouse& each : all) {
    const auto [place, is_new] = by_name.try_emplace(ca::name_key(each.name), out.size());
    if (is_new)
      out.push_back(std::move(each));
    else if (out[place->second].not_before < each.not_before)
      out[place->second] = std::move(each);
  }
  return out;
}

bool has(const KnownLighthouse& lighthouse, const ca::IpAddress& address) {
  return std::find(lighthouse.addresses.begin(), lighthouse.addresses.end(), address) !=
         lighthouse.addresses.end();
}

/// The lighthouses that flags name.
Result<std::vector<KnownLighthouse>, Error> parse_flags(const std::vector<std::string>& flags) {
  std::vector<KnownLighthouse> out;
  for (const std::string& flag : flags) {
    const std::size_t equals = flag.find('=');
    const auto address = ca::IpAddress::parse(std::string_view(flag).substr(0, equals));
    const auto endpoint = transport::Endpoint::parse(
        equals == std::string::npos ? "" : std::string_view(flag).substr(equals + 1));
    if (!address || !endpoint)
      return failed(Error::Code::usage, "--lighthouse " + flag +
                                            ": expected OVERLAY-ADDRESS=ADDR:PORT, such as "
                                            "10.42.0.1=192.0.2.1:4242");
    const std::string text = endpoint->text();
    const auto find = [&](auto matches) { return std::find_if(out.begin(), out.end(), matches); };
    const auto named = find([&](const KnownLighthouse& each) { return has(each, *address); });
    const auto same =
        find([&](const KnownLighthouse& each) { return each.endpoints.front() == text; });
    if (named != out.end())
      named->endpoints.push_back(text);
    else if (same != out.end())
      same->addresses.push_back(*address);
    else
      out.push_back({"", {*address}, {text}});
  }
  return out;
}

}  // namespace

Lighthouses select_lighthouses(std::vector<Lighthouse> statements) {
  const std::vector<Lighthouse> all = newest_of(std::move(statements));
  std::map<ca::IpAddress, std::size_t> holders;
  for (const Lighthouse& each : all)
    for (const ca::Prefix& network : each.networks) ++holders[network.address];
  Lighthouses out;
  for (const Lighthouse& each : all) {
    const auto shared =
        std::find_if(each.networks.begin(), each.networks.end(),
                     [&](const ca::Prefix& network) { return holders[network.address] > 1; });
    if (shared != each.networks.end()) {
      out.left_out.push_back(each.name + ": another lighthouse has the address " +
                             shared->address.text() + " too");
    } else if (out.known.size() == nebula::lighthouses_max) {
      out.left_out.push_back(each.name + ": more lighthouses than can be used");
    } else {
      KnownLighthouse known{each.name, {}, {each.endpoint}};
      for (const ca::Prefix& network : each.networks) known.addresses.push_back(network.address);
      out.known.push_back(std::move(known));
    }
  }
  return out;
}

Lighthouses open_lighthouses(const std::vector<std::string>& tokens, const ca::Authority& authority,
                             const std::set<Digest>& revoked, Time now) {
  const issued::Keys keys(authority.group_public_key);
  std::vector<Lighthouse> hold;
  std::vector<std::string> left_out;
  for (const std::string& token : tokens) {
    auto opened = nebula::open_lighthouse(token, authority.id, keys.of(issued::lighthouse_kind));
    if (!opened)
      left_out.push_back(opened.error().message);
    else if (!nebula::valid_at(*opened, now))
      left_out.push_back(opened->name + ": its statement does not hold now");
    else if (revoked.contains(nebula::fingerprint(*opened)))
      left_out.push_back(opened->name + ": its statement is revoked");
    else
      hold.push_back(*std::move(opened));
  }
  Lighthouses out = select_lighthouses(std::move(hold));
  out.left_out.insert(out.left_out.begin(), left_out.begin(), left_out.end());
  return out;
}

Result<std::vector<KnownLighthouse>, Error> with_flags(std::vector<KnownLighthouse> known,
                                                       const std::vector<std::string>& flags) {
  JCA_ASSIGN(std::vector<KnownLighthouse> given, parse_flags(flags));
  for (KnownLighthouse& each : given) {
    std::erase_if(each.addresses, [&](const ca::IpAddress& address) {
      const auto same = std::find_if(known.begin(), known.end(),
                                     [&](const auto& other) { return has(other, address); });
      if (same == known.end()) return false;
      same->endpoints = each.endpoints;
      return true;
    });
    if (!each.addresses.empty()) known.push_back(std::move(each));
  }
  if (known.size() > nebula::lighthouses_max)
    return failed(Error::Code::usage,
                  "more than " + std::to_string(nebula::lighthouses_max) + " lighthouses");
  return known;
}

}  // namespace jointca::host
