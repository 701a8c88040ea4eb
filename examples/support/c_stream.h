// What c_publisher and c_subscriber have agreed on: a name, a picture that follows from a frame's number; and their options.
#ifndef GEYSER_EXAMPLES_C_STREAM_H
#define GEYSER_EXAMPLES_C_STREAM_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "geyser/geyser.h"

enum { picture_width = 320, picture_height = 180, picture_pixels = picture_width * picture_height };
static const int64_t one_second = 1000000000;

/// Every pixel of every frame is another number: a frame that is torn, old or shifted shows.
static inline uint32_t picture_pixel(uint64_t number, uint32_t index) {
  uint64_t mixed = (number << 32 | index) * UINT64_C(0x9E3779B97F4A7C15);
  mixed ^= mixed >> 29;
  return (uint32_t)(mixed * UINT64_C(0xBF58476D1CE4E5B9) >> 32);
}

struct example_options {
  const char* program;
  const char* name;
  uint64_t frames;
  int validate;
};

/// Ends the program with the library's sentence when a call failed.
static inline void must(const struct example_options* options, geyser_status status) {
  if (status == GEYSER_STATUS_OK) return;
  char text[1024];
  geyser_error_describe(geyser_last_error(), text, sizeof(text), NULL);
  fprintf(stderr, "%s: %s\n", options->program, text);
  exit(1);
}

/// A whole number above 0, or 0 when it is none.
static inline uint64_t whole_number(const char* text) {
  char* end = NULL;
  if (text[0] < '1' || text[0] > '9') return 0;
  const uint64_t number = strtoull(text, &end, 10);
  return *end == '\0' ? number : 0;
}

/// Reads the options; with_frames: the program has --frames.
static inline struct example_options read_options(const char* program, const char* usage, int argc, char** argv, int with_frames) {
  struct example_options options = {program, "geyser-c-example", 300, 0};
  for (int i = 1; i < argc; ++i) {
    const char* option = argv[i];
    const int has_value = i + 1 < argc;
    int right = 1;
    if (strcmp(option, "--help") == 0) {
      printf("%s\nExit codes: 0 all is right, 1 something is wrong or failed, 2 wrong usage.\n", usage);
      exit(0);
    } else if (strcmp(option, "--validate") == 0) {
      options.validate = 1;
    } else if (strcmp(option, "--name") == 0 && has_value) {
      options.name = argv[++i];
    } else if (with_frames && strcmp(option, "--frames") == 0 && has_value) {
      options.frames = whole_number(argv[++i]);
      right = options.frames != 0;
    } else {
      right = 0;
    }
    if (!right) {
      fprintf(stderr, "%s: \"%s\" is no option, or its value is missing or wrong.\n%s\n", program, option, usage);
      exit(2);
    }
  }
  return options;
}

/// A device of its own, and a manager on it.
static inline geyser_manager* open_device(const struct example_options* options, geyser_vulkan_device** device) {
  geyser_vulkan_device_options how = GEYSER_INIT(geyser_vulkan_device_options);
  geyser_device_identity identity = GEYSER_INIT(geyser_device_identity);
  geyser_manager* manager = NULL;
  how.application_name = options->program;
  how.validation = (geyser_bool)options->validate;
  must(options, geyser_vulkan_device_create(&how, device));
  must(options, geyser_vulkan_device_create_manager(*device, &manager));
  must(options, geyser_manager_identity(manager, &identity));
  printf("device: %s\n", identity.name);
  return manager;
}

/// Frees both, and says whether the validation layers were silent.
static inline int close_device(const struct example_options* options, geyser_vulkan_device* device, geyser_manager* manager) {
  uint64_t messages = 0;
  geyser_manager_destroy(manager);
  must(options, geyser_vulkan_device_validation_messages(device, &messages));
  if (options->validate) printf("validation messages: %llu\n", (unsigned long long)messages);
  geyser_vulkan_device_destroy(device);
  return messages == 0;
}

#endif
