#include "host/wireguard.h"

#include <algorithm>
#include <filesystem>

#include "base/codec.h"
#include "ca/revocations.h"
#include "crypto/hash.h"
#include "daemon/authority_check.h"
#include "daemon/revocation_lists.h"
#include "issued/token.h"
#include "machine/files.h"
#include "wg-adapter/config.h"

namespace jointca::host {
namespace {

constexpr std::size_t key_file_max = 256;

/// The file's content; nothing if there is none.
Result<std::optional<Bytes>, Error> read_if_there(const std::string& path, std::size_t bytes_max) {
  if (!machine::file_exists(path)) return std::optional<Bytes>();
  JCA_ASSIGN(Bytes content, machine::read_file(path, bytes_max));
  return std::optional(std::move(content));
}

Result<Bytes, Error> read_or_say(const std::string& path, std::size_t bytes_max,
                                 const std::string& next) {
  JCA_ASSIGN(auto content, read_if_there(path, bytes_max));
  if (!content) return failed(path + ": there is no such file; " + next);
  return *std::move(content);
}

/// The files of a host that an interface is made from, as they are.
struct RawHost {
  SecretBytes key;
  std::string authority, own, bindings;
  std::optional<std::string> revocations;
};

Result<RawHost, Error> read_files(const Paths& paths) {
  const std::string enrol = "enrol with an invitation that grants wireguard";
  RawHost raw;
  JCA_ASSIGN(const Bytes authority, read_or_say(paths.authority(), ca::authority_bytes_max,
                                                "`jointca enroll host` first"));
  raw.authority = to_text(authority);
  JCA_ASSIGN(Bytes key, read_or_say(paths.key(ca::Kind::wireguard), key_file_max, enrol));
  raw.key = SecretBytes(std::move(key));
  JCA_ASSIGN(const Bytes own,
             read_or_say(paths.binding(), wireguard::binding_bytes_max + 1, enrol));
  raw.own = to_text(own);
  JCA_ASSIGN(const Bytes bindings, read_or_say(paths.bindings(), issued::token_document_bytes_max,
                                               "`jointca agent --once` fetches it"));
  raw.bindings = to_text(bindings);
  JCA_ASSIGN(const auto list, read_if_there(paths.revocations(), ca::signed_revocations_bytes_max));
  if (list) raw.revocations = to_text(*list);
  return raw;
}

/// Over all files, each behind its length.
Digest digest_of(const RawHost& raw, std::optional<std::uint16_t> listen_port) {
  Sha256 hash;
  const auto add = [&](BytesView content) {
    Writer length;
    length.integer(std::uint64_t{content.size()});
    hash.update(std::move(length).take()).update(content);
  };
  add(as_bytes("jointca/wireguard-input/v1"));
  add(raw.key.expose());
  for (const std::string* text : {&raw.authority, &raw.own, &raw.bindings}) add(as_bytes(*text));
  add(as_bytes(raw.revocations ? *raw.revocations : ""));
  add(as_bytes(listen_port ? std::to_string(*listen_port) : ""));
  return hash.finish();
}

/// A file may end with a newline, a token does not.
std::string_view trimmed(std::string_view text) {
  return text.ends_with('\n') ? text.substr(0, text.size() - 1) : text;
}

Result<Ok, Error> open_list(const std::optional<std::string>& text, const Paths& paths,
                            const ca::Authority& authority, Time now, WireguardHost& host) {
  if (!text) {
    host.warnings.push_back("there is no list of revocations: " + paths.revocations());
    return Ok{};
  }
  const auto document = ca::parse_signed_revocations(*text);
  if (!document)
    return failed(Error::Code::verification, paths.revocations() + ": " + document.error().text());
  JCA_ASSIGN(const PublicKey key, daemon::revocations_key(authority));
  const auto list = ca::open_revocations(*document, authority.id, key);
  if (!list) return failed(list.error().code, paths.revocations() + ": " + list.error().message);
  for (const auto& certificate : list->revoked) host.revoked.insert(certificate.fingerprint);
  host.revocations_number = list->number;
  host.revocations_until = list->next_update;
  if (!ca::is_fresh(*list, now))
    host.warnings.push_back("the list of revocations is not of now: it holds from " +
                            to_rfc3339(list->this_update) + " to " + to_rfc3339(list->next_update));
  return Ok{};
}

Result<WireguardHost, Error> verify_files(const RawHost& raw, const Paths& paths, Time now) {
  const auto wrong = [](const std::string& path, const std::string& problem) {
    return failed(Error::Code::verification, path + ": " + problem);
  };
  auto authority = daemon::checked_authority(raw.authority);
  if (!authority)
    return failed(authority.error().code, paths.authority() + ": " + authority.error().message);
  auto private_key = wireguard::parse_private_key(raw.key.expose());
  if (!private_key)
    return failed(paths.key(ca::Kind::wireguard) + ": " + private_key.error().text());
  const issued::Keys keys(authority->group_public_key);
  const PublicKey& key = keys.of(issued::wireguard_kind);
  auto own = wireguard::open(trimmed(raw.own), authority->id, key);
  if (!own) return wrong(paths.binding(), own.error().message);
  if (own->public_key != private_key->public_key())
    return wrong(paths.binding(),
                 "it is the binding of another key than " + paths.key(ca::Kind::wireguard));
  const auto tokens = issued::parse_token_document(issued::wireguard_kind, raw.bindings);
  if (!tokens) return wrong(paths.bindings(), tokens.error().text());
  const Digest name = wireguard::fingerprint(*own);
  WireguardHost host{*std::move(private_key),
                     {*std::move(own), name},
                     wireguard::open_all(*tokens, authority->id, key),
                     {},
                     0,
                     Time::max(),
                     {}};
  JCA_TRY(open_list(raw.revocations, paths, *authority, now, host));
  return host;
}

wireguard::Wanted wanted_from(const WireguardHost& host, const Paths& paths,
                              std::optional<std::uint16_t> listen_port, Time now) {
  wireguard::Wanted wanted;
  wanted.public_key = host.key.public_key();
  std::error_code problem;
  wanted.key_path = std::filesystem::absolute(paths.key(ca::Kind::wireguard), problem).string();
  wanted.addresses = host.own.binding.networks;
  wanted.listen_port = listen_port;
  wanted.own_port = wireguard::port_of(host.own.binding.endpoint);
  wanted.selection = select_peers(host, now);
  wanted.warnings = host.warnings;
  wanted.revocations_number = host.revocations_number;
  return wanted;
}

}  // namespace

std::string interface_path(const Paths& paths, const std::string& interface) {
  return paths.wireguard() + "/" + interface + std::string(interface_suffix);
}

Result<WireguardHost, Error> open_wireguard_host(const Paths& paths, Time now) {
  JCA_ASSIGN(const RawHost raw, read_files(paths));
  return verify_files(raw, paths, now);
}

wireguard::Selection select_peers(const WireguardHost& host, Time now) {
  auto selection = wireguard::select_peers(host.own, host.bindings.opened, host.revoked, now);
  selection.left_out.insert(selection.left_out.begin(), host.bindings.left_out.begin(),
                            host.bindings.left_out.end());
  if (host.revocations_until > now)
    selection.next_change = std::min(selection.next_change, host.revocations_until);
  return selection;
}

Result<wireguard::Report, Error> install_wireguard(const Paths& paths, const std::string& interface,
                                                   std::optional<std::uint16_t> listen_port,
                                                   Time now) {
  if (!wireguard::is_interface_name(interface))
    return failed(Error::Code::usage, "--interface: 1 to 15 letters, digits and \"_=+.-\"");
  JCA_TRY(wireguard::check_able());
  JCA_ASSIGN(const RawHost raw, read_files(paths));
  const Digest input = digest_of(raw, listen_port);
  const std::string state_path = interface_path(paths, interface);
  JCA_ASSIGN(const auto state, wireguard::read_state(state_path));
  if (state) {
    JCA_ASSIGN(auto same, wireguard::unchanged(*state, input, now));
    if (same) return *std::move(same);
  }
  JCA_ASSIGN(const WireguardHost host, verify_files(raw, paths, now));
  if (state && host.revocations_number < state->revocations_number)
    return failed(Error::Code::verification,
                  paths.revocations() + ": number " + std::to_string(host.revocations_number) +
                      ", and number " + std::to_string(state->revocations_number) +
                      " was used before; nothing was changed");
  wireguard::Wanted wanted = wanted_from(host, paths, listen_port, now);
  wanted.input = input;
  return wireguard::install(interface, state_path, wanted, now);
}

}  // namespace jointca::host
