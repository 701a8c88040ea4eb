// One copy on the device between a texture, tiled or not, and plain memory.
#include "cuda_context.hpp"

namespace geyser::python {
namespace {

namespace api = cuda::api;

/// Plain memory without gaps, on the device or the host.
struct Plain {
  api::DevicePointer pointer = 0;
  void* host = nullptr;
  void* ready_stream = nullptr;  ///< what a source's producer said
};

/// Frees device memory; the driver waits for work that uses it.
struct Allocation {
  std::shared_ptr<Manager> manager;
  api::DevicePointer pointer;
  ~Allocation() {
    const cuda::Context& context = context_of(*manager);
    const cuda::Current current(context);
    if (current) static_cast<void>(context.cu().memory_free(pointer));
  }
};

/// The memory of anything with __cuda_array_interface__. Errors: Failure naming the given and the wanted type and shape.
[[nodiscard]] Plain plain_of(nb::handle object, const Tensor& tensor, bool written, std::string_view field) {
  const std::string name(field);
  if (!nb::hasattr(object, "__cuda_array_interface__")) {
    fail(Errc::invalid_argument, name + " is " + nb::cast<std::string>(nb::repr(object.type())) +
                                     "; allowed is what has __cuda_array_interface__, such as a torch or CuPy array on the device.");
  }
  const nb::object interface = object.attr("__cuda_array_interface__");
  const nb::object type = interface["typestr"];
  const nb::object given = interface["shape"];
  const nb::tuple shape(nb::cast(tensor.shape));
  if (!type.equal(nb::str(tensor.type.numpy)) || !nb::tuple(given).equal(shape)) {
    fail(Errc::invalid_argument, name + " is " + nb::cast<std::string>(nb::str(type)) + " " + nb::cast<std::string>(nb::str(given)) +
                                     "; the region takes " + tensor.type.numpy + " " + nb::cast<std::string>(nb::str(shape)) + ".");
  }
  const nb::object strides = interface.attr("get")("strides");
  if (!strides.is_none() && nb::cast<std::vector<std::int64_t>>(strides) != tensor.strides) {
    fail(Errc::invalid_argument, name + " has gaps between its rows or components; pass a contiguous array.");
  }
  if (written && nb::cast<bool>(nb::object(interface["data"][1])))
    fail(Errc::invalid_argument, name + " is read-only; pass an array that may be written.");
  const nb::object stream = interface.attr("get")("stream");
  Plain plain;
  plain.pointer = nb::cast<api::DevicePointer>(nb::object(interface["data"][0]));
  if (!stream.is_none()) plain.ready_stream = reinterpret_cast<void*>(nb::cast<std::uintptr_t>(stream));  // NOLINT
  return plain;
}

[[nodiscard]] void* stream_of(const OpenAccess& access, nb::handle stream) {
  if (stream.is_none()) return legacy_stream(access.manager()->cuda_stream);
  return legacy_stream(reinterpret_cast<void*>(nb::cast<std::uintptr_t>(stream)));  // NOLINT: that is what a stream's number is
}

/// Copies between the region and plain memory in `stream`. Under the access's mutex.
[[nodiscard]] Result<void> copy(OpenAccess& access, const TextureRegion& region, const Tensor& tensor, const Plain& plain, void* stream,
                                bool to_texture) {
  if (access.texture() == nullptr) return access.over();
  const SharedTexture& texture = *access.texture();
  auto place = cuda_place(texture, region);
  if (!place) return std::move(place).error();
  const FormatInfo& info = *format_info(texture.descriptor().format);
  api::Copy3D job{};
  job.width_bytes = tensor.row_bytes;
  job.height = tensor.rows;
  job.depth = tensor.slices;
  if (*place) {
    const auto pointer = reinterpret_cast<api::DevicePointer>((*place)->data);
    const std::uint64_t height = (*place)->row_pitch == 0 ? 0 : (*place)->slice_pitch / (*place)->row_pitch;
    (to_texture ? job.dst_type : job.src_type) = api::memory_device;
    (to_texture ? job.dst_device : job.src_device) = pointer;
    (to_texture ? job.dst_pitch : job.src_pitch) = (*place)->row_pitch;
    (to_texture ? job.dst_height : job.src_height) = std::max<std::uint64_t>(height, tensor.rows);
  } else {
    if (region.plane != 0)
      return Error(Errc::unsupported_format, "Planes of a tiled planar texture cannot be copied one by one; make it linear.");
    auto array = cuda::array(texture, region.mip_level);
    if (!array) return std::move(array).error();
    (to_texture ? job.dst_type : job.src_type) = api::memory_array;
    (to_texture ? job.dst_array : job.src_array) = *array;
    (to_texture ? job.dst_x_bytes : job.src_x_bytes) = std::size_t{region.offset.x / info.block_width} * info.planes[0].block_bytes;
    (to_texture ? job.dst_y : job.src_y) = region.offset.y / info.block_height;
    (to_texture ? job.dst_z : job.src_z) = std::size_t{region.array_layer} + region.offset.z;
  }
  if (plain.host == nullptr) {
    (to_texture ? job.src_type : job.dst_type) = api::memory_device;
    (to_texture ? job.src_device : job.dst_device) = plain.pointer;
  } else if (to_texture) {
    job.src_type = api::memory_host;
    job.src_host = plain.host;
  } else {
    job.dst_type = api::memory_host;
    job.dst_host = plain.host;
  }
  (to_texture ? job.src_pitch : job.dst_pitch) = tensor.row_bytes;
  (to_texture ? job.src_height : job.dst_height) = tensor.rows;

  if (auto waits = cuda_acquire(access, stream); !waits) return waits;
  const cuda::Context& context = context_of(*access.manager());
  const cuda::Current current(context);
  if (!current) return current.error();
  const auto status = context.cu().copy_3d(&job, static_cast<cuda::Stream>(stream));
  return status == api::Status::success ? Result<void>() : context.error(status, "cuMemcpy3DAsync");
}

[[nodiscard]] Result<std::shared_ptr<Allocation>> allocate(const std::shared_ptr<Manager>& manager, std::uint64_t bytes) {
  const cuda::Context& context = context_of(*manager);
  const auto function =
      reinterpret_cast<api::Status (*)(api::DevicePointer*, std::size_t)>(context.driver->library.symbol("cuMemAlloc_v2"));
  if (function == nullptr) return Error(Errc::unsupported_feature, "The CUDA driver has no cuMemAlloc_v2; pass memory of your own as out.");
  const cuda::Current current(context);
  if (!current) return current.error();
  api::DevicePointer pointer = 0;
  if (const auto status = function(&pointer, bytes); status != api::Status::success) return context.error(status, "cuMemAlloc");
  return std::shared_ptr<Allocation>(new Allocation{manager, pointer});
}

void require_cuda(const OpenAccess& access) {
  const std::string_view backend = access.manager()->manager.backend_name();
  if (backend == "cuda") return;
  fail(Errc::invalid_state, "The frame is of a " + text_of(backend) + " manager; copies on the device need one of cuda_manager().");
}

template <class F>
void under_mutex(OpenAccess& access, F&& f) {
  auto done = [&] {
    nb::gil_scoped_release unlocked;
    const std::lock_guard lock(access.mutex());
    return f();
  }();
  unwrap(std::move(done));
}

}  // namespace

Result<bool> cuda_host_copy(OpenAccess& access, const TextureRegion& region, const Tensor& tensor, std::span<std::byte> bytes,
                            bool to_texture) {
  if (access.streams().empty()) return false;
  Plain plain;
  plain.host = bytes.data();
  void* const stream = access.streams().front();
  for (std::size_t i = 1; i < access.streams().size(); ++i) {
    if (auto followed = cuda_follow(*access.manager(), access.streams()[i], stream); !followed) return std::move(followed).error();
  }
  if (auto copied = copy(access, region, tensor, plain, stream, to_texture); !copied) return std::move(copied).error();
  const cuda::Context& context = context_of(*access.manager());
  const cuda::Current current(context);
  if (!current) return current.error();
  // The driver may read and write the bytes until it is done: there is no leaving early.
  auto done = cuda::finish(context, static_cast<cuda::Stream>(stream), cuda::Clock::now() + std::chrono::hours(1));
  if (!done) return std::move(done).error();
  return true;
}

nb::object cuda_to_linear(const std::shared_ptr<OpenAccess>& access, nb::handle out, nb::handle stream, const TextureRegion& region) {
  require_cuda(*access);
  const Tensor tensor = tensor_of(access->descriptor(), region);
  void* const in = stream_of(*access, stream);
  if (!out.is_none()) {
    const Plain plain = plain_of(out, tensor, true, "out");
    under_mutex(*access, [&] { return copy(*access, region, tensor, plain, in, false); });
    return nb::borrow(out);
  }
  View buffer;
  buffer.tensor = tensor;
  buffer.on_cuda = true;
  buffer.device = access->manager()->cuda_ordinal;
  buffer.read_only = false;
  buffer.ready_stream = in;
  buffer.kept.manager = access->manager();
  under_mutex(*access, [&]() -> Result<void> {
    auto memory = allocate(access->manager(), tensor.total_bytes);
    if (!memory) return std::move(memory).error();
    buffer.data = reinterpret_cast<void*>((*memory)->pointer);  // NOLINT: a device address
    buffer.kept.buffer = *std::move(memory);
    Plain plain;
    plain.pointer = reinterpret_cast<api::DevicePointer>(buffer.data);
    return copy(*access, region, tensor, plain, in, false);
  });
  return nb::cast(std::move(buffer));
}

void cuda_from_linear(const std::shared_ptr<OpenAccess>& access, nb::handle source, nb::handle stream, const TextureRegion& region) {
  require_cuda(*access);
  if (!access->writing()) fail(Errc::invalid_state, "This frame is open for reading; only a publisher's frame can be written.");
  const Tensor tensor = tensor_of(access->descriptor(), region);
  const Plain plain = plain_of(source, tensor, false, "source");
  void* const in = stream_of(*access, stream);
  under_mutex(*access, [&]() -> Result<void> {
    if (auto ready = cuda_follow(*access->manager(), plain.ready_stream == nullptr ? in : plain.ready_stream, in); !ready) return ready;
    return copy(*access, region, tensor, plain, in, true);
  });
}

}  // namespace geyser::python
