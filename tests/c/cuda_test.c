// CUDA, as far as the machine has it: linear memory of its own, seen by its own copies. Without a driver it says so.
#include <string.h>

#include "tests/c/check.h"

enum { WIDTH = 32, HEIGHT = 16, BYTES = WIDTH * HEIGHT * 4 };

void cuda_suite(void) {
  static unsigned char sent[BYTES], seen[BYTES];
  const geyser_texture_descriptor descriptor = descriptor_2d(WIDTH, HEIGHT, GEYSER_FORMAT_RGBA8_UNORM);
  geyser_cuda_device_list* list = NULL;
  geyser_create_options options = GEYSER_INIT(geyser_create_options);
  geyser_manager* manager = NULL;
  geyser_texture* texture = NULL;
  geyser_bool linear = 7;
  uint32_t count = 0;
  if ((geyser_features() & GEYSER_FEATURE_CUDA) == 0) {
    skip("the library was built without CUDA");
    return;
  }
  const geyser_status status = geyser_cuda_enumerate_devices(&list);
  if (status == GEYSER_STATUS_OK) OK(geyser_cuda_device_list_count(list, &count));
  if (count == 0) {
    geyser_cuda_device_list_destroy(list);
    CHECK(status == GEYSER_STATUS_OK || status == GEYSER_STATUS_NOT_FOUND);
    CHECK(geyser_cuda_manager_create(NULL, &manager) == GEYSER_STATUS_NOT_FOUND && manager == NULL);
    CHECK(strstr(geyser_last_error_message(), "uda") != NULL || strstr(geyser_last_error_message(), "CUDA") != NULL);
    skip("no CUDA device is here");
    return;
  }
  geyser_device_identity identity = GEYSER_INIT(geyser_device_identity);
  int32_t ordinal = -1;
  OK(geyser_cuda_device_list_at(list, 0, &ordinal, &identity));
  CHECK(ordinal == 0 && identity.name[0] != '\0');
  geyser_cuda_device_list_destroy(list);
  if (!OK(geyser_cuda_manager_create(NULL, &manager))) return;
  options.linear = 1;
  fill_random(sent, sizeof(sent), 61);
  if (OK(geyser_manager_create_texture(manager, &descriptor, &options, &texture))) {
    geyser_cuda_linear_memory memory = GEYSER_INIT(geyser_cuda_linear_memory);
    geyser_cuda_native_texture native = GEYSER_INIT(geyser_cuda_native_texture);
    OK(geyser_manager_upload(manager, texture, NULL, sent, sizeof(sent), NULL));
    memset(seen, 0xA5, sizeof(seen));
    OK(geyser_manager_read_back(manager, texture, NULL, seen, sizeof(seen), NULL));
    CHECK(memcmp(seen, sent, sizeof(seen)) == 0);
    OK(geyser_cuda_texture_is_linear(texture, &linear));
    CHECK(linear == 1);
    OK(geyser_cuda_texture_linear_memory(texture, 0, &memory));
    CHECK(memory.pointer != 0 && memory.row_pitch >= WIDTH * 4);
    FAILS(geyser_cuda_texture_native(texture, &native), GEYSER_STATUS_INVALID_STATE, "");
  }
  geyser_texture_destroy(texture);
  geyser_manager_destroy(manager);
}
