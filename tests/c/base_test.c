// Version, errors, log, formats.
#include <string.h>

#include "tests/c/check.h"

void null_suite(void) {
  const size_t before = open_descriptors();
  CHECK(refuse_nulls() > 300);
  CHECK(open_descriptors() == before);
}

static void test_versions(void) {
  CHECK(geyser_abi_version() == GEYSER_ABI_VERSION);
  CHECK(strchr(geyser_version(), '.') != NULL);
  CHECK(strcmp(geyser_status_name(GEYSER_STATUS_OK), "ok") == 0);
  CHECK(strcmp(geyser_status_name(GEYSER_STATUS_INTERNAL), "internal") == 0);
  CHECK(strcmp(geyser_status_name(GEYSER_STATUS_INTERNAL + 1), "unknown") == 0);
  CHECK(strcmp(geyser_status_name(-1), "unknown") == 0);
  CHECK(strcmp(geyser_status_name(65536 + 1), "unknown") == 0);
}

static void test_errors(void) {
  geyser_format format = 77;
  geyser_error* copy = NULL;
  geyser_error_info info = GEYSER_INIT(geyser_error_info);
  const char* step = NULL;
  char text[400];
  size_t length = 0;
  CHECK(geyser_last_error() == NULL);
  CHECK(strcmp(geyser_last_error_message(), "") == 0);
  FAILS(geyser_format_from_name("no such format", &format), GEYSER_STATUS_NOT_FOUND, "no such format");
  CHECK(format == 77);
  if (!OK(geyser_error_clone(geyser_last_error(), &copy))) return;
  FAILS(geyser_set_log_level(99), GEYSER_STATUS_INVALID_ARGUMENT, "99");
  // The copy is what it was; the last error is another one.
  OK(geyser_error_query(copy, &info));
  CHECK(info.code == GEYSER_STATUS_NOT_FOUND && info.domain == GEYSER_ERROR_DOMAIN_NONE && info.native_code == 0);
  CHECK(strstr(info.message, "no such format") != NULL);
  FAILS(geyser_error_trail(copy, info.trail_count, &step), GEYSER_STATUS_INVALID_ARGUMENT, "index");
  OK(geyser_error_describe(copy, text, sizeof(text), &length));
  CHECK(strlen(text) == length && strstr(text, "[not_found]") != NULL);
  // A buffer that is too small holds the beginning, and says how long it is.
  size_t full = 0;
  memset(text, 'x', sizeof(text));
  OK(geyser_error_describe(copy, text, 8, &full));
  CHECK(full == length && strlen(text) == 7 && text[8] == 'x');
  OK(geyser_error_describe(copy, NULL, 0, &full));
  CHECK(full == length);
  FAILS(geyser_error_describe(copy, NULL, 8, NULL), GEYSER_STATUS_INVALID_ARGUMENT, "buffer is null");
  geyser_error_destroy(copy);
  geyser_error_destroy((geyser_error*)geyser_last_error());  // borrowed: nothing happens
  CHECK(strstr(geyser_last_error_message(), "buffer is null") != NULL);
  CHECK(strcmp(geyser_error_domain_name(GEYSER_ERROR_DOMAIN_CUDA), "cuda") == 0);
}

/// An error of the operating system keeps errno and where it came from.
static void test_trail(void) {
  geyser_device_identity nobody = GEYSER_INIT(geyser_device_identity);
  geyser_semaphore_handle* handle = NULL;
  geyser_error_info info = GEYSER_INIT(geyser_error_info);
  geyser_manager* manager = NULL;
  geyser_texture* texture = NULL;
  geyser_texture_handle* exported = NULL;
  geyser_os_handle taken = GEYSER_NO_OS_HANDLE;
  CHECK(geyser_semaphore_handle_create(GEYSER_SEMAPHORE_KIND_HOST_TIMELINE, GEYSER_SEMAPHORE_TYPE_HOST_PAGE, &nobody, 1000, &handle) ==
        GEYSER_STATUS_INVALID_ARGUMENT);
  OK(geyser_error_query(geyser_last_error(), &info));
  CHECK(info.code == GEYSER_STATUS_INVALID_ARGUMENT && info.domain == GEYSER_ERROR_DOMAIN_POSIX && info.native_code == 9);
  // The trail of an import says which texture it was.
  geyser_texture_descriptor descriptor = descriptor_2d(4, 4, GEYSER_FORMAT_R8_UNORM);
  descriptor.label = "camera";
  if (OK(geyser_host_manager_create(&manager)) && OK(geyser_manager_create_texture(manager, &descriptor, NULL, &texture)) &&
      OK(geyser_manager_export_texture(manager, texture, &exported))) {
    OK(geyser_texture_handle_take(exported, 0, &taken));
    OK(geyser_texture_handle_give(exported, 0, taken));
    geyser_texture* twin = NULL;
    geyser_texture_handle_info about = GEYSER_INIT(geyser_texture_handle_info);
    OK(geyser_texture_handle_query(exported, &about));
    OK(geyser_texture_handle_take(exported, 0, &taken));
    geyser_texture_handle* broken = NULL;
    geyser_device_identity exporter = GEYSER_INIT(geyser_device_identity);
    geyser_texture_descriptor said = GEYSER_INIT(geyser_texture_descriptor);
    OK(geyser_texture_handle_exporter(exported, &exporter));
    OK(geyser_texture_handle_descriptor(exported, &said));
    said.extent.width = 4096;
    OK(geyser_texture_handle_create(&about, &said, &exporter, &broken));
    OK(geyser_texture_handle_give(broken, 0, taken));
    CHECK(geyser_manager_import_texture(manager, broken, &twin) == GEYSER_STATUS_PROTOCOL_ERROR);
    OK(geyser_error_query(geyser_last_error(), &info));
    for (uint32_t i = 0; i < info.trail_count; ++i) {
      const char* step = NULL;
      OK(geyser_error_trail(geyser_last_error(), i, &step));
      CHECK(step != NULL && strlen(step) > 3);
    }
    geyser_texture_handle_destroy(broken);
  }
  geyser_texture_handle_destroy(exported);
  geyser_texture_destroy(texture);
  geyser_manager_destroy(manager);
}

struct lines {
  unsigned count;
  geyser_log_level level;
  char last[3000];
};
static void remember(geyser_log_level level, const char* message, void* user) {
  struct lines* lines = user;
  ++lines->count;
  lines->level = level;
  strncpy(lines->last, message, sizeof(lines->last) - 1);
}

static void test_log(void) {
  static struct lines first, second;
  char all[2500];
  OK(geyser_set_log_callback(remember, &first));
  OK(geyser_set_log_level(GEYSER_LOG_INFO));
  OK(geyser_log(GEYSER_LOG_DEBUG, "not this"));
  OK(geyser_log(GEYSER_LOG_INFO, "but this"));
  CHECK(first.count == 1 && first.level == GEYSER_LOG_INFO && strcmp(first.last, "but this") == 0);
  OK(geyser_set_log_callback(remember, &second));
  memset(all, 'w', sizeof(all));
  all[sizeof(all) - 1] = '\0';
  OK(geyser_log(GEYSER_LOG_ERROR, all));  // longer than what needs no memory
  CHECK(first.count == 1 && second.count == 1 && strcmp(second.last, all) == 0);
  FAILS(geyser_log(GEYSER_LOG_OFF, "no such level"), GEYSER_STATUS_INVALID_ARGUMENT, "level is 4");
  OK(geyser_set_log_level(GEYSER_LOG_OFF));
  OK(geyser_set_log_callback(NULL, NULL));
  OK(geyser_log(GEYSER_LOG_ERROR, "nobody sees this"));
  CHECK(second.count == 1);
  OK(geyser_set_log_level(GEYSER_LOG_WARNING));
}

static void test_formats(void) {
  CHECK(geyser_format_count() == GEYSER_FORMAT_I420);
  for (geyser_format format = 1; format <= geyser_format_count(); ++format) {
    geyser_format_info info = GEYSER_INIT(geyser_format_info);
    geyser_format found = 0;
    OK(geyser_format_query(format, &info));
    CHECK(info.format == format && info.plane_count >= 1 && info.planes[0].block_bytes != 0 && info.block_width != 0);
    CHECK(strcmp(info.name, geyser_format_name(format)) == 0);
    OK(geyser_format_from_name(info.name, &found));
    CHECK(found == format);
    if (info.webgpu_name[0] != '\0') {
      OK(geyser_format_from_name(info.webgpu_name, &found));
      CHECK(found == format);
    }
  }
  geyser_format_info info = GEYSER_INIT(geyser_format_info);
  OK(geyser_format_query(GEYSER_FORMAT_BGRA8_SRGB, &info));
  CHECK(info.vulkan == 50 && info.srgb == 1 && info.srgb_twin == GEYSER_FORMAT_BGRA8_UNORM && info.planes[0].block_bytes == 4);
  FAILS(geyser_format_query(0, &info), GEYSER_STATUS_NOT_FOUND, "format number 0");
  FAILS(geyser_format_query(65536 + 1, &info), GEYSER_STATUS_NOT_FOUND, "65537");
  CHECK(strcmp(geyser_format_name(0), "undefined") == 0);
  CHECK(strcmp(geyser_format_name(65536 + 1), "unknown") == 0);
  CHECK(strcmp(geyser_dimension_name(GEYSER_DIMENSION_CUBE_ARRAY), "cube_array") == 0);
  CHECK(strcmp(geyser_dimension_name(256), "unknown") == 0);
  CHECK(strcmp(geyser_layout_name(GEYSER_LAYOUT_SHADER_READ_ONLY), "shader_read_only") == 0);
  CHECK(strcmp(geyser_memory_type_name(GEYSER_MEMORY_TYPE_METAL_TEXTURE), "metal_texture") == 0);
  CHECK(strcmp(geyser_semaphore_type_name(GEYSER_SEMAPHORE_TYPE_METAL_SHARED_EVENT), "metal_shared_event") == 0);
  CHECK(strcmp(geyser_semaphore_kind_name(GEYSER_SEMAPHORE_KIND_HOST_TIMELINE), "host_timeline") == 0);
  CHECK(strcmp(geyser_clock_name(GEYSER_CLOCK_MEDIA), "media") == 0);
  CHECK(strcmp(geyser_pacing_name(GEYSER_PACING_LOCKSTEP), "lockstep") == 0);
  CHECK(strcmp(geyser_transport_name(GEYSER_TRANSPORT_HOST_BRIDGE), "host_bridge") == 0);
  CHECK(strcmp(geyser_transport_name(GEYSER_TRANSPORT_PEER_COPY), "peer_copy") == 0);
  CHECK(strcmp(geyser_transport_name(GEYSER_TRANSPORT_HOST_COPY), "host_copy") == 0);
  CHECK(strcmp(geyser_subscriber_state_name(GEYSER_SUBSCRIBER_STATE_ENDED), "ended") == 0);
}

static void test_identities(void) {
  geyser_uuid uuid;
  geyser_pci_address pci;
  char text[40];
  size_t length = 0;
  OK(geyser_uuid_parse("0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0", &uuid));
  CHECK(uuid.bytes[0] == 0x0f && uuid.bytes[15] == 0xf0);
  OK(geyser_uuid_format(&uuid, text, sizeof(text), &length));
  CHECK(length == 36 && strcmp(text, "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0") == 0);
  FAILS(geyser_uuid_parse("0f1e", &uuid), GEYSER_STATUS_INVALID_ARGUMENT, "");
  OK(geyser_pci_address_parse("0000:c1:00.0", &pci));
  CHECK(pci.domain == 0 && pci.bus == 0xc1 && pci.device == 0 && pci.function == 0);
  OK(geyser_pci_address_format(&pci, text, sizeof(text), NULL));
  CHECK(strcmp(text, "0000:c1:00.0") == 0);
  geyser_device_identity one = GEYSER_INIT(geyser_device_identity);
  geyser_device_identity other = GEYSER_INIT(geyser_device_identity);
  one.device_uuid = other.device_uuid = uuid;
  OK(geyser_check_same_device(&one, &other));
  other.device_uuid.bytes[3] ^= 1;
  FAILS(geyser_check_same_device(&one, &other), GEYSER_STATUS_DEVICE_MISMATCH, "");
  memset(one.name, 'n', sizeof(one.name));  // no zero byte: read no further than the array
  FAILS(geyser_check_same_device(&one, &other), GEYSER_STATUS_DEVICE_MISMATCH, "");
  const geyser_modifier from[] = {{7, 2, 0}, {5, 1, 0}, {9, 1, 0}};
  const geyser_modifier to[] = {{9, 1, 0}, {7, 1, 0}, {5, 1, 0}};
  geyser_modifier common[1];
  uint32_t count = 0;
  OK(geyser_common_modifiers(from, 3, to, 3, common, 1, &count));
  CHECK(count == 2 && common[0].modifier == 5);
  FAILS(geyser_common_modifiers(NULL, 3, to, 3, common, 1, &count), GEYSER_STATUS_INVALID_ARGUMENT, "exporter is null");
}

void base_suite(void) {
  test_versions();
  test_errors();
  test_trail();
  test_log();
  test_formats();
  test_identities();
}
