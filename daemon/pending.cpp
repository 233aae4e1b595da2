#include "daemon/pending.h"

#include <soci/soci.h>

#include "base/codec.h"
#include "daemon/authority_check.h"
#include "daemon/ca_bundle.h"
#include "daemon/member.h"
#include "daemon/party_log.h"
#include "daemon/store.h"
#include "log/note.h"
#include "machine/files.h"

namespace jointca::daemon {
namespace {

constexpr std::string_view pending_label = "jointca/pending/v1";
constexpr std::size_t pending_file_max = std::size_t{1} << 20;

/// Logs the ceremony, unless an earlier attempt at this activation did.
Result<Ok, Error> log_ceremony(const ca::Authority& authority, const PartyState& state, Time now) {
  JCA_ASSIGN(const auto store, Store::open(state.paths.database()));
  JCA_ASSIGN(const auto party_log, PartyLog::open(*store, state));
  for (std::uint64_t i = 0; i < party_log->size(); ++i) {
    JCA_ASSIGN(const Bytes bytes, party_log->entry(i));
    const auto logged = log::parse_entry(bytes);
    const auto* earlier = logged ? std::get_if<log::CeremonyEntry>(&*logged) : nullptr;
    if (earlier != nullptr && earlier->authority == authority.id) return Ok{};
  }
  log::CeremonyEntry entry{
      authority.id, authority.epoch, authority.id, authority.group_public_key, {}, now};
  for (const ca::Party& party : authority.parties) entry.parties.push_back(party.card.name);
  JCA_ASSIGN(const auto append, party_log->prepare({entry}));
  return store->transact([&](soci::session& sql) { party_log->write(sql, append); });
}

}  // namespace

Result<Ok, Error> write_pending(const PendingCeremony& pending, const PartyState& state, Rng& rng) {
  // u32 length, authority.json, then the key package to the end.
  const SecretBytes key = encode_secret(pending.key);
  Bytes plain = std::move(Writer().prefixed32(as_bytes(ca::to_json(pending.authority)))).take();
  plain.reserve(plain.size() + key.expose().size());
  plain.insert(plain.end(), key.expose().begin(), key.expose().end());
  const SecretBytes secret(std::move(plain));
  const Bytes sealed = seal(secret.expose(), state.passphrase, pending_label, state.cost(), rng);
  return machine::write_file(state.paths.pending(), sealed, 0600, machine::Overwrite::allow);
}

Result<std::optional<PendingCeremony>, Error> read_pending(const PartyState& state) {
  const std::string path = state.paths.pending();
  if (!machine::file_exists(path)) return std::optional<PendingCeremony>{};
  JCA_ASSIGN(const Bytes sealed, machine::read_file(path, pending_file_max));
  const auto plain = open_sealed(sealed, state.passphrase, pending_label);
  if (!plain) return failed(plain.error().code, path + ": " + plain.error().message);
  Reader in(plain->expose());
  const auto text = in.prefixed32(ca::authority_bytes_max);
  if (!text) return failed(path + ": " + text.error().text());
  auto authority = ca::authority_from_json(to_text(*text));
  if (!authority) return failed(path + ": " + authority.error().text());
  auto key = parse_joint_key_package(SecretBytes(to_bytes(*in.bytes(in.remaining()))));
  if (!key) return failed(path + ": " + key.error().text());
  return std::optional<PendingCeremony>(PendingCeremony(*std::move(authority), *std::move(key)));
}

Result<Ok, Error> activate(const PendingCeremony& pending, const ca::Authority& authority,
                           const PartyState& state, Time now, Rng& rng) {
  JCA_ASSERT(pending.authority.id == authority.id);
  JCA_TRY(machine::write_file(state.paths.share(),
                              seal_share(pending.key, authority.id, state, rng), 0600,
                              machine::Overwrite::allow));
  JCA_TRY(write_ca_bundle(state.paths.ca_certificate(), authority, now));
  JCA_TRY(log_ceremony(authority, state, now));
  JCA_TRY(machine::write_file(state.paths.authority(), as_bytes(ca::to_json(authority)), 0644,
                              machine::Overwrite::allow));
  return machine::remove_file(state.paths.pending());
}

}  // namespace jointca::daemon
