// One texture drawn by Vulkan (MoltenVK) and drawn over by Metal; nothing is copied in between. Type-checked, never run.
//
//   vulkan_to_metal
//
// Vulkan clears the texture, Metal's command buffer waits for that on the GPU, copies it out and clears it to another colour, Vulkan's queue
// waits for Metal's and copies it out again. The CPU looks at every pixel of both.
#import <Metal/Metal.h>

#include <cstdio>
#include <cstring>

#include "examples/support/arguments.hpp"
#include "examples/support/must.hpp"
#include "examples/support/vulkan_commands.hpp"
#include "geyser/geyser.hpp"
#include "geyser/metal.hpp"

namespace {

using example::must;
namespace gv = geyser::vulkan;
namespace gm = geyser::metal;

constexpr std::uint32_t width = 640;
constexpr std::uint32_t height = 480;
// Exact in 8 bits, so that the checks may be exact too. Memory order of bgra8_unorm.
constexpr VkClearColorValue orange{.float32 = {1.0F, 128.0F / 255.0F, 0.0F, 1.0F}};
constexpr unsigned char orange_bytes[4] = {0, 128, 255, 255};
constexpr unsigned char teal_bytes[4] = {128, 64, 0, 255};

std::size_t wrong_pixels(const void* bytes, const unsigned char (&wanted)[4]) {
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < std::size_t{width} * height; ++i) {
    wrong += std::memcmp(static_cast<const unsigned char*>(bytes) + 4 * i, wanted, 4) != 0 ? 1U : 0U;
  }
  return wrong;
}

int run() {
  // 1. Two APIs on one GPU. A program that has a VkDevice or an MTLDevice of its own passes it to create_manager(AdoptInfo).
  auto found_vulkan = gv::Device::create({.application_name = "vulkan_to_metal"});
  auto found_metal = gm::Device::create();
  if (!found_vulkan || !found_metal) {
    const geyser::Error& why = !found_vulkan ? found_vulkan.error() : found_metal.error();
    std::fprintf(stderr, "vulkan_to_metal: %s\n", why.describe().c_str());
    return why.code() == geyser::Errc::not_found ? 77 : 1;  // 77: there is nothing to run on
  }
  const gv::Device vulkan_device = *std::move(found_vulkan);
  geyser::TextureShareManager vulkan = must(vulkan_device.create_manager());
  const gm::Device metal_device = *std::move(found_metal);
  geyser::TextureShareManager metal = must(metal_device.create_manager());
  id<MTLDevice> device = (__bridge id<MTLDevice>)metal_device.device();
  id<MTLCommandQueue> queue = (__bridge id<MTLCommandQueue>)metal_device.queue();
  std::printf("Vulkan: %s, Metal: %s\n", vulkan.identity().name.c_str(), metal.identity().name.c_str());

  // 2. A texture that both can draw to, and an event for each direction. All are handed over before anything is submitted.
  geyser::SharedTexture texture = must(vulkan.create_shareable_texture(
      {.extent = {width, height},
       .format = geyser::TextureFormat::bgra8_unorm,
       .usage = geyser::TextureUsage::copy_src | geyser::TextureUsage::copy_dst | geyser::TextureUsage::render_attachment,
       .label = "canvas"}));
  geyser::SharedTexture there = must(metal.import_texture(must(vulkan.export_texture(texture))));
  const auto rung = must(geyser::negotiate(vulkan.capabilities(), metal.capabilities()));
  const geyser::SharedSemaphore drawn = must(vulkan.create_shared_semaphore({.kind = rung.semaphore}));
  const geyser::SharedSemaphore drawn_there = must(metal.import_semaphore(must(vulkan.export_semaphore(drawn))));
  const geyser::SharedSemaphore edited_there = must(metal.create_shared_semaphore({.kind = rung.semaphore}));
  const geyser::SharedSemaphore edited = must(vulkan.import_semaphore(must(metal.export_semaphore(edited_there))));
  std::printf("memory: %s, semaphores: %s\n", std::string(to_string(texture.handle_type())).c_str(),
              std::string(to_string(drawn.kind())).c_str());

  // 3. Vulkan draws.
  const example::Gpu gpu(vulkan_device.adopt_info());
  example::Commands commands(gpu);
  gv::SubmitArrays arrays;
  geyser::TextureState state;
  {
    geyser::Access access = must(texture.begin_write({.signal = geyser::SyncPoint{drawn, 1}}));
    VkCommandBuffer buffer = commands.begin();
    must(gv::record_acquire(access, buffer, example::written_by_transfer));
    gpu.cmd_clear_color_image(buffer, must(gv::native(texture)).image, VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL, &orange, 1,
                              &example::whole_image);
    must(gv::record_release(access, buffer, example::written_by_transfer));
    geyser::Access* const accesses[] = {&access};
    must(gv::submit_arrays(accesses, VK_PIPELINE_STAGE_TRANSFER_BIT, arrays));
    commands.submit(arrays);
    state = must(std::move(access).end());
  }

  // 4. Metal waits for it on the GPU, copies it out, draws another colour, and signals.
  id<MTLBuffer> seen = [device newBufferWithLength:std::size_t{4} * width * height options:MTLResourceStorageModeShared];
  {
    state.points = {geyser::SyncPoint{drawn_there, 1}};
    geyser::Access access = must(there.begin_write({.state = state, .signal = geyser::SyncPoint{edited_there, 1}}));
    id<MTLTexture> native = (__bridge id<MTLTexture>)must(gm::native(there)).texture;
    id<MTLCommandBuffer> work = [queue commandBuffer];
    must(gm::acquire(access, (__bridge void*)work));
    id<MTLBlitCommandEncoder> blit = [work blitCommandEncoder];
    [blit copyFromTexture:native
                     sourceSlice:0
                     sourceLevel:0
                    sourceOrigin:MTLOriginMake(0, 0, 0)
                      sourceSize:MTLSizeMake(width, height, 1)
                        toBuffer:seen
               destinationOffset:0
          destinationBytesPerRow:4 * width
        destinationBytesPerImage:4 * width * height
                         options:MTLBlitOptionNone];
    [blit endEncoding];
    MTLRenderPassDescriptor* pass = [MTLRenderPassDescriptor renderPassDescriptor];
    pass.colorAttachments[0].texture = native;
    pass.colorAttachments[0].loadAction = MTLLoadActionClear;
    pass.colorAttachments[0].storeAction = MTLStoreActionStore;
    pass.colorAttachments[0].clearColor = MTLClearColorMake(0.0, 64.0 / 255.0, 128.0 / 255.0, 1.0);
    [[work renderCommandEncoderWithDescriptor:pass] endEncoding];
    must(gm::release(access, (__bridge void*)work));
    [work commit];
    state = must(std::move(access).end());
  }

  // 5. Vulkan waits for Metal on the GPU, and the CPU looks at every pixel.
  const example::MappedBuffer pixels(gpu, std::size_t{4} * width * height);
  {
    state.points = {geyser::SyncPoint{edited, 1}};
    geyser::Access access = must(texture.begin_read({.state = state}));
    VkCommandBuffer buffer = commands.begin();
    must(gv::record_acquire(access, buffer, example::read_by_transfer));
    const VkBufferImageCopy whole = example::box_copy(width, height);
    gpu.cmd_copy_image_to_buffer(buffer, must(gv::native(texture)).image, VK_IMAGE_LAYOUT_TRANSFER_SRC_OPTIMAL, pixels.handle(), 1, &whole);
    example::record_host_read(gpu, buffer);
    must(gv::record_release(access, buffer, example::read_by_transfer));
    geyser::Access* const accesses[] = {&access};
    must(gv::submit_arrays(accesses, VK_PIPELINE_STAGE_TRANSFER_BIT, arrays));
    commands.submit(arrays);
    commands.wait();
    must(std::move(access).end());
  }
  const std::size_t wrong = wrong_pixels([seen contents], orange_bytes) + wrong_pixels(pixels.bytes().data(), teal_bytes);
  std::printf("%zu of %u pixels are right\n", std::size_t{2} * width * height - wrong, 2 * width * height);
  return wrong == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  return example::run("vulkan_to_metal", "usage: vulkan_to_metal", argc, argv, [](example::Arguments& arguments) {
    arguments.done();
    @autoreleasepool {
      return run();
    }
  });
}
