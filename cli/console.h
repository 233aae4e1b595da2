// cli/console.h — how commands talk to people and scripts.
#pragma once

#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/secret.h"

namespace jointca::cli {

/// Rows of cells, each column as wide as its widest cell; the first row is the heading.
void print_table(std::ostream& out, const std::vector<std::vector<std::string>>& rows);

/// "name  value" lines, the values aligned.
void print_fields(std::ostream& out,
                  const std::vector<std::pair<std::string, std::string>>& fields);

/// Prints the error on standard error and returns its exit status.
int report(const Error& error);

/// For terminals: bytes other than visible ASCII as "\x1b". Names in certificates may hold any.
[[nodiscard]] std::string printable(std::string_view text);

/// Eight words of five letters that stand for the first 16 bytes: proquints (D. S. Wilkerson,
/// "A Proposal for Proquints", 2009), pronounceable in most languages, to be compared aloud.
[[nodiscard]] std::string words_of(const Digest& digest);

/// The passphrase: from `file` if given, else from the file that JOINTCA_PASSPHRASE_FILE names,
/// else asked for on the terminal (twice if `confirm`). One line without its end; never empty.
[[nodiscard]] Result<SecretBytes, Error> read_passphrase(const std::optional<std::string>& file,
                                                         bool confirm);

}  // namespace jointca::cli
