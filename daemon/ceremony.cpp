#include "daemon/ceremony.h"

#include <algorithm>
#include <optional>
#include <set>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include "crypto/rng.h"
#include "crypto/transcript.h"
#include "daemon/authority_check.h"
#include "daemon/evidence_dir.h"
#include "daemon/files.h"
#include "daemon/harden.h"
#include "daemon/messages.h"
#include "daemon/pending.h"
#include "daemon/protocol_runner.h"
#include "nebula-adapter/issue.h"
#include "threshold/frost/dkg.h"
#include "threshold/frost/self_sign.h"

namespace jointca::daemon {
namespace {

using transport::after;
using transport::awaitable;

constexpr std::uint8_t version = 1;
constexpr std::chrono::milliseconds hello_timeout{2'000};
constexpr std::chrono::milliseconds hello_interval{200};
/// How long a party that found another value goes on, so that the others find it too.
constexpr std::chrono::milliseconds disagreement_lasts{3'000};
constexpr Duration backdated{60};
constexpr std::size_t endpoint_bytes_max = 300;

std::string list(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

/// Stands for the authority in headers, while there is none.
Digest parameters_digest(BytesView parameters) {
  Transcript transcript("jointca/ceremony-parameters/v1");
  transcript.field(parameters);
  return std::move(transcript).digest();
}

/// One run of keygen: the network, what was heard, and the steps of the story.
class Keygen {
 public:
  Keygen(boost::asio::io_context& io, const PartyState& state, const CeremonyParameters& parameters,
         const CeremonyOptions& options, Rng& rng, const transport::TlsIdentity& tls,
         std::optional<PendingCeremony> pending)
      : executor_(io.get_executor()),
        state_(state),
        parameters_(parameters),
        options_(options),
        rng_(rng),
        pending_(std::move(pending)),
        deadline_(after(options.timeout)),
        heard_(executor_),
        tasks_(executor_, [this](const std::string& what) { options_.progress(what); }),
        server_(executor_, tls, identities(), [this](PublicKey from, Bytes request) {
          return answer(from, std::move(request));
        }) {
    for (std::size_t i = 0; i < parameters_.cards.size(); ++i) {
      const ca::PartyCard& card = parameters_.cards[i];
      const Identifier party(static_cast<std::uint16_t>(i + 1));
      if (card.identity == state_.card.identity) {
        self_ = party;
        continue;
      }
      // checked() parsed the endpoint already.
      links_.emplace(party,
                     transport::PeerLink(executor_, tls, *transport::Endpoint::parse(card.peer),
                                         card.identity));
    }
    own_hello_.parameters = encoded(parameters_);
    own_hello_.nonce = rng_.array<32>();
    own_hello_.now = options_.clock();
    if (pending_) own_hello_.pending = pending_->authority.id;
    PerParty<Channel::Peer> peers;
    for (auto& [party, link] : links_)
      peers.emplace(party, Channel::Peer{card(party).name, card(party).identity, &link});
    channel_ = std::make_unique<Channel>(executor_, state_.identity, self_, std::move(peers),
                                         parameters_digest(own_hello_.parameters), deadline_);
  }

  awaitable<Result<ca::Authority, Error>> run() {
    const auto endpoint = transport::Endpoint::parse(state_.settings.listen);
    if (!endpoint) co_return failed("listen: " + endpoint.error().text());
    if (auto listening = server_.listen(*endpoint); !listening)
      co_return Unexpected{std::move(listening).error()};
    for (auto& [party, link] : links_) tasks_.spawn(say_hello(party));
    auto met = co_await meet();
    if (!met) {
      if (met.error().code != Error::Code::unreachable) co_await be_heard();
      co_return Unexpected{std::move(met).error()};
    }
    if (certified_) co_return finish(*certified_);
    CeremonyResult<ca::Authority> certified = ceremony_failed({});
    if (pending_)
      certified = co_await certify();
    else
      certified = co_await generate();
    if (!certified) {
      CeremonyFailure failure = std::move(certified).error();
      for (const Evidence& evidence : failure.evidence)
        if (const auto path = keep_evidence(state_.paths.evidence(), evidence))
          failure.error.message += "\nevidence: " + *path;
      co_return Unexpected{std::move(failure.error)};
    }
    auto finished = finish(*certified);
    if (finished) {
      certified_ = *finished;
      co_await channel_->flush();
    }
    co_return finished;
  }

 private:
  const ca::PartyCard& card(Identifier party) const {
    return parameters_.cards[party.value() - 1U];
  }

  std::vector<PublicKey> identities() const {
    std::vector<PublicKey> keys;
    for (const ca::PartyCard& card : parameters_.cards)
      if (card.identity != state_.card.identity) keys.push_back(card.identity);
    return keys;
  }

  /// Answers another party: to a hello, the authority if we have it; to the rest, nothing.
  awaitable<Bytes> answer(PublicKey from, Bytes request) {
    auto envelope = parse(std::type_identity<Envelope>{}, request);
    if (!envelope || !verify(*envelope, from)) throw std::runtime_error("malformed message");
    if (envelope->header.round == static_cast<std::uint16_t>(MessageType::hello)) {
      if (auto hello = parse(std::type_identity<HelloMessage>{}, envelope->payload)) {
        hellos_.insert_or_assign(from, *std::move(hello));
        heard_.notify();
      }
      co_return certified_ ? to_bytes(ca::to_json(*certified_)) : Bytes{};
    }
    // The hello comes first; until the session is known, only the parameters have to agree.
    if (!channel_->deliver(from, *envelope)) throw std::runtime_error("unexpected message");
    heard_.notify();
    co_return Bytes{};
  }

  /// Repeats our hello to one party until it is heard; takes a finished authority from the answer.
  awaitable<void> say_hello(Identifier party) {
    const Bytes message = encoded(
        seal(state_.identity,
             {Digest{}, Digest{}, static_cast<std::uint16_t>(MessageType::hello), self_.value(), 0},
             encoded(own_hello_)));
    for (;;) {
      const auto reply = co_await links_.at(party).call(message, hello_timeout);
      if (reply && !reply->empty() && pending_) {
        auto authority = checked_authority(to_text(*reply));
        if (authority && authority->id == pending_->authority.id) {
          certified_ = *std::move(authority);
          heard_.notify();
        }
      }
      if (reply) {
        told_.insert(party);
        heard_.notify();
        co_return;
      }
      co_await transport::sleep_for(hello_interval);
    }
  }

  /// Until everyone has our hello, but not for long: some may not be there at all.
  awaitable<void> be_heard() {
    const transport::Deadline end = after(disagreement_lasts);
    for (bool in_time = true; in_time && told_.size() < links_.size();)
      in_time = co_await heard_.wait_until(end);
  }

  /// Until every party has said hello with our parameters, and has seen what we have seen.
  awaitable<Result<Ok, Error>> meet() {
    std::string shown;
    for (;;) {
      if (certified_) co_return Ok{};
      std::vector<std::string> missing;
      for (const auto& [party, link] : links_) {
        const auto hello = hellos_.find(card(party).identity);
        if (hello == hellos_.end()) {
          missing.push_back(card(party).name);
          continue;
        }
        auto agreed = agree_with(card(party).name, hello->second);
        if (!agreed) co_return Unexpected{std::move(agreed).error()};
      }
      if (missing.empty()) break;
      if (const std::string line = "waiting for " + list(missing); line != shown)
        options_.progress(shown = line);
      const bool in_time = co_await heard_.wait_until(deadline_);
      if (!in_time)
        co_return failed(Error::Code::unreachable,
                         "no word from " + list(missing) + ": is `jointca keygen` running there?");
    }
    options_.progress("everyone is here");
    channel_->set_session(session_id());
    auto rosters = co_await agree_on_roster();
    co_return rosters;
  }

  Result<Ok, Error> agree_with(const std::string& name, const HelloMessage& hello) const {
    const auto theirs = parse(std::type_identity<CeremonyParameters>{}, hello.parameters);
    if (!theirs) return failed(name + ": malformed parameters: " + theirs.error().text());
    if (const std::string field = difference(parameters_, *theirs); !field.empty())
      return failed(Error::Code::usage, name + " has another value: " + field);
    if (hello.pending != own_hello_.pending)
      return failed(
          hello.pending == Digest{}
              ? name + " does not remember the ceremony that this party waits for"
          : own_hello_.pending == Digest{}
              ? name + " waits for the certificate of a ceremony that this party does not remember"
              : name + " waits for the certificate of another ceremony",
          "");
    if (hello.now > own_hello_.now + ca::clock_skew_max ||
        hello.now < own_hello_.now - ca::clock_skew_max - options_.timeout)
      return failed("the clock of " + name + " shows " + to_rfc3339(hello.now) + ", ours shows " +
                    to_rfc3339(own_hello_.now) + "; set them first");
    return Ok{};
  }

  static Unexpected<Error> failed(std::string message) {
    return jointca::failed(std::move(message));
  }
  static Unexpected<Error> failed(Error::Code code, std::string message) {
    return jointca::failed(code, std::move(message));
  }
  static Unexpected<Error> failed(std::string message, const char* /*pending*/) {
    return jointca::failed(std::move(message) +
                           "; if no party's status shows an authority, run keygen with "
                           "--discard-pending everywhere");
  }

  /// Made of everyone's fresh nonce, so that no message of another run is one of this.
  Digest session_id() const {
    if (pending_) return pending_->authority.ceremony.session;
    Transcript transcript("jointca/ceremony-session/v1");
    transcript.field(channel_->authority());
    for (const ca::PartyCard& each : parameters_.cards)
      transcript.field(each.identity == state_.card.identity ? own_hello_.nonce
                                                             : hellos_.at(each.identity).nonce);
    return std::move(transcript).digest();
  }

  awaitable<Result<Ok, Error>> agree_on_roster() {
    const auto round = static_cast<std::uint16_t>(MessageType::roster);
    channel_->broadcast(round, to_bytes(BytesView(session_id())));
    auto rosters = co_await channel_->collect(round, true);
    if (!rosters) co_return Unexpected{rosters.error().error};
    for (const auto& [party, envelope] : *rosters)
      if (!equal(envelope.payload, channel_->session()))
        co_return failed(card(party).name + " was restarted meanwhile; run keygen again");
    co_return Ok{};
  }

  nebula::Details ca_certificate_details(const PublicKey& group) const {
    Time start = own_hello_.now;
    for (const auto& [key, hello] : hellos_) start = std::min(start, hello.now);
    const bool v4_only = std::all_of(parameters_.networks.begin(), parameters_.networks.end(),
                                     [](const ca::Prefix& p) { return p.address.is_v4(); });
    // A version 1 certificate cannot name IPv6 networks, and a list without them would forbid them.
    return nebula::ca_details(
        parameters_.name, v4_only ? parameters_.networks : std::vector<ca::Prefix>{},
        parameters_.groups, unix_seconds(start - backdated),
        unix_seconds(start + parameters_.valid), nebula::Curve::curve25519, group.bytes);
  }

  /// From nothing to a certified authority.
  awaitable<CeremonyResult<ca::Authority>> generate() {
    PartySet parties;
    for (std::size_t i = 1; i <= parameters_.cards.size(); ++i)
      parties.emplace(static_cast<std::uint16_t>(i));
    options_.progress("generating the key");
    const frost::dkg::Setup setup{self_, parameters_.min_signers, parties, channel_->session()};
    auto dealing = frost::dkg::begin(setup, rng_);
    auto made = co_await run_protocol(*channel_, std::move(dealing));
    if (!made) co_return Unexpected{std::move(made).error()};

    options_.progress("signing the CA certificate");
    const PublicKey group = made->key.group.public_key.public_key();
    const nebula::Details details = ca_certificate_details(group);
    const auto issuable = nebula::check_issuable_ca(nebula::Version::v1, details);
    const auto bytes = nebula::to_be_signed(nebula::Version::v1, details);
    if (!issuable || !bytes)
      co_return ceremony_failed(
          {Error::Code::usage,
           "CA certificate: " + (issuable ? bytes.error().reason : issuable.error().reason)});
    // Made outside of co_await: GCC 12 cannot keep braced temporaries across a suspension.
    std::vector<frost::Statement> statements(1, frost::Statement{"", *bytes});
    auto signing =
        frost::self_sign::begin(made->key, std::move(statements), channel_->session(), rng_);
    auto signatures = co_await run_protocol(*channel_, std::move(signing));
    if (!signatures) co_return Unexpected{std::move(signatures).error()};
    const auto certificate = nebula::assemble(nebula::Version::v1, details, signatures->front());
    if (!certificate) co_return ceremony_failed({Error::Code::failed, certificate.error().reason});

    ca::Authority authority = authority_data(made->key.group, nebula::to_pem(*certificate));
    authority.ceremony.session = channel_->session();
    authority.ceremony.transcript = made->transcript;
    const auto statement = statement_of(authority);
    if (!statement) co_return ceremony_failed(statement.error());
    authority.id = statement->digest();
    pending_.emplace(std::move(authority), std::move(made->key));
    if (const auto written = write_pending(*pending_, state_, rng_); !written)
      co_return ceremony_failed(written.error());
    auto certified = co_await certify();
    co_return certified;
  }

  ca::Authority authority_data(const frost::GroupKey& key, std::string certificate) const {
    ca::Authority authority;
    authority.name = parameters_.name;
    authority.scheme = parameters_.scheme;
    authority.group_public_key = key.public_key.public_key();
    authority.min_signers = parameters_.min_signers;
    authority.networks = parameters_.networks;
    authority.groups = parameters_.groups;
    authority.ca_certificates.push_back(std::move(certificate));
    for (const auto& [party, share] : key.verifying_shares)
      authority.parties.push_back({party.value(), card(party), share.bytes()});
    authority.ceremony.signatures.resize(parameters_.cards.size());
    return authority;
  }

  /// From the pending result to the certificate of all n parties.
  awaitable<CeremonyResult<ca::Authority>> certify() {
    options_.progress("certifying the ceremony");
    const auto statement = statement_of(pending_->authority);
    if (!statement) co_return ceremony_failed(statement.error());
    auto certifying = ceremony::begin(*statement, self_, state_.identity, channel_->roster());
    auto certificate = co_await run_protocol(*channel_, std::move(certifying));
    if (!certificate) co_return Unexpected{std::move(certificate).error()};
    ca::Authority authority = pending_->authority;
    for (const auto& [party, signature] : certificate->signatures)
      authority.ceremony.signatures[party.value() - 1U] = signature;
    auto checked = checked_authority(ca::to_json(authority));
    if (!checked) co_return ceremony_failed(checked.error());
    co_return *std::move(checked);
  }

  Result<ca::Authority, Error> finish(const ca::Authority& authority) {
    JCA_TRY(activate(*pending_, authority, state_, options_.clock(), rng_));
    return authority;
  }

  transport::any_io_executor executor_;
  const PartyState& state_;
  const CeremonyParameters& parameters_;
  const CeremonyOptions& options_;
  Rng& rng_;
  std::optional<PendingCeremony> pending_;
  transport::Deadline deadline_;
  Identifier self_{1};
  HelloMessage own_hello_;
  std::map<PublicKey, HelloMessage> hellos_;
  std::set<Identifier> told_;  ///< who has acknowledged our hello
  std::optional<ca::Authority> certified_;
  transport::Event heard_;
  PerParty<transport::PeerLink> links_;
  std::unique_ptr<Channel> channel_;
  transport::Tasks tasks_;
  transport::PeerServer server_;
};

}  // namespace

// CeremonyParameters
//   u8     version = 1
//   text16 name, text16 scheme, u16 min_signers
//   u8     networks, each text16;  u16 groups, each text16
//   u64    valid, seconds
//   u8     cards, by name, each: text16 name, u8[32] identity, text16 log_vkey, peer, api
void encode(const CeremonyParameters& parameters, Writer& out) {
  out.integer(version).text16(parameters.name).text16(parameters.scheme);
  out.integer(parameters.min_signers);
  out.integer(static_cast<std::uint8_t>(parameters.networks.size()));
  for (const ca::Prefix& network : parameters.networks) out.text16(network.text());
  out.integer(static_cast<std::uint16_t>(parameters.groups.size()));
  for (const std::string& group : parameters.groups) out.text16(group);
  out.integer(static_cast<std::uint64_t>(parameters.valid.count()));
  out.integer(static_cast<std::uint8_t>(parameters.cards.size()));
  for (const ca::PartyCard& card : parameters.cards)
    out.text16(card.name)
        .bytes(card.identity.bytes)
        .text16(card.log_vkey)
        .text16(card.peer)
        .text16(card.api);
}

Parsed<CeremonyParameters> parse(std::type_identity<CeremonyParameters>, BytesView input) {
  Reader in(input);
  CeremonyParameters out;
  JCA_TRY(in.expect(version, "version"));
  JCA_ASSIGN(out.name, in.text16(ca::host_name_bytes_max));
  JCA_ASSIGN(out.scheme, in.text16(16));
  JCA_ASSIGN(out.min_signers, in.integer<std::uint16_t>(2, ca::parties_max));
  JCA_ASSIGN(const auto networks, in.integer<std::uint8_t>(1, ca::networks_max));
  for (unsigned i = 0; i < networks; ++i) {
    JCA_ASSIGN(const auto text, in.text16(64));
    JCA_ASSIGN(const auto network, ca::Prefix::parse(text));
    out.networks.push_back(network);
  }
  JCA_ASSIGN(const auto groups, in.integer<std::uint16_t>(0, ca::groups_max));
  for (unsigned i = 0; i < groups; ++i) {
    JCA_ASSIGN(auto group, in.text16(ca::group_name_bytes_max));
    out.groups.push_back(std::move(group));
  }
  JCA_ASSIGN(const auto valid, in.integer<std::uint64_t>(0, std::uint64_t{100} * 366 * 86400));
  out.valid = Duration(static_cast<std::int64_t>(valid));
  JCA_ASSIGN(const auto cards, in.integer<std::uint8_t>(2, ca::parties_max));
  for (unsigned i = 0; i < cards; ++i) {
    ca::PartyCard card;
    JCA_ASSIGN(card.name, in.text16(63));
    JCA_ASSIGN(card.identity.bytes, in.array<32>());
    JCA_ASSIGN(card.log_vkey, in.text16(512));
    JCA_ASSIGN(card.peer, in.text16(endpoint_bytes_max));
    JCA_ASSIGN(card.api, in.text16(endpoint_bytes_max));
    out.cards.push_back(std::move(card));
  }
  JCA_TRY(in.finish());
  return out;
}

Result<CeremonyParameters, Error> checked(CeremonyParameters parameters, const PublicKey& self) {
  const auto wrong = [](std::string message) {
    return failed(Error::Code::usage, std::move(message));
  };
  std::sort(parameters.cards.begin(), parameters.cards.end(),
            [](const ca::PartyCard& a, const ca::PartyCard& b) { return a.name < b.name; });
  const std::size_t n = parameters.cards.size();
  if (parameters.scheme == "p256")
    return wrong("--scheme p256: threshold ECDSA is not part of this version");
  if (parameters.scheme != "ed25519") return wrong("--scheme: expected ed25519");
  if (n < 2 || n > ca::parties_max)
    return wrong("--party: expected 2 to 64 cards, got " + std::to_string(n));
  if (parameters.min_signers < 2 || parameters.min_signers > n)
    return wrong("--min-signers: expected 2 to " + std::to_string(n));
  if (!ca::is_host_name(parameters.name))
    return wrong("--name: expected letters, digits, '-', '.', '_'");
  bool own = false;
  for (std::size_t i = 0; i < n; ++i) {
    const ca::PartyCard& card = parameters.cards[i];
    own = own || card.identity == self;
    for (std::size_t k = i + 1; k < n; ++k)
      if (card.name == parameters.cards[k].name || card.identity == parameters.cards[k].identity)
        return wrong("--party: two cards of " + card.name);
    for (const std::string& endpoint : {card.peer, card.api})
      if (const auto parsed = transport::Endpoint::parse(endpoint); !parsed)
        return wrong("card of " + card.name + ": " + endpoint + ": " + parsed.error().text());
  }
  if (!own) return wrong("--party: this party's own card is missing");
  if (parameters.networks.empty() || parameters.networks.size() > ca::networks_max)
    return wrong("--network: expected 1 to 16");
  for (const ca::Prefix& network : parameters.networks)
    if (network.masked() != network || network.address.is_zero())
      return wrong("--network " + network.text() + ": expected " + network.masked().text());
  for (const std::string& group : parameters.groups)
    if (!ca::is_group_name(group)) return wrong("--group " + group + ": not a group name");
  if (parameters.groups.size() > ca::groups_max) return wrong("--group: too many");
  if (parameters.valid < std::chrono::hours(1)) return wrong("--valid: expected at least 1h");
  return parameters;
}

std::string difference(const CeremonyParameters& ours, const CeremonyParameters& theirs) {
  const auto differ = [](const std::string& field, const std::string& a, const std::string& b) {
    return field + " is " + b + " there and " + a + " here";
  };
  const auto networks = [](const CeremonyParameters& p) {
    std::vector<std::string> texts;
    for (const ca::Prefix& network : p.networks) texts.push_back(network.text());
    return list(texts);
  };
  const auto names = [](const CeremonyParameters& p) {
    std::vector<std::string> texts;
    for (const ca::PartyCard& card : p.cards) texts.push_back(card.name);
    return list(texts);
  };
  if (ours.name != theirs.name) return differ("--name", ours.name, theirs.name);
  if (ours.scheme != theirs.scheme) return differ("--scheme", ours.scheme, theirs.scheme);
  if (ours.min_signers != theirs.min_signers)
    return differ("--min-signers", std::to_string(ours.min_signers),
                  std::to_string(theirs.min_signers));
  if (ours.networks != theirs.networks)
    return differ("--network", networks(ours), networks(theirs));
  if (ours.groups != theirs.groups)
    return differ("--group", list(ours.groups), list(theirs.groups));
  if (ours.valid != theirs.valid)
    return differ("--valid", to_text(ours.valid), to_text(theirs.valid));
  if (names(ours) != names(theirs)) return differ("--party", names(ours), names(theirs));
  for (std::size_t i = 0; i < ours.cards.size(); ++i)
    if (encoded(ours) != encoded(theirs) &&
        (ours.cards[i].identity != theirs.cards[i].identity ||
         ours.cards[i].log_vkey != theirs.cards[i].log_vkey ||
         ours.cards[i].peer != theirs.cards[i].peer || ours.cards[i].api != theirs.cards[i].api))
      return "--party: the card of " + ours.cards[i].name + " is another one there";
  return {};
}

Result<ca::Authority, Error> run_keygen(const PartyState& state,
                                        const CeremonyParameters& parameters,
                                        const CeremonyOptions& options, Rng& rng) {
  if (file_exists(state.paths.authority()))
    return failed(state.paths.authority() + ": this party has an authority already");
  JCA_TRY(harden(state.settings.trial));
  if (options.discard_pending) JCA_TRY(remove_file(state.paths.pending()));
  JCA_ASSIGN(auto pending, read_pending(state));
  JCA_ASSIGN(const auto tls, transport::TlsIdentity::make(state.identity, state.settings.name));

  boost::asio::io_context io;
  std::optional<Result<ca::Authority, Error>> result;
  {
    Keygen keygen(io, state, parameters, options, rng, tls, std::move(pending));
    const auto run =
        [](Keygen& the_keygen, boost::asio::io_context& the_io,
           std::optional<Result<ca::Authority, Error>>& the_result) -> awaitable<void> {
      the_result = co_await the_keygen.run();
      the_io.stop();
    };
    boost::asio::co_spawn(io, run(keygen, io, result), boost::asio::detached);
    io.run();
  }
  if (!result) return failed("the ceremony was interrupted");
  return *std::move(result);
}

}  // namespace jointca::daemon
