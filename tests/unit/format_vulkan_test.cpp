// Every row against what the Vulkan registry says about its VkFormat (vulkan_format_traits.hpp, vulkan_to_string.hpp are generated from
// it).
#include <cctype>
#include <map>
#include <string>
#include <vector>

#include <vulkan/vulkan_format_traits.hpp>

#include "check.hpp"

namespace geyser {
namespace {

using F = TextureFormat;

[[nodiscard]] vk::Format vulkan(const FormatInfo& row) { return static_cast<vk::Format>(row.vulkan); }

[[nodiscard]] bool is_compressed(const FormatInfo& row) {
  return row.kind == FormatKind::bc || row.kind == FormatKind::etc2 || row.kind == FormatKind::astc;
}

/// Channels of a colour name in its own order: "rgb10a2_unorm" is r10 g10 b10 a2, "rgba8_unorm" r8 g8 b8 a8, "rg11b10" r11 g11 b10.
struct Channel {
  char letter;
  int bits;
};
[[nodiscard]] std::vector<Channel> channels_of(std::string_view name) {
  std::vector<Channel> channels;
  std::string letters;
  for (std::size_t i = 0; i < name.size() && name[i] != '_';) {
    if (std::isalpha(static_cast<unsigned char>(name[i])) != 0) {
      letters += name[i++];
      continue;
    }
    int bits = 0;
    while (i < name.size() && std::isdigit(static_cast<unsigned char>(name[i])) != 0) bits = bits * 10 + (name[i++] - '0');
    for (const char letter : letters) channels.push_back({letter, bits});
    letters.clear();
  }
  return channels;
}

[[nodiscard]] std::string type_word(const FormatInfo& row) {
  if (row.srgb) return "Srgb";
  switch (row.type) {
    case NumericType::unorm:
      return "Unorm";
    case NumericType::snorm:
      return "Snorm";
    case NumericType::uint:
      return "Uint";
    case NumericType::sint:
      return "Sint";
    case NumericType::sfloat:
      return "Sfloat";
    case NumericType::ufloat:
      return "Ufloat";
  }
  return {};
}

/// The name that Vulkan's grammar gives the format, made from ours. Formats whose Vulkan name says something that ours does not are listed.
[[nodiscard]] std::string vulkan_name(const FormatInfo& row) {
  static const std::map<F, std::string> listed = {
      {F::rgb10a2_unorm, "A2B10G10R10UnormPack32"},
      {F::rgb10a2_uint, "A2B10G10R10UintPack32"},
      {F::rg11b10_float, "B10G11R11UfloatPack32"},
      {F::rgb9e5_float, "E5B9G9R9UfloatPack32"},
      {F::stencil8, "S8Uint"},
      {F::depth16_unorm, "D16Unorm"},
      {F::depth24plus, "X8D24UnormPack32"},
      {F::depth24plus_stencil8, "D24UnormS8Uint"},
      {F::depth32_float, "D32Sfloat"},
      {F::depth32_float_stencil8, "D32SfloatS8Uint"},
      {F::bc6h_rgb_ufloat, "Bc6HUfloatBlock"},
      {F::bc6h_rgb_float, "Bc6HSfloatBlock"},
      {F::nv12, "G8B8R82Plane420Unorm"},
      {F::p010, "G10X6B10X6R10X62Plane420Unorm3Pack16"},
      {F::i420, "G8B8R83Plane420Unorm"},
  };
  if (const auto found = listed.find(row.format); found != listed.end()) return found->second;
  const std::string name(row.name);
  const std::string family = name.substr(0, name.find('_'));
  switch (row.kind) {
    case FormatKind::color: {
      std::string out;
      for (const Channel& c : channels_of(name)) {
        out += static_cast<char>(std::toupper(c.letter));
        out += std::to_string(c.bits);
      }
      return out + type_word(row);
    }
    case FormatKind::bc:
      return "Bc" + family.substr(2) + (row.name.starts_with("bc1") ? "Rgba" : "") + type_word(row) + "Block";
    case FormatKind::etc2: {
      static const std::map<std::string, std::string> blocks = {
          {"rgb8", "R8G8B8"}, {"rgb8a1", "R8G8B8A1"}, {"rgba8", "R8G8B8A8"}, {"r11", "R11"}, {"rg11", "R11G11"}};
      const std::string bits = name.substr(family.size() + 1, name.rfind('_') - family.size() - 1);
      return (family == "eac" ? "Eac" : "Etc2") + blocks.at(bits) + type_word(row) + "Block";
    }
    case FormatKind::astc:
      return "Astc" + name.substr(5, name.rfind('_') - 5) + type_word(row) + "Block";
    default:
      return "not listed";
  }
}

TEST(FormatVulkan, number_has_the_name_that_ours_implies) {
  for (const FormatInfo& row : all_formats()) EXPECT_EQ(vk::to_string(vulkan(row)), vulkan_name(row)) << row.name;
}

TEST(FormatVulkan, numeric_format) {
  // The registry of 1.3.239 calls these two SRGB, against the specification's own table of compressed formats.
  const auto is_erratum = [](F format) { return format == F::bc4_r_snorm || format == F::bc5_rg_snorm; };
  for (const FormatInfo& row : all_formats()) {
    std::string word = type_word(row);
    for (char& c : word) c = static_cast<char>(std::toupper(c));
    const std::string registry = vk::componentNumericFormat(vulkan(row), 0);
    EXPECT_TRUE(registry == word || (is_erratum(row.format) && registry == "SRGB")) << row.name << ": " << registry << ", not " << word;
  }
}

TEST(FormatVulkan, component_count) {
  for (const FormatInfo& row : all_formats()) EXPECT_EQ(vk::componentCount(vulkan(row)), row.channels) << row.name;
}

TEST(FormatVulkan, channels_stand_in_the_order_and_with_the_bits_of_the_name) {
  int checked = 0;
  for (const FormatInfo& row : all_formats()) {
    if (row.kind != FormatKind::color) continue;
    SCOPED_TRACE(row.name);
    const vk::Format format = vulkan(row);
    auto channels = channels_of(row.name);
    if (row.format == F::rgb9e5_float) channels.pop_back();  // the exponent is shared and no component
    ASSERT_EQ(channels.size(), vk::componentCount(format));
    // Vulkan writes a packed word from its highest bits, our names start at the lowest; array formats both go up in memory.
    const bool packed_word = vk::packed(format) != 0;
    for (std::size_t i = 0; i < channels.size(); ++i) {
      const auto component = static_cast<std::uint8_t>(packed_word ? channels.size() - 1 - i : i);
      EXPECT_EQ(std::string(vk::componentName(format, component)), std::string(1, static_cast<char>(std::toupper(channels[i].letter))));
      // The registry of 1.3.239 gives red of B10G11R11 ten bits, which would leave one of the 32 without a meaning.
      const bool is_erratum = row.format == F::rg11b10_float && i == 0;
      const int registry = vk::componentBits(format, component);
      EXPECT_TRUE(registry == channels[i].bits || (is_erratum && registry == 10)) << channels[i].letter << " has " << registry << " bits";
      ++checked;
    }
  }
  EXPECT_GT(checked, 100);
}

TEST(FormatVulkan, block_extent) {
  for (const FormatInfo& row : all_formats()) {
    SCOPED_TRACE(row.name);
    const auto extent = vk::blockExtent(vulkan(row));
    EXPECT_EQ(extent[0], row.block_width);
    EXPECT_EQ(extent[1], row.block_height);
    EXPECT_EQ(extent[2], 1);
    EXPECT_EQ(vk::texelsPerBlock(vulkan(row)), row.block_width * row.block_height);
  }
}

TEST(FormatVulkan, block_size_of_formats_with_one_plane) {
  for (const FormatInfo& row : all_formats()) {
    if (row.plane_count == 1) {
      EXPECT_EQ(vk::blockSize(vulkan(row)), row.planes[0].block_bytes) << row.name;
    }
  }
}

TEST(FormatVulkan, aspects_of_depth_and_stencil_copy_as_the_specification_says) {
  // "Depth aspect of D24: 32 bits a texel, the upper 8 undefined; stencil: 8 bits" (vkCmdCopyImageToBuffer).
  int checked = 0;
  for (const FormatInfo& row : all_formats()) {
    if (row.kind != FormatKind::depth_stencil && row.kind != FormatKind::depth && row.kind != FormatKind::stencil) continue;
    SCOPED_TRACE(row.name);
    const vk::Format format = vulkan(row);
    for (std::uint8_t i = 0; i < vk::componentCount(format); ++i) {
      const int bits = vk::componentBits(format, i);
      EXPECT_EQ(std::string(vk::componentName(format, i)), i == 1 || row.kind == FormatKind::stencil ? "S" : "D");
      EXPECT_EQ(row.planes[i].block_bytes, bits == 24 ? 4 : bits / 8);
      ++checked;
    }
  }
  EXPECT_EQ(checked, 3 + 1 + 2 * 2);
}

TEST(FormatVulkan, compression_scheme_is_the_kind) {
  for (const FormatInfo& row : all_formats()) {
    SCOPED_TRACE(row.name);
    EXPECT_EQ(vk::isCompressed(vulkan(row)), is_compressed(row));
    const std::string scheme = vk::compressionScheme(vulkan(row));
    switch (row.kind) {
      case FormatKind::bc:
        EXPECT_EQ(scheme, "BC");
        break;
      case FormatKind::etc2:
        EXPECT_EQ(scheme, row.name.starts_with("eac") ? "EAC" : "ETC2");
        break;
      case FormatKind::astc:
        EXPECT_EQ(scheme, "ASTC LDR");
        break;
      default:
        EXPECT_EQ(scheme, "");
    }
  }
}

TEST(FormatVulkan, planes_of_planar_formats) {
  for (const FormatInfo& row : all_formats()) {
    const vk::Format format = vulkan(row);
    SCOPED_TRACE(row.name);
    if (row.kind != FormatKind::planar) {
      EXPECT_EQ(vk::planeCount(format), 1);
      continue;
    }
    ASSERT_EQ(vk::planeCount(format), row.plane_count);
    for (std::uint8_t p = 0; p < row.plane_count; ++p) {
      EXPECT_EQ(vk::planeWidthDivisor(format, p), row.planes[p].subsample_x);
      EXPECT_EQ(vk::planeHeightDivisor(format, p), row.planes[p].subsample_y);
      EXPECT_EQ(vk::blockSize(vk::planeCompatibleFormat(format, p)), row.planes[p].block_bytes);
    }
  }
}

TEST(FormatVulkan, srgb_twins_differ_in_the_transfer_function_only) {
  for (const FormatInfo& row : all_formats()) {
    if (!row.srgb) continue;
    std::string name = vk::to_string(vulkan(row));
    name.replace(name.find("Srgb"), 4, "Unorm");
    EXPECT_EQ(name, vk::to_string(vulkan(*format_info(row.srgb_twin)))) << row.name;
    // Views of one in the format of the other need the same compatibility class.
    EXPECT_STREQ(vk::compatibilityClass(vulkan(row)), vk::compatibilityClass(vulkan(*format_info(row.srgb_twin)))) << row.name;
  }
}

TEST(FormatVulkan, no_format_lacks_a_twin_that_vulkan_has_and_we_list) {
  std::map<std::string, F> by_name;
  for (const FormatInfo& row : all_formats()) by_name[vk::to_string(vulkan(row))] = row.format;
  for (const FormatInfo& row : all_formats()) {
    std::string name = vk::to_string(vulkan(row));
    const auto at = name.find("Unorm");
    if (at == std::string::npos) continue;
    name.replace(at, 5, "Srgb");
    const auto twin = by_name.find(name);
    EXPECT_EQ(row.srgb_twin, twin == by_name.end() ? F::undefined : twin->second) << row.name;
  }
}

}  // namespace
}  // namespace geyser
