// Bytes of Python objects: what upload() takes and read_back() fills.
#pragma once

#include "common.hpp"
#include "texels.hpp"

namespace geyser::python {

/// A contiguous Python buffer, exported as long as this lives. Threading: made and destroyed with the GIL; the bytes are there without it.
class Buffer {
 public:
  /// Errors: nb::python_error when `object` has no contiguous buffer (or no writable one, when asked for).
  Buffer(nb::handle object, bool writable);
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  ~Buffer() { PyBuffer_Release(&view_); }
  [[nodiscard]] std::span<std::byte> bytes() const noexcept {
    return {static_cast<std::byte*>(view_.buf), static_cast<std::size_t>(view_.len)};
  }

 private:
  Py_buffer view_{};
};

/// `source` as contiguous bytes of the tensor: an array of exactly its type and shape, or bytes, bytearray or memoryview of its size.
/// Errors: Failure (InvalidArgument) naming the given and the wanted type and shape.
[[nodiscard]] nb::object upload_source(nb::handle source, const Tensor& tensor, const TextureDescriptor& descriptor);
/// A new array, or `out` when it fits.
[[nodiscard]] nb::object read_target(nb::handle out, const Tensor& tensor, const TextureDescriptor& descriptor);

}  // namespace geyser::python
