#include "host/holdings.h"

#include <algorithm>

#include "crypto/transcript.h"
#include "machine/files.h"
#include "nebula-adapter/pem.h"

namespace jointca::host {
namespace {

constexpr Duration backoff_first{60};
constexpr Duration backoff_longest{3600};
constexpr Duration backoff_shortest{5};

Result<Ok, Error> read_file_of(const std::string& path, std::vector<Holding>& into) {
  if (!machine::file_exists(path)) return Ok{};
  JCA_ASSIGN(const Bytes content, machine::read_file(path, nebula::pem_file_bytes_max));
  const auto statements = issued::parse_signed(to_text(content));
  if (!statements) return failed(path + ": " + statements.error().text());
  for (const issued::Signed& each : *statements) {
    const log::EntrySubject said = issued::entry_subject(each.statement);
    into.push_back({each.statement.kind, said.name, said.networks, said.groups,
                    issued::fingerprint(each.statement, each.signature), said.not_before,
                    said.not_after});
  }
  return Ok{};
}

const Holding& ends_first(const std::vector<Holding>& holdings) {
  return *std::min_element(
      holdings.begin(), holdings.end(),
      [](const Holding& a, const Holding& b) { return a.not_after < b.not_after; });
}

}  // namespace

Result<std::vector<Holding>, Error> read_holdings(const Paths& paths) {
  std::vector<Holding> holdings;
  for (const std::string& path :
       {paths.nebula_certificate(), paths.lighthouse(), paths.binding(), paths.x509_certificate()})
    JCA_TRY(read_file_of(path, holdings));
  if (holdings.empty())
    return failed(paths.dir + ": no host was enrolled here; see `jointca enroll host --help`");
  return holdings;
}

Time renewal_time(const std::vector<Holding>& holdings) {
  const Holding& first = ends_first(holdings);
  const Duration life = first.not_after - first.not_before;
  const Digest number =
      std::move(Transcript("jointca/renewal-jitter/v1").field(first.fingerprint)).digest();
  const auto fraction = static_cast<std::int64_t>(number[0]) * 256 + number[1];
  return first.not_before + life * 2 / 3 + life / 20 * fraction / 65536;
}

Time first_end(const std::vector<Holding>& holdings) { return ends_first(holdings).not_after; }

Duration backoff(unsigned failures, Duration left, std::uint8_t random) {
  const Duration longest = left > Duration(0)
                               ? std::clamp(left / 8, backoff_shortest, backoff_longest)
                               : backoff_longest;
  const Duration whole =
      std::min(longest, backoff_first * (std::int64_t{1} << std::min(failures - 1, 6U)));
  return whole - whole / 2 + whole / 2 * random / 255;
}

}  // namespace jointca::host
