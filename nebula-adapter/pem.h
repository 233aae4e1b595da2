// nebula-adapter/pem.h — PEM blocks, found in a text as Go's encoding/pem finds them, so that a
// file holds the same certificates for us and for Nebula.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "nebula-adapter/certificate.h"

namespace jointca::nebula {

/// Files above this are refused before anything is decoded.
inline constexpr std::size_t pem_file_bytes_max = std::size_t{1} << 20;

inline constexpr std::string_view banner_v1 = "NEBULA CERTIFICATE";
inline constexpr std::string_view banner_v2 = "NEBULA CERTIFICATE V2";

struct PemBlock {
  std::string banner;
  Bytes bytes;
};

/// A block and the text after it.
struct PemStep {
  PemBlock block;
  std::string_view rest;
};

/// The first block of the text. Skips text before it, headers in it, and broken blocks; base64 may
/// be broken into lines anywhere. Nothing when there is none.
[[nodiscard]] std::optional<PemStep> next_pem_block(std::string_view text);

/// A block with lines of 64 columns.
[[nodiscard]] std::string encode_pem(std::string_view banner, BytesView bytes);

/// The certificate in a block. Fails on any other banner.
[[nodiscard]] Parsed<Certificate> parse_certificate(const PemBlock& block);

/// Every certificate of a file, in order. Fails on the first that cannot be read, on text after the
/// last, and on a file above pem_file_bytes_max or without any.
[[nodiscard]] Parsed<std::vector<Certificate>> parse_certificates(std::string_view text);

}  // namespace jointca::nebula
