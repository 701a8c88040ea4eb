// validate(): for every rule the case that it refuses and the nearest one that it accepts. And the words for descriptors.
#include <vector>

#include "check.hpp"

namespace geyser {
namespace {

using unit::fails;
using unit::ok;
using unit::plain;
using D = TextureDimension;
using F = TextureFormat;
using U = TextureUsage;

constexpr Errc invalid = Errc::invalid_argument;
constexpr Errc unsupported = Errc::unsupported_format;

/// plain() in another dimension, with the layers that it needs.
[[nodiscard]] TextureDescriptor in(D dimension) {
  TextureDescriptor d = plain();
  d.dimension = dimension;
  if (dimension == D::cube || dimension == D::cube_array) {
    d.extent.height = d.extent.width;
    d.array_layers = 6;
  }
  return d;
}
[[nodiscard]] TextureDescriptor of(F format) {
  TextureDescriptor d = plain();
  d.format = format;
  return d;
}

TEST(Validate, accepts_every_format_as_a_plain_texture) {
  for (const FormatInfo& row : all_formats()) EXPECT_TRUE(ok(validate(of(row.format)))) << row.name;
}

TEST(Validate, accepts_every_dimension) {
  for (const D dimension : {D::d2, D::d2_array, D::cube, D::cube_array, D::d3})
    EXPECT_TRUE(ok(validate(in(dimension)))) << to_string(dimension);
}

TEST(Validate, extent_must_not_be_empty) {
  TextureDescriptor d = in(D::d3);
  d.extent = {1, 1, 1};
  EXPECT_TRUE(ok(validate(d)));
  d.extent = {0, 1, 1};
  EXPECT_TRUE(fails(validate(d), invalid, {"extent.width", "is 0", "1 or more"}));
  d.extent = {1, 0, 1};
  EXPECT_TRUE(fails(validate(d), invalid, {"extent.height", "is 0", "1 or more"}));
  d.extent = {1, 1, 0};
  EXPECT_TRUE(fails(validate(d), invalid, {"extent.depth", "is 0", "1 or more"}));
}

TEST(Validate, only_d3_has_depth) {
  for (const D dimension : {D::d2, D::d2_array, D::cube, D::cube_array}) {
    TextureDescriptor d = in(dimension);
    d.extent.depth = 2;
    EXPECT_TRUE(fails(validate(d), invalid, {"extent.depth", "is 2", to_string(dimension), "allowed is 1"}));
  }
  TextureDescriptor d = in(D::d3);
  d.extent.depth = 2;
  EXPECT_TRUE(ok(validate(d)));
}

TEST(Validate, mips_end_with_the_chain) {
  TextureDescriptor d = plain();  // 64 x 32: 7 levels
  d.mip_levels = 7;
  EXPECT_TRUE(ok(validate(d)));
  d.mip_levels = 8;
  EXPECT_TRUE(fails(validate(d), invalid, {"mip_levels", "is 8", "1 to 7"}));
  d.mip_levels = 0;
  EXPECT_TRUE(fails(validate(d), invalid, {"mip_levels", "is 0", "1 to 7"}));
  d.mip_levels = 0xFFFFFFFF;
  EXPECT_TRUE(fails(validate(d), invalid, {"mip_levels", "4294967295", "1 to 7"}));
}

TEST(Validate, depth_counts_for_the_chain_of_d3_only) {
  TextureDescriptor d = in(D::d3);
  d.extent = {4, 4, 64};
  d.mip_levels = 7;
  EXPECT_TRUE(ok(validate(d)));
  d.mip_levels = 8;
  EXPECT_TRUE(fails(validate(d), invalid, {"mip_levels", "1 to 7"}));
  d = in(D::d2_array);
  d.extent = {4, 4, 1};
  d.array_layers = 64;
  d.mip_levels = 4;
  EXPECT_TRUE(fails(validate(d), invalid, {"mip_levels", "is 4", "1 to 3"}));
}

TEST(Validate, layers_of_d2_and_d3_are_one) {
  for (const D dimension : {D::d2, D::d3}) {
    for (const std::uint32_t layers : {0U, 2U, 6U}) {
      TextureDescriptor d = in(dimension);
      d.array_layers = layers;
      EXPECT_TRUE(fails(validate(d), invalid, {"array_layers", "is " + std::to_string(layers), to_string(dimension), "allowed is 1"}));
    }
  }
}

TEST(Validate, layers_of_an_array_are_one_or_more) {
  TextureDescriptor d = in(D::d2_array);
  for (const std::uint32_t layers : {1U, 2U, 5U, 2048U}) {
    d.array_layers = layers;
    EXPECT_TRUE(ok(validate(d)));
  }
  d.array_layers = 0;
  EXPECT_TRUE(fails(validate(d), invalid, {"array_layers", "is 0", "d2_array", "1 or more"}));
}

TEST(Validate, a_cube_has_six_layers) {
  TextureDescriptor d = in(D::cube);
  for (const std::uint32_t layers : {0U, 1U, 5U, 7U, 12U}) {
    d.array_layers = layers;
    EXPECT_TRUE(fails(validate(d), invalid, {"array_layers", "is " + std::to_string(layers), "cube", "6"}));
  }
  d.array_layers = 6;
  EXPECT_TRUE(ok(validate(d)));
}

TEST(Validate, a_cube_array_has_a_multiple_of_six) {
  TextureDescriptor d = in(D::cube_array);
  for (const std::uint32_t layers : {6U, 12U, 18U}) {
    d.array_layers = layers;
    EXPECT_TRUE(ok(validate(d)));
  }
  for (const std::uint32_t layers : {0U, 1U, 7U, 11U, 13U}) {
    d.array_layers = layers;
    EXPECT_TRUE(fails(validate(d), invalid, {"array_layers", "is " + std::to_string(layers), "cube_array", "multiple of 6"}));
  }
}

TEST(Validate, cubes_are_square) {
  for (const D dimension : {D::cube, D::cube_array}) {
    TextureDescriptor d = in(dimension);
    d.extent.height = d.extent.width - 1;
    EXPECT_TRUE(fails(validate(d), invalid, {"extent.width", "64", "extent.height", "63", to_string(dimension), "equal"}));
  }
  TextureDescriptor d = in(D::d2_array);
  d.array_layers = 6;
  d.extent.height = 63;
  EXPECT_TRUE(ok(validate(d)));
}

TEST(Validate, unknown_dimension) {
  for (const unsigned number : {5U, 6U, 200U, 255U}) {
    TextureDescriptor d = plain();
    d.dimension = static_cast<D>(number);
    EXPECT_TRUE(fails(validate(d), invalid, {"dimension", std::to_string(number), "d2_array"}));
  }
}

TEST(Validate, undefined_and_unknown_format) {
  EXPECT_TRUE(fails(validate(of(F::undefined)), invalid, {"format", "undefined", "all_formats()"}));
  for (const unsigned number : {static_cast<unsigned>(format_count) + 1, 500U, 65535U}) {
    EXPECT_TRUE(
        fails(validate(of(static_cast<F>(number))), invalid, {"format", std::to_string(number), "1 to " + std::to_string(format_count)}));
  }
}

TEST(Validate, unknown_usage_bits) {
  for (const std::uint32_t bit : {0x20U, 0x40U, 0x8000'0000U}) {
    TextureDescriptor d = plain();
    d.usage = d.usage | static_cast<U>(bit);
    EXPECT_TRUE(fails(validate(d), invalid, {"usage", "0x", "copy_src", "storage_binding"}));
  }
  TextureDescriptor d = plain();
  d.usage = U::none;
  EXPECT_TRUE(ok(validate(d)));
  d.usage = all_texture_usage;
  EXPECT_TRUE(ok(validate(d)));
}

TEST(Validate, unknown_colour_numbers) {
  const auto with = [](auto change) {
    TextureDescriptor d = plain();
    change(d.color);
    return validate(d);
  };
  for (const unsigned n : {0U, 3U, 4U, 7U, 8U, 10U, 11U, 13U, 255U}) {
    EXPECT_TRUE(fails(with([n](ColorInfo& c) { c.primaries = static_cast<ColorPrimaries>(n); }), invalid,
                      {"color.primaries", std::to_string(n), "bt2020"}));
  }
  for (const unsigned n : {0U, 3U, 7U, 9U, 12U, 15U, 17U, 19U, 255U}) {
    EXPECT_TRUE(fails(with([n](ColorInfo& c) { c.transfer = static_cast<TransferFunction>(n); }), invalid,
                      {"color.transfer", std::to_string(n), "pq"}));
  }
  for (const unsigned n : {2U, 255U}) {
    EXPECT_TRUE(fails(with([n](ColorInfo& c) { c.range = static_cast<ColorRange>(n); }), invalid,
                      {"color.range", std::to_string(n), "full and limited"}));
  }
  for (const unsigned n : {3U, 255U}) {
    EXPECT_TRUE(
        fails(with([n](ColorInfo& c) { c.alpha = static_cast<AlphaMode>(n); }), invalid, {"color.alpha", std::to_string(n), "straight"}));
  }
}

TEST(Validate, known_colour_numbers) {
  TextureDescriptor d = plain();
  for (const auto p : {ColorPrimaries::bt709, ColorPrimaries::unspecified, ColorPrimaries::bt601_625, ColorPrimaries::bt601_525,
                       ColorPrimaries::bt2020, ColorPrimaries::display_p3}) {
    for (const auto t : {TransferFunction::bt709, TransferFunction::unspecified, TransferFunction::linear, TransferFunction::srgb,
                         TransferFunction::bt2020_10, TransferFunction::pq, TransferFunction::hlg}) {
      for (const auto r : {ColorRange::full, ColorRange::limited}) {
        for (const auto a : {AlphaMode::premultiplied, AlphaMode::straight, AlphaMode::ignored}) {
          d.color = {p, t, r, a};
          EXPECT_TRUE(ok(validate(d)));
        }
      }
    }
  }
}

TEST(Validate, label_length) {
  TextureDescriptor d = plain();
  d.label = std::string(255, 'x');
  EXPECT_TRUE(ok(validate(d)));
  d.label += 'x';
  EXPECT_TRUE(fails(validate(d), invalid, {"label", "256 bytes", "255"}));
  d.label.clear();
  for (int i = 0; i < 128; ++i) d.label += "\xC3\xA9";  // 128 letters, 256 bytes: bytes count
  EXPECT_TRUE(fails(validate(d), invalid, {"label", "256 bytes"}));
}

TEST(Validate, label_must_be_utf8) {
  TextureDescriptor d = plain();
  for (const char* good :
       {"camera-1", "caf\xC3\xA9", "\xE2\x82\xAC", "\xED\x9F\xBF", "\xEE\x80\x80", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"}) {
    d.label = good;
    EXPECT_TRUE(ok(validate(d))) << good;
  }
  struct Bad {
    std::string label;
    std::string at;
  };
  const std::vector<Bad> bad = {
      {"\x80", "byte 0"},              // a continuation without a lead
      {"ab\xFF", "byte 2"},            // no byte of UTF-8
      {"a\xC3", "byte 1"},             // cut short
      {"a\xE2\x82", "byte 1"},         // cut short
      {"\xC0\x80", "byte 0"},          // longer than needed
      {"\xC1\xBF", "byte 0"},          // longer than needed
      {"\xE0\x9F\xBF", "byte 0"},      // longer than needed
      {"\xF0\x8F\xBF\xBF", "byte 0"},  // longer than needed
      {"x\xED\xA0\x80", "byte 1"},     // half of a surrogate pair
      {"\xF4\x90\x80\x80", "byte 0"},  // beyond U+10FFFF
      {"\xF5\x80\x80\x80", "byte 0"},  // beyond U+10FFFF
      {"\xC3(", "byte 0"},             // no continuation
  };
  for (const Bad& b : bad) {
    d.label = b.label;
    EXPECT_TRUE(fails(validate(d), invalid, {"label", "UTF-8", b.at}));
  }
}

TEST(Validate, usage_by_kind_of_format) {
  // The whole square of usage and format, against a rule stated anew.
  for (const FormatInfo& row : all_formats()) {
    SCOPED_TRACE(row.name);
    const bool plain_color = row.kind == FormatKind::color;
    const bool depth_or_stencil = row.kind == FormatKind::depth || row.kind == FormatKind::stencil || row.kind == FormatKind::depth_stencil;
    for (std::uint32_t bits = 0; bits < 32; ++bits) {
      TextureDescriptor d = of(row.format);
      d.usage = static_cast<U>(bits);
      const bool bad_storage = has(d.usage, U::storage_binding) && (!plain_color || row.srgb);
      const bool bad_attachment = has(d.usage, U::render_attachment) && !plain_color && !depth_or_stencil;
      if (bad_storage || bad_attachment) {
        EXPECT_TRUE(fails(validate(d), unsupported, {"usage", to_string(d.usage), row.name, "allowed are at most copy_src|copy_dst"}));
      } else {
        EXPECT_TRUE(ok(validate(d)));
      }
    }
  }
}

TEST(Validate, d3_by_kind_of_format) {
  for (const FormatInfo& row : all_formats()) {
    TextureDescriptor d = in(D::d3);
    d.format = row.format;
    d.extent = {24, 24, 4};
    if (row.kind == FormatKind::color || row.kind == FormatKind::bc || row.kind == FormatKind::astc) {
      EXPECT_TRUE(ok(validate(d))) << row.name;
    } else {
      EXPECT_TRUE(fails(validate(d), unsupported, {"dimension", "d3", row.name, "BC and ASTC"}));
    }
  }
}

TEST(Validate, planar_formats_are_d2_with_one_level_and_even_sides) {
  for (const F format : {F::nv12, F::p010, F::i420}) {
    TextureDescriptor d = of(format);
    EXPECT_TRUE(ok(validate(d)));
    d.extent.width = 63;
    EXPECT_TRUE(fails(validate(d), unsupported, {"extent.width", "is 63", to_string(format), "even"}));
    d.extent = {64, 31, 1};
    EXPECT_TRUE(fails(validate(d), unsupported, {"extent.height", "is 31", to_string(format), "even"}));
    d = of(format);
    d.mip_levels = 2;
    EXPECT_TRUE(fails(validate(d), unsupported, {"mip_levels", "is 2", to_string(format), "allowed is 1"}));
    for (const D dimension : {D::d2_array, D::cube, D::cube_array}) {
      d = in(dimension);
      d.format = format;
      EXPECT_TRUE(fails(validate(d), unsupported, {"dimension", to_string(dimension), to_string(format), "allowed is d2"}));
    }
  }
  EXPECT_TRUE(ok(validate(of(F::rgba8_unorm))));
}

TEST(Validate, compressed_textures_may_end_inside_a_block) {
  for (const FormatInfo& row : all_formats()) {
    if (row.block_width == 1) continue;
    TextureDescriptor d = of(row.format);
    d.extent = {row.block_width + 1U, row.block_height - 1U, 1};
    EXPECT_TRUE(ok(validate(d))) << row.name;
  }
}

TEST(Validate, rows_fit_32_bits) {
  TextureDescriptor d = of(F::rgba32_float);  // 16 bytes a texel
  d.extent = {0x0FFF'FFFF, 1, 1};
  EXPECT_TRUE(ok(validate(d)));
  d.extent.width = 0x1000'0000;
  EXPECT_TRUE(fails(validate(d), Errc::limit_exceeded, {"extent.width", "268435456", "4294967296", "at most 4294967295"}));
  d = of(F::r8_unorm);
  d.extent.width = 0xFFFF'FFFF;
  EXPECT_TRUE(ok(validate(d)));
  d = of(F::nv12);
  d.extent.width = 0xFFFF'FFFE;
  EXPECT_TRUE(ok(validate(d)));
  d = of(F::p010);
  EXPECT_TRUE(ok(validate(d)));
  d.extent.width = 0xFFFF'FFFE;
  EXPECT_TRUE(fails(validate(d), Errc::limit_exceeded, {"extent.width", "p010"}));
}

TEST(Validate, byte_counts_fit_64_bits) {
  TextureDescriptor d = in(D::d3);
  d.format = F::r8_unorm;
  d.extent = {0x8000'0000, 0x8000'0000, 3};  // 3 x 2^62
  EXPECT_TRUE(ok(validate(d)));
  d.extent.depth = 4;  // 2^64
  EXPECT_TRUE(fails(validate(d), Errc::limit_exceeded, {"extent", "2147483648x2147483648x4", "r8_unorm", "64 bits"}));
  d.extent.depth = 3;
  d.mip_levels = 2;
  EXPECT_TRUE(ok(validate(d)));
  d = in(D::d2_array);
  d.format = F::rgba8_unorm;
  d.extent = {1U << 29U, 1U << 29U, 1};  // 2^60 a layer
  d.array_layers = 15;
  EXPECT_TRUE(ok(validate(d)));
  d.array_layers = 16;
  EXPECT_TRUE(fails(validate(d), Errc::limit_exceeded, {"extent", "16 layers", "64 bits"}));
  d.array_layers = 15;
  d.mip_levels = 30;  // the chain adds a third: 20 x 2^60
  EXPECT_TRUE(fails(validate(d), Errc::limit_exceeded, {"extent", "30 mip levels", "64 bits"}));
}

TEST(Validate, the_sum_of_levels_fits_64_bits) {
  TextureDescriptor d = of(F::r8_unorm);
  d.extent = {0xFFFF'FFFF, 0xFFFF'FFFF, 1};  // 2^64 - 2^33 + 1
  EXPECT_TRUE(ok(validate(d)));
  EXPECT_EQ(*content_bytes(d), 0xFFFF'FFFE'0000'0001U);
  d.mip_levels = 2;  // a quarter more
  EXPECT_TRUE(fails(validate(d), Errc::limit_exceeded, {"extent", "2 mip levels", "64 bits"}));
}

TEST(Validate, survives_any_bytes) {
  auto random = unit::random_source();
  int accepted = 0;
  for (int i = 0; i < 20'000; ++i) {
    TextureDescriptor d;
    const auto any = [&] { return static_cast<std::uint32_t>(random()) >> (random() % 32); };
    d.dimension = static_cast<D>(random() % 7);
    d.extent = {any(), any(), random() % 2 == 0 ? 1 : any()};
    d.mip_levels = random() % 2 == 0 ? 1 : any();
    d.array_layers = random() % 2 == 0 ? 1 : any();
    d.format = static_cast<F>(random() % (format_count + 4));
    d.usage = static_cast<U>(random() % 40);
    d.color.range = static_cast<ColorRange>(random() % 3);
    if (validate(d)) {
      ++accepted;
      EXPECT_TRUE(ok(content_bytes(d))) << describe(d);
    } else {
      EXPECT_FALSE(content_bytes(d).has_value());
      EXPECT_FALSE(validate(d).error().message().empty());
    }
  }
  EXPECT_GT(accepted, 20);
}

TEST(FullMipChain, ends_at_one_texel) {
  struct Case {
    Extent3D extent;
    D dimension;
    std::uint32_t levels;
  };
  constexpr Case cases[] = {{{1, 1, 1}, D::d2, 1},  {{2, 1, 1}, D::d2, 2},        {{3, 3, 1}, D::d2, 2},
                            {{4, 4, 1}, D::d2, 3},  {{1920, 1080, 1}, D::d2, 11}, {{1, 4096, 1}, D::d2, 13},
                            {{8, 8, 64}, D::d3, 7}, {{8, 8, 64}, D::d2_array, 4}, {{0, 8, 1}, D::d2, 0},
                            {{8, 0, 1}, D::d2, 0},  {{8, 8, 0}, D::d3, 0},        {{0xFFFFFFFF, 1, 1}, D::d2, 32}};
  for (const Case& c : cases) {
    TextureDescriptor d = plain();
    d.extent = c.extent;
    d.dimension = c.dimension;
    EXPECT_EQ(full_mip_chain(d), c.levels) << describe(d);
  }
}

TEST(MipExtent, halves_and_never_reaches_zero) {
  TextureDescriptor d = in(D::d3);
  d.extent = {13, 5, 3};
  EXPECT_EQ(mip_extent(d, 0), (Extent3D{13, 5, 3}));
  EXPECT_EQ(mip_extent(d, 1), (Extent3D{6, 2, 1}));
  EXPECT_EQ(mip_extent(d, 2), (Extent3D{3, 1, 1}));
  EXPECT_EQ(mip_extent(d, 3), (Extent3D{1, 1, 1}));
  for (const std::uint32_t beyond : {4U, 31U, 32U, 33U, 0xFFFFFFFFU}) EXPECT_EQ(mip_extent(d, beyond), (Extent3D{1, 1, 1}));
  d.dimension = D::d2_array;
  d.extent = {8, 8, 1};
  EXPECT_EQ(mip_extent(d, 1), (Extent3D{4, 4, 1}));
}

TEST(MipExtent, the_last_level_of_a_full_chain_is_one_texel_and_the_one_before_is_not) {
  auto random = unit::random_source();
  for (int i = 0; i < 2'000; ++i) {
    TextureDescriptor d = in(D::d3);
    d.extent = {unit::between(random, 1, 1U << 20U), unit::between(random, 1, 1U << 20U), unit::between(random, 1, 1U << 20U)};
    const std::uint32_t chain = full_mip_chain(d);
    EXPECT_EQ(mip_extent(d, chain - 1), (Extent3D{1, 1, 1}));
    if (chain > 1) {
      EXPECT_NE(mip_extent(d, chain - 2), (Extent3D{1, 1, 1}));
    }
  }
}

TEST(Describe, says_what_a_texture_is) {
  TextureDescriptor d = plain();
  d.extent = {1920, 1080, 1};
  EXPECT_EQ(describe(d), "1920x1080 rgba8_unorm d2, 1 mip level, 1 layer");
  d = in(D::d3);
  d.extent = {64, 64, 16};
  d.mip_levels = 7;
  EXPECT_EQ(describe(d), "64x64x16 rgba8_unorm d3, 7 mip levels, 1 layer");
  d = in(D::cube);
  d.format = F::bc7_rgba_srgb;
  EXPECT_EQ(describe(d), "64x64 bc7_rgba_srgb cube, 1 mip level, 6 layers");
}

TEST(ToString, texture_enums) {
  EXPECT_EQ(to_string(D::d2), "d2");
  EXPECT_EQ(to_string(D::d2_array), "d2_array");
  EXPECT_EQ(to_string(D::cube), "cube");
  EXPECT_EQ(to_string(D::cube_array), "cube_array");
  EXPECT_EQ(to_string(D::d3), "d3");
  EXPECT_EQ(to_string(static_cast<D>(9)), "unknown");
  EXPECT_EQ(to_string(TextureLayout::undefined), "undefined");
  EXPECT_EQ(to_string(TextureLayout::general), "general");
  EXPECT_EQ(to_string(TextureLayout::color_attachment), "color_attachment");
  EXPECT_EQ(to_string(TextureLayout::depth_stencil_attachment), "depth_stencil_attachment");
  EXPECT_EQ(to_string(TextureLayout::depth_stencil_read_only), "depth_stencil_read_only");
  EXPECT_EQ(to_string(TextureLayout::shader_read_only), "shader_read_only");
  EXPECT_EQ(to_string(TextureLayout::transfer_src), "transfer_src");
  EXPECT_EQ(to_string(TextureLayout::transfer_dst), "transfer_dst");
  EXPECT_EQ(to_string(static_cast<TextureLayout>(77)), "unknown");
}

TEST(ToString, usage_joins_its_bits) {
  EXPECT_EQ(to_string(U::none), "none");
  EXPECT_EQ(to_string(U::copy_src), "copy_src");
  EXPECT_EQ(to_string(U::render_attachment | U::texture_binding), "texture_binding|render_attachment");
  EXPECT_EQ(to_string(all_texture_usage), "copy_src|copy_dst|texture_binding|storage_binding|render_attachment");
  EXPECT_EQ(to_string(U::copy_dst | static_cast<U>(0x60)), "copy_dst|0x60");
  EXPECT_EQ(to_string(static_cast<U>(0x100)), "0x100");
}

TEST(Usage, has_needs_every_bit) {
  constexpr U both = U::copy_src | U::copy_dst;
  EXPECT_TRUE(has(both, U::copy_src));
  EXPECT_TRUE(has(both, both));
  EXPECT_FALSE(has(U::copy_src, both));
  EXPECT_TRUE(has(U::none, U::none));
  EXPECT_EQ(both & U::copy_dst, U::copy_dst);
}

}  // namespace
}  // namespace geyser
