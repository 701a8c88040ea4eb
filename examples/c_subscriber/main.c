// The other half of c_publisher: reads every frame of the stream and looks at every pixel.
#include "examples/support/c_stream.h"

static const char usage[] =
    "usage: c_subscriber [--name NAME] [--validate]\n"
    "Reads the stream of c_publisher, which must be running, and checks every pixel of every frame.\n"
    "  --name NAME  what c_publisher publishes as; default: geyser-c-example\n"
    "  --validate   with the Khronos validation layers; one message is a failure";

int main(int argc, char** argv) {
  const struct example_options options = read_options("c_subscriber", usage, argc, argv, 0);
  geyser_vulkan_device* device = NULL;
  geyser_manager* manager = open_device(&options, &device);

  // 1. Attach. Textures that this device cannot share come through host memory; the transport says which it is.
  geyser_subscriber* subscriber = NULL;
  geyser_subscriber_options how = GEYSER_INIT(geyser_subscriber_options);
  how.no_reconnect = 1;
  must(&options, geyser_subscriber_connect(manager, options.name, &how, &subscriber));
  geyser_subscriber_info info = GEYSER_INIT(geyser_subscriber_info);
  must(&options, geyser_subscriber_query(subscriber, &info));
  printf("transport: %s\n", geyser_transport_name(info.transport));

  // 2. Frames, in order. Nobody writes a frame's texture until it is released.
  static uint32_t pixels[picture_pixels];
  uint64_t wrong = 0;
  uint64_t frames = 0;
  int last = 0;
  while (!last) {
    geyser_read_frame* frame = NULL;
    geyser_frame_info about = GEYSER_INIT(geyser_frame_info);
    must(&options, geyser_subscriber_acquire(subscriber, 10 * one_second, &frame));
    must(&options, geyser_read_frame_query(frame, &about));
    memset(pixels, 0xA5, sizeof(pixels));
    must(&options, geyser_read_frame_read_back(frame, NULL, pixels, sizeof(pixels)));
    for (uint32_t i = 0; i < picture_pixels; ++i) wrong += pixels[i] != picture_pixel(about.number, i);
    ++frames;
    last = about.user_bytes == 4 && memcmp(about.user_data, "last", 4) == 0;
    must(&options, geyser_read_frame_release(frame));
  }
  must(&options, geyser_subscriber_query(subscriber, &info));
  printf("frames: %llu read, %llu skipped, %llu wrong pixels\n", (unsigned long long)frames, (unsigned long long)info.skipped,
         (unsigned long long)wrong);
  geyser_subscriber_destroy(subscriber);
  const int silent = close_device(&options, device, manager);
  return silent && wrong == 0 && info.skipped == 0 ? 0 : 1;
}
