// All that the backend asks of Apple's frameworks, and nothing more. Two things stand behind it: the metal_*.mm files (type-checked, never
// run) and the fake of tests/fake_metal, over which everything else in this folder runs on Linux (emulated).
// Objects are reference counted by shared_ptr; `native()` lends what an Objective-C program knows (id<MTLTexture>, IOSurfaceRef).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "geyser/os_handle.hpp"

namespace geyser::metal::api {

/// MTLTextureType.
enum class TextureType : std::uint32_t { d2 = 2, d2_array = 3, cube = 5, cube_array = 6, d3 = 7 };
/// MTLStorageMode. `managed` exists on macOS alone.
enum class StorageMode : std::uint32_t { shared = 0, managed = 1, device_private = 2 };
/// MTLTextureUsage, a bit set.
inline constexpr std::uint32_t usage_shader_read = 1, usage_shader_write = 2, usage_render_target = 4, usage_pixel_format_view = 16;

/// What an MTLTextureDescriptor says. A cube has array_length 1, a cube array one for each cube.
struct TextureShape {
  TextureType type = TextureType::d2;
  std::uint32_t pixel_format = 0;  ///< MTLPixelFormat
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::uint32_t depth = 1;
  std::uint32_t mip_levels = 1;
  std::uint32_t array_length = 1;
  std::uint32_t usage = 0;
  StorageMode storage = StorageMode::shared;
  friend constexpr bool operator==(const TextureShape&, const TextureShape&) = default;
};

inline constexpr std::size_t max_surface_planes = 3;
struct SurfacePlane {
  std::uint32_t width = 0;   ///< elements
  std::uint32_t height = 0;  ///< rows
  std::uint32_t bytes_per_element = 0;
  std::uint64_t bytes_per_row = 0;
  std::uint64_t offset = 0;  ///< bytes from the start of the surface
  friend constexpr bool operator==(const SurfacePlane&, const SurfacePlane&) = default;
};
/// What an IOSurface is. One that is not planar has plane_count 0 and is described by planes[0].
struct SurfaceShape {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::uint32_t pixel_format = 0;    ///< four characters (OSType); 0 when its maker did not say
  std::uint32_t element_width = 1;   ///< texels; more than 1 for packed 4:2:2 formats, which this library has none of
  std::uint32_t element_height = 1;  ///< texels
  std::uint32_t plane_count = 0;
  std::array<SurfacePlane, max_surface_planes> planes{};
  std::uint64_t allocation_size = 0;  ///< bytes
  friend constexpr bool operator==(const SurfaceShape&, const SurfaceShape&) = default;
};

/// Holds one reference to a native object. Threading: any thread.
void* retain(void* native) noexcept;
void release(void* native) noexcept;

class Surface {
 public:
  Surface() = default;
  Surface(const Surface&) = delete;
  Surface& operator=(const Surface&) = delete;
  virtual ~Surface() = default;
  [[nodiscard]] virtual void* native() const noexcept = 0;
  [[nodiscard]] virtual SurfaceShape shape() const = 0;
  /// IOSurfaceCreateMachPort: a new handle that other processes can look up. Errors: out_of_memory.
  [[nodiscard]] virtual Result<OsHandle> make_port() const = 0;
  /// IOSurfaceLock: makes the bytes the host's until unlock(), and waits for what has to be copied for that. Errors: os_error.
  [[nodiscard]] virtual Result<void> lock(bool for_writing) = 0;
  virtual void unlock(bool for_writing) noexcept = 0;
  /// The first byte of a plane. Valid usage: while locked.
  [[nodiscard]] virtual std::byte* bytes(std::uint32_t plane) const noexcept = 0;
};

class Texture {
 public:
  Texture() = default;
  Texture(const Texture&) = delete;
  Texture& operator=(const Texture&) = delete;
  virtual ~Texture() = default;
  [[nodiscard]] virtual void* native() const noexcept = 0;
  [[nodiscard]] virtual TextureShape shape() const = 0;
  [[nodiscard]] virtual bool shareable() const = 0;  ///< MTLTexture.shareable
  /// newSharedTextureHandle; the caller releases it. Null when the texture is none that can be handed over.
  [[nodiscard]] virtual void* make_shared_handle() const = 0;
};

/// MTLBuffer with shared storage.
class Buffer {
 public:
  Buffer() = default;
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  virtual ~Buffer() = default;
  [[nodiscard]] virtual std::span<std::byte> bytes() const noexcept = 0;
};

/// MTLSharedEvent.
class Event {
 public:
  Event() = default;
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  virtual ~Event() = default;
  [[nodiscard]] virtual void* native() const noexcept = 0;
  [[nodiscard]] virtual std::uint64_t value() const = 0;
  virtual void set_value(std::uint64_t value) = 0;
  /// notifyListener:atValue:block: calls once, in a thread of the system's, when the value is reached. It cannot be taken back.
  virtual void notify(std::uint64_t value, std::function<void()> reached) = 0;
  /// newSharedEventHandle; the caller releases it.
  [[nodiscard]] virtual void* make_shared_handle() const = 0;
};

/// How a command buffer ended. `code` is MTLCommandBufferError, 0 when all went well.
struct Completion {
  std::int64_t code = 0;
  std::string message;
};
/// Between a buffer and one slice, level and aspect of a texture; rows and images without gaps in the buffer.
struct TextureCopy {
  bool into_texture = false;
  std::uint32_t slice = 0;
  std::uint32_t level = 0;
  std::array<std::uint32_t, 3> origin{};
  std::array<std::uint32_t, 3> size{};
  std::uint64_t bytes_per_row = 0;
  std::uint64_t bytes_per_image = 0;
  std::uint32_t aspect = 0;  ///< MTLBlitOption: 0, 1 (depth of depth and stencil) or 2 (stencil)
};

/// MTLCommandBuffer. Keeps alive what it uses until it has ended.
class CommandBuffer {
 public:
  CommandBuffer() = default;
  CommandBuffer(const CommandBuffer&) = delete;
  CommandBuffer& operator=(const CommandBuffer&) = delete;
  virtual ~CommandBuffer() = default;
  [[nodiscard]] virtual bool on_device(const void* native_device) const = 0;
  /// Not enqueued work that was committed already: encoding is still allowed.
  [[nodiscard]] virtual bool open() const = 0;
  virtual void encode_wait(Event& event, std::uint64_t value) = 0;
  virtual void encode_signal(Event& event, std::uint64_t value) = 0;
  /// Errors: out_of_memory (no encoder).
  [[nodiscard]] virtual Result<void> copy(Buffer& buffer, Texture& texture, const TextureCopy& copy) = 0;
  /// Calls once, in a thread of the system's. Before commit().
  virtual void on_completed(std::function<void(const Completion&)> ended) = 0;
  virtual void commit() = 0;
};

struct DeviceInfo {
  std::string name;
  std::string system;  ///< "macOS 14.2"
  std::uint64_t registry_id = 0;
  bool unified_memory = false;
  bool apple_gpu = false;    ///< a GPU of Apple's family, which writes sRGB and rgb9e5_float
  bool bc = false;           ///< supportsBCTextureCompression
  bool etc2_astc = false;    ///< GPU family Apple 2 and later
  bool cube_arrays = false;  ///< GPU family Mac 2, Apple 4 and later
  std::uint32_t max_2d = 0;  ///< texels
  std::uint32_t max_3d = 0;  ///< texels
  std::uint32_t max_layers = 0;
};
/// What IOSurfaceAlignProperty is asked about.
enum class SurfaceProperty : std::uint8_t { bytes_per_row, allocation_size, plane_bytes_per_row, plane_offset };

/// MTLDevice with one MTLCommandQueue.
class Device {
 public:
  Device() = default;
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;
  virtual ~Device() = default;
  [[nodiscard]] virtual void* native() const noexcept = 0;
  [[nodiscard]] virtual void* native_queue() const noexcept = 0;
  [[nodiscard]] virtual DeviceInfo info() const = 0;
  [[nodiscard]] virtual std::uint64_t align(SurfaceProperty property, std::uint64_t value) const = 0;
  /// minimumLinearTextureAlignmentForPixelFormat:. Units: bytes.
  [[nodiscard]] virtual std::uint64_t row_alignment(std::uint32_t pixel_format) const = 0;

  /// IOSurfaceCreate, never global. Errors: out_of_memory.
  [[nodiscard]] virtual Result<std::shared_ptr<Surface>> create_surface(const SurfaceShape& shape) = 0;
  /// IOSurfaceLookupFromMachPort. The handle stays the caller's. Errors: protocol_error when it names no surface.
  [[nodiscard]] virtual Result<std::shared_ptr<Surface>> surface_from_port(const OsHandle& port) = 0;
  [[nodiscard]] virtual Result<std::shared_ptr<Surface>> surface_from_native(void* surface) = 0;
  /// newTextureWithDescriptor:iosurface:plane:. Errors: unsupported_format when Metal makes none.
  [[nodiscard]] virtual Result<std::shared_ptr<Texture>> texture_from_surface(const TextureShape& shape, Surface& surface,
                                                                              std::uint32_t plane) = 0;
  /// newSharedTextureWithDescriptor:. Errors: out_of_memory.
  [[nodiscard]] virtual Result<std::shared_ptr<Texture>> create_shared_texture(const TextureShape& shape) = 0;
  [[nodiscard]] virtual Result<std::shared_ptr<Texture>> texture_from_native(void* texture) = 0;
  /// newSharedTextureWithHandle:. Errors: protocol_error when it is no handle, device_mismatch.
  [[nodiscard]] virtual Result<std::shared_ptr<Texture>> texture_from_shared_handle(void* handle) = 0;
  /// newSharedEvent. Errors: out_of_memory.
  [[nodiscard]] virtual Result<std::shared_ptr<Event>> create_event() = 0;
  [[nodiscard]] virtual Result<std::shared_ptr<Event>> event_from_native(void* event) = 0;
  /// newSharedEventWithHandle:. Errors: protocol_error.
  [[nodiscard]] virtual Result<std::shared_ptr<Event>> event_from_shared_handle(void* handle) = 0;
  /// Errors: out_of_memory.
  [[nodiscard]] virtual Result<std::shared_ptr<Buffer>> create_buffer(std::uint64_t bytes) = 0;
  /// A new command buffer of the queue. Errors: out_of_memory, device_lost.
  [[nodiscard]] virtual Result<std::shared_ptr<CommandBuffer>> command_buffer() = 0;
  /// The caller's. Errors: invalid_argument.
  [[nodiscard]] virtual Result<std::shared_ptr<CommandBuffer>> adopt_command_buffer(void* command_buffer) = 0;
};

/// A null queue: a new one. Errors: invalid_argument (no MTLDevice, or the queue is another device's), out_of_memory.
[[nodiscard]] Result<std::shared_ptr<Device>> adopt_device(void* device, void* queue);
/// MTLCopyAllDevices, or the one device of a system without that. Retained: the caller releases each.
[[nodiscard]] std::vector<void*> all_devices();

}  // namespace geyser::metal::api
