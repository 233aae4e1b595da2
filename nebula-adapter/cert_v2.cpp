// nebula-adapter/cert_v2.cpp — Nebula certificates of version 2: DER, IPv4 and IPv6.
#include "nebula-adapter/cert_v2.h"

#include "nebula-adapter/der.h"

namespace jointca::nebula::v2 {
namespace {

constexpr std::uint8_t tag_octet_string = 0x04;
constexpr std::uint8_t tag_utf8_string = 0x0c;
constexpr std::uint8_t tag_sequence = 0x30;

constexpr std::uint8_t tag_details = 0xa0;
constexpr std::uint8_t tag_curve = 0x81;
constexpr std::uint8_t tag_public_key = 0x82;
constexpr std::uint8_t tag_signature = 0x83;

constexpr std::uint8_t tag_name = 0x80;
constexpr std::uint8_t tag_networks = 0xa1;
constexpr std::uint8_t tag_unsafe_networks = 0xa2;
constexpr std::uint8_t tag_groups = 0xa3;
constexpr std::uint8_t tag_is_ca = 0x84;
constexpr std::uint8_t tag_not_before = 0x85;
constexpr std::uint8_t tag_not_after = 0x86;
constexpr std::uint8_t tag_issuer = 0x87;

Unexpected<ParseError> wrong(std::string what) {
  return malformed("", std::move(what) + " is missing or malformed");
}

/// An address and a length of one byte.
std::optional<ca::Prefix> to_prefix(BytesView bytes) {
  if (bytes.empty()) return std::nullopt;
  const auto address = ca::IpAddress::from_bytes(bytes.first(bytes.size() - 1));
  if (!address || bytes.back() > address->bits()) return std::nullopt;
  return ca::Prefix{*address, bytes.back()};
}

Parsed<std::vector<ca::Prefix>> read_networks(DerReader& in, std::uint8_t tag, std::string what) {
  std::vector<ca::Prefix> out;
  if (!in.at(tag)) return out;
  const auto list = in.read(tag);
  if (!list) return wrong(std::move(what));
  for (DerReader elements(*list); !elements.empty();) {
    const auto bytes = elements.read(tag_octet_string);
    const auto prefix = bytes ? to_prefix(*bytes) : std::nullopt;
    if (!prefix) return malformed("", "one of the " + what + " is malformed");
    out.push_back(*prefix);
  }
  return out;
}

Parsed<std::vector<std::string>> read_groups(DerReader& in) {
  std::vector<std::string> out;
  if (!in.at(tag_groups)) return out;
  const auto list = in.read(tag_groups);
  if (!list) return wrong("groups");
  for (DerReader elements(*list); !elements.empty();) {
    const auto group = elements.read(tag_utf8_string);
    if (!group || group->empty()) return malformed("", "a group is empty or malformed");
    out.push_back(to_text(*group));
  }
  return out;
}

/// The one byte of an optional element.
Parsed<std::uint8_t> read_byte(DerReader& in, std::uint8_t tag, std::string what) {
  if (!in.at(tag)) return std::uint8_t{0};
  const auto content = in.read(tag);
  if (!content || content->size() != 1) return wrong(std::move(what));
  return content->front();
}

Parsed<Details> read_details(BytesView content) {
  DerReader in(content);
  Details out;
  const auto name = in.read(tag_name);
  if (!name || name->empty() || name->size() > name_bytes_max) return wrong("name");
  out.name = to_text(*name);
  JCA_ASSIGN(out.networks, read_networks(in, tag_networks, "networks"));
  JCA_ASSIGN(out.unsafe_networks, read_networks(in, tag_unsafe_networks, "unsafe networks"));
  JCA_ASSIGN(out.groups, read_groups(in));
  JCA_ASSIGN(const std::uint8_t is_ca, read_byte(in, tag_is_ca, "isCA"));
  out.is_ca = is_ca != 0;
  const auto not_before = in.integer(tag_not_before);
  if (!not_before) return wrong("notBefore");
  out.not_before = *not_before;
  const auto not_after = in.integer(tag_not_after);
  if (!not_after) return wrong("notAfter");
  out.not_after = *not_after;
  if (in.at(tag_issuer)) {
    const auto issuer = in.read(tag_issuer);
    if (!issuer) return wrong("issuer");
    out.issuer = to_bytes(*issuer);
  }
  return out;
}

/// Sorts, and fails on a repeated one.
Parsed<Ok> sort_distinct(std::vector<ca::Prefix>& prefixes) {
  std::sort(prefixes.begin(), prefixes.end());
  const auto twice = std::adjacent_find(prefixes.begin(), prefixes.end());
  if (twice != prefixes.end()) return malformed("", "a network stands twice: " + twice->text());
  return Ok{};
}

Parsed<Ok> check_structure(Details& details) {
  if (!details.is_ca && details.networks.empty())
    return malformed("", "a host certificate needs a network");
  bool has_v4 = false, has_v6 = false;
  for (const ca::Prefix& network : details.networks) {
    if (network.address.is_zero())
      return malformed("", "the zero address cannot be a network: " + network.text());
    if (network.address.is_v4_in_v6())
      return malformed("", "an IPv4 address in IPv6 form cannot be a network: " + network.text());
    (network.address.is_v4() ? has_v4 : has_v6) = true;
  }
  JCA_TRY(sort_distinct(details.networks));
  for (const ca::Prefix& network : details.unsafe_networks)
    if (!details.is_ca && !(network.address.is_v4() ? has_v4 : has_v6))
      return malformed("",
                       "an unsafe network needs an address of its IP version: " + network.text());
  return sort_distinct(details.unsafe_networks);
}

Bytes encode_networks(const std::vector<ca::Prefix>& prefixes) {
  DerWriter out;
  for (const ca::Prefix& prefix : prefixes) {
    Bytes bytes = to_bytes(prefix.address.bytes());
    bytes.push_back(prefix.bits);
    out.element(tag_octet_string, bytes);
  }
  return std::move(out).take();
}

}  // namespace

Parsed<Certificate> parse(BytesView bytes) {
  if (bytes.empty() || bytes.size() > certificate_bytes_max)
    return malformed("", "the certificate is empty or above 64 KiB");
  Certificate out;
  out.version = Version::v2;
  const auto sequence = DerReader(bytes).read(tag_sequence);
  if (!sequence) return wrong("the certificate's envelope");
  DerReader in(*sequence);
  const auto raw_details = in.element(tag_details);
  if (!raw_details) return wrong("details");
  JCA_ASSIGN(const std::uint8_t curve, read_byte(in, tag_curve, "curve"));
  const auto public_key = in.read(tag_public_key);
  if (!public_key || public_key->empty()) return wrong("public key");
  const auto signature = in.read(tag_signature);
  if (!signature || signature->empty()) return wrong("signature");
  const auto details = DerReader(*raw_details).read(tag_details);
  if (!details) return wrong("details");
  JCA_ASSIGN(out.details, read_details(*details));
  out.details.curve = static_cast<Curve>(curve);
  out.details.public_key = to_bytes(*public_key);
  out.signature = to_bytes(*signature);
  out.raw_details = to_bytes(*raw_details);
  JCA_TRY(check_structure(out.details));
  return out;
}

Bytes encode_details(const Details& details) {
  DerWriter out;
  out.element(tag_name, as_bytes(details.name));
  if (!details.networks.empty()) out.element(tag_networks, encode_networks(details.networks));
  if (!details.unsafe_networks.empty())
    out.element(tag_unsafe_networks, encode_networks(details.unsafe_networks));
  if (!details.groups.empty()) {
    DerWriter groups;
    for (const std::string& group : details.groups)
      groups.element(tag_utf8_string, as_bytes(group));
    out.element(tag_groups, std::move(groups).take());
  }
  if (details.is_ca) out.element(tag_is_ca, Bytes{0xff});
  out.integer(tag_not_before, details.not_before);
  out.integer(tag_not_after, details.not_after);
  if (!details.issuer.empty()) out.element(tag_issuer, details.issuer);
  return std::move(DerWriter().element(tag_details, std::move(out).take())).take();
}

Bytes encode(BytesView raw_details, Curve curve, BytesView public_key, BytesView signature) {
  DerWriter out;
  out.raw(raw_details);
  if (curve != Curve::curve25519) out.element(tag_curve, Bytes{static_cast<std::uint8_t>(curve)});
  out.element(tag_public_key, public_key).element(tag_signature, signature);
  return std::move(DerWriter().element(tag_sequence, std::move(out).take())).take();
}

Bytes to_be_signed(BytesView raw_details, Curve curve, BytesView public_key) {
  Bytes out;
  out.reserve(raw_details.size() + 1 + public_key.size());
  out.insert(out.end(), raw_details.begin(), raw_details.end());
  out.push_back(static_cast<std::uint8_t>(curve));
  out.insert(out.end(), public_key.begin(), public_key.end());
  return out;
}

Parsed<Certificate> from_signed(BytesView signed_bytes, BytesView signature) {
  DerReader in(signed_bytes);
  const auto raw_details = in.element(tag_details);
  if (!raw_details || raw_details->size() >= signed_bytes.size()) return wrong("details");
  const BytesView rest = signed_bytes.subspan(raw_details->size());
  return parse(encode(*raw_details, static_cast<Curve>(rest[0]), rest.subspan(1), signature));
}

}  // namespace jointca::nebula::v2
