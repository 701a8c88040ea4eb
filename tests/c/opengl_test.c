// OpenGL, as far as the machine has it: a picture from Vulkan, seen through OpenGL, and back.
#include <string.h>

#include "tests/c/check.h"

enum { WIDTH = 32, HEIGHT = 16, BYTES = WIDTH * HEIGHT * 4 };

void opengl_suite(void) {
  static unsigned char sent[BYTES], seen[BYTES];
  const geyser_texture_descriptor descriptor = descriptor_2d(WIDTH, HEIGHT, GEYSER_FORMAT_RGBA8_UNORM);
  geyser_opengl_context_options options = GEYSER_INIT(geyser_opengl_context_options);
  geyser_opengl_context* context = NULL;
  geyser_vulkan_device* device = NULL;
  geyser_vulkan_device_options same = GEYSER_INIT(geyser_vulkan_device_options);
  geyser_device_identity identity = GEYSER_INIT(geyser_device_identity);
  geyser_device_identity found = GEYSER_INIT(geyser_device_identity);
  geyser_manager* vulkan = NULL;
  geyser_manager* opengl = NULL;
  geyser_manager* none = NULL;
  geyser_texture* texture = NULL;
  geyser_texture* twin = NULL;
  geyser_texture_handle* handle = NULL;
  geyser_function function = NULL;
  if ((geyser_features() & (GEYSER_FEATURE_OPENGL | GEYSER_FEATURE_VULKAN)) != (GEYSER_FEATURE_OPENGL | GEYSER_FEATURE_VULKAN)) {
    skip("the library was built without OpenGL or Vulkan");
    return;
  }
  OK(geyser_set_log_level(GEYSER_LOG_OFF));
  // No context is current: a sentence, not a crash.
  CHECK(geyser_opengl_manager_create(NULL, &none) != GEYSER_STATUS_OK && none == NULL);
  CHECK(strlen(geyser_last_error_message()) > 10);
  const geyser_status made = geyser_opengl_context_create(&options, &context);
  if (made != GEYSER_STATUS_OK) {
    CHECK(made == GEYSER_STATUS_NOT_FOUND || made == GEYSER_STATUS_UNSUPPORTED_FEATURE);
    skip("no OpenGL context without a window is here");
    return;
  }
  OK(geyser_opengl_context_identity(context, &identity));
  OK(geyser_opengl_identify(NULL, &found));
  CHECK(memcmp(&identity.device_uuid, &found.device_uuid, sizeof(geyser_uuid)) == 0);
  OK(geyser_opengl_context_proc_address(context, "glGetString", &function));
  CHECK(function != NULL);
  same.has_uuid = 1;
  same.uuid = identity.device_uuid;
  if (geyser_vulkan_device_create(&same, &device) != GEYSER_STATUS_OK) {
    skip("no Vulkan device is the one of OpenGL");
    geyser_opengl_context_destroy(context);
    return;
  }
  OK(geyser_vulkan_device_create_manager(device, &vulkan));
  if (OK(geyser_opengl_context_create_manager(context, vulkan, &opengl))) {
    fill_random(sent, sizeof(sent), 51);
    OK(geyser_manager_create_texture(vulkan, &descriptor, NULL, &texture));
    OK(geyser_manager_upload(vulkan, texture, NULL, sent, sizeof(sent), NULL));
    OK(geyser_manager_export_texture(vulkan, texture, &handle));
    if (OK(geyser_manager_import_texture(opengl, handle, &twin))) {
      geyser_opengl_native_texture native = GEYSER_INIT(geyser_opengl_native_texture);
      geyser_access* access = NULL;
      OK(geyser_opengl_texture_native(twin, &native));
      CHECK(native.name != 0 && native.target == 0x0DE1 && native.internal_format == 0x8058);
      memset(seen, 0xA5, sizeof(seen));
      OK(geyser_manager_read_back(opengl, twin, NULL, seen, sizeof(seen), NULL));
      CHECK(memcmp(seen, sent, sizeof(seen)) == 0);
      OK(geyser_texture_begin_read(twin, NULL, &access));
      OK(geyser_opengl_acquire(access));
      OK(geyser_opengl_release(access, GEYSER_LAYOUT_UNDEFINED));
      OK(geyser_access_end(access, GEYSER_LAYOUT_UNDEFINED, NULL));
      FAILS(geyser_vulkan_texture_native(twin, &(geyser_vulkan_native_texture){.struct_size = sizeof(geyser_vulkan_native_texture)}),
            GEYSER_STATUS_DEVICE_MISMATCH, "");
      // Not current any more: refused by name.
      OK(geyser_opengl_context_release_current(context));
      FAILS(geyser_manager_read_back(opengl, twin, NULL, seen, sizeof(seen), NULL), GEYSER_STATUS_INVALID_STATE, "current");
      OK(geyser_opengl_context_make_current(context));
    }
  }
  geyser_texture_destroy(twin);
  geyser_texture_destroy(texture);
  geyser_manager_destroy(opengl);
  geyser_opengl_context_destroy(context);
  geyser_manager_destroy(vulkan);
  geyser_vulkan_device_destroy(device);
}
