// Handles that go wrong: closed descriptors, pipes, sizes that lie, another device. Nothing is leaked and nothing is closed twice.
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "tests/c/check.h"

static int is_open(geyser_os_handle handle) { return fcntl((int)handle, F_GETFD) >= 0; }

struct parts {
  geyser_texture_handle_info info;
  geyser_texture_descriptor descriptor;
  geyser_device_identity exporter;
  geyser_os_handle fd;
};

/// Takes a handle apart, as whoever sends it through a connection of his own does.
static int take_apart(geyser_manager* manager, geyser_texture* texture, struct parts* parts, geyser_texture_handle** empty) {
  parts->info = GEYSER_INIT(geyser_texture_handle_info);
  parts->descriptor = GEYSER_INIT(geyser_texture_descriptor);
  parts->exporter = GEYSER_INIT(geyser_device_identity);
  return OK(geyser_manager_export_texture(manager, texture, empty)) && OK(geyser_texture_handle_query(*empty, &parts->info)) &&
         OK(geyser_texture_handle_descriptor(*empty, &parts->descriptor)) && OK(geyser_texture_handle_exporter(*empty, &parts->exporter)) &&
         OK(geyser_texture_handle_take(*empty, 0, &parts->fd));
}

static void test_by_hand(geyser_manager* manager, geyser_texture* texture, const unsigned char* sent, size_t size) {
  struct parts parts;
  geyser_texture_handle* empty = NULL;
  geyser_texture_handle* made = NULL;
  geyser_texture* twin = NULL;
  geyser_os_handle lent = 0;
  unsigned char seen[256];
  if (!take_apart(manager, texture, &parts, &empty)) return;
  CHECK(parts.info.handle_count == 1 && parts.info.type == GEYSER_MEMORY_TYPE_SHARED_MEMORY && parts.info.initialized == 1);
  OK(geyser_texture_handle_borrow(empty, 0, &lent));
  CHECK(lent == GEYSER_NO_OS_HANDLE);
  CHECK(geyser_texture_handle_validate(empty) != GEYSER_STATUS_OK);  // nothing in it any more
  CHECK(geyser_manager_import_texture(manager, empty, &twin) != GEYSER_STATUS_OK && twin == NULL);
  OK(geyser_texture_handle_create(&parts.info, &parts.descriptor, &parts.exporter, &made));
  geyser_texture_handle_destroy(empty);  // the label of parts.descriptor lived in it
  OK(geyser_texture_handle_give(made, 0, parts.fd));
  OK(geyser_texture_handle_borrow(made, 0, &lent));
  CHECK(lent == parts.fd);
  OK(geyser_texture_handle_validate(made));
  if (OK(geyser_manager_import_texture(manager, made, &twin))) {
    geyser_texture_info info = GEYSER_INIT(geyser_texture_info);
    geyser_texture_handle* again = NULL;
    OK(geyser_texture_query(twin, &info));
    CHECK(info.imported == 1);
    memset(seen, 0xA5, size);
    OK(geyser_manager_read_back(manager, twin, NULL, seen, size, NULL));
    CHECK(memcmp(seen, sent, size) == 0);
    FAILS(geyser_manager_export_texture(manager, twin, &again), GEYSER_STATUS_UNSUPPORTED_HANDLE, "");
    geyser_texture_destroy(twin);
  }
}

static void test_bad(geyser_manager* manager, geyser_texture* texture) {
  struct parts parts;
  geyser_texture_handle* handle = NULL;
  geyser_texture* twin = NULL;
  int ends[2];
  if (!take_apart(manager, texture, &parts, &handle)) return;
  // A closed descriptor is refused when it is given; so are numbers that never were one, and a place that there is not.
  close((int)parts.fd);
  FAILS(geyser_texture_handle_give(handle, 0, parts.fd), GEYSER_STATUS_INVALID_ARGUMENT, "Bad file descriptor");
  FAILS(geyser_texture_handle_give(handle, 0, -7), GEYSER_STATUS_INVALID_ARGUMENT, "-7");
  FAILS(geyser_texture_handle_give(handle, 4, 0), GEYSER_STATUS_INVALID_ARGUMENT, "index is 4");
  CHECK(is_open(0));
  // A pipe in place of memory. It stays the handle's, and the handle the caller's.
  if (pipe(ends) != 0) return;
  OK(geyser_texture_handle_give(handle, 0, ends[0]));
  CHECK(geyser_manager_import_texture(manager, handle, &twin) != GEYSER_STATUS_OK && twin == NULL);
  CHECK(strlen(geyser_last_error_message()) > 20);
  CHECK(is_open(ends[0]));
  geyser_texture_handle_destroy(handle);
  CHECK(!is_open(ends[0]));
  close(ends[1]);
  // A descriptor that is closed behind the handle's back: import says so. Destroying must not close what took its number.
  if (!take_apart(manager, texture, &parts, &handle)) return;
  OK(geyser_texture_handle_give(handle, 0, parts.fd));
  close((int)parts.fd);
  CHECK(geyser_manager_import_texture(manager, handle, &twin) != GEYSER_STATUS_OK && twin == NULL);
  geyser_os_handle gone = 0;
  OK(geyser_texture_handle_take(handle, 0, &gone));
  CHECK(gone == parts.fd);
  geyser_texture_handle_destroy(handle);
}

/// Makes a handle with changed words around a real descriptor: the import refuses it and leaves the descriptor open.
static void refuse_changed(geyser_manager* manager, struct parts* parts, geyser_status wanted) {
  geyser_texture_handle* handle = NULL;
  geyser_texture* twin = NULL;
  geyser_os_handle back = 0;
  if (!OK(geyser_texture_handle_create(&parts->info, &parts->descriptor, &parts->exporter, &handle))) return;
  OK(geyser_texture_handle_give(handle, 0, parts->fd));
  const geyser_status status = geyser_manager_import_texture(manager, handle, &twin);
  CHECK(status == wanted && twin == NULL && is_open(parts->fd));
  if (status == GEYSER_STATUS_OK) return;  // the handle is gone
  OK(geyser_texture_handle_take(handle, 0, &back));
  CHECK(back == parts->fd);
  geyser_texture_handle_destroy(handle);
}

static void test_lies(geyser_manager* manager, geyser_texture* texture) {
  struct parts parts;
  geyser_texture_handle* handle = NULL;
  geyser_texture_handle* none = NULL;
  if (!take_apart(manager, texture, &parts, &handle)) return;
  const struct parts right = parts;
  parts.descriptor.extent.width *= 2;
  refuse_changed(manager, &parts, GEYSER_STATUS_PROTOCOL_ERROR);
  parts = right;
  parts.info.allocation_size = 16;
  refuse_changed(manager, &parts, GEYSER_STATUS_PROTOCOL_ERROR);
  parts = right;
  parts.info.allocation_size *= 1000;
  parts.info.required_size *= 1000;
  refuse_changed(manager, &parts, GEYSER_STATUS_PROTOCOL_ERROR);
  parts = right;
  parts.info.type = GEYSER_MEMORY_TYPE_OPAQUE_FD;
  refuse_changed(manager, &parts, GEYSER_STATUS_UNSUPPORTED_HANDLE);
  parts = right;
  parts.info.memory_plane_count = 5;
  FAILS(geyser_texture_handle_create(&parts.info, &parts.descriptor, &parts.exporter, &none), GEYSER_STATUS_INVALID_ARGUMENT, "is 5");
  parts = right;
  parts.info.type = 300;
  FAILS(geyser_texture_handle_create(&parts.info, &parts.descriptor, &parts.exporter, &none), GEYSER_STATUS_INVALID_ARGUMENT, "300");
  CHECK(none == NULL);
  close((int)right.fd);
  geyser_texture_handle_destroy(handle);
}

static void test_semaphores(geyser_manager* manager) {
  geyser_semaphore* semaphore = NULL;
  geyser_semaphore* twin = NULL;
  geyser_semaphore_handle* handle = NULL;
  geyser_semaphore_handle* made = NULL;
  geyser_device_identity exporter = GEYSER_INIT(geyser_device_identity);
  geyser_os_handle fd = GEYSER_NO_OS_HANDLE;
  geyser_os_handle lent = GEYSER_NO_OS_HANDLE;
  int ends[2];
  OK(geyser_manager_create_semaphore(manager, NULL, &semaphore));
  FAILS(geyser_manager_export_semaphore(manager, semaphore, 256 + 3, &handle), GEYSER_STATUS_INVALID_ARGUMENT, "259");
  if (!OK(geyser_manager_export_semaphore(manager, semaphore, 0, &handle))) return;
  OK(geyser_semaphore_handle_exporter(handle, &exporter));
  OK(geyser_semaphore_handle_borrow(handle, &lent));
  OK(geyser_semaphore_handle_take(handle, &fd));
  CHECK(fd == lent && fd != GEYSER_NO_OS_HANDLE);
  CHECK(geyser_manager_import_semaphore(manager, handle, &twin) != GEYSER_STATUS_OK);
  geyser_semaphore_handle_destroy(handle);
  OK(geyser_semaphore_handle_create(GEYSER_SEMAPHORE_KIND_HOST_TIMELINE, GEYSER_SEMAPHORE_TYPE_HOST_PAGE, &exporter, fd, &made));
  OK(geyser_manager_import_semaphore(manager, made, &twin));
  OK(geyser_semaphore_signal(twin, 2));
  OK(geyser_semaphore_wait(semaphore, 2, SECOND));
  geyser_semaphore_destroy(twin);
  if (pipe(ends) != 0) return;
  OK(geyser_semaphore_handle_create(GEYSER_SEMAPHORE_KIND_HOST_TIMELINE, GEYSER_SEMAPHORE_TYPE_HOST_PAGE, &exporter, ends[0], &made));
  CHECK(geyser_manager_import_semaphore(manager, made, &twin) != GEYSER_STATUS_OK);
  geyser_semaphore_handle_destroy(made);
  CHECK(!is_open(ends[0]));
  close(ends[1]);
  FAILS(geyser_semaphore_handle_create(GEYSER_SEMAPHORE_KIND_HOST_TIMELINE, GEYSER_SEMAPHORE_TYPE_HOST_PAGE, &exporter, GEYSER_NO_OS_HANDLE,
                                       &made),
        GEYSER_STATUS_INVALID_ARGUMENT, "OS handle");
  geyser_semaphore_destroy(semaphore);
}

/// A texture's handle hands its ready semaphore over and takes it back.
static void test_ready_semaphore(geyser_manager* manager, geyser_texture* texture) {
  geyser_texture_handle* handle = NULL;
  geyser_semaphore_handle* ready = NULL;
  geyser_semaphore_handle* none = NULL;
  geyser_semaphore* semaphore = NULL;
  geyser_texture_handle_info info = GEYSER_INIT(geyser_texture_handle_info);
  OK(geyser_manager_create_semaphore(manager, NULL, &semaphore));
  OK(geyser_manager_attach_semaphore(manager, texture, semaphore));
  geyser_semaphore_destroy(semaphore);
  if (!OK(geyser_manager_export_texture(manager, texture, &handle))) return;
  OK(geyser_texture_handle_take_ready_semaphore(handle, &ready));
  FAILS(geyser_texture_handle_take_ready_semaphore(handle, &none), GEYSER_STATUS_NOT_FOUND, "ready semaphore");
  OK(geyser_texture_handle_query(handle, &info));
  CHECK(info.has_ready_semaphore == 0);
  OK(geyser_texture_handle_give_ready_semaphore(handle, ready));
  OK(geyser_texture_handle_query(handle, &info));
  CHECK(info.has_ready_semaphore == 1);
  geyser_texture_handle_destroy(handle);
}

void handle_suite(void) {
  const geyser_texture_descriptor descriptor = descriptor_2d(8, 8, GEYSER_FORMAT_RGBA8_UNORM);
  unsigned char sent[256];
  geyser_manager* manager = NULL;
  geyser_texture* texture = NULL;
  const size_t before = open_descriptors();
  OK(geyser_set_log_level(GEYSER_LOG_OFF));  // what is provoked here is logged
  fill_random(sent, sizeof(sent), 9);
  if (!OK(geyser_host_manager_create(&manager)) || !OK(geyser_manager_create_texture(manager, &descriptor, NULL, &texture))) return;
  OK(geyser_manager_upload(manager, texture, NULL, sent, sizeof(sent), NULL));
  test_by_hand(manager, texture, sent, sizeof(sent));
  test_bad(manager, texture);
  test_lies(manager, texture);
  test_semaphores(manager);
  test_ready_semaphore(manager, texture);
  geyser_texture_destroy(texture);
  geyser_manager_destroy(manager);
  CHECK(open_descriptors() == before);
}
