// mpyc-adapter/command.cpp — the command line of a member.
#include "mpyc-adapter/command.h"

namespace jointca::mpyc {

std::vector<std::string> command_line(const Manifest& manifest, std::size_t seat) {
  JCA_ASSERT(seat < manifest.seats.size());
  const Options& options = manifest.options;
  std::vector<std::string> out{manifest.program.main.path};
  const auto option = [&](const char* name, const std::string& value) {
    out.emplace_back(name);
    out.push_back(value);
  };
  for (const Seat& each : manifest.seats)
    option("-P", each.address.text() + ":" + std::to_string(each.port));
  option("-I", std::to_string(seat));
  option("-T", std::to_string(options.threshold));
  option("-L", std::to_string(options.bit_length));
  option("-K", std::to_string(options.security));
  if (manifest.channel == Channel::tls) out.emplace_back("--ssl");
  if (!options.prss) out.emplace_back("--no-prss");
  if (!options.asynchronous) out.emplace_back("--no-async");
  if (options.mix32_64bit) out.emplace_back("--mix32-64bit");
  // Under uvloop MPyC's handler of exceptions fails itself, and hides what went wrong.
  out.emplace_back("--no-uvloop");
  const auto& arguments = manifest.program.arguments;
  out.insert(out.end(), arguments.begin(), arguments.end());
  return out;
}

}  // namespace jointca::mpyc
