// What travels with every frame of a stream besides its pixels.
#ifndef GEYSER_C_FRAME_H
#define GEYSER_C_FRAME_H

#include "geyser/c/base.h"
#include "geyser/c/texture.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef uint32_t geyser_clock;
enum { GEYSER_CLOCK_MONOTONIC = 1, GEYSER_CLOCK_REALTIME = 2, GEYSER_CLOCK_MEDIA = 3 };

/// A moment on a named clock.
typedef struct geyser_timestamp {
  int64_t nanoseconds;
  geyser_clock clock;
  uint32_t reserved;  ///< 0
} geyser_timestamp;
/// Texels of mip level 0.
typedef struct geyser_rect {
  uint32_t x;
  uint32_t y;
  uint32_t width;
  uint32_t height;
} geyser_rect;
/// Mastering display (SMPTE ST 2086) and content light level (CTA-861.3): chromaticity in CIE 1931 x and y, luminance in candela per square
/// metre.
typedef struct geyser_hdr_metadata {
  float primaries[3][2];  ///< red, green, blue
  float white_point[2];
  float max_luminance;
  float min_luminance;
  float max_content_light_level;
  float max_frame_average_light_level;
} geyser_hdr_metadata;

/// The most bytes of geyser_frame_metadata::user_data.
#define GEYSER_MAX_USER_DATA_BYTES 1024

/// What the publisher says about a frame. Every field may be left out; pointers are looked at during the call only.
typedef struct geyser_frame_metadata {
  uint32_t struct_size;
  uint32_t user_bytes;
  const geyser_timestamp* timestamp;  ///< null: the moment of publishing, monotonic
  const geyser_rect* damage;          ///< what changed since the frame before; null: all of it
  const geyser_color_info* color;     ///< null: the descriptor's
  const geyser_hdr_metadata* hdr;     ///< null: none
  const void* user_data;              ///< the publisher's own bytes
} geyser_frame_metadata;

/// What a subscriber reads about a frame.
typedef struct geyser_frame_info {
  uint32_t struct_size;
  geyser_bool has_damage;
  uint64_t number;             ///< 1 for a stream's first frame
  uint64_t generation;         ///< rises when size or format change
  uint64_t skipped;            ///< frames published since the one acquired before, which this subscriber did not take
  geyser_timestamp published;  ///< monotonic: when it was published
  geyser_timestamp timestamp;  ///< what the publisher said, or `published`
  geyser_rect damage;          ///< when has_damage; else all of it
  geyser_color_info color;
  geyser_bool has_hdr;
  uint32_t user_bytes;
  geyser_hdr_metadata hdr;  ///< when has_hdr
  const void* user_data;    ///< lives as long as the frame
} geyser_frame_info;

/// Now, on the monotonic or the realtime clock. Threads: any. Errors: invalid_argument (only the producer knows the media clock).
GEYSER_C_API geyser_status geyser_timestamp_now(geyser_clock clock, geyser_timestamp* out) GEYSER_NOEXCEPT;
/// "monotonic", "unknown". Static storage. Threads: any. Errors: none.
GEYSER_C_API const char* geyser_clock_name(geyser_clock clock) GEYSER_NOEXCEPT;

#ifdef __cplusplus
}
#endif
#endif
