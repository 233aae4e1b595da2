// mpyc-adapter/greeting.cpp — questions and answers of a meeting, each writer beside its parser.
#include "mpyc-adapter/greeting.h"

#include <algorithm>

#include "base/codec.h"
#include "base/utf8.h"

namespace jointca::mpyc {
namespace {

constexpr std::string_view label = "jointca/session-meeting/v1\n";
constexpr std::uint8_t version = 1;

void write_padding(Writer& out, std::uint16_t count) { out.integer(count).bytes(Bytes(count, 0)); }

Parsed<std::uint16_t> read_padding(Reader& in) {
  JCA_ASSIGN(const auto count, in.integer<std::uint16_t>(0, padding_bytes_max));
  JCA_ASSIGN(const BytesView zeros, in.bytes(count));
  if (std::any_of(zeros.begin(), zeros.end(), [](std::uint8_t byte) { return byte != 0; }))
    return in.fail("padding is not zero");
  return count;
}

template <class Enum>
Parsed<Enum> read_enum(Reader& in, Enum last) {
  JCA_ASSIGN(const auto value, in.integer<std::uint8_t>(0, static_cast<std::uint8_t>(last)));
  return static_cast<Enum>(value);
}

void write(Writer& out, const Ending& ending) {
  out.integer(static_cast<std::uint8_t>(ending.status));
  out.integer(static_cast<std::uint8_t>(ending.result ? 1 : 0));
  if (ending.result) out.bytes(*ending.result);
}

Parsed<Ending> read_ending(Reader& in) {
  Ending ending;
  JCA_ASSIGN(ending.status, in.integer<std::uint8_t>());
  JCA_ASSIGN(const auto has_result, in.integer<std::uint8_t>(0, 1));
  if (has_result == 0) return ending;
  JCA_ASSIGN(ending.result, in.array<32>());
  return ending;
}

void write(Writer& out, const Failure& failure) {
  out.integer(static_cast<std::uint8_t>(row_of(failure.check).exit_status));
  out.text16(failure.reason);
}

Parsed<Failure> read_failure(Reader& in) {
  JCA_ASSIGN(const auto status, in.integer<std::uint8_t>());
  const auto rows = check_table();
  const auto row = std::find_if(rows.begin(), rows.end(),
                                [&](const CheckRow& each) { return each.exit_status == status; });
  if (row == rows.end()) return in.fail("no check has this status");
  Failure failure{row->check, {}};
  JCA_ASSIGN(failure.reason, in.text16(failure_bytes_max));
  if (failure.reason.empty() || !is_one_line(failure.reason))
    return in.fail("not one line of text");
  return failure;
}

/// What the signature covers, without the label.
void write_statement(Writer& out, const Answer& answer) {
  out.integer(version);
  out.bytes(answer.pairing.manifest).bytes(answer.pairing.grant);
  out.integer(answer.pairing.from).integer(answer.pairing.to);
  out.bytes(answer.asked).bytes(answer.own);
  out.integer(static_cast<std::uint8_t>(answer.intent));
  out.integer(static_cast<std::uint64_t>(answer.clock));
  out.integer(answer.holds);
  out.integer(static_cast<std::uint8_t>(answer.phase));
  JCA_ASSERT(answer.ending.has_value() == (answer.phase == Phase::ended));
  JCA_ASSERT(answer.failure.has_value() == (answer.phase == Phase::failed));
  if (answer.ending) write(out, *answer.ending);
  if (answer.failure) write(out, *answer.failure);
}

Parsed<Answer> read_statement(Reader& in) {
  JCA_TRY(in.expect(version, "version"));
  Answer answer;
  JCA_ASSIGN(answer.pairing.manifest, in.array<32>());
  JCA_ASSIGN(answer.pairing.grant, in.array<32>());
  JCA_ASSIGN(answer.pairing.from, in.integer<std::uint8_t>(0, seats_max - 1));
  JCA_ASSIGN(answer.pairing.to, in.integer<std::uint8_t>(0, seats_max - 1));
  JCA_ASSIGN(answer.asked, in.array<32>());
  JCA_ASSIGN(answer.own, in.array<32>());
  JCA_ASSIGN(answer.intent, read_enum(in, Intent::run));
  // Until the year 9999, so that differences do not overflow.
  JCA_ASSIGN(const auto clock,
             in.integer<std::uint64_t>(0, std::uint64_t{unix_seconds_max} * 1000));
  answer.clock = static_cast<std::int64_t>(clock);
  JCA_ASSIGN(answer.holds, in.integer<std::uint32_t>(0, (1U << seats_max) - 1));
  JCA_ASSIGN(answer.phase, read_enum(in, Phase::failed));
  if (answer.phase == Phase::ended) {
    JCA_ASSIGN(answer.ending, read_ending(in));
  } else if (answer.phase == Phase::failed) {
    JCA_ASSIGN(answer.failure, read_failure(in));
  }
  return answer;
}

}  // namespace

Bytes encode(const Question& question) {
  Writer out;
  out.integer(version).integer(static_cast<std::uint8_t>(question.wanted)).bytes(question.nonce);
  write_padding(out, question.padding);
  return std::move(out).take();
}

Parsed<Question> parse_question(BytesView bytes) {
  Reader in(bytes);
  JCA_TRY(in.expect(version, "version"));
  Question question;
  JCA_ASSIGN(question.wanted, read_enum(in, Phase::ended));
  JCA_ASSIGN(question.nonce, in.array<32>());
  JCA_ASSIGN(question.padding, read_padding(in));
  JCA_TRY(in.finish());
  return question;
}

Bytes to_be_signed(const Answer& answer) {
  Writer out;
  out.bytes(as_bytes(label));
  write_statement(out, answer);
  return std::move(out).take();
}

Bytes encode(const Answer& answer) {
  Writer out;
  write_statement(out, answer);
  out.bytes(answer.signature);
  write_padding(out, answer.padding);
  return std::move(out).take();
}

Parsed<Answer> parse_answer(BytesView bytes) {
  if (bytes.size() > answer_bytes_max) return malformed("answer", "too long");
  Reader in(bytes);
  JCA_ASSIGN(auto answer, read_statement(in));
  JCA_ASSIGN(answer.signature, in.array<64>());
  JCA_ASSIGN(answer.padding, read_padding(in));
  JCA_TRY(in.finish());
  return answer;
}

std::optional<std::string> objection(const Answer& answer, const Question& question,
                                     const Pairing& expected, const PublicKey& key) {
  if (!verify(key, to_be_signed(answer), answer.signature)) return "did not sign its answer";
  if (answer.asked != question.nonce) return "answers another question";
  if (answer.padding != question.padding) return "answers at another length";
  if (answer.pairing.manifest != expected.manifest)
    return "has another manifest: " + to_hex(answer.pairing.manifest);
  if (answer.pairing.grant != expected.grant)
    return "has another grant: " + to_hex(answer.pairing.grant);
  if (answer.pairing.from != expected.from)
    return "takes seat " + std::to_string(answer.pairing.from);
  if (answer.pairing.to != expected.to) return "answers seat " + std::to_string(answer.pairing.to);
  return std::nullopt;
}

std::optional<std::string> clock_objection(const Manifest& manifest,
                                           const std::vector<std::chrono::milliseconds>& ahead) {
  JCA_ASSERT(ahead.size() == manifest.seats.size());
  std::vector<std::size_t> order(ahead.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](auto a, auto b) { return ahead[a] < ahead[b]; });
  const auto seconds_between = [&](std::size_t a, std::size_t b) {
    return std::to_string((ahead[b] - ahead[a]).count() / 1000) + " s";
  };
  const auto name = [&](std::size_t seat) { return manifest.seats[seat].name; };
  const std::size_t slowest = order.front(), fastest = order.back();
  if (ahead[fastest] - ahead[slowest] <= clock_apart_max) return std::nullopt;

  // Members [begin, end) in the order of their clocks agree. The most, if no others are as many.
  std::size_t begin = 0, end = 0, as_many = 0;
  for (std::size_t first = 0, last = 0; first < order.size(); ++first) {
    while (last < order.size() && ahead[order[last]] - ahead[order[first]] <= clock_apart_max)
      ++last;
    if (last - first == end - begin) ++as_many;
    if (last - first <= end - begin) continue;
    begin = first;
    end = last;
    as_many = 0;
  }
  if (2 * (end - begin) <= order.size() || as_many > 0)
    return "the clocks of " + name(slowest) + " and " + name(fastest) + " are " +
           seconds_between(slowest, fastest) + " apart";
  const std::size_t middle = order[begin + (end - begin) / 2];
  std::string text;
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (i >= begin && i < end) continue;
    text += (text.empty() ? "the clock of " : ", that of ") + name(order[i]) + " is " +
            (i < begin ? seconds_between(order[i], middle) + " behind those of most members"
                       : seconds_between(middle, order[i]) + " ahead of those of most members");
  }
  return text;
}

}  // namespace jointca::mpyc
