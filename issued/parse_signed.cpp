// issued/parse_signed.cpp — what signed_text() wrote, read again: PEM blocks by their banners, and
// tokens.
#include "crypto/jws.h"
#include "issued/statement.h"
#include "nebula-adapter/pem.h"

namespace jointca::issued {
namespace {

constexpr std::string_view pem_begin = "-----BEGIN ";
constexpr std::string_view x509_begin = "-----BEGIN CERTIFICATE-----\n";
constexpr std::string_view x509_end = "-----END CERTIFICATE-----\n";

/// A statement, and the text after it.
struct Step {
  Signed read;
  std::string_view rest;
};

Parsed<Step> read_x509(std::string_view text) {
  const std::size_t end = text.find(x509_end);
  if (end == std::string_view::npos) return malformed("statements", "a certificate without an end");
  const std::size_t size = end + x509_end.size();
  JCA_ASSIGN(const auto certificates, x509::parse_certificates(text.substr(0, size)));
  JCA_ASSIGN(auto read, signed_certificate(certificates.front()));
  return Step{std::move(read), text.substr(size)};
}

Parsed<Step> read_nebula(std::string_view text) {
  const auto step = nebula::next_pem_block(text);
  if (!step) return malformed("statements", "a block of PEM without an end");
  JCA_ASSIGN(const auto certificate, nebula::parse_certificate(step->block));
  JCA_ASSIGN(auto read, signed_certificate(certificate));
  return Step{std::move(read), step->rest};
}

Parsed<Step> read_token(std::string_view text) {
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos) return malformed("statements", "a token without an end");
  JCA_ASSIGN(const auto compact, jws::parse(text.substr(0, end), wireguard::binding_bytes_max));
  const auto signature = to_array<64>(compact.signature);
  if (!signature) return malformed("signature", "not one of Ed25519");
  const BytesView tbs = as_bytes(compact.signing_input);
  auto statement = parse_statement(wireguard_kind, tbs);
  for (const std::string_view kind : {lighthouse_kind, session_grant_kind})
    if (!statement) statement = parse_statement(kind, tbs);
  if (!statement) return Unexpected{statement.error()};
  return Step{{*std::move(statement), *signature}, text.substr(end + 1)};
}

}  // namespace

Parsed<Signed> signed_certificate(const nebula::Certificate& certificate) {
  const auto signature = to_array<64>(certificate.signature);
  if (!signature) return malformed("signature", "not one of Ed25519");
  JCA_ASSIGN(auto statement,
             parse_statement(kind_of(certificate.version), nebula::to_be_signed(certificate)));
  return Signed{std::move(statement), *signature};
}

Parsed<Signed> signed_certificate(const x509::Certificate& certificate) {
  JCA_ASSIGN(auto statement,
             parse_statement(kind_of(certificate.details()), certificate.to_be_signed()));
  return Signed{std::move(statement), certificate.signature()};
}

Parsed<std::vector<Signed>> parse_signed(std::string_view text) {
  std::vector<Signed> found;
  while (!text.empty()) {
    if (found.size() == statements_per_session_max) return malformed("statements", "too many");
    const auto read = text.starts_with(x509_begin)  ? read_x509
                      : text.starts_with(pem_begin) ? read_nebula
                                                    : read_token;
    JCA_ASSIGN(auto step, read(text));
    found.push_back(std::move(step.read));
    text = step.rest;
  }
  if (found.empty()) return malformed("statements", "none");
  return found;
}

}  // namespace jointca::issued
