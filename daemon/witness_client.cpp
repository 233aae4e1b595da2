#include "daemon/witness_client.h"

#include <algorithm>

#include <soci/soci.h>

#include "daemon/store.h"
#include "log/lines.h"
#include "log/witness.h"

namespace jointca::daemon {
namespace {

using transport::awaitable;
using transport::HttpResponse;

constexpr std::chrono::milliseconds look_interval{2'000};  // whether the log has grown
constexpr std::chrono::milliseconds pause_max{300'000};    // between attempts that fail
constexpr std::size_t reason_bytes_max = 200;

/// What a server said, fit for one line of our messages.
std::string quoted(const HttpResponse& answer) {
  std::string text = answer.body.substr(0, std::min(answer.body.find('\n'), reason_bytes_max));
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return "it answers " + std::to_string(answer.status) + (text.empty() ? "" : ": " + text);
}

}  // namespace

struct WitnessClient::Followed {
  log::PolicyWitness witness;
  transport::WebUrl url;
  std::uint64_t size = 0;  ///< that it cosigned last, as far as we know
  std::string problem;
  bool cosigned = false;
  bool dropped = false;  ///< no longer ours: whoever waits for it ends
};

WitnessClient::WitnessClient(transport::any_io_executor executor, Store& store, const LogStore& own,
                             std::function<void(const std::string&)> notice)
    : store_(store), own_(own), notice_(std::move(notice)), web_(executor), tasks_(executor) {}

WitnessClient::~WitnessClient() {
  for (const auto& witness : witnesses_) witness->dropped = true;
}

Result<Ok, Error> WitnessClient::set_witnesses(const std::vector<log::PolicyWitness>& witnesses) {
  std::vector<std::shared_ptr<Followed>> followed;
  for (const log::PolicyWitness& witness : witnesses) {
    if (witness.url.empty()) continue;
    const auto url = transport::WebUrl::parse(witness.url);
    if (!url)
      return failed(Error::Code::usage, "witness " + witness.name + ": " + url.error().text());
    auto one = std::make_shared<Followed>();
    one->witness = witness;
    one->url = *url / "add-checkpoint";
    const std::string vkey = witness.key.text();
    long long size = 0;
    JCA_TRY(store_.read([&](soci::session& sql) {
      sql << "select size from witness where vkey = :v", soci::use(vkey), soci::into(size);
    }));
    one->size = static_cast<std::uint64_t>(size);
    followed.push_back(std::move(one));
  }
  for (const auto& witness : witnesses_) witness->dropped = true;
  tasks_.cancel();
  witnesses_ = std::move(followed);
  for (const auto& witness : witnesses_) tasks_.spawn(follow(witness));
  return Ok{};
}

std::vector<WitnessState> WitnessClient::states() const {
  std::vector<WitnessState> states;
  for (const auto& witness : witnesses_)
    states.push_back({witness->witness.name, witness->size, witness->problem});
  return states;
}

awaitable<void> WitnessClient::follow(std::shared_ptr<Followed> witness) {
  for (auto pause = look_interval;;) {
    if (witness->size != own_.size()) {
      const auto outcome = co_await update(witness);
      if (witness->dropped) co_return;
      report(*witness, outcome);
      pause = outcome ? look_interval : std::min(2 * pause, pause_max);
    }
    co_await transport::sleep_for(pause);
  }
}

awaitable<Result<Ok, Error>> WitnessClient::update(std::shared_ptr<Followed> witness) {
  // The size that we remember may be too small, if an answer was lost. It says so then, once.
  for (bool told = false;; told = true) {
    const std::uint64_t size = own_.size();
    const std::string note = own_.checkpoint();
    const std::uint64_t old_size = witness->size;
    if (old_size > size)
      co_return failed("it has cosigned " + std::to_string(old_size) +
                       " entries of our log, which has " + std::to_string(size) +
                       " here: is this state directory an old copy?");
    log::AddCheckpoint request;
    request.old_size = old_size;
    if (old_size > 0) {
      auto proof = log::consistency_proof(old_size, size, own_);
      if (!proof) co_return Unexpected{proof.error()};
      request.proof = *std::move(proof);
    }
    const auto parsed = log::Note::parse(note);
    if (!parsed) co_return failed("our checkpoint: " + parsed.error().text());
    request.note = *parsed;
    const auto answer = co_await web_.post(witness->url, request.encode());
    if (!answer) co_return Unexpected{answer.error()};
    if (witness->dropped) co_return failed("it is not asked any more");
    if (answer->status == 200) co_return keep(*witness, size, note, answer->body);

    std::string_view rest = answer->body;
    const auto line = log::take_line(rest);
    const auto stated = line ? log::parse_decimal(*line, log::size_max) : std::nullopt;
    const bool is_size = answer->content_type == log::tree_size_content_type && stated &&
                         rest.empty() && *stated != old_size;
    if (answer->status != 409 || !is_size || told) co_return failed(quoted(*answer));
    witness->size = *stated;
  }
}

Result<Ok, Error> WitnessClient::keep(Followed& witness, std::uint64_t size,
                                      const std::string& note, const std::string& lines) {
  const log::NoteVerifier& key = witness.witness.key;
  const auto answered = log::Note::parse(note + lines);
  if (!answered) return failed("its cosignature: " + answered.error().text());
  const auto verified = log::verify_note(*answered, std::span(&key, 1));
  if (!verified) return failed(Error::Code::verification, verified.error().message);
  const auto line = std::find_if(
      answered->signatures.begin(), answered->signatures.end(),
      [&](const auto& known) { return known.name == key.name && known.id == key.id(); });
  const std::string vkey = key.text();
  const long long cosigned = static_cast<long long>(size);
  JCA_TRY(store_.transact([&](soci::session& sql) {
    own_.write_cosignature(sql, size, *line);
    sql << "insert or replace into witness (vkey, size) values (:v, :s)", soci::use(vkey),
        soci::use(cosigned);
  }));
  witness.size = size;
  return Ok{};
}

void WitnessClient::report(Followed& witness, const Result<Ok, Error>& outcome) const {
  const std::string problem = outcome ? "" : outcome.error().message;
  const std::string& name = witness.witness.name;
  const bool changed = outcome ? !witness.cosigned || !witness.problem.empty()
                               : witness.cosigned || witness.problem.empty();
  witness.cosigned = outcome.has_value();
  witness.problem = problem;
  if (!changed) return;
  notice_(outcome ? "witness " + name + " cosigns our log"
                  : "witness " + name + " does not cosign our log: " + problem);
}

}  // namespace jointca::daemon
