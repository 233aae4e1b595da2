// tests/unit/threshold/cggmp24/saboteur.h — what a signer of presigning keeps to itself, for tests
// in which it lies.
#pragma once

#include "threshold/cggmp24/presign/presign.h"

namespace jointca::cggmp24::presign {

struct Saboteur {
  /// Of its own message, so that it goes on as if that were right.
  static Round3Message& kept(AwaitingRound3& stage) { return stage.own_; }
  static const History& history(const AwaitingRound3& stage) { return stage.history_; }
  static const Secrets& secrets(const AwaitingRound3& stage) { return stage.secrets_; }

  /// One party's δ, or its S, is another in all that it does (S8).
  static void lie(Step<AwaitingRound3>& step, Factor factor) {
    for (Round3Message* message : {&step.outbox.to_all, &kept(step.stage)}) {
      if (factor == Factor::gamma) message->delta = message->delta + p256::Scalar(1);
      if (factor == Factor::x) message->S = message->S + p256::Point::base();
    }
  }
};

}  // namespace jointca::cggmp24::presign
