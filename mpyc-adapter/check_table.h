// mpyc-adapter/check_table.h — what can keep a session from running, each with its exit status and
// one line on what to do: for `session check` and `session run`, and for scripts around them.
#pragma once

#include <span>
#include <string_view>

namespace jointca::mpyc {

/// In the order in which they are checked. The first that fails ends the command.
enum class Check : std::uint8_t {
  manifest,
  consents,
  grant,
  certificates,
  window,
  clock,
  revocations,
  revoked,
  seat,
  program,
  files,
  environment,
  mpyc_version,
  mpyc_package,
  python,
  gmpy2,
  tls_key,
  tls_mode,
  demo_authority,
  privileges,
  port,
  address,
  overlay,
  peer,
  path_mtu,
  challenge,
  barrier,
  // While MPyC runs; the first six are the seat guard's.
  guard_version,
  seat_taken,
  absent,
  lost,
  silent,
  unfinished,
  result,
  program_failed,
  member_failed,
};

struct CheckRow {
  Check check;
  int exit_status;          ///< never one of Error::Code
  std::string_view name;    ///< stable: "program", "seat-taken"
  std::string_view remedy;  ///< one line
};

/// One row for each, in their order.
[[nodiscard]] std::span<const CheckRow> check_table();
[[nodiscard]] const CheckRow& row_of(Check check);

/// The check that a rule of open_session() belongs to: "grant.signature".
[[nodiscard]] Check check_of_rule(std::string_view rule);
/// The check that a field of differences() belongs to: "program.files.weights.npy".
[[nodiscard]] Check check_of_field(std::string_view field);

}  // namespace jointca::mpyc
