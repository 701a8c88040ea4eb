// One texture drawn by Vulkan and edited by a CUDA kernel; nothing is copied in between.
//
//   vulkan_to_cuda [--validate]
//
// Vulkan draws a picture, the kernel turns it into its negative in place, Vulkan checks every pixel. Each side waits for the other on the
// GPU.
#include <cstdio>

#include "examples/support/arguments.hpp"
#include "examples/support/cuda_functions.hpp"
#include "examples/support/numbered_picture.hpp"
#include "geyser/geyser.hpp"

namespace {

using example::must;
namespace gv = geyser::vulkan;
namespace gc = geyser::cuda;

constexpr example::NumberedPicture picture{640, 480};
constexpr std::uint64_t number = 0x5EED1234;

// __global__ void negative(cudaSurfaceObject_t surface, unsigned width, unsigned height) {
//   unsigned x = blockIdx.x * blockDim.x + threadIdx.x, y = blockIdx.y * blockDim.y + threadIdx.y;
//   if (x < width && y < height) surf2Dwrite(surf2Dread<unsigned>(surface, 4 * x, y) ^ 0x00FFFFFF, surface, 4 * x, y);
// }
constexpr char negative_kernel[] = R"(
.version 6.4
.target sm_50
.address_size 64
.visible .entry negative(.param .u64 surface, .param .u32 width, .param .u32 height) {
  .reg .pred %outside;
  .reg .b32 %x, %y, %n, %t, %w, %h, %bytes, %texel;
  .reg .b64 %s;
  ld.param.u64 %s, [surface];
  ld.param.u32 %w, [width];
  ld.param.u32 %h, [height];
  mov.u32 %t, %ctaid.x;
  mov.u32 %n, %ntid.x;
  mov.u32 %x, %tid.x;
  mad.lo.u32 %x, %t, %n, %x;
  mov.u32 %t, %ctaid.y;
  mov.u32 %n, %ntid.y;
  mov.u32 %y, %tid.y;
  mad.lo.u32 %y, %t, %n, %y;
  setp.ge.u32 %outside, %x, %w;
  @%outside ret;
  setp.ge.u32 %outside, %y, %h;
  @%outside ret;
  shl.b32 %bytes, %x, 2;
  suld.b.2d.b32.trap {%texel}, [%s, {%bytes, %y}];
  xor.b32 %texel, %texel, 16777215;
  sust.b.2d.b32.trap [%s, {%bytes, %y}], {%texel};
  ret;
}
)";

int run(bool validate) {
  // 1. Two APIs on one device. A program that has a VkDevice or a CUcontext of its own passes it to create_manager(AdoptInfo).
  const gv::Device device = must(gv::Device::create({.validation = validate, .application_name = "vulkan_to_cuda"}));
  geyser::TextureShareManager vulkan = must(device.create_manager());
  const example::Cuda functions;
  const example::CudaKernel kernel(functions, vulkan.identity().device_uuid, negative_kernel, "negative");
  geyser::TextureShareManager cuda = must(gc::create_manager({.context = kernel.context(), .stream = kernel.stream(), .partner = &vulkan}));
  std::printf("device: %s\n", vulkan.identity().name.c_str());

  // 2. A texture that a kernel may write, and a semaphore for each direction.
  geyser::SharedTexture texture = must(vulkan.create_shareable_texture(
      {.extent = {picture.width, picture.height},
       .format = geyser::TextureFormat::rgba8_unorm,
       .usage = geyser::TextureUsage::copy_src | geyser::TextureUsage::copy_dst | geyser::TextureUsage::storage_binding,
       .label = "canvas"}));
  geyser::SharedTexture there = must(cuda.import_texture(must(vulkan.export_texture(texture))));
  const auto rung = must(geyser::negotiate(vulkan.capabilities(), cuda.capabilities()));
  const geyser::SharedSemaphore drawn = must(vulkan.create_shared_semaphore({.kind = rung.semaphore}));
  const geyser::SharedSemaphore edited = must(vulkan.create_shared_semaphore({.kind = rung.semaphore}));
  const geyser::SharedSemaphore drawn_there = must(cuda.import_semaphore(must(vulkan.export_semaphore(drawn))));
  const geyser::SharedSemaphore edited_there = must(cuda.import_semaphore(must(vulkan.export_semaphore(edited))));
  std::printf("memory: %s, semaphores: %s\n", std::string(to_string(texture.handle_type())).c_str(),
              std::string(to_string(drawn.kind())).c_str());

  // 3. Vulkan draws.
  const example::Gpu gpu(device.adopt_info());
  const example::NumberPainter painter(gpu);
  const example::MappedBuffer pixels(gpu, picture.bytes());
  example::Commands commands(gpu);
  geyser::vulkan::SubmitArrays arrays;
  geyser::TextureState state;
  {
    geyser::Access access = must(texture.begin_write({.signal = geyser::SyncPoint{drawn, 1}}));
    VkCommandBuffer buffer = commands.begin();
    must(gv::record_acquire(access, buffer, example::written_by_transfer));
    painter.record(buffer, must(gv::native(texture)).image, picture, number);
    must(gv::record_release(access, buffer, example::written_by_transfer));
    geyser::Access* const accesses[] = {&access};
    must(gv::submit_arrays(accesses, VK_PIPELINE_STAGE_TRANSFER_BIT, arrays));
    commands.submit(arrays);
    state = must(std::move(access).end());
  }

  // 4. CUDA's stream waits for it, the kernel edits, the stream signals; nobody waits on the CPU.
  {
    state.points = {geyser::SyncPoint{drawn_there, 1}};
    geyser::Access access = must(there.begin_write({.state = state, .signal = geyser::SyncPoint{edited_there, 1}}));
    must(gc::acquire(access, kernel.stream()));
    gc::SurfaceObject surface = must(gc::surface(there));
    std::uint32_t width = picture.width;
    std::uint32_t height = picture.height;
    void* arguments[] = {&surface, &width, &height};
    kernel.launch(width, height, arguments);
    must(gc::release(access, kernel.stream()));
    state = must(std::move(access).end());
  }

  // 5. Vulkan waits for CUDA, and the CPU looks at every pixel.
  {
    state.points = {geyser::SyncPoint{edited, 1}};
    geyser::Access access = must(texture.begin_read({.state = state}));
    if (validate) example::wait_for_host_timelines(access);
    VkCommandBuffer buffer = commands.begin();
    must(gv::record_acquire(access, buffer, example::read_by_transfer));
    const VkBufferImageCopy whole = example::box_copy(picture.width, picture.height);
    gpu.cmd_copy_image_to_buffer(buffer, must(gv::native(texture)).image, VK_IMAGE_LAYOUT_TRANSFER_SRC_OPTIMAL, pixels.handle(), 1, &whole);
    example::record_host_read(gpu, buffer);
    must(gv::record_release(access, buffer, example::read_by_transfer));
    geyser::Access* const accesses[] = {&access};
    must(gv::submit_arrays(accesses, VK_PIPELINE_STAGE_TRANSFER_BIT, arrays));
    commands.submit(arrays);
    commands.wait();
    must(std::move(access).end());
  }
  for (std::size_t i = 0; i < pixels.bytes().size(); ++i) {
    if (i % 4 != 3) pixels.bytes()[i] ^= std::byte{0xFF};  // the negative of the negative
  }
  const std::size_t wrong = picture.wrong_pixels(number, pixels.bytes());
  std::printf("%zu of %u pixels are right\n", std::size_t{picture.width} * picture.height - wrong, picture.width * picture.height);
  if (validate) std::printf("validation messages: %llu\n", static_cast<unsigned long long>(device.validation_messages()));
  return wrong == 0 && device.validation_messages() == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  constexpr char usage[] =
      "usage: vulkan_to_cuda [--validate]\n"
      "  --validate  with the Khronos validation layers; one message is a failure";
  return example::run("vulkan_to_cuda", usage, argc, argv, [](example::Arguments& arguments) {
    const bool validate = arguments.flag("--validate");
    arguments.done();
    return run(validate);
  });
}
