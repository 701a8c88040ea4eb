// Every function of the C interface that needs streams, for a library without.
#include "c/support.hpp"

using geyser::c::absent;

namespace {

geyser_status no() noexcept { return absent("streams", "GEYSER_WITH_STREAMS"); }

}  // namespace

geyser_status geyser_channel_create_pair(geyser_channel**, geyser_channel**) GEYSER_NOEXCEPT { return no(); }
geyser_status geyser_channel_connect(const char*, int64_t, const char*, geyser_channel**) GEYSER_NOEXCEPT { return no(); }
geyser_status geyser_channel_adopt(geyser_os_handle, geyser_channel**) GEYSER_NOEXCEPT { return no(); }
void geyser_channel_destroy(geyser_channel*) GEYSER_NOEXCEPT {}
geyser_status geyser_channel_send_texture(geyser_channel*, const geyser_texture_handle*, int64_t) GEYSER_NOEXCEPT { return no(); }
geyser_status geyser_channel_send_semaphore(geyser_channel*, const geyser_semaphore_handle*, int64_t) GEYSER_NOEXCEPT { return no(); }
geyser_status geyser_channel_receive_texture(geyser_channel*, int64_t, geyser_texture_handle**) GEYSER_NOEXCEPT { return no(); }
geyser_status geyser_channel_receive_semaphore(geyser_channel*, int64_t, geyser_semaphore_handle**) GEYSER_NOEXCEPT { return no(); }
geyser_status geyser_channel_send(geyser_channel*, const void*, size_t, int64_t) GEYSER_NOEXCEPT { return no(); }
geyser_status geyser_channel_receive(geyser_channel*, void*, size_t, size_t*, int64_t) GEYSER_NOEXCEPT { return no(); }
geyser_status geyser_channel_peer(const geyser_channel*, uint32_t*, uint32_t*) GEYSER_NOEXCEPT { return no(); }
geyser_status geyser_channel_borrow(const geyser_channel*, geyser_os_handle*) GEYSER_NOEXCEPT { return no(); }
geyser_status geyser_channel_listener_create(const char*, const char*, geyser_channel_listener**) GEYSER_NOEXCEPT { return no(); }
void geyser_channel_listener_destroy(geyser_channel_listener*) GEYSER_NOEXCEPT {}
geyser_status geyser_channel_listener_accept(geyser_channel_listener*, int64_t, geyser_channel**) GEYSER_NOEXCEPT { return no(); }
geyser_status geyser_directory_default_path(char*, size_t, size_t*) GEYSER_NOEXCEPT { return no(); }
geyser_status geyser_directory_open(const char*, geyser_directory**) GEYSER_NOEXCEPT { return no(); }
void geyser_directory_destroy(geyser_directory*) GEYSER_NOEXCEPT {}
geyser_status geyser_directory_path(const geyser_directory*, const char**) GEYSER_NOEXCEPT { return no(); }
geyser_status geyser_directory_list(const geyser_directory*, geyser_stream_list**) GEYSER_NOEXCEPT { return no(); }
geyser_status geyser_directory_find(const geyser_directory*, const char*, geyser_stream_list**) GEYSER_NOEXCEPT { return no(); }
geyser_status geyser_directory_wait_for_change(geyser_directory*, int64_t, geyser_stream_list**) GEYSER_NOEXCEPT { return no(); }
geyser_status geyser_directory_status(const geyser_directory*, const char*, int64_t, geyser_stream_status**) GEYSER_NOEXCEPT {
  return no();
}
geyser_status geyser_device_of_stream(const char*, const char*, geyser_device_identity*) GEYSER_NOEXCEPT { return no(); }
geyser_status geyser_stream_list_count(const geyser_stream_list*, uint32_t*) GEYSER_NOEXCEPT { return no(); }
geyser_status geyser_stream_list_at(const geyser_stream_list*, uint32_t, geyser_stream_info*) GEYSER_NOEXCEPT { return no(); }
geyser_status geyser_stream_list_texture(const geyser_stream_list*, uint32_t, geyser_texture_descriptor*) GEYSER_NOEXCEPT { return no(); }
geyser_status geyser_stream_list_device(const geyser_stream_list*, uint32_t, geyser_device_identity*) GEYSER_NOEXCEPT { return no(); }
void geyser_stream_list_destroy(geyser_stream_list*) GEYSER_NOEXCEPT {}
geyser_status geyser_stream_status_query(const geyser_stream_status*, geyser_stream_status_info*) GEYSER_NOEXCEPT { return no(); }
geyser_status geyser_stream_status_stream(const geyser_stream_status*, const geyser_stream_list**) GEYSER_NOEXCEPT { return no(); }
geyser_status geyser_stream_status_reader(const geyser_stream_status*, uint32_t, geyser_reader_status*) GEYSER_NOEXCEPT { return no(); }
void geyser_stream_status_destroy(geyser_stream_status*) GEYSER_NOEXCEPT {}
geyser_status geyser_publisher_create(const geyser_manager*, const geyser_publisher_options*, geyser_publisher**) GEYSER_NOEXCEPT {
  return no();
}
void geyser_publisher_destroy(geyser_publisher*) GEYSER_NOEXCEPT {}
geyser_status geyser_publisher_begin_frame(geyser_publisher*, int64_t, geyser_write_frame**) GEYSER_NOEXCEPT { return no(); }
geyser_status geyser_publisher_publish(geyser_publisher*, geyser_write_frame*, const geyser_frame_metadata*, uint64_t*) GEYSER_NOEXCEPT {
  return no();
}
geyser_status geyser_publisher_reconfigure(geyser_publisher*, const geyser_texture_descriptor*) GEYSER_NOEXCEPT { return no(); }
geyser_status geyser_publisher_has_subscribers(const geyser_publisher*, geyser_bool*) GEYSER_NOEXCEPT { return no(); }
geyser_status geyser_publisher_wait_for_subscribers(const geyser_publisher*, uint32_t, int64_t) GEYSER_NOEXCEPT { return no(); }
geyser_status geyser_publisher_status(const geyser_publisher*, geyser_stream_status**) GEYSER_NOEXCEPT { return no(); }
geyser_status geyser_publisher_name(const geyser_publisher*, const char**) GEYSER_NOEXCEPT { return no(); }
geyser_status geyser_publisher_uuid(const geyser_publisher*, geyser_uuid*) GEYSER_NOEXCEPT { return no(); }
geyser_status geyser_publisher_descriptor(const geyser_publisher*, geyser_texture_descriptor*) GEYSER_NOEXCEPT { return no(); }
void geyser_write_frame_destroy(geyser_write_frame*) GEYSER_NOEXCEPT {}
geyser_status geyser_write_frame_texture(geyser_write_frame*, geyser_texture**) GEYSER_NOEXCEPT { return no(); }
geyser_status geyser_write_frame_access(geyser_write_frame*, geyser_access**) GEYSER_NOEXCEPT { return no(); }
geyser_status geyser_write_frame_number(const geyser_write_frame*, uint64_t*) GEYSER_NOEXCEPT { return no(); }
geyser_status geyser_write_frame_upload(geyser_write_frame*, const geyser_texture_region*, const void*, size_t) GEYSER_NOEXCEPT {
  return no();
}
geyser_status geyser_subscriber_connect(const geyser_manager*, const char*, const geyser_subscriber_options*,
                                        geyser_subscriber**) GEYSER_NOEXCEPT {
  return no();
}
void geyser_subscriber_destroy(geyser_subscriber*) GEYSER_NOEXCEPT {}
geyser_status geyser_subscriber_acquire(geyser_subscriber*, int64_t, geyser_read_frame**) GEYSER_NOEXCEPT { return no(); }
geyser_status geyser_subscriber_acquire_newest(geyser_subscriber*, int64_t, geyser_read_frame**) GEYSER_NOEXCEPT { return no(); }
geyser_status geyser_subscriber_query(const geyser_subscriber*, geyser_subscriber_info*) GEYSER_NOEXCEPT { return no(); }
geyser_status geyser_subscriber_why_not_zero_copy(const geyser_subscriber*, char*, size_t, size_t*) GEYSER_NOEXCEPT { return no(); }
geyser_status geyser_subscriber_stream(const geyser_subscriber*, geyser_stream_list**) GEYSER_NOEXCEPT { return no(); }
geyser_status geyser_read_frame_release(geyser_read_frame*) GEYSER_NOEXCEPT { return no(); }
void geyser_read_frame_destroy(geyser_read_frame*) GEYSER_NOEXCEPT {}
geyser_status geyser_read_frame_texture(geyser_read_frame*, geyser_texture**) GEYSER_NOEXCEPT { return no(); }
geyser_status geyser_read_frame_access(geyser_read_frame*, geyser_access**) GEYSER_NOEXCEPT { return no(); }
geyser_status geyser_read_frame_query(const geyser_read_frame*, geyser_frame_info*) GEYSER_NOEXCEPT { return no(); }
geyser_status geyser_read_frame_transport(const geyser_read_frame*, geyser_transport*) GEYSER_NOEXCEPT { return no(); }
geyser_status geyser_read_frame_export(const geyser_read_frame*, geyser_texture_handle**) GEYSER_NOEXCEPT { return no(); }
geyser_status geyser_read_frame_read_back(geyser_read_frame*, const geyser_texture_region*, void*, size_t) GEYSER_NOEXCEPT { return no(); }
