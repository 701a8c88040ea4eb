// Callers that were compiled with an older or a newer header.
#include <string.h>

#include "tests/c/check.h"

/// What a header of tomorrow may have: one more field at the end.
struct newer_layout {
  geyser_region_layout known;
  uint64_t unknown;
};
struct newer_region {
  geyser_texture_region known;
  uint32_t unknown[4];
};

static void test_input(void) {
  geyser_texture_descriptor descriptor = descriptor_2d(16, 8, GEYSER_FORMAT_RGBA8_UNORM);
  geyser_region_layout layout = GEYSER_INIT(geyser_region_layout);
  struct newer_region region;
  // Older: what the struct is too short for is zero, here the extent, so that the region goes to the end. The rest is not even read.
  unsigned char old[offsetof(geyser_texture_region, extent)];
  geyser_texture_region full = GEYSER_INIT(geyser_texture_region);
  full.offset.x = 4;
  full.extent.width = 1;
  full.struct_size = sizeof(old);
  memcpy(old, &full, sizeof(old));
  OK(geyser_descriptor_region_layout(&descriptor, (const geyser_texture_region*)(const void*)old, &layout));
  CHECK(layout.extent.width == 12 && layout.extent.height == 8 && layout.total_bytes == 12 * 8 * 4);
  // Newer: unknown fields that are zero are left alone, others refused.
  memset(&region, 0, sizeof(region));
  region.known.struct_size = sizeof(region);
  region.known.extent.width = 2;
  region.known.extent.height = 3;
  OK(geyser_descriptor_region_layout(&descriptor, &region.known, &layout));
  CHECK(layout.extent.width == 2 && layout.extent.height == 3 && layout.extent.depth == 1);
  region.unknown[3] = 1;
  FAILS(geyser_descriptor_region_layout(&descriptor, &region.known, &layout), GEYSER_STATUS_UNSUPPORTED_FEATURE, "does not know");
  // Not a size at all.
  const uint32_t sizes[] = {0, 1, 3, 5, 0xCCCCCCCCu};
  for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); ++i) {
    geyser_texture_region wrong = GEYSER_INIT(geyser_texture_region);
    wrong.struct_size = sizes[i];
    FAILS(geyser_descriptor_region_layout(&descriptor, &wrong, &layout), GEYSER_STATUS_INVALID_ARGUMENT, "region->struct_size");
    geyser_region_layout out = GEYSER_INIT(geyser_region_layout);
    out.struct_size = sizes[i];
    out.rows = 4711;
    FAILS(geyser_descriptor_region_layout(&descriptor, NULL, &out), GEYSER_STATUS_INVALID_ARGUMENT, "out->struct_size");
    CHECK(out.rows == 4711);
  }
  descriptor.reserved = 1;
  FAILS(geyser_descriptor_validate(&descriptor), GEYSER_STATUS_INVALID_ARGUMENT, "reserved");
}

static void test_output(void) {
  const geyser_texture_descriptor descriptor = descriptor_2d(16, 8, GEYSER_FORMAT_RGBA8_UNORM);
  // Older: not a byte beyond what the caller has.
  union {
    geyser_region_layout layout;
    unsigned char bytes[sizeof(geyser_region_layout)];
  } out;
  const size_t known = offsetof(geyser_region_layout, rows) + 4;
  memset(out.bytes, 0xA5, sizeof(out.bytes));
  out.layout.struct_size = (uint32_t)known;
  OK(geyser_descriptor_region_layout(&descriptor, NULL, &out.layout));
  CHECK(out.layout.struct_size == known && out.layout.rows == 8 && out.layout.row_bytes == 64);
  for (size_t i = known; i < sizeof(out.bytes); ++i) CHECK(out.bytes[i] == 0xA5);
  // Newer: what the library does not know is zero afterwards.
  struct newer_layout newer;
  memset(&newer, 0xA5, sizeof(newer));
  newer.known.struct_size = sizeof(newer);
  OK(geyser_descriptor_region_layout(&descriptor, NULL, &newer.known));
  CHECK(newer.known.struct_size == sizeof(newer) && newer.known.total_bytes == 16 * 8 * 4 && newer.unknown == 0);
}

static void test_defaults_and_numbers(void) {
  geyser_texture_descriptor descriptor = descriptor_2d(16, 8, GEYSER_FORMAT_RGBA8_UNORM);
  uint64_t bytes = 0;
  uint32_t levels = 0;
  geyser_extent extent;
  char text[200];
  OK(geyser_descriptor_validate(&descriptor));
  OK(geyser_descriptor_content_bytes(&descriptor, &bytes));
  CHECK(bytes == 16 * 8 * 4);
  OK(geyser_descriptor_full_mip_chain(&descriptor, &levels));
  CHECK(levels == 5);
  OK(geyser_descriptor_mip_extent(&descriptor, 3, &extent));
  CHECK(extent.width == 2 && extent.height == 1 && extent.depth == 1);
  OK(geyser_descriptor_describe(&descriptor, text, sizeof(text), NULL));
  CHECK(strstr(text, "16x8 rgba8_unorm") != NULL);
  descriptor.dimension = GEYSER_DIMENSION_CUBE;
  descriptor.extent.height = 16;
  OK(geyser_descriptor_validate(&descriptor));  // six layers by default
  // Numbers that would become right ones if they were cut to the size of the enumeration.
  descriptor.dimension = 256;
  FAILS(geyser_descriptor_validate(&descriptor), GEYSER_STATUS_INVALID_ARGUMENT, "dimension is 256");
  descriptor.dimension = 0;
  descriptor.format = 65536 + GEYSER_FORMAT_RGBA8_UNORM;
  FAILS(geyser_descriptor_validate(&descriptor), GEYSER_STATUS_INVALID_ARGUMENT, "format is 65545");
  descriptor.format = 5000;
  CHECK(geyser_descriptor_validate(&descriptor) != GEYSER_STATUS_OK);
  descriptor.format = GEYSER_FORMAT_RGBA8_UNORM;
  descriptor.color.alpha = 3;
  FAILS(geyser_descriptor_validate(&descriptor), GEYSER_STATUS_INVALID_ARGUMENT, "color.alpha is 3");
  descriptor.color.alpha = 0;
  descriptor.color.primaries = 256 + 1;
  FAILS(geyser_descriptor_validate(&descriptor), GEYSER_STATUS_INVALID_ARGUMENT, "color.primaries is 257");
  descriptor.color.primaries = 0;
  descriptor.usage = 0x80000000u;
  CHECK(geyser_descriptor_validate(&descriptor) == GEYSER_STATUS_INVALID_ARGUMENT);
}

void struct_suite(void) {
  test_input();
  test_output();
  test_defaults_and_numbers();
}
