// Two Metal queues, one texture: what one draws the other reads, without a copy in between. Type-checked, never run.
//
//   metal_to_metal
//
// The queues stand for two independent parts of a program; between processes the texture's handle would go through a geyser::Channel.
#import <Metal/Metal.h>

#include <cstdio>
#include <cstring>

#include "examples/support/arguments.hpp"
#include "examples/support/must.hpp"
#include "geyser/geyser.hpp"
#include "geyser/metal.hpp"

namespace {

using example::must;
namespace gm = geyser::metal;

constexpr std::uint32_t width = 640;
constexpr std::uint32_t height = 480;
// Exact in 8 bits, so that the check may be exact too. Memory order of bgra8_unorm.
constexpr unsigned char orange_bytes[4] = {0, 128, 255, 255};

int run() {
  // 1. One device, two queues. A program passes its own; both sides retain what they use.
  id<MTLDevice> device = MTLCreateSystemDefaultDevice();
  if (device == nil) {
    std::fprintf(stderr, "metal_to_metal: this system shows no Metal device\n");
    return 77;
  }
  id<MTLCommandQueue> producer_queue = [device newCommandQueue];
  id<MTLCommandQueue> consumer_queue = [device newCommandQueue];
  geyser::TextureShareManager producer =
      must(gm::create_manager({.device = (__bridge void*)device, .queue = (__bridge void*)producer_queue}));
  geyser::TextureShareManager consumer =
      must(gm::create_manager({.device = (__bridge void*)device, .queue = (__bridge void*)consumer_queue}));
  std::printf("device: %s\n", producer.identity().name.c_str());

  // 2. A texture on an IOSurface, and an event that says when it is drawn; both known to both sides.
  geyser::SharedTexture texture = must(producer.create_shareable_texture(
      {.extent = {width, height},
       .format = geyser::TextureFormat::bgra8_unorm,
       .usage = geyser::TextureUsage::copy_src | geyser::TextureUsage::copy_dst | geyser::TextureUsage::render_attachment,
       .label = "canvas"}));
  const geyser::SharedSemaphore drawn = must(gm::create_shared_event(producer));
  geyser::SharedTexture imported = must(consumer.import_texture(must(producer.export_texture(texture))));
  const geyser::SharedSemaphore drawn_there = must(consumer.import_semaphore(must(producer.export_semaphore(drawn))));
  std::printf("memory: %s, semaphore: %s\n", std::string(to_string(texture.handle_type())).c_str(),
              std::string(to_string(drawn.kind())).c_str());

  // 3. The producer draws in a command buffer of its own. acquire() encodes what must be waited for, release() what is signalled.
  geyser::TextureState state;
  {
    geyser::Access access = must(texture.begin_write({.signal = geyser::SyncPoint{drawn, 1}}));
    id<MTLCommandBuffer> commands = [producer_queue commandBuffer];
    must(gm::acquire(access, (__bridge void*)commands));
    MTLRenderPassDescriptor* pass = [MTLRenderPassDescriptor renderPassDescriptor];
    pass.colorAttachments[0].texture = (__bridge id<MTLTexture>)must(gm::native(texture)).texture;
    pass.colorAttachments[0].loadAction = MTLLoadActionClear;
    pass.colorAttachments[0].storeAction = MTLStoreActionStore;
    pass.colorAttachments[0].clearColor = MTLClearColorMake(1.0, 128.0 / 255.0, 0.0, 1.0);
    [[commands renderCommandEncoderWithDescriptor:pass] endEncoding];
    must(gm::release(access, (__bridge void*)commands));
    [commands commit];  // nobody waits here
    state = must(std::move(access).end());
  }

  // 4. The state goes to the other side, its point said with the other side's semaphore.
  state.points = {geyser::SyncPoint{drawn_there, 1}};

  // 5. The consumer's queue waits for the producer's on the GPU, and copies into a buffer that the CPU reads.
  id<MTLBuffer> pixels = [device newBufferWithLength:std::size_t{4} * width * height options:MTLResourceStorageModeShared];
  {
    geyser::Access access = must(imported.begin_read({.state = state}));
    id<MTLCommandBuffer> commands = [consumer_queue commandBuffer];
    must(gm::acquire(access, (__bridge void*)commands));
    id<MTLBlitCommandEncoder> blit = [commands blitCommandEncoder];
    [blit copyFromTexture:(__bridge id<MTLTexture>)must(gm::native(imported)).texture
                     sourceSlice:0
                     sourceLevel:0
                    sourceOrigin:MTLOriginMake(0, 0, 0)
                      sourceSize:MTLSizeMake(width, height, 1)
                        toBuffer:pixels
               destinationOffset:0
          destinationBytesPerRow:4 * width
        destinationBytesPerImage:4 * width * height
                         options:MTLBlitOptionNone];
    [blit endEncoding];
    must(gm::release(access, (__bridge void*)commands));
    [commands commit];
    [commands waitUntilCompleted];
    must(std::move(access).end());
  }

  // 6. Every pixel.
  const auto* bytes = static_cast<const unsigned char*>([pixels contents]);
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < std::size_t{width} * height; ++i) wrong += std::memcmp(bytes + 4 * i, orange_bytes, 4) != 0 ? 1U : 0U;
  std::printf("%zu of %u pixels are right\n", std::size_t{width} * height - wrong, width * height);
  return wrong == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  return example::run("metal_to_metal", "usage: metal_to_metal", argc, argv, [](example::Arguments& arguments) {
    arguments.done();
    @autoreleasepool {
      return run();
    }
  });
}
