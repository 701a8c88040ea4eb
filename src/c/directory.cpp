#include "geyser/directory.hpp"

#include <chrono>

#include "c/stream.hpp"

using namespace geyser::c;
using geyser::Result;

struct geyser_directory {
  geyser::Directory directory;
};

geyser_stream_list* geyser::c::wrap(std::vector<StreamInfo>&& streams) { return new geyser_stream_list{std::move(streams)}; }
geyser_stream_status* geyser::c::wrap(StreamStatus&& status) {
  auto wrapped = std::make_unique<geyser_stream_status>(geyser_stream_status{std::move(status), {}});
  wrapped->stream.streams.push_back(wrapped->status.stream);
  return wrapped.release();
}
geyser_timestamp geyser::c::from_timestamp(const Timestamp& timestamp) noexcept {
  return {timestamp.nanoseconds, static_cast<geyser_clock>(timestamp.clock), 0};
}

geyser_status geyser_directory_default_path(char* buffer, size_t capacity, size_t* length) GEYSER_NOEXCEPT {
  return call(__func__, {}, [&]() -> Result<void> { return copy_text(geyser::Directory::default_path(), buffer, capacity, length); });
}
geyser_status geyser_directory_open(const char* path, geyser_directory** out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    GEYSER_TAKE(directory, geyser::Directory::open(or_empty(path)));
    *out = made<geyser_directory>(std::move(directory));
    return {};
  });
}
void geyser_directory_destroy(geyser_directory* directory) GEYSER_NOEXCEPT { delete directory; }
geyser_status geyser_directory_path(const geyser_directory* directory, const char** out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(directory), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    *out = directory->directory.path().c_str();
    return {};
  });
}
geyser_status geyser_directory_list(const geyser_directory* directory, geyser_stream_list** out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(directory), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    GEYSER_TAKE(streams, directory->directory.list());
    *out = wrap(std::move(streams));
    return {};
  });
}
geyser_status geyser_directory_find(const geyser_directory* directory, const char* name, geyser_stream_list** out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(directory), GEYSER_GIVEN(name), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    GEYSER_TAKE(stream, directory->directory.find(name));
    std::vector<geyser::StreamInfo> one;
    one.push_back(std::move(stream));
    *out = wrap(std::move(one));
    return {};
  });
}
geyser_status geyser_directory_wait_for_change(geyser_directory* directory, int64_t timeout, geyser_stream_list** out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(directory), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    GEYSER_TAKE(streams, directory->directory.wait_for_change(std::chrono::nanoseconds(bounded(timeout))));
    *out = wrap(std::move(streams));
    return {};
  });
}
geyser_status geyser_directory_status(const geyser_directory* directory, const char* name, int64_t timeout,
                                      geyser_stream_status** out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(directory), GEYSER_GIVEN(name), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    GEYSER_TAKE(status, directory->directory.status(name, std::chrono::nanoseconds(bounded(timeout))));
    *out = wrap(std::move(status));
    return {};
  });
}

geyser_status geyser_device_of_stream(const char* name, const char* directory, geyser_device_identity* out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(name), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    GEYSER_TAKE(identity, geyser::device_of_stream(name, std::string(or_empty(directory))));
    return write(out, from_identity(identity), "out");
  });
}

geyser_status geyser_stream_list_count(const geyser_stream_list* list, uint32_t* out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(list), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    *out = count_of(list->streams.size());
    return {};
  });
}
geyser_status geyser_stream_list_at(const geyser_stream_list* list, uint32_t index, geyser_stream_info* out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(list), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    GEYSER_CHECK(check_index(index, list->streams.size(), "streams"));
    const geyser::StreamInfo& from = list->streams[index];
    geyser_stream_info to{};
    to.process_id = from.process_id;
    to.name = from.name.c_str();
    to.application = from.application.c_str();
    to.backend = from.backend.c_str();
    to.uuid = from_uuid(from.uuid);
    to.generation = from.generation;
    to.pacing = static_cast<geyser_pacing>(from.pacing);
    to.ring = from.ring;
    return write(out, to, "out");
  });
}
geyser_status geyser_stream_list_texture(const geyser_stream_list* list, uint32_t index, geyser_texture_descriptor* out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(list), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    GEYSER_CHECK(check_index(index, list->streams.size(), "streams"));
    return write(out, from_descriptor(list->streams[index].texture), "out");
  });
}
geyser_status geyser_stream_list_device(const geyser_stream_list* list, uint32_t index, geyser_device_identity* out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(list), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    GEYSER_CHECK(check_index(index, list->streams.size(), "streams"));
    return write(out, from_identity(list->streams[index].device), "out");
  });
}
void geyser_stream_list_destroy(geyser_stream_list* list) GEYSER_NOEXCEPT { delete list; }

geyser_status geyser_stream_status_query(const geyser_stream_status* status, geyser_stream_status_info* out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(status), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    geyser_stream_status_info to{};
    to.textures = status->status.textures;
    to.frames = status->status.frames;
    to.last_publish = from_timestamp(status->status.last_publish);
    to.bytes = status->status.bytes;
    to.reader_count = count_of(status->status.readers.size());
    return write(out, to, "out");
  });
}
geyser_status geyser_stream_status_stream(const geyser_stream_status* status, const geyser_stream_list** out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(status), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    *out = &status->stream;
    return {};
  });
}
geyser_status geyser_stream_status_reader(const geyser_stream_status* status, uint32_t index, geyser_reader_status* out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(status), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    GEYSER_CHECK(check_index(index, status->status.readers.size(), "readers"));
    const geyser::ReaderStatus& from = status->status.readers[index];
    geyser_reader_status to{};
    to.process_id = from.process_id;
    to.application = from.application.c_str();
    to.why_not_zero_copy = from.why_not_zero_copy.c_str();
    to.transport = static_cast<geyser_transport>(from.transport);
    to.claims = from.claims;
    to.frames = from.frames;
    to.skipped = from.skipped;
    to.last_frame = from.last_frame;
    to.latency_p50 = from.latency_p50.count();
    to.latency_p99 = from.latency_p99.count();
    return write(out, to, "out");
  });
}
void geyser_stream_status_destroy(geyser_stream_status* status) GEYSER_NOEXCEPT { delete status; }
