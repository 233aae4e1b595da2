// crypto/free_with.h — the deleter of what a C library made, for std::unique_ptr.
#pragma once

namespace jointca {

/// std::unique_ptr<BIGNUM, FreeWith<BN_clear_free>>.
template <auto free_function>
struct FreeWith {
  template <class T>
  void operator()(T* object) const {
    free_function(object);
  }
};

}  // namespace jointca
