#include "win32_driver/fixture.hpp"

#include <array>
#include <cstring>

#include "win32_driver/win32_driver.hpp"

namespace geyser::test {

namespace {

template <class Function>
Function symbol(HMODULE library, const char* name) {
  Function function = nullptr;
  const FARPROC found = library == nullptr ? nullptr : ::GetProcAddress(library, name);
  static_assert(sizeof(function) == sizeof(found));
  std::memcpy(&function, &found, sizeof(function));
  return function;
}

}  // namespace

EmulatedDriver::EmulatedDriver() : library_(::LoadLibraryW(L"geyser_win32_driver.dll")) {
  get_instance_proc_addr_ = symbol<PFN_vkGetInstanceProcAddr>(library_, "vkGetInstanceProcAddr");
}

const EmulatedDriver& EmulatedDriver::get() {
  static const EmulatedDriver driver;
  return driver;
}

std::uint64_t EmulatedDriver::complaints() const { return symbol<PFN_win32_driver_complaints>(library_, "win32_driver_complaints")(); }

std::string EmulatedDriver::last_complaint() const {
  std::array<char, 512> text{};
  symbol<PFN_win32_driver_last_complaint>(library_, "win32_driver_last_complaint")(text.data(), text.size());
  return text.data();
}

void EmulatedDriver::fail_next(const char* function, VkResult result) const {
  symbol<PFN_win32_driver_fail_next>(library_, "win32_driver_fail_next")(function, result);
}

void EmulatedWin32ExternalMemory::SetUp() {
  const auto& driver = EmulatedDriver::get();
  ASSERT_NE(driver.get_instance_proc_addr(), nullptr) << "geyser_win32_driver.dll must lie beside this program";
  vulkan::DeviceOptions options;
  options.get_instance_proc_addr = driver.get_instance_proc_addr();
  complaints_ = driver.complaints();
  for (auto* device : {&first_, &second_}) {
    auto made = vulkan::Device::create(options);
    ASSERT_TRUE(made) << made.error().describe();
    device->emplace(*std::move(made));
  }
  auto exporter = first_->create_manager();
  ASSERT_TRUE(exporter) << exporter.error().describe();
  exporter_.emplace(*std::move(exporter));
  auto importer = second_->create_manager();
  ASSERT_TRUE(importer) << importer.error().describe();
  importer_.emplace(*std::move(importer));
}

void EmulatedWin32ExternalMemory::TearDown() {
  exporter_.reset();
  importer_.reset();
  first_.reset();
  second_.reset();
  EXPECT_EQ(take_complaints(), 0U) << EmulatedDriver::get().last_complaint();
}

std::uint64_t EmulatedWin32ExternalMemory::take_complaints() {
  const std::uint64_t now = EmulatedDriver::get().complaints();
  return now - std::exchange(complaints_, now);
}

TextureDescriptor EmulatedWin32ExternalMemory::texture(std::uint32_t width, std::uint32_t height) {
  TextureDescriptor descriptor;
  descriptor.extent = {width, height, 1};
  descriptor.format = TextureFormat::rgba8_unorm;
  descriptor.usage = TextureUsage::texture_binding | TextureUsage::render_attachment;
  return descriptor;
}

}  // namespace geyser::test
