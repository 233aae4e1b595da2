// x509-adapter/decode.cpp — from DER to details, through OpenSSL. What has no place in the details
// is refused here if it can be named; whatever remains does not encode back to the same bytes.
#include <ctime>

#include "x509-adapter/openssl.h"

namespace jointca::x509 {
namespace {

/// ASN1_STRING and all the types that are one.
BytesView bytes_of(const ASN1_STRING* string) {
  return {ASN1_STRING_get0_data(string), static_cast<std::size_t>(ASN1_STRING_length(string))};
}

/// The extension of this kind; null if it is absent, stands twice, or is broken.
template <class Object>
Object extension(const X509* certificate, int nid) {
  using Type = typename Object::element_type;
  return Object(static_cast<Type*>(X509_get_ext_d2i(certificate, nid, nullptr, nullptr)));
}

Parsed<Ok> check_extensions(const X509* certificate) {
  constexpr std::array<int, 7> known{NID_basic_constraints,
                                     NID_key_usage,
                                     NID_ext_key_usage,
                                     NID_subject_key_identifier,
                                     NID_authority_key_identifier,
                                     NID_subject_alt_name,
                                     NID_name_constraints};
  std::array<bool, known.size()> seen{};
  for (int i = 0; i < X509_get_ext_count(certificate); ++i) {
    const ASN1_OBJECT* kind = X509_EXTENSION_get_object(X509_get_ext(certificate, i));
    std::array<char, 80> text{};
    OBJ_obj2txt(text.data(), static_cast<int>(text.size()), kind, 1);
    const auto* at = std::find(known.begin(), known.end(), OBJ_obj2nid(kind));
    if (at == known.end())
      return malformed("extensions", std::string(text.data()) + " is none of the profile");
    if (std::exchange(seen.at(static_cast<std::size_t>(at - known.begin())), true))
      return malformed("extensions", std::string(text.data()) + " stands twice");
  }
  return Ok{};
}

Parsed<std::string> common_name(const X509_NAME* name, std::string where) {
  if (X509_NAME_entry_count(name) != 1) return malformed(where, "expected a common name alone");
  const X509_NAME_ENTRY* entry = X509_NAME_get_entry(name, 0);
  if (OBJ_obj2nid(X509_NAME_ENTRY_get_object(entry)) != NID_commonName)
    return malformed(where, "expected a common name alone");
  std::string text = to_text(bytes_of(X509_NAME_ENTRY_get_data(entry)));
  if (!is_common_name(text)) return malformed(where, "expected 1 to 64 printable characters");
  return text;
}

Parsed<Time> read_time(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return malformed("validity", "not a time");
  const std::chrono::year_month_day day{std::chrono::year(parts.tm_year + 1900),
                                        std::chrono::month(static_cast<unsigned>(parts.tm_mon) + 1),
                                        std::chrono::day(static_cast<unsigned>(parts.tm_mday))};
  return Time(std::chrono::sys_days(day)) + std::chrono::hours(parts.tm_hour) +
         std::chrono::minutes(parts.tm_min) + std::chrono::seconds(parts.tm_sec);
}

Parsed<CertifiedKey> read_key(const X509* certificate) {
  X509_PUBKEY* const info = X509_get_X509_PUBKEY(certificate);
  const int size = i2d_X509_PUBKEY(info, nullptr);
  if (size <= 0) return malformed("key", "unreadable");
  Bytes encoded(static_cast<std::size_t>(size));
  std::uint8_t* at = encoded.data();
  i2d_X509_PUBKEY(info, &at);
  const BytesView whole(encoded);
  for (const KeyForm& form : key_forms())
    if (whole.size() == form.head.size() + form.key_bytes &&
        equal(whole.first(form.head.size()), form.head))
      return CertifiedKey{form.type, to_bytes(whole.subspan(form.head.size()))};
  return malformed("key", "neither Ed25519 nor an uncompressed point of P-256");
}

Parsed<Ok> read_alternative_name(const GENERAL_NAME* name, Details& details) {
  int type = 0;
  const auto* value = static_cast<const ASN1_STRING*>(GENERAL_NAME_get0_value(name, &type));
  if (type != GEN_DNS && type != GEN_IPADD && type != GEN_URI)
    return malformed("names", "one that is neither DNS name, address nor URI");
  if (type == GEN_IPADD) {
    const auto address = ca::IpAddress::from_bytes(bytes_of(value));
    if (!address) return malformed("names", "not an address");
    details.addresses.push_back(*address);
    return Ok{};
  }
  std::string text = to_text(bytes_of(value));
  if (type == GEN_DNS ? !is_dns_name(text) : !is_uri(text))
    return malformed("names", type == GEN_DNS ? "not a DNS name" : "not a URI");
  (type == GEN_DNS ? details.dns_names : details.uris).push_back(std::move(text));
  return Ok{};
}

Parsed<Ok> read_alternative_names(const X509* certificate, Details& details) {
  const auto names = extension<Names>(certificate, NID_subject_alt_name);
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i)
    JCA_TRY(read_alternative_name(sk_GENERAL_NAME_value(names.get(), i), details));
  if (details.dns_names.size() > alternative_names_max ||
      details.addresses.size() > alternative_names_max ||
      details.uris.size() > alternative_names_max)
    return malformed("names", "too many");
  return Ok{};
}

/// An address and its mask. A mask with holes is refused: it is not the one of its length.
Parsed<ca::Prefix> read_network(const GENERAL_SUBTREE* subtree) {
  int type = 0;
  const void* value = GENERAL_NAME_get0_value(subtree->base, &type);
  const auto wrong = [] { return malformed("name constraints", "expected networks alone"); };
  if (type != GEN_IPADD) return wrong();
  const BytesView both = bytes_of(static_cast<const ASN1_STRING*>(value));
  if (both.size() != 8 && both.size() != 32) return wrong();
  const std::size_t half = both.size() / 2;
  std::uint8_t bits = 0;
  while (bits < half * 8 && (both[half + bits / 8] >> (7 - bits % 8) & 1) != 0) ++bits;
  return ca::Prefix{*ca::IpAddress::from_bytes(both.first(half)), bits};
}

Parsed<Ok> read_name_constraints(const X509* certificate, Details& details) {
  const auto constraints = extension<NameConstraints>(certificate, NID_name_constraints);
  if (!constraints) return Ok{};
  const int count = sk_GENERAL_SUBTREE_num(constraints->permittedSubtrees);
  if (count > static_cast<int>(permitted_networks_max))
    return malformed("name constraints", "too many");
  for (int i = 0; i < count; ++i) {
    JCA_ASSIGN(const auto network,
               read_network(sk_GENERAL_SUBTREE_value(constraints->permittedSubtrees, i)));
    details.networks.push_back(network);
  }
  return Ok{};
}

Parsed<Ok> read_extensions(const X509* certificate, Details& details) {
  JCA_TRY(check_extensions(certificate));
  const auto constraints = extension<BasicConstraints>(certificate, NID_basic_constraints);
  if (!constraints) return malformed("basic constraints", "missing");
  details.is_anchor = constraints->ca != 0;
  const auto issuer = extension<AuthorityKeyId>(certificate, NID_authority_key_identifier);
  const auto id = issuer && issuer->keyid != nullptr
                      ? to_array<std::tuple_size_v<KeyId>>(bytes_of(issuer->keyid))
                      : std::nullopt;
  if (!id) return malformed("issuer key", "expected a key id of 20 bytes");
  details.issuer_key = *id;
  JCA_TRY(read_alternative_names(certificate, details));
  return read_name_constraints(certificate, details);
}

Parsed<Serial> read_serial(const X509* certificate) {
  const ASN1_INTEGER* number = X509_get0_serialNumber(certificate);
  const auto serial = to_array<std::tuple_size_v<Serial>>(bytes_of(number));
  // A first byte from 0x80 on would make it 21 octets in DER.
  if (!serial || ASN1_STRING_type(number) != V_ASN1_INTEGER || !is_serial(*serial))
    return malformed("serial", "not a positive number of 20 octets");
  return *serial;
}

Parsed<SignatureBytes> read_signature(const X509* certificate) {
  const ASN1_BIT_STRING* bits = nullptr;
  const X509_ALGOR* algorithm = nullptr;
  X509_get0_signature(&bits, &algorithm, certificate);
  const auto signature = to_array<64>(bytes_of(bits));
  if (X509_get_signature_nid(certificate) != NID_ED25519 || !signature)
    return malformed("signature", "not one of Ed25519");
  return *signature;
}

}  // namespace

Parsed<Decoded> decode(BytesView der) {
  const ErrorsForgotten quiet;
  if (der.size() > certificate_bytes_max) return malformed("certificate", "too long");
  const std::uint8_t* at = der.data();
  const X509Object certificate(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
  if (!certificate) return malformed("certificate", "not one of X.509");
  if (at != der.data() + der.size()) return malformed("certificate", "something follows it");
  const X509* const in = certificate.get();
  if (X509_get_version(in) != X509_VERSION_3) return malformed("version", "not 3");
  Decoded out;
  JCA_ASSIGN(out.signature, read_signature(in));
  Details& details = out.details;
  JCA_ASSIGN(details.serial, read_serial(in));
  JCA_ASSIGN(details.issuer, common_name(X509_get_issuer_name(in), "issuer"));
  JCA_ASSIGN(details.name, common_name(X509_get_subject_name(in), "subject"));
  JCA_ASSIGN(details.not_before, read_time(X509_get0_notBefore(in)));
  JCA_ASSIGN(details.not_after, read_time(X509_get0_notAfter(in)));
  JCA_ASSIGN(details.key, read_key(in));
  JCA_TRY(read_extensions(in, details));
  return out;
}

}  // namespace jointca::x509
