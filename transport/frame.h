// transport/frame.h — the frame of a link: length, call, payload.
//
//   u32   length      bytes that follow: 8 + payload, at most frame_bytes_max
//   u64   call        chosen by the dialling side, repeated in the answer
//   …     payload     a request or its answer
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.h"
#include "base/error.h"

namespace jointca::transport {

inline constexpr std::size_t frame_bytes_max = std::size_t{4} << 20;
inline constexpr std::size_t frame_header_bytes = 12;
inline constexpr std::size_t payload_bytes_max = frame_bytes_max - 8;

struct FrameHeader {
  std::uint32_t payload_bytes = 0;  ///< at most payload_bytes_max
  std::uint64_t call = 0;

  bool operator==(const FrameHeader&) const = default;
};

[[nodiscard]] Bytes encode(const FrameHeader& header);
/// Fails on a length below 8 or above frame_bytes_max.
[[nodiscard]] Parsed<FrameHeader> parse_frame_header(BytesView bytes);

}  // namespace jointca::transport
