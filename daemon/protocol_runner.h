// daemon/protocol_runner.h — carries any protocol of threshold/round.h over a channel.
#pragma once

#include <type_traits>
#include <variant>

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
/// An output, or a last round that finds out why there is none.
template <class T, class S>
struct OutputOf<std::variant<T, Step<S>>> {
  using type = T;
};

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

/// Runs from `step` to the protocol's output, computing beside the event loop. This is the whole
/// network side of every protocol: what a stage blames arrives as evidence, with the inputs that
/// the stage gave.
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
    if (!parsed) co_return Unexpected{channel.failure(parsed.error())};
    inbox.from_all = *std::move(parsed);
  }
  if constexpr (!std::is_same_v<ToEach, Nothing>) {
    for (const auto& [peer, message] : step.outbox.to_each)
      channel.send(round, peer, encoded(message));
    auto raw = co_await channel.collect(round, false);
    if (!raw) co_return Unexpected{std::move(raw).error()};
    auto parsed = parse_all<ToEach>(*raw, Exhibit::Kind::to_each);
    // The channel keeps its own.
    for (auto& [peer, envelope] : *raw) const SecretBytes wiped(std::move(envelope.payload));
    if (!parsed) co_return Unexpected{channel.failure(parsed.error())};
    inbox.from_each = *std::move(parsed);
  }

  auto received = co_await transport::apart(
      [&step, &inbox] { return std::move(step.stage).receive(std::move(inbox)); });
  if (!received) co_return Unexpected{channel.failure(received.error())};
  using Next = ReceivedBy<S>;
  using Output = typename OutputOf<Step<S>>::type;
  if constexpr (is_step<Next>) {
    auto output = co_await run_protocol(channel, *std::move(received));
    co_return output;
  } else if constexpr (std::is_same_v<Next, Output>) {
    co_return *std::move(received);
  } else {
    Next ending = *std::move(received);
    if (auto* output = std::get_if<Output>(&ending)) co_return std::move(*output);
    auto explained = co_await run_protocol(channel, std::get<1>(std::move(ending)));
    if (!explained) co_return Unexpected{std::move(explained).error()};
    co_return ceremony_failed({Error::Code::failed, "a protocol failed, and nobody is to blame"});
  }
}

}  // namespace jointca::daemon
