// Channels: a pair in one process, and a listener with a child that connects.
#include <string.h>
#include <unistd.h>

#include "tests/c/check.h"

enum { BYTES = 16 * 16 * 4 };

static void test_pair(void) {
  geyser_channel* one = NULL;
  geyser_channel* other = NULL;
  geyser_manager* manager = NULL;
  geyser_texture* texture = NULL;
  geyser_texture* twin = NULL;
  geyser_texture_handle* handle = NULL;
  geyser_texture_handle* received = NULL;
  geyser_semaphore* semaphore = NULL;
  geyser_semaphore_handle* semaphore_handle = NULL;
  geyser_semaphore_handle* semaphore_received = NULL;
  const geyser_texture_descriptor descriptor = descriptor_2d(16, 16, GEYSER_FORMAT_RGBA8_UNORM);
  unsigned char sent[BYTES], seen[BYTES];
  size_t size = 0;
  uint32_t process = 0;
  if (!OK(geyser_channel_create_pair(&one, &other)) || !OK(geyser_host_manager_create(&manager))) return;
  OK(geyser_channel_peer(one, &process, NULL));
  CHECK(process == (uint32_t)getpid());
  OK(geyser_channel_send(one, "hello", 5, SECOND));
  FAILS(geyser_channel_receive(other, seen, 2, &size, SECOND), GEYSER_STATUS_LIMIT_EXCEEDED, "5 bytes");
  CHECK(size == 5);
  FAILS(geyser_channel_receive_texture(other, SECOND, &received), GEYSER_STATUS_INVALID_STATE, "5 bytes");
  OK(geyser_channel_receive(other, seen, sizeof(seen), &size, SECOND));
  CHECK(size == 5 && memcmp(seen, "hello", 5) == 0);
  OK(geyser_channel_send(one, NULL, 0, SECOND));
  OK(geyser_channel_receive(other, NULL, 0, &size, SECOND));
  CHECK(size == 0);
  FAILS(geyser_channel_receive(other, seen, sizeof(seen), &size, 1000000), GEYSER_STATUS_TIMED_OUT, "");
  FAILS(geyser_channel_send(one, NULL, 3, SECOND), GEYSER_STATUS_INVALID_ARGUMENT, "bytes is null");
  fill_random(sent, sizeof(sent), 21);
  OK(geyser_manager_create_texture(manager, &descriptor, NULL, &texture));
  OK(geyser_manager_upload(manager, texture, NULL, sent, sizeof(sent), NULL));
  OK(geyser_manager_export_texture(manager, texture, &handle));
  OK(geyser_channel_send_texture(one, handle, SECOND));
  OK(geyser_channel_receive_texture(other, SECOND, &received));
  if (received != NULL && OK(geyser_manager_import_texture(manager, received, &twin))) {
    memset(seen, 0xA5, sizeof(seen));
    OK(geyser_manager_read_back(manager, twin, NULL, seen, sizeof(seen), NULL));
    CHECK(memcmp(seen, sent, sizeof(seen)) == 0);
  }
  OK(geyser_manager_create_semaphore(manager, NULL, &semaphore));
  OK(geyser_manager_export_semaphore(manager, semaphore, 0, &semaphore_handle));
  OK(geyser_channel_send_semaphore(one, semaphore_handle, SECOND));
  OK(geyser_channel_receive_semaphore(other, SECOND, &semaphore_received));
  geyser_semaphore_handle_destroy(semaphore_received);
  geyser_semaphore_handle_destroy(semaphore_handle);
  geyser_semaphore_destroy(semaphore);
  geyser_texture_destroy(twin);
  geyser_texture_handle_destroy(handle);
  geyser_texture_destroy(texture);
  geyser_channel_destroy(one);
  FAILS(geyser_channel_receive(other, seen, sizeof(seen), &size, SECOND), GEYSER_STATUS_PEER_GONE, "");
  geyser_channel_destroy(other);
  geyser_manager_destroy(manager);
}

/// What is no socket is not adopted, and stays the caller's.
static void test_adopt(void) {
  geyser_channel* channel = NULL;
  geyser_channel* one = NULL;
  geyser_channel* other = NULL;
  geyser_os_handle lent = 0;
  int ends[2];
  size_t size = 0;
  char seen[8];
  if (pipe(ends) != 0) return;
  FAILS(geyser_channel_adopt(ends[0], &channel), GEYSER_STATUS_INVALID_ARGUMENT, "");
  CHECK(close(ends[0]) == 0);
  FAILS(geyser_channel_adopt(ends[0], &channel), GEYSER_STATUS_INVALID_ARGUMENT, "Bad file descriptor");  // closed
  CHECK(close(ends[1]) == 0);
  FAILS(geyser_channel_adopt(-3, &channel), GEYSER_STATUS_INVALID_ARGUMENT, "-3");
  OK(geyser_channel_create_pair(&one, &other));
  OK(geyser_channel_borrow(one, &lent));
  OK(geyser_channel_adopt(dup((int)lent), &channel));
  geyser_channel_destroy(one);
  OK(geyser_channel_send(channel, "on", 2, SECOND));
  OK(geyser_channel_receive(other, seen, sizeof(seen), &size, SECOND));
  CHECK(size == 2);
  geyser_channel_destroy(channel);
  geyser_channel_destroy(other);
}

static int connect_and_answer(void* name) {
  geyser_channel* channel = NULL;
  char seen[16];
  size_t size = 0;
  if (!OK(geyser_channel_connect(name, 5 * SECOND, NULL, &channel))) return 1;
  OK(geyser_channel_receive(channel, seen, sizeof(seen), &size, 5 * SECOND));
  OK(geyser_channel_send(channel, seen, size, 5 * SECOND));
  geyser_channel_destroy(channel);
  return failures() != 0;
}

static void test_listener(void) {
  char name[100];
  char seen[16];
  size_t size = 0;
  uint32_t process = 0;
  geyser_channel_listener* listener = NULL;
  geyser_channel_listener* second = NULL;
  geyser_channel* channel = NULL;
  strcpy(name, own_name("channel"));
  if (!OK(geyser_channel_listener_create(name, NULL, &listener))) return;
  FAILS(geyser_channel_listener_create(name, NULL, &second), GEYSER_STATUS_INVALID_STATE, "");
  FAILS(geyser_channel_listener_accept(listener, 1000000, &channel), GEYSER_STATUS_TIMED_OUT, "");
  const int child = start_child(connect_and_answer, name);
  if (OK(geyser_channel_listener_accept(listener, 5 * SECOND, &channel))) {
    OK(geyser_channel_peer(channel, &process, NULL));
    CHECK((int)process == child);
    OK(geyser_channel_send(channel, "ping", 4, SECOND));
    OK(geyser_channel_receive(channel, seen, sizeof(seen), &size, 5 * SECOND));
    CHECK(size == 4 && memcmp(seen, "ping", 4) == 0);
  }
  CHECK(join_child(child) == 0);
  geyser_channel_destroy(channel);
  geyser_channel_listener_destroy(listener);
  FAILS(geyser_channel_connect(name, 1000000, NULL, &channel), GEYSER_STATUS_NOT_FOUND, name);
}

void channel_suite(void) {
  const size_t before = open_descriptors();
  test_pair();
  test_adopt();
  test_listener();
  CHECK(open_descriptors() == before);
}
