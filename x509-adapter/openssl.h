// x509-adapter/openssl.h — OpenSSL's objects with owners, for the encoder and the decoder. Included
// by them alone.
#pragma once

#include <memory>
#include <optional>
#include <span>

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "base/assert.h"
#include "crypto/free_with.h"
#include "x509-adapter/certificate.h"

namespace jointca::x509 {

template <class T, auto free_function>
using Owned = std::unique_ptr<T, FreeWith<free_function>>;

using X509Object = Owned<X509, X509_free>;
using Pkey = Owned<EVP_PKEY, EVP_PKEY_free>;
using BasicConstraints = Owned<BASIC_CONSTRAINTS, BASIC_CONSTRAINTS_free>;
using BitString = Owned<ASN1_BIT_STRING, ASN1_BIT_STRING_free>;
using OctetString = Owned<ASN1_OCTET_STRING, ASN1_OCTET_STRING_free>;
using Ia5String = Owned<ASN1_IA5STRING, ASN1_IA5STRING_free>;
using KeyUses = Owned<EXTENDED_KEY_USAGE, EXTENDED_KEY_USAGE_free>;
using AuthorityKeyId = Owned<AUTHORITY_KEYID, AUTHORITY_KEYID_free>;
using Name = Owned<GENERAL_NAME, GENERAL_NAME_free>;
using Names = Owned<GENERAL_NAMES, GENERAL_NAMES_free>;
using Subtree = Owned<GENERAL_SUBTREE, GENERAL_SUBTREE_free>;
using NameConstraints = Owned<NAME_CONSTRAINTS, NAME_CONSTRAINTS_free>;

/// Takes what OpenSSL noted about a failure off this thread's list, where TLS would find it.
class ErrorsForgotten {
 public:
  ErrorsForgotten() { ERR_set_mark(); }
  ErrorsForgotten(const ErrorsForgotten&) = delete;
  ErrorsForgotten& operator=(const ErrorsForgotten&) = delete;
  ~ErrorsForgotten() { ERR_pop_to_mark(); }
};

/// The head of a SubjectPublicKeyInfo, to which only the key's bytes are missing.
struct KeyForm {
  KeyType type;
  BytesView head;
  std::size_t key_bytes;
};
/// Of both types.
[[nodiscard]] std::span<const KeyForm, 2> key_forms();

/// TBSCertificate. Nothing if the key is none of its type, or a time has no form.
[[nodiscard]] std::optional<Bytes> encode_to_be_signed(const Details& details);

/// Certificate: SEQUENCE { to_be_signed, Ed25519, signature }.
[[nodiscard]] Bytes encode_certificate(BytesView to_be_signed, const SignatureBytes& signature);

/// What the DER says, perhaps in another encoding than ours.
struct Decoded {
  Details details;
  SignatureBytes signature{};
};
[[nodiscard]] Parsed<Decoded> decode(BytesView der);

}  // namespace jointca::x509
