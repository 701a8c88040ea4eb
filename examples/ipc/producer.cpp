// A texture goes to another process through a Channel. The other one reads it, draws into it, and this one sees that: it is the same
// memory.
//
//   ipc_producer      in one terminal, then
//   ipc_consumer      in another
#include <cstdio>

#include "examples/ipc/exchange.hpp"
#include "examples/support/arguments.hpp"
#include "examples/support/channel_numbers.hpp"
#include "geyser/geyser.hpp"

namespace {

using example::must;
namespace gv = geyser::vulkan;

constexpr char usage[] =
    "usage: ipc_producer [--name NAME] [--validate]\n"
    "Draws a texture, hands it to ipc_consumer, and looks at what that one did to it.\n"
    "  --name NAME  what ipc_consumer connects to; default: geyser-ipc-example\n"
    "  --validate   with the Khronos validation layers; one message is a failure";

int produce(example::Arguments& arguments) {
  const std::string name = arguments.text("--name", exchange::default_name);
  const bool validate = arguments.flag("--validate");
  arguments.done();
  const gv::Device device = must(gv::Device::create({.validation = validate, .application_name = "ipc_producer"}));
  geyser::TextureShareManager manager = must(device.create_manager());
  std::printf("device: %s\n", manager.identity().name.c_str());

  // 1. A texture with a semaphore that travels in its handle: "ready".
  geyser::SharedTexture texture = must(manager.create_shareable_texture(
      {.extent = {exchange::picture.width, exchange::picture.height}, .format = geyser::TextureFormat::rgba8_unorm, .label = "canvas"}));
  must(manager.attach_semaphore(texture, must(manager.create_shared_semaphore())));

  // 2. Draw it, and say so behind the drawing. Nobody waits.
  const example::Gpu gpu(device.adopt_info());
  const example::NumberPainter painter(gpu);
  example::Commands draw(gpu);
  {
    geyser::Access access = must(texture.begin_write());
    VkCommandBuffer commands = draw.begin();
    must(gv::record_acquire(access, commands, example::written_by_transfer));
    painter.record(commands, must(gv::native(texture)).image, exchange::picture, exchange::number);
    must(gv::record_release(access, commands, example::written_by_transfer));
    draw.submit();
    must(std::move(access).end());
  }
  must(manager.signal_texture_ready(texture));

  // 3. Wait for the other process. Only processes of the same user get in.
  geyser::ChannelListener listener = must(geyser::ChannelListener::listen(name));
  std::printf("listening as %s: start ipc_consumer now\n", name.c_str());
  std::fflush(stdout);
  geyser::Channel channel = must(listener.accept(exchange::patience));
  std::printf("process %u is there\n", must(channel.peer()).process_id);

  // 4. One message: memory, description and semaphore. The handle stays ours; closing it closes our descriptors and nothing else.
  must(channel.send_handle(must(manager.export_texture(texture)), exchange::patience));

  // 5. What did it see, and what did it do? Its upload was waited for over there, so there is no point to wait for.
  const auto [wrong_there] = example::receive_numbers<1>(channel);
  std::vector<std::byte> seen(exchange::picture.bytes());
  must(manager.read_back(texture, {}, seen,
                         {.state = geyser::TextureState{.initialized = true, .layout = geyser::TextureLayout::general, .points = {}}}));
  const std::size_t wrong_here = exchange::wrong_pixels_with_box(seen);
  const std::uint64_t pixels = exchange::picture.bytes() / 4;
  std::printf("there: %llu of %llu pixels are right\n", static_cast<unsigned long long>(pixels - wrong_there),
              static_cast<unsigned long long>(pixels));
  std::printf("here: %llu of %llu pixels are right, with the other process's box in them\n",
              static_cast<unsigned long long>(pixels - wrong_here), static_cast<unsigned long long>(pixels));
  if (validate) std::printf("validation messages: %llu\n", static_cast<unsigned long long>(device.validation_messages()));
  return wrong_there == 0 && wrong_here == 0 && device.validation_messages() == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) { return example::run("ipc_producer", usage, argc, argv, produce); }
