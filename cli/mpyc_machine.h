// cli/mpyc_machine.h — what this machine has for a session of MPyC: Python and its MPyC, files of
// the working folder, addresses, environment.
#pragma once

#include <string>
#include <vector>

#include "host/files.h"
#include "mpyc-adapter/facts.h"

namespace jointca::cli {

/// A Python, and the MPyC that it would import.
struct Python {
  mpyc::PythonVersion version;
  std::string mpyc;  ///< version; empty: not installed
  Digest package{};  ///< mpyc::tree_digest() of its *.py files
};
/// Asks the program, which imports nothing of MPyC for it. Fails if it is no Python.
[[nodiscard]] Result<Python, Error> look_at_python(const std::string& program);

/// SHA-256 of a file of any size.
[[nodiscard]] Result<Digest, Error> file_digest(const std::string& path);

/// Everything that `session review` compares with the manifest; files are looked for in `folder`.
/// One that is missing is missing there, too.
[[nodiscard]] Result<mpyc::Facts, Error> facts_for(const mpyc::Manifest& manifest,
                                                   const host::Paths& paths,
                                                   const std::string& folder,
                                                   const std::string& program, Time now);

}  // namespace jointca::cli
