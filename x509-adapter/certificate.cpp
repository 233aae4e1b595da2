// x509-adapter/certificate.cpp — one encoding per certificate: what is read is encoded again and
// compared, and what is to be signed is read again and compared.
#include "x509-adapter/certificate.h"

#include "ca/subject.h"
#include "crypto/hash.h"
#include "x509-adapter/openssl.h"

namespace jointca::x509 {
namespace {

constexpr std::string_view pem_begin = "-----BEGIN CERTIFICATE-----\n";
constexpr std::string_view pem_end = "-----END CERTIFICATE-----\n";

bool is_lower_alphanumeric(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool all_of(std::string_view text, bool (*holds)(char)) {
  return std::all_of(text.begin(), text.end(), holds);
}

bool is_dns_label(std::string_view label) {
  constexpr std::size_t label_bytes_max = 63;
  return !label.empty() && label.size() <= label_bytes_max && label.front() != '-' &&
         label.back() != '-' &&
         all_of(label, [](char c) { return is_lower_alphanumeric(c) || c == '-'; });
}

Unexpected<Rejection> unencodable(std::string reason) {
  return {Rejection{"encoding", std::move(reason)}};
}

/// What the encoder must be able to rely on, or would write ambiguously.
Result<Ok, Rejection> check_form(const Details& details) {
  if (!is_common_name(details.issuer) || !is_common_name(details.name))
    return unencodable("a common name is not 1 to 64 printable characters");
  if (details.dns_names.size() > alternative_names_max ||
      details.addresses.size() > alternative_names_max ||
      details.uris.size() > alternative_names_max ||
      details.networks.size() > permitted_networks_max)
    return unencodable("too many names");
  if (!std::all_of(details.dns_names.begin(), details.dns_names.end(), is_dns_name))
    return unencodable("not a DNS name");
  if (!std::all_of(details.uris.begin(), details.uris.end(), is_uri))
    return unencodable("not a URI");
  for (const ca::Prefix& network : details.networks)
    if (network.bits > network.address.bits()) return unencodable("no network has this length");
  return Ok{};
}

}  // namespace

bool is_common_name(std::string_view text) {
  return !text.empty() && text.size() <= common_name_bytes_max && text.front() != ' ' &&
         text.back() != ' ' && all_of(text, [](char c) { return c >= 0x20 && c < 0x7f; });
}

bool is_dns_name(std::string_view text) {
  if (text.size() > ca::host_name_bytes_max) return false;
  for (std::string_view rest = text;;) {
    const std::size_t dot = rest.find('.');
    const std::string_view label = rest.substr(0, dot);
    if (!is_dns_label(label)) return false;
    if (dot == std::string_view::npos) return !all_of(label, is_digit);
    rest.remove_prefix(dot + 1);
  }
}

bool is_uri(std::string_view text) {
  const std::size_t colon = text.find(':');
  return text.size() <= uri_bytes_max && colon != std::string_view::npos && colon > 0 &&
         colon + 1 < text.size() && !is_digit(text.front()) &&
         all_of(text.substr(0, colon), is_lower_alphanumeric) &&
         all_of(text, [](char c) { return c > 0x20 && c < 0x7f; });
}

CertifiedKey certified(const PublicKey& key) { return {KeyType::ed25519, to_bytes(key.bytes)}; }

KeyId key_id(const CertifiedKey& key) {
  KeyId id{};
  const Digest digest = sha256(key.bytes);
  std::copy_n(digest.begin(), id.size(), id.begin());
  return id;
}

Parsed<Certificate> parse_certificate(BytesView der) {
  JCA_ASSIGN(auto decoded, decode(der));
  const auto tbs =
      check_form(decoded.details) ? encode_to_be_signed(decoded.details) : std::nullopt;
  if (!tbs || !equal(encode_certificate(*tbs, decoded.signature), der))
    return malformed("certificate", "not in the form in which it is issued");
  return Certificate(std::move(decoded.details), decoded.signature, *tbs, to_bytes(der));
}

Parsed<Certificate> from_signed(BytesView to_be_signed, const SignatureBytes& signature) {
  if (to_be_signed.size() > certificate_bytes_max) return malformed("certificate", "too long");
  return parse_certificate(encode_certificate(to_be_signed, signature));
}

Result<Certificate, Rejection> assemble(const Details& details, const SignatureBytes& signature) {
  JCA_TRY(check_form(details));
  const auto tbs = encode_to_be_signed(details);
  if (!tbs) return unencodable("not a key, or not a time");
  auto read = from_signed(*tbs, signature);
  if (!read) return unencodable(read.error().text());
  if (read->details() != details) return unencodable("the details do not survive encoding");
  return *std::move(read);
}

Result<Bytes, Rejection> to_be_signed(const Details& details) {
  JCA_ASSIGN(const auto certificate, assemble(details, {}));
  return certificate.to_be_signed();
}

Digest fingerprint(const Certificate& certificate) { return sha256(certificate.to_be_signed()); }

std::string to_pem(const Certificate& certificate) {
  constexpr std::size_t columns = 64;
  const std::string body = to_base64(certificate.der());
  std::string out(pem_begin);
  for (std::size_t i = 0; i < body.size(); i += columns) out += body.substr(i, columns) + "\n";
  return out += pem_end;
}

Parsed<std::vector<Certificate>> parse_certificates(std::string_view pem) {
  std::vector<Certificate> out;
  while (!pem.empty()) {
    const std::string where = "block " + std::to_string(out.size() + 1);
    const std::size_t end = pem.find(pem_end);
    if (!pem.starts_with(pem_begin) || end == std::string_view::npos)
      return malformed(where, "expected a certificate in PEM, or the end of the file");
    if (out.size() == chain_certificates_max || end > 2 * certificate_bytes_max)
      return malformed(where, "too many certificates, or too long");
    std::string body(pem.substr(pem_begin.size(), end - pem_begin.size()));
    std::erase(body, '\n');
    const auto der = from_base64(body);
    if (!der) return malformed(where, "not base64");
    auto certificate = parse_certificate(*der);
    if (!certificate)
      return malformed(where + ", " + certificate.error().where, certificate.error().reason);
    const std::size_t size = end + pem_end.size();
    if (to_pem(*certificate) != pem.substr(0, size))
      return malformed(where, "not in lines of 64 columns");
    out.push_back(*std::move(certificate));
    pem.remove_prefix(size);
  }
  if (out.empty()) return malformed("", "the file holds no certificate");
  return out;
}

}  // namespace jointca::x509
