#include <zlib.h>

// Variadic-free doors to two macros that Swift does not import.
static inline int slipway_deflate_init(z_stream *stream, int level, int window_bits) {
  return deflateInit2(stream, level, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY);
}
static inline int slipway_inflate_init(z_stream *stream, int window_bits) {
  return inflateInit2(stream, window_bits);
}
