#include "ca/did.h"

namespace jointca::ca {
namespace {

constexpr std::string_view alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/// base58btc by long division. Quadratic, so for short inputs only; leading zero bytes become '1'.
std::string base58(BytesView input) {
  std::vector<std::uint8_t> digits;  // of base 58, least significant first
  for (const std::uint8_t byte : input) {
    unsigned carry = byte;
    for (std::uint8_t& digit : digits) {
      carry += digit * 256U;
      digit = static_cast<std::uint8_t>(carry % 58);
      carry /= 58;
    }
    for (; carry != 0; carry /= 58) digits.push_back(static_cast<std::uint8_t>(carry % 58));
  }
  std::string out;
  for (const std::uint8_t byte : input) {
    if (byte != 0) break;
    out += alphabet[0];
  }
  for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit) out += alphabet[*digit];
  return out;
}

}  // namespace

std::string did_key(const PublicKey& key) {
  Bytes tagged{0xed, 0x01};
  tagged.insert(tagged.end(), key.bytes.begin(), key.bytes.end());
  return "did:key:z" + base58(tagged);
}

}  // namespace jointca::ca
