// threshold/cggmp24/fields.h — one list of fields per statement, proof and message, for everything
// that has to see each of them: encoding, parsing, hashing, and the tests that change each once.
//
// A statement has `fields(self, parameters, visit)`. A proof has `commitment(…)`, the fields that
// the challenge hashes, and `response(…)`, those that answer it. Each calls visit(field, …) for its
// fields in order; lists have exactly `count` elements, which are not counted on the wire.
// Messages: threshold/cggmp24/message.h.
#pragma once

#include <optional>
#include <type_traits>

#include "crypto/paillier.h"
#include "crypto/ring_pedersen.h"
#include "threshold/cggmp24/context.h"

namespace jointca::cggmp24 {

/// A list of bits, a byte of 0 or 1 each.
using Flags = std::vector<std::uint8_t>;

/// A byte string of at most `size` bytes, prefixed by a u32.
struct BytesLimit {
  std::size_t size;
};
/// A list of 1 to `size` elements, prefixed by a u16.
struct CountLimit {
  std::uint16_t size;
};
/// What has fields of its own, and stands inside of a message.
template <class T, class Visit>
concept Composite = requires(T value, Visit visit) {
  T::fields(value, visit);
};

/// Writes fields as they are sent and hashed.
class FieldWriter {
 public:
  explicit FieldWriter(Writer& out) : out_(out) {}

  void operator()(const Digest& digest) { out_.bytes(digest); }
  void operator()(const Bytes& bytes, BytesLimit) { out_.prefixed32(bytes); }
  template <Composite<FieldWriter> T>
  void operator()(const T& value) {
    T::fields(value, *this);
  }
  template <class T>
  void operator()(const std::vector<T>& list, CountLimit) {
    out_.integer(static_cast<std::uint16_t>(list.size()));
    for (const T& element : list) (*this)(element);
  }
  /// u16 count; of each, in the order of identifiers: u16 identifier, the fields.
  template <class T>
  void operator()(const PerParty<T>& map) {
    out_.integer(static_cast<std::uint16_t>(map.size()));
    for (const auto& [party, value] : map) {
      out_.integer(party.value());
      (*this)(value);
    }
  }
  void operator()(const Integer& value, IntegerLimit) { encode(value, out_); }
  void operator()(const p256::Point& point) { out_.bytes(point.bytes()); }
  void operator()(const p256::Scalar& scalar) { out_.bytes(scalar.bytes()); }
  void operator()(const PaillierPublicKey& key) { encode(key.modulus(), out_); }
  void operator()(const RingPedersen& setup) {
    encode(setup.modulus(), out_);
    encode(setup.s(), out_);
    encode(setup.t(), out_);
  }
  void operator()(const Flags& flags, std::size_t) { out_.bytes(flags); }
  template <class T, class... Limit>
  void operator()(const std::vector<T>& list, std::size_t, Limit... limit) {
    for (const T& element : list) (*this)(element, limit...);
  }

 private:
  Writer& out_;
};

/// Reads fields into an object. After the first error it reads nothing more.
class FieldReader {
 public:
  explicit FieldReader(Reader& in) : in_(in) {}
  [[nodiscard]] const std::optional<ParseError>& error() const { return error_; }

  void operator()(Digest& digest) {
    if (!error_) take(in_.array<32>(), digest);
  }
  void operator()(Bytes& bytes, BytesLimit limit);
  template <Composite<FieldReader> T>
  void operator()(T& value) {
    if (!error_) T::fields(value, *this);
  }
  template <class T>
  void operator()(std::vector<T>& list, CountLimit limit) {
    std::uint16_t count = 0;
    if (!error_) take(in_.integer<std::uint16_t>(1, limit.size), count);
    for (std::uint16_t i = 0; i < count && !error_; ++i) (*this)(list.emplace_back());
  }
  template <class T>
  void operator()(PerParty<T>& map);
  void operator()(Integer& value, IntegerLimit limit) {
    if (!error_) take(read_integer(in_, limit), value);
  }
  void operator()(p256::Point& point) { take_bytes<33>(point); }
  void operator()(p256::Scalar& scalar) { take_bytes<32>(scalar); }
  void operator()(Flags& flags, std::size_t count);
  template <class T, class... Limit>
  void operator()(std::vector<T>& list, std::size_t count, Limit... limit) {
    for (std::size_t i = 0; i < count && !error_; ++i) (*this)(list.emplace_back(), limit...);
  }

 private:
  template <class T>
  void take(Parsed<T> parsed, T& into) {
    if (parsed)
      into = *std::move(parsed);
    else
      error_ = std::move(parsed).error();
  }
  template <std::size_t size, class T>
  void take_bytes(T& into) {
    if (error_) return;
    auto raw = in_.bytes(size);
    if (!raw) {
      error_ = std::move(raw).error();
      return;
    }
    take(T::parse(*raw), into);
  }

  Reader& in_;
  std::optional<ParseError> error_;
};

inline void FieldReader::operator()(Flags& flags, std::size_t count) {
  if (error_) return;
  auto raw = in_.bytes(count);
  if (!raw) {
    error_ = std::move(raw).error();
    return;
  }
  flags = to_bytes(*raw);
  for (const std::uint8_t flag : flags)
    if (flag > 1) error_ = in_.fail("neither 0 nor 1").error;
}

inline void FieldReader::operator()(Bytes& bytes, BytesLimit limit) {
  if (error_) return;
  auto raw = in_.prefixed32(limit.size);
  if (!raw)
    error_ = std::move(raw).error();
  else
    bytes = to_bytes(*raw);
}

template <class T>
void FieldReader::operator()(PerParty<T>& map) {
  std::uint16_t count = 0;
  if (!error_) take(in_.integer<std::uint16_t>(0, parties_max), count);
  for (std::uint16_t i = 0; i < count && !error_; ++i) {
    Identifier party(1);
    take(read_identifier(in_), party);
    if (error_) return;
    if (!map.empty() && party <= map.rbegin()->first) {
      error_ = in_.fail("identifiers not in ascending order").error;
      return;
    }
    (*this)(map[party]);
  }
}

template <class Proof>
void encode(const Proof& proof, const Parameters& parameters, Writer& out) {
  FieldWriter write(out);
  Proof::commitment(proof, parameters, write);
  Proof::response(proof, parameters, write);
}

/// Refuses what no prover of these parameters sends, by its length before anything else. Ranges,
/// units and equations are verify()'s.
template <class Proof>
Parsed<Proof> read_proof(Reader& in, const Parameters& parameters) {
  Proof proof;
  FieldReader read(in);
  Proof::commitment(proof, parameters, read);
  Proof::response(proof, parameters, read);
  if (read.error()) return Unexpected{*read.error()};
  return proof;
}

/// A whole message that is one proof.
template <class Proof>
Parsed<Proof> parse(std::type_identity<Proof>, const Parameters& parameters, BytesView input) {
  Reader in(input);
  JCA_ASSIGN(Proof proof, read_proof<Proof>(in, parameters));
  JCA_TRY(in.finish());
  return proof;
}

/// What a challenge hashes: `setup`, if the proof is under one, the statement and the commitment
/// are one field each.
template <class Statement, class Proof>
[[nodiscard]] Transcript hash_proof(std::string_view label, const Context& context,
                                    const RingPedersen* setup, const Statement& statement,
                                    const Proof& proof) {
  Transcript transcript = begin_challenge(label, context);
  const auto field = [&transcript](const auto& write_fields) {
    Writer bytes;
    FieldWriter write(bytes);
    write_fields(write);
    transcript.field(std::move(bytes).take());
  };
  if (setup != nullptr) field([&](FieldWriter& write) { write(*setup); });
  field([&](FieldWriter& write) { Statement::fields(statement, context.parameters, write); });
  field([&](FieldWriter& write) { Proof::commitment(proof, context.parameters, write); });
  return transcript;
}

/// Whether each list has `count` elements.
template <class... Lists>
[[nodiscard]] bool have_size(std::size_t count, const Lists&... lists) {
  return (... && (lists.size() == count));
}

}  // namespace jointca::cggmp24
