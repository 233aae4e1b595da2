// threshold/cggmp24/aux_info.h — auxiliary information: everyone's Paillier key and ring-Pedersen
// setup, with the proofs that they are of the right form.
//
// Fig. 7 of CGGMP24 without the refresh of shares, as in LFDT-Lockness' specification
// ("Provisioning"). Once per group of parties; good for many keys. With identifiable abort. Needs
// reliable broadcast for every message to all (threshold/echo.h). docs/protocols/cggmp24.md.
#pragma once

#include "base/move_only.h"
#include "threshold/cggmp24/message.h"
#include "threshold/cggmp24/rounds.h"
#include "threshold/round.h"

namespace jointca::cggmp24::aux_info {

/// What the parties agreed on before they begin.
struct Setup {
  const Parameters* parameters;
  Identifier self;
  PartySet parties;   ///< all n ≥ 2, ourselves included
  Digest session_id;  ///< fresh for every run
};

/// The public values of one party.
struct PublicAux {
  PaillierPublicKey paillier;
  RingPedersen pedersen;
  bool operator==(const PublicAux&) const = default;
};

struct CommitmentMessage {
  static constexpr std::string_view malformed = "cggmp24.aux.r1.malformed";
  Digest V{};  ///< H(session, sender, opening)

  template <class Self, class Visit>
  static void fields(Self& self, Visit& visit) {
    visit(self.V);
  }
};

/// Integers are as they came; AwaitingOpenings makes keys of them.
struct OpeningMessage {
  static constexpr std::string_view malformed = "cggmp24.aux.r2.malformed";
  Integer N;
  Integer N_hat, s, t;
  Bytes prm;  ///< Πprm of (N̂, s, t)
  Digest rho{};
  Digest u{};  ///< hides the opening in V

  template <class Self, class Visit>
  static void fields(Self& self, Visit& visit) {
    for (auto* value : {&self.N, &self.N_hat, &self.s, &self.t}) visit(*value, residue_limit);
    visit(self.prm, proof_limit);
    visit(self.rho);
    visit(self.u);
  }
};

struct ModulusMessage {
  static constexpr std::string_view malformed = "cggmp24.aux.r3.malformed";
  Digest rho{};  ///< ⊕ of all, as the sender computed it
  Bytes mod;     ///< Πmod of its N, in a session that hashes ρ

  template <class Self, class Visit>
  static void fields(Self& self, Visit& visit) {
    visit(self.rho);
    visit(self.mod, proof_limit);
  }
};

struct FactorMessage {
  static constexpr std::string_view malformed = "cggmp24.aux.r3.malformed_factor";
  Digest rho{};
  Integer N_hat, s, t;  ///< the recipient's setup, as the sender saw it
  Bytes fac;            ///< Πfac of the sender's N under that setup

  template <class Self, class Visit>
  static void fields(Self& self, Visit& visit) {
    visit(self.rho);
    for (auto* value : {&self.N_hat, &self.s, &self.t}) visit(*value, residue_limit);
    visit(self.fac, proof_limit);
  }
};

struct Output : MoveOnly {
  Output(PaillierSecretKey paillier_, RingPedersenSecret pedersen_, PerParty<PublicAux> parties_,
         Digest rho_, Digest transcript_)
      : paillier(std::move(paillier_)),
        pedersen(std::move(pedersen_)),
        parties(std::move(parties_)),
        rho(rho_),
        transcript(transcript_) {}
  PaillierSecretKey paillier;
  RingPedersenSecret pedersen;
  PerParty<PublicAux> parties;  ///< of all, ourselves included
  Digest rho;                   ///< bound into the sessions that use this
  Digest transcript;            ///< over session, parameters and all openings
};

/// What one party keeps for itself.
struct Keys : MoveOnly {
  Keys(PrimePair paillier_primes, PrimePair pedersen_primes, Rng& rng);
  PaillierSecretKey paillier;
  RingPedersenSecret pedersen;
  Secret<32> seed;  ///< for the nonces of the last proofs
};

class AwaitingProofs : MoveOnly {
 public:
  using Awaits = Round<round_number::aux_proofs, ModulusMessage, FactorMessage>;

  /// Faults: "cggmp24.aux.r3.mod" and "….fac" (proven: the proof is not of the statement that the
  /// messages name), "….statement" (local: another ρ or setup than the openings give).
  Outcome<Output> receive(Inbox<Awaits> inbox) &&;

 private:
  friend class AwaitingOpenings;
  AwaitingProofs(Setup setup, Output output)
      : setup_(std::move(setup)), output_(std::move(output)) {}
  void check(Identifier party, const ModulusMessage& modulus, const FactorMessage& factor,
             Blame& blame) const;

  Setup setup_;
  Output output_;
};

class AwaitingOpenings : MoveOnly {
 public:
  using Awaits = Round<round_number::aux_openings, OpeningMessage, Nothing>;

  /// Faults, proven: "cggmp24.aux.r2.commitment" (opens another V), "….modulus" (N is even or not
  /// of the agreed length), "….setup" (the same of N̂, or s, t are no generators, or N̂ has a factor
  /// of N), "….prm"; local, of each party concerned: "….shared" (a factor in common).
  Outcome<Step<AwaitingProofs>> receive(Inbox<Awaits> inbox) &&;

 private:
  friend class AwaitingCommitments;
  AwaitingOpenings(Setup setup, Keys keys, OpeningMessage opening,
                   PerParty<CommitmentMessage> commitments)
      : setup_(std::move(setup)),
        keys_(std::move(keys)),
        opening_(std::move(opening)),
        commitments_(std::move(commitments)) {}

  Setup setup_;
  Keys keys_;
  OpeningMessage opening_;
  PerParty<CommitmentMessage> commitments_;  // of the others
};

class AwaitingCommitments : MoveOnly {
 public:
  using Awaits = Round<round_number::aux_commitments, CommitmentMessage, Nothing>;

  /// Shows our opening. Nothing here can be wrong.
  Outcome<Step<AwaitingOpenings>> receive(Inbox<Awaits> inbox) &&;

 private:
  friend Step<AwaitingCommitments> begin(Setup, PrimePair, PrimePair, Rng&);
  AwaitingCommitments(Setup setup, Keys keys, OpeningMessage opening)
      : setup_(std::move(setup)), keys_(std::move(keys)), opening_(std::move(opening)) {}

  Setup setup_;
  Keys keys_;
  OpeningMessage opening_;
};

/// Four different safe primes of the parameters' length (PrimePair::generate, which takes seconds).
[[nodiscard]] Step<AwaitingCommitments> begin(Setup setup, PrimePair paillier_primes,
                                              PrimePair pedersen_primes, Rng& rng);

/// V of an opening.
[[nodiscard]] Digest commitment(const Digest& session_id, Identifier sender,
                                const OpeningMessage& opening);

/// The first check that an opening fails by itself, or its values.
[[nodiscard]] Result<PublicAux, std::string_view> check_opening(const Parameters& parameters,
                                                                const Digest& session_id,
                                                                Identifier sender,
                                                                const OpeningMessage& opening);
/// Whether the proof is of the sender's N, in the session of the message's own ρ.
[[nodiscard]] bool verify_modulus(const Parameters& parameters, const Digest& session_id,
                                  Identifier sender, const PaillierPublicKey& key,
                                  const ModulusMessage& message);
/// The same under the setup that the message names.
[[nodiscard]] bool verify_factor(const Parameters& parameters, const Digest& session_id,
                                 Identifier sender, const PaillierPublicKey& key,
                                 const FactorMessage& message);

using cggmp24::encode, cggmp24::parse;

}  // namespace jointca::cggmp24::aux_info
