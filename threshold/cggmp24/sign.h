// threshold/cggmp24/sign.h — signing with a presignature: one round, every partial signature
// checked.
//
// The presignature is re-randomised for the message and for what nobody could foresee while the
// message was chosen, without which presignatures lose security with every one that is in stock
// (Groth and Shoup, https://eprint.iacr.org/2021/1330; CVE-2025-66017). What is signed is a
// message, never a digest. docs/protocols/cggmp24.md.
#pragma once

#include "threshold/cggmp24/presign/presignature.h"
#include "threshold/cggmp24/rounds.h"
#include "threshold/round.h"

namespace jointca::cggmp24::sign {

using cggmp24::encode, cggmp24::parse;

/// What the signers agreed to sign.
struct Request {
  Digest session_id{};  ///< fresh for every run
  Bytes message;        ///< as each signer's own policy produced it
  /// Over fresh values of all signers, sent with their approvals of the message: nobody who could
  /// still choose the message knew it.
  Digest fresh{};

  template <class Self, class Visit>
  static void fields(Self& self, Visit& visit) {
    visit(self.session_id);
    visit(self.message, BytesLimit{payload_bytes_max});
    visit(self.fresh);
  }
  [[nodiscard]] Digest digest() const;
};

struct PartialMessage {
  static constexpr std::string_view malformed = "cggmp24.sign.malformed";
  Digest presignature{};  ///< PublicPresignature::id
  Digest request{};       ///< Request::digest
  p256::Scalar sigma;     ///< k̃·m + r·χ̃

  template <class Self, class Visit>
  static void fields(Self& self, Visit& visit) {
    visit(self.presignature);
    visit(self.request);
    visit(self.sigma);
  }
};

/// The presignature as this request uses it: Γ is replaced by ρ·Γ, and with it k̃ and χ̃ are divided
/// by ρ. The public commitments stay.
struct Terms {
  Terms(const PublicPresignature& presignature, const Request& request);
  p256::Scalar rho;
  p256::Point Gamma;  ///< ρ·Γ
  p256::Scalar m;     ///< SHA-256 of the message
  p256::Scalar r;
};

/// Whether σ_j·ρΓ = m·Δ̃_j + r·S̃_j.
[[nodiscard]] bool verify_partial(const Terms& terms, const PartialCommitment& signer,
                                  const p256::Scalar& sigma);

class AwaitingPartials : MoveOnly {
 public:
  using Awaits = Round<round_number::sign_partials, PartialMessage, Nothing>;

  /// The signature in DER, with low s; it verifies. Faults: "cggmp24.sign.partial" (proven: not of
  /// the presignature and request that the message names) and "….statement" (local: of another).
  Outcome<Bytes> receive(Inbox<Awaits> inbox) &&;

 private:
  friend Result<Step<AwaitingPartials>, Error> begin(Presignature, Request);
  AwaitingPartials(PublicPresignature presignature, Request request, PartialMessage own)
      : presignature_(std::move(presignature)),
        request_(std::move(request)),
        own_(std::move(own)) {}

  PublicPresignature presignature_;
  Request request_;
  PartialMessage own_;
};

/// Uses the presignature up, whatever comes of it. Error cggmp24.sign.own (failed): our own partial
/// signature does not fit, because the presignature was damaged where it was kept. Sending it would
/// convict us.
[[nodiscard]] Result<Step<AwaitingPartials>, Error> begin(Presignature presignature,
                                                          Request request);

}  // namespace jointca::cggmp24::sign
