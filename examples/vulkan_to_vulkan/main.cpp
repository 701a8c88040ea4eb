// Two Vulkan devices, one texture. One device draws with its own command buffer, the other reads what was drawn, without a copy in between.
//
//   vulkan_to_vulkan [--validate]
//
// The devices are two VkDevices of two VkInstances, as two independent parts of a program (or two processes) would have them.
#include <cstdio>
#include <cstring>

#include "examples/support/arguments.hpp"
#include "examples/support/vulkan_commands.hpp"
#include "geyser/geyser.hpp"

namespace {

using example::must;
namespace gv = geyser::vulkan;

constexpr std::uint32_t width = 640;
constexpr std::uint32_t height = 480;
// Exact in 8 bits, so that the check may be exact too.
constexpr VkClearColorValue orange{.float32 = {1.0F, 128.0F / 255.0F, 0.0F, 1.0F}};
constexpr unsigned char orange_bytes[4] = {255, 128, 0, 255};

int run(bool validate) {
  // 1. Two devices. A program that has a VkDevice of its own passes it to create_manager(AdoptInfo) instead.
  const gv::Device producer_device = must(gv::Device::create({.validation = validate, .application_name = "producer"}));
  // Opaque handles pass between devices with the same UUIDs only: the second is the same GPU again.
  const gv::Device consumer_device = must(gv::Device::create(
      {.selector = {.uuid = producer_device.summary().identity.device_uuid}, .validation = validate, .application_name = "consumer"}));
  geyser::TextureShareManager producer = must(producer_device.create_manager());
  geyser::TextureShareManager consumer = must(consumer_device.create_manager());
  std::printf("device: %s\n", producer.identity().name.c_str());

  // 2. A texture that can leave its device, and a semaphore that says when it is drawn: the best kind that this driver can hand over.
  geyser::SharedTexture texture =
      must(producer.create_shareable_texture({.extent = {width, height}, .format = geyser::TextureFormat::rgba8_unorm, .label = "canvas"}));
  const geyser::SharedSemaphore drawn = must(producer.create_shared_semaphore());

  // 3. Handles own what travels (file descriptors here) and describe themselves. Between processes they would go through a socket.
  geyser::TextureHandle texture_handle = must(producer.export_texture(texture));
  geyser::SemaphoreHandle semaphore_handle = must(producer.export_semaphore(drawn));
  geyser::SharedTexture imported = must(consumer.import_texture(std::move(texture_handle)));
  const geyser::SharedSemaphore drawn_there = must(consumer.import_semaphore(std::move(semaphore_handle)));
  std::printf("memory: %s, semaphore: %s\n", std::string(to_string(texture.handle_type())).c_str(),
              std::string(to_string(drawn.kind())).c_str());

  // 4. The producer draws. The access says what to wait for and what to signal; the two record calls take the image over and give it away.
  const example::Gpu producer_gpu(producer_device.adopt_info());
  example::Commands draw(producer_gpu);
  geyser::TextureState state;
  {
    geyser::Access access = must(texture.begin_write({.signal = geyser::SyncPoint{drawn, 1}}));
    VkCommandBuffer commands = draw.begin();
    must(gv::record_acquire(access, commands, example::written_by_transfer));
    producer_gpu.cmd_clear_color_image(commands, must(gv::native(texture)).image, VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL, &orange, 1,
                                       &example::whole_image);
    must(gv::record_release(access, commands, example::written_by_transfer));

    gv::SubmitArrays arrays;
    geyser::Access* const accesses[] = {&access};
    must(gv::submit_arrays(accesses, VK_PIPELINE_STAGE_TRANSFER_BIT, arrays));
    draw.submit(arrays);  // the program's own vkQueueSubmit; nobody waits here
    state = must(std::move(access).end());
  }

  // 5. The state goes to the other side: initialized, layout, and the point to wait for, said with the other side's semaphore.
  state.points = {geyser::SyncPoint{drawn_there, 1}};

  // 6. The consumer's GPU waits for the producer's, reads, and hands the pixels to the CPU for the check.
  const example::Gpu consumer_gpu(consumer_device.adopt_info());
  example::Commands read(consumer_gpu);
  const example::MappedBuffer pixels(consumer_gpu, std::size_t{4} * width * height);
  {
    geyser::Access access = must(imported.begin_read({.state = state}));
    VkCommandBuffer commands = read.begin();
    must(gv::record_acquire(access, commands, example::read_by_transfer));
    const VkBufferImageCopy whole = example::box_copy(width, height);
    consumer_gpu.cmd_copy_image_to_buffer(commands, must(gv::native(imported)).image, VK_IMAGE_LAYOUT_TRANSFER_SRC_OPTIMAL, pixels.handle(),
                                          1, &whole);
    example::record_host_read(consumer_gpu, commands);
    must(gv::record_release(access, commands, example::read_by_transfer));

    gv::SubmitArrays arrays;
    geyser::Access* const accesses[] = {&access};
    must(gv::submit_arrays(accesses, VK_PIPELINE_STAGE_TRANSFER_BIT, arrays));
    read.submit(arrays);
    read.wait();
    must(std::move(access).end());
  }

  // 7. Every pixel.
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < pixels.bytes().size(); i += 4)
    wrong += std::memcmp(pixels.bytes().data() + i, orange_bytes, 4) != 0 ? 1U : 0U;
  std::printf("%zu of %u pixels are right\n", std::size_t{width} * height - wrong, width * height);
  const auto messages = producer_device.validation_messages() + consumer_device.validation_messages();
  if (validate) std::printf("validation messages: %llu\n", static_cast<unsigned long long>(messages));
  return wrong == 0 && messages == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  constexpr char usage[] =
      "usage: vulkan_to_vulkan [--validate]\n"
      "  --validate  with the Khronos validation layers; one message is a failure";
  return example::run("vulkan_to_vulkan", usage, argc, argv, [](example::Arguments& arguments) {
    const bool validate = arguments.flag("--validate");
    arguments.done();
    return run(validate);
  });
}
