// cli/command_cert.cpp — `jointca cert show`: what certificates of Nebula and X.509 say.
#include "cli/command_cert.h"

#include <iomanip>
#include <ostream>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "cli/console.h"
#include "machine/files.h"
#include "nebula-adapter/pem.h"
#include "x509-adapter/certificate.h"

namespace jointca::cli {
namespace {

using Json = nlohmann::ordered_json;
using nebula::Certificate;
using nebula::Details;

constexpr int status_ok = 0;
constexpr int status_failed = static_cast<int>(Error::Code::failed);

/// Years 0 to 9999 have a form in RFC 3339. A certificate may name any other.
bool has_rfc3339(std::int64_t seconds) {
  constexpr std::int64_t year_0 = -62'167'219'200;
  return year_0 <= seconds && seconds <= unix_seconds_max;
}

std::string time_text(std::int64_t seconds) {
  return has_rfc3339(seconds) ? to_rfc3339(time_from_unix(seconds))
                              : std::to_string(seconds) + " seconds after 1970";
}

std::string time_for_people(std::int64_t seconds, Time now) {
  if (!has_rfc3339(seconds)) return time_text(seconds);
  return time_text(seconds) + "  (" + distance(time_from_unix(seconds), now) + ")";
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

std::string_view key_type_name(x509::KeyType type) {
  return type == x509::KeyType::ed25519 ? "ED25519" : "P256";
}

std::vector<std::string> texts(const std::vector<ca::IpAddress>& addresses) {
  std::vector<std::string> out;
  out.reserve(addresses.size());
  for (const ca::IpAddress& address : addresses) out.push_back(address.text());
  return out;
}

Json to_json(const x509::Certificate& certificate) {
  const x509::Details& details = certificate.details();
  return {{"kind", "x509"},
          {"version", 3},
          {"curve", key_type_name(details.key.type)},
          {"name", details.name},
          {"dns_names", details.dns_names},
          {"addresses", texts(details.addresses)},
          {"uris", details.uris},
          {"permitted_networks", texts(details.networks)},
          {"is_ca", details.is_anchor},
          {"issuer", details.issuer},
          {"serial", to_hex(details.serial)},
          {"not_before", to_rfc3339(details.not_before)},
          {"not_after", to_rfc3339(details.not_after)},
          {"public_key", to_hex(details.key.bytes)},
          {"signature", to_hex(certificate.signature())},
          {"fingerprint", to_hex(x509::fingerprint(certificate))}};
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

void print(const x509::Certificate& certificate, Time now, std::ostream& out) {
  const x509::Details& details = certificate.details();
  out << "X.509 certificate, " << key_type_name(details.key.type)
      << (details.is_anchor ? ", CA" : "") << "\n";
  print_row(out, "name", details.name);
  if (details.is_anchor) {
    print_row(out, "for networks", join(texts(details.networks)));
  } else {
    print_row(out, "DNS names", join(details.dns_names));
    print_row(out, "addresses", join(texts(details.addresses)));
    print_row(out, "URIs", join(details.uris));
  }
  print_row(out, "not before", time_for_people(unix_seconds(details.not_before), now));
  print_row(out, "not after", time_for_people(unix_seconds(details.not_after), now));
  print_row(out, "issuer", details.issuer);
  print_row(out, "serial", to_hex(details.serial));
  print_row(out, "public key", to_hex(details.key.bytes));
  print_row(out, "fingerprint", to_hex(x509::fingerprint(certificate)));
}

template <class Shown>
int show(const std::string& file, const Parsed<std::vector<Shown>>& certificates, bool json,
         Time now, std::ostream& out, std::ostream& err) {
  if (!certificates) {
    err << file << ": " << certificates.error().text() << "\n";
    return status_failed;
  }
  if (json) {
    Json array = Json::array();
    for (const Shown& certificate : *certificates) array.push_back(to_json(certificate));
    out << dump(array);
    return status_ok;
  }
  for (const Shown& certificate : *certificates) {
    if (&certificate != &certificates->front()) out << "\n";
    print(certificate, now, out);
  }
  return status_ok;
}

}  // namespace

bool is_x509(std::string_view pem) {
  const auto first = nebula::next_pem_block(pem);
  return first && first->block.banner == "CERTIFICATE";
}

int cert_show(const std::string& file, bool json, Time now, std::ostream& out, std::ostream& err) {
  const auto text = machine::read_file(file, nebula::pem_file_bytes_max);
  if (!text) {
    err << text.error().message << "\n";
    return status_failed;
  }
  const std::string pem = to_text(*text);
  return is_x509(pem) ? show(file, x509::parse_certificates(pem), json, now, out, err)
                      : show(file, nebula::parse_certificates(pem), json, now, out, err);
}

}  // namespace jointca::cli
