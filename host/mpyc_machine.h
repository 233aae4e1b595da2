// host/mpyc_machine.h — what this machine has for a session of MPyC: Python and its MPyC, files of
// the working folder, addresses, environment.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "host/files.h"
#include "mpyc-adapter/facts.h"

namespace jointca::host {

/// What a program of MPyC gets of our environment, as "NAME=VALUE": where programs are, home, time
/// zone and language. Nothing that changes what Python imports or MPyC does.
[[nodiscard]] std::vector<std::string> program_environment();

/// A Python, and the MPyC that it would import in that environment.
struct Python {
  std::string path;  ///< of the program, absolute
  mpyc::PythonVersion version;
  std::string mpyc;  ///< version; empty: not installed
  Digest package{};  ///< mpyc::tree_digest() of its *.py files
};
/// Asks the program, which imports nothing of MPyC for it. Fails if it is no Python.
[[nodiscard]] Result<Python, Error> look_at_python(const std::string& program);

/// Why MPyC does without gmpy2 although it is installed, as Debian's 2.1 makes it do without a
/// word; nothing if it is loaded or not there. Imports MPyC, so its package is checked before.
[[nodiscard]] Result<std::optional<std::string>, Error> gmpy2_problem(const Python& python);

/// Addresses of this machine's interfaces: by the interface's name.
struct InterfaceAddress {
  std::string interface;
  ca::IpAddress address;
};
[[nodiscard]] Result<std::vector<InterfaceAddress>, Error> machine_addresses();

/// SHA-256 of a file of any size.
[[nodiscard]] Result<Digest, Error> file_digest(const std::string& path);

/// Everything that `session review` compares with the manifest; files are looked for in `folder`.
/// One that is missing is missing there, too.
[[nodiscard]] Result<mpyc::Facts, Error> facts_for(const mpyc::Manifest& manifest,
                                                   const Paths& paths, const std::string& folder,
                                                   const Python& python, Time now);

}  // namespace jointca::host
