// nebula-adapter/install_dir.cpp — one whole set of files in place of another.
#include "nebula-adapter/install_dir.h"

#include <cerrno>
#include <charconv>
#include <filesystem>

#include <unistd.h>

#include "crypto/hash.h"
#include "machine/files.h"
#include "nebula-adapter/pem.h"

namespace jointca::nebula {
namespace {

constexpr std::string_view config_file = "config.yml";
constexpr std::string_view fragment_file = "90-jointca-pki.yml";
constexpr std::string_view state_file = "state.json";
constexpr std::string_view set_prefix = "set-";
constexpr std::size_t config_bytes_max = std::size_t{1} << 20;
constexpr std::size_t key_bytes_max = 4096;
constexpr std::size_t state_bytes_max = 4096;

using machine::Overwrite;

std::string link_target(const std::string& name) { return ".jointca/current/" + name; }

/// The number of "set-7"; nothing for another name.
std::optional<std::uint64_t> number_of(std::string_view set) {
  if (!set.starts_with(set_prefix)) return std::nullopt;
  set.remove_prefix(set_prefix.size());
  std::uint64_t out = 0;
  const auto [end, error] = std::from_chars(set.data(), set.data() + set.size(), out);
  if (error != std::errc{} || end != set.data() + set.size()) return std::nullopt;
  return out;
}

Result<std::string, Error> read_text(const std::string& path, std::size_t bytes_max) {
  JCA_ASSIGN(const Bytes content, machine::read_file(path, bytes_max));
  return to_text(content);
}

bool is_private(const std::string& name) { return name == "host.key"; }

/// With the mode that its name asks for; through links.
Result<Ok, Error> copy_file(const std::string& from, const std::string& to,
                            const std::string& name) {
  JCA_ASSIGN(Bytes content, machine::read_file(from, config_bytes_max));
  const SecretBytes bytes(std::move(content));
  return machine::write_file(to, bytes.expose(), is_private(name) ? 0600 : 0644, Overwrite::allow);
}

Result<Ok, Error> write_state(const std::string& set_path, const InstallState& state) {
  return machine::write_file(set_path + "/" + std::string(state_file), as_bytes(to_json(state)),
                             0644, Overwrite::allow);
}

}  // namespace

Result<InstallDir, Error> InstallDir::open(const std::string& dir, bool fragment) {
  JCA_TRY(machine::make_directory(dir, 0755));
  std::error_code error;
  const std::string absolute = std::filesystem::canonical(dir, error).string();
  if (error) return failed(dir + ": " + error.message());
  if (::access(absolute.c_str(), R_OK | W_OK | X_OK) != 0)
    return failed(absolute + ": " + std::generic_category().message(errno) +
                  "; run it as the owner, or as root");
  JCA_ASSIGN(auto lock, machine::FileLock::acquire_directory(
                            absolute, absolute + ": another `jointca nebula install` is at work "
                                                 "there"));
  return InstallDir(absolute, fragment, std::move(lock));
}

PkiPaths InstallDir::paths_in(const std::string& dir) {
  return {dir + "/ca.crt", dir + "/host.crt", dir + "/host.key"};
}

std::string InstallDir::config_link() const {
  return std::string(fragment_ ? fragment_file : config_file);
}

std::vector<std::pair<std::string, std::string>> InstallDir::names() const {
  return {{"ca.crt", "ca.crt"},
          {"host.crt", "host.crt"},
          {"host.key", "host.key"},
          {config_link(), config_name()}};
}

std::optional<std::string> InstallDir::current() const {
  auto target = machine::read_link(path_of("current"));
  if (!target || !number_of(*target)) return std::nullopt;
  return target;
}

Result<std::optional<SetFiles>, Error> InstallDir::installed() const {
  const auto set = current();
  if (!set) return std::optional<SetFiles>{};
  SetFiles out;
  const std::string at = path_of(*set) + "/";
  if (machine::file_exists(at + std::string(state_file))) {
    JCA_ASSIGN(const std::string text, read_text(at + std::string(state_file), state_bytes_max));
    auto state = parse_install_state(text);
    if (!state) return failed(at + std::string(state_file) + ": " + state.error().text());
    out.state = *state;
  }
  const auto read = [&](const std::string& name, std::size_t bytes_max) -> Result<Bytes, Error> {
    if (!machine::file_exists(at + name)) return Bytes{};
    return machine::read_file(at + name, bytes_max);
  };
  JCA_ASSIGN(const Bytes ca, read("ca.crt", pem_file_bytes_max));
  JCA_ASSIGN(const Bytes certificate, read("host.crt", pem_file_bytes_max));
  JCA_ASSIGN(Bytes key, read("host.key", key_bytes_max));
  JCA_ASSIGN(const Bytes config, read(config_name(), config_bytes_max));
  out.host = {to_text(ca), to_text(certificate), SecretBytes(std::move(key))};
  out.config = to_text(config);
  return std::optional<SetFiles>(std::move(out));
}

std::vector<std::string> InstallDir::foreign(const std::optional<SetFiles>& installed) const {
  std::vector<std::string> out;
  for (const auto& [name, in_set] : names()) {
    std::error_code error;
    const auto status = std::filesystem::symlink_status(dir_ + "/" + name, error);
    if (status.type() == std::filesystem::file_type::not_found) continue;
    const bool ours = machine::read_link(dir_ + "/" + name) == link_target(in_set);
    const bool edited =
        ours && in_set == config_name() && installed && !installed->config.empty() &&
        (!installed->state || installed->state->config != sha256(as_bytes(installed->config)));
    if (!ours || edited) out.push_back(name);
  }
  return out;
}

bool InstallDir::complete() const {
  const auto all = names();
  return std::all_of(all.begin(), all.end(), [&](const auto& each) {
    return machine::read_link(dir_ + "/" + each.first) == link_target(each.second);
  });
}

Result<Ok, Error> InstallDir::adopt(const std::vector<std::string>& foreign,
                                    const std::optional<SetFiles>& installed) {
  const auto before = current();
  JCA_ASSIGN(const std::string set, new_set());
  const auto all = names();
  for (const auto& [name, in_set] : all) {
    const bool is_foreign = std::find(foreign.begin(), foreign.end(), name) != foreign.end();
    if (!is_foreign && !before) continue;
    const std::string from = is_foreign ? dir_ + "/" + name : path_of(*before) + "/" + in_set;
    if (machine::file_exists(from)) JCA_TRY(copy_file(from, path_of(set) + "/" + in_set, in_set));
  }
  if (installed && installed->state) {
    InstallState state = *installed->state;
    state.config = {};  // of no file: should this set be put back, it is foreign still
    JCA_TRY(write_state(path_of(set), state));
  }
  JCA_TRY(machine::write_link(set, path_of("current")));
  for (const auto& [name, in_set] : all)
    if (std::find(foreign.begin(), foreign.end(), name) != foreign.end())
      JCA_TRY(machine::write_link(link_target(in_set), dir_ + "/" + name));
  return Ok{};
}

std::vector<std::string> InstallDir::sets() const {
  std::vector<std::string> out;
  std::error_code error;
  for (std::filesystem::directory_iterator at(store(), error), end; !error && at != end;
       at.increment(error))
    if (const std::string name = at->path().filename().string(); number_of(name))
      out.push_back(name);
  return out;
}

Result<std::string, Error> InstallDir::new_set() {
  JCA_TRY(machine::make_directory(store(), 0755));
  std::uint64_t last = 0;
  for (const std::string& set : sets()) last = std::max(last, *number_of(set));
  std::string out = std::string(set_prefix) + std::to_string(last + 1);
  JCA_TRY(machine::make_directory(path_of(out), 0755));
  return out;
}

Result<std::string, Error> InstallDir::stage(const SetFiles& set) {
  JCA_ASSIGN(std::string name, new_set());
  const PkiPaths at = pki(name);
  const auto write = [&]() -> Result<Ok, Error> {
    JCA_TRY(machine::write_file(at.key, set.host.key.expose(), 0600, Overwrite::refuse));
    JCA_TRY(machine::write_file(at.ca, as_bytes(set.host.ca), 0644, Overwrite::refuse));
    JCA_TRY(machine::write_file(at.certificate, as_bytes(set.host.certificate), 0644,
                                Overwrite::refuse));
    JCA_TRY(machine::write_file(path_of(name) + "/" + config_name(), as_bytes(set.config), 0644,
                                Overwrite::refuse));
    return write_state(path_of(name), *set.state);
  };
  if (const auto written = write(); !written) {
    std::error_code ignored;
    std::filesystem::remove_all(path_of(name), ignored);
    return Unexpected{written.error()};
  }
  return name;
}

/// A config.yml of ours stays where it is, as the operator's; a fragment of ours goes.
Result<Ok, Error> InstallDir::leave_other_mode() {
  const std::string config = dir_ + "/" + std::string(config_file);
  const std::string fragment = dir_ + "/" + std::string(fragment_file);
  if (!fragment_ && machine::read_link(fragment) == link_target("fragment"))
    return machine::remove_file(fragment);
  if (fragment_ && machine::read_link(config) == link_target("config"))
    return machine::file_exists(config) ? copy_file(config, config, "config")
                                        : machine::remove_file(config);
  return Ok{};
}

Result<Ok, Error> InstallDir::activate(const std::string& set) {
  JCA_TRY(leave_other_mode());
  for (const auto& [name, in_set] : names())
    if (machine::read_link(dir_ + "/" + name) != link_target(in_set))
      JCA_TRY(machine::write_link(link_target(in_set), dir_ + "/" + name));
  return machine::write_link(set, path_of("current"));
}

/// The links of both modes as they were when this set was in force.
Result<Ok, Error> InstallDir::link_config_of(const std::string& set) {
  const auto link = [&](std::string_view file, const std::string& in_set) -> Result<Ok, Error> {
    const std::string path = dir_ + "/" + std::string(file);
    const std::string content = path_of(set) + "/" + in_set;
    const bool linked = machine::read_link(path) == link_target(in_set);
    if (!machine::file_exists(content)) return linked ? machine::remove_file(path) : Ok{};
    if (linked) return Ok{};
    if (machine::file_exists(path)) {  // ours, if leave_other_mode() made it
      JCA_ASSIGN(const std::string there, read_text(path, config_bytes_max));
      JCA_ASSIGN(const std::string ours, read_text(content, config_bytes_max));
      if (there != ours) return Ok{};
    }
    return machine::write_link(link_target(in_set), path);
  };
  JCA_TRY(link(config_file, "config"));
  return link(fragment_file, "fragment");
}

Result<Ok, Error> InstallDir::restore(const std::optional<std::string>& set) {
  if (set) {
    JCA_TRY(machine::write_link(*set, path_of("current")));
    return link_config_of(*set);
  }
  JCA_TRY(machine::remove_file(path_of("current")));
  for (const auto& [name, in_set] : names()) JCA_TRY(machine::remove_file(dir_ + "/" + name));
  return Ok{};
}

Result<Ok, Error> InstallDir::remember(const InstallState& state) {
  return write_state(path_of("current"), state);
}

void InstallDir::prune(const std::vector<std::optional<std::string>>& kept) {
  for (const std::string& set : sets()) {
    std::error_code ignored;  // what is left goes the next time
    if (std::find(kept.begin(), kept.end(), set) == kept.end())
      std::filesystem::remove_all(path_of(set), ignored);
  }
}

}  // namespace jointca::nebula
