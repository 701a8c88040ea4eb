// DLPack, as its specification 1.0 lays it out. The structures are shared with whoever consumes the capsule.
#include "views.hpp"

namespace geyser::python {
namespace {

struct DlDevice {
  std::int32_t type;
  std::int32_t id;
};
struct DlDataType {
  std::uint8_t code;
  std::uint8_t bits;
  std::uint16_t lanes;
};
struct DlTensor {
  void* data;
  DlDevice device;
  std::int32_t ndim;
  DlDataType dtype;
  std::int64_t* shape;
  std::int64_t* strides;  // components, not bytes
  std::uint64_t byte_offset;
};
struct DlManaged {
  DlTensor tensor;
  void* context;
  void (*deleter)(DlManaged*);
};
struct DlVersion {
  std::uint32_t major;
  std::uint32_t minor;
};
struct DlManagedVersioned {
  DlVersion version;
  void* context;
  void (*deleter)(DlManagedVersioned*);
  std::uint64_t flags;
  DlTensor tensor;
};
constexpr std::int32_t cpu_device = 1;
constexpr std::int32_t cuda_device = 2;
constexpr std::uint64_t read_only_flag = 1;

/// The structure and what it points to, in one block that the deleter frees. Holds no Python object: consumers delete without the GIL.
template <class Managed>
struct Block {
  Managed managed{};
  Kept kept;
  std::vector<std::int64_t> shape;
  std::vector<std::int64_t> strides;
};

template <class Managed>
void delete_block(Managed* managed) {
  delete static_cast<Block<Managed>*>(managed->context);
}

/// Called for a capsule that nobody consumed: consumers rename it.
template <class Managed>
void delete_capsule(PyObject* capsule, const char* name) {
  if (PyCapsule_IsValid(capsule, name) == 0) return;
  auto* managed = static_cast<Managed*>(PyCapsule_GetPointer(capsule, name));
  managed->deleter(managed);
}

template <class Managed>
[[nodiscard]] std::unique_ptr<Block<Managed>> make_block(const View& view) {
  auto block = std::make_unique<Block<Managed>>();
  block->kept = view.kept;
  block->shape = view.tensor.shape;
  const auto size = static_cast<std::int64_t>(view.tensor.type.bytes);
  for (const std::int64_t stride : view.tensor.strides) {
    if (stride % size != 0) {
      buffer_error("Rows are " + std::to_string(stride) + " bytes apart, which is no multiple of a component's " + std::to_string(size) +
                   "; DLPack counts in components.");
    }
    block->strides.push_back(stride / size);
  }
  DlTensor& tensor = block->managed.tensor;
  tensor.data = view.data;
  tensor.device = {view.on_cuda ? cuda_device : cpu_device, view.device};
  tensor.ndim = static_cast<std::int32_t>(block->shape.size());
  tensor.dtype = {static_cast<std::uint8_t>(view.tensor.type.code), static_cast<std::uint8_t>(8 * size), 1};
  tensor.shape = block->shape.data();
  tensor.strides = block->strides.data();
  block->managed.context = block.get();
  block->managed.deleter = &delete_block<Managed>;
  return block;
}

constexpr const char* plain_name = "dltensor";
constexpr const char* versioned_name = "dltensor_versioned";

template <class Managed>
[[nodiscard]] nb::object capsule_of(std::unique_ptr<Block<Managed>> block, const char* name, PyCapsule_Destructor destructor) {
  PyObject* capsule = PyCapsule_New(&block->managed, name, destructor);
  if (capsule == nullptr) throw nb::python_error();
  (void)block.release();  // the capsule's now
  return nb::steal(capsule);
}

}  // namespace

nb::object dlpack_capsule(const View& view, bool versioned) {
  if (!versioned) {
    return capsule_of(make_block<DlManaged>(view), plain_name, [](PyObject* capsule) { delete_capsule<DlManaged>(capsule, plain_name); });
  }
  auto block = make_block<DlManagedVersioned>(view);
  block->managed.version = {1, 0};
  block->managed.flags = view.read_only ? read_only_flag : 0;
  return capsule_of(std::move(block), versioned_name,
                    [](PyObject* capsule) { delete_capsule<DlManagedVersioned>(capsule, versioned_name); });
}

}  // namespace geyser::python
