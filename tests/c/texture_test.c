// Host memory: content, accesses, states, semaphores, pools, capabilities.
#include <stdlib.h>
#include <string.h>

#include "tests/c/check.h"

enum { WIDTH = 37, HEIGHT = 21, BYTES = WIDTH * HEIGHT * 4 };

static void test_content(geyser_manager* manager) {
  const geyser_texture_descriptor descriptor = descriptor_2d(WIDTH, HEIGHT, GEYSER_FORMAT_RGBA8_UNORM);
  static unsigned char sent[BYTES], seen[BYTES];
  geyser_texture* texture = NULL;
  geyser_texture_info info = GEYSER_INIT(geyser_texture_info);
  geyser_texture_descriptor said = GEYSER_INIT(geyser_texture_descriptor);
  fill_random(sent, sizeof(sent), 1);
  if (!OK(geyser_manager_create_texture(manager, &descriptor, NULL, &texture))) return;
  OK(geyser_texture_query(texture, &info));
  CHECK(info.memory_type == GEYSER_MEMORY_TYPE_SHARED_MEMORY && info.imported == 0 && info.allocated_bytes >= info.required_bytes);
  CHECK(info.required_bytes >= BYTES);
  OK(geyser_texture_descriptor_of(texture, &said));
  CHECK(said.extent.width == WIDTH && said.mip_levels == 1 && said.array_layers == 1 && said.format == GEYSER_FORMAT_RGBA8_UNORM);
  CHECK(said.color.transfer == GEYSER_TRANSFER_FUNCTION_SRGB && said.usage == 7 && said.label[0] == '\0');
  FAILS(geyser_manager_read_back(manager, texture, NULL, seen, sizeof(seen), NULL), GEYSER_STATUS_NOT_INITIALIZED, "");
  FAILS(geyser_manager_upload(manager, texture, NULL, sent, sizeof(sent) - 1, NULL), GEYSER_STATUS_INVALID_ARGUMENT, "");
  OK(geyser_manager_upload(manager, texture, NULL, sent, sizeof(sent), NULL));
  memset(seen, 0xA5, sizeof(seen));
  OK(geyser_manager_read_back(manager, texture, NULL, seen, sizeof(seen), NULL));
  CHECK(memcmp(seen, sent, sizeof(seen)) == 0);
  // A region, and the same bytes in the mapping.
  geyser_texture_region region = GEYSER_INIT(geyser_texture_region);
  region.offset.x = 5;
  region.offset.y = 7;
  region.extent.width = 3;
  region.extent.height = 2;
  unsigned char part[3 * 2 * 4];
  OK(geyser_manager_read_back(manager, texture, &region, part, sizeof(part), NULL));
  CHECK(memcmp(part, sent + (7 * WIDTH + 5) * 4, 12) == 0 && memcmp(part + 12, sent + (8 * WIDTH + 5) * 4, 12) == 0);
  geyser_mapped_region mapped = GEYSER_INIT(geyser_mapped_region);
  OK(geyser_host_map(texture, &region, &mapped));
  CHECK(mapped.total_bytes == sizeof(part) && mapped.rows == 2 && mapped.row_bytes == 12 && memcmp(mapped.data, part, 12) == 0);
  CHECK(memcmp((const unsigned char*)mapped.data + mapped.row_pitch, part + 12, 12) == 0);
  region.offset.x = WIDTH;
  FAILS(geyser_host_map(texture, &region, &mapped), GEYSER_STATUS_INVALID_ARGUMENT, "");
  geyser_texture_destroy(texture);
}

/// A hold keeps the memory when the texture is gone (AddressSanitizer sees it otherwise), and a hold of nothing is refused.
static void test_hold(geyser_manager* manager) {
  const geyser_texture_descriptor descriptor = descriptor_2d(4, 4, GEYSER_FORMAT_R8_UNORM);
  const unsigned char sent[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
  geyser_texture* texture = NULL;
  geyser_texture_hold* hold = NULL;
  geyser_texture_hold* another = NULL;
  geyser_mapped_region mapped = GEYSER_INIT(geyser_mapped_region);
  FAILS(geyser_texture_hold_create(NULL, &hold), GEYSER_STATUS_INVALID_ARGUMENT, "texture");
  CHECK(hold == NULL);
  if (!OK(geyser_manager_create_texture(manager, &descriptor, NULL, &texture))) return;
  OK(geyser_manager_upload(manager, texture, NULL, sent, sizeof(sent), NULL));
  OK(geyser_host_map(texture, NULL, &mapped));
  if (OK(geyser_texture_hold_create(texture, &hold)) && OK(geyser_texture_hold_create(texture, &another))) {
    geyser_texture_destroy(texture);
    geyser_texture_hold_destroy(another);
    CHECK(((const unsigned char*)mapped.data)[0] == 1 && ((const unsigned char*)mapped.data)[3] == 4);
  }
  geyser_texture_hold_destroy(hold);
  geyser_texture_hold_destroy(NULL);
}

static void test_access(geyser_manager* manager) {
  const geyser_texture_descriptor descriptor = descriptor_2d(4, 4, GEYSER_FORMAT_R8_UNORM);
  geyser_texture* texture = NULL;
  geyser_semaphore* semaphore = NULL;
  geyser_semaphore* again = NULL;
  geyser_access* write = NULL;
  geyser_access* read = NULL;
  geyser_access* other = NULL;
  geyser_texture_state* state = NULL;
  geyser_sync_point point = {NULL, 0};
  geyser_access_begin_info begun = GEYSER_INIT(geyser_access_begin_info);
  geyser_texture_state_info left = GEYSER_INIT(geyser_texture_state_info);
  geyser_bool equal = 0;
  if (!OK(geyser_manager_create_texture(manager, &descriptor, NULL, &texture))) return;
  if (!OK(geyser_manager_create_semaphore(manager, NULL, &semaphore))) return;
  OK(geyser_semaphore_clone(semaphore, &again));
  OK(geyser_semaphore_equal(semaphore, again, &equal));
  CHECK(equal == 1);
  FAILS(geyser_texture_begin_read(texture, NULL, &read), GEYSER_STATUS_NOT_INITIALIZED, "");
  CHECK(read == NULL);
  const geyser_sync_point promise = {semaphore, 5};
  geyser_access_info info = GEYSER_INIT(geyser_access_info);
  info.signal = &promise;
  OK(geyser_texture_begin_write(texture, &info, &write));
  FAILS(geyser_texture_begin_write(texture, NULL, &other), GEYSER_STATUS_ACCESS_CONFLICT, "");
  OK(geyser_access_query(write, &begun));
  CHECK(begun.mode == GEYSER_ACCESS_MODE_WRITE && begun.initialized == 0 && begun.wait_count == 0);
  OK(geyser_access_signal_point(write, &point));
  OK(geyser_semaphore_equal(point.semaphore, semaphore, &equal));
  CHECK(point.value == 5 && equal == 1);
  geyser_semaphore_destroy((geyser_semaphore*)point.semaphore);  // borrowed: nothing happens
  FAILS(geyser_access_end(write, 8, &state), GEYSER_STATUS_INVALID_ARGUMENT, "layout is 8");
  OK(geyser_access_end(write, GEYSER_LAYOUT_GENERAL, &state));
  OK(geyser_texture_state_query(state, &left));
  CHECK(left.initialized == 1 && left.layout == GEYSER_LAYOUT_GENERAL && left.point_count == 1);
  OK(geyser_texture_state_point(state, 0, &point));
  CHECK(point.value == 5);
  FAILS(geyser_texture_state_point(state, 1, &point), GEYSER_STATUS_INVALID_ARGUMENT, "index is 1");
  // A read waits for that point, and for one more.
  const geyser_sync_point more[] = {{again, 7}};
  geyser_access_info how = GEYSER_INIT(geyser_access_info);
  how.state = state;
  how.wait_for = more;
  how.wait_count = 1;
  OK(geyser_texture_begin_read(texture, &how, &read));
  OK(geyser_texture_begin_read(texture, &how, &other));  // shared
  OK(geyser_access_query(read, &begun));
  CHECK(begun.mode == GEYSER_ACCESS_MODE_READ && begun.initialized == 1 && begun.wait_count >= 1);
  OK(geyser_access_wait_point(read, begun.wait_count - 1, &point));
  CHECK(point.semaphore != NULL && (point.value == 7 || point.value == 5));
  FAILS(geyser_access_wait_point(read, begun.wait_count, &point), GEYSER_STATUS_INVALID_ARGUMENT, "points to wait for");
  FAILS(geyser_access_wait(read, 1000000), GEYSER_STATUS_TIMED_OUT, "");
  OK(geyser_semaphore_signal(semaphore, 7));
  OK(geyser_access_wait(read, SECOND));
  OK(geyser_access_signal_point(read, &point));
  CHECK(point.semaphore == NULL);
  OK(geyser_access_end(read, GEYSER_LAYOUT_UNDEFINED, NULL));
  geyser_texture_state_destroy(state);
  OK(geyser_texture_state_of(texture, &state));
  geyser_texture_state_destroy(state);
  OK(geyser_access_end(other, GEYSER_LAYOUT_UNDEFINED, NULL));
  // A state from its parts; a point without a semaphore is refused.
  left.layout = GEYSER_LAYOUT_SHADER_READ_ONLY;
  OK(geyser_texture_state_create(&left, more, 1, &state));
  geyser_texture_state_info made = GEYSER_INIT(geyser_texture_state_info);
  OK(geyser_texture_state_query(state, &made));
  CHECK(made.layout == GEYSER_LAYOUT_SHADER_READ_ONLY && made.point_count == 1);
  geyser_texture_state_destroy(state);
  const geyser_sync_point nothing = {NULL, 1};
  FAILS(geyser_texture_state_create(&left, &nothing, 1, &state), GEYSER_STATUS_INVALID_ARGUMENT, "points[0].semaphore is null");
  FAILS(geyser_texture_state_create(&left, NULL, 1, &state), GEYSER_STATUS_INVALID_ARGUMENT, "points is null");
  geyser_semaphore_destroy(again);
  geyser_semaphore_destroy(semaphore);
  geyser_texture_destroy(texture);
}

static void test_semaphores(geyser_manager* manager) {
  geyser_semaphore_options options = GEYSER_INIT(geyser_semaphore_options);
  geyser_semaphore* semaphore = NULL;
  geyser_semaphore* twin = NULL;
  geyser_semaphore_handle* handle = NULL;
  geyser_semaphore_info info = GEYSER_INIT(geyser_semaphore_info);
  geyser_semaphore_kind kind = 0;
  geyser_semaphore_type type = 0;
  uint64_t value = 0;
  options.initial_value = 3;
  options.label = "steps";
  if (!OK(geyser_manager_create_semaphore(manager, &options, &semaphore))) return;
  OK(geyser_semaphore_query(semaphore, &info));
  CHECK(info.kind == GEYSER_SEMAPHORE_KIND_HOST_TIMELINE);
  OK(geyser_manager_export_semaphore(manager, semaphore, GEYSER_SEMAPHORE_TYPE_NONE, &handle));
  OK(geyser_semaphore_handle_query(handle, &kind, &type));
  CHECK(kind == GEYSER_SEMAPHORE_KIND_HOST_TIMELINE && type == GEYSER_SEMAPHORE_TYPE_HOST_PAGE);
  OK(geyser_semaphore_handle_validate(handle));
  if (OK(geyser_manager_import_semaphore(manager, handle, &twin))) {
    OK(geyser_semaphore_value(twin, &value));
    CHECK(value == 3);
    OK(geyser_semaphore_signal(twin, 9));
    OK(geyser_semaphore_wait(semaphore, 9, SECOND));
    FAILS(geyser_semaphore_signal(semaphore, 9), GEYSER_STATUS_INVALID_ARGUMENT, "9");
    FAILS(geyser_semaphore_wait(semaphore, 10, 1000000), GEYSER_STATUS_TIMED_OUT, "9");
    FAILS(geyser_semaphore_wait(semaphore, 10, -5), GEYSER_STATUS_TIMED_OUT, "9");
  }
  options.kind = 77;
  geyser_semaphore* none = NULL;
  FAILS(geyser_manager_create_semaphore(manager, &options, &none), GEYSER_STATUS_INVALID_ARGUMENT, "options->kind is 77");
  options.kind = GEYSER_SEMAPHORE_KIND_BINARY;
  FAILS(geyser_manager_create_semaphore(manager, &options, &none), GEYSER_STATUS_UNSUPPORTED_FEATURE, "");
  geyser_semaphore_destroy(twin);
  geyser_semaphore_destroy(semaphore);
}

static void test_ready(geyser_manager* manager) {
  const geyser_texture_descriptor descriptor = descriptor_2d(8, 8, GEYSER_FORMAT_R8_UNORM);
  geyser_texture* texture = NULL;
  geyser_texture* twin = NULL;
  geyser_semaphore* ready = NULL;
  geyser_semaphore* attached = NULL;
  geyser_texture_handle* handle = NULL;
  uint64_t value = 0;
  unsigned char sent[64], seen[64];
  if (!OK(geyser_manager_create_texture(manager, &descriptor, NULL, &texture))) return;
  FAILS(geyser_manager_attached_semaphore(manager, texture, &attached), GEYSER_STATUS_NOT_FOUND, "no ready semaphore");
  FAILS(geyser_manager_signal_ready(manager, texture, &value), GEYSER_STATUS_INVALID_STATE, "");
  OK(geyser_manager_create_semaphore(manager, NULL, &ready));
  OK(geyser_manager_attach_semaphore(manager, texture, ready));
  OK(geyser_manager_attached_semaphore(manager, texture, &attached));
  geyser_semaphore_destroy(attached);
  geyser_semaphore_destroy(ready);
  OK(geyser_manager_export_texture(manager, texture, &handle));
  if (OK(geyser_manager_import_texture(manager, handle, &twin))) {
    FAILS(geyser_manager_wait_ready(manager, twin, 1000000, &value), GEYSER_STATUS_TIMED_OUT, "");
    fill_random(sent, sizeof(sent), 4);
    OK(geyser_manager_upload(manager, texture, NULL, sent, sizeof(sent), NULL));
    OK(geyser_manager_signal_ready(manager, texture, &value));
    CHECK(value == 1);
    value = 0;
    OK(geyser_manager_wait_ready(manager, twin, SECOND, &value));
    CHECK(value == 1);
    memset(seen, 0xA5, sizeof(seen));
    OK(geyser_manager_read_back(manager, twin, NULL, seen, sizeof(seen), NULL));
    CHECK(memcmp(seen, sent, sizeof(seen)) == 0);
  }
  geyser_texture_destroy(twin);
  geyser_texture_destroy(texture);
}

static void test_pool(geyser_manager* manager) {
  const geyser_texture_descriptor descriptor = descriptor_2d(8, 8, GEYSER_FORMAT_R8_UNORM);
  geyser_texture_pool* pool = NULL;
  geyser_texture* texture = NULL;
  geyser_bool reused = 7;
  uint32_t idle = 7;
  if (!OK(geyser_texture_pool_create(manager, 0, &pool))) return;
  OK(geyser_texture_pool_acquire(pool, &descriptor, &texture, &reused));
  CHECK(reused == 0);
  geyser_texture_destroy(texture);
  OK(geyser_texture_pool_idle(pool, &idle));
  CHECK(idle == 1);
  OK(geyser_texture_pool_acquire(pool, &descriptor, &texture, &reused));
  CHECK(reused == 1);
  OK(geyser_texture_pool_idle(pool, &idle));
  CHECK(idle == 0);
  geyser_texture_destroy(texture);
  OK(geyser_texture_pool_clear(pool));
  OK(geyser_texture_pool_acquire(pool, &descriptor, &texture, NULL));
  geyser_texture_pool_destroy(pool);
  unsigned char byte[64] = {1};
  OK(geyser_manager_upload(manager, texture, NULL, byte, sizeof(byte), NULL));  // a loan outlives its pool
  geyser_texture_destroy(texture);
}

static void test_capabilities(geyser_manager* manager) {
  uint32_t count = 0;
  int shared_memory = 0;
  const char* name = NULL;
  geyser_device_identity identity = GEYSER_INIT(geyser_device_identity);
  OK(geyser_manager_backend_name(manager, &name));
  CHECK(strcmp(name, "host") == 0);
  OK(geyser_manager_identity(manager, &identity));
  CHECK(identity.name[0] != '\0' && identity.has_pci == 0);
  OK(geyser_manager_memory_support_count(manager, &count));
  for (uint32_t i = 0; i < count; ++i) {
    geyser_memory_support support = GEYSER_INIT(geyser_memory_support);
    OK(geyser_manager_memory_support(manager, i, &support));
    shared_memory += support.type == GEYSER_MEMORY_TYPE_SHARED_MEMORY && support.can_export == 1 && support.can_import == 1;
    CHECK(support.why_not != NULL && (support.why_not[0] == '\0') == (support.can_export && support.can_import));
  }
  CHECK(shared_memory == 1);
  geyser_memory_support beyond = GEYSER_INIT(geyser_memory_support);
  FAILS(geyser_manager_memory_support(manager, count, &beyond), GEYSER_STATUS_INVALID_ARGUMENT, "index");
  OK(geyser_manager_semaphore_support_count(manager, &count));
  CHECK(count > 0);
  geyser_semaphore_support semaphore = GEYSER_INIT(geyser_semaphore_support);
  OK(geyser_manager_semaphore_support(manager, 0, &semaphore));
  CHECK(semaphore.kind == GEYSER_SEMAPHORE_KIND_HOST_TIMELINE && semaphore.can_export == 1);
  const geyser_texture_descriptor descriptor = descriptor_2d(64, 64, GEYSER_FORMAT_RGBA16_FLOAT);
  geyser_format_support_list* list = NULL;
  if (OK(geyser_manager_format_support(manager, &descriptor, &list))) {
    geyser_format_support support = GEYSER_INIT(geyser_format_support);
    OK(geyser_format_support_list_count(list, &count));
    CHECK(count > 0);
    OK(geyser_format_support_list_at(list, 0, &support));
    CHECK(support.type == GEYSER_MEMORY_TYPE_SHARED_MEMORY && support.can_import == 1 && support.max_extent.width >= 64);
    geyser_format_support_list_destroy(list);
  }
  geyser_negotiation* negotiation = NULL;
  if (OK(geyser_negotiate(manager, manager, &negotiation))) {
    geyser_negotiation_info info = GEYSER_INIT(geyser_negotiation_info);
    const char* reason = NULL;
    OK(geyser_negotiation_query(negotiation, &info));
    CHECK(info.memory == GEYSER_MEMORY_TYPE_SHARED_MEMORY && info.semaphore_type == GEYSER_SEMAPHORE_TYPE_HOST_PAGE);
    FAILS(geyser_negotiation_rejected(negotiation, info.rejected_count, &reason), GEYSER_STATUS_INVALID_ARGUMENT, "rejected rungs");
    geyser_negotiation_destroy(negotiation);
  }
  size_t length = 0;
  OK(geyser_explain(manager, manager, NULL, 0, &length));
  char* text = malloc(length + 1);
  OK(geyser_explain(manager, manager, text, length + 1, NULL));
  CHECK(strlen(text) == length && strstr(text, "shared_memory") != NULL);
  free(text);
}

void texture_suite(void) {
  const size_t before = open_descriptors();
  geyser_manager* manager = NULL;
  if (!OK(geyser_host_manager_create(&manager))) return;
  test_content(manager);
  test_hold(manager);
  test_access(manager);
  test_semaphores(manager);
  test_ready(manager);
  test_pool(manager);
  test_capabilities(manager);
  geyser_manager_destroy(manager);
  CHECK(open_descriptors() == before);
}
