// mpyc-adapter/arguments.cpp — what a manifest may say on a command line: paths that stay in their
// folder, arguments that reach the program.
#include <algorithm>

#include "mpyc-adapter/manifest.h"

namespace jointca::mpyc {
namespace {

/// Of mpyc/__init__.py, `_get_arg_parser`: versions 0.10 to 0.11.
constexpr std::array<std::string_view, 22> long_options{
    "VERSION",   "HELP",        "help",           "config",     "index",     "threshold",
    "base-port", "ssl",         "workers",        "bit-length", "sec-param", "log-level",
    "no-log",    "no-async",    "no-barrier",     "no-gmpy2",   "no-numpy",  "no-uvloop",
    "no-prss",   "mix32-64bit", "output-windows", "output-file"};

bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_component(std::string_view text) {
  return !text.empty() && text.front() != '.' && text.front() != '-' &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return is_lower(c) || is_digit(c) || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' ||
                  c == '.';
         });
}

}  // namespace

bool is_path(std::string_view text) {
  if (text.size() > path_bytes_max) return false;
  for (;;) {
    const std::size_t slash = text.find('/');
    if (!is_component(text.substr(0, slash))) return false;
    if (slash == std::string_view::npos) return true;
    text.remove_prefix(slash + 1);
  }
}

bool is_mpyc_option(std::string_view argument) {
  if (argument.size() < 2 || argument[0] != '-') return false;
  if (argument[1] != '-')
    // All of MPyC's single letters are capitals, but for -h and -f. A number is no option.
    return !(is_digit(argument[1]) || argument[1] == '.' || is_lower(argument[1])) ||
           argument[1] == 'h' || argument[1] == 'f';
  const std::string_view name = argument.substr(2, argument.find('=') - 2);
  return std::any_of(long_options.begin(), long_options.end(),
                     [&](std::string_view option) { return option.starts_with(name); });
}

}  // namespace jointca::mpyc
