// transport/frame.cpp — the frame header, encode and parse side by side.
#include "transport/frame.h"

#include "base/codec.h"

namespace jointca::transport {

Bytes encode(const FrameHeader& header) {
  JCA_ASSERT(header.payload_bytes <= payload_bytes_max);
  Writer out;
  out.integer(header.payload_bytes + std::uint32_t{8}).integer(header.call);
  return std::move(out).take();
}

Parsed<FrameHeader> parse_frame_header(BytesView bytes) {
  Reader in(bytes);
  JCA_ASSIGN(const auto length, in.integer<std::uint32_t>(8, frame_bytes_max));
  FrameHeader header;
  header.payload_bytes = length - 8;
  JCA_ASSIGN(header.call, in.integer<std::uint64_t>());
  JCA_TRY(in.finish());
  return header;
}

}  // namespace jointca::transport
