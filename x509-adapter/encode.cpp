// x509-adapter/encode.cpp — from details to TBSCertificate, through OpenSSL's own types: everything
// that has a choice in DER (string types, order of extensions, what is critical) is chosen here.
#include "base/codec.h"
#include "x509-adapter/openssl.h"

namespace jointca::x509 {
namespace {

constexpr std::array<std::uint8_t, 12> ed25519_head{0x30, 0x2a, 0x30, 0x05, 0x06, 0x03,
                                                    0x2b, 0x65, 0x70, 0x03, 0x21, 0x00};
constexpr std::array<std::uint8_t, 26> p256_head{
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01,
    0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00};
const std::array<KeyForm, 2> forms{
    {{KeyType::ed25519, ed25519_head, 32}, {KeyType::p256, p256_head, 65}}};

/// AlgorithmIdentifier of Ed25519, without parameters: RFC 8410 §3.
constexpr std::array<std::uint8_t, 7> ed25519_algorithm{0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70};

// What fails below is out of memory, or a bug.
template <class T>
T* made(T* object) {
  JCA_ASSERT(object != nullptr);
  return object;
}
void done(int result) { JCA_ASSERT(result == 1); }

int length(std::size_t size) { return static_cast<int>(size); }

Pkey to_pkey(const CertifiedKey& key) {
  const KeyForm& form = forms.at(static_cast<std::size_t>(key.type));
  if (key.bytes.size() != form.key_bytes) return nullptr;
  Bytes info = to_bytes(form.head);
  info.insert(info.end(), key.bytes.begin(), key.bytes.end());
  const std::uint8_t* at = info.data();
  return Pkey(d2i_PUBKEY(nullptr, &at, static_cast<long>(info.size())));
}

OctetString octets(BytesView bytes) {
  OctetString out(made(ASN1_OCTET_STRING_new()));
  done(ASN1_OCTET_STRING_set(out.get(), bytes.data(), length(bytes.size())));
  return out;
}

void set_common_name(X509_NAME* name, const std::string& text) {
  const BytesView bytes = as_bytes(text);
  done(X509_NAME_add_entry_by_NID(name, NID_commonName, V_ASN1_UTF8STRING, bytes.data(),
                                  length(bytes.size()), -1, 0));
}

void add_extension(X509* certificate, int nid, void* value, bool critical) {
  done(X509_add1_ext_i2d(certificate, nid, value, critical ? 1 : 0, X509V3_ADD_DEFAULT));
}

void add_constraints_and_uses(X509* certificate, bool is_anchor) {
  constexpr int digital_signature = 0, key_cert_sign = 5;  // RFC 5280 §4.2.1.3
  const BasicConstraints constraints(made(BASIC_CONSTRAINTS_new()));
  constraints->ca = is_anchor ? 0xff : 0;
  if (is_anchor) {
    constraints->pathlen = made(ASN1_INTEGER_new());
    done(ASN1_INTEGER_set(constraints->pathlen, 0));
  }
  add_extension(certificate, NID_basic_constraints, constraints.get(), true);
  const BitString use(made(ASN1_BIT_STRING_new()));
  done(ASN1_BIT_STRING_set_bit(use.get(), is_anchor ? key_cert_sign : digital_signature, 1));
  add_extension(certificate, NID_key_usage, use.get(), true);
  if (is_anchor) return;
  const KeyUses uses(made(EXTENDED_KEY_USAGE_new()));
  for (const int nid : {NID_server_auth, NID_client_auth})
    JCA_ASSERT(sk_ASN1_OBJECT_push(uses.get(), made(OBJ_nid2obj(nid))) > 0);
  add_extension(certificate, NID_ext_key_usage, uses.get(), false);
}

void add_key_ids(X509* certificate, const Details& details) {
  const OctetString own = octets(key_id(details.key));
  add_extension(certificate, NID_subject_key_identifier, own.get(), false);
  const AuthorityKeyId issuer(made(AUTHORITY_KEYID_new()));
  issuer->keyid = octets(details.issuer_key).release();
  add_extension(certificate, NID_authority_key_identifier, issuer.get(), false);
}

Name text_name(int type, const std::string& text) {
  Ia5String value(made(ASN1_IA5STRING_new()));
  done(ASN1_STRING_set(value.get(), text.data(), length(text.size())));
  Name name(made(GENERAL_NAME_new()));
  GENERAL_NAME_set0_value(name.get(), type, value.release());
  return name;
}

Name address_name(BytesView bytes) {
  Name name(made(GENERAL_NAME_new()));
  GENERAL_NAME_set0_value(name.get(), GEN_IPADD, octets(bytes).release());
  return name;
}

void add_alternative_names(X509* certificate, const Details& details) {
  const Names names(made(GENERAL_NAMES_new()));
  const auto add = [&](Name name) {
    JCA_ASSERT(sk_GENERAL_NAME_push(names.get(), name.get()) > 0);
    static_cast<void>(name.release());
  };
  for (const std::string& dns_name : details.dns_names) add(text_name(GEN_DNS, dns_name));
  for (const ca::IpAddress& address : details.addresses) add(address_name(address.bytes()));
  for (const std::string& uri : details.uris) add(text_name(GEN_URI, uri));
  if (sk_GENERAL_NAME_num(names.get()) > 0)
    add_extension(certificate, NID_subject_alt_name, names.get(), false);
}

/// An address and its mask, RFC 5280 §4.2.1.10.
Bytes address_and_mask(const ca::Prefix& network) {
  Bytes out = to_bytes(network.address.bytes());
  const Bytes ones(out.size(), 0xff);
  const ca::Prefix mask = ca::Prefix{*ca::IpAddress::from_bytes(ones), network.bits}.masked();
  out.insert(out.end(), mask.address.bytes().begin(), mask.address.bytes().end());
  return out;
}

void add_name_constraints(X509* certificate, const Details& details) {
  if (details.networks.empty()) return;
  const NameConstraints constraints(made(NAME_CONSTRAINTS_new()));
  constraints->permittedSubtrees = made(sk_GENERAL_SUBTREE_new_null());
  for (const ca::Prefix& network : details.networks) {
    Subtree subtree(made(GENERAL_SUBTREE_new()));
    GENERAL_NAME_free(subtree->base);
    subtree->base = address_name(address_and_mask(network)).release();
    JCA_ASSERT(sk_GENERAL_SUBTREE_push(constraints->permittedSubtrees, subtree.get()) > 0);
    static_cast<void>(subtree.release());
  }
  add_extension(certificate, NID_name_constraints, constraints.get(), true);
}

/// OpenSSL 3.0 sets the algorithm when it signs, and has no function for those whose signature
/// comes from elsewhere.
void set_algorithm(X509* certificate) {
  auto* algorithm = const_cast<X509_ALGOR*>(X509_get0_tbs_sigalg(certificate));  // NOLINT: as said
  done(X509_ALGOR_set0(algorithm, made(OBJ_nid2obj(NID_ED25519)), V_ASN1_UNDEF, nullptr));
}

/// UTCTime until 2049, GeneralizedTime from then on: RFC 5280 §4.1.2.5.
bool set_time(ASN1_TIME* where, Time time) {
  return ASN1_TIME_set(where, unix_seconds(time)) != nullptr;
}

template <class Encode>
Bytes encoded_by(Encode encode) {
  const int size = encode(nullptr);
  JCA_ASSERT(size > 0);
  Bytes out(static_cast<std::size_t>(size));
  std::uint8_t* at = out.data();
  JCA_ASSERT(encode(&at) == size);
  return out;
}

}  // namespace

std::span<const KeyForm, 2> key_forms() { return forms; }

std::optional<Bytes> encode_to_be_signed(const Details& details) {
  const ErrorsForgotten quiet;
  const Pkey key = to_pkey(details.key);
  if (!key) return std::nullopt;
  const X509Object certificate(made(X509_new()));
  X509* const out = certificate.get();
  done(X509_set_version(out, X509_VERSION_3));
  done(ASN1_STRING_set(X509_get_serialNumber(out), details.serial.data(),
                       length(details.serial.size())));
  set_algorithm(out);
  set_common_name(X509_get_issuer_name(out), details.issuer);
  if (!set_time(X509_getm_notBefore(out), details.not_before) ||
      !set_time(X509_getm_notAfter(out), details.not_after))
    return std::nullopt;
  set_common_name(X509_get_subject_name(out), details.name);
  done(X509_set_pubkey(out, key.get()));
  add_constraints_and_uses(out, details.is_anchor);
  add_key_ids(out, details);
  add_alternative_names(out, details);
  add_name_constraints(out, details);
  return encoded_by([out](std::uint8_t** at) { return i2d_re_X509_tbs(out, at); });
}

Bytes encode_certificate(BytesView to_be_signed, const SignatureBytes& signature) {
  constexpr std::array<std::uint8_t, 3> bit_string_head{V_ASN1_BIT_STRING, 65, 0};
  Writer content;
  content.bytes(to_be_signed).bytes(ed25519_algorithm).bytes(bit_string_head).bytes(signature);
  const Bytes inside = std::move(content).take();
  Bytes out(static_cast<std::size_t>(ASN1_object_size(1, length(inside.size()), V_ASN1_SEQUENCE)));
  std::uint8_t* at = out.data();
  ASN1_put_object(&at, 1, length(inside.size()), V_ASN1_SEQUENCE, V_ASN1_UNIVERSAL);
  std::copy(inside.begin(), inside.end(), at);
  return out;
}

}  // namespace jointca::x509
