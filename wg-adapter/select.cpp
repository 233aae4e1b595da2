#include "wg-adapter/select.h"

#include <algorithm>
#include <map>

#include "ca/subject.h"

namespace jointca::wireguard {
namespace {

/// Why a binding does not hold now, or empty.
std::string time_problem(const Opened& opened, const std::set<Digest>& revoked, Time now) {
  if (revoked.contains(opened.fingerprint)) return "revoked";
  if (now < opened.binding.not_before) return "not yet valid";
  if (!valid_at(opened.binding, now)) return "expired";
  return "";
}

std::string reason_of(const std::string& problem, const Binding& binding) {
  if (problem == "expired") return "it ended at " + to_rfc3339(binding.not_after);
  if (problem == "not yet valid") return "it begins at " + to_rfc3339(binding.not_before);
  return "the parties revoked it";
}

class Selector {
 public:
  Selector(const Opened& own, const std::set<Digest>& revoked, Time now)
      : own_(own), revoked_(revoked), now_(now) {
    note_times(own.binding);
    selection_.own_problem = time_problem(own, revoked, now);
  }

  void consider(const Opened& opened) {
    const Binding& binding = opened.binding;
    note_times(binding);
    if (ca::name_key(binding.name) == ca::name_key(own_.binding.name)) return;
    if (const auto problem = time_problem(opened, revoked_, now_); !problem.empty())
      return leave_out(opened, problem, reason_of(problem, binding));
    const auto [place, is_new] = by_name_.try_emplace(ca::name_key(binding.name), Named{&opened});
    if (is_new || place->second.newest->fingerprint == opened.fingerprint) return;
    Named& named = place->second;
    if (binding.not_before > named.newest->binding.not_before)
      named = {&opened};
    else if (binding.not_before == named.newest->binding.not_before)
      named.rivals.push_back(&opened);
  }

  Selection finish() && {
    for (const auto& [name, named] : by_name_) judge_name(named);
    count_holders();
    for (const Opened* opened : candidates_) judge(*opened);
    if (!selection_.own_problem.empty()) selection_.peers.clear();
    std::sort(selection_.peers.begin(), selection_.peers.end(),
              [](const auto& a, const auto& b) { return a.public_key < b.public_key; });
    return std::move(selection_);
  }

 private:
  struct Named {
    const Opened* newest;
    std::vector<const Opened*> rivals{};  ///< others of the name that began in the same second
  };

  void note_times(const Binding& binding) {
    for (const Time time : {binding.not_before, binding.not_after})
      if (time > now_) selection_.next_change = std::min(selection_.next_change, time);
  }

  void leave_out(const Opened& opened, std::string rule, std::string reason) {
    selection_.left_out.push_back(
        {opened.binding.name, to_hex(opened.fingerprint), std::move(rule), std::move(reason)});
  }

  void judge_name(const Named& named) {
    if (named.rivals.empty()) return candidates_.push_back(named.newest);
    const std::string reason = "two bindings of one name began in the same second";
    leave_out(*named.newest, "same name", reason);
    for (const Opened* rival : named.rivals) leave_out(*rival, "same name", reason);
  }

  void count_holders() {
    for (const Opened* opened : candidates_) {
      ++key_holders_[opened->binding.public_key];
      for (const ca::Prefix& network : opened->binding.networks)
        ++address_holders_[network.address];
    }
  }

  void judge(const Opened& opened) {
    const Binding& binding = opened.binding;
    if (binding.public_key == own_.binding.public_key)
      return leave_out(opened, "own key", "it has this host's own key");
    if (key_holders_[binding.public_key] > 1)
      return leave_out(opened, "same key", "another host has the same key");
    for (const ca::Prefix& network : binding.networks) {
      const std::string address = network.address.text();
      const auto& mine = own_.binding.networks;
      if (std::any_of(mine.begin(), mine.end(), [&](const ca::Prefix& own_network) {
            return own_network.address == network.address;
          }))
        return leave_out(opened, "own address", address + " is this host's own address");
      if (address_holders_[network.address] > 1)
        return leave_out(opened, "overlap", "another host has the address " + address + " too");
    }
    add_peer(opened);
  }

  void add_peer(const Opened& opened) {
    const Binding& binding = opened.binding;
    PeerSettings peer;
    peer.name = binding.name;
    peer.fingerprint = opened.fingerprint;
    peer.public_key = binding.public_key;
    for (const ca::Prefix& network : binding.networks)
      peer.allowed_ips.push_back(
          {network.address, static_cast<std::uint8_t>(network.address.bits())});
    std::sort(peer.allowed_ips.begin(), peer.allowed_ips.end());
    peer.endpoint = binding.endpoint;
    if (own_.binding.endpoint.empty() && !peer.endpoint.empty()) peer.keepalive = keepalive_seconds;
    selection_.peers.push_back(std::move(peer));
  }

  const Opened& own_;
  const std::set<Digest>& revoked_;
  Time now_;
  Selection selection_;
  std::map<std::string, Named> by_name_;
  std::vector<const Opened*> candidates_;
  std::map<Digest, std::size_t> key_holders_;
  std::map<ca::IpAddress, std::size_t> address_holders_;
};

}  // namespace

Selection select_peers(const Opened& own, std::span<const Opened> bindings,
                       const std::set<Digest>& revoked, Time now) {
  Selector selector(own, revoked, now);
  for (const Opened& opened : bindings) selector.consider(opened);
  return std::move(selector).finish();
}

}  // namespace jointca::wireguard
