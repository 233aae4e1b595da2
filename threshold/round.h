// threshold/round.h — the shape every round-based protocol here has.
//
// A protocol is a chain of stages. A stage is what one party holds while it waits for its peers; it
// is move-only, and receiving consumes it. No stage does I/O, reads a clock or logs: give it the
// same inputs and it gives the same outputs.
#pragma once

#include <concepts>
#include <string_view>
#include <utility>

#include "threshold/blame.h"
#include "threshold/party.h"

namespace jointca {

/// Header::round: one number per kind of message over all protocols, so that a stranger knows from
/// the signed header alone what a payload was meant to be.
namespace round_number {
inline constexpr std::uint16_t dkg_commitments = 1;
inline constexpr std::uint16_t dkg_shares = 2;
inline constexpr std::uint16_t self_sign_commitments = 3;
inline constexpr std::uint16_t self_sign_shares = 4;
inline constexpr std::uint16_t ceremony_signatures = 5;
inline constexpr std::uint16_t sign_commitments = 16;
inline constexpr std::uint16_t sign_shares = 17;
/// Rounds of some signers of the n parties, who are not known from a header: CGGMP24's presigning
/// and signing (threshold/cggmp24/rounds.h) and what they begin with.
inline constexpr std::uint16_t signers_first = 38;
inline constexpr std::uint16_t agreement = 43;
inline constexpr std::uint16_t signers_last = 47;
inline constexpr std::uint16_t daemon_first = 64;  ///< from here on daemon/ numbers its own
/// The echo of broadcast round `number`.
[[nodiscard]] constexpr std::uint16_t echo_of(std::uint16_t number) {
  return static_cast<std::uint16_t>(number | 0x8000);
}
/// Whether a round, which is not an echo, is one of some parties.
[[nodiscard]] constexpr bool is_of_signers(std::uint16_t number) {
  return number >= signers_first && number <= signers_last;
}
}  // namespace round_number

/// Stands where a round sends nothing of a kind.
struct Nothing {};

/// What one round carries. `ToAll` needs reliable broadcast (threshold/echo.h); `ToEach` needs a
/// confidential channel. A message type names the check that fails when it does not parse:
/// `static constexpr std::string_view malformed`.
template <std::uint16_t number_, class ToAllT, class ToEachT>
struct Round {
  static constexpr std::uint16_t number = number_;
  using ToAll = ToAllT;
  using ToEach = ToEachT;
};

template <class R>
struct Outbox {
  typename R::ToAll to_all;
  PerParty<typename R::ToEach> to_each;  ///< exactly one per peer, or empty
};

/// Exactly one message from every peer, authenticated; the runner guarantees it.
template <class R>
struct Inbox {
  PerParty<typename R::ToAll> from_all;
  PerParty<typename R::ToEach> from_each;
};

/// The next stage, and what we send to get there. Peers send us the same kind of message as we send
/// them, so the outbox is typed by what the stage awaits.
template <class S>
struct Step {
  S stage;
  Outbox<typename S::Awaits> outbox;
};

template <class S>
concept Stage =
    std::movable<S> && !std::copyable<S> && requires(S stage, Inbox<typename S::Awaits> inbox) {
  {std::move(stage).receive(std::move(inbox))};
};

template <class T>
inline constexpr bool is_step = false;
template <class S>
inline constexpr bool is_step<Step<S>> = true;

/// The fault of a sender whose message did not parse.
template <class Message>
[[nodiscard]] Fault malformed_fault(Identifier from, std::uint16_t round, Exhibit::Kind kind) {
  return {from, Fault::Standing::proven, std::string(Message::malformed), {{round, kind}}};
}

}  // namespace jointca
