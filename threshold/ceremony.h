// threshold/ceremony.h — the ceremony certificate: every party signs the outcome with its identity
// key (CertEq of ChillDKG, https://github.com/BlockstreamResearch/bip-frost-dkg).
//
// A key becomes active only with all n signatures. The certificate is checked by a pure function,
// so any holder can convince a party that stopped before the last message (D6).
#pragma once

#include "threshold/joint_key.h"
#include "threshold/round.h"

namespace jointca::ceremony {

inline constexpr std::size_t extra_bytes_max = std::size_t{1} << 18;

/// The outcome that all parties certify.
struct Statement {
  Digest session{};
  Digest transcript{};  ///< of all that made the key
  JointKey group;       ///< public key, verifying shares, t; of CGGMP24 all parties' moduli too
  Bytes extra;          ///< what the caller wants certified too: authority data, CA certificate

  /// The first half of SHA-512 under "jointca/ceremony/v1" of all fields.
  [[nodiscard]] Digest digest() const;
};

struct SignatureMessage {
  static constexpr std::string_view malformed = "frost.ceremony.malformed";
  Digest statement{};          ///< Statement::digest, as the sender computed it
  SignatureBytes signature{};  ///< of the sender's identity key over it
};

/// All n signatures over one statement.
struct Certificate {
  PerParty<SignatureBytes> signatures;
  bool operator==(const Certificate&) const = default;
};

class AwaitingSignatures : MoveOnly {
 public:
  using Awaits = Round<round_number::ceremony_signatures, SignatureMessage, Nothing>;
  /// Faults: "frost.ceremony.signature" (proven: does not sign the statement it names) and
  /// "frost.ceremony.statement" (local: another statement than ours).
  Outcome<Certificate> receive(Inbox<Awaits> inbox) &&;

 private:
  friend Step<AwaitingSignatures> begin(const Statement&, Identifier, const SigningKey&,
                                        PerParty<PublicKey>);
  AwaitingSignatures(Identifier self, PerParty<PublicKey> roster, SignatureMessage own)
      : self_(self), roster_(std::move(roster)), own_(own) {}

  Identifier self_;
  PerParty<PublicKey> roster_;
  SignatureMessage own_;
};

/// `roster`: the identity keys of all parties of the statement's group, ourselves included.
[[nodiscard]] Step<AwaitingSignatures> begin(const Statement& statement, Identifier self,
                                             const SigningKey& identity,
                                             PerParty<PublicKey> roster);

/// Whether every party of `roster`, which is that of the statement's group, signed `statement`.
Result<Ok, Error> verify_certificate(const Statement& statement, const Certificate& certificate,
                                     const PerParty<PublicKey>& roster);
/// Whether the sender's signature is of the statement it names.
[[nodiscard]] bool verify(const SignatureMessage& message, const PublicKey& signer);

void encode(const Statement& statement, Writer& out);
void encode(const SignatureMessage& message, Writer& out);
void encode(const Certificate& certificate, Writer& out);
Parsed<Statement> parse(std::type_identity<Statement>, BytesView input);
Parsed<SignatureMessage> parse(std::type_identity<SignatureMessage>, BytesView input);
Parsed<Certificate> parse(std::type_identity<Certificate>, BytesView input);

}  // namespace jointca::ceremony
