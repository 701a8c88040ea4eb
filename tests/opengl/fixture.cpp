#include "opengl/fixture.hpp"

#include <cstdlib>

namespace geyser::test {

const DeviceEntry* shared_device() {
  if (const char* key = std::getenv("GEYSER_TEST_DEVICE")) return find_device(key);
  const auto* nvidia = find_device("nvidia");
  return nvidia != nullptr ? nvidia : find_device("lavapipe");
}

namespace {

std::unique_ptr<Participant>& open_vulkan_side() {
  static std::unique_ptr<Participant> side = []() -> std::unique_ptr<Participant> {
    const auto* entry = shared_device();
    if (entry == nullptr) return nullptr;
    auto opened = Participant::open(*entry);
    return opened ? *std::move(opened) : nullptr;
  }();
  return side;
}

}  // namespace

Participant* vulkan_side() { return open_vulkan_side().get(); }
void close_vulkan_side() noexcept { open_vulkan_side().reset(); }

void OpenGlTest::open(bool es) {
  vulkan_ = vulkan_side();
  ASSERT_NE(vulkan_, nullptr) << "the Vulkan device does not open";
  mark_ = log_mark();
  validation_before_ = vulkan_->validation_messages();
  auto context = opengl::Context::create({.device_uuid = vulkan().identity().device_uuid, .es = es, .debug = true});
  ASSERT_TRUE(ok(context));
  context_.emplace(*std::move(context));
  auto manager = context_->create_manager(&vulkan());
  ASSERT_TRUE(ok(manager));
  opengl_.emplace(*std::move(manager));
}

void OpenGlTest::TearDown() {
  opengl_.reset();
  if (context_ && expect_quiet_) {
    EXPECT_EQ(context_->debug_messages(), 0U);
  }
  context_.reset();
  if (vulkan_ != nullptr) {
    EXPECT_EQ(vulkan_->validation_messages(), validation_before_);
  }
  if (!expect_quiet_) return;
  for (const auto& line : lines_since(mark_, LogLevel::warning)) ADD_FAILURE() << "logged: " << line.text;
}

Result<Pair> share(TextureShareManager& exporter, TextureShareManager& importer, const TextureDescriptor& descriptor) {
  auto texture = exporter.create_shareable_texture(descriptor);
  if (!texture) return std::move(texture).error();
  auto handle = exporter.export_texture(*texture);
  if (!handle) return std::move(handle).error();
  auto view = importer.import_texture(*std::move(handle));
  if (!view) return std::move(view).error();
  return Pair{*std::move(texture), *std::move(view)};
}

AccessInfo settled(TextureLayout layout) {
  AccessInfo info;
  info.state.emplace();
  info.state->initialized = true;
  info.state->layout = layout;
  return info;
}

void exchange_everything(TextureShareManager& from, SharedTexture& source, TextureShareManager& to, SharedTexture& destination,
                         std::uint64_t seed) {
  Random random(seed);
  const TextureDescriptor descriptor = source.descriptor();
  const FormatInfo& format = *format_info(descriptor.format);
  const auto regions = all_subresources(descriptor);
  std::vector<std::vector<std::byte>> contents;
  for (const auto& region : regions) {
    auto layout = region_layout(descriptor, region);
    ASSERT_TRUE(ok(layout));
    contents.push_back(random_content(random, format, region.plane, layout->total_bytes));
    ASSERT_TRUE(ok(from.upload(source, region, contents.back(), contents.size() == 1 ? AccessInfo{} : settled())));
  }
  // Only now: an upload must not have touched its neighbours.
  for (std::size_t i = 0; i < regions.size(); ++i) {
    SCOPED_TRACE(::testing::Message() << "level " << regions[i].mip_level << " layer " << regions[i].array_layer << " plane "
                                      << regions[i].plane);
    std::vector<std::byte> found(contents[i].size());
    poison(found);
    ASSERT_TRUE(ok(to.read_back(destination, regions[i], found, settled())));
    ASSERT_TRUE(same_content(format, regions[i].plane, contents[i], found));
  }
  // A part of a subresource, the other way round.
  for (std::size_t i = 0; i < regions.size(); ++i) {
    TextureRegion part = regions[i];
    auto whole = region_layout(descriptor, regions[i]);
    ASSERT_TRUE(ok(whole));
    if (whole->extent.width <= format.block_width || whole->extent.height <= format.block_height) continue;
    SCOPED_TRACE(::testing::Message() << "part of level " << part.mip_level << " layer " << part.array_layer << " plane " << part.plane);
    part.offset = {format.block_width, format.block_height, whole->extent.depth > 1 ? 1U : 0U};
    auto layout = region_layout(descriptor, part);
    ASSERT_TRUE(ok(layout));
    const auto bytes = random_content(random, format, part.plane, layout->total_bytes);
    ASSERT_TRUE(ok(to.upload(destination, part, bytes, settled())));
    paste(format, part, *whole, *layout, bytes, contents[i]);
    std::vector<std::byte> found(contents[i].size());
    poison(found);
    ASSERT_TRUE(ok(from.read_back(source, regions[i], found, settled())));
    ASSERT_TRUE(same_content(format, part.plane, contents[i], found));
    std::vector<std::byte> cut_out(bytes.size());
    poison(cut_out);
    ASSERT_TRUE(ok(to.read_back(destination, part, cut_out, settled())));
    ASSERT_TRUE(same_content(format, part.plane, bytes, cut_out));
  }
}

}  // namespace geyser::test
