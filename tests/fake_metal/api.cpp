// metal_api.hpp over the fake's objects.
#include <fcntl.h>

#include <algorithm>
#include <cstring>

#include "objects.hpp"

namespace fake_metal {
namespace {

using geyser::Errc;
using geyser::Error;
using geyser::OsHandle;
using geyser::Result;

Error no_memory(const char* function) { return Error(Errc::out_of_memory, std::string(function) + " gives nothing."); }

class ApiSurface final : public api::Surface {
 public:
  explicit ApiSurface(Ref<SurfaceObject> o) : object(std::move(o)) {}
  [[nodiscard]] void* native() const noexcept override { return static_cast<Object*>(object.get()); }
  [[nodiscard]] api::SurfaceShape shape() const override { return object->shape(); }
  [[nodiscard]] Result<OsHandle> make_port() const override {
    if (should_fail("IOSurfaceCreateMachPort")) return no_memory("IOSurfaceCreateMachPort");
    const int port = ::fcntl(object->fd(), F_DUPFD_CLOEXEC, 0);
    return port < 0 ? Result<OsHandle>(no_memory("IOSurfaceCreateMachPort")) : OsHandle(port);
  }
  [[nodiscard]] Result<void> lock(bool for_writing) override {
    if (should_fail("IOSurfaceLock")) return Error(Errc::os_error, "IOSurfaceLock fails.");
    object->lock(for_writing);
    return {};
  }
  void unlock(bool for_writing) noexcept override { object->unlock(for_writing); }
  [[nodiscard]] std::byte* bytes(std::uint32_t plane) const noexcept override {
    if (!object->locked_here()) misuse("the bytes of a surface are asked for without a lock");
    return object->bytes() + object->shape().planes[plane].offset;
  }
  Ref<SurfaceObject> object;
};

class ApiTexture final : public api::Texture {
 public:
  explicit ApiTexture(Ref<TextureObject> o) : object(std::move(o)) {}
  [[nodiscard]] void* native() const noexcept override { return static_cast<Object*>(object.get()); }
  [[nodiscard]] api::TextureShape shape() const override { return object->shape; }
  [[nodiscard]] bool shareable() const override { return object->surface.get() == nullptr; }
  [[nodiscard]] void* make_shared_handle() const override {
    if (should_fail("newSharedTextureHandle") || !shareable()) return nullptr;
    auto* handle = new SharedHandle;
    handle->texture = object;
    return static_cast<Object*>(handle);
  }
  Ref<TextureObject> object;
};

class ApiBuffer final : public api::Buffer {
 public:
  explicit ApiBuffer(Ref<BufferObject> o) : object(std::move(o)) {}
  [[nodiscard]] std::span<std::byte> bytes() const noexcept override { return object->bytes; }
  Ref<BufferObject> object;
};

class ApiEvent final : public api::Event {
 public:
  explicit ApiEvent(Ref<EventObject> o) : object(std::move(o)) {}
  [[nodiscard]] void* native() const noexcept override { return static_cast<Object*>(object.get()); }
  [[nodiscard]] std::uint64_t value() const override { return counter_value(*object->counter); }
  void set_value(std::uint64_t value) override { set_counter(*object->counter, value); }
  void notify(std::uint64_t value, std::function<void()> reached) override {
    static_cast<void>(should_fail("notifyListener:atValue:block:"));  // counted; it cannot fail
    listen(object->counter, value, std::move(reached));
  }
  [[nodiscard]] void* make_shared_handle() const override {
    if (should_fail("newSharedEventHandle")) return nullptr;
    auto* handle = new SharedHandle;
    handle->counter = object->counter;
    return static_cast<Object*>(handle);
  }
  Ref<EventObject> object;
};

/// One copy as the GPU does it, between a buffer that outlives it and a texture that does.
void run_copy(BufferObject& buffer, TextureObject& texture, const api::TextureCopy& copy) {
  texture.used_by_gpu(copy.into_texture);
  const auto at = texture.place(copy.level, copy.slice, copy.aspect == 2 ? 1 : 0);
  const auto columns = (copy.size[0] + at.block_width - 1) / at.block_width;
  const auto rows = (copy.size[1] + at.block_height - 1) / at.block_height;
  const std::size_t row_bytes = std::size_t{columns} * at.block_bytes;
  for (std::uint32_t z = 0; z < copy.size[2]; ++z) {
    for (std::uint32_t y = 0; y < rows; ++y) {
      std::byte* in_buffer = buffer.bytes.data() + z * copy.bytes_per_image + y * copy.bytes_per_row;
      std::byte* in_texture = at.bytes + (copy.origin[2] + z) * at.image_pitch + (copy.origin[1] / at.block_height + y) * at.row_pitch +
                              std::size_t{copy.origin[0]} / at.block_width * at.block_bytes;
      std::memcpy(copy.into_texture ? in_texture : in_buffer, copy.into_texture ? in_buffer : in_texture, row_bytes);
    }
  }
}

void check_copy(BufferObject& buffer, TextureObject& texture, const api::TextureCopy& copy) {
  const auto at = texture.place(copy.level, copy.slice, copy.aspect == 2 ? 1 : 0);
  const std::array level{at.width, at.height, at.depth};
  const std::array block{at.block_width, at.block_height, 1U};
  for (std::size_t i = 0; i < 3; ++i) {
    const std::uint32_t end = copy.origin[i] + copy.size[i];
    if (copy.size[i] == 0 || end > level[i]) misuse("a copy reaches beyond the level");
    if (copy.origin[i] % block[i] != 0 || (copy.size[i] % block[i] != 0 && end != level[i])) misuse("a copy cuts through a block");
  }
  const std::uint64_t rows = (copy.size[1] + at.block_height - 1) / at.block_height;
  if (copy.bytes_per_row % at.block_bytes != 0) misuse("bytesPerRow is no multiple of the block");
  if (copy.bytes_per_image * (copy.size[2] - 1) + copy.bytes_per_row * rows > buffer.bytes.size())
    misuse("a copy reaches beyond the buffer");
}

class ApiCommandBuffer final : public api::CommandBuffer {
 public:
  explicit ApiCommandBuffer(Ref<CommandBufferObject> o) : object(std::move(o)) {}
  [[nodiscard]] bool on_device(const void* native_device) const override {
    return static_cast<Object*>(object->queue->device.get()) == native_device;
  }
  [[nodiscard]] bool open() const override { return !is_committed(*object); }
  void encode_wait(api::Event& event, std::uint64_t value) override {
    encode(*object, WaitCommand{static_cast<ApiEvent&>(event).object->counter, value});
  }
  void encode_signal(api::Event& event, std::uint64_t value) override {
    encode(*object, SignalCommand{static_cast<ApiEvent&>(event).object->counter, value});
  }
  [[nodiscard]] Result<void> copy(api::Buffer& buffer, api::Texture& texture, const api::TextureCopy& what) override {
    if (should_fail("blitCommandEncoder")) return no_memory("blitCommandEncoder");
    auto kept_buffer = static_cast<ApiBuffer&>(buffer).object;
    auto kept_texture = static_cast<ApiTexture&>(texture).object;
    check_copy(*kept_buffer, *kept_texture, what);
    encode(*object, [kept_buffer, kept_texture, what] { run_copy(*kept_buffer, *kept_texture, what); });
    return {};
  }
  void on_completed(std::function<void(const api::Completion&)> ended) override {
    if (is_committed(*object)) misuse("a completion handler is added after commit");
    object->handlers.push_back(std::move(ended));
  }
  void commit() override { fake_metal::commit(*object); }
  Ref<CommandBufferObject> object;
};

class ApiDevice final : public api::Device {
 public:
  ApiDevice(Ref<DeviceObject> d, Ref<QueueObject> q) : device_(std::move(d)), queue_(std::move(q)) {}
  [[nodiscard]] void* native() const noexcept override { return static_cast<Object*>(device_.get()); }
  [[nodiscard]] void* native_queue() const noexcept override { return static_cast<Object*>(queue_.get()); }
  [[nodiscard]] api::DeviceInfo info() const override {
    const DeviceConfig& c = device_->config;
    return {.name = c.name,
            .system = "no Apple system (emulated)",
            .registry_id = c.registry_id,
            .unified_memory = c.unified_memory,
            .apple_gpu = c.apple_gpu,
            .bc = c.bc,
            .etc2_astc = c.etc2_astc,
            .cube_arrays = c.cube_arrays,
            .max_2d = c.max_2d,
            .max_3d = c.max_3d,
            .max_layers = c.max_layers};
  }
  [[nodiscard]] std::uint64_t align(api::SurfaceProperty property, std::uint64_t value) const override {
    const std::uint64_t step = property == api::SurfaceProperty::allocation_size ? 4096 : 64;
    return (value + step - 1) / step * step;
  }
  [[nodiscard]] std::uint64_t row_alignment(std::uint32_t) const override { return device_->config.row_alignment; }

  [[nodiscard]] Result<std::shared_ptr<api::Surface>> create_surface(const api::SurfaceShape& shape) override {
    if (should_fail("IOSurfaceCreate")) return no_memory("IOSurfaceCreate");
    auto object = SurfaceObject::create(shape);
    if (object.get() == nullptr) return no_memory("IOSurfaceCreate");
    return std::shared_ptr<api::Surface>(std::make_shared<ApiSurface>(std::move(object)));
  }
  [[nodiscard]] Result<std::shared_ptr<api::Surface>> surface_from_port(const OsHandle& port) override {
    Ref<SurfaceObject> object;
    if (!should_fail("IOSurfaceLookupFromMachPort")) object = SurfaceObject::open(port.fd());
    if (object.get() == nullptr) return Error(Errc::protocol_error, "The handle names no IOSurface.");
    return std::shared_ptr<api::Surface>(std::make_shared<ApiSurface>(std::move(object)));
  }
  [[nodiscard]] Result<std::shared_ptr<api::Surface>> surface_from_native(void* surface) override {
    auto* object = as<SurfaceObject>(surface);
    if (object == nullptr) return Error(Errc::invalid_argument, "The object is no IOSurface.");
    return std::shared_ptr<api::Surface>(std::make_shared<ApiSurface>(Ref<SurfaceObject>::share(object)));
  }
  [[nodiscard]] Result<std::shared_ptr<api::Texture>> texture_from_surface(const api::TextureShape& shape, api::Surface& surface,
                                                                           std::uint32_t plane) override {
    if (should_fail("newTextureWithDescriptor:iosurface:plane:")) return no_memory("newTextureWithDescriptor:iosurface:plane:");
    auto object = static_cast<ApiSurface&>(surface).object;
    const api::SurfacePlane& lies = object->shape().planes[plane];
    if (shape.type != api::TextureType::d2 || shape.mip_levels != 1 || shape.width != lies.width || shape.height != lies.height) {
      misuse("a texture does not fit its surface");
    }
    const auto wanted = device_->config.unified_memory ? api::StorageMode::shared : api::StorageMode::managed;
    if (shape.storage != wanted) misuse("the texture of a surface has a storage mode that this device does not allow");
    // Rows that Metal cannot read in place are refused by it, and a surface of somebody else's may have them.
    if (lies.bytes_per_row % device_->config.row_alignment != 0) {
      return Error(Errc::unsupported_format, "The surface's rows are not aligned as Metal needs them.");
    }
    auto texture = Ref<TextureObject>::take(new TextureObject(device_, shape, object, plane));
    if (texture->place(0, 0, 0).block_bytes != lies.bytes_per_element) misuse("the pixel format is not as wide as the surface's elements");
    return std::shared_ptr<api::Texture>(std::make_shared<ApiTexture>(std::move(texture)));
  }
  [[nodiscard]] Result<std::shared_ptr<api::Texture>> create_shared_texture(const api::TextureShape& shape) override {
    if (should_fail("newSharedTextureWithDescriptor:")) return no_memory("newSharedTextureWithDescriptor:");
    if (shape.storage != api::StorageMode::device_private) misuse("a shared texture that is not private");
    const std::uint32_t limit = shape.type == api::TextureType::d3 ? device_->config.max_3d : device_->config.max_2d;
    if (shape.width > limit || shape.height > limit || shape.array_length > device_->config.max_layers)
      misuse("a texture beyond the limits");
    return std::shared_ptr<api::Texture>(std::make_shared<ApiTexture>(Ref<TextureObject>::take(new TextureObject(device_, shape))));
  }
  [[nodiscard]] Result<std::shared_ptr<api::Texture>> texture_from_native(void* texture) override {
    auto* object = as<TextureObject>(texture);
    if (object == nullptr) return Error(Errc::protocol_error, "The object is no MTLTexture.");
    if (object->device.get() != device_.get()) return Error(Errc::device_mismatch, "The MTLTexture is another device's.");
    return std::shared_ptr<api::Texture>(std::make_shared<ApiTexture>(Ref<TextureObject>::share(object)));
  }
  [[nodiscard]] Result<std::shared_ptr<api::Texture>> texture_from_shared_handle(void* handle) override {
    auto* object = as<SharedHandle>(handle);
    if (object == nullptr || object->texture.get() == nullptr)
      return Error(Errc::protocol_error, "The object is no MTLSharedTextureHandle.");
    if (should_fail("newSharedTextureWithHandle:")) return no_memory("newSharedTextureWithHandle:");
    return texture_from_native(object->texture.get());
  }
  [[nodiscard]] Result<std::shared_ptr<api::Event>> create_event() override {
    if (should_fail("newSharedEvent")) return no_memory("newSharedEvent");
    return std::shared_ptr<api::Event>(std::make_shared<ApiEvent>(Ref<EventObject>::take(new EventObject(std::make_shared<Counter>()))));
  }
  [[nodiscard]] Result<std::shared_ptr<api::Event>> event_from_native(void* event) override {
    auto* object = as<EventObject>(event);
    if (object == nullptr) return Error(Errc::protocol_error, "The object is no MTLSharedEvent.");
    return std::shared_ptr<api::Event>(std::make_shared<ApiEvent>(Ref<EventObject>::share(object)));
  }
  [[nodiscard]] Result<std::shared_ptr<api::Event>> event_from_shared_handle(void* handle) override {
    auto* object = as<SharedHandle>(handle);
    if (object == nullptr || !object->counter) return Error(Errc::protocol_error, "The object is no MTLSharedEventHandle.");
    if (should_fail("newSharedEventWithHandle:")) return no_memory("newSharedEventWithHandle:");
    return std::shared_ptr<api::Event>(std::make_shared<ApiEvent>(Ref<EventObject>::take(new EventObject(object->counter))));
  }
  [[nodiscard]] Result<std::shared_ptr<api::Buffer>> create_buffer(std::uint64_t bytes) override {
    if (should_fail("newBufferWithLength:options:")) return no_memory("newBufferWithLength:options:");
    return std::shared_ptr<api::Buffer>(std::make_shared<ApiBuffer>(Ref<BufferObject>::take(new BufferObject(bytes))));
  }
  [[nodiscard]] Result<std::shared_ptr<api::CommandBuffer>> command_buffer() override {
    if (should_fail("commandBuffer")) return no_memory("commandBuffer");
    return std::shared_ptr<api::CommandBuffer>(
        std::make_shared<ApiCommandBuffer>(Ref<CommandBufferObject>::take(new CommandBufferObject(queue_))));
  }
  [[nodiscard]] Result<std::shared_ptr<api::CommandBuffer>> adopt_command_buffer(void* command_buffer) override {
    auto* object = as<CommandBufferObject>(command_buffer);
    if (object == nullptr) return Error(Errc::invalid_argument, "The object is no MTLCommandBuffer.");
    return std::shared_ptr<api::CommandBuffer>(std::make_shared<ApiCommandBuffer>(Ref<CommandBufferObject>::share(object)));
  }

 private:
  Ref<DeviceObject> device_;
  Ref<QueueObject> queue_;
};

}  // namespace
}  // namespace fake_metal

namespace geyser::metal::api {

void* retain(void* native) noexcept {
  if (native != nullptr) static_cast<fake_metal::Object*>(native)->retain();
  return native;
}

void release(void* native) noexcept {
  if (native != nullptr) static_cast<fake_metal::Object*>(native)->release();
}

Result<std::shared_ptr<Device>> adopt_device(void* device, void* queue) {
  using namespace fake_metal;
  auto* object = as<DeviceObject>(device);
  if (object == nullptr) return Error(Errc::invalid_argument, "The object is no MTLDevice.");
  Ref<QueueObject> own;
  if (queue == nullptr) {
    if (should_fail("newCommandQueue")) return Error(Errc::out_of_memory, "newCommandQueue gives nothing.");
    own = Ref<QueueObject>::take(new QueueObject(Ref<DeviceObject>::share(object)));
  } else {
    own = Ref<QueueObject>::share(as<QueueObject>(queue));
    if (own.get() == nullptr || own->device.get() != object) {
      return Error(Errc::invalid_argument, "The queue is none of the MTLDevice's; pass a queue of that device.");
    }
  }
  return std::shared_ptr<Device>(std::make_shared<ApiDevice>(Ref<DeviceObject>::share(object), std::move(own)));
}

std::vector<void*> all_devices() {
  std::vector<void*> all;
  for (auto& device : fake_metal::all_device_objects()) all.push_back(static_cast<fake_metal::Object*>(device.give()));
  return all;
}

}  // namespace geyser::metal::api
