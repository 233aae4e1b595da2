// threshold/frost/dkg.h — distributed key generation for FROST.
//
// PedPop: Pedersen's DKG with proofs of possession, Komlo and Goldberg 2020, Figure 1
// (https://eprint.iacr.org/2020/852), over FROST(Ed25519, SHA-512) of RFC 9591 §6.1. Tolerates
// t − 1 corrupted parties, with identifiable abort. Needs reliable broadcast for round 1
// (threshold/echo.h) and confidential channels for round 2. The key is not to be used before its
// ceremony certificate is complete (threshold/ceremony.h). docs/protocols/frost-dkg.md.
#pragma once

#include "base/move_only.h"
#include "threshold/frost/types.h"
#include "threshold/round.h"
#include "threshold/shamir.h"

namespace jointca::frost::dkg {

/// What the parties agreed on before they begin.
struct Setup {
  Identifier self;
  std::uint16_t min_signers;  ///< t; 2 ≤ t ≤ |parties|
  PartySet parties;           ///< all n, ourselves included
  Digest session_id;          ///< fresh for every run
};

struct Round1Message {
  static constexpr std::string_view malformed = "frost.dkg.r1.malformed";
  VssCommitment commitment;  ///< t points of the prime-order group, φ₀ ≠ 0
  ProofOfPossession proof;   ///< of the discrete logarithm of φ₀, bound to session and sender
};

struct Round2Message {
  static constexpr std::string_view malformed = "frost.dkg.r2.malformed";
  SecretScalar share;  ///< f_i(ℓ) mod q, for the recipient ℓ alone
};

/// Our key, and what everybody saw while it was made.
struct Output : MoveOnly {
  Output(KeyPackage key_, Digest transcript_) : key(std::move(key_)), transcript(transcript_) {}
  KeyPackage key;
  Digest transcript;  ///< over session, t and all round-1 messages in the order of identifiers
};

class AwaitingRound1;

class AwaitingRound2 : MoveOnly {
 public:
  using Awaits = Round<round_number::dkg_shares, Nothing, Round2Message>;

  /// Verifies each share against its dealer's commitment and sums them into our key. A bad share
  /// convicts its dealer ("frost.dkg.r2.share"). Showing it is harmless: the session is dead.
  Outcome<Output> receive(Inbox<Awaits> inbox) &&;

 private:
  friend class AwaitingRound1;
  AwaitingRound2(Setup setup, SecretScalar own_share, PerParty<Round1Message> messages)
      : setup_(std::move(setup)),
        own_share_(std::move(own_share)),
        messages_(std::move(messages)) {}

  Setup setup_;
  SecretScalar own_share_;            // f_self(self)
  PerParty<Round1Message> messages_;  // of all parties, our own included
};

class AwaitingRound1 : MoveOnly {
 public:
  using Awaits = Round<round_number::dkg_commitments, Round1Message, Nothing>;

  /// Verifies the degree of every commitment ("frost.dkg.r1.degree") and every proof
  /// ("frost.dkg.r1.possession"), all culprits at once; then deals one share to each peer and wipes
  /// our polynomial.
  Outcome<Step<AwaitingRound2>> receive(Inbox<Awaits> inbox) &&;

 private:
  friend Step<AwaitingRound1> begin(Setup, SecretPolynomial, Rng&);
  AwaitingRound1(Setup setup, SecretPolynomial polynomial, Round1Message own)
      : setup_(std::move(setup)), polynomial_(std::move(polynomial)), own_(std::move(own)) {}

  Setup setup_;
  SecretPolynomial polynomial_;
  Round1Message own_;
};

/// Samples our polynomial of degree t − 1, commits to it and proves possession of f(0).
[[nodiscard]] Step<AwaitingRound1> begin(Setup setup, Rng& rng);
/// The same with a given polynomial of t coefficients: for vectors and for importing.
[[nodiscard]] Step<AwaitingRound1> begin(Setup setup, SecretPolynomial polynomial, Rng& rng);

/// c = H("FROST-ED25519-SHA512-v1" || "dkg" || identifier || φ₀ || R || context) mod q, the first
/// three fields 32 bytes each. ZF frost's challenge is the one with an empty `context`; ours is the
/// session id, so that a proof convinces in one session only.
[[nodiscard]] Scalar possession_challenge(Identifier identifier, const Point& phi_0, const Point& R,
                                          BytesView context);
/// `nonce` is used once.
[[nodiscard]] ProofOfPossession prove_possession(Identifier identifier, const SecretScalar& a_0,
                                                 const Point& phi_0, SecretScalar nonce,
                                                 BytesView context);
[[nodiscard]] bool verify_possession(Identifier identifier, const Point& phi_0,
                                     const ProofOfPossession& proof, BytesView context);

void encode(const Round1Message& message, Writer& out);
void encode(const Round2Message& message, Writer& out);
Parsed<Round1Message> parse(std::type_identity<Round1Message>, BytesView input);
Parsed<Round2Message> parse(std::type_identity<Round2Message>, BytesView input);

}  // namespace jointca::frost::dkg
