// cli/command_cert.cpp — `jointca cert show` and `jointca cert verify` for Nebula certificates.
#include "cli/command_cert.h"

#include <array>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <sstream>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "nebula-adapter/pem.h"
#include "nebula-adapter/verify.h"

namespace jointca::cli {
namespace {

using Json = nlohmann::ordered_json;
using nebula::Certificate;
using nebula::Details;

constexpr int status_ok = 0;
constexpr int status_failed = static_cast<int>(Error::Code::failed);
constexpr int status_verification = static_cast<int>(Error::Code::verification);

Result<std::string, Error> read_file(const std::string& name) {
  std::ifstream file;
  if (name != "-") {
    file.open(name, std::ios::binary);
    if (!file) return failed(name + ": cannot be opened");
  }
  std::istream& in = name == "-" ? std::cin : file;
  std::string out;
  std::array<char, 65536> buffer{};
  while (in) {
    in.read(buffer.data(), buffer.size());
    out.append(buffer.data(), static_cast<std::size_t>(in.gcount()));
    if (out.size() > nebula::pem_file_bytes_max) return failed(name + ": above 1 MiB");
  }
  if (!in.eof()) return failed(name + ": cannot be read");
  return out;
}

/// Years 0 to 9999 have a form in RFC 3339. A certificate may name any other.
bool has_rfc3339(std::int64_t seconds) {
  constexpr std::int64_t year_0 = -62'167'219'200, year_10000 = 253'402'300'800;
  return year_0 <= seconds && seconds < year_10000;
}

std::string time_text(std::int64_t seconds) {
  return has_rfc3339(seconds) ? to_rfc3339(time_from_unix(seconds))
                              : std::to_string(seconds) + " seconds after 1970";
}

std::string time_for_people(std::int64_t seconds, Time now) {
  if (!has_rfc3339(seconds)) return time_text(seconds);
  return time_text(seconds) + "  (" + distance(time_from_unix(seconds), now) + ")";
}

/// For terminals: names in certificates may hold any bytes.
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

std::vector<std::string> texts(const std::vector<ca::Prefix>& networks) {
  std::vector<std::string> out;
  out.reserve(networks.size());
  for (const ca::Prefix& network : networks) out.push_back(network.text());
  return out;
}

Json to_json(const Certificate& certificate) {
  const Details& details = certificate.details;
  return {{"kind", "nebula"},
          {"version", static_cast<int>(certificate.version)},
          {"curve", nebula::curve_name(details.curve)},
          {"name", details.name},
          {"networks", texts(details.networks)},
          {"unsafe_networks", texts(details.unsafe_networks)},
          {"groups", details.groups},
          {"is_ca", details.is_ca},
          {"issuer", to_hex(details.issuer)},
          {"not_before", time_text(details.not_before)},
          {"not_after", time_text(details.not_after)},
          {"public_key", to_hex(details.public_key)},
          {"signature", to_hex(certificate.signature)},
          {"fingerprint", to_hex(nebula::fingerprint(certificate))}};
}

/// Replaces bytes that are not UTF-8, which a v2 name may hold.
std::string dump(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

void print_row(std::ostream& out, const std::string& label, const std::string& value) {
  constexpr int label_columns = 17;
  out << "  " << std::left << std::setw(label_columns) << label << (value.empty() ? "-" : value)
      << "\n";
}

void print(const Certificate& certificate, Time now, std::ostream& out) {
  const Details& details = certificate.details;
  out << "Nebula certificate, version " << static_cast<int>(certificate.version) << ", "
      << nebula::curve_name(details.curve) << (details.is_ca ? ", CA" : "") << "\n";
  print_row(out, "name", printable(details.name));
  print_row(out, "networks", join(texts(details.networks)));
  print_row(out, "unsafe networks", join(texts(details.unsafe_networks)));
  print_row(out, "groups", printable(join(details.groups)));
  print_row(out, "not before", time_for_people(details.not_before, now));
  print_row(out, "not after", time_for_people(details.not_after, now));
  print_row(out, "issuer", to_hex(details.issuer));
  print_row(out, "public key", to_hex(details.public_key));
  print_row(out, "fingerprint", to_hex(nebula::fingerprint(certificate)));
}

struct Verdict {
  bool ok = false;
  std::string reason;
  std::string fingerprint;  ///< empty if the file could not be parsed
  std::string title;
};

Verdict judge(const Certificate& certificate, const Parsed<nebula::CaPool>& pool, Time at) {
  Verdict out;
  out.fingerprint = to_hex(nebula::fingerprint(certificate));
  out.title = "version " + std::to_string(static_cast<int>(certificate.version)) + " " +
              printable(certificate.details.name);
  if (!pool) {
    out.reason = "the CA file: " + pool.error().text();
    return out;
  }
  const auto verified = nebula::verify(certificate, *pool, at);
  out.ok = verified.has_value();
  if (!out.ok) out.reason = verified.error().reason;
  return out;
}

void print(const std::vector<Verdict>& verdicts, bool json, std::ostream& out) {
  if (!json) {
    for (const Verdict& verdict : verdicts)
      out << (verdict.ok ? "ok      " : "FAILED  ") << verdict.title
          << (verdict.ok ? "" : ": " + verdict.reason) << "\n"
          << (verdict.fingerprint.empty() ? "" : "        " + verdict.fingerprint + "\n");
    return;
  }
  Json array = Json::array();
  for (const Verdict& verdict : verdicts)
    array.push_back(
        {{"ok", verdict.ok}, {"reason", verdict.reason}, {"fingerprint", verdict.fingerprint}});
  out << dump(array);
}

}  // namespace

int cert_show(const std::string& file, bool json, Time now, std::ostream& out, std::ostream& err) {
  const auto text = read_file(file);
  if (!text) {
    err << text.error().message << "\n";
    return status_failed;
  }
  const auto certificates = nebula::parse_certificates(*text);
  if (!certificates) {
    err << file << ": " << certificates.error().text() << "\n";
    return status_failed;
  }
  if (json) {
    Json array = Json::array();
    for (const Certificate& certificate : *certificates) array.push_back(to_json(certificate));
    out << dump(array);
    return status_ok;
  }
  for (std::size_t i = 0; i < certificates->size(); ++i) {
    if (i > 0) out << "\n";
    print((*certificates)[i], now, out);
  }
  return status_ok;
}

int cert_verify(const std::string& file, const std::string& ca_file, std::optional<Time> at,
                bool json, Time now, std::ostream& out, std::ostream& err) {
  if (file == "-" && ca_file == "-") {
    err << "only one of the two files can be standard input\n";
    return static_cast<int>(Error::Code::usage);
  }
  const auto text = read_file(file);
  const auto ca_text = read_file(ca_file);
  if (!text || !ca_text) {
    err << (text ? ca_text : text).error().message << "\n";
    return status_failed;
  }
  const auto pool = nebula::CaPool::from_pem(*ca_text);
  if (pool)
    for (const Certificate* ca : pool->expired_at(at.value_or(now)))
      err << ca_file << ": the CA " << printable(ca->details.name)
          << " is not valid at this time\n";
  std::vector<Verdict> verdicts;
  if (const auto certificates = nebula::parse_certificates(*text))
    for (const Certificate& certificate : *certificates)
      verdicts.push_back(judge(certificate, pool, at.value_or(now)));
  else
    verdicts.push_back({false, certificates.error().text(), "", file});
  print(verdicts, json, out);
  const bool all = std::all_of(verdicts.begin(), verdicts.end(),
                               [](const Verdict& verdict) { return verdict.ok; });
  return all ? status_ok : status_verification;
}

}  // namespace jointca::cli
