// mpyc-adapter/greeting.h — what members say to each other when they meet: one question, and one
// signed answer. Layout and rules: docs/protocols/session-meeting.md.
//
// A question changes nothing with who is asked, so it is not signed. An answer is signed over the
// question's nonce and all that it is about: it stands for no other session, member, direction or
// moment.
#pragma once

#include <optional>

#include "mpyc-adapter/check_table.h"
#include "mpyc-adapter/manifest.h"

namespace jointca::mpyc {

/// For what a member meets the others. One that only checks keeps nobody from checking, but nobody
/// starts with it.
enum class Intent : std::uint8_t { check, run };

/// How far a member is; a meeting only goes forward.
enum class Phase : std::uint8_t {
  present,  ///< is here
  met,      ///< holds answers of all others
  ready,    ///< holds answers of all others, and all want to run
  go,       ///< holds the word of all others that they are ready
  ended,    ///< its program has ended; an Ending says how
  failed,   ///< it will not go on; a Failure says why
};

using Nonce = std::array<std::uint8_t, 32>;

/// Longest padding of question and answer, to try how large a message the path carries.
inline constexpr std::size_t padding_bytes_max = std::size_t{16} * 1024;
inline constexpr std::size_t failure_bytes_max = 1024;

struct Question {
  Phase wanted = Phase::present;  ///< the answer may wait until the asked member is so far
  Nonce nonce{};                  ///< of the one who asks; never twice
  std::uint16_t padding = 0;      ///< zeros after the question, and after the answer

  bool operator==(const Question&) const = default;
};
[[nodiscard]] Bytes encode(const Question& question);
[[nodiscard]] Parsed<Question> parse_question(BytesView bytes);

/// How the program of a seat ended.
struct Ending {
  int status = 0;                  ///< exit status, 128 + a signal's number: 0 … 255
  std::optional<Digest> result{};  ///< SHA-256 of what it printed, where the manifest compares

  bool operator==(const Ending&) const = default;
};

/// Why a member does not go on.
struct Failure {
  Check check = Check::barrier;
  std::string
      reason;  ///< one line of 1 … failure_bytes_max bytes; names members in the third person

  bool operator==(const Failure&) const = default;
};

/// Who says something to whom, about which session.
struct Pairing {
  Digest manifest{};  ///< its digest
  Digest grant{};     ///< its fingerprint
  std::uint8_t from = 0;
  std::uint8_t to = 0;

  bool operator==(const Pairing&) const = default;
};

struct Answer {
  Pairing pairing;
  Nonce asked{};  ///< the question's
  Nonce own{};    ///< of the one who answers; never twice
  Intent intent = Intent::check;
  std::int64_t clock = 0;   ///< milliseconds since 1970
  std::uint32_t holds = 0;  ///< bit i: it holds an answer of seat i that will do for it
  Phase phase = Phase::present;
  std::optional<Ending> ending{};    ///< when `ended`
  std::optional<Failure> failure{};  ///< when `failed`
  SignatureBytes signature{};        ///< by the identity key of seat `from`, over to_be_signed()
  std::uint16_t padding = 0;         ///< not signed

  bool operator==(const Answer&) const = default;
};
[[nodiscard]] Bytes to_be_signed(const Answer& answer);
[[nodiscard]] Bytes encode(const Answer& answer);
/// Accepts exactly what encode() writes.
[[nodiscard]] Parsed<Answer> parse_answer(BytesView bytes);

inline constexpr std::size_t answer_bytes_max = 512 + failure_bytes_max + padding_bytes_max;

/// Why an answer to `question` is not one of the expected member, in words that follow its name:
/// "has another manifest: 4711…". Nothing if it is.
[[nodiscard]] std::optional<std::string> objection(const Answer& answer, const Question& question,
                                                   const Pairing& expected, const PublicKey& key);

/// Farther apart than this, clocks are not those of one session.
inline constexpr std::chrono::milliseconds clock_apart_max{30'000};

/// Which clocks are wrong, in words: those that differ from the clocks of most members; without
/// such a majority the two that are farthest apart. Nothing if none are farther apart than
/// clock_apart_max. `ahead` is by seat, of any one clock.
[[nodiscard]] std::optional<std::string> clock_objection(
    const Manifest& manifest, const std::vector<std::chrono::milliseconds>& ahead);

}  // namespace jointca::mpyc
