// transport/identity.cpp — the self-signed certificate of an identity key.
#include "transport/identity.h"

#include <algorithm>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "transport/tls.h"

namespace jointca::transport {
namespace {

constexpr const char* not_before = "20000101000000Z";
constexpr const char* not_after = "99991231235959Z";  // RFC 5280 §4.1.2.5: no expiration

/// 127 random bits: positive, and never zero in practice (RFC 5280 §4.1.2.2).
bool set_serial(X509* certificate) {
  std::array<std::uint8_t, 16> random{};
  if (RAND_bytes(random.data(), static_cast<int>(random.size())) != 1) return false;
  random[0] &= 0x7f;
  const std::unique_ptr<BIGNUM, decltype(&BN_free)> number(
      BN_bin2bn(random.data(), static_cast<int>(random.size()), nullptr), BN_free);
  return number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate));
}

bool set_names(X509* certificate, std::string_view name) {
  X509_NAME* subject = X509_get_subject_name(certificate);
  const std::string text(name);
  return X509_NAME_add_entry_by_NID(
             subject, NID_commonName, MBSTRING_UTF8,
             reinterpret_cast<const unsigned char*>(text.data()),  // NOLINT: OpenSSL's type
             static_cast<int>(text.size()), -1, 0) == 1 &&
         X509_set_issuer_name(certificate, subject) == 1;
}

bool set_validity(X509* certificate) {
  return ASN1_TIME_set_string_X509(X509_getm_notBefore(certificate), not_before) == 1 &&
         ASN1_TIME_set_string_X509(X509_getm_notAfter(certificate), not_after) == 1;
}

}  // namespace

Result<TlsIdentity, Error> TlsIdentity::make(const SigningKey& key, std::string_view name) {
  const auto is_control = [](char c) { return (c >= 0 && c < ' ') || c == 0x7f; };
  if (name.empty() || name.size() > identity_name_bytes_max ||
      std::any_of(name.begin(), name.end(), is_control))
    return failed(Error::Code::usage,
                  "identity: the name must have 1 to 64 bytes and no control characters");
  auto state = std::make_unique<State>();
  const auto seed = key.seed().expose();
  state->key.reset(
      EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed.data(), seed.size()));
  state->certificate.reset(X509_new());
  state->public_key = key.public_key();

  X509* certificate = state->certificate.get();
  if (!state->key || !certificate) return failed("identity: OpenSSL does not offer Ed25519");
  if (!set_names(certificate, name))
    return failed(Error::Code::usage, "identity: the name is not UTF-8");
  if (X509_set_version(certificate, X509_VERSION_3) != 1 || !set_serial(certificate) ||
      !set_validity(certificate) || X509_set_pubkey(certificate, state->key.get()) != 1 ||
      X509_sign(certificate, state->key.get(), nullptr) == 0)
    return failed("identity: OpenSSL cannot make a certificate");
  return TlsIdentity(std::move(state));
}

TlsIdentity::TlsIdentity(std::unique_ptr<State> state) : state_(std::move(state)) {}
TlsIdentity::TlsIdentity(TlsIdentity&&) noexcept = default;
TlsIdentity& TlsIdentity::operator=(TlsIdentity&&) noexcept = default;
TlsIdentity::~TlsIdentity() = default;

const PublicKey& TlsIdentity::public_key() const { return state_->public_key; }

std::string TlsIdentity::certificate_pem() const {
  const std::unique_ptr<BIO, decltype(&BIO_free)> memory(BIO_new(BIO_s_mem()), BIO_free);
  JCA_ASSERT(memory && PEM_write_bio_X509(memory.get(), state_->certificate.get()) == 1);
  char* text = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &text);
  return std::string(text, static_cast<std::size_t>(size));
}

}  // namespace jointca::transport
