#include "reader.hpp"

#include <algorithm>

namespace geyser_node {

Failure failure_of(geyser_status status) { return {geyser_status_name(status), geyser_last_error_message()}; }

Frame::~Frame() {
  geyser_texture_handle_destroy(handle_);
  geyser_read_frame_destroy(frame_);
}

Reader::~Reader() {
  geyser_subscriber_destroy(subscriber_);
  geyser_manager_destroy(manager_);
  geyser_vulkan_device_destroy(device_);
}

std::shared_ptr<Reader> Reader::connect(const Options& options, Failure& failure) {
  std::shared_ptr<Reader> made(new Reader());
  const auto failed = [&failure](geyser_status status) {
    if (status != GEYSER_STATUS_OK) failure = failure_of(status);
    return status != GEYSER_STATUS_OK;
  };
  if (options.vulkan) {
    if (failed(geyser_vulkan_device_create(nullptr, &made->device_))) return nullptr;
    if (failed(geyser_vulkan_device_create_manager(made->device_, &made->manager_))) return nullptr;
  } else if (failed(geyser_host_manager_create(&made->manager_))) {
    return nullptr;
  }
  auto how = GEYSER_INIT(geyser_subscriber_options);
  how.max_held = options.max_held;
  how.connect_timeout = options.connect_timeout == 0 ? -1 : options.connect_timeout;
  how.keep_handles = 1;
  how.application = options.application.empty() ? nullptr : options.application.c_str();
  how.directory = options.directory.empty() ? nullptr : options.directory.c_str();
  if (failed(geyser_subscriber_connect(made->manager_, options.name.c_str(), &how, &made->subscriber_))) return nullptr;
  return made;
}

namespace {

/// One of the library's calls after the other, until one fails.
class Chain {
 public:
  explicit Chain(Failure& failure) : failure_(failure) {}
  [[nodiscard]] bool ok(geyser_status status) {
    if (status == GEYSER_STATUS_OK) return true;
    failure_ = failure_of(status);
    return false;
  }

 private:
  Failure& failure_;
};

// Planes follow each other in a file descriptor; each reaches to the next one's beginning.
void add_planes(Frame& frame, const geyser_texture_handle_info& info) {
  for (std::uint32_t i = 0; i < info.memory_plane_count && i < 4; ++i) {
    const geyser_memory_plane& plane = info.memory_planes[i];
    std::uint64_t end = info.allocation_size;
    for (std::uint32_t j = 0; j < info.memory_plane_count && j < 4; ++j) {
      const geyser_memory_plane& other = info.memory_planes[j];
      if (other.handle_index == plane.handle_index && other.offset > plane.offset) end = std::min(end, other.offset);
    }
    const std::int64_t fd = plane.handle_index < frame.handles.size() ? frame.handles[plane.handle_index] : -1;
    frame.planes.push_back({fd, plane.offset, plane.row_pitch, end > plane.offset ? end - plane.offset : 0});
  }
}

std::string memory_name(geyser_memory_type type) {
  switch (type) {
    case GEYSER_MEMORY_TYPE_OPAQUE_FD:
      return "opaque_fd";
    case GEYSER_MEMORY_TYPE_DMA_BUF:
      return "dma_buf";
    case GEYSER_MEMORY_TYPE_SHARED_MEMORY:
      return "shared_memory";
    case GEYSER_MEMORY_TYPE_OPAQUE_WIN32:
      return "opaque_win32";
    case GEYSER_MEMORY_TYPE_D3D11_TEXTURE:
      return "d3d11_texture";
    case GEYSER_MEMORY_TYPE_D3D12_RESOURCE:
      return "d3d12_resource";
    case GEYSER_MEMORY_TYPE_IO_SURFACE:
      return "io_surface";
    case GEYSER_MEMORY_TYPE_METAL_TEXTURE:
      return "metal_texture";
    default:
      return "none";
  }
}

}  // namespace

std::unique_ptr<Frame> Reader::acquire(std::int64_t timeout, Failure& failure) {
  Chain chain(failure);
  geyser_read_frame* read = nullptr;
  if (!chain.ok(geyser_subscriber_acquire(subscriber_, timeout, &read))) return nullptr;
  auto frame = std::make_unique<Frame>(read);
  geyser_access* access = nullptr;
  geyser_texture_handle* handle = nullptr;
  auto about = GEYSER_INIT(geyser_frame_info);
  auto info = GEYSER_INIT(geyser_texture_handle_info);
  auto descriptor = GEYSER_INIT(geyser_texture_descriptor);
  geyser_transport transport = 0;
  // Who takes the handle has no semaphore of ours: the writes are over before it is told of the frame.
  if (!chain.ok(geyser_read_frame_access(read, &access)) || !chain.ok(geyser_access_wait(access, timeout))) return nullptr;
  if (!chain.ok(geyser_read_frame_query(read, &about)) || !chain.ok(geyser_read_frame_transport(read, &transport))) return nullptr;
  if (!chain.ok(geyser_read_frame_export(read, &handle))) return nullptr;
  frame->handle_ = handle;
  if (!chain.ok(geyser_texture_handle_query(handle, &info)) || !chain.ok(geyser_texture_handle_descriptor(handle, &descriptor)))
    return nullptr;
  for (std::uint32_t i = 0; i < info.handle_count; ++i) {
    geyser_os_handle value = GEYSER_NO_OS_HANDLE;
    if (!chain.ok(geyser_texture_handle_borrow(handle, i, &value))) return nullptr;
    frame->handles.push_back(value);
  }
  frame->number = about.number;
  frame->generation = about.generation;
  frame->skipped = about.skipped;
  frame->published = about.published.nanoseconds / 1000;
  frame->timestamp = about.timestamp.nanoseconds / 1000;
  frame->width = descriptor.extent.width;
  frame->height = descriptor.extent.height;
  frame->format = geyser_format_name(descriptor.format);
  frame->memory = memory_name(info.type);
  frame->transport = transport == GEYSER_TRANSPORT_ZERO_COPY ? "zero_copy" : "host_bridge";
  frame->modifier = info.drm_modifier;
  frame->allocation = info.allocation_size;
  add_planes(*frame, info);
  return frame;
}

}  // namespace geyser_node
