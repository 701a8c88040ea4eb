// One texture drawn by Vulkan and read by OpenGL, another drawn by OpenGL and read by Vulkan; nothing is copied in between.
//
//   vulkan_to_opengl [--validate]
//
// Vulkan draws a picture, an OpenGL shader draws its negative, Vulkan checks every pixel of that. Needs no window.
#include <cstdio>

#include "examples/support/arguments.hpp"
#include "examples/support/gl_pass.hpp"
#include "examples/support/numbered_picture.hpp"
#include "geyser/geyser.hpp"

namespace {

using example::must;
namespace gv = geyser::vulkan;
namespace gl = geyser::opengl;

constexpr example::NumberedPicture picture{640, 480};
constexpr std::uint64_t number = 0x5EED1234;

constexpr char negative_shader[] =
    "layout(binding = 0) uniform sampler2D picture;\n"
    "void main() { color = vec4(1.0 - texelFetch(picture, ivec2(gl_FragCoord.xy), 0).rgb, 1.0); }\n";

int run(bool validate) {
  // 1. Two APIs on one device: opaque handles pass between equal device UUIDs only. A program that has a VkDevice or an OpenGL context of
  // its
  //    own passes it to create_manager(AdoptInfo) instead.
  const gv::Device device = must(gv::Device::create({.validation = validate, .application_name = "vulkan_to_opengl"}));
  geyser::TextureShareManager vulkan = must(device.create_manager());
  const gl::Context context = must(gl::Context::create({.device_uuid = vulkan.identity().device_uuid}));
  // OpenGL makes no semaphore that can be handed over; Vulkan, its partner, does that for it.
  geyser::TextureShareManager opengl = must(context.create_manager(&vulkan));
  std::printf("device: %s\n", vulkan.identity().name.c_str());

  // 2. Two textures that both APIs know, and a semaphore for each direction.
  const geyser::Extent3D size{picture.width, picture.height};
  geyser::SharedTexture positive =
      must(vulkan.create_shareable_texture({.extent = size, .format = geyser::TextureFormat::rgba8_unorm, .label = "positive"}));
  geyser::SharedTexture negative =
      must(vulkan.create_shareable_texture({.extent = size,
                                            .format = geyser::TextureFormat::rgba8_unorm,
                                            .usage = geyser::TextureUsage::copy_src | geyser::TextureUsage::render_attachment,
                                            .label = "negative"}));
  geyser::SharedTexture positive_there = must(opengl.import_texture(must(vulkan.export_texture(positive))));
  geyser::SharedTexture negative_there = must(opengl.import_texture(must(vulkan.export_texture(negative))));
  const auto rung = must(geyser::negotiate(vulkan.capabilities(), opengl.capabilities()));
  const geyser::SharedSemaphore drawn = must(vulkan.create_shared_semaphore({.kind = rung.semaphore}));
  const geyser::SharedSemaphore negated = must(vulkan.create_shared_semaphore({.kind = rung.semaphore}));
  const geyser::SharedSemaphore drawn_there = must(opengl.import_semaphore(must(vulkan.export_semaphore(drawn))));
  const geyser::SharedSemaphore negated_there = must(opengl.import_semaphore(must(vulkan.export_semaphore(negated))));
  std::printf("memory: %s, semaphores: %s\n", std::string(to_string(positive.handle_type())).c_str(),
              std::string(to_string(drawn.kind())).c_str());

  // 3. Vulkan draws and signals; nobody waits on the CPU.
  const example::Gpu gpu(device.adopt_info());
  const example::NumberPainter painter(gpu);
  const example::MappedBuffer pixels(gpu, picture.bytes());
  example::Commands commands(gpu);
  geyser::vulkan::SubmitArrays arrays;
  geyser::TextureState state;
  {
    geyser::Access access = must(positive.begin_write({.signal = geyser::SyncPoint{drawn, 1}}));
    VkCommandBuffer buffer = commands.begin();
    must(gv::record_acquire(access, buffer, example::written_by_transfer));
    painter.record(buffer, must(gv::native(positive)).image, picture, number);
    must(gv::record_release(access, buffer, example::written_by_transfer));
    geyser::Access* const accesses[] = {&access};
    must(gv::submit_arrays(accesses, VK_PIPELINE_STAGE_TRANSFER_BIT, arrays));
    commands.submit(arrays);
    state = must(std::move(access).end());
  }

  // 4. OpenGL waits for it on the GPU, reads the one and draws the other. Row 0 is row 0 on both sides: texelFetch at (x, y) and the pixel
  // at
  //    gl_FragCoord (x, y) are where Vulkan has them.
  {
    const example::Gl functions(context.get_proc_address());
    const example::GlPass pass(functions, negative_shader);
    state.points = {geyser::SyncPoint{drawn_there, 1}};
    geyser::Access read = must(positive_there.begin_read({.state = state}));
    geyser::Access write = must(negative_there.begin_write({.signal = geyser::SyncPoint{negated_there, 1}}));
    must(gl::acquire(read));
    must(gl::acquire(write));
    functions.bind_texture_unit(0, must(gl::native(positive_there)).name);
    pass.draw(must(gl::native(negative_there)).name, picture.width, picture.height);
    functions.bind_texture_unit(0, 0);
    must(gl::release(write));  // signals behind the drawing, and so behind the reading
    must(std::move(read).end());
    state = must(std::move(write).end());
  }

  // 5. Vulkan waits for OpenGL, and the CPU looks at every pixel.
  {
    state.points = {geyser::SyncPoint{negated, 1}};
    geyser::Access access = must(negative.begin_read({.state = state}));
    if (validate) example::wait_for_host_timelines(access);
    VkCommandBuffer buffer = commands.begin();
    must(gv::record_acquire(access, buffer, example::read_by_transfer));
    const VkBufferImageCopy whole = example::box_copy(picture.width, picture.height);
    gpu.cmd_copy_image_to_buffer(buffer, must(gv::native(negative)).image, VK_IMAGE_LAYOUT_TRANSFER_SRC_OPTIMAL, pixels.handle(), 1,
                                 &whole);
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
      "usage: vulkan_to_opengl [--validate]\n"
      "  --validate  with the Khronos validation layers; one message is a failure";
  return example::run("vulkan_to_opengl", usage, argc, argv, [](example::Arguments& arguments) {
    const bool validate = arguments.flag("--validate");
    arguments.done();
    return run(validate);
  });
}
