#include "host/mpyc_machine.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <system_error>

#include <ifaddrs.h>
#include <netinet/in.h>
#include <unistd.h>

#include "base/json_fields.h"
#include "crypto/hash.h"
#include "host/documents.h"
#include "host/enrolment.h"
#include "host/holdings.h"
#include "host/local_port.h"
#include "machine/process.h"

namespace jointca::host {
namespace {

constexpr std::size_t package_files_max = 4096;
constexpr std::size_t probe_bytes_max = 16 * 1024;

/// Prints {"python":[3,11],"mpyc":"0.11","package":"/…/mpyc"}; without MPyC the last two are empty.
constexpr const char* probe =
    "import sys\n"
    "sys.path = [p for p in sys.path if p]\n"  // nothing is imported from the working folder
    "import importlib.metadata as m, importlib.util as u, json\n"
    "s = u.find_spec('mpyc')\n"
    "try: v = m.version('mpyc')\n"
    "except m.PackageNotFoundError: v = ''\n"
    "p = s.submodule_search_locations[0] if s and s.submodule_search_locations and v else ''\n"
    "print(json.dumps({'python': sys.version_info[:2], 'mpyc': v if p else '', 'package': p}))\n";

struct Probed {
  Python python;
  std::string package;
};

Parsed<Probed> parse_probe(std::string_view text) {
  JCA_ASSIGN(const auto document, JsonValue::parse(text, "python", probe_bytes_max));
  JCA_ASSIGN(auto object, document.object());
  Probed out;
  JCA_ASSIGN(const auto version, object.required("python"));
  JCA_ASSIGN(const auto numbers, version.array(2));
  if (numbers.size() != 2) return version.fail("expected two numbers");
  JCA_ASSIGN(out.python.version.major, numbers[0].integer<std::uint16_t>());
  JCA_ASSIGN(out.python.version.minor, numbers[1].integer<std::uint16_t>());
  JCA_ASSIGN(const auto mpyc, object.required("mpyc"));
  JCA_ASSIGN(out.python.mpyc, mpyc.text());
  JCA_ASSIGN(const auto package, object.required("package"));
  JCA_ASSIGN(out.package, package.text());
  JCA_TRY(object.finish());
  return out;
}

/// The *.py files below a folder, by path.
Result<std::vector<mpyc::File>, Error> python_files(const std::string& folder) {
  namespace fs = std::filesystem;
  std::vector<mpyc::File> files;
  std::error_code problem;
  fs::recursive_directory_iterator at(folder, problem);
  for (; !problem && at != fs::recursive_directory_iterator(); at.increment(problem)) {
    if (at->path().extension() != ".py" || !at->is_regular_file(problem)) continue;
    if (files.size() == package_files_max) return failed(folder + ": too many files");
    JCA_ASSIGN(const Digest digest, file_digest(at->path().string()));
    files.push_back({at->path().lexically_relative(folder).string(), digest});
  }
  if (problem) return failed(folder + ": " + problem.message());
  std::sort(files.begin(), files.end());
  return files;
}

std::optional<ca::IpAddress> address_of(const sockaddr* address) {
  if (address == nullptr) return std::nullopt;
  const auto bytes = [](const auto& raw) {
    return BytesView(reinterpret_cast<const std::uint8_t*>(&raw), sizeof raw);  // NOLINT: bytes
  };
  if (address->sa_family == AF_INET)
    return ca::IpAddress::from_bytes(
        bytes(reinterpret_cast<const sockaddr_in*>(address)->sin_addr));  // NOLINT: as POSIX says
  if (address->sa_family == AF_INET6)
    return ca::IpAddress::from_bytes(
        bytes(reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr));  // NOLINT: as POSIX says
  return std::nullopt;
}

std::vector<std::string> variable_names() {
  std::vector<std::string> names;
  for (char** at = environ; at != nullptr && *at != nullptr; ++at) {  // NOLINT: as POSIX has it
    const std::string variable = *at;                                 // NOLINT
    names.push_back(variable.substr(0, variable.find('=')));
  }
  std::sort(names.begin(), names.end());
  return names;
}

/// Prints whether gmpy2 is there, and whether MPyC has its functions: {"here":true,"loaded":false}.
constexpr const char* gmpy2_probe =
    "import sys\n"
    "sys.path = [p for p in sys.path if p]\n"
    "import importlib.util as u, json\n"
    "here = u.find_spec('gmpy2') is not None\n"
    "loaded = False\n"
    "if here:\n"
    "    import mpyc.gmpy as m\n"
    "    try:\n"
    "        import gmpy2 as g\n"
    "        loaded = m.mpz is g.mpz and m.powmod is g.powmod\n"
    "    except Exception: pass\n"
    "print(json.dumps({'here': here, 'loaded': loaded}))\n";

Result<machine::ProcessResult, Error> ask(const std::string& program, const char* question) {
  machine::ProcessOptions options;
  options.environment = program_environment();
  JCA_ASSIGN(auto result, machine::run_process({program, "-s", "-B", "-c", question}, options));
  if (result.status != 0) return failed(program + ": " + result.complaint());
  return result;
}

Parsed<std::optional<std::string>> parse_gmpy2(std::string_view text) {
  JCA_ASSIGN(const auto document, JsonValue::parse(text, "gmpy2", probe_bytes_max));
  JCA_ASSIGN(auto object, document.object());
  JCA_ASSIGN(const auto here, object.required("here"));
  JCA_ASSIGN(const bool is_here, here.boolean());
  JCA_ASSIGN(const auto loaded, object.required("loaded"));
  JCA_ASSIGN(const bool is_loaded, loaded.boolean());
  JCA_TRY(object.finish());
  if (!is_here || is_loaded) return std::optional<std::string>();
  return std::optional<std::string>("gmpy2 is installed, but MPyC cannot load it");
}

}  // namespace

std::vector<std::string> program_environment() {
  std::vector<std::string> out;
  for (const char* name : {"HOME", "LANG", "LC_ALL", "LC_CTYPE", "PATH", "TMPDIR", "TZ"})
    // NOLINTNEXTLINE(concurrency-mt-unsafe): nobody sets it
    if (const char* value = std::getenv(name); value != nullptr)
      out.push_back(std::string(name) + "=" + value);
  return out;
}

Result<std::vector<InterfaceAddress>, Error> machine_addresses() {
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0)
    return failed("addresses: " + std::generic_category().message(errno));
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner(list, &::freeifaddrs);
  std::vector<InterfaceAddress> addresses;
  for (const ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next)
    if (const auto address = address_of(entry->ifa_addr))
      addresses.push_back({entry->ifa_name, *address});
  return addresses;
}

Result<std::optional<std::string>, Error> gmpy2_problem(const Python& python) {
  JCA_ASSIGN(const auto result, ask(python.path, gmpy2_probe));
  auto problem = parse_gmpy2(result.out);
  if (!problem) return failed(python.path + ": " + problem.error().text());
  return *std::move(problem);
}

Result<Digest, Error> file_digest(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return failed(path + ": cannot be read");
  Sha256 hash;
  std::array<char, 65536> chunk{};
  while (file.read(chunk.data(), chunk.size()) || file.gcount() > 0)
    hash.update(as_bytes(std::string_view(chunk.data(), static_cast<std::size_t>(file.gcount()))));
  if (file.bad()) return failed(path + ": cannot be read");
  return hash.finish();
}

Result<Python, Error> look_at_python(const std::string& program) {
  const auto path = machine::find_program(program);
  if (!path) return failed(program + ": no such program on this machine");
  JCA_ASSIGN(const auto result, ask(*path, probe));
  auto probed = parse_probe(result.out);
  if (!probed) return failed(program + ": " + probed.error().text());
  Python python = std::move(probed->python);
  python.path = std::filesystem::absolute(*path).string();
  if (python.mpyc.empty()) return python;
  JCA_ASSIGN(const auto files, python_files(probed->package));
  python.package = mpyc::tree_digest(files);
  return python;
}

Result<mpyc::Facts, Error> facts_for(const mpyc::Manifest& manifest, const Paths& paths,
                                     const std::string& folder, const Python& python, Time now) {
  JCA_ASSIGN(const auto authority, read_authority(paths));
  JCA_ASSIGN(const auto holdings, read_holdings(paths));
  JCA_ASSIGN(const SigningKey identity, read_identity(paths));
  JCA_ASSIGN(const auto list, read_revocations(paths, authority));
  mpyc::Facts facts;
  facts.authority = authority.id;
  facts.identity = identity.public_key();
  facts.name = holdings.front().name;
  // Not those of the interfaces: the loopback has all of 127.0.0.0/8.
  for (const mpyc::Seat& seat : manifest.seats)
    if (is_here(seat.address)) facts.addresses.push_back(seat.address);
  std::vector<mpyc::File> files = manifest.program.files;
  files.push_back(manifest.program.main);
  for (const mpyc::File& file : files)
    if (const auto digest = file_digest(folder + "/" + file.path))
      facts.files.emplace(file.path, *digest);
  facts.mpyc = python.mpyc;
  facts.package = python.package;
  facts.python = python.version;
  facts.environment = variable_names();
  facts.revocations = list ? list->number : 0;
  facts.now = now;
  return facts;
}

}  // namespace jointca::host
