// tests/support/frost_samples.h — one sample of every wire message of threshold/, always the same.
#pragma once

#include "tests/support/frost_keys.h"
#include "threshold/ceremony.h"
#include "threshold/echo.h"
#include "threshold/frost/dkg.h"
#include "threshold/frost/signing_session.h"

namespace jointca::test {

struct Samples {
  SeededRng rng{42};
  Digest authority = rng.array<32>();
  Digest session = rng.array<32>();
  SigningKey identity = SigningKey::generate(rng);
  PerParty<frost::KeyPackage> keys = deal(2, 3, rng);

  Envelope envelope = seal(identity, {authority, session, 16, 1, 3}, to_bytes("payload"));
  SignedHeader signed_header = header_of(envelope);
  EchoMessage echo{{signed_header, signed_header}};
  frost::GroupKey group_key = keys.at(P(1)).group;
  frost::dkg::Round1Message dkg_round1 =
      frost::dkg::begin({P(1), 2, first_parties(3), session}, rng).outbox.to_all;
  frost::dkg::Round2Message dkg_round2{SecretScalar::random(rng)};
  frost::CommitMessage commit = frost::begin_session(keys.at(P(1)), 2, rng, session).message;
  frost::SigningPackage package = *frost::make_package(
      {{"", to_bytes("first")}, {"revocation", to_bytes("second")}},
      {{P(1), commit}, {P(3), frost::begin_session(keys.at(P(3)), 2, rng, session).message}});
  frost::ShareMessage share{package.digest(group_key.public_key), {Scalar(7), Scalar(8)}};
  ceremony::Statement statement{session, authority, group_key, to_bytes("extra")};
  ceremony::SignatureMessage signature{statement.digest(), envelope.signature};
  ceremony::Certificate certificate{{{P(1), envelope.signature}, {P(2), signed_header.signature}}};

  /// visit(name, message) for each.
  template <class Visit>
  void each(Visit visit) const {
    visit("envelope", envelope);
    visit("signed_header", signed_header);
    visit("echo", echo);
    visit("group_key", group_key);
    visit("dkg_round1", dkg_round1);
    visit("dkg_round2", dkg_round2);
    visit("commit", commit);
    visit("signing_package", package);
    visit("share", share);
    visit("ceremony_statement", statement);
    visit("ceremony_signature", signature);
    visit("ceremony_certificate", certificate);
  }
};

}  // namespace jointca::test
