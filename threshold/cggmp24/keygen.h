// threshold/cggmp24/keygen.h — key generation, t of n: Fig. 6 of CGGMP24 with Feldman's sharing, as
// in LFDT-Lockness' specification ("Threshold Key Generation").
//
// Everyone commits to a polynomial before anyone shows one, and proves knowledge of the share that
// results. Tolerates t − 1 corrupted parties, with identifiable abort. Needs reliable broadcast for
// every message to all (threshold/echo.h) and confidential channels for the shares. The key is not
// to be used before its ceremony certificate is complete. docs/protocols/cggmp24.md.
#pragma once

#include "base/move_only.h"
#include "threshold/cggmp24/message.h"
#include "threshold/cggmp24/proofs/sch.h"
#include "threshold/cggmp24/rounds.h"
#include "threshold/cggmp24/sharing.h"
#include "threshold/round.h"

namespace jointca::cggmp24::keygen {

/// What the parties agreed on before they begin.
struct Setup {
  Identifier self;
  std::uint16_t min_signers;  ///< t; 2 ≤ t ≤ |parties|
  PartySet parties;           ///< all n, ourselves included
  Digest session_id;          ///< fresh for every run
};

struct CommitmentMessage {
  static constexpr std::string_view malformed = "cggmp24.keygen.r1.malformed";
  Digest V{};  ///< H(session, sender, opening)

  template <class Self, class Visit>
  static void fields(Self& self, Visit& visit) {
    visit(self.V);
  }
};

struct OpeningMessage {
  static constexpr std::string_view malformed = "cggmp24.keygen.r2.malformed";
  Digest rid{};                ///< our part of what nobody could foresee
  std::vector<p256::Point> S;  ///< commitments to the coefficients: t points, none infinity
  p256::Point A;               ///< commitment of the Schnorr proof
  Digest u{};                  ///< hides the opening in V

  template <class Self, class Visit>
  static void fields(Self& self, Visit& visit) {
    visit(self.rid);
    visit(self.S, CountLimit{parties_max});
    visit(self.A);
    visit(self.u);
  }
};

/// On the wire: u8 version = 1; bytes[32] share, big-endian, below q.
struct ShareMessage {
  static constexpr std::string_view malformed = "cggmp24.keygen.r2.malformed_share";
  p256::SecretScalar share;  ///< σ = f_i(ℓ) mod q, for the recipient ℓ alone
};

struct ProofMessage {
  static constexpr std::string_view malformed = "cggmp24.keygen.r3.malformed";
  Digest rid{};   ///< ⊕ of all, as the sender computed it
  p256::Point X;  ///< its share's public counterpart, likewise
  p256::Scalar z;

  template <class Self, class Visit>
  static void fields(Self& self, Visit& visit) {
    visit(self.rid);
    visit(self.X);
    visit(self.z);
  }
};

/// What everyone may know of a joint key.
struct GroupKey {
  p256::Point public_key;
  PerParty<p256::Point> verifying_shares;  ///< X_i = x_i·G of every party
  std::uint16_t min_signers = 0;
  bool operator==(const GroupKey&) const = default;
};

/// Our share, and what everybody saw while it was made.
struct Output : MoveOnly {
  Output(p256::SecretScalar share_, GroupKey group_, Digest rid_, Digest transcript_)
      : share(std::move(share_)), group(std::move(group_)), rid(rid_), transcript(transcript_) {}
  p256::SecretScalar share;  ///< x_i = f(i) mod q
  GroupKey group;
  Digest rid;         ///< bound into the sessions that use the key
  Digest transcript;  ///< over session, t and all openings in the order of identifiers
};

class AwaitingProofs : MoveOnly {
 public:
  using Awaits = Round<round_number::keygen_proofs, ProofMessage, Nothing>;

  /// Faults: "cggmp24.keygen.r3.proof" (proven: the proof is not of the statement in its message)
  /// and "cggmp24.keygen.r3.statement" (local: another rid or X than the openings give).
  Outcome<Output> receive(Inbox<Awaits> inbox) &&;

 private:
  friend class AwaitingOpenings;
  AwaitingProofs(Setup setup, PerParty<OpeningMessage> openings, Output output)
      : setup_(std::move(setup)), openings_(std::move(openings)), output_(std::move(output)) {}

  Setup setup_;
  PerParty<OpeningMessage> openings_;
  Output output_;
};

class AwaitingOpenings : MoveOnly {
 public:
  using Awaits = Round<round_number::keygen_openings, OpeningMessage, ShareMessage>;

  /// Faults, all proven: "cggmp24.keygen.r2.commitment" (opens another V), "….degree" (not t
  /// coefficients), "….share" (not on the polynomial).
  Outcome<Step<AwaitingProofs>> receive(Inbox<Awaits> inbox) &&;

 private:
  friend class AwaitingCommitments;
  AwaitingOpenings(Setup setup, p256::SecretScalar share, sch::Nonce nonce, Secret<32> blinding,
                   OpeningMessage opening, PerParty<CommitmentMessage> commitments)
      : setup_(std::move(setup)),
        share_(std::move(share)),
        nonce_(std::move(nonce)),
        blinding_(std::move(blinding)),
        opening_(std::move(opening)),
        commitments_(std::move(commitments)) {}

  [[nodiscard]] Blame check(const Inbox<Awaits>& inbox) const;

  Setup setup_;
  p256::SecretScalar share_;  // f_self(self)
  sch::Nonce nonce_;
  Secret<32> blinding_;  // of the multiplications by shares
  OpeningMessage opening_;
  PerParty<CommitmentMessage> commitments_;  // of the others
};

class AwaitingCommitments : MoveOnly {
 public:
  using Awaits = Round<round_number::keygen_commitments, CommitmentMessage, Nothing>;

  /// Shows our commitments and deals one share to each peer. Nothing here can be wrong.
  Outcome<Step<AwaitingOpenings>> receive(Inbox<Awaits> inbox) &&;

 private:
  friend Step<AwaitingCommitments> begin(Setup, Rng&);
  AwaitingCommitments(Setup setup, Polynomial polynomial, sch::Nonce nonce, Secret<32> blinding,
                      OpeningMessage opening)
      : setup_(std::move(setup)),
        polynomial_(std::move(polynomial)),
        nonce_(std::move(nonce)),
        blinding_(std::move(blinding)),
        opening_(std::move(opening)) {}

  Setup setup_;
  Polynomial polynomial_;
  sch::Nonce nonce_;
  Secret<32> blinding_;
  OpeningMessage opening_;
};

/// Samples our polynomial of degree t − 1 and commits to all that we shall show.
[[nodiscard]] Step<AwaitingCommitments> begin(Setup setup, Rng& rng);

/// V of an opening.
[[nodiscard]] Digest commitment(const Digest& session_id, Identifier sender,
                                const OpeningMessage& opening);
/// Whether the proof is of the message's own statement, A being that of the sender's opening.
[[nodiscard]] bool verify_proof(const Digest& session_id, Identifier sender,
                                const OpeningMessage& opening, const ProofMessage& message);
/// Whether `share` is f(i) of the dealer who showed `opening`. `rng` blinds.
[[nodiscard]] bool verify_share(const p256::SecretScalar& share, Identifier i,
                                const OpeningMessage& opening, Rng& rng);

using cggmp24::encode, cggmp24::parse;
void encode(const ShareMessage& message, Writer& out);
Parsed<ShareMessage> parse(std::type_identity<ShareMessage>, BytesView input);

}  // namespace jointca::cggmp24::keygen
