// Random pixels through Vulkan and Dawn, both ways, in one process.
#include <map>

#include "webgpu/fixture.hpp"

namespace geyser::test::dawn {
namespace {

using namespace std::chrono_literals;
constexpr auto gpu_time = 10s;

class Content : public DawnTest {
 protected:
  /// True when the pair could be made; why not goes to the summary.
  void round_trip(const TextureDescriptor& descriptor) {
    const auto& format = *format_info(descriptor.format);
    SCOPED_TRACE(std::string(format.name) + " " + to_string(descriptor.usage));
    auto both = share(descriptor);
    if (!both) {
      EXPECT_TRUE(both.error().code() == Errc::unsupported_format || both.error().code() == Errc::unsupported_handle ||
                  both.error().code() == Errc::limit_exceeded)
          << both.error().describe();
      refused_[std::string(format.name)] = both.error().describe();
      return;
    }
    // Vulkan writes; Dawn's own copy and the library's read.
    const auto first = fill(both->vulkan);
    auto fetched = fetch(both->dawn);
    ASSERT_TRUE(ok(fetched));
    EXPECT_TRUE(same_content(format, 0, first, *fetched));
    std::vector<std::byte> read(first.size());
    poison(read);
    ASSERT_TRUE(ok(dawn().read_back(both->dawn, {}, read)));
    EXPECT_TRUE(same_content(format, 0, first, read));
    // Dawn writes by its own queue; Vulkan reads.
    const auto second = content_of(random(), descriptor);
    ASSERT_TRUE(ok(put(both->dawn, second)));
    poison(read);
    ASSERT_TRUE(ok(vulkan().read_back(both->vulkan, {}, read)));
    EXPECT_TRUE(same_content(format, 0, second, read));
    // The library writes on Dawn's side; Vulkan reads.
    const auto third = content_of(random(), descriptor);
    ASSERT_TRUE(ok(dawn().upload(both->dawn, {}, third)));
    poison(read);
    ASSERT_TRUE(ok(vulkan().read_back(both->vulkan, {}, read)));
    EXPECT_TRUE(same_content(format, 0, third, read));
    ++passed_;
  }

  std::size_t passed_ = 0;
  std::map<std::string, std::string> refused_;
};

// Depth, stencil and planar formats need aspects of their own in WebGPU's copies: the library's copies alone are tried with them.
TEST_F(Content, every_colour_format_both_ways) {
  for (const auto& format : all_formats()) {
    if (format.kind == FormatKind::depth || format.kind == FormatKind::stencil || format.kind == FormatKind::depth_stencil ||
        format.kind == FormatKind::planar)
      continue;
    auto descriptor = plain(format.format);
    descriptor.extent = {format.block_width == 1 ? 67U : format.block_width * 9U, format.block_height == 1 ? 29U : format.block_height * 5U,
                         1};
    round_trip(descriptor);
    if (HasFatalFailure()) return;
  }
  for (const auto& [name, why] : refused_) std::cout << "refused: " << name << ": " << why << "\n";
  std::cout << passed_ << " formats passed, " << refused_.size() << " were refused by name\n";
  RecordProperty("formats", static_cast<int>(passed_));
  EXPECT_GE(passed_, 40U);
}

TEST_F(Content, attachments_and_storage_textures) {
  for (const auto format : {TextureFormat::rgba8_unorm, TextureFormat::rgba16_float, TextureFormat::r32_uint, TextureFormat::bgra8_unorm}) {
    auto descriptor = plain(format);
    descriptor.usage = descriptor.usage | TextureUsage::render_attachment;
    round_trip(descriptor);
  }
  for (const auto format : {TextureFormat::rgba8_unorm, TextureFormat::r32_float}) {
    auto descriptor = plain(format);
    descriptor.usage = descriptor.usage | TextureUsage::storage_binding;
    round_trip(descriptor);
  }
  EXPECT_EQ(passed_, 6U) << (refused_.empty() ? "" : refused_.begin()->second);
}

TEST_F(Content, sizes_that_are_no_multiple_of_anything) {
  for (const auto& [width, height] : {std::pair{1U, 1U}, {1U, 255U}, {253U, 1U}, {257U, 131U}, {1031U, 3U}}) {
    round_trip(plain(TextureFormat::rgba8_unorm, width, height));
  }
  EXPECT_EQ(passed_, 5U);
}

// A texture that Dawn's manager made, by its partner: the other direction of export.
TEST_F(Content, made_on_dawns_side_and_handed_to_vulkan) {
  const auto descriptor = plain();
  auto made = dawn().create_shareable_texture(descriptor);
  ASSERT_TRUE(ok(made));
  const auto bytes = content_of(random(), descriptor);
  ASSERT_TRUE(ok(put(*made, bytes)));
  auto handle = dawn().export_texture(*made);
  ASSERT_TRUE(ok(handle));
  auto second = vulkan().import_texture(*std::move(handle));
  ASSERT_TRUE(ok(second));
  std::vector<std::byte> found(bytes.size());
  poison(found);
  ASSERT_TRUE(ok(vulkan().read_back(*second, {}, found)));
  EXPECT_EQ(found, bytes);
}

// The picture is drawn by WGSL from one shared texture into another.
TEST_F(Content, sampled_and_drawn_by_a_shader) {
  auto source = share(plain());
  ASSERT_TRUE(ok(source));
  auto target_descriptor = plain();
  target_descriptor.usage = target_descriptor.usage | TextureUsage::render_attachment;
  auto target = share(target_descriptor);
  ASSERT_TRUE(ok(target));
  const auto native = webgpu::native(target->dawn);
  ASSERT_TRUE(ok(native));
  for (int frame = 0; frame < 5; ++frame) {
    const auto bytes = fill(source->vulkan);
    auto from = source->dawn.begin_read();
    auto to = target->dawn.begin_write();
    ASSERT_TRUE(ok(from));
    ASSERT_TRUE(ok(to));
    auto from_texture = webgpu::acquire(*from);
    auto to_texture = webgpu::acquire(*to);
    ASSERT_TRUE(ok(from_texture));
    ASSERT_TRUE(ok(to_texture));
    gpu().draw(*from_texture, *to_texture, native->format, "vec4f(1.0) - textureLoad(source, at, 0)");
    ASSERT_TRUE(ok(webgpu::release(*from)));
    ASSERT_TRUE(ok(webgpu::release(*to)));
    ASSERT_TRUE(ok(std::move(*from).end()));
    ASSERT_TRUE(ok(std::move(*to).end()));
    std::vector<std::byte> found(bytes.size());
    poison(found);
    ASSERT_TRUE(ok(vulkan().read_back(target->vulkan, {}, found)));
    for (std::size_t i = 0; i < found.size(); ++i) {
      ASSERT_EQ(std::to_integer<int>(found[i]), 255 - std::to_integer<int>(bytes[i])) << "byte " << i << " of frame " << frame;
    }
  }
}

// Every kind of semaphore that Vulkan can hand over and Dawn's manager takes: nothing waits on the host between the sides.
TEST_F(Content, ordered_by_every_kind_of_semaphore) {
  std::size_t kinds = 0;
  for (const auto kind : {SemaphoreKind::timeline, SemaphoreKind::binary, SemaphoreKind::host_timeline}) {
    SCOPED_TRACE(std::string(to_string(kind)));
    auto made = vulkan().create_shared_semaphore({.kind = kind});
    auto made_back = vulkan().create_shared_semaphore({.kind = kind});
    if (!made || !made_back) continue;
    auto handle = vulkan().export_semaphore(*made);
    auto handle_back = vulkan().export_semaphore(*made_back);
    if (!handle || !handle_back) continue;
    auto here = dawn().import_semaphore(*std::move(handle));
    auto here_back = dawn().import_semaphore(*std::move(handle_back));
    ASSERT_TRUE(ok(here));
    ASSERT_TRUE(ok(here_back));
    auto both = share(plain());
    ASSERT_TRUE(ok(both));
    for (std::uint64_t round = 1; round <= 20; ++round) {
      const std::uint64_t value = kind == SemaphoreKind::binary ? 1 : round;
      const auto bytes = content_of(random(), both->vulkan.descriptor());
      AccessInfo write;  // waits for Dawn's side, which read the frame before
      if (round > 1) {
        const std::uint64_t before = kind == SemaphoreKind::binary ? 1 : round - 1;
        write.state = TextureState{true, TextureLayout::general, {SyncPoint{*made_back, before}}};
      }
      write.signal = SyncPoint{*made, value};
      ASSERT_TRUE(ok(vulkan().upload(both->vulkan, {}, bytes, write)));
      AccessInfo read;
      read.state = TextureState{true, TextureLayout::general, {SyncPoint{*here, value}}};
      read.signal = SyncPoint{*here_back, value};
      TextureState left;
      auto fetched = fetch(both->dawn, read, &left);
      ASSERT_TRUE(ok(fetched));
      ASSERT_EQ(*fetched, bytes);
      EXPECT_EQ(left.layout, TextureLayout::general);
    }
    ASSERT_TRUE(ok(made_back->wait(kind == SemaphoreKind::binary ? 1 : 20, gpu_time)));
    ++kinds;
  }
  EXPECT_GE(kinds, 2U);
}

}  // namespace
}  // namespace geyser::test::dawn
