// wg-adapter/issue.cpp — what the parties may sign as a binding.
#include <algorithm>

#include "ca/claims.h"
#include "ca/host_address.h"
#include "crypto/x25519.h"
#include "wg-adapter/binding.h"

namespace jointca::wireguard {
namespace {

using Check = Result<Ok, Rejection>;

Unexpected<Rejection> reject(std::string rule, std::string reason) {
  return {Rejection{std::move(rule), std::move(reason)}};
}

Check check_labels(const Binding& binding) {
  if (!ca::is_host_name(binding.name))
    return reject("name", "a name has 1 to 253 letters, digits or -._, and no - or . in front");
  if (binding.groups.size() > ca::host_groups_max)
    return reject("group", "more than " + std::to_string(ca::host_groups_max) + " groups");
  for (auto group = binding.groups.begin(); group != binding.groups.end(); ++group) {
    if (!ca::is_group_name(*group))
      return reject("group", "a group has 1 to 64 letters, digits or -._:");
    if (std::find(binding.groups.begin(), group, *group) != group)
      return reject("group", "a group stands twice: " + *group);
  }
  return Ok{};
}

Check check_networks(const std::vector<ca::Prefix>& networks) {
  if (networks.empty()) return reject("no network", "a host needs an address");
  if (networks.size() > ca::host_networks_max)
    return reject("network count",
                  "more than " + std::to_string(ca::host_networks_max) + " addresses");
  for (const ca::Prefix& network : networks)
    if (auto fault = ca::not_a_hosts(network))
      return reject(std::move(fault->rule), std::move(fault->reason));
  const auto not_less = [](const ca::Prefix& a, const ca::Prefix& b) {
    return a.address >= b.address;
  };
  if (std::adjacent_find(networks.begin(), networks.end(), not_less) != networks.end())
    return reject("network order", "addresses are not sorted, or one stands twice");
  return Ok{};
}

}  // namespace

Binding binding_of(const ca::Subject& subject, const Digest& authority, const Digest& serial,
                   const Digest& public_key, std::string endpoint) {
  Binding binding{
      authority,           serial,         subject.name,       public_key,       subject.networks,
      std::move(endpoint), subject.groups, subject.not_before, subject.not_after};
  std::sort(binding.networks.begin(), binding.networks.end());
  return binding;
}

Result<Ok, Rejection> check_issuable(const Binding& binding) {
  JCA_TRY(check_labels(binding));
  if (is_low_order(binding.public_key))
    return reject("low order key", "an X25519 key of low order gives away its traffic");
  JCA_TRY(check_networks(binding.networks));
  if (!binding.endpoint.empty() && !ca::is_endpoint(binding.endpoint))
    return reject("endpoint", "an endpoint is an IP address and a port, as 192.0.2.1:51820");
  if (unix_seconds(binding.not_before) < 0 || binding.not_after <= binding.not_before)
    return reject("validity", "the binding would end before it begins");
  const std::size_t size = assemble(binding, {}).size();
  if (size > binding_bytes_max)
    return reject("size", "the binding would have " + std::to_string(size) + " bytes, above " +
                              std::to_string(binding_bytes_max));
  const auto read = parse_to_be_signed(to_be_signed(binding));
  if (!read) return reject("encoding", read.error().text());
  if (*read != binding) return reject("encoding", "the binding does not survive encoding");
  return Ok{};
}

}  // namespace jointca::wireguard
