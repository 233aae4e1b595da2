// tests/support/small_authority.h — all parties of an authority in one thread and without sockets:
// real signers, stores, logs and coordinators, and a network between them that tests can bend.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>

#include "daemon/evidence_dir.h"
#include "daemon/issuance.h"
#include "daemon/issuance_evidence.h"
#include "daemon/peer_service.h"
#include "daemon/store.h"
#include "nebula-adapter/pem.h"
#include "tests/support/frost_keys.h"
#include "tests/support/nebula_ca.h"
#include "tests/support/temp_dir.h"

namespace jointca::test {

using daemon::MessageType;
using std::chrono::milliseconds;

[[nodiscard]] inline std::uint16_t number(MessageType type) {
  return static_cast<std::uint16_t>(type);
}

/// What the network, or a lying sender, makes of one message.
struct Fate {
  enum class End { arrives, refused, lost };
  End end = End::arrives;  ///< refused: the sender learns it at once; lost: by its timeout
  milliseconds delay{0};
  unsigned copies = 1;  ///< of a request that arrives; the last answer counts
};
/// Sees every request (from the coordinator) and every answer (to it), and may change it.
using Bend = std::function<Fate(Identifier from, Identifier to, Envelope& message)>;

/// A host that was invited and has made its request.
struct SmallHost : MoveOnly {
  SmallHost(enroll::InvitationToken the_token, Rng& rng)
      : token(std::move(the_token)),
        invitation_key(token.seed.duplicate()),
        identity(SigningKey::generate(rng)),
        nebula(X25519Key::generate(rng)),
        wireguard(X25519Key::generate(rng)),
        x509(SigningKey::generate(rng)) {}

  enroll::InvitationToken token;
  SigningKey invitation_key;
  SigningKey identity;
  X25519Key nebula;
  X25519Key wireguard;
  SigningKey x509;
  enroll::Request request;
  Bytes sealed;

  /// For every kind that the invitation grants.
  [[nodiscard]] enroll::RequestKeys keys() const {
    enroll::RequestKeys keys{&invitation_key, identity, {}};
    for (const ca::Kind kind : token.invitation.terms.kinds)
      if (kind == ca::Kind::x509)
        keys.by_kind.emplace(kind, &x509);
      else
        keys.by_kind.emplace(kind, kind == ca::Kind::wireguard ? &wireguard : &nebula);
    return keys;
  }
  [[nodiscard]] Digest digest() const { return enroll::request_digest(request); }
};

class SmallAuthority;

/// One coordinator's way to the other parties.
class SmallPeers final : public daemon::Peers {
 public:
  SmallPeers(SmallAuthority& authority, Identifier self) : authority_(authority), self_(self) {}
  transport::awaitable<Result<Envelope, Error>> ask(Identifier to, Envelope envelope,
                                                    milliseconds timeout) override;

 private:
  SmallAuthority& authority_;
  Identifier self_;
};

/// What `jointca serve` puts together, for one party.
struct SmallParty {
  SmallParty(SmallAuthority& the_authority, daemon::Member the_member, SigningKey the_log_key,
             SigningKey the_cosigner_key, std::unique_ptr<Rng> the_rng, std::string the_file)
      : authority(the_authority),
        member(std::move(the_member)),
        log_key(std::move(the_log_key)),
        cosigner_key(std::move(the_cosigner_key)),
        rng(std::move(the_rng)),
        file(std::move(the_file)),
        peers(the_authority, member.self) {
    start();
  }
  SmallParty(const SmallParty&) = delete;
  SmallParty& operator=(const SmallParty&) = delete;

  inline void start();
  /// A crash and a restart: all that was in memory is gone, except the policy.
  void restart() {
    const ca::Policy policy = signer->policy();
    stop();
    start();
    signer->set_policy(policy);
  }
  void stop() {
    issuance.reset();
    service.reset();
    revocations.reset();
    list_signer.reset();
    voting.reset();
    lists.reset();
    view.reset();
    mirror_service.reset();
    signer.reset();
    mirrors.reset();
    log.reset();
    registry.reset();
    store.reset();
  }
  /// Checks in and out as on a connection that TLS authenticated as `from`.
  inline Envelope answer(Identifier from, const Envelope& envelope);
  /// A message of this party.
  [[nodiscard]] Envelope say(const Digest& session, MessageType type, std::uint16_t to,
                             Bytes payload) const {
    return member.say(session, number(type), to, std::move(payload));
  }
  /// The same message with another payload, signed again: what a liar sends.
  [[nodiscard]] Envelope again(const Envelope& message, Bytes payload) const {
    return seal(member.identity, message.header, std::move(payload));
  }
  [[nodiscard]] std::vector<log::Entry> entries() const {
    std::vector<log::Entry> all;
    for (std::uint64_t i = 0; i < log->size(); ++i) {
      const auto text = log->entry(i);
      REQUIRE(text);
      auto entry = log::parse_entry(*text);
      REQUIRE(entry);
      all.push_back(*std::move(entry));
    }
    return all;
  }

  SmallAuthority& authority;
  daemon::Member member;
  SigningKey log_key;
  SigningKey cosigner_key;
  std::unique_ptr<Rng> rng;
  std::string file;
  SmallPeers peers;
  std::unique_ptr<daemon::Store> store;
  std::unique_ptr<daemon::Registry> registry;
  std::unique_ptr<daemon::PartyLog> log;
  std::unique_ptr<daemon::Mirrors> mirrors;
  std::unique_ptr<daemon::Signer> signer;
  std::unique_ptr<daemon::MirrorService> mirror_service;
  std::unique_ptr<daemon::RevocationView> view;
  std::unique_ptr<daemon::RevocationLists> lists;
  std::unique_ptr<daemon::RevocationVoting> voting;
  std::unique_ptr<daemon::RevocationSigner> list_signer;
  std::unique_ptr<daemon::RevocationService> revocations;
  std::unique_ptr<daemon::PeerService> service;
  std::unique_ptr<daemon::Issuance> issuance;
  std::vector<Evidence> accusations;
  std::vector<std::string> notices;
};

/// The whole: t of n parties that approve everything by themselves unless a test says otherwise.
class SmallAuthority {
 public:
  static constexpr daemon::IssuanceTimes quick{milliseconds(40), milliseconds(1'000),
                                               milliseconds(1'000)};

  explicit SmallAuthority(std::uint16_t t = 2, std::uint16_t n = 3,
                          daemon::IssuanceTimes issuance_times = quick)
      : times(issuance_times) {
    make(t, n);
  }
  SmallAuthority(const SmallAuthority&) = delete;
  SmallAuthority& operator=(const SmallAuthority&) = delete;
  // NOLINTNEXTLINE(bugprone-exception-escape): Asio throws what its handlers throw, and ours do not
  ~SmallAuthority() {
    for (auto& [self, party] : parties_) {
      party->issuance.reset();
      party->service.reset();
      party->revocations.reset();
    }
    io.restart();
    io.poll();  // what was cancelled ends here
  }

  [[nodiscard]] SmallParty& party(unsigned identifier) { return *parties_.at(P(identifier)); }
  [[nodiscard]] SmallParty& party(Identifier identifier) { return *parties_.at(identifier); }
  [[nodiscard]] const Digest& id() const { return authority_.id; }
  [[nodiscard]] const ca::Authority& authority() const { return authority_; }
  [[nodiscard]] Rng& rng() { return rng_; }
  [[nodiscard]] EvidenceContext context() {
    const daemon::Member& member = party(1).member;
    return {id(), member.roster, authority_.min_signers, member.key.group};
  }

  /// Restarts one party with another source of randomness.
  void set_rng(unsigned identifier, std::unique_ptr<Rng> rng) {
    party(identifier).rng = std::move(rng);
    party(identifier).restart();
  }

  [[nodiscard]] ca::Terms terms(const std::string& name) const {
    return {name, {"web"}, {ca::Kind::nebula}, {}, Duration{7 * 86400}, 1, now + Duration{86400}};
  }
  [[nodiscard]] enroll::InvitationToken invite(unsigned inviter, const ca::Terms& terms) {
    std::vector<enroll::PartyAddress> addresses;
    for (const ca::Party& each : authority_.parties)
      addresses.push_back({each.card.api, each.card.identity});
    auto token = enroll::make_invitation(id(), terms, party(inviter).member.identity, now,
                                         std::move(addresses), rng_);
    REQUIRE(token);
    return *std::move(token);
  }
  /// A host with fresh keys under a token; `identity` to be an old host.
  [[nodiscard]] SmallHost host(const enroll::InvitationToken& token,
                               const SigningKey* identity = nullptr) {
    SmallHost made(enroll::InvitationToken(token.seed.duplicate(), token.invitation, token.parties),
                   rng_);
    if (identity != nullptr) made.identity = SigningKey(identity->seed().duplicate());
    made.request = enroll::make_request(made.token.invitation, made.keys(), {}, false, now, rng_);
    made.sealed = enroll::seal_request(made.request, made.keys(), rng_);
    return made;
  }
  /// Makes it what the host asks for next: a renewal for its keys.
  void ask_renewal(SmallHost& host) {
    enroll::RequestKeys keys = host.keys();
    keys.invitation = nullptr;
    host.request = enroll::make_request(host.token.invitation, keys, {}, false, now, rng_);
    host.sealed = enroll::seal_request(host.request, keys, rng_);
  }
  [[nodiscard]] SmallHost host(const std::string& name) { return host(invite(1, terms(name))); }

  [[nodiscard]] enroll::VerifiedRequest verified(const SmallHost& host) {
    auto checked = enroll::verify_request(host.sealed, id(), [this](const PublicKey& key) {
      return party(1).member.party_name(key);
    });
    REQUIRE(checked);
    return *std::move(checked);
  }

  /// Runs the event loop until `done` holds; false if that takes longer than `limit`.
  template <class Done>
  bool run_until(Done done, milliseconds limit = milliseconds(60'000)) {
    const auto end = transport::after(limit);
    io.restart();
    while (!done() && std::chrono::steady_clock::now() < end) {
      io.run_one_for(milliseconds(20));
      io.restart();
    }
    return done();
  }
  /// Lets everything happen that waits for no timer: outcomes reach the other parties.
  void drain() {
    io.restart();
    io.poll();
  }

  /// Submits each request to its coordinator, all at once, and gives the answers when all are
  /// there.
  struct Submission {
    unsigned coordinator;
    const SmallHost* host;
  };
  [[nodiscard]] std::vector<daemon::Answer> issue(const std::vector<Submission>& submissions) {
    const auto answers =
        std::make_shared<std::vector<std::optional<daemon::Answer>>>(submissions.size());
    const auto left = std::make_shared<std::size_t>(submissions.size());
    for (std::size_t i = 0; i < submissions.size(); ++i) {
      const SmallHost& host = *submissions[i].host;
      boost::asio::co_spawn(io,
                            submit(*party(submissions[i].coordinator).issuance, verified(host),
                                   host.sealed, answers, left, i),
                            boost::asio::detached);
    }
    REQUIRE(run_until([&] { return *left == 0; }));
    drain();
    std::vector<daemon::Answer> out;
    for (auto& answer : *answers) out.push_back(*std::move(answer));
    return out;
  }
  /// All hosts at once, by one coordinator.
  [[nodiscard]] std::vector<daemon::Answer> issue(unsigned coordinator,
                                                  const std::vector<SmallHost>& hosts) {
    std::vector<Submission> submissions;
    submissions.reserve(hosts.size());
    for (const SmallHost& host : hosts) submissions.push_back({coordinator, &host});
    return issue(submissions);
  }
  [[nodiscard]] daemon::Answer issue(unsigned coordinator, const SmallHost& host) {
    return issue({{coordinator, &host}}).front();
  }
  /// The same of a request of any kind.
  [[nodiscard]] std::vector<daemon::Answer> ask_all(unsigned coordinator,
                                                    const std::vector<Bytes>& requests) {
    const auto answers =
        std::make_shared<std::vector<std::optional<daemon::Answer>>>(requests.size());
    const auto left = std::make_shared<std::size_t>(requests.size());
    for (std::size_t i = 0; i < requests.size(); ++i) {
      auto asked = party(coordinator).signer->check_request(requests[i]);
      INFO((asked ? "" : asked.error().check + ": " + asked.error().reason));
      REQUIRE(asked);
      boost::asio::co_spawn(
          io,
          submit(*party(coordinator).issuance, *std::move(asked), requests[i], answers, left, i),
          boost::asio::detached);
    }
    REQUIRE(run_until([&] { return *left == 0; }));
    drain();
    std::vector<daemon::Answer> out;
    for (auto& answer : *answers) out.push_back(*std::move(answer));
    return out;
  }
  [[nodiscard]] daemon::Answer ask(unsigned coordinator, const Bytes& sealed) {
    return ask_all(coordinator, {sealed}).front();
  }
  /// The list of revocations that the parties sign now, as the first one serves it.
  [[nodiscard]] std::string signed_list() {
    bool done = false;
    boost::asio::co_spawn(io, party(1).revocations->make_list(),
                          [&](const std::exception_ptr&, auto&&...) { done = true; });
    REQUIRE(run_until([&] { return done; }));
    drain();
    return party(1).lists->document();
  }
  [[nodiscard]] std::optional<daemon::Answer> resume(unsigned coordinator, const Digest& request) {
    const auto answer = std::make_shared<std::optional<daemon::Answer>>();
    const auto done = std::make_shared<bool>(false);
    boost::asio::co_spawn(io, resumed(*party(coordinator).issuance, request, answer, done),
                          boost::asio::detached);
    REQUIRE(run_until([&] { return *done; }));
    drain();
    return *answer;
  }

  boost::asio::io_context io;
  TempDir dir;
  Time now = time_from_unix(nebula_now);
  daemon::IssuanceTimes times;
  daemon::ListTimes list_times{milliseconds(20), milliseconds(60), milliseconds(400),
                               milliseconds(100)};
  Bend bend = [](Identifier, Identifier, Envelope&) { return Fate{}; };

 private:
  using Answers = std::shared_ptr<std::vector<std::optional<daemon::Answer>>>;

  static transport::awaitable<void> submit(daemon::Issuance& issuance, daemon::Asked request,
                                           Bytes sealed, Answers answers,
                                           std::shared_ptr<std::size_t> left, std::size_t index) {
    daemon::Answer answer = co_await issuance.submit(std::move(request), std::move(sealed));
    (*answers)[index] = std::move(answer);
    --*left;
  }
  static transport::awaitable<void> resumed(daemon::Issuance& issuance, Digest request,
                                            std::shared_ptr<std::optional<daemon::Answer>> into,
                                            std::shared_ptr<bool> done) {
    std::optional<daemon::Answer> answer = co_await issuance.resume(request);
    *into = std::move(answer);
    *done = true;
  }

  /// Two CA certificates, the second from half a year on, signed by the first t parties.
  [[nodiscard]] std::vector<std::string> ca_certificates(const PerParty<frost::KeyPackage>& keys) {
    const frost::GroupKey& group = keys.begin()->second.group;
    std::vector<nebula::Details> details;
    std::vector<frost::Statement> statements;
    for (const unsigned number : {0U, 1U}) {
      const nebula::Validity when = nebula::validity_in_succession(
          time_from_unix(nebula_now - 86400), Duration{366 * 86400}, number);
      details.push_back(nebula::ca_details("mesh", {}, {"web", "db"}, unix_seconds(when.not_before),
                                           unix_seconds(when.not_after), nebula::Curve::curve25519,
                                           group.public_key.public_key().bytes));
      const auto bytes = nebula::to_be_signed(nebula::Version::v1, details.back());
      REQUIRE(bytes);
      statements.push_back({"", *bytes});
    }
    PerParty<frost::Begun> begun;
    PerParty<frost::CommitMessage> commitments;
    for (const Identifier signer : first_parties(group.min_signers)) {
      begun.emplace(signer,
                    frost::begin_session(keys.at(signer), statements.size(), rng_, Digest{7}));
      commitments.emplace(signer, begun.at(signer).message);
    }
    const auto package = frost::make_package(statements, commitments);
    REQUIRE(package);
    PerParty<frost::ShareMessage> shares;
    for (auto& [signer, mine] : begun)
      shares.emplace(signer, *frost::sign_batch(std::move(mine.nonces), *package, keys.at(signer)));
    const auto signatures = frost::aggregate_batch(*package, shares, group);
    REQUIRE(signatures);
    std::vector<std::string> certificates;
    for (std::size_t i = 0; i < details.size(); ++i)
      certificates.push_back(
          nebula::to_pem(*nebula::assemble(nebula::Version::v1, details[i], (*signatures)[i])));
    return certificates;
  }

  void make(std::uint16_t t, std::uint16_t n) {
    PerParty<frost::KeyPackage> keys = deal(t, n, rng_);
    const frost::GroupKey group = keys.begin()->second.group;
    authority_.name = "mesh";
    authority_.scheme = "ed25519";
    authority_.group_public_key = group.public_key.public_key();
    authority_.min_signers = t;
    authority_.networks = {prefix("10.42.0.0/16"), prefix("fd42::/64")};
    authority_.groups = {"web", "db"};
    authority_.ca_certificates = ca_certificates(keys);
    authority_.ceremony.session = rng_.array<32>();
    authority_.ceremony.transcript = rng_.array<32>();
    authority_.ceremony.signatures.resize(n);
    PerParty<SigningKey> identities, log_keys, cosigner_keys;
    for (const auto& [self, key] : keys) {
      identities.emplace(self, SigningKey::generate(rng_));
      log_keys.emplace(self, SigningKey::generate(rng_));
      cosigner_keys.emplace(self, SigningKey::generate(rng_));
      const std::string name = "party" + std::to_string(self.value());
      const std::string endpoint = "192.0.2." + std::to_string(self.value());
      authority_.parties.push_back(
          {self.value(),
           {name, identities.at(self).public_key(),
            log::vkey_text(name + ".example/log", log_keys.at(self).public_key()),
            log::NoteVerifier{name + ".example/log/cosigner", log::NoteKeyType::cosignature,
                              cosigner_keys.at(self).public_key()}
                .text(),
            endpoint + ":7001", endpoint + ":7443"},
           to_bytes(group.verifying_shares.at(self).bytes())});
    }
    const auto statement = daemon::statement_of(authority_);
    REQUIRE(statement);
    authority_.id = statement->digest();
    for (const auto& [self, identity] : identities)
      authority_.ceremony.signatures[self.value() - 1U] =
          ceremony::begin(*statement, self, identity, daemon::roster_of(authority_))
              .outbox.to_all.signature;
    auto checked = daemon::checked_authority(ca::to_json(authority_));
    INFO((checked ? "" : checked.error().message));
    REQUIRE(checked);
    authority_ = *std::move(checked);
    for (auto& [self, key] : keys) {
      daemon::Member member(authority_, self, std::move(identities.at(self)), std::move(key));
      const std::string file = dir.file(member.name() + ".db");
      parties_.emplace(self, std::make_unique<SmallParty>(
                                 *this, std::move(member), std::move(log_keys.at(self)),
                                 std::move(cosigner_keys.at(self)),
                                 std::make_unique<SeededRng>(100U + self.value()), file));
      ca::Policy policy;
      policy.base.approve = ca::Approval::automatic;
      parties_.at(self)->signer->set_policy(policy);
    }
  }

  SeededRng rng_{42};
  ca::Authority authority_;
  PerParty<std::unique_ptr<SmallParty>> parties_;
};

inline void SmallParty::start() {
  auto opened = daemon::Store::open(file);
  REQUIRE(opened);
  store = *std::move(opened);
  auto loaded = daemon::Registry::load(
      *store, daemon::RevocationVotes(member.authority.id, member.authority.min_signers));
  REQUIRE(loaded);
  registry = *std::move(loaded);
  auto log_opened = daemon::PartyLog::open(*store, SigningKey(log_key.seed().duplicate()),
                                           member.name() + ".example/log");
  INFO((log_opened ? "" : log_opened.error().message));
  REQUIRE(log_opened);
  log = *std::move(log_opened);
  const auto accuse = [this](const Evidence& evidence) { accusations.push_back(evidence); };
  const auto clock = [this] { return authority.now; };
  const auto notice = [this](const std::string& text) { notices.push_back(text); };
  auto copies = daemon::Mirrors::open(member, *store, *registry,
                                      SigningKey(cosigner_key.seed().duplicate()), accuse);
  INFO((copies ? "" : copies.error().message));
  REQUIRE(copies);
  mirrors = *std::move(copies);
  signer =
      std::make_unique<daemon::Signer>(member, *registry, *log, *mirrors, *store, *rng, accuse);
  mirror_service = std::make_unique<daemon::MirrorService>(member, *log, *mirrors, *store, peers,
                                                           *rng, clock, notice);
  log->halt("");  // tests that are about the start bring it about themselves
  view = std::make_unique<daemon::RevocationView>(member, *registry, *store);
  auto lists_opened = daemon::RevocationLists::open(member, *store);
  INFO((lists_opened ? "" : lists_opened.error().message));
  REQUIRE(lists_opened);
  lists = *std::move(lists_opened);
  voting =
      std::make_unique<daemon::RevocationVoting>(member, *signer, *registry, *view, *log, *store);
  list_signer =
      std::make_unique<daemon::RevocationSigner>(member, *view, *lists, *log, *rng, accuse);
  revocations = std::make_unique<daemon::RevocationService>(
      authority.io.get_executor(), member, *registry, *view, *lists, *voting, *list_signer,
      *mirror_service, peers, *rng, clock, accuse, notice, authority.list_times);
  service =
      std::make_unique<daemon::PeerService>(member, *signer, *mirror_service, *revocations, clock);
  issuance = std::make_unique<daemon::Issuance>(authority.io.get_executor(), member, *signer,
                                                *mirror_service, *registry, *log, *store, peers,
                                                *rng, clock, accuse, notice, authority.times);
}

inline Envelope SmallParty::answer(Identifier from, const Envelope& envelope) {
  const PublicKey key = member.roster.at(from);
  std::optional<Bytes> bytes;
  const auto ask = [](daemon::PeerService& to, PublicKey who, Bytes request,
                      std::optional<Bytes>& into) -> transport::awaitable<void> {
    Bytes got = co_await to.answer(who, std::move(request));
    into = std::move(got);
  };
  boost::asio::io_context own;
  std::exception_ptr thrown;
  boost::asio::co_spawn(own, ask(*service, key, encoded(envelope), bytes),
                        [&](const std::exception_ptr& what) { thrown = what; });
  own.run();
  if (thrown) std::rethrow_exception(thrown);
  const auto parsed = parse(std::type_identity<Envelope>{}, *bytes);
  REQUIRE(parsed);
  return *parsed;
}

inline transport::awaitable<Result<Envelope, Error>> SmallPeers::ask(Identifier to,
                                                                     Envelope envelope,
                                                                     milliseconds timeout) {
  const auto lost = [&](const Fate& fate) {
    return fate.end == Fate::End::lost || fate.delay >= timeout;
  };
  const Fate there = authority_.bend(self_, to, envelope);
  if (there.end == Fate::End::refused) co_return failed("cannot be reached");
  if (lost(there)) {
    co_await transport::sleep_for(timeout);
    co_return failed("no answer in time");
  }
  if (there.delay.count() > 0) co_await transport::sleep_for(there.delay);
  std::optional<Envelope> answer;
  try {
    for (unsigned i = 0; i < there.copies; ++i)
      answer = authority_.party(to).answer(self_, envelope);
  } catch (const std::exception& problem) {
    co_return failed(problem.what());
  }
  const Fate back = authority_.bend(to, self_, *answer);
  if (back.end == Fate::End::refused) co_return failed("the connection was closed");
  if (lost(back)) {
    co_await transport::sleep_for(timeout);
    co_return failed("no answer in time");
  }
  if (back.delay.count() > 0) co_await transport::sleep_for(back.delay);
  co_return *std::move(answer);
}

// What tests of one message look at.

/// The payload as the message that its round number says; fails the test otherwise.
template <class Message>
[[nodiscard]] Message opened(const Envelope& envelope, MessageType type) {
  if (envelope.header.round == number(MessageType::declined) && type != MessageType::declined) {
    const auto declined = parse(std::type_identity<daemon::Declined>{}, envelope.payload);
    FAIL("declined: " << (declined ? declined->code + ": " + declined->reason : "?"));
  }
  REQUIRE(envelope.header.round == number(type));
  auto message = parse(std::type_identity<Message>{}, envelope.payload);
  REQUIRE(message);
  return *std::move(message);
}

/// The shares inside what a signer released.
[[nodiscard]] inline Envelope shares_in(const Envelope& released) {
  return opened<daemon::ReleasedMessage>(released, MessageType::released).shares;
}
/// The same answer of a liar with another payload of the shares, all of it signed again.
[[nodiscard]] inline Envelope with_shares(const SmallParty& liar, const Envelope& released,
                                          Bytes payload) {
  auto message = opened<daemon::ReleasedMessage>(released, MessageType::released);
  message.shares = liar.again(message.shares, std::move(payload));
  return liar.again(released, encoded(message));
}

/// The code of an answer that declines; the empty text of one that does not.
[[nodiscard]] inline std::string declined_code(const Envelope& envelope) {
  if (envelope.header.round != number(MessageType::declined)) return {};
  const auto declined = parse(std::type_identity<daemon::Declined>{}, envelope.payload);
  REQUIRE(declined);
  return declined->code;
}

[[nodiscard]] inline std::vector<nebula::Certificate> certificates_in(
    const daemon::Answer& answer) {
  REQUIRE(std::holds_alternative<enroll::Bundle>(answer));
  const auto& bundle = std::get<enroll::Bundle>(answer);
  auto certificates = nebula::parse_certificates(bundle.certificates.at(ca::Kind::nebula));
  REQUIRE(certificates);
  return *std::move(certificates);
}

[[nodiscard]] inline bool was_issued(const daemon::Answer& answer) {
  if (const auto* few = std::get_if<daemon::TooFewParties>(&answer))
    for (const std::string& party : few->missing) UNSCOPED_INFO("missing: " << party);
  if (const auto* no = std::get_if<daemon::Declination>(&answer))
    UNSCOPED_INFO(no->party << " declined: " << no->rule << ": " << no->reason);
  return std::holds_alternative<enroll::Bundle>(answer);
}

/// The evidence convicts `culprit` of `check` in its canonical text before a stranger, and no text
/// with one bit changed does. Long texts are sampled.
inline void check_case(SmallAuthority& authority, const Evidence& evidence, Identifier culprit,
                       const std::string& check) {
  CHECK(evidence.culprit == culprit);
  CHECK(evidence.check == check);
  const EvidenceContext context = authority.context();
  const EvidenceChecks checks = daemon::all_checks(authority.authority());
  std::string text = to_json(evidence);
  const auto parsed = parse_evidence(text);
  REQUIRE(parsed);
  CHECK(*parsed == evidence);
  const auto verdict = verify_evidence(*parsed, context, checks);
  INFO((verdict ? "" : verdict.error().message));
  REQUIRE(verdict);
  constexpr std::size_t samples = 700;
  const std::size_t step = std::max<std::size_t>(1, text.size() / samples);
  std::size_t convicting = 0, flip = 0;
  for (std::size_t at = 0; at < text.size(); at += step, ++flip) {
    const char kept = text[at];
    text[at] = static_cast<char>(kept ^ (1 << (flip % 8)));
    if (const auto altered = parse_evidence(text))
      convicting += verify_evidence(*altered, context, checks).has_value() ? 1 : 0;
    text[at] = kept;
  }
  CHECK(convicting == 0);
}

/// Somebody has a sound case against `culprit` for `check`, and nobody accuses anyone else.
inline void check_only_culprit(SmallAuthority& authority, Identifier culprit,
                               const std::string& check) {
  std::size_t cases = 0;
  for (const ca::Party& each : authority.authority().parties)
    for (const Evidence& evidence : authority.party(each.identifier).accusations) {
      CHECK(evidence.culprit == culprit);
      if (evidence.check != check) continue;
      if (++cases == 1) check_case(authority, evidence, culprit, check);
    }
  CHECK(cases > 0);
}

inline void check_no_accusations(SmallAuthority& authority) {
  for (const ca::Party& each : authority.authority().parties)
    for (const Evidence& evidence : authority.party(each.identifier).accusations)
      FAIL_CHECK("party" << each.identifier << " accuses party" << evidence.culprit.value()
                         << " of " << evidence.check);
}

}  // namespace jointca::test
