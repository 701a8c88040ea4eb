// A stream in C: publishes numbered pictures and waits until the reader has seen them all.
//
//   c_publisher       in one terminal, then
//   c_subscriber      in another
#include "examples/support/c_stream.h"

static const char usage[] =
    "usage: c_publisher [--name NAME] [--frames N] [--validate]\n"
    "Publishes a stream of numbered pictures for c_subscriber.\n"
    "  --name NAME  what c_subscriber connects to; default: geyser-c-example\n"
    "  --frames N   how many pictures; default: 300\n"
    "  --validate   with the Khronos validation layers; one message is a failure";

int main(int argc, char** argv) {
  const struct example_options options = read_options("c_publisher", usage, argc, argv, 1);
  geyser_vulkan_device* device = NULL;
  geyser_manager* manager = open_device(&options, &device);

  // 1. A stream: its name, what every frame is, and that the publisher waits until all readers have released the frame before.
  geyser_texture_descriptor texture = GEYSER_INIT(geyser_texture_descriptor);
  texture.extent.width = picture_width;
  texture.extent.height = picture_height;
  texture.format = GEYSER_FORMAT_RGBA8_UNORM;
  geyser_publisher_options how = GEYSER_INIT(geyser_publisher_options);
  how.name = options.name;
  how.texture = &texture;
  how.pacing = GEYSER_PACING_LOCKSTEP;
  geyser_publisher* publisher = NULL;
  must(&options, geyser_publisher_create(manager, &how, &publisher));
  printf("listening as %s: start c_subscriber now\n", options.name);
  fflush(stdout);
  must(&options, geyser_publisher_wait_for_subscribers(publisher, 1, 60 * one_second));

  // 2. Frames. A program that draws with its own commands asks the frame for its texture and its access instead of uploading.
  static uint32_t pixels[picture_pixels];
  uint64_t number = 0;
  while (number < options.frames) {
    geyser_write_frame* frame = NULL;
    must(&options, geyser_publisher_begin_frame(publisher, 10 * one_second, &frame));
    must(&options, geyser_write_frame_number(frame, &number));
    for (uint32_t i = 0; i < picture_pixels; ++i) pixels[i] = picture_pixel(number, i);
    must(&options, geyser_write_frame_upload(frame, NULL, pixels, sizeof(pixels)));
    geyser_frame_metadata metadata = GEYSER_INIT(geyser_frame_metadata);
    metadata.user_data = number == options.frames ? "last" : "more";
    metadata.user_bytes = 4;
    must(&options, geyser_publisher_publish(publisher, frame, &metadata, NULL));
  }

  // 3. One frame more, which is never published: it begins when the last one was released.
  geyser_write_frame* unused = NULL;
  must(&options, geyser_publisher_begin_frame(publisher, 10 * one_second, &unused));
  geyser_write_frame_destroy(unused);
  printf("frames: %llu published, the last one was released\n", (unsigned long long)number);
  geyser_publisher_destroy(publisher);
  const int silent = close_device(&options, device, manager);
  return silent ? 0 : 1;
}
