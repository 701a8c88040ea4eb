// A texture of Direct3D 12, drawn by Vulkan; nothing is copied in between. Compiled, never run: Wine 8 shares nothing.
//
//   vulkan_to_d3d12 [--warp]
//
// Direct3D 12 makes the texture, because Vulkan drivers import its resources and rarely export any. Vulkan draws, Direct3D 12 waits for it
// and checks every pixel.
#include <cstdio>

#include "examples/support/arguments.hpp"
#include "examples/support/numbered_picture.hpp"
#include "geyser/d3d12.hpp"
#include "geyser/geyser.hpp"

namespace {

using example::must;
namespace gv = geyser::vulkan;
namespace gd = geyser::d3d12;

constexpr example::NumberedPicture picture{640, 480};
constexpr std::uint64_t number = 0x5EED1234;

/// The Vulkan device that is the same adapter: LUIDs are what the two APIs both know.
gv::Device vulkan_device(const geyser::DeviceIdentity& adapter) {
  for (const auto& each : must(gv::enumerate_devices())) {
    if (each.identity.luid && each.identity.luid == adapter.luid) {
      return must(gv::Device::create({.selector = {.index = each.index}, .application_name = "vulkan_to_d3d12"}));
    }
  }
  throw std::runtime_error("no Vulkan device has the LUID of " + adapter.name);
}

int run(bool warp) {
  // 1. Two APIs on one adapter. A program that has devices of its own passes them to create_manager(AdoptInfo).
  const gd::Device direct3d = must(gd::Device::create({.selector = {.warp = warp}}));
  geyser::TextureShareManager d3d12 = must(direct3d.create_manager());
  const gv::Device device = vulkan_device(d3d12.identity());
  geyser::TextureShareManager vulkan = must(device.create_manager());
  std::printf("device: %s\n", d3d12.identity().name.c_str());

  // 2. A texture of Direct3D 12 and a timeline, and Vulkan's view of both.
  geyser::SharedTexture texture = must(d3d12.create_shareable_texture(
      {.extent = {picture.width, picture.height}, .format = geyser::TextureFormat::rgba8_unorm, .label = "canvas"}));
  geyser::SharedTexture there = must(vulkan.import_texture(must(d3d12.export_texture(texture))));
  const auto rung = must(geyser::negotiate(d3d12.capabilities(), vulkan.capabilities()));
  const geyser::SharedSemaphore drawn = must(d3d12.create_shared_semaphore({.kind = rung.semaphore}));
  const geyser::SharedSemaphore drawn_there = must(vulkan.import_semaphore(must(d3d12.export_semaphore(drawn))));
  std::printf("memory: %s, semaphores: %s\n", std::string(to_string(texture.handle_type())).c_str(),
              std::string(to_string(drawn.kind())).c_str());

  // 3. Vulkan draws, releases the image in general, which is D3D12_RESOURCE_STATE_COMMON, and signals.
  const example::Gpu gpu(device.adopt_info());
  const example::NumberPainter painter(gpu);
  example::Commands commands(gpu);
  geyser::TextureState state;
  {
    geyser::Access access = must(there.begin_write({.signal = geyser::SyncPoint{drawn_there, 1}}));
    VkCommandBuffer buffer = commands.begin();
    must(gv::record_acquire(access, buffer, example::written_by_transfer));
    painter.record(buffer, must(gv::native(there)).image, picture, number);
    must(gv::record_release(access, buffer, example::written_by_transfer));
    geyser::Access* const accesses[] = {&access};
    gv::SubmitArrays arrays;
    must(gv::submit_arrays(accesses, VK_PIPELINE_STAGE_TRANSFER_BIT, arrays));
    commands.submit(arrays);
    state = must(std::move(access).end());
  }

  // 4. Direct3D 12 waits for that point and reads; a program that draws records with gd::record_acquire() and gd::submit() instead.
  state.points = {geyser::SyncPoint{drawn, 1}};
  std::vector<std::byte> pixels(picture.bytes());
  must(d3d12.read_back(texture, {}, pixels, {.state = state}));
  commands.wait();
  const std::size_t wrong = picture.wrong_pixels(number, pixels);
  std::printf("%zu of %u pixels are right\n", std::size_t{picture.width} * picture.height - wrong, picture.width * picture.height);
  return wrong == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  constexpr char usage[] =
      "usage: vulkan_to_d3d12 [--warp]\n"
      "  --warp  on Microsoft's software device";
  return example::run("vulkan_to_d3d12", usage, argc, argv, [](example::Arguments& arguments) {
    const bool warp = arguments.flag("--warp");
    arguments.done();
    return run(warp);
  });
}
