// A stream from one process to another: content, metadata, pacing, resizing; and what is refused.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/c/check.h"

enum { WIDTH = 40, HEIGHT = 30, FRAMES = 20 };

static void picture(unsigned char* bytes, size_t size, uint64_t number) { fill_random(bytes, size, (uint32_t)number); }

/// The child: reads every frame, compares every byte.
static int read_stream(void* name) {
  static unsigned char wanted[2 * WIDTH * HEIGHT * 4], seen[2 * WIDTH * HEIGHT * 4];
  geyser_manager* manager = NULL;
  geyser_subscriber* subscriber = NULL;
  geyser_subscriber_options options = GEYSER_INIT(geyser_subscriber_options);
  geyser_subscriber_info info = GEYSER_INIT(geyser_subscriber_info);
  geyser_stream_list* announced = NULL;
  size_t length = 99;
  options.connect_timeout = 10 * SECOND;
  options.application = "reader in C";
  options.no_reconnect = 1;
  options.require_zero_copy = 1;
  options.keep_handles = 1;
  if (!OK(geyser_host_manager_create(&manager)) || !OK(geyser_subscriber_connect(manager, name, &options, &subscriber))) return 1;
  OK(geyser_subscriber_stream(subscriber, &announced));
  geyser_stream_info stream = GEYSER_INIT(geyser_stream_info);
  OK(geyser_stream_list_at(announced, 0, &stream));
  CHECK(strcmp(stream.name, name) == 0 && strcmp(stream.backend, "host") == 0 && stream.pacing == GEYSER_PACING_QUEUE);
  geyser_stream_list_destroy(announced);
  for (uint64_t number = 1; number <= 2 * FRAMES; ++number) {
    geyser_read_frame* frame = NULL;
    geyser_texture* texture = NULL;
    geyser_access* access = NULL;
    geyser_frame_info about = GEYSER_INIT(geyser_frame_info);
    geyser_transport transport = 0;
    geyser_texture_descriptor descriptor = GEYSER_INIT(geyser_texture_descriptor);
    if (!OK(geyser_subscriber_acquire(subscriber, 10 * SECOND, &frame))) break;
    OK(geyser_read_frame_query(frame, &about));
    CHECK(about.number == number && about.skipped == 0 && about.generation == (number > FRAMES ? 2u : 1u));
    CHECK(about.timestamp.clock == GEYSER_CLOCK_MEDIA && about.timestamp.nanoseconds == (int64_t)number * 1000);
    CHECK(about.published.clock == GEYSER_CLOCK_MONOTONIC && about.published.nanoseconds > 0);
    CHECK(about.user_bytes == sizeof(number) && memcmp(about.user_data, &number, sizeof(number)) == 0);
    CHECK(about.has_hdr == 1 && about.hdr.max_luminance == 1000.0f && about.hdr.primaries[2][1] == 0.06f);
    CHECK(about.color.transfer == GEYSER_TRANSFER_FUNCTION_PQ && about.color.primaries == GEYSER_COLOR_PRIMARIES_BT2020);
    CHECK(about.has_damage == 1 && about.damage.width == 3);
    OK(geyser_read_frame_transport(frame, &transport));
    CHECK(transport == GEYSER_TRANSPORT_ZERO_COPY);
    OK(geyser_read_frame_texture(frame, &texture));
    OK(geyser_texture_descriptor_of(texture, &descriptor));
    const size_t size = (size_t)descriptor.extent.width * descriptor.extent.height * 4;
    CHECK(descriptor.extent.width == (number > FRAMES ? 2 * WIDTH : WIDTH));
    picture(wanted, size, number);
    memset(seen, 0xA5, sizeof(seen));
    OK(geyser_read_frame_read_back(frame, NULL, seen, size));
    CHECK(memcmp(seen, wanted, size) == 0);
    // The mapping has the same bytes, and the access says to wait for nothing that is not reached.
    OK(geyser_read_frame_access(frame, &access));
    OK(geyser_access_wait(access, SECOND));
    geyser_mapped_region mapped = GEYSER_INIT(geyser_mapped_region);
    OK(geyser_host_map(texture, NULL, &mapped));
    CHECK(memcmp(mapped.data, wanted, mapped.row_bytes) == 0);
    // The handle that the texture came by is another one's to use: here a second manager's, which sees the same memory.
    geyser_texture_handle* handle = NULL;
    geyser_texture_handle_info what = GEYSER_INIT(geyser_texture_handle_info);
    geyser_manager* other = NULL;
    geyser_texture* again = NULL;
    OK(geyser_read_frame_export(frame, &handle));
    OK(geyser_texture_handle_query(handle, &what));
    CHECK(what.type == GEYSER_MEMORY_TYPE_SHARED_MEMORY && what.handle_count == 1 && what.initialized == 1);
    OK(geyser_host_manager_create(&other));
    if (OK(geyser_manager_import_texture(other, handle, &again))) {
      memset(seen, 0xA5, sizeof(seen));
      OK(geyser_manager_read_back(other, again, NULL, seen, size, NULL));
      CHECK(memcmp(seen, wanted, size) == 0);
    }
    geyser_texture_destroy(again);
    geyser_manager_destroy(other);
    FAILS(geyser_access_end(access, 0, NULL), GEYSER_STATUS_INVALID_STATE, "belongs to a frame");
    geyser_access_destroy(access);    // borrowed: nothing happens
    geyser_texture_destroy(texture);  // likewise
    OK(geyser_read_frame_release(frame));
  }
  OK(geyser_subscriber_query(subscriber, &info));
  CHECK(info.frames == 2 * FRAMES && info.skipped == 0 && info.attachments == 1 && info.generations == 2);
  CHECK(info.state == GEYSER_SUBSCRIBER_STATE_ATTACHED && info.transport == GEYSER_TRANSPORT_ZERO_COPY);
  OK(geyser_subscriber_why_not_zero_copy(subscriber, NULL, 0, &length));
  CHECK(length == 0);
  geyser_subscriber_destroy(subscriber);
  geyser_manager_destroy(manager);
  return failures() != 0;
}

static void publish_frames(geyser_publisher* publisher, uint64_t first, uint32_t width, uint32_t height) {
  unsigned char* bytes = malloc((size_t)width * height * 4);
  for (uint64_t number = first; number < first + FRAMES; ++number) {
    geyser_write_frame* frame = NULL;
    geyser_frame_metadata metadata = GEYSER_INIT(geyser_frame_metadata);
    const geyser_timestamp when = {(int64_t)number * 1000, GEYSER_CLOCK_MEDIA, 0};
    const geyser_rect damage = {1, 2, 3, 4};
    const geyser_color_info color = {GEYSER_COLOR_PRIMARIES_BT2020, GEYSER_TRANSFER_FUNCTION_PQ, 0, 0};
    geyser_hdr_metadata hdr;
    uint64_t expected = 0;
    uint64_t published = 0;
    memset(&hdr, 0, sizeof(hdr));
    hdr.max_luminance = 1000.0f;
    hdr.primaries[2][1] = 0.06f;
    metadata.timestamp = &when;
    metadata.damage = &damage;
    metadata.color = &color;
    metadata.hdr = &hdr;
    metadata.user_data = &number;
    metadata.user_bytes = sizeof(number);
    if (!OK(geyser_publisher_begin_frame(publisher, 10 * SECOND, &frame))) break;
    OK(geyser_write_frame_number(frame, &expected));
    CHECK(expected == number);
    picture(bytes, (size_t)width * height * 4, number);
    OK(geyser_write_frame_upload(frame, NULL, bytes, (size_t)width * height * 4));
    OK(geyser_publisher_publish(publisher, frame, &metadata, &published));
    CHECK(published == number);
  }
  free(bytes);
}

static void test_two_processes(void) {
  char name[100];
  geyser_manager* manager = NULL;
  geyser_publisher* publisher = NULL;
  geyser_directory* directory = NULL;
  geyser_stream_list* list = NULL;
  geyser_stream_status* status = NULL;
  const geyser_stream_list* lent = NULL;
  geyser_publisher_options options = GEYSER_INIT(geyser_publisher_options);
  geyser_texture_descriptor texture = descriptor_2d(WIDTH, HEIGHT, GEYSER_FORMAT_RGBA8_UNORM);
  geyser_stream_status_info counts = GEYSER_INIT(geyser_stream_status_info);
  geyser_reader_status reader = GEYSER_INIT(geyser_reader_status);
  geyser_stream_info info = GEYSER_INIT(geyser_stream_info);
  geyser_bool somebody = 7;
  const char* said = NULL;
  uint32_t count = 0;
  strcpy(name, own_name("stream"));
  const int child = start_child(read_stream, name);  // before there are threads
  options.name = name;
  options.texture = &texture;
  options.pacing = GEYSER_PACING_QUEUE;
  options.ring = 4;
  if (!OK(geyser_host_manager_create(&manager)) || !OK(geyser_publisher_create(manager, &options, &publisher))) return;
  OK(geyser_publisher_name(publisher, &said));
  CHECK(strcmp(said, name) == 0);
  OK(geyser_publisher_wait_for_subscribers(publisher, 1, 10 * SECOND));
  OK(geyser_publisher_has_subscribers(publisher, &somebody));
  CHECK(somebody == 1);
  FAILS(geyser_publisher_wait_for_subscribers(publisher, 2, 1000000), GEYSER_STATUS_TIMED_OUT, "1");
  publish_frames(publisher, 1, WIDTH, HEIGHT);
  texture.extent.width *= 2;
  OK(geyser_publisher_reconfigure(publisher, &texture));
  publish_frames(publisher, 1 + FRAMES, 2 * WIDTH, HEIGHT);
  OK(geyser_directory_open(NULL, &directory));
  OK(geyser_directory_find(directory, name, &list));
  OK(geyser_stream_list_count(list, &count));
  OK(geyser_stream_list_at(list, 0, &info));
  CHECK(count == 1 && info.process_id == (uint32_t)getpid() && info.ring == 4 && info.generation == 2);
  geyser_stream_list_destroy(list);
  geyser_device_identity device = GEYSER_INIT(geyser_device_identity);
  geyser_device_identity own = GEYSER_INIT(geyser_device_identity);
  OK(geyser_device_of_stream(name, NULL, &device));
  OK(geyser_manager_identity(manager, &own));
  CHECK(memcmp(&device.device_uuid, &own.device_uuid, sizeof(own.device_uuid)) == 0 && strcmp(device.name, own.name) == 0);
  FAILS(geyser_device_of_stream(name, "/proc/no/such/folder", &device), GEYSER_STATUS_OS_ERROR, "");
  OK(geyser_publisher_status(publisher, &status));
  OK(geyser_stream_status_query(status, &counts));
  CHECK(counts.frames == 2 * FRAMES && counts.reader_count <= 1 && counts.textures >= 4 && counts.bytes > 0);
  if (counts.reader_count == 1) {  // it may be done already
    OK(geyser_stream_status_reader(status, 0, &reader));
    CHECK(reader.process_id == (uint32_t)child && strcmp(reader.application, "reader in C") == 0);
  }
  FAILS(geyser_stream_status_reader(status, 1, &reader), GEYSER_STATUS_INVALID_ARGUMENT, "readers");
  OK(geyser_stream_status_stream(status, &lent));
  OK(geyser_stream_list_at(lent, 0, &info));
  CHECK(strcmp(info.name, name) == 0);
  geyser_stream_status_destroy(status);
  CHECK(join_child(child) == 0);
  geyser_publisher_destroy(publisher);
  FAILS(geyser_directory_find(directory, name, &list), GEYSER_STATUS_NOT_FOUND, name);
  geyser_device_identity nowhere = GEYSER_INIT(geyser_device_identity);
  FAILS(geyser_device_of_stream(name, NULL, &nowhere), GEYSER_STATUS_NOT_FOUND, name);
  FAILS(geyser_directory_status(directory, name, SECOND, &status), GEYSER_STATUS_NOT_FOUND, name);
  geyser_directory_destroy(directory);
  geyser_manager_destroy(manager);
}

static void test_refusals(void) {
  geyser_manager* manager = NULL;
  geyser_publisher* publisher = NULL;
  geyser_publisher* second = NULL;
  geyser_subscriber* subscriber = NULL;
  geyser_write_frame* frame = NULL;
  geyser_write_frame* another = NULL;
  geyser_texture* texture = NULL;
  geyser_access* access = NULL;
  geyser_read_frame* held = NULL;
  geyser_publisher_options options = GEYSER_INIT(geyser_publisher_options);
  geyser_subscriber_options how = GEYSER_INIT(geyser_subscriber_options);
  geyser_frame_metadata metadata = GEYSER_INIT(geyser_frame_metadata);
  geyser_timestamp now;
  geyser_uuid uuid;
  const geyser_texture_descriptor descriptor = descriptor_2d(8, 8, GEYSER_FORMAT_R8_UNORM);
  unsigned char bytes[64] = {0};
  uint64_t number = 0;
  if (!OK(geyser_host_manager_create(&manager))) return;
  FAILS(geyser_publisher_create(manager, &options, &publisher), GEYSER_STATUS_INVALID_ARGUMENT, "options->name is null");
  options.name = own_name("refusals");
  FAILS(geyser_publisher_create(manager, &options, &publisher), GEYSER_STATUS_INVALID_ARGUMENT, "options->texture is null");
  options.texture = &descriptor;
  options.ring = 1;
  FAILS(geyser_publisher_create(manager, &options, &publisher), GEYSER_STATUS_INVALID_ARGUMENT, "ring");
  options.ring = 0;
  options.memory_type = 9;
  FAILS(geyser_publisher_create(manager, &options, &publisher), GEYSER_STATUS_INVALID_ARGUMENT, "memory_type");
  options.memory_type = GEYSER_MEMORY_TYPE_DMA_BUF;
  FAILS(geyser_publisher_create(manager, &options, &publisher), GEYSER_STATUS_UNSUPPORTED_HANDLE, "dma_buf");
  options.memory_type = GEYSER_MEMORY_TYPE_SHARED_MEMORY;
  options.pacing = 4;
  FAILS(geyser_publisher_create(manager, &options, &publisher), GEYSER_STATUS_INVALID_ARGUMENT, "pacing is 4");
  options.pacing = 0;
  if (!OK(geyser_publisher_create(manager, &options, &publisher))) return;
  OK(geyser_publisher_uuid(publisher, &uuid));
  FAILS(geyser_publisher_create(manager, &options, &second), GEYSER_STATUS_INVALID_STATE, "");
  OK(geyser_publisher_begin_frame(publisher, SECOND, &frame));
  FAILS(geyser_publisher_begin_frame(publisher, SECOND, &another), GEYSER_STATUS_INVALID_STATE, "");
  OK(geyser_write_frame_texture(frame, &texture));
  OK(geyser_write_frame_access(frame, &access));
  // Too much metadata: the frame goes back unpublished, and what is left of it is good for nothing but being destroyed.
  metadata.user_data = bytes;
  metadata.user_bytes = GEYSER_MAX_USER_DATA_BYTES + 1;
  FAILS(geyser_publisher_publish(publisher, frame, &metadata, &number), GEYSER_STATUS_INVALID_ARGUMENT, "");
  FAILS(geyser_write_frame_upload(frame, NULL, bytes, sizeof(bytes)), GEYSER_STATUS_INVALID_STATE, "unpublished");
  FAILS(geyser_manager_upload(manager, texture, NULL, bytes, sizeof(bytes), NULL), GEYSER_STATUS_INVALID_STATE, "gone");
  FAILS(geyser_access_wait(access, SECOND), GEYSER_STATUS_INVALID_STATE, "over");
  FAILS(geyser_publisher_publish(publisher, frame, NULL, &number), GEYSER_STATUS_INVALID_STATE, "unpublished");
  geyser_write_frame_destroy(frame);
  OK(geyser_publisher_begin_frame(publisher, SECOND, &frame));
  OK(geyser_write_frame_upload(frame, NULL, bytes, sizeof(bytes)));
  OK(geyser_publisher_publish(publisher, frame, NULL, NULL));
  OK(geyser_publisher_begin_frame(publisher, SECOND, &frame));
  geyser_write_frame_destroy(frame);
  FAILS(geyser_subscriber_connect(manager, "no stream has this name", NULL, &subscriber), GEYSER_STATUS_NOT_FOUND,
        "no stream has this name");
  how.connect_timeout = -1;
  FAILS(geyser_subscriber_connect(manager, "no stream has this name", &how, &subscriber), GEYSER_STATUS_NOT_FOUND, "");
  how.connect_timeout = 0;
  how.max_held = 5;
  FAILS(geyser_subscriber_connect(manager, options.name, &how, &subscriber), GEYSER_STATUS_INVALID_ARGUMENT, "max_held");
  how.max_held = 1;
  if (OK(geyser_subscriber_connect(manager, options.name, &how, &subscriber))) {
    OK(geyser_subscriber_acquire(subscriber, SECOND, &held));
    geyser_read_frame* none = NULL;
    FAILS(geyser_subscriber_acquire_newest(subscriber, SECOND, &none), GEYSER_STATUS_LIMIT_EXCEEDED, "");
    geyser_subscriber_destroy(subscriber);
    geyser_texture_handle* handle = NULL;
    FAILS(geyser_read_frame_export(held, &handle), GEYSER_STATUS_INVALID_STATE, "keep_handles");
    OK(geyser_read_frame_read_back(held, NULL, bytes, sizeof(bytes)));  // a frame may outlive its subscriber
    geyser_read_frame_destroy(held);
  }
  FAILS(geyser_timestamp_now(GEYSER_CLOCK_MEDIA, &now), GEYSER_STATUS_INVALID_ARGUMENT, "media");
  OK(geyser_timestamp_now(GEYSER_CLOCK_REALTIME, &now));
  CHECK(now.nanoseconds > 0 && now.clock == GEYSER_CLOCK_REALTIME);
  geyser_publisher_destroy(publisher);
  geyser_manager_destroy(manager);
}

static void test_directory(void) {
  geyser_directory* directory = NULL;
  geyser_stream_list* list = NULL;
  char path[300];
  const char* said = NULL;
  size_t length = 0;
  OK(geyser_directory_default_path(path, sizeof(path), &length));
  CHECK(length == strlen(path));
  if (!OK(geyser_directory_open(path, &directory))) return;
  OK(geyser_directory_path(directory, &said));
  CHECK(strcmp(said, path) == 0);
  OK(geyser_directory_list(directory, &list));
  geyser_stream_list_destroy(list);
  OK(geyser_directory_wait_for_change(directory, 1000000, &list));
  geyser_stream_list_destroy(list);
  geyser_directory_destroy(directory);
  CHECK(geyser_directory_open("/proc/no/such/folder", &directory) != GEYSER_STATUS_OK);
}

void stream_suite(void) {
  const size_t before = open_descriptors();
  OK(geyser_set_log_level(GEYSER_LOG_OFF));
  test_two_processes();
  test_refusals();
  test_directory();
  CHECK(open_descriptors() == before);
}
