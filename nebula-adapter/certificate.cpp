// nebula-adapter/certificate.cpp — what both versions have in common.
#include "nebula-adapter/certificate.h"

#include "crypto/hash.h"
#include "crypto/p256.h"
#include "nebula-adapter/cert_v1.h"
#include "nebula-adapter/cert_v2.h"
#include "nebula-adapter/pem.h"

namespace jointca::nebula {

std::string curve_name(Curve curve) {
  switch (curve) {
    case Curve::curve25519:
      return "CURVE25519";
    case Curve::p256:
      return "P256";
  }
  return std::to_string(static_cast<std::int32_t>(curve));
}

Parsed<Certificate> parse_certificate(Version version, BytesView bytes) {
  return version == Version::v1 ? v1::parse(bytes) : v2::parse(bytes);
}

Bytes encode_certificate(const Certificate& certificate) {
  const Details& details = certificate.details;
  return certificate.version == Version::v1
             ? v1::encode(v1::encode_details(details), certificate.signature)
             : v2::encode(certificate.raw_details, details.curve, details.public_key,
                          certificate.signature);
}

Bytes to_be_signed(const Certificate& certificate) {
  const Details& details = certificate.details;
  return certificate.version == Version::v1
             ? v1::encode_details(details)
             : v2::to_be_signed(certificate.raw_details, details.curve, details.public_key);
}

Parsed<Certificate> from_signed(Version version, BytesView signed_bytes, BytesView signature) {
  JCA_ASSIGN(auto certificate, version == Version::v1 ? v1::from_signed(signed_bytes, signature)
                                                      : v2::from_signed(signed_bytes, signature));
  if (!equal(to_be_signed(certificate), signed_bytes))
    return malformed("", "not the signed bytes of a certificate");
  return certificate;
}

Digest fingerprint(const Certificate& certificate) {
  return fingerprint(certificate.version, to_be_signed(certificate), certificate.signature);
}

Digest fingerprint(Version version, BytesView signed_bytes, BytesView signature) {
  return version == Version::v1 ? sha256(v1::encode(signed_bytes, signature))
                                : sha256({signed_bytes, signature});
}

std::optional<Digest> alternate_fingerprint(const Certificate& certificate) {
  if (certificate.details.curve != Curve::p256) return std::nullopt;
  auto signature = with_other_s(certificate.signature);
  if (!signature) return std::nullopt;
  Certificate other = certificate;
  other.signature = std::move(*signature);
  return fingerprint(other);
}

std::string to_pem(const Certificate& certificate) {
  return encode_pem(certificate.version == Version::v1 ? banner_v1 : banner_v2,
                    encode_certificate(certificate));
}

int compare_times(std::int64_t a, std::int64_t b) {
  // Go counts from the year 1, in 64 bits that wrap.
  constexpr std::uint64_t year_1_to_1970 = 62'135'596'800;
  const auto since_year_1 = [](std::int64_t seconds) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(seconds) + year_1_to_1970);
  };
  const std::int64_t left = since_year_1(a), right = since_year_1(b);
  return left < right ? -1 : left > right ? 1 : 0;
}

bool expired(const Details& details, std::int64_t time) {
  return compare_times(details.not_before, time) > 0 || compare_times(details.not_after, time) < 0;
}

}  // namespace jointca::nebula
