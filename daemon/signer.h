// daemon/signer.h — what a party does when a coordinator asks it to sign.
//
// Three messages in, three messages out, no network: the daemon and the tests feed it. The order of
// writes, and what a crash at each point leaves behind, is in docs/protocols/issuance.md:
//
//   proposal       check the evidence → own policy → Approved | Held | Refusal; nonces, in memory
//   sign request   R known → entry, checkpoint, holding and spent mark durable in one transaction
//                  → proof that it is logged
//   proofs         every other signer has logged the same → its checkpoint in our copy of its log
//                  and cosigned, durable → share leaves
//
// The bytes to be signed never arrive: they are derived from what this party approved.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>

#include "ca/policy.h"
#include "daemon/batch_registry.h"
#include "daemon/intent.h"
#include "daemon/items.h"
#include "daemon/member.h"
#include "daemon/messages.h"
#include "daemon/mirrors.h"
#include "daemon/open_terms.h"
#include "daemon/party_log.h"
#include "daemon/refusal_log.h"
#include "daemon/registry.h"
#include "daemon/verified_requests.h"
#include "threshold/evidence.h"
#include "threshold/frost/signing_session.h"

namespace jointca::daemon {

/// Sessions that each coordinator may have open at once; its oldest makes room.
inline constexpr std::size_t open_sessions_max = 64;
/// Answers kept for a coordinator that did not get them: the same request, the same bytes.
inline constexpr std::size_t answers_max = 256;
/// Sessions in which a party takes part for one request: each may leave a certificate behind.
inline constexpr std::uint32_t intents_max = 16;
/// Invitations that a party remembers, an equal share of them by each inviter.
inline constexpr std::size_t invitations_max = 100'000;
/// Sessions of MPyC that wait for the operator or were decided, and have not ended: in all, and of
/// one host.
inline constexpr std::size_t asked_sessions_max = 1'000;
inline constexpr std::size_t asked_sessions_per_host_max = 16;

class Signer {
 public:
  /// Receives evidence against a party, to be kept.
  using Accuse = std::function<void(const Evidence&)>;

  Signer(const Member& member, Registry& registry, PartyLog& party_log, Mirrors& mirrors,
         Store& store, Rng& rng, Accuse accuse);

  void set_policy(ca::Policy policy) { policy_ = std::move(policy); }
  [[nodiscard]] const ca::Policy& policy() const { return policy_; }

  /// Checks the signatures of a request; what was checked before is not checked again.
  [[nodiscard]] Result<Asked, enroll::RequestFault> check_request(BytesView sealed) {
    return verified_requests_.verify(sealed);
  }
  /// Answers a proposal with MessageType::commitments or declined. The envelope's signature and
  /// authority have been checked against the party that sent it.
  [[nodiscard]] Envelope answer_proposal(const Envelope& proposal, Time now);
  /// Answers a sign request with MessageType::logged or declined.
  [[nodiscard]] Envelope answer_sign_request(const Envelope& request, Time now);
  /// The logs whose copies have to reach so many entries before these proofs can be answered.
  [[nodiscard]] PerParty<std::uint64_t> missing_for(const Envelope& proofs) const;
  /// Answers proofs with MessageType::released or declined.
  [[nodiscard]] Envelope answer_proofs(const Envelope& proofs, Time now);
  /// Forgets an open session, at the word of its coordinator: its nonces, and what it reserves.
  void release(const Header& header);
  /// What it refused and has not written yet; whoever runs the party has it written now and then.
  [[nodiscard]] RefusalLog& refusals() { return refusals_; }
  /// Learns certificates that others issued. Fails on one that does not verify.
  [[nodiscard]] Result<Ok, Error> learn(const OutcomeMessage& outcome, Time now);
  /// Remembers an invitation, checked, so that the operator can decide before the host comes.
  /// True if this party's policy asks the operator about it.
  [[nodiscard]] Result<bool, Error> remember(const enroll::Invitation& invitation, Time now);
  /// The operator's word on an invitation, or on a session by the digest of its manifest. Fails if
  /// it is unknown or decided already.
  [[nodiscard]] Result<Ok, Error> decide(const Digest& id, bool approved, const std::string& reason,
                                         Time now);

 private:
  struct Candidate {
    std::optional<ca::Approved> approved;
    Bytes request;  ///< sealed, as proposed
    std::vector<Item> items;
  };
  struct Session : MoveOnly {
    Session(SignedHeader the_proposal, Bytes the_payload, std::vector<Candidate> the_candidates,
            std::vector<std::size_t> the_item_counts, std::optional<frost::BatchNonces> the_nonces,
            Envelope the_answer, Time the_end)
        : proposal(the_proposal),
          payload(std::move(the_payload)),
          candidates(std::move(the_candidates)),
          item_counts(std::move(the_item_counts)),
          nonces(std::move(the_nonces)),
          answer(std::move(the_answer)),
          end(the_end) {}
    SignedHeader proposal;
    Bytes payload;  ///< of the proposal
    std::vector<Candidate> candidates;
    std::vector<std::size_t> item_counts;  ///< of every proposed host, approved or not
    std::optional<frost::BatchNonces> nonces;
    Envelope answer;
    Time end;
  };
  struct Answered {
    Digest session{};  ///< key, as in sessions_
    Digest request{};
    Envelope answer;
  };
  struct Batch;
  /// A session that this party has logged, and signs once the others have.
  struct Committed : MoveOnly {
    Committed(Intent the_intent, frost::SigningPackage the_package,
              std::vector<frost::Joint> the_joint, std::vector<frost::SigningNonces> the_nonces,
              Bytes the_proposal, Bytes the_request, Time the_end)
        : intent(std::move(the_intent)),
          package(std::move(the_package)),
          joint(std::move(the_joint)),
          nonces(std::move(the_nonces)),
          proposal(std::move(the_proposal)),
          request(std::move(the_request)),
          end(the_end) {}
    Intent intent;
    frost::SigningPackage package;
    std::vector<frost::Joint> joint;
    std::vector<frost::SigningNonces> nonces;  ///< one per item
    Bytes proposal;                            ///< payload
    Bytes request;                             ///< payload of the sign request
    Time end;
  };

  [[nodiscard]] Envelope decline(const Envelope& to, std::string code, std::string reason) const;
  [[nodiscard]] BatchRegistry with_open_sessions(std::uint16_t coordinator,
                                                 const ProposalMessage& proposal, Time now) const;
  [[nodiscard]] Result<Ok, Error> ask_operator(const Asked& asked, Time now);
  [[nodiscard]] Result<Ok, Error> ask_operator(const enroll::Invitation& invitation, Time now);
  [[nodiscard]] Result<Ok, Error> ask_operator(const mpyc::Manifest& manifest, Time now);
  [[nodiscard]] ca::Decision decision_on(const ca::Proposal& proposal, const ca::Registry& registry,
                                         Time now) const;
  [[nodiscard]] HostAnswer consider(const ProposedHost& host, const ca::Registry& registry,
                                    std::uint16_t coordinator, Time now, Candidate& candidate);
  void note_refusal(const ProposedHost& host, const HostAnswer& verdict, const Header& header,
                    Time now);
  void forget_old_sessions(Time now, std::uint16_t coordinator);
  [[nodiscard]] Result<Batch, Declined> assemble(const SignRequest& request, Session& session,
                                                 const Header& header);
  [[nodiscard]] Result<CommitmentsMessage, Declined> check_commitments(const Envelope& envelope,
                                                                       const Session& session,
                                                                       const Header& header);
  [[nodiscard]] Result<Ok, Declined> approve_again(const Batch& batch, const Session& session,
                                                   Time now) const;
  [[nodiscard]] Result<LoggedMessage, Error> log_intent(const Batch& batch, const Session& session,
                                                        const Header& header, const Digest& request,
                                                        Time now);
  [[nodiscard]] const Envelope* answered(const Digest& session, const Digest& request) const;
  void remember_answer(const Digest& session, const Digest& request, const Envelope& answer);
  [[nodiscard]] Result<std::vector<Mirrors::Step>, Declined> check_proofs(
      const ProofsMessage& message, const Committed& committed, const Header& header, Time now);

  const Member& member_;
  VerifiedRequests verified_requests_;
  Registry& registry_;
  PartyLog& log_;
  Mirrors& mirrors_;
  Store& store_;
  Rng& rng_;
  Accuse accuse_;
  RefusalLog refusals_;
  ca::Policy policy_;
  std::map<Digest, Session> sessions_;  // by id and coordinator: nobody can occupy another's
  std::map<Digest, Committed> committed_;
  OpenTerms open_terms_;
  std::deque<Answered> answers_;
};

}  // namespace jointca::daemon
