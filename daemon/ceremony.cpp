#include "daemon/ceremony.h"

#include <algorithm>
#include <exception>
#include <optional>
#include <set>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "crypto/rng.h"
#include "crypto/transcript.h"
#include "daemon/authority_check.h"
#include "daemon/ceremony_key.h"
#include "daemon/evidence_dir.h"
#include "daemon/messages.h"
#include "daemon/pending.h"
#include "daemon/protocol_runner.h"
#include "machine/files.h"
#include "nebula-adapter/issue.h"

namespace jointca::daemon {
namespace {

using transport::after;
using transport::awaitable;

constexpr std::chrono::milliseconds hello_timeout{2'000};
constexpr std::chrono::milliseconds hello_interval{200};
/// How long a party that found another value goes on, so that the others find it too.
constexpr std::chrono::milliseconds disagreement_lasts{3'000};
constexpr Duration backdated{60};

std::string list(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

/// Whether a pending ceremony was one with these parameters.
bool resumes(const PendingCeremony& pending, const CeremonyParameters& parameters) {
  const ca::Authority& authority = pending.authority;
  return authority.name == parameters.name && authority.scheme == parameters.scheme &&
         authority.min_signers == parameters.min_signers &&
         authority.networks == parameters.networks && authority.groups == parameters.groups &&
         authority.ca_certificates.size() == parameters.successors + 1U &&
         std::equal(authority.parties.begin(), authority.parties.end(), parameters.cards.begin(),
                    parameters.cards.end(), [](const ca::Party& party, const ca::PartyCard& card) {
                      return party.card == card;
                    });
}

/// A library threw, as when there is no memory.
Unexpected<Error> interrupted(const std::exception_ptr& problem) {
  try {
    std::rethrow_exception(problem);
  } catch (const std::exception& error) {
    return failed(std::string("the ceremony was interrupted: ") + error.what());
  }
}

/// One run of keygen: the network, what was heard, and the steps of the story.
class Keygen {
 public:
  Keygen(boost::asio::io_context& io, const PartyState& state, const CeremonyParameters& parameters,
         const CeremonyOptions& options, Rng& rng, const transport::TlsIdentity& tls,
         std::optional<PendingCeremony> pending, std::optional<AuxPrimes> primes)
      : executor_(io.get_executor()),
        state_(state),
        parameters_(parameters),
        options_(options),
        rng_(rng),
        pending_(std::move(pending)),
        primes_(std::move(primes)),
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
      for (Evidence& evidence : failure.evidence) {
        // Who the parties were, and how many must sign: what a stranger needs besides the cards.
        evidence.inputs.emplace("parameters", own_hello_.parameters);
        if (const auto path = keep_evidence(state_.paths.evidence(), evidence))
          failure.error.message += "\nevidence: " + *path;
      }
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
        if (!met_) hellos_.insert_or_assign(from, Heard{*std::move(hello), options_.clock()});
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
    // Under its own nonce, so that the hellos of two runs do not contradict each other.
    const Bytes message =
        encoded(seal(state_.identity,
                     {channel_->authority(), own_hello_.nonce,
                      static_cast<std::uint16_t>(MessageType::hello), self_.value(), 0},
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
        // A party that is about to finish may have the certificate a moment later.
        if (!pending_ || met_) co_return;
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
        auto agreed = agree_with(card(party).name, hello->second.message, hello->second.at);
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
    met_ = true;  // what was agreed on is what counts; later hellos are of another run
    options_.progress("everyone is here");
    channel_->set_session(session_id());
    auto rosters = co_await agree_on_roster();
    co_return rosters;
  }

  Result<Ok, Error> agree_with(const std::string& name, const HelloMessage& hello,
                               Time heard_at) const {
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
    // The other operator may have begun any time before us, within the timeout.
    if (hello.now > heard_at + ca::clock_skew_max ||
        hello.now < heard_at - ca::clock_skew_max - options_.timeout)
      return failed("the clock of " + name + " shows " + to_rfc3339(hello.now) + ", ours showed " +
                    to_rfc3339(heard_at) + "; set them first");
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

  /// Made of everyone's whole hello, fresh nonces included, so that no message of another run is
  /// one of this, and all agree on the clocks too. A resumed ceremony has a new one: what it
  /// certifies names the old.
  Digest session_id() const {
    Transcript transcript("jointca/ceremony-session/v1");
    transcript.field(channel_->authority());
    for (const ca::PartyCard& each : parameters_.cards)
      transcript.field(encoded(
          each.identity == state_.card.identity ? own_hello_ : hellos_.at(each.identity).message));
    return std::move(transcript).digest();
  }

  awaitable<Result<Ok, Error>> agree_on_roster() {
    const auto round = static_cast<std::uint16_t>(MessageType::roster);
    // Each under its sender's nonce: a party that heard others says so, instead of being silent.
    PerParty<Digest> nonces;
    for (const auto& [party, link] : links_)
      nonces.emplace(party, hellos_.at(card(party).identity).message.nonce);
    channel_->broadcast_under(own_hello_.nonce, round, to_bytes(BytesView(session_id())));
    auto rosters = co_await channel_->collect_under(nonces, round);
    if (!rosters) co_return Unexpected{rosters.error().error};
    for (const auto& [party, envelope] : *rosters)
      if (!equal(envelope.payload, channel_->session()))
        co_return failed(card(party).name +
                         " met other runs of keygen than this party; run it again everywhere");
    co_return Ok{};
  }

  nebula::Details ca_certificate_details(const JointPublicKey& group, unsigned number) const {
    Time start = own_hello_.now;
    for (const auto& [key, hello] : hellos_) start = std::min(start, hello.message.now);
    const nebula::Validity when = nebula::validity_in_succession(start, parameters_.valid, number);
    const bool v4_only = std::all_of(parameters_.networks.begin(), parameters_.networks.end(),
                                     [](const ca::Prefix& p) { return p.address.is_v4(); });
    // A version 1 certificate cannot name IPv6 networks, and a list without them would forbid them.
    const bool is_p256 = std::holds_alternative<p256::Point>(group);
    return nebula::ca_details(
        parameters_.name, v4_only ? parameters_.networks : std::vector<ca::Prefix>{},
        parameters_.groups, unix_seconds(when.not_before - backdated), unix_seconds(when.not_after),
        is_p256 ? nebula::Curve::p256 : nebula::Curve::curve25519, certificate_key_bytes(group));
  }

  /// Our part of a key that nobody holds, of the parameters' scheme.
  awaitable<CeremonyResult<MadeKey>> make_key() {
    options_.progress("generating the key");
    const KeyMakers makers{self_, parameters_.min_signers,
                           first_parties(static_cast<std::uint16_t>(parameters_.cards.size()))};
    CeremonyResult<MadeKey> made = ceremony_failed({});
    if (parameters_.scheme == p256_scheme) {
      JCA_ASSERT(primes_.has_value());
      made =
          co_await make_p256_key(*channel_, makers, *std::move(primes_), options_.progress, rng_);
    } else {
      made = co_await make_ed25519_key(*channel_, makers, rng_);
    }
    co_return made;
  }

  /// The CA certificates, which each party derives for itself, signed.
  awaitable<CeremonyResult<std::vector<std::string>>> sign_ca_certificates(
      const JointKeyPackage& package) {
    options_.progress("signing the CA certificate and " + std::to_string(parameters_.successors) +
                      " that follow it");
    const JointPublicKey group = public_key_of(joint_key_of(package));
    std::vector<nebula::Details> details;
    std::vector<Bytes> messages;
    for (unsigned number = 0; number <= parameters_.successors; ++number) {
      details.push_back(ca_certificate_details(group, number));
      const auto issuable = nebula::check_issuable_ca(nebula::Version::v1, details.back());
      auto bytes = nebula::to_be_signed(nebula::Version::v1, details.back());
      if (!issuable || !bytes)
        co_return ceremony_failed(
            {Error::Code::usage,
             "CA certificate: " + (issuable ? bytes.error().reason : issuable.error().reason)});
      messages.push_back(*std::move(bytes));
    }
    auto signatures = co_await sign_messages(*channel_, package, messages, rng_);
    if (!signatures) co_return Unexpected{std::move(signatures).error()};
    std::vector<std::string> certificates;
    for (std::size_t i = 0; i < details.size(); ++i) {
      const auto certificate = nebula::assemble(nebula::Version::v1, details[i], (*signatures)[i]);
      if (!certificate)
        co_return ceremony_failed({Error::Code::failed, certificate.error().reason});
      certificates.push_back(nebula::to_pem(*certificate));
    }
    co_return certificates;
  }

  /// From nothing to a certified authority.
  awaitable<CeremonyResult<ca::Authority>> generate() {
    auto made = co_await make_key();
    if (!made) co_return Unexpected{std::move(made).error()};
    auto certificates = co_await sign_ca_certificates(made->package);
    if (!certificates) co_return Unexpected{std::move(certificates).error()};
    ca::Authority authority = authority_data(joint_key_of(made->package));
    authority.ca_certificates = *std::move(certificates);
    authority.ceremony.session = channel_->session();
    authority.ceremony.transcript = made->transcript;
    const auto statement = statement_of(authority);
    if (!statement) co_return ceremony_failed(statement.error());
    authority.id = statement->digest();
    pending_.emplace(std::move(authority), std::move(made->package));
    if (const auto written = write_pending(*pending_, state_, rng_); !written)
      co_return ceremony_failed(written.error());
    auto certified = co_await certify();
    co_return certified;
  }

  ca::Authority authority_data(const JointKey& key) const {
    ca::Authority authority;
    authority.name = parameters_.name;
    authority.scheme = parameters_.scheme;
    authority.group_public_key = public_key_of(key);
    authority.min_signers = parameters_.min_signers;
    authority.networks = parameters_.networks;
    authority.groups = parameters_.groups;
    const auto* p256 = std::get_if<cggmp24::CertifiedKey>(&key);
    for (const auto& [party, share] : verifying_shares_of(key)) {
      ca::Party entry{party.value(), card(party), share};
      if (p256 != nullptr) entry.aux = p256->aux.at(party);
      authority.parties.push_back(std::move(entry));
    }
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
  std::optional<AuxPrimes> primes_;  ///< of p256 and without `pending_`, until the key is made
  transport::Deadline deadline_;
  Identifier self_{1};
  HelloMessage own_hello_;
  struct Heard {
    HelloMessage message;
    Time at;
  };
  std::map<PublicKey, Heard> hellos_;
  bool met_ = false;           ///< everyone's hello is in, and none changes any more
  std::set<Identifier> told_;  ///< who has acknowledged our hello
  std::optional<ca::Authority> certified_;
  transport::Event heard_;
  PerParty<transport::PeerLink> links_;
  std::unique_ptr<Channel> channel_;
  transport::Tasks tasks_;
  transport::PeerServer server_;
};

}  // namespace

Result<ca::Authority, Error> run_keygen(const PartyState& state,
                                        const CeremonyParameters& parameters,
                                        const CeremonyOptions& options, Rng& rng) {
  if (machine::file_exists(state.paths.authority()))
    return failed(state.paths.authority() + ": this party has an authority already");
  if (options.discard_pending) JCA_TRY(machine::remove_file(state.paths.pending()));
  JCA_ASSIGN(auto pending, read_pending(state));
  if (pending && !resumes(*pending, parameters))
    return failed(Error::Code::usage,
                  "a ceremony with other values waits for its certificate here: give the same "
                  "values, or --discard-pending");
  JCA_ASSIGN(const auto tls, transport::TlsIdentity::make(state.identity, state.settings.name));

  std::optional<AuxPrimes> primes;
  if (parameters.scheme == p256_scheme && !pending) {
    // Before anyone is waited for: this takes a while, and needs nobody.
    JCA_ASSIGN(primes, search_primes(options.progress, rng));
  }

  boost::asio::io_context io;
  std::optional<Result<ca::Authority, Error>> result;
  {
    Keygen keygen(io, state, parameters, options, rng, tls, std::move(pending), std::move(primes));
    const auto run = [](Keygen& the_keygen, std::optional<Result<ca::Authority, Error>>& the_result)
        -> awaitable<void> { the_result = co_await the_keygen.run(); };
    boost::asio::co_spawn(io, run(keygen, result), [&](const std::exception_ptr& problem) {
      if (problem) result = interrupted(problem);
      io.stop();
    });
    io.run();
  }
  JCA_ASSERT(result.has_value());
  return *std::move(result);
}

}  // namespace jointca::daemon
