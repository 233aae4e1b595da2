// threshold/cggmp24/fields.h — one list of fields per statement and proof, for everything that has
// to see each of them: encoding, parsing, hashing, and the tests that change each once.
//
// A statement has `fields(self, parameters, visit)`. A proof has `commitment(…)`, the fields that
// the challenge hashes, and `response(…)`, those that answer it. Each calls visit(field, …) for its
// fields in order; lists have exactly `count` elements, which are not counted on the wire.
#pragma once

#include <optional>
#include <type_traits>

#include "crypto/paillier.h"
#include "crypto/ring_pedersen.h"
#include "threshold/cggmp24/context.h"

namespace jointca::cggmp24 {

/// A list of bits, a byte of 0 or 1 each.
using Flags = std::vector<std::uint8_t>;

/// Writes fields as they are sent and hashed.
class FieldWriter {
 public:
  explicit FieldWriter(Writer& out) : out_(out) {}

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

/// The statement and the commitment of a proof, as one field each.
template <class Statement, class Proof>
void hash_fields(Transcript& transcript, const Parameters& parameters, const Statement& statement,
                 const Proof& proof) {
  Writer statement_bytes, commitment_bytes;
  FieldWriter write_statement(statement_bytes), write_commitment(commitment_bytes);
  Statement::fields(statement, parameters, write_statement);
  Proof::commitment(proof, parameters, write_commitment);
  transcript.field(std::move(statement_bytes).take());
  transcript.field(std::move(commitment_bytes).take());
}

/// Under the setup of the one who shall be convinced.
inline void hash_setup(Transcript& transcript, const RingPedersen& setup) {
  Writer bytes;
  FieldWriter write(bytes);
  write(setup);
  transcript.field(std::move(bytes).take());
}

}  // namespace jointca::cggmp24
