// bench/audit_full.cpp — a whole audit of three large logs, and an incremental one after it.
//
//   audit_full generate DIR ENTRIES   writes three logs of so many entries each, 800 B an entry
//   audit_full run DIR                audits them once in full, once from the state, and once more
//                                     when all certificates have expired
//   audit_full report DIR             audits them once in full and writes the report as JSON, to be
//                                     compared with another version's
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include <sys/resource.h>

#include "audit/report.h"
#include "cli/log_source.h"
#include "tests/support/audit_logs.h"

namespace {

using namespace jointca;

constexpr std::uint64_t hosts = 20'000;
/// A certificate every 26 seconds: each host renews every twelve days, and a million take 300 days.
constexpr std::chrono::seconds pace{26};
const Time start = test::audit_now;

/// One of the three logs, written bundle by bundle.
class Writer {
 public:
  Writer(const std::string& dir, std::uint16_t party) : dir_(dir), party_(party) {}
  void add(const log::Entry& entry) {
    const Bytes text = *log::encode(entry);
    static_cast<void>(tree_.append(log::hash_leaf(text)));
    bundle_.integer(static_cast<std::uint16_t>(text.size())).bytes(text);
    if (tree_.size() % log::tile_width == 0) flush();
  }
  [[nodiscard]] std::uint64_t size() const { return tree_.size(); }
  void finish() {
    if (tree_.size() % log::tile_width != 0) flush();
    put("checkpoint", to_bytes(as_bytes(log::sign_checkpoint(
                          {test::AuditAuthority::origin(party_), tree_.size(), tree_.root()},
                          test::AuditAuthority::log_key(party_)))));
  }

 private:
  void flush() {
    const std::uint64_t bundle = (tree_.size() - 1) / log::tile_width;
    const auto width = static_cast<std::uint16_t>(tree_.size() - bundle * log::tile_width);
    put(log::TileId{log::TileId::Kind::entries, 0, bundle, width}.path(),
        std::move(bundle_).take());
    bundle_ = jointca::Writer();
  }
  void put(const std::string& path, const Bytes& bytes) const {
    const std::filesystem::path file = dir_ + "/" + path;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
  }

  std::string dir_;
  std::uint16_t party_;
  log::Tree tree_;
  jointca::Writer bundle_;
};

/// The i-th certificate: both versions for a host, then the next host, then all hosts again.
log::IssueEntry intent(test::AuditWorld& world, std::uint64_t i) {
  const std::uint64_t host = i / 2 % hosts;
  auto details =
      world.details("host-" + std::to_string(host), "10.42." + std::to_string(host / 200) + "." +
                                                        std::to_string(1 + host % 200) + "/16");
  const Time time = start + pace * static_cast<std::int64_t>(i);
  details.not_before = unix_seconds(time) - 60;
  details.not_after = details.not_before + 13 * 86400;
  auto entry = world.intent(details, i % 2 == 0 ? nebula::Version::v1 : nebula::Version::v2);
  const std::array<std::string, 3> names{"alice", "bob", "carol"};
  entry.session = sha256(as_bytes("session " + std::to_string(i / 2)));
  entry.request = sha256(as_bytes("request " + std::to_string(i / 2)));
  const std::size_t left_out = i / 2 % 3;
  entry.signers.clear();
  for (std::size_t party = 0; party < 3; ++party)
    if (party != left_out) entry.signers.push_back(names[party]);
  entry.coordinator = names[i / 2 / 3 % 3];
  entry.time = time;
  return entry;
}

void generate(const std::string& dir, std::uint64_t entries) {
  test::AuditWorld world;
  std::array<Writer, 3> logs{Writer(dir + "/alice", 1), Writer(dir + "/bob", 2),
                             Writer(dir + "/carol", 3)};
  const std::array<std::string, 3> names{"alice", "bob", "carol"};
  for (std::uint64_t i = 0; i < entries; ++i) {
    const auto entry = intent(world, i);
    for (std::size_t party = 0; party < 3; ++party) {
      if (std::find(entry.signers.begin(), entry.signers.end(), names[party]) !=
          entry.signers.end())
        logs[party].add(entry);
    }
    const auto coordinator = std::find(names.begin(), names.end(), entry.coordinator);
    logs[static_cast<std::size_t>(coordinator - names.begin())].add(world.outcome(entry));
  }
  for (Writer& log : logs) {
    log.finish();
    std::cout << log.size() << " entries\n";
  }
}

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

audit::Report measured(const std::string& what, const audit::Request& request) {
  const double before = cpu_seconds();
  auto read = audit::run(request);
  if (!read) {
    std::cerr << what << ": " << read.error().message << '\n';
    std::exit(1);
  }
  auto report = *std::move(read);
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  std::cout << what << ": " << cpu_seconds() - before << " s of one core, peak so far "
            << usage.ru_maxrss / 1024 << " MB, " << report.certificates << " certificates, "
            << report.findings.all().size() << " findings" << std::endl;
  for (const audit::Finding& finding : report.findings.all())
    if (finding.severity > audit::Severity::warning)
      std::cout << to_text(finding.code) << ": " << finding.words << '\n';
  return report;
}

using Sources = std::map<std::uint16_t, std::unique_ptr<audit::LogSource>>;

audit::Request request_for(const std::string& dir, const test::AuditAuthority& base,
                           Sources& sources) {
  audit::Request request{
      base.authority, {}, test::audit_now + std::chrono::hours(24 * 302), {}, false};
  for (const ca::Party& party : base.authority.parties) {
    sources[party.identifier] = *cli::open_log_source(dir + "/" + party.card.name, party);
    request.sources[party.identifier] = sources[party.identifier].get();
  }
  return request;
}

void report(const std::string& dir) {
  const test::AuditAuthority base;
  Sources sources;
  const auto read = audit::run(request_for(dir, base, sources));
  if (!read) {
    std::cerr << read.error().message << '\n';
    std::exit(1);
  }
  audit::write_json(std::cout, *read, base.authority, {});
}

void run(const std::string& dir) {
  const test::AuditAuthority base;
  Sources sources;
  audit::Request request = request_for(dir, base, sources);
  {
    const auto report = measured("full", request);
    request.state = audit::to_json(report.next, *report.index);
  }
  std::cout << "state: " << request.state->size() / 1024 << " kB\n";
  measured("incremental, nothing new, the last renewals live", request);
  request.now += std::chrono::hours(24 * 30);  // all have expired
  {
    const auto report = measured("incremental, all expired", request);
    request.state = audit::to_json(report.next, *report.index);
  }
  std::cout << "state: " << request.state->size() / 1024 << " kB\n";
  measured("incremental, independent of history", request);
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.size() == 3 && arguments[0] == "generate")
    generate(arguments[1], std::stoull(arguments[2]));
  else if (arguments.size() == 2 && arguments[0] == "run")
    run(arguments[1]);
  else if (arguments.size() == 2 && arguments[0] == "report")
    report(arguments[1]);
  else
    std::cerr << "audit_full generate DIR ENTRIES | audit_full run DIR | audit_full report DIR\n";
}
