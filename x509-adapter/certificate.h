// x509-adapter/certificate.h — the X.509 certificates of an authority: its anchor, and leaves under
// it. One profile of RFC 5280, one encoding per certificate. Layout: docs/formats/x509.md.
//
// OpenSSL encodes and decodes; what it decodes is accepted only if it encodes to the same bytes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "ca/network.h"
#include "crypto/signing_key.h"

namespace jointca::x509 {

inline constexpr std::size_t certificate_bytes_max = 4096;  ///< DER
inline constexpr std::size_t common_name_bytes_max = 64;    ///< RFC 5280 Appendix A.1
inline constexpr std::size_t alternative_names_max = 8;     ///< of each kind
inline constexpr std::size_t uri_bytes_max = 256;
inline constexpr std::size_t permitted_networks_max = 16;  ///< as of an authority
inline constexpr std::size_t chain_certificates_max = 4;   ///< in one file

/// Always 20 octets, the first of them 0x40 to 0x7f: a positive number in the longest form that RFC
/// 5280 §4.1.2.2 allows.
using Serial = std::array<std::uint8_t, 20>;
[[nodiscard]] constexpr bool is_serial(const Serial& serial) {
  return serial[0] >= 0x40 && serial[0] <= 0x7f;
}

/// The first 20 bytes of SHA-256 over the key's BIT STRING: RFC 7093 §2, method 1.
using KeyId = std::array<std::uint8_t, 20>;

/// What a certified key signs with.
enum class KeyType : std::uint8_t {
  ed25519,  ///< 32 bytes, RFC 8410
  p256,     ///< 65 bytes 0x04 || X || Y, RFC 5480
};
struct CertifiedKey {
  KeyType type = KeyType::ed25519;
  Bytes bytes;

  bool operator==(const CertifiedKey&) const = default;
};
[[nodiscard]] CertifiedKey certified(const PublicKey& key);
/// Of its bytes alone.
[[nodiscard]] KeyId key_id(const CertifiedKey& key);

/// What a certificate says, without its signature, which is always Ed25519.
///
/// An anchor: CA, path length 0, may sign certificates and nothing else. A leaf: no CA, may sign
/// (digitalSignature), as server and as client.
struct Details {
  Serial serial{};
  bool is_anchor = false;
  std::string issuer;  ///< the anchor's common name
  std::string name;    ///< common name; an anchor's is its issuer
  Time not_before;     ///< included
  Time not_after;      ///< included, RFC 5280 §4.1.2.5
  CertifiedKey key;
  KeyId issuer_key{};                    ///< key id of the anchor's key
  std::vector<std::string> dns_names;    ///< of a leaf; no wildcards
  std::vector<ca::IpAddress> addresses;  ///< of a leaf
  std::vector<std::string> uris;         ///< of a leaf
  std::vector<ca::Prefix> networks;      ///< of an anchor: where leaves' addresses lie; empty: any

  bool operator==(const Details&) const = default;
};

/// Why a certificate is not accepted, or not issued.
struct Rejection {
  std::string rule;    ///< a stable name: "expired", "signature", "dns name"
  std::string reason;  ///< a sentence for people, without the rule's name
};

/// A certificate in the profile. Only parse_certificate(), from_signed() and assemble() make one.
class Certificate {
 public:
  [[nodiscard]] const Details& details() const { return details_; }
  [[nodiscard]] const SignatureBytes& signature() const { return signature_; }
  /// TBSCertificate: what the signature covers, and what the logs have.
  [[nodiscard]] const Bytes& to_be_signed() const { return to_be_signed_; }
  [[nodiscard]] const Bytes& der() const { return der_; }

  bool operator==(const Certificate& other) const { return der_ == other.der_; }

 private:
  friend Parsed<Certificate> parse_certificate(BytesView der);
  friend Result<Certificate, Rejection> assemble(const Details&, const SignatureBytes&);
  Certificate(Details details, const SignatureBytes& signature, Bytes to_be_signed, Bytes der)
      : details_(std::move(details)),
        signature_(signature),
        to_be_signed_(std::move(to_be_signed)),
        der_(std::move(der)) {}

  Details details_;
  SignatureBytes signature_;
  Bytes to_be_signed_;
  Bytes der_;
};

/// Reads DER. Refuses whatever assemble() would not write: other fields, extensions, orders, string
/// types, lengths. Checks neither the signature nor the time, and of names only their form.
[[nodiscard]] Parsed<Certificate> parse_certificate(BytesView der);

/// The certificate that these to-be-signed bytes and this signature make, as a log has them.
[[nodiscard]] Parsed<Certificate> from_signed(BytesView to_be_signed,
                                              const SignatureBytes& signature);

/// The bytes to sign: the same from everyone, for the same details. Rule "encoding": refuses what
/// would not be read back as these details.
[[nodiscard]] Result<Bytes, Rejection> to_be_signed(const Details& details);

/// The certificate; refuses as to_be_signed(). Does not check the signature.
[[nodiscard]] Result<Certificate, Rejection> assemble(const Details& details,
                                                      const SignatureBytes& signature);

/// SHA-256 over the to-be-signed bytes: names the certificate in logs and lists of revocations, and
/// with it any other signature over the same bytes.
[[nodiscard]] Digest fingerprint(const Certificate& certificate);

/// RFC 7468 §5: lines of 64 columns.
[[nodiscard]] std::string to_pem(const Certificate& certificate);
/// The certificates of a file, in order: 1 to chain_certificates_max blocks as to_pem() writes
/// them, and nothing else.
[[nodiscard]] Parsed<std::vector<Certificate>> parse_certificates(std::string_view pem);

/// 1 to 64 printable ASCII characters, no space in front or at the end.
[[nodiscard]] bool is_common_name(std::string_view text);
/// Lower-case letters, digits and hyphens in labels of 1 to 63, at most 253 in all (RFC 1123 §2.1);
/// the last label is not a number, so that it is no address. No wildcard, no dot at the end.
[[nodiscard]] bool is_dns_name(std::string_view text);
/// 1 to 256 printable ASCII characters without spaces, beginning with a scheme (RFC 3986 §3.1).
[[nodiscard]] bool is_uri(std::string_view text);

}  // namespace jointca::x509
