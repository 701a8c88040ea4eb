// The other half of ipc_producer: receives a texture, reads it with its own command buffer, checks every pixel, and draws a box into it.
#include <cstdio>

#include "examples/ipc/exchange.hpp"
#include "examples/support/arguments.hpp"
#include "examples/support/channel_numbers.hpp"
#include "geyser/geyser.hpp"

namespace {

using example::must;
namespace gv = geyser::vulkan;

constexpr char usage[] =
    "usage: ipc_consumer [--name NAME] [--validate]\n"
    "Takes a texture from ipc_producer, which must be running, and checks every pixel.\n"
    "  --name NAME  what ipc_producer listens as; default: geyser-ipc-example\n"
    "  --validate   with the Khronos validation layers; one message is a failure";

int consume(example::Arguments& arguments) {
  const std::string name = arguments.text("--name", exchange::default_name);
  const bool validate = arguments.flag("--validate");
  arguments.done();
  geyser::Channel channel = must(geyser::Channel::connect(name, exchange::patience));

  // 1. The handle describes itself: size and format, and the device that it belongs to. Opaque memory can be used on that device only.
  geyser::TextureHandle handle = must(channel.receive_handle(exchange::patience));
  const gv::Device device = must(gv::Device::create(
      {.selector = {.uuid = handle.info.exporter.device_uuid}, .validation = validate, .application_name = "ipc_consumer"}));
  geyser::TextureShareManager manager = must(device.create_manager());
  std::printf("device: %s\nreceived: %s, by %s\n", manager.identity().name.c_str(), describe(handle.info.descriptor).c_str(),
              std::string(to_string(handle.info.type)).c_str());
  const geyser::Extent3D size = handle.info.descriptor.extent;
  if (size != geyser::Extent3D{exchange::picture.width, exchange::picture.height}) throw std::runtime_error("that is another size");

  // 2. The same memory as an image of this device. Its semaphore came along: wait until the picture is drawn.
  geyser::SharedTexture texture = must(manager.import_texture(std::move(handle)));
  must(manager.wait_for_texture(texture, example::patience));

  // 3. Read it with our own commands.
  const example::Gpu gpu(device.adopt_info());
  example::Commands read(gpu);
  const example::MappedBuffer pixels(gpu, exchange::picture.bytes());
  {
    geyser::Access access = must(texture.begin_read());
    VkCommandBuffer commands = read.begin();
    must(gv::record_acquire(access, commands, example::read_by_transfer));
    const VkBufferImageCopy whole = example::box_copy(size.width, size.height);
    gpu.cmd_copy_image_to_buffer(commands, must(gv::native(texture)).image, VK_IMAGE_LAYOUT_TRANSFER_SRC_OPTIMAL, pixels.handle(), 1,
                                 &whole);
    example::record_host_read(gpu, commands);
    must(gv::record_release(access, commands, example::read_by_transfer));
    gv::SubmitArrays arrays;
    geyser::Access* const accesses[] = {&access};
    must(gv::submit_arrays(accesses, VK_PIPELINE_STAGE_TRANSFER_BIT, arrays));
    read.submit(arrays);
    read.wait();
    must(std::move(access).end());
  }
  const std::size_t wrong = exchange::picture.wrong_pixels(exchange::number, pixels.bytes());

  // 4. Draw into it, in place, and say how it went. upload() waits for the GPU: whoever reads the message may look.
  must(manager.upload(texture, exchange::box, exchange::box_bytes()));
  example::send_numbers<1>(channel, {wrong});
  std::printf("%zu of %zu pixels are right\n", exchange::picture.bytes() / 4 - wrong, exchange::picture.bytes() / 4);
  if (validate) std::printf("validation messages: %llu\n", static_cast<unsigned long long>(device.validation_messages()));
  return wrong == 0 && device.validation_messages() == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) { return example::run("ipc_consumer", usage, argc, argv, consume); }
