#include "wg-adapter/install.h"

#include <algorithm>

#include "machine/files.h"

namespace jointca::wireguard {
namespace {

bool has(const std::vector<ca::Prefix>& addresses, const ca::Prefix& address) {
  return std::find(addresses.begin(), addresses.end(), address) != addresses.end();
}

/// One run: what is there, what we did to it so far.
class Installation {
 public:
  Installation(std::string path, const Wanted& wanted, InterfaceState state)
      : path_(std::move(path)), wanted_(wanted), state_(std::move(state)) {}

  Result<Report, Error> run(Time now) {
    JCA_ASSIGN(link_, look_at(state_.interface));
    JCA_ASSIGN(Incarnation found, incarnation_of(link_));
    if (found != state_.incarnation) start_anew(std::move(found));
    if (link_.index != 0) return apply(now);
    JCA_ASSIGN(state_.made_by, make_interface(state_.interface));
    auto done = apply_to_new(now);
    if (!done) {
      // The first error is the one to report.
      (void)delete_interface(state_.interface).has_value();
      (void)machine::remove_file(path_).has_value();
    }
    return done;
  }

 private:
  /// What we did to another interface of this name is gone with it; peers are ours by key.
  void start_anew(Incarnation found) {
    InterfaceState fresh;
    fresh.interface = state_.interface;
    fresh.incarnation = std::move(found);
    fresh.owned = std::move(state_.owned);
    fresh.revocations_number = state_.revocations_number;
    state_ = std::move(fresh);
  }

  Result<Report, Error> apply_to_new(Time now) {
    JCA_ASSIGN(link_, look_at(state_.interface));
    if (link_.index == 0)
      return failed(state_.interface + ": the interface was made and is not there");
    JCA_ASSIGN(state_.incarnation, incarnation_of(link_));
    return apply(now);
  }

  Result<Ok, Error> save() {
    return machine::write_file(path_, as_bytes(to_json(state_)), 0600, machine::Overwrite::allow);
  }

  Result<Report, Error> apply(Time now) {
    JCA_ASSIGN(auto device, read_device(state_.interface));
    JCA_TRY(check_key(device));
    state_.applied.reset();
    state_.revocations_number = std::max(state_.revocations_number, wanted_.revocations_number);
    Plan plan = plan_changes(wanted_.selection.peers, state_.owned, device);
    state_.owned.insert(plan.owned.begin(), plan.owned.end());
    state_.key = state_.key || device.public_key != wanted_.public_key;
    JCA_TRY(save());
    JCA_TRY(set_device(device));
    JCA_TRY(set_addresses());
    JCA_TRY(remove_peers(state_.interface, plan.removed));
    std::vector<PeerSettings> set = plan.changed;
    set.insert(set.end(), plan.added.begin(), plan.added.end());
    JCA_TRY(add_or_change(state_.interface, set));
    return finish(plan, now);
  }

  /// An interface that others use keeps its key: they know it.
  Result<Ok, Error> check_key(const Device& device) {
    if (!device.public_key || !state_.made_by.empty() || state_.key ||
        device.public_key == wanted_.public_key)
      return Ok{};
    return failed(state_.interface +
                  ": it has another private key already; give another --interface. Nothing was "
                  "changed");
  }

  Result<Ok, Error> set_device(const Device& device) {
    if (device.public_key != wanted_.public_key)
      JCA_TRY(set_key(state_.interface, wanted_.key_path));
    auto port = wanted_.listen_port;
    if (!port && !state_.made_by.empty()) port = wanted_.own_port;
    if (!port || *port == device.listen_port) return Ok{};
    if (state_.made_by.empty() && !state_.port_before) state_.port_before = device.listen_port;
    return set_listen_port(state_.interface, *port);
  }

  Result<Ok, Error> set_addresses() {
    for (const ca::Prefix& address : state_.addresses)
      if (!has(wanted_.addresses, address) && has(link_.addresses, address))
        JCA_TRY(remove_address(state_.interface, address));
    std::erase_if(state_.addresses,
                  [&](const ca::Prefix& address) { return !has(wanted_.addresses, address); });
    for (const ca::Prefix& address : wanted_.addresses) {
      if (has(link_.addresses, address)) continue;
      JCA_TRY(add_address(state_.interface, address));
      if (!has(state_.addresses, address)) state_.addresses.push_back(address);
    }
    if (link_.up) return Ok{};
    state_.up = true;
    return set_up(state_.interface, true);
  }

  Result<Report, Error> finish(Plan& plan, Time now) {
    JCA_ASSIGN(const auto device, read_device(state_.interface));
    for (const auto& [key, endpoint] : plan.owned)
      if (!std::binary_search(
              device.peers.begin(), device.peers.end(), Peer{key, {}, {}, 0, 0},
              [](const Peer& a, const Peer& b) { return a.public_key < b.public_key; }))
        return failed(state_.interface + ": the peer " + to_base64(key) + " was not taken");
    Applied applied{wanted_.input,
                    settings_digest(device),
                    now,
                    wanted_.selection.next_change,
                    wanted_.selection.own_problem,
                    wanted_.warnings,
                    wanted_.selection.left_out};
    applied.left_out.insert(applied.left_out.end(), plan.left_out.begin(), plan.left_out.end());
    state_.owned = std::move(plan.owned);
    state_.applied = std::move(applied);
    JCA_TRY(save());
    Report report;
    report.interface = state_.interface;
    report.made_by = state_.made_by;
    report.peers = state_.owned.size();
    report.added = plan.added.size();
    report.changed = plan.changed.size();
    report.removed = plan.removed.size();
    report.own_problem = state_.applied->own_problem;
    report.warnings = state_.applied->warnings;
    report.left_out = state_.applied->left_out;
    return report;
  }

  std::string path_;
  const Wanted& wanted_;
  InterfaceState state_;
  Link link_;
};

}  // namespace

Result<std::optional<InterfaceState>, Error> read_state(const std::string& path) {
  if (!machine::file_exists(path)) return std::optional<InterfaceState>();
  JCA_ASSIGN(const Bytes content, machine::read_file(path, state_bytes_max));
  auto state = state_from_json(to_text(content));
  if (!state) return failed(path + ": " + state.error().text());
  return std::optional(*std::move(state));
}

Result<std::optional<Report>, Error> unchanged(const InterfaceState& state, const Digest& input,
                                               Time now) {
  const std::optional<Report> no;
  const auto& applied = state.applied;
  if (!applied || applied->input != input || now < applied->at || now >= applied->next_change)
    return no;
  JCA_ASSIGN(const Link link, look_at(state.interface));
  if (link.index == 0 || !link.up) return no;
  for (const ca::Prefix& address : state.addresses)
    if (!has(link.addresses, address)) return no;
  JCA_ASSIGN(const Device device, read_device(state.interface));
  if (settings_digest(device) != applied->device) return no;
  Report report;
  report.interface = state.interface;
  report.made_by = state.made_by;
  report.unchanged = true;
  report.peers = state.owned.size();
  report.own_problem = applied->own_problem;
  report.warnings = applied->warnings;
  report.left_out = applied->left_out;
  return std::optional(std::move(report));
}

Result<Report, Error> install(const std::string& interface, const std::string& state_path,
                              const Wanted& wanted, Time now) {
  JCA_ASSIGN(auto known, read_state(state_path));
  InterfaceState state = known ? *std::move(known) : InterfaceState{};
  state.interface = interface;
  return Installation(state_path, wanted, std::move(state)).run(now);
}

Result<Report, Error> remove(const InterfaceState& state, const std::string& state_path) {
  Report report;
  report.interface = state.interface;
  JCA_ASSIGN(const Link link, look_at(state.interface));
  JCA_ASSIGN(const Incarnation found, incarnation_of(link));
  const bool same = found == state.incarnation;
  if (link.index != 0 && same && !state.made_by.empty()) {
    report.made_by = state.made_by;
    report.removed = state.owned.size();
    JCA_TRY(delete_interface(state.interface));
  } else if (link.index != 0) {
    JCA_ASSIGN(const Device device, read_device(state.interface));
    std::vector<Digest> ours;
    for (const Peer& peer : device.peers)
      if (state.owned.contains(peer.public_key)) ours.push_back(peer.public_key);
    report.removed = ours.size();
    JCA_TRY(remove_peers(state.interface, ours));
    // Of an interface that another one of the name replaced, only the peers were ours.
    if (same) {
      for (const ca::Prefix& address : state.addresses)
        if (has(link.addresses, address)) JCA_TRY(remove_address(state.interface, address));
      if (state.up) JCA_TRY(set_up(state.interface, false));
      if (state.port_before) JCA_TRY(set_listen_port(state.interface, *state.port_before));
      if (state.key) JCA_TRY(set_key(state.interface, ""));
    }
  }
  JCA_TRY(machine::remove_file(state_path));
  return report;
}

}  // namespace jointca::wireguard
