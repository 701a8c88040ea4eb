// Views: memory of an open access that other libraries read and write in place (DLPack, the array interfaces of NumPy and CUDA).
#pragma once

#include "open_access.hpp"

namespace geyser::python {

/// Memory of a region.
struct View {
  Kept kept;
  Tensor tensor;
  void* data = nullptr;
  bool on_cuda = false;
  int device = 0;  ///< CUDA ordinal; 0 for host memory
  bool read_only = true;
  void* ready_stream = nullptr;  ///< of a buffer: the CUDA stream that fills it
};

/// A view of a region. Waits for host memory to be ready; CUDA streams wait when they are told (DLPack, acquire()).
/// Errors: Failure; BufferError where the memory cannot be read in place. Called with the GIL and without the access's mutex.
[[nodiscard]] View view_of(const std::shared_ptr<OpenAccess>& access, const TextureRegion& region);
/// A capsule "dltensor_versioned" when the consumer knows it, else "dltensor".
[[nodiscard]] nb::object dlpack_capsule(const View& view, bool versioned);
[[noreturn]] void buffer_error(const std::string& message);

/// Where a region lies in host or CUDA memory.
struct Place {
  void* data = nullptr;
  std::uint64_t row_pitch = 0;    ///< bytes
  std::uint64_t slice_pitch = 0;  ///< bytes
};
/// The CUDA half of view_of(): mip level 0 of a linear texture; empty for a tiled one. Needs no GIL. Errors: as cuda::linear_memory().
[[nodiscard]] Result<std::optional<Place>> cuda_place(const SharedTexture& texture, const TextureRegion& region);
/// Makes a stream wait for the access and the access's end follow the stream. Under the access's mutex, without the GIL.
[[nodiscard]] Result<void> cuda_acquire(OpenAccess& access, void* stream);
/// Makes stream `to` wait for what stream `from` has so far. Needs no GIL.
[[nodiscard]] Result<void> cuda_follow(const Manager& manager, void* from, void* to);
/// upload() and numpy() once a stream has acquired the access, when the library's own copies are too late: in that stream, and waited for.
/// False when no stream has. Under the access's mutex, without the GIL.
[[nodiscard]] Result<bool> cuda_host_copy(OpenAccess& access, const TextureRegion& region, const Tensor& tensor, std::span<std::byte> bytes,
                                          bool to_texture);
/// to_linear() and from_linear(). Errors: Failure.
[[nodiscard]] nb::object cuda_to_linear(const std::shared_ptr<OpenAccess>& access, nb::handle out, nb::handle stream,
                                        const TextureRegion& region);
void cuda_from_linear(const std::shared_ptr<OpenAccess>& access, nb::handle source, nb::handle stream, const TextureRegion& region);

}  // namespace geyser::python
