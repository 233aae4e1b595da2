// nebula-adapter/cert_v1.cpp — Nebula certificates of version 1: protobuf, IPv4.
#include "nebula-adapter/cert_v1.h"

#include <bit>
#include <utility>

#include "base/assert.h"
#include "nebula-adapter/protobuf.h"

namespace jointca::nebula::v1 {
namespace {

enum Field : std::uint32_t {
  name = 1,
  ips = 2,
  subnets = 3,
  groups = 4,
  not_before = 5,
  not_after = 6,
  public_key = 7,
  is_ca = 8,
  issuer = 9,
  curve = 100,
};

/// Details as they stand on the wire: networks as a list of addresses and masks.
struct Raw {
  bool has_details = false;
  Details details;
  std::vector<std::uint32_t> ips;
  std::vector<std::uint32_t> subnets;
};

ca::Prefix to_prefix(std::uint32_t address, std::uint32_t mask) {
  const std::array<std::uint8_t, 4> bytes{
      static_cast<std::uint8_t>(address >> 24), static_cast<std::uint8_t>(address >> 16),
      static_cast<std::uint8_t>(address >> 8), static_cast<std::uint8_t>(address)};
  // As Go's IPMask.Size: a mask with a hole has length 0.
  const int ones = std::countl_one(mask);
  const bool contiguous = std::popcount(mask) == ones;
  return {*ca::IpAddress::from_bytes(bytes), static_cast<std::uint8_t>(contiguous ? ones : 0)};
}

std::vector<ca::Prefix> to_prefixes(const std::vector<std::uint32_t>& numbers) {
  std::vector<ca::Prefix> out;
  out.reserve(numbers.size() / 2);
  for (std::size_t i = 0; i + 1 < numbers.size(); i += 2)
    out.push_back(to_prefix(numbers[i], numbers[i + 1]));
  return out;
}

/// Reads one element, or a packed run of them. Larger numbers lose their high bits, as in Go.
bool read_numbers(const WireField& field, std::vector<std::uint32_t>& out) {
  if (field.type == WireType::varint) {
    out.push_back(static_cast<std::uint32_t>(field.value));
    return true;
  }
  for (WireReader packed(field.bytes); !packed.empty();) {
    const auto value = packed.varint();
    if (!value) return false;
    out.push_back(static_cast<std::uint32_t>(*value));
  }
  return true;
}

Parsed<Ok> read_field(const WireField& field, Raw& raw) {
  const auto wrong = [](std::string reason) { return malformed("", std::move(reason)); };
  Details& details = raw.details;
  const bool is_bytes = field.type == WireType::bytes;
  const bool is_varint = field.type == WireType::varint;
  // A known field of another wire type counts as unknown: it is skipped.
  if (field.number == ips || field.number == subnets) {
    auto& numbers = field.number == ips ? raw.ips : raw.subnets;
    if ((is_bytes || is_varint) && !read_numbers(field, numbers))
      return wrong("malformed list of addresses");
  } else if (is_bytes) {
    const bool is_text = field.number == name || field.number == groups;
    if (is_text && !is_utf8(field.bytes)) return wrong("a text is not UTF-8");
    if (field.number == name) details.name = to_text(field.bytes);
    if (field.number == groups) details.groups.push_back(to_text(field.bytes));
    if (field.number == public_key) details.public_key = to_bytes(field.bytes);
    if (field.number == issuer) details.issuer = to_bytes(field.bytes);
  } else if (is_varint) {
    if (field.number == not_before) details.not_before = static_cast<std::int64_t>(field.value);
    if (field.number == not_after) details.not_after = static_cast<std::int64_t>(field.value);
    if (field.number == is_ca) details.is_ca = field.value != 0;
    if (field.number == curve)
      details.curve = static_cast<Curve>(static_cast<std::int32_t>(field.value));
  }
  return Ok{};
}

Parsed<Ok> read_details(BytesView bytes, Raw& raw) {
  raw.has_details = true;
  for (WireReader in(bytes); !in.empty();) {
    const auto field = in.field();
    if (!field) return malformed("", "the details are malformed");
    JCA_TRY(read_field(*field, raw));
  }
  return Ok{};
}

Parsed<Ok> check_structure(const Raw& raw) {
  const Details& details = raw.details;
  if (!raw.has_details) return malformed("", "the certificate has no details");
  if (raw.ips.size() % 2 != 0) return malformed("", "an address without a mask in the networks");
  if (raw.subnets.size() % 2 != 0)
    return malformed("", "an address without a mask in the unsafe networks");
  if (details.public_key.empty()) return malformed("", "the certificate has no public key");
  if (!details.is_ca && details.networks.empty())
    return malformed("", "a host certificate needs a network");
  for (const ca::Prefix& network : details.networks)
    if (network.address.is_zero())
      return malformed("", "the zero address cannot be a network: " + network.text());
  return Ok{};
}

Parsed<Certificate> certificate(Raw raw, Bytes signature) {
  raw.details.networks = to_prefixes(raw.ips);
  raw.details.unsafe_networks = to_prefixes(raw.subnets);
  JCA_TRY(check_structure(raw));
  return Certificate{Version::v1, std::move(raw.details), std::move(signature), {}};
}

Bytes packed(const std::vector<ca::Prefix>& prefixes) {
  WireWriter out;
  for (const ca::Prefix& prefix : prefixes) {
    JCA_ASSERT(prefix.address.is_v4());
    std::uint32_t address = 0;
    for (const std::uint8_t byte : prefix.address.bytes()) address = address << 8 | byte;
    const std::uint64_t mask = 0xffffffffU & (std::uint64_t{0xffffffff} << (32 - prefix.bits));
    out.varint(address).varint(mask);
  }
  return std::move(out).take();
}

/// A negative number takes ten bytes.
std::uint64_t as_varint(std::int64_t value) { return static_cast<std::uint64_t>(value); }

}  // namespace

Parsed<Certificate> parse(BytesView bytes) {
  if (bytes.empty()) return malformed("", "the certificate is empty");
  Raw raw;
  Bytes signature;
  for (WireReader in(bytes); !in.empty();) {
    const auto field = in.field();
    if (!field) return malformed("", "the certificate is malformed");
    if (field->type != WireType::bytes) continue;
    if (field->number == 1) JCA_TRY(read_details(field->bytes, raw));
    if (field->number == 2) signature = to_bytes(field->bytes);
  }
  return certificate(std::move(raw), std::move(signature));
}

Bytes encode_details(const Details& details) {
  WireWriter out;
  out.bytes_field(name, as_bytes(details.name));
  out.bytes_field(ips, packed(details.networks));
  out.bytes_field(subnets, packed(details.unsafe_networks));
  for (const std::string& group : details.groups) out.element(groups, as_bytes(group));
  out.varint_field(not_before, as_varint(details.not_before));
  out.varint_field(not_after, as_varint(details.not_after));
  out.bytes_field(public_key, details.public_key);
  out.varint_field(is_ca, details.is_ca ? 1 : 0);
  out.bytes_field(issuer, details.issuer);
  out.varint_field(curve, as_varint(static_cast<std::int64_t>(details.curve)));
  return std::move(out).take();
}

Bytes encode(BytesView details, BytesView signature) {
  return std::move(WireWriter().element(1, details).bytes_field(2, signature)).take();
}

Parsed<Certificate> from_signed(BytesView details, BytesView signature) {
  Raw raw;
  JCA_TRY(read_details(details, raw));
  return certificate(std::move(raw), to_bytes(signature));
}

}  // namespace jointca::nebula::v1
