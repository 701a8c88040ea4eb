// Test pictures are what they claim to be, in every format that can hold one, and PNG files keep every pixel.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>
#include <span>
#include <sstream>

#include "tools/common/file_path.hpp"
#include "tools/common/json.hpp"
#include "tools/common/pattern_frames.hpp"
#include "tools/common/png.hpp"
#include "tools/common/table.hpp"

namespace geyser::tools {
namespace {

[[nodiscard]] Picture one_pixel(Pixel value) {
  Picture picture{1, 1, std::vector<std::byte>(4)};
  set_pixel(picture, 0, 0, value);
  return picture;
}

template <class Word>
[[nodiscard]] Word encoded(Pixel value, TextureFormat format) {
  auto bytes = encode(one_pixel(value), format);
  EXPECT_TRUE(bytes.has_value());
  Word word{};
  EXPECT_EQ(bytes->size(), sizeof word);
  std::memcpy(&word, bytes->data(), sizeof word);
  return word;
}

TEST(Pattern, SmpteBarsHaveTheirColors) {
  const Picture bars = make_pattern(Pattern::smpte, 700, 120);
  const Pixel expected[] = {{191, 191, 191}, {191, 191, 0}, {0, 191, 191}, {0, 191, 0}, {191, 0, 191}, {191, 0, 0}, {0, 0, 191}};
  for (std::uint32_t bar = 0; bar < 7; ++bar) EXPECT_EQ(pixel(bars, bar * 100 + 50, 40), expected[bar]) << bar;
  EXPECT_EQ(pixel(bars, 50, 85), (Pixel{0, 0, 191})) << "castellations";
  EXPECT_EQ(pixel(bars, 190, 110), (Pixel{255, 255, 255})) << "white";
}

TEST(Pattern, EveryPatternFillsOddSizesAndDependsOnItsArgumentsAlone) {
  for (const Pattern pattern : all_patterns()) {
    for (const std::uint32_t side : {1U, 3U, 37U, 256U}) {
      const Picture picture = make_pattern(pattern, side, side + 1, 5);
      EXPECT_EQ(picture.rgba.size(), std::size_t{4} * side * (side + 1)) << to_string(pattern);
      EXPECT_EQ(picture, make_pattern(pattern, side, side + 1, 5)) << to_string(pattern);
      for (std::uint32_t y = 0; y <= side; ++y) EXPECT_EQ(pixel(picture, side - 1, y).a, 255) << to_string(pattern);
    }
    EXPECT_EQ(pattern_from_name(to_string(pattern)), pattern);
  }
  EXPECT_FALSE(pattern_from_name("plaid").has_value());
}

TEST(Pattern, MovingPatternsDifferFromFrameToFrame) {
  for (const Pattern pattern : {Pattern::gradient, Pattern::checker, Pattern::counter}) {
    std::set<std::vector<std::byte>> frames;
    for (std::uint64_t frame = 0; frame < 12; ++frame) frames.insert(make_pattern(pattern, 128, 96, frame).rgba);
    EXPECT_EQ(frames.size(), 12U) << to_string(pattern);
  }
}

TEST(Picture, ChannelOrderAndScale) {
  constexpr Pixel color{255, 128, 0, 64};
  EXPECT_EQ(encoded<std::uint32_t>(color, TextureFormat::rgba8_unorm), 0x400080ffU);
  EXPECT_EQ(encoded<std::uint32_t>(color, TextureFormat::bgra8_srgb), 0x40ff8000U);
  EXPECT_EQ(encoded<std::uint16_t>(color, TextureFormat::rg8_uint), 0x80ffU);
  EXPECT_EQ(encoded<std::uint8_t>(color, TextureFormat::r8_snorm), 127U);
  EXPECT_EQ(encoded<std::uint64_t>(color, TextureFormat::rgba16_unorm), 0x404000008080ffffULL);
  EXPECT_EQ(encoded<std::uint64_t>({255, 0, 255, 0}, TextureFormat::rgba16_float), 0x00003c0000003c00ULL);  // 1.0 is 0x3c00
  EXPECT_EQ(encoded<float>({255, 0, 0, 0}, TextureFormat::r32_float), 1.0F);
  EXPECT_EQ(encoded<std::uint32_t>({255, 0, 0, 0}, TextureFormat::r32_sint), 0x7fffffffU);
  EXPECT_EQ(encoded<std::uint32_t>({255, 0, 255, 255}, TextureFormat::rgb10a2_unorm), 0xfff003ffU);
  EXPECT_EQ(encoded<std::uint32_t>({255, 0, 0, 255}, TextureFormat::rgb10a2_uint), 0xc00003ffU);
  EXPECT_EQ(encoded<std::uint32_t>({255, 0, 0, 0}, TextureFormat::rg11b10_float), 15U << 6);  // 1.0: exponent 15, no mantissa
  EXPECT_EQ(encoded<std::uint32_t>({0, 0, 255, 0}, TextureFormat::rg11b10_float), 15U << 27);
  EXPECT_EQ(encoded<std::uint32_t>({255, 0, 0, 0}, TextureFormat::rgb9e5_float), 16U << 27 | 256U);  // 256 / 512 x 2^(16 - 15)
}

TEST(Picture, EveryUncompressedColorFormatGivesThePictureBackAsFarAsItCan) {
  const Picture picture = make_pattern(Pattern::gradient, 64, 48, 3);
  std::size_t formats = 0;
  for (const FormatInfo& info : all_formats()) {
    if (info.kind == FormatKind::planar) continue;  // below
    if (info.kind != FormatKind::color) {
      EXPECT_EQ(encode(picture, info.format).error().code(), Errc::unsupported_format) << info.name;
      continue;
    }
    ++formats;
    auto bytes = encode(picture, info.format);
    ASSERT_TRUE(bytes) << info.name;
    ASSERT_EQ(bytes->size(), std::size_t{64} * 48 * info.planes[0].block_bytes) << info.name;
    auto back = decode(*bytes, 64, 48, info.format);
    ASSERT_TRUE(back) << info.name;
    // What a format cannot hold to 1/255 is allowed for: six bits of mantissa, seven bits of a signed byte, a shared exponent.
    const bool coarse = info.format == TextureFormat::rg11b10_float || info.format == TextureFormat::rgb9e5_float ||
                        info.type == NumericType::snorm || info.type == NumericType::sint;
    const int allowed = info.format == TextureFormat::rg11b10_float ? 4 : coarse ? 1 : 0;
    for (std::size_t i = 0; i < back->rgba.size(); ++i) {
      if (i % 4 >= info.channels) continue;
      const int difference = std::abs(std::to_integer<int>(back->rgba[i]) - std::to_integer<int>(picture.rgba[i]));
      ASSERT_LE(difference, i % 4 == 3 ? 1 : allowed) << info.name << " at byte " << i;
    }
  }
  EXPECT_GE(formats, 40U);
  EXPECT_EQ(decode(picture.rgba, 63, 48, TextureFormat::rgba8_unorm).error().code(), Errc::invalid_argument);
}

TEST(Picture, PlanarFormatsGiveThePictureBackAsFarAsChromaGoes) {
  // Bars of even width, so that no chroma sample covers two colours.
  const Picture bars = make_pattern(Pattern::smpte, 112, 24);
  for (const TextureFormat format : {TextureFormat::nv12, TextureFormat::i420, TextureFormat::p010}) {
    auto bytes = encode(bars, format);
    ASSERT_TRUE(bytes) << to_string(format);
    ASSERT_EQ(bytes->size(), std::size_t{112} * 24 * 3 / 2 * (format == TextureFormat::p010 ? 2 : 1));
    auto back = decode(*bytes, 112, 24, format);
    ASSERT_TRUE(back) << to_string(format);
    for (std::size_t i = 0; i < back->rgba.size(); ++i) {
      ASSERT_LE(std::abs(std::to_integer<int>(back->rgba[i]) - std::to_integer<int>(bars.rgba[i])), 3) << to_string(format) << " at " << i;
    }
    bytes->pop_back();
    EXPECT_EQ(decode(*bytes, 112, 24, format).error().code(), Errc::invalid_argument);
  }
  // The numbers of BT.709 in limited range: white, and the blue that has the most Cb.
  const auto white = *encode(Picture{2, 2, std::vector<std::byte>(16, std::byte{255})}, TextureFormat::nv12);
  EXPECT_EQ(white,
            (std::vector<std::byte>{std::byte{235}, std::byte{235}, std::byte{235}, std::byte{235}, std::byte{128}, std::byte{128}}));
  Picture blue{2, 2, std::vector<std::byte>(16)};
  for (std::uint32_t i = 0; i < 4; ++i) set_pixel(blue, i % 2, i / 2, {0, 0, 255});
  EXPECT_EQ((*encode(blue, TextureFormat::i420))[4], std::byte{240});
}

TEST(Counter, NumberIsReadFromThePixelsOfEveryFormat) {
  constexpr std::uint64_t numbers[] = {0, 1, 0xffff, 123456789, ~std::uint64_t{0}};
  for (const std::uint64_t number : numbers) {
    for (const auto& [width, height] : {std::pair{16U, 6U}, {97U, 61U}, {640U, 360U}, {1000U, 20U}}) {
      EXPECT_EQ(read_counter(make_pattern(Pattern::counter, width, height, number)), number) << width << 'x' << height;
    }
    const Picture picture = make_pattern(Pattern::counter, 128, 96, number);
    for (const FormatInfo& info : all_formats()) {
      const auto bytes = encode(picture, info.format);
      if (bytes) {
        EXPECT_EQ(read_counter(*bytes, 128, 96, info.format), number) << info.name;
      }
    }
  }
}

TEST(Counter, OtherPicturesAndDamagedOnesHaveNoNumber) {
  for (const Pattern pattern : {Pattern::smpte, Pattern::gradient, Pattern::checker}) {
    EXPECT_FALSE(read_counter(make_pattern(pattern, 320, 200, 7)).has_value()) << to_string(pattern);
  }
  EXPECT_FALSE(read_counter(make_pattern(Pattern::counter, 15, 6, 7)).has_value());
  const CodeBox box = code_box(320, 200);
  for (std::uint32_t row = 0; row < code_rows; ++row) {
    for (std::uint32_t column = 0; column < code_columns; ++column) {
      Picture picture = make_pattern(Pattern::counter, 320, 200, 0x0123456789abcdefULL);
      const std::uint8_t flipped = code_cell(0x0123456789abcdefULL, column, row) ? 0 : 255;
      for (std::uint32_t y = 0; y < box.cell; ++y) {
        for (std::uint32_t x = 0; x < box.cell; ++x) {
          set_pixel(picture, column * box.cell + x, row * box.cell + y, {flipped, flipped, flipped});
        }
      }
      EXPECT_FALSE(read_counter(picture).has_value()) << "cell " << column << ", " << row;
    }
  }
  const auto bytes = *encode(make_pattern(Pattern::counter, 64, 48, 7), TextureFormat::rgba8_unorm);
  EXPECT_FALSE(read_counter(std::span(bytes).first(bytes.size() - 1), 64, 48, TextureFormat::rgba8_unorm).has_value());
  EXPECT_FALSE(read_counter(bytes, 64, 48, TextureFormat::bc1_rgba_unorm).has_value());
}

TEST(PatternFrames, AreThePatternsOwnBytes) {
  for (const Pattern pattern : all_patterns()) {
    for (const TextureFormat format :
         {TextureFormat::rgba8_unorm, TextureFormat::rgba16_float, TextureFormat::r8_unorm, TextureFormat::nv12}) {
      for (const auto& [width, height] : {std::pair{64U, 48U}, {50U, 34U}, {16U, 8U}, {200U, 100U}}) {
        auto frames = PatternFrames::create(pattern, width, height, format);
        ASSERT_TRUE(frames) << to_string(pattern) << ' ' << to_string(format);
        for (const std::uint64_t number : {0ULL, 1ULL, 2ULL, 31ULL, 12345678901ULL}) {
          const auto bytes = frames->frame(number);
          ASSERT_TRUE(bytes);
          const auto wanted = *encode(make_pattern(pattern, width, height, number), format);
          ASSERT_TRUE(std::ranges::equal(*bytes, wanted))
              << to_string(pattern) << ' ' << to_string(format) << ' ' << width << ' ' << number;
        }
      }
    }
  }
  EXPECT_EQ(PatternFrames::create(Pattern::counter, 64, 48, TextureFormat::bc1_rgba_unorm).error().code(), Errc::unsupported_format);
  EXPECT_EQ(PatternFrames::create(Pattern::counter, 0, 48, TextureFormat::rgba8_unorm).error().code(), Errc::invalid_argument);
}

TEST(Picture, CropAndPasteAreInverse) {
  Picture picture = make_pattern(Pattern::smpte, 40, 30);
  const Picture original = picture;
  auto box = crop(picture, 5, 6, 10, 8);
  ASSERT_TRUE(box);
  EXPECT_EQ(pixel(*box, 0, 0), pixel(picture, 5, 6));
  const Picture other = make_pattern(Pattern::checker, 10, 8);
  ASSERT_TRUE(paste(picture, other, 5, 6));
  EXPECT_NE(picture, original);
  ASSERT_TRUE(paste(picture, *box, 5, 6));
  EXPECT_EQ(picture, original);
  EXPECT_FALSE(crop(picture, 35, 0, 6, 1));
  EXPECT_FALSE(paste(picture, other, 0, 23));
  EXPECT_FALSE(crop(picture, 0xffffffffU, 0, 2, 1));
}

TEST(Png, WritesWhatItReads) {
  const std::string folder = ::testing::TempDir() + "geyser_tools_common";
  const std::string path = folder + "/deep/er/picture.png";
  std::filesystem::remove_all(folder);
  Picture picture = make_pattern(Pattern::counter, 61, 37, 1234);
  set_pixel(picture, 3, 4, {1, 2, 3, 4});
  ASSERT_TRUE(write_png(path, picture));
  auto back = read_png(path);
  ASSERT_TRUE(back);
  EXPECT_EQ(*back, picture);
  EXPECT_EQ(write_png(path, {}).error().code(), Errc::invalid_argument);
  EXPECT_EQ(read_png(folder + "/none.png").error().code(), Errc::not_found);
  EXPECT_EQ(write_png(path + "/below-a-file.png", picture).error().code(), Errc::os_error);
  std::ofstream(folder + "/text.png") << "no picture";
  EXPECT_EQ(read_png(folder + "/text.png").error().code(), Errc::os_error);
  std::filesystem::remove_all(folder);
}

/// Puts a file where a test reads it.
void write_file(const std::string& path, std::span<const std::uint8_t> bytes) {
  std::ofstream file(path_of(path), std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

TEST(Png, ReadsOtherDepthsAsEightBitsAChannel) {
  // Two pixels each, of black, white and pure colours alone: what lies between depends on the gamma that a reader assumes.
  constexpr std::uint8_t rgba16[] = {0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48, 0x44,
                                     0x52, 0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x01, 0x10, 0x06, 0x00, 0x00, 0x00, 0xa4,
                                     0xb2, 0xa3, 0xc9, 0x00, 0x00, 0x00, 0x12, 0x49, 0x44, 0x41, 0x54, 0x78, 0xda, 0x63, 0xf8,
                                     0xff, 0x9f, 0x81, 0xe1, 0xff, 0x7f, 0x08, 0x09, 0xc2, 0x00, 0x56, 0xba, 0x09, 0xf7, 0x57,
                                     0x04, 0xf9, 0x62, 0x00, 0x00, 0x00, 0x00, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82};
  constexpr std::uint8_t rgb16[] = {0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48, 0x44,
                                    0x52, 0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x01, 0x10, 0x02, 0x00, 0x00, 0x00, 0x2b,
                                    0xd0, 0x34, 0x9e, 0x00, 0x00, 0x00, 0x10, 0x49, 0x44, 0x41, 0x54, 0x78, 0xda, 0x63, 0xf8,
                                    0xff, 0x9f, 0x01, 0x0c, 0xfe, 0x03, 0x01, 0x00, 0x20, 0xec, 0x05, 0xfb, 0x83, 0xf3, 0x35,
                                    0x11, 0x00, 0x00, 0x00, 0x00, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82};
  constexpr std::uint8_t gray8[] = {0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48, 0x44, 0x52, 0x00,
                                    0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x01, 0x08, 0x00, 0x00, 0x00, 0x00, 0xd1, 0x49, 0x20, 0x56, 0x00,
                                    0x00, 0x00, 0x0b, 0x49, 0x44, 0x41, 0x54, 0x78, 0xda, 0x63, 0x60, 0xf8, 0x0f, 0x00, 0x01, 0x02, 0x01,
                                    0x00, 0xd1, 0x1a, 0xcb, 0x8f, 0x00, 0x00, 0x00, 0x00, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82};
  struct Case {
    std::span<const std::uint8_t> file;
    Pixel first;
    Pixel second;
  };
  const std::string path = ::testing::TempDir() + "geyser_tools_depth.png";
  for (const Case& given : {Case{rgba16, {255, 0, 255, 255}, {0, 255, 0, 255}}, Case{rgb16, {255, 0, 0, 255}, {0, 255, 255, 255}},
                            Case{gray8, {0, 0, 0, 255}, {255, 255, 255, 255}}}) {
    write_file(path, given.file);
    const auto picture = read_png(path);
    ASSERT_TRUE(picture) << picture.error().describe();
    ASSERT_EQ(picture->width, 2U);
    ASSERT_EQ(picture->height, 1U);
    EXPECT_EQ(pixel(*picture, 0, 0), given.first);
    EXPECT_EQ(pixel(*picture, 1, 0), given.second);
    write_file(path, given.file.first(given.file.size() / 2));  // cut off
    EXPECT_FALSE(read_png(path));
  }
  std::filesystem::remove(path_of(path));
}

TEST(Png, TakesNamesInAnyScript) {
  const std::string folder = ::testing::TempDir() + "geyser \xd0\xb3\xd0\xb5\xd0\xb9\xd0\xb7\xd0\xb5\xd1\x80";
  const std::string path = folder + "/\xe9\x96\x93\xe6\xac\xa0\xe6\xb3\x89 \xc3\xbc.png";
  const Picture picture = make_pattern(Pattern::gradient, 33, 21, 9);
  ASSERT_TRUE(write_png(path, picture));
  const auto back = read_png(path);
  ASSERT_TRUE(back);
  EXPECT_EQ(*back, picture);
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(path_of(folder))) {
    ++files;
    EXPECT_EQ(utf8_of(entry.path().filename()), utf8_of(path_of(path).filename()));
  }
  EXPECT_EQ(files, 1U);
  std::filesystem::remove_all(path_of(folder));
}

TEST(Table, AlignsAndColorsOnlyWhenAsked) {
  Table table({{"NAME"}, {"MS", true}, {"NOTE"}});
  table.add({"a", "1.5", {"x", Tint::red}});
  table.add({"longer", "12.25"});
  std::ostringstream plain;
  table.print(plain, false, 1);
  EXPECT_EQ(plain.str(), " NAME       MS  NOTE\n a         1.5  x\n longer  12.25\n");
  std::ostringstream colored;
  table.print(colored, true);
  EXPECT_NE(colored.str().find("\x1b[31mx\x1b[0m"), std::string::npos);
}

TEST(Json, DriverNamesThatAreNoUtf8DoNotBreakIt) {
  DeviceIdentity identity;
  identity.name = "bad \xff name";
  const Json back = Json::parse(dump(to_json(identity)));
  EXPECT_EQ(back["device_uuid"], "00000000-0000-0000-0000-000000000000");
  EXPECT_TRUE(back["pci"].is_null());
}

}  // namespace
}  // namespace geyser::tools
