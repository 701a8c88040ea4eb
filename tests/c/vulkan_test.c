// Vulkan without its header: two devices of one driver share a picture, and what belongs to another device is refused.
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/c/check.h"

enum { WIDTH = 64, HEIGHT = 48, BYTES = WIDTH * HEIGHT * 4 };

static void test_devices(uint32_t* count) {
  geyser_vulkan_device_list* list = NULL;
  const char* const* names = NULL;
  uint32_t extensions = 0;
  OK(geyser_vulkan_recommended_device_extensions(&names, &extensions));
  CHECK(extensions > 3);
  for (uint32_t i = 0; i < extensions; ++i) CHECK(strncmp(names[i], "VK_", 3) == 0);
  if (geyser_vulkan_enumerate_devices(NULL, &list) != GEYSER_STATUS_OK) {
    *count = 0;
    return;
  }
  OK(geyser_vulkan_device_list_count(list, count));
  for (uint32_t i = 0; i < *count; ++i) {
    geyser_vulkan_device_summary summary = GEYSER_INIT(geyser_vulkan_device_summary);
    geyser_device_identity identity = GEYSER_INIT(geyser_device_identity);
    OK(geyser_vulkan_device_list_at(list, i, &summary, &identity));
    CHECK(summary.index == i && summary.api_version >= (1u << 22) && identity.name[0] != '\0');
  }
  FAILS(geyser_vulkan_device_list_at(list, *count, NULL, NULL), GEYSER_STATUS_INVALID_ARGUMENT, "devices");
  geyser_vulkan_device_list_destroy(list);
}

static void test_share(void) {
  const geyser_texture_descriptor descriptor = descriptor_2d(WIDTH, HEIGHT, GEYSER_FORMAT_RGBA8_UNORM);
  static unsigned char sent[BYTES], seen[BYTES];
  geyser_vulkan_device* one = NULL;
  geyser_vulkan_device* other = NULL;
  geyser_manager* exporter = NULL;
  geyser_manager* importer = NULL;
  geyser_texture* texture = NULL;
  geyser_texture* twin = NULL;
  geyser_texture_handle* handle = NULL;
  geyser_semaphore* ready = NULL;
  geyser_device_identity identity = GEYSER_INIT(geyser_device_identity);
  geyser_vulkan_device_options options = GEYSER_INIT(geyser_vulkan_device_options);
  const char* name = NULL;
  if (!OK(geyser_vulkan_device_create(NULL, &one))) return;
  OK(geyser_vulkan_device_query(one, NULL, &identity));
  options.has_uuid = 1;
  options.uuid = identity.device_uuid;
  if (!OK(geyser_vulkan_device_create(&options, &other))) return;
  OK(geyser_vulkan_device_create_manager(one, &exporter));
  OK(geyser_vulkan_device_create_manager(other, &importer));
  geyser_vulkan_device_destroy(one);  // managers keep what they need
  OK(geyser_manager_backend_name(exporter, &name));
  CHECK(strcmp(name, "vulkan") == 0);
  OK(geyser_manager_create_texture(exporter, &descriptor, NULL, &texture));
  OK(geyser_manager_create_semaphore(exporter, NULL, &ready));
  OK(geyser_manager_attach_semaphore(exporter, texture, ready));
  fill_random(sent, sizeof(sent), 31);
  OK(geyser_manager_upload(exporter, texture, NULL, sent, sizeof(sent), NULL));
  OK(geyser_manager_signal_ready(exporter, texture, NULL));
  if (OK(geyser_manager_export_texture(exporter, texture, &handle)) && OK(geyser_manager_import_texture(importer, handle, &twin))) {
    geyser_vulkan_native_texture native = GEYSER_INIT(geyser_vulkan_native_texture);
    geyser_vulkan_view_info all = GEYSER_INIT(geyser_vulkan_view_info);
    uint64_t view = 0;
    uint64_t again = 0;
    OK(geyser_manager_wait_ready(importer, twin, 5 * SECOND, NULL));
    memset(seen, 0xA5, sizeof(seen));
    OK(geyser_manager_read_back(importer, twin, NULL, seen, sizeof(seen), NULL));
    CHECK(memcmp(seen, sent, sizeof(seen)) == 0);
    OK(geyser_vulkan_texture_native(twin, &native));
    CHECK(native.image != 0 && native.memory != 0 && native.format == 37 && native.memory_size >= BYTES && native.aspects == 1);
    OK(geyser_vulkan_texture_view(twin, NULL, &view));
    OK(geyser_vulkan_texture_view(twin, &all, &again));
    CHECK(view != 0 && view == again);
    all.base_mip_level = 7;
    FAILS(geyser_vulkan_texture_view(twin, &all, &again), GEYSER_STATUS_INVALID_ARGUMENT, "");
    // The other direction through the same memory.
    fill_random(sent, sizeof(sent), 32);
    OK(geyser_manager_upload(importer, twin, NULL, sent, sizeof(sent), NULL));
    geyser_texture_state_info written = GEYSER_INIT(geyser_texture_state_info);
    geyser_texture_state* state = NULL;
    written.initialized = 1;
    written.layout = GEYSER_LAYOUT_GENERAL;
    OK(geyser_texture_state_create(&written, NULL, 0, &state));
    geyser_access_info info = GEYSER_INIT(geyser_access_info);
    info.state = state;
    OK(geyser_manager_read_back(exporter, texture, NULL, seen, sizeof(seen), &info));
    CHECK(memcmp(seen, sent, sizeof(seen)) == 0);
    geyser_texture_state_destroy(state);
  }
  geyser_semaphore_destroy(ready);
  geyser_texture_destroy(twin);
  geyser_texture_destroy(texture);
  geyser_manager_destroy(exporter);
  geyser_manager_destroy(importer);
  geyser_vulkan_device_destroy(other);
}

static void test_refusals(void) {
  const geyser_texture_descriptor descriptor = descriptor_2d(WIDTH, HEIGHT, GEYSER_FORMAT_RGBA8_UNORM);
  geyser_vulkan_device* device = NULL;
  geyser_manager* vulkan = NULL;
  geyser_manager* host = NULL;
  geyser_manager* none = NULL;
  geyser_texture* texture = NULL;
  geyser_texture* twin = NULL;
  geyser_texture_handle* handle = NULL;
  geyser_texture_handle* made = NULL;
  geyser_negotiation* negotiation = NULL;
  geyser_vulkan_adopt_info adopt = GEYSER_INIT(geyser_vulkan_adopt_info);
  geyser_vulkan_device_options options = GEYSER_INIT(geyser_vulkan_device_options);
  geyser_vulkan_native_texture native = GEYSER_INIT(geyser_vulkan_native_texture);
  geyser_texture_handle_info info = GEYSER_INIT(geyser_texture_handle_info);
  geyser_device_identity exporter = GEYSER_INIT(geyser_device_identity);
  geyser_texture_descriptor said = GEYSER_INIT(geyser_texture_descriptor);
  geyser_os_handle fd = 0;
  int ends[2];
  FAILS(geyser_vulkan_manager_create(&adopt, &none), GEYSER_STATUS_INVALID_ARGUMENT, "");
  adopt.enabled_device_extension_count = 2;
  FAILS(geyser_vulkan_manager_create(&adopt, &none), GEYSER_STATUS_INVALID_ARGUMENT, "enabled_device_extensions is null");
  options.name = "no device is called like this";
  geyser_vulkan_device* missing = NULL;
  FAILS(geyser_vulkan_device_create(&options, &missing), GEYSER_STATUS_NOT_FOUND, "no device is called like this");
  if (!OK(geyser_vulkan_device_create(NULL, &device)) || !OK(geyser_vulkan_device_create_manager(device, &vulkan)) ||
      !OK(geyser_host_manager_create(&host))) {
    return;
  }
  OK(geyser_manager_create_texture(host, &descriptor, NULL, &texture));
  FAILS(geyser_vulkan_texture_native(texture, &native), GEYSER_STATUS_DEVICE_MISMATCH, "");
  FAILS(geyser_manager_export_texture(vulkan, texture, &handle), GEYSER_STATUS_DEVICE_MISMATCH, "");
  CHECK(geyser_negotiate(vulkan, host, &negotiation) != GEYSER_STATUS_OK && negotiation == NULL);
  geyser_texture_destroy(texture);
  // Another device's handle: refused before the driver sees it, and still whole.
  OK(geyser_manager_create_texture(vulkan, &descriptor, NULL, &texture));
  OK(geyser_manager_export_texture(vulkan, texture, &handle));
  OK(geyser_texture_handle_query(handle, &info));
  OK(geyser_texture_handle_descriptor(handle, &said));
  OK(geyser_texture_handle_exporter(handle, &exporter));
  exporter.device_uuid.bytes[0] ^= 0xFF;
  OK(geyser_texture_handle_create(&info, &said, &exporter, &made));
  OK(geyser_texture_handle_take(handle, 0, &fd));
  OK(geyser_texture_handle_give(made, 0, fd));
  FAILS(geyser_manager_import_texture(vulkan, made, &twin), GEYSER_STATUS_DEVICE_MISMATCH, "");
  geyser_texture_handle_destroy(made);
  CHECK(fcntl((int)fd, F_GETFD) == -1);  // closed with its handle
  // A pipe in place of memory.
  exporter.device_uuid.bytes[0] ^= 0xFF;
  if (pipe(ends) == 0) {
    OK(geyser_texture_handle_create(&info, &said, &exporter, &made));
    OK(geyser_texture_handle_give(made, 0, ends[0]));
    CHECK(geyser_manager_import_texture(vulkan, made, &twin) != GEYSER_STATUS_OK && twin == NULL);
    geyser_texture_handle_destroy(made);
    close(ends[1]);
  }
  geyser_texture_handle_destroy(handle);
  geyser_texture_destroy(texture);
  geyser_manager_destroy(host);
  geyser_manager_destroy(vulkan);
  geyser_vulkan_device_destroy(device);
}

/// A handle of `from` that `into`, another device, refuses: the caller's still, and neither device is the worse for it.
static void test_refused_by(geyser_manager* from, geyser_manager* into) {
  const geyser_texture_descriptor descriptor = descriptor_2d(WIDTH, HEIGHT, GEYSER_FORMAT_RGBA8_UNORM);
  geyser_texture* texture = NULL;
  geyser_texture* twin = NULL;
  geyser_texture_handle* handle = NULL;
  geyser_os_handle fd = 0;
  geyser_os_handle after = 0;
  if (!OK(geyser_manager_create_texture(from, &descriptor, NULL, &texture)) || !OK(geyser_manager_export_texture(from, texture, &handle)))
    return;
  OK(geyser_texture_handle_borrow(handle, 0, &fd));
  FAILS(geyser_manager_import_texture(into, handle, &twin), GEYSER_STATUS_DEVICE_MISMATCH, "UUID");
  CHECK(twin == NULL);
  OK(geyser_texture_handle_borrow(handle, 0, &after));
  CHECK(after == fd && fcntl((int)fd, F_GETFD) != -1);
  if (OK(geyser_manager_import_texture(from, handle, &twin))) geyser_texture_destroy(twin);
  geyser_texture_destroy(texture);
  texture = twin = NULL;
  handle = NULL;
  if (OK(geyser_manager_create_texture(into, &descriptor, NULL, &texture)) && OK(geyser_manager_export_texture(into, texture, &handle)) &&
      OK(geyser_manager_import_texture(into, handle, &twin))) {
    geyser_texture_destroy(twin);
  }
  geyser_texture_destroy(texture);
}

static void test_two_devices(uint32_t count) {
  geyser_manager* managers[2] = {NULL, NULL};
  geyser_device_identity identities[2];
  for (uint32_t i = 0; i < 2 && count >= 2; ++i) {
    geyser_vulkan_device_options options = GEYSER_INIT(geyser_vulkan_device_options);
    geyser_vulkan_device* device = NULL;
    identities[i] = GEYSER_INIT(geyser_device_identity);
    options.has_index = 1;
    options.index = i;
    if (!OK(geyser_vulkan_device_create(&options, &device))) continue;
    OK(geyser_vulkan_device_query(device, NULL, &identities[i]));
    OK(geyser_vulkan_device_create_manager(device, &managers[i]));
    geyser_vulkan_device_destroy(device);
  }
  if (managers[0] != NULL && managers[1] != NULL && geyser_check_same_device(&identities[0], &identities[1]) != GEYSER_STATUS_OK) {
    test_refused_by(managers[0], managers[1]);
    test_refused_by(managers[1], managers[0]);
  } else {
    printf("left out: one Vulkan device alone has nobody to refuse\n");
  }
  geyser_manager_destroy(managers[0]);
  geyser_manager_destroy(managers[1]);
}

/// By everything that a device is known by, and by a driver or a LUID that it is not.
static void test_selection(void) {
  geyser_vulkan_device* one = NULL;
  geyser_vulkan_device* other = NULL;
  geyser_device_identity identity = GEYSER_INIT(geyser_device_identity);
  geyser_device_identity same = GEYSER_INIT(geyser_device_identity);
  geyser_vulkan_device_options options = GEYSER_INIT(geyser_vulkan_device_options);
  if (!OK(geyser_vulkan_device_create(NULL, &one))) return;
  OK(geyser_vulkan_device_query(one, NULL, &identity));
  options.has_uuid = options.has_driver_uuid = 1;
  options.uuid = identity.device_uuid;
  options.driver_uuid = identity.driver_uuid;
  if (OK(geyser_vulkan_device_create(&options, &other))) {
    OK(geyser_vulkan_device_query(other, NULL, &same));
    OK(geyser_check_same_device(&identity, &same));
    geyser_vulkan_device_destroy(other);
    other = NULL;
  }
  options.driver_uuid.bytes[5] ^= 0xFF;
  FAILS(geyser_vulkan_device_create(&options, &other), GEYSER_STATUS_NOT_FOUND, "driver_uuid");
  options.has_driver_uuid = 0;
  options.has_luid = 1;
  memset(options.luid, 0xA5, sizeof(options.luid));
  FAILS(geyser_vulkan_device_create(&options, &other), GEYSER_STATUS_NOT_FOUND, "luid a5a5a5a5a5a5a5a5");
  geyser_vulkan_device_destroy(one);
}

void vulkan_suite(void) {
  uint32_t count = 0;
  if ((geyser_features() & GEYSER_FEATURE_VULKAN) == 0) {
    skip("the library was built without Vulkan");
    return;
  }
  OK(geyser_set_log_level(GEYSER_LOG_OFF));
  test_devices(&count);
  if (count == 0) {
    skip("no Vulkan device is here");
    return;
  }
  test_share();  // drivers open what they keep
  const size_t before = open_descriptors();
  test_share();
  test_refusals();
  test_two_devices(count);
  test_selection();
  CHECK(open_descriptors() == before);
}
