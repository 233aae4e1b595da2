// crypto/edwards_eight.cpp — eight elements side by side in a register of 512 bits.
#include "crypto/edwards_eight.h"

#include "crypto/edwards_field.h"
#include "crypto/edwards_ifma.h"

namespace jointca::edwards {

#if defined(__x86_64__)
namespace {

/// Limb i of eight elements.
struct alignas(64) Lanes {
  std::array<std::array<std::uint64_t, 8>, 5> limb{};
};

using Rows = ifma::Rows<ifma::Row8>;

JCA_IFMA inline Rows load(const Lanes& lanes) {
  Rows out{};
  for (std::size_t i = 0; i < 5; ++i) out.row[i] = _mm512_load_si512(lanes.limb[i].data());
  return out;
}

JCA_IFMA inline Lanes store(const Rows& rows) {
  Lanes out;
  for (std::size_t i = 0; i < 5; ++i) _mm512_store_si512(out.limb[i].data(), rows.row[i]);
  return out;
}

// As power_chain() wants them.

JCA_IFMA Lanes squared_times(const Lanes& a, unsigned count) {
  Rows rows = load(a);
  while (count-- > 0) rows = ifma::squared(rows);
  return store(rows);
}

JCA_IFMA Lanes square(const Lanes& a) { return squared_times(a, 1); }

JCA_IFMA Lanes operator*(const Lanes& a, const Lanes& b) {
  return store(ifma::product(load(a), load(b)));
}

Eight powers_by_ifma(const Eight& a) {
  Lanes lanes;
  for (std::size_t lane = 0; lane < 8; ++lane)
    for (std::size_t i = 0; i < 5; ++i) lanes.limb[i][lane] = a[lane].limb[i];
  lanes = power_p58(lanes);
  Eight out;
  for (std::size_t lane = 0; lane < 8; ++lane)
    for (std::size_t i = 0; i < 5; ++i) out[lane].limb[i] = lanes.limb[i][lane];
  return out;
}

}  // namespace
#endif

Eight powers_p58(const Eight& a) {
#if defined(__x86_64__)
  if (ifma::is_supported()) return powers_by_ifma(a);
#endif
  Eight out;
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = power_p58(a[i]);
  return out;
}

}  // namespace jointca::edwards
