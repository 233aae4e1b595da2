#include "crypto/hash.h"

#include <memory>

#include <openssl/evp.h>
#include <sodium/utils.h>

#include "base/assert.h"

namespace jointca {
namespace {

struct ContextFree {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_MD_CTX, ContextFree>;

/// Looking SHA-256 up costs more than a hash, so each thread does it once.
Context make_context() {
  Context context(EVP_MD_CTX_new());
  EVP_MD* const method = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  JCA_ASSERT(context && method && EVP_DigestInit_ex2(context.get(), method, nullptr) == 1);
  EVP_MD_free(method);  // the context holds a reference
  return context;
}

}  // namespace

Sha512::~Sha512() { sodium_memzero(&state_, sizeof state_); }

Digest sha256(std::initializer_list<BytesView> parts) {
  thread_local const Context context = make_context();
  JCA_ASSERT(EVP_DigestInit_ex2(context.get(), nullptr, nullptr) == 1);
  for (const BytesView part : parts)
    JCA_ASSERT(EVP_DigestUpdate(context.get(), part.data(), part.size()) == 1);
  Digest out;
  JCA_ASSERT(EVP_DigestFinal_ex(context.get(), out.data(), nullptr) == 1);
  return out;
}

Digest64 sha512(std::initializer_list<BytesView> parts) {
  Sha512 hash;
  for (const BytesView part : parts) hash.update(part);
  return hash.finish();
}

}  // namespace jointca
