// mpyc-adapter/command.h — the command line of a member, from the manifest alone: nobody can
// mistype what nobody types.
#pragma once

#include "mpyc-adapter/manifest.h"

namespace jointca::mpyc {

/// The arguments after python's (and the guard's) own: program, MPyC's options, the program's
/// arguments. The same for every member but for -I. IPv6 addresses stand without brackets, in which
/// MPyC would wait for ever.
[[nodiscard]] std::vector<std::string> command_line(const Manifest& manifest, std::size_t seat);

}  // namespace jointca::mpyc
