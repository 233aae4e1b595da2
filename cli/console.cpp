#include "cli/console.h"

#include <algorithm>
#include <cstdlib>
#include <iostream>

#include <termios.h>
#include <unistd.h>

#include "machine/files.h"

namespace jointca::cli {
namespace {

constexpr std::size_t passphrase_bytes_max = 1024;

/// Characters on the screen, which is what columns are made of.
std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

/// Reads one line without echoing it.
Result<SecretBytes, Error> ask(const std::string& prompt) {
  if (isatty(STDIN_FILENO) == 0)
    return failed(Error::Code::usage,
                  "no passphrase: give --passphrase-file or JOINTCA_PASSPHRASE_FILE");
  std::cerr << prompt << std::flush;
  termios before{};
  tcgetattr(STDIN_FILENO, &before);
  termios silent = before;
  silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
  tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
  Bytes line;
  line.reserve(passphrase_bytes_max);  // so that no reallocation leaves a copy
  char c = 0;
  while (line.size() < passphrase_bytes_max && ::read(STDIN_FILENO, &c, 1) == 1 && c != '\n')
    line.push_back(static_cast<std::uint8_t>(c));
  tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
  std::cerr << '\n';
  return SecretBytes(std::move(line));
}

}  // namespace

void print_table(std::ostream& out, const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i == widths.size()) widths.push_back(0);
      widths[i] = std::max(widths[i], width_of(row[i]));
    }
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += row[i];
      if (i + 1 < row.size()) line.append(widths[i] - width_of(row[i]) + 2, ' ');
    }
    out << line << '\n';
  }
}

void print_fields(std::ostream& out,
                  const std::vector<std::pair<std::string, std::string>>& fields) {
  std::vector<std::vector<std::string>> rows;
  rows.reserve(fields.size());
  for (const auto& [name, value] : fields) rows.push_back({name, value});
  print_table(out, rows);
}

int report(const Error& error) {
  std::cerr << "jointca: " << error.message << '\n';
  return static_cast<int>(error.code);
}

std::string printable(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c > ' ' && c < 0x7f)
      out += c;
    else
      out += "\\x" + to_hex(BytesView(as_bytes(std::string_view(&c, 1))));
  }
  return out;
}

std::string words_of(const Digest& digest) {
  constexpr std::string_view consonants = "bdfghjklmnprstvz";
  constexpr std::string_view vowels = "aiou";
  std::string out;
  for (std::size_t i = 0; i < 16; i += 2) {
    const unsigned value = static_cast<unsigned>(digest[i]) << 8U | digest[i + 1];
    if (!out.empty()) out += ' ';
    out += consonants[value >> 12U & 15U];
    out += vowels[value >> 10U & 3U];
    out += consonants[value >> 6U & 15U];
    out += vowels[value >> 4U & 3U];
    out += consonants[value & 15U];
  }
  return out;
}

Result<SecretBytes, Error> read_passphrase(const std::optional<std::string>& file, bool confirm) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nobody sets it
  const char* environment = std::getenv("JOINTCA_PASSPHRASE_FILE");
  if (!file && environment == nullptr) {
    JCA_ASSIGN(auto first, ask("Passphrase: "));
    if (first.expose().empty()) return failed(Error::Code::usage, "an empty passphrase");
    if (confirm) {
      JCA_ASSIGN(const auto second, ask("Again: "));
      if (!equal(first.expose(), second.expose()))
        return failed(Error::Code::usage, "the passphrases differ");
    }
    return first;
  }
  JCA_ASSIGN(Bytes content,
             machine::read_file(file ? *file : std::string(environment), passphrase_bytes_max));
  const SecretBytes whole(std::move(content));
  const BytesView text = whole.expose();
  const auto end = std::find(text.begin(), text.end(), static_cast<std::uint8_t>('\n'));
  if (end == text.begin()) return failed(Error::Code::usage, "an empty passphrase");
  return SecretBytes(Bytes(text.begin(), end));
}

}  // namespace jointca::cli
