#include "fixture.hpp"

#include <map>

#include "support/log_capture.hpp"

namespace geyser::test {
namespace {

using Sides = std::pair<std::unique_ptr<Participant>, std::unique_ptr<Participant>>;

// Freed by main() through close_participants(), before gtest reports, so that layers and sanitizers see a clean end.
std::map<std::string, Sides>& opened() {
  static std::map<std::string, Sides> all;
  return all;
}

std::vector<std::string> keys(bool vulkan_only) {
  std::vector<std::string> found;
  for (const auto& entry : devices()) {
    if (entry.vulkan || !vulkan_only) found.push_back(entry.key);
  }
  return found;
}

std::string test_name(const ::testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  for (char& c : name) {
    if (c == '-') c = '_';
  }
  return name;
}

}  // namespace

void close_participants() { opened().clear(); }

void OnDevice::SetUp() {
  Sides& sides = opened()[GetParam()];
  for (auto* slot : {&sides.first, &sides.second}) {
    if (*slot) continue;
    auto made = Participant::open(entry());
    ASSERT_TRUE(ok(made));
    *slot = std::move(*made);
  }
  exporter_ = sides.first.get();
  importer_ = sides.second.get();
  validation_ = {exporter_->validation_messages(), importer_->validation_messages()};
  log_mark_ = log_mark();
}

void OnDevice::TearDown() {
  if (exporter_ == nullptr || importer_ == nullptr) return;
  EXPECT_EQ(exporter_->validation_messages(), validation_[0]) << "the validation layer complains about the exporter";
  EXPECT_EQ(importer_->validation_messages(), validation_[1]) << "the validation layer complains about the importer";
  for (const auto& line : lines_since(log_mark_, LogLevel::error)) {
    if (!logged_errors_expected_ || line.text.find("VUID") != std::string::npos) ADD_FAILURE() << "logged: " << line.text;
  }
}

std::unique_ptr<Participant> OnDevice::fresh() {
  auto made = Participant::open(entry());
  EXPECT_TRUE(ok(made));
  return made ? std::move(*made) : nullptr;
}

TextureDescriptor OnDevice::texture(TextureFormat format, std::uint32_t width, std::uint32_t height) {
  TextureDescriptor descriptor;
  descriptor.extent = {width, height, 1};
  descriptor.format = format;
  descriptor.label = "regression";
  return descriptor;
}

std::vector<std::byte> OnDevice::content(const TextureDescriptor& descriptor, std::uint64_t seed, const TextureRegion& region) {
  Random random(seed);
  const auto layout = region_layout(descriptor, region);
  return layout ? random_content(random, *format_info(descriptor.format), region.plane, layout->total_bytes) : std::vector<std::byte>{};
}

void OnDevice::expect_content(TextureShareManager& manager, SharedTexture& texture, const std::vector<std::byte>& wanted,
                              const AccessInfo& info) {
  std::vector<std::byte> found(wanted.size());
  poison(found);
  ASSERT_TRUE(ok(manager.read_back(texture, {}, found, info)));
  EXPECT_TRUE(same_content(*format_info(texture.descriptor().format), 0, wanted, found));
}

void OnDevice::expect_working(TextureShareManager& manager) {
  auto made = manager.create_shareable_texture(texture());
  ASSERT_TRUE(ok(made));
  const auto bytes = content(texture(), 99);
  ASSERT_TRUE(ok(manager.upload(*made, {}, bytes)));
  expect_content(manager, *made, bytes);
}

INSTANTIATE_TEST_SUITE_P(Devices, OnDevice, ::testing::ValuesIn(keys(false)), &test_name);
INSTANTIATE_TEST_SUITE_P(Devices, OnVulkan, ::testing::ValuesIn(keys(true)), &test_name);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(OnVulkan);

}  // namespace geyser::test
