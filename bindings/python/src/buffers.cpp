#include "buffers.hpp"

namespace geyser::python {
namespace {

[[nodiscard]] nb::tuple shape_tuple(const Tensor& tensor) { return nb::tuple(nb::cast(tensor.shape)); }

[[nodiscard]] std::string words(nb::handle dtype, nb::handle shape) {
  return nb::cast<std::string>(nb::str(dtype)) + " " + nb::cast<std::string>(nb::str(shape));
}

/// Errors: Failure when the array is not of the tensor's type and shape.
void check_array(nb::handle array, const Tensor& tensor, const TextureDescriptor& descriptor) {
  const nb::object wanted = nb::module_::import_("numpy").attr("dtype")(tensor.type.numpy);
  const nb::tuple shape = shape_tuple(tensor);
  if (array.attr("dtype").equal(wanted) && array.attr("shape").equal(shape)) return;
  fail(Errc::invalid_argument, "The array is " + words(array.attr("dtype"), array.attr("shape")) + "; a region of " + describe(descriptor) +
                                   " takes " + words(wanted, shape) + ".");
}

}  // namespace

Buffer::Buffer(nb::handle object, bool writable) {
  if (PyObject_GetBuffer(object.ptr(), &view_, writable ? PyBUF_WRITABLE | PyBUF_C_CONTIGUOUS : PyBUF_C_CONTIGUOUS) != 0)
    throw nb::python_error();
}

nb::object upload_source(nb::handle source, const Tensor& tensor, const TextureDescriptor& descriptor) {
  if (nb::isinstance<nb::bytes>(source) || PyByteArray_Check(source.ptr()) != 0 || PyMemoryView_Check(source.ptr()) != 0) {
    const auto size = nb::cast<std::uint64_t>(nb::module_::import_("builtins").attr("memoryview")(source).attr("nbytes"));
    if (size != tensor.total_bytes) {
      fail(Errc::invalid_argument, "There are " + std::to_string(size) + " bytes; a region of " + describe(descriptor) + " takes " +
                                       std::to_string(tensor.total_bytes) + ", rows without gaps.");
    }
    return nb::borrow(source);
  }
  const nb::module_ numpy = nb::module_::import_("numpy");
  const nb::object array = numpy.attr("asarray")(source);
  check_array(array, tensor, descriptor);
  return numpy.attr("ascontiguousarray")(array);
}

nb::object read_target(nb::handle out, const Tensor& tensor, const TextureDescriptor& descriptor) {
  if (out.is_none()) return nb::module_::import_("numpy").attr("empty")(shape_tuple(tensor), tensor.type.numpy);
  if (!nb::isinstance(out, nb::module_::import_("numpy").attr("ndarray"))) {
    fail(Errc::invalid_argument, "out is " + nb::cast<std::string>(nb::repr(out.type())) + "; allowed is a NumPy array.");
  }
  check_array(out, tensor, descriptor);
  if (!nb::cast<bool>(out.attr("flags").attr("c_contiguous")) || !nb::cast<bool>(out.attr("flags").attr("writeable"))) {
    fail(Errc::invalid_argument, "out is read-only or has gaps; allowed is a writable array in C order.");
  }
  return nb::borrow(out);
}

}  // namespace geyser::python
