// Emulated CUDA beside a real Vulkan driver: linear memory to and from lavapipe. The fake driver takes lavapipe's UUID, and the mark that
// lavapipe puts into its memory files, so that each opens the other's.
#include <unistd.h>

#include "fixture.hpp"
#include "geyser/vulkan.hpp"
#include "support/devices.hpp"

namespace fake_cuda {
namespace {

using geyser::MemoryHandleType;

class EmulatedWithLavapipe : public Fixture {
 protected:
  void SetUp() override {
    const auto* entry = geyser::test::find_device("lavapipe");
    if (entry == nullptr) GTEST_SKIP() << "lavapipe is not installed";
    auto opened = geyser::test::Participant::open(*entry);
    ASSERT_TRUE(ok(opened));
    lavapipe_ = *std::move(opened);
    Config config;
    config.devices[0].uuid = entry->identity.device_uuid.bytes;
    config.memory_mark = mark();
    ASSERT_FALSE(config.memory_mark.empty());
    reset(config);
    fds_before_ = fake_vulkan::process_fds();
    auto made = geyser::cuda::create_manager({.partner = &lavapipe_->manager()});
    ASSERT_TRUE(ok(made));
    cuda_ = *std::move(made);
  }
  void TearDown() override {
    if (!lavapipe_) return;
    cuda_.reset();
    EXPECT_EQ(live_objects(), (std::map<std::string, std::size_t>{}));
    EXPECT_EQ(fake_vulkan::process_fds(), fds_before_);
    lavapipe_.reset();
  }
  TextureShareManager& vulkan() { return lavapipe_->manager(); }
  TextureShareManager& cuda() { return *cuda_; }

  /// A width whose rows end on no multiple of what drivers align them to.
  static TextureDescriptor odd(TextureFormat format) { return plain(format, 45, 37); }

 private:
  /// The 16 bytes behind size and offset at the head of a memory file that lavapipe exports.
  std::vector<std::uint8_t> mark() {
    auto texture = vulkan().create_shareable_texture(plain(TextureFormat::rgba8_unorm, 64, 16));
    if (!texture) return {};
    auto handle = vulkan().export_texture(*texture);
    if (!handle) return {};
    std::vector<std::uint8_t> bytes(16);
    return ::pread(handle->handles[0].fd(), bytes.data(), bytes.size(), 16) == 16 ? bytes : std::vector<std::uint8_t>();
  }
  std::unique_ptr<geyser::test::Participant> lavapipe_;
  std::optional<TextureShareManager> cuda_;
  std::size_t fds_before_ = 0;
};

constexpr std::array formats{TextureFormat::rgba8_unorm,  TextureFormat::bgra8_unorm, TextureFormat::r8_unorm,
                             TextureFormat::rgba16_float, TextureFormat::r32_float,   TextureFormat::rgba32_uint};

TEST_F(EmulatedWithLavapipe, memory_of_cuda_is_a_linear_image_there) {
  for (const auto format : formats) {
    SCOPED_TRACE(to_string(format));
    auto texture = cuda().create_shareable_texture(odd(format), {.linear = true});
    ASSERT_TRUE(ok(texture));
    auto handle = cuda().export_texture(*texture);
    ASSERT_TRUE(ok(handle));
    EXPECT_EQ(handle->info.memory_type_index, geyser::any_memory_type);
    auto imported = vulkan().import_texture(*std::move(handle));
    ASSERT_TRUE(ok(imported));
    const auto there = content_of(texture->descriptor());
    ASSERT_TRUE(ok(cuda().upload(*texture, {}, there)));
    EXPECT_TRUE(holds(vulkan(), *imported, {}, there, {.state = texture->state()}));
    const auto back = content_of(texture->descriptor());
    ASSERT_TRUE(ok(vulkan().upload(*imported, {}, back)));
    EXPECT_TRUE(holds(cuda(), *texture, {}, back));
  }
}

TEST_F(EmulatedWithLavapipe, linear_images_of_lavapipe_are_plain_memory_here) {
  for (const auto format : formats) {
    SCOPED_TRACE(to_string(format));
    auto texture = vulkan().create_shareable_texture(odd(format), {.linear = true});
    ASSERT_TRUE(ok(texture));
    auto handle = vulkan().export_texture(*texture);
    ASSERT_TRUE(ok(handle));
    ASSERT_TRUE(handle->info.linear_tiling);
    auto imported = cuda().import_texture(*std::move(handle));
    ASSERT_TRUE(ok(imported));
    ASSERT_TRUE(*geyser::cuda::is_linear(*imported));
    const auto there = content_of(texture->descriptor());
    ASSERT_TRUE(ok(vulkan().upload(*texture, {}, there)));
    EXPECT_TRUE(holds(cuda(), *imported, {}, there, {.state = texture->state()}));
    const auto memory = geyser::cuda::linear_memory(*imported);
    ASSERT_TRUE(ok(memory));
    std::vector<std::byte> row(geyser::region_layout(texture->descriptor(), {})->row_bytes);
    read_device(memory->pointer + 36 * memory->row_pitch, row.data(), row.size());
    EXPECT_TRUE(std::equal(row.begin(), row.end(), there.end() - static_cast<std::ptrdiff_t>(row.size())));
    const auto back = content_of(texture->descriptor());
    ASSERT_TRUE(ok(cuda().upload(*imported, {}, back)));
    EXPECT_TRUE(holds(vulkan(), *texture, {}, back));
  }
}

TEST_F(EmulatedWithLavapipe, a_row_pitch_that_lavapipe_would_not_choose_is_refused) {
  // Without a partner to ask; 33 texels have 132 bytes: 256 here, 192 there.
  auto alone = geyser::cuda::create_manager();
  ASSERT_TRUE(ok(alone));
  auto texture = alone->create_shareable_texture(plain(TextureFormat::rgba8_unorm, 33, 9), {.linear = true});
  ASSERT_TRUE(ok(texture));
  auto handle = alone->export_texture(*texture);
  ASSERT_TRUE(ok(handle));
  const auto number = handle->handles[0].fd();
  auto imported = vulkan().import_texture(*std::move(handle));
  EXPECT_TRUE(fails(imported, imported ? Errc::internal : imported.error().code(), "pitch"));
  EXPECT_EQ(handle->handles[0].fd(), number);
}

TEST_F(EmulatedWithLavapipe, tiled_memory_of_the_partner_is_what_cuda_allocates) {
  auto descriptor = plain();
  descriptor.mip_levels = 3;
  auto texture = cuda().create_shareable_texture(descriptor);
  ASSERT_TRUE(ok(texture));
  EXPECT_FALSE(*geyser::cuda::is_linear(*texture));
  auto handle = cuda().export_texture(*texture);
  ASSERT_TRUE(ok(handle));
  EXPECT_TRUE(ok(vulkan().import_texture(*std::move(handle))));
}

}  // namespace
}  // namespace fake_cuda
