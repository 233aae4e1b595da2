// log/entry_fields.h — the one text of an entry, read and written field by field in a fixed order.
//
// Both sides have the same functions, so that each entry's layout is written once
// (log/entry.cpp). Because the order is fixed there is nothing to look up: the scanner compares
// what stands there with what must stand there. Public data only: nothing takes constant time.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "crypto/joint_public_key.h"

namespace jointca::log {

/// Reads. The first error sticks: from then on nothing is read, and finish() returns it.
class FieldScanner {
 public:
  template <class T>
  using Field = T&;

  /// `text` must outlive the scanner. `name` begins the places of errors.
  FieldScanner(std::string_view text, std::string_view name);

  void text(std::string_view name, std::string& out, std::size_t bytes_min = 1);
  void texts(std::string_view name, std::vector<std::string>& out);
  void base64(std::string_view name, Bytes& out);
  void time(std::string_view name, Time& out);
  void number(std::string_view name, std::uint32_t& out);
  template <std::size_t size>
  void hex(std::string_view name, std::array<std::uint8_t, size>& out) {
    if (key(name)) hex_value(name, out);
  }
  /// 32 or 33 bytes.
  void key_hex(std::string_view name, JointPublicKey& out);
  /// The empty text is nothing.
  void optional_hex(std::string_view name, std::optional<Digest>& out);
  void optional_hex(std::string_view name, std::optional<PublicKey>& out);
  void hexes(std::string_view name, std::vector<Digest>& out);

  /// The fields until end_object() are those of the object `name`. One level deep.
  void begin_object(std::string_view name);
  void end_object();

  /// The error `reason` at the field `name`, unless there is one already.
  void fail(std::string_view name, std::string_view reason);
  /// That the object and the text end here.
  [[nodiscard]] Parsed<Ok> finish();

 private:
  bool key(std::string_view name);
  void misplaced(std::string_view expected);
  bool take(char c);
  std::optional<std::string_view> quoted();
  void text_value(std::string& out, std::size_t bytes_min, std::string_view name,
                  std::optional<std::size_t> position);
  void hex_value(std::string_view name, std::span<std::uint8_t> out);
  [[nodiscard]] std::string place(std::string_view name) const;

  std::string_view all_;
  std::string_view rest_;
  std::string_view name_;
  std::string_view object_;  ///< the one that is being read, if any
  bool first_ = true;        ///< no field of this object has been read
  std::optional<ParseError> error_;
};

/// Writes. Does not check the values: what cannot be read back, a scanner refuses.
class FieldAppender {
 public:
  template <class T>
  using Field = const T&;

  void text(std::string_view name, std::string_view value, std::size_t bytes_min = 1);
  void texts(std::string_view name, const std::vector<std::string>& values);
  void base64(std::string_view name, BytesView value);
  void time(std::string_view name, Time value);
  void number(std::string_view name, std::uint32_t value);
  void hex(std::string_view name, BytesView value);
  void key_hex(std::string_view name, const JointPublicKey& value);
  void optional_hex(std::string_view name, const std::optional<Digest>& value);
  void optional_hex(std::string_view name, const std::optional<PublicKey>& value);
  void hexes(std::string_view name, const std::vector<Digest>& values);
  void begin_object(std::string_view name);
  void end_object() { out_ += '}'; }

  [[nodiscard]] std::string finish() &&;

 private:
  void key(std::string_view name);
  void quote(std::string_view value);

  std::string out_ = "{";
};

}  // namespace jointca::log
