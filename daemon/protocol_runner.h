// daemon/protocol_runner.h — carries any protocol of threshold/round.h over a channel.
#pragma once

#include <type_traits>

#include "daemon/channel.h"
#include "threshold/round.h"

namespace jointca::daemon {

template <class S>
using ReceivedBy = typename decltype(std::declval<S>().receive(
    std::declval<Inbox<typename S::Awaits>>()))::value_type;

template <class S>
struct OutputOf {
  using type = S;
};
template <class S>
struct OutputOf<Step<S>> : OutputOf<ReceivedBy<S>> {};

/// Parses one message of every peer; those that do not parse convict their senders.
template <class Message>
[[nodiscard]] Outcome<PerParty<Message>> parse_all(const PerParty<Envelope>& envelopes,
                                                   Exhibit::Kind kind) {
  PerParty<Message> parsed;
  Blame blame{"a message does not parse", {}};
  for (const auto& [from, envelope] : envelopes) {
    if (auto message = parse(std::type_identity<Message>{}, envelope.payload))
      parsed.emplace(from, *std::move(message));
    else
      blame.faults.push_back(malformed_fault<Message>(from, envelope.header.round, kind));
  }
  if (!blame.faults.empty()) return Unexpected{std::move(blame)};
  return parsed;
}

/// The public inputs that evidence of a stage needs, if it has any.
template <class S>
[[nodiscard]] std::map<std::string, Bytes> evidence_inputs(const S& stage) {
  if constexpr (requires { stage.package(); })
    return {{"package", encoded(stage.package())}};
  else
    return {};
}

/// Runs from `step` to the protocol's output. This is the whole network side of every protocol.
template <class S>
transport::awaitable<CeremonyResult<typename OutputOf<Step<S>>::type>> run_protocol(
    Channel& channel, Step<S> step) {
  using ToAll = typename S::Awaits::ToAll;
  using ToEach = typename S::Awaits::ToEach;
  constexpr std::uint16_t round = S::Awaits::number;
  Inbox<typename S::Awaits> inbox;

  if constexpr (!std::is_same_v<ToAll, Nothing>) {
    const Bytes message = encoded(step.outbox.to_all);
    auto raw = co_await channel.broadcast_and_agree(round, message);
    if (!raw) co_return Unexpected{std::move(raw).error()};
    auto parsed = parse_all<ToAll>(*raw, Exhibit::Kind::to_all);
    if (!parsed) co_return Unexpected{channel.failure(parsed.error(), {})};
    inbox.from_all = *std::move(parsed);
  }
  if constexpr (!std::is_same_v<ToEach, Nothing>) {
    for (const auto& [peer, message] : step.outbox.to_each)
      channel.send(round, peer, encoded(message));
    auto raw = co_await channel.collect(round, false);
    if (!raw) co_return Unexpected{std::move(raw).error()};
    auto parsed = parse_all<ToEach>(*raw, Exhibit::Kind::to_each);
    if (!parsed) co_return Unexpected{channel.failure(parsed.error(), {})};
    inbox.from_each = *std::move(parsed);
  }

  const auto inputs = evidence_inputs(step.stage);
  auto received = std::move(step.stage).receive(std::move(inbox));
  if (!received) co_return Unexpected{channel.failure(received.error(), inputs)};
  if constexpr (is_step<ReceivedBy<S>>) {
    auto output = co_await run_protocol(channel, *std::move(received));
    co_return output;
  } else {
    co_return *std::move(received);
  }
}

}  // namespace jointca::daemon
