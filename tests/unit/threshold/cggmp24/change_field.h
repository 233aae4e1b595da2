// tests/unit/threshold/cggmp24/change_field.h — changes one field of a statement, proof or message,
// whichever it is, by the same list of fields that is encoded and hashed.
#pragma once

#include "threshold/cggmp24/fields.h"

namespace jointca::test {

/// How a field is changed.
enum class Change {
  next,       ///< to another value of its kind
  too_large,  ///< an integer to one bit more than its limit; nothing else has a limit
  negative,   ///< an integer that may not be negative to one that is
};

/// Counts the fields that it visits, elements of lists included, and changes one.
class FieldChanger {
 public:
  explicit FieldChanger(std::size_t target, Change change = Change::next)
      : target_(target), change_(change) {}
  [[nodiscard]] std::size_t count() const { return next_; }
  /// Whether the target was there and could be changed as asked.
  [[nodiscard]] bool changed() const { return changed_; }

  void operator()(Digest& digest) {
    if (is_kind_target()) digest[5] ^= 1;
  }
  /// An encoded proof: its middle.
  void operator()(Bytes& bytes, cggmp24::BytesLimit) {
    if (is_kind_target()) bytes[bytes.size() / 2] ^= 1;
  }
  template <cggmp24::Composite<FieldChanger> T>
  void operator()(T& value) {
    T::fields(value, *this);
  }
  template <class T>
  void operator()(std::vector<T>& list, cggmp24::CountLimit) {
    for (T& element : list) (*this)(element);
  }
  /// Its values; that a key is missing is another test.
  template <class T>
  void operator()(PerParty<T>& map) {
    for (auto& entry : map) (*this)(entry.second);
  }
  void operator()(Integer& value, IntegerLimit limit) {
    if (!is_target()) return;
    if (change_ == Change::negative && limit.is_signed) return;
    if (change_ == Change::next) value = value + Integer(1);
    if (change_ == Change::too_large) value = Integer::power_of_two(limit.bits);
    if (change_ == Change::negative) value = -Integer(1);
    changed_ = true;
  }
  void operator()(p256::Point& point) {
    if (is_kind_target()) point = point + p256::Point::base();
  }
  void operator()(p256::Scalar& scalar) {
    if (is_kind_target()) scalar = scalar + p256::Scalar(1);
  }
  void operator()(PaillierPublicKey& key) {
    const unsigned bits = key.modulus().bits();
    if (is_kind_target()) key = *PaillierPublicKey::from(key.modulus() - Integer(2), bits);
  }
  void operator()(RingPedersen& setup) {
    const Integer N = setup.modulus();
    const auto times_4 = [&N](const Integer& x) { return (x * Integer(4)).mod(N); };
    if (is_kind_target())
      setup = *RingPedersen::from(N - Integer(2), setup.s(), setup.t(), N.bits());
    if (is_kind_target()) setup = *RingPedersen::from(N, times_4(setup.s()), setup.t(), N.bits());
    if (is_kind_target()) setup = *RingPedersen::from(N, setup.s(), times_4(setup.t()), N.bits());
  }
  void operator()(cggmp24::Flags& flags, std::size_t) {
    for (std::uint8_t& flag : flags)
      if (is_kind_target()) flag ^= 1;
  }
  template <class T, class... Limit>
  void operator()(std::vector<T>& list, std::size_t, Limit... limit) {
    for (T& element : list) (*this)(element, limit...);
  }

 private:
  bool is_target() { return next_++ == target_; }
  bool is_kind_target() {
    const bool here = is_target() && change_ == Change::next;
    changed_ = changed_ || here;
    return here;
  }

  std::size_t target_;
  Change change_;
  std::size_t next_ = 0;
  bool changed_ = false;
};

}  // namespace jointca::test
