// threshold/cggmp24/encoded_size.h — how long a proof can be, from its fields and the parameters.
#pragma once

#include "threshold/cggmp24/fields.h"

namespace jointca::cggmp24 {

/// Sums up the longest encodings of the fields that it visits.
class SizeBound {
 public:
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

  void operator()(const Integer&, IntegerLimit limit) {
    bytes_ += sizeof(std::uint16_t) + 1 + (limit.bits + 7) / 8;
  }
  void operator()(const p256::Point&) { bytes_ += p256::Point::Encoding().size(); }
  template <class T, class... Limit>
  void operator()(const std::vector<T>&, std::size_t count, Limit... limit) {
    for (std::size_t i = 0; i < count; ++i) (*this)(T(), limit...);
  }

 private:
  std::size_t bytes_ = 0;
};

/// Of encoded_proof(), whatever the proof.
template <class Proof>
[[nodiscard]] std::size_t proof_bytes_max(const Parameters& set) {
  const Proof proof;
  SizeBound bound;
  Proof::commitment(proof, set, bound);
  Proof::response(proof, set, bound);
  return bound.bytes();
}

}  // namespace jointca::cggmp24
