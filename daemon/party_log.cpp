#include "daemon/party_log.h"

#include "log/checkpoint.h"

namespace jointca::daemon {

Result<std::unique_ptr<PartyLog>, Error> PartyLog::open(Store& store, SigningKey log_key,
                                                        std::string origin) {
  log::NoteVerifier verifier{std::move(origin), log::NoteKeyType::ed25519, log_key.public_key()};
  std::unique_ptr<PartyLog> opened(new PartyLog(store, std::move(log_key), std::move(verifier)));
  JCA_TRY(opened->load());
  return opened;
}

Result<std::unique_ptr<PartyLog>, Error> PartyLog::open(Store& store, const PartyState& state) {
  const auto keys = ca::log_keys(state.card);
  if (!keys) return failed("party card: " + keys.error().text());
  return open(store, state.log_key(), keys->log.name);
}

Result<PartyLog::Append, Error> PartyLog::prepare(const std::vector<log::Entry>& entries) const {
  if (!halted_.empty()) return failed("log: " + halted_);
  std::size_t bytes = 0;
  std::vector<Bytes> texts;
  for (const log::Entry& entry : entries) {
    auto text = log::encode(entry);
    if (!text) return failed("log entry: " + text.error().text());
    bytes += text->size();
    texts.push_back(*std::move(text));
  }
  if (bytes > append_bytes_max) return failed("log: too many entries for one checkpoint");
  Append append = extended_by(std::move(texts));
  append.checkpoint =
      log::sign_checkpoint({verifier().name, append.tree.size(), append.tree.root()}, log_key_);
  return append;
}

}  // namespace jointca::daemon
