// tests/unit/threshold/codec_test.cpp — every wire message: one encoding, frozen, and total
// parsing.
#include <catch2/catch.hpp>

#include "tests/support/frost_samples.h"
#include "tests/support/vectors.h"

using namespace jointca;
using namespace jointca::test;

namespace {

template <class Message>
bool parses(const Message&, BytesView input) {
  return parse(std::type_identity<Message>{}, input).has_value();
}

/// The offsets of every point of a message, given by the point fields of its layout.
struct PointField {
  std::size_t offset;
  bool identity_allowed = false;
};

const std::array<const char*, 8> torsion{
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa"};

/// Bytes that no point field may hold: small order, mixed order, not canonical, not on the curve.
std::vector<Digest> invalid_points() {
  std::vector<Digest> out;
  const auto base = *edwards::decompress(Point::base().bytes());
  for (const char* text : torsion) {
    const Digest T = *to_array<32>(*from_hex(text));
    out.push_back(T);
    if (T != Digest{1})
      out.push_back(edwards::compress(edwards::add(base, *edwards::decompress(T))));
  }
  Digest above;
  above.fill(0xff);
  for (const std::uint8_t low : std::initializer_list<std::uint8_t>{0xed, 0xee, 0xff}) {
    above[0] = low;
    above[31] = 0x7f;
    out.push_back(above);
  }
  out.push_back(
      *to_array<32>(*from_hex("123456f9e9d319cad973b84cc4c835c8ee73281f5e2638d2d2b352c09edccbfb")));
  return out;
}

template <class Message>
void check_points(const Message& message, const std::vector<PointField>& fields) {
  const Bytes good = encoded(message);
  for (const PointField& field : fields)
    for (const Digest& point : invalid_points()) {
      Bytes bad = good;
      std::copy(point.begin(), point.end(), bad.begin() + std::ptrdiff_t(field.offset));
      const bool identity = point == Digest{1};
      CHECK(parses(message, bad) == (identity && field.identity_allowed));
    }
}

template <class Message>
void check_scalar(const Message& message, std::size_t offset) {
  Bytes bad = encoded(message);
  for (const std::uint8_t last : std::initializer_list<std::uint8_t>{0x10, 0x1f, 0xff}) {
    std::copy(edwards::group_order.begin(), edwards::group_order.end(),
              bad.begin() + std::ptrdiff_t(offset));
    bad[offset + 31] = last;
    CHECK_FALSE(parses(message, bad));
  }
}

}  // namespace

TEST_CASE("every message encodes to its frozen bytes and parses back to them") {
  const Samples samples;
  samples.each([](const char* name, const auto& message) {
    INFO(name);
    const Bytes bytes = encoded(message);
    const auto frozen = vector_file(std::string("frozen/") + name + ".json");
    CHECK(to_hex(bytes) == frozen.at("hex"));
    auto parsed = parse(std::type_identity<std::decay_t<decltype(message)>>{}, bytes);
    REQUIRE(parsed);
    CHECK(encoded(*parsed) == bytes);
  });
}

TEST_CASE("write the frozen encodings anew", "[.freeze]") {
  const Samples samples;
  samples.each([](const char* name, const auto& message) {
    const nlohmann::ordered_json file{{"message", name}, {"hex", to_hex(encoded(message))}};
    std::ofstream(std::string(JOINTCA_SOURCE_DIR) + "/tests/vectors/frozen/" + name + ".json")
        << file.dump(1) << "\n";
  });
}

TEST_CASE("no message parses when it is cut, extended or of another version") {
  const Samples samples;
  samples.each([](const char* name, const auto& message) {
    INFO(name);
    Bytes bytes = encoded(message);
    for (std::size_t size = 0; size < bytes.size(); ++size)
      CHECK_FALSE(parses(message, BytesView(bytes).first(size)));
    bytes.push_back(0);
    CHECK_FALSE(parses(message, bytes));
    bytes.pop_back();
    if (std::string_view(name) == "signed_header") return;  // the one without a version
    bytes[0] = 2;
    CHECK_FALSE(parses(message, bytes));
  });
}

TEST_CASE("no point field accepts a point outside the prime-order group") {
  const Samples samples;
  check_points(samples.dkg_round1, {{3}, {35, true}, {67}});
  check_points(samples.commit, {{5}, {37}, {69}, {101}});
  check_points(samples.group_key, {{5}, {39}, {73}});
  const std::size_t first_item = 1 + 2 + 2 * 2 + 4 + 2 + 4 + 5;
  check_points(samples.package, {{first_item}, {first_item + 32}, {first_item + 96}});
}

TEST_CASE("no scalar field accepts an integer that is not below q") {
  const Samples samples;
  check_scalar(samples.dkg_round1, 3 + 2 * 32 + 32);
  check_scalar(samples.dkg_round2, 1);
  check_scalar(samples.share, 1 + 32 + 4);
}

TEST_CASE("identifiers on the wire are 1 to parties_max, ascending") {
  const Samples samples;
  const auto with = [](Bytes bytes, std::size_t offset, std::uint16_t value) {
    bytes[offset] = static_cast<std::uint8_t>(value >> 8);
    bytes[offset + 1] = static_cast<std::uint8_t>(value & 0xff);
    return bytes;
  };
  const Bytes key = encoded(samples.group_key), package = encoded(samples.package);
  const Bytes envelope = encoded(samples.envelope);
  for (const std::uint16_t value :
       std::initializer_list<std::uint16_t>{0, 2, 65, 65535}) {  // the second one is 2
    CHECK_FALSE(parses(samples.group_key, with(key, 1 + 2 + 2 + 32, value)));
  }
  for (const std::uint16_t value : std::initializer_list<std::uint16_t>{0, 3, 65})
    CHECK_FALSE(parses(samples.package, with(package, 3, value)));
  for (const std::uint16_t value : std::initializer_list<std::uint16_t>{0, 65, 65535})
    CHECK_FALSE(parses(samples.envelope, with(envelope, 1 + 64 + 2, value)));
  CHECK_FALSE(parses(samples.envelope, with(envelope, 1 + 64 + 4, 65)));
}

TEST_CASE("counts above the maximum are refused before anything is allocated") {
  const Samples samples;
  Bytes bytes = encoded(samples.commit);
  bytes[3] = 0x10;
  bytes[4] = 0x01;  // 4097
  CHECK_FALSE(parses(samples.commit, bytes));
  bytes[1] = 0xff;
  CHECK_FALSE(parses(samples.commit, bytes));
  bytes = encoded(samples.envelope);
  bytes[1 + 70] = 0xff;
  CHECK_FALSE(parses(samples.envelope, bytes));
}

TEST_CASE("a key package parses back, and only with the share of its party") {
  const Samples samples;
  const SecretBytes sealed = frost::encode_secret(samples.keys.at(P(2)));
  const auto key = frost::parse_key_package(sealed);
  REQUIRE(key);
  CHECK(key->identifier == P(2));
  CHECK(key->share.equals_ct(samples.keys.at(P(2)).share));
  CHECK(key->group == samples.group_key);
  for (const std::size_t at : {0u, 2u, 3u}) {
    Bytes changed = to_bytes(sealed.expose());
    changed[at] ^= 1;
    CHECK_FALSE(frost::parse_key_package(SecretBytes(std::move(changed))));
  }
}
