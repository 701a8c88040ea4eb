// The class Access (what frames and accesses of textures have in common) and the class View.
#include "views.hpp"

#include "buffers.hpp"
#include "geyser/host.hpp"

namespace geyser::python {

void buffer_error(const std::string& message) {
  PyErr_SetString(PyExc_BufferError, message.c_str());
  throw nb::python_error();
}

namespace {

template <class F>
auto under_mutex(OpenAccess& open, F&& f) {
  nb::gil_scoped_release unlocked;
  const std::lock_guard lock(open.mutex());
  return f();
}

/// What the host must have seen before it looks at the memory. Called without the mutex: the wait lets other threads in between slices.
void wait_until_ready(OpenAccess& open) {
  bool binary = false;
  unwrap(under_mutex(open, [&]() -> Result<void> {
    if (open.access() == nullptr) return open.over();
    for (const SyncPoint& point : open.access()->waits()) binary = binary || point.semaphore.kind() == SemaphoreKind::binary;
    return {};
  }));
  const auto attempt = [&](std::chrono::nanoseconds slice) -> Result<void> {
    const std::lock_guard lock(open.mutex());
    if (open.access() == nullptr) return open.over();
    return open.access()->wait(slice);
  };
  const double seconds = std::chrono::duration<double>(default_gpu_timeout).count();
  if (!binary) return unwrap(wait_in_slices(seconds, attempt));
  auto done = [&] {
    nb::gil_scoped_release unlocked;
    return attempt(default_gpu_timeout);
  }();
  unwrap(std::move(done));
}

[[nodiscard]] bool is_backend(const OpenAccess& open, std::string_view name) { return open.manager()->manager.backend_name() == name; }

[[nodiscard]] nb::object array_of(const std::shared_ptr<OpenAccess>& open, const TextureRegion& region, nb::handle copy) {
  const bool want_view = copy.is_none() ? open->writing() : !nb::cast<bool>(copy);
  const TextureDescriptor& descriptor = open->descriptor();
  if (open->writing() && !want_view) {
    fail(Errc::invalid_state, "A frame that is being written has no content to copy; use numpy(copy=False) and write into the array.");
  }
  if (want_view || is_backend(*open, "host")) {
    View view = view_of(open, region);
    if (view.on_cuda) buffer_error("NumPy cannot read CUDA memory in place; use numpy(copy=True), or __dlpack__ with a library for CUDA.");
    nb::object array = nb::module_::import_("numpy").attr("asarray")(nb::cast(std::move(view)));
    return want_view ? array : array.attr("copy")();
  }
  const Tensor tensor = tensor_of(descriptor, region);
  nb::object array = read_target(nb::none(), tensor, descriptor);
  const Buffer buffer(array, true);
  unwrap(under_mutex(*open, [&]() -> Result<void> {
    if (open->texture() == nullptr) return open->over();
    auto copied = cuda_host_copy(*open, region, tensor, buffer.bytes(), false);
    if (!copied) return std::move(copied).error();
    if (*copied) return {};
    return open->read_back(region, buffer.bytes());
  }));
  return array;
}

void upload(OpenAccess& open, nb::handle source, const TextureRegion& region) {
  const TextureDescriptor& descriptor = open.descriptor();
  if (!open.writing()) fail(Errc::invalid_state, "This frame is open for reading; only a publisher's frame can be written.");
  const Tensor tensor = tensor_of(descriptor, region);
  const nb::object array = upload_source(source, tensor, descriptor);
  const Buffer buffer(array, false);
  unwrap(under_mutex(open, [&]() -> Result<void> {
    if (open.texture() == nullptr) return open.over();
    auto copied = cuda_host_copy(open, region, tensor, buffer.bytes(), true);
    if (!copied) return std::move(copied).error();
    if (*copied) return {};
    return open.upload(region, buffer.bytes());
  }));
}

/// The array API standard's rules for CUDA: None and 1 are the legacy default stream, 2 the one of each thread, -1 asks for no order.
void order_stream(const View& view, nb::handle stream) {
  if (!view.on_cuda) {
    if (!stream.is_none()) fail(Errc::invalid_argument, "stream is given, but the memory is the host's; allowed is None.");
    return;
  }
  const long long number = stream.is_none() ? 1 : nb::cast<long long>(stream);
  if (number == -1) {
    if (view.kept.access) view.kept.access->unknown_stream = true;
    return;
  }
  if (number <= 0) {
    fail(Errc::invalid_argument,
         "stream is " + std::to_string(number) +
             "; allowed are None, -1, 1 (legacy default stream), 2 (per-thread default stream) and a stream's address.");
  }
  void* const consumer = reinterpret_cast<void*>(static_cast<std::uintptr_t>(number));  // NOLINT: that is what a stream's number is
  if (!view.kept.access) {
    return unwrap([&] {
      nb::gil_scoped_release unlocked;
      return cuda_follow(*view.kept.manager, view.ready_stream, consumer);
    }());
  }
  auto& open = *view.kept.access;
  unwrap(under_mutex(open, [&]() -> Result<void> {
    if (open.access() == nullptr) return open.over();
    return cuda_acquire(open, consumer);
  }));
}

[[nodiscard]] nb::object dlpack(const View& view, nb::handle stream, nb::handle max_version, nb::handle dl_device, nb::handle copy) {
  const std::pair<int, int> own{view.on_cuda ? 2 : 1, view.device};
  if (!dl_device.is_none() && nb::cast<std::pair<int, int>>(dl_device) != own) {
    buffer_error("The memory is on DLPack device (" + std::to_string(own.first) + ", " + std::to_string(own.second) +
                 ") and is not moved; ask for that device.");
  }
  if (!copy.is_none() && nb::cast<bool>(copy)) buffer_error("A copy was asked for, and this is a view; copy the array that you get.");
  order_stream(view, stream);
  const bool versioned = !max_version.is_none() && nb::cast<std::pair<int, int>>(max_version).first >= 1;
  return dlpack_capsule(view, versioned);
}

[[nodiscard]] nb::dict interface_of(const View& view) {
  nb::dict dict;
  dict["version"] = 3;
  dict["shape"] = nb::tuple(nb::cast(view.tensor.shape));
  dict["typestr"] = view.tensor.type.numpy;
  dict["strides"] = nb::tuple(nb::cast(view.tensor.strides));
  dict["data"] = nb::make_tuple(reinterpret_cast<std::uintptr_t>(view.data), view.read_only);
  return dict;
}

[[nodiscard]] nb::dict cuda_interface(const View& view) {
  if (!view.on_cuda) throw nb::attribute_error("this is no CUDA memory");
  const auto stream = reinterpret_cast<std::uintptr_t>(view.kept.manager->cuda_stream);
  order_stream(view, nb::int_(stream == 0 ? 1 : stream));
  nb::dict dict = interface_of(view);
  dict["stream"] = stream == 0 ? 1 : stream;
  return dict;
}

[[nodiscard]] std::pair<int, int> dlpack_device(const OpenAccess& open) {
  if (is_backend(open, "host")) return {1, 0};
  if (is_backend(open, "cuda")) return {2, open.manager()->cuda_ordinal};
  buffer_error("Memory of " + text_of(open.manager()->manager.backend_name()) +
               " cannot be read in place by array libraries; use numpy(), which copies, or a manager of CUDA on the same device.");
}

constexpr const char* dlpack_signature =
    "def __dlpack__(self, *, stream: int | None = None, max_version: tuple[int, int] | None = None, dl_device: tuple[int, int] | None = "
    "None, "
    "copy: bool | None = None) -> typing.Any";

}  // namespace

View view_of(const std::shared_ptr<OpenAccess>& open, const TextureRegion& region) {
  View view;
  view.tensor = tensor_of(open->descriptor(), region);
  view.read_only = !open->writing();
  view.device = dlpack_device(*open).second;
  view.on_cuda = is_backend(*open, "cuda");
  if (!view.on_cuda) wait_until_ready(*open);
  view.kept.manager = open->manager();
  view.kept.access = open;
  const auto place = unwrap(under_mutex(*open, [&]() -> Result<std::optional<Place>> {
    const SharedTexture* texture = open->texture();
    if (texture == nullptr) return open->over();
    view.kept.texture = detail::Private::shared(*texture);
    if (view.on_cuda) return cuda_place(*texture, region);
    auto mapped = host::map(*texture, region);
    if (!mapped) return std::move(mapped).error();
    return std::optional(Place{mapped->data, mapped->row_pitch, mapped->slice_pitch});
  }));
  if (!place) {
    buffer_error(
        "The texture is tiled, so its rows do not follow each other in memory; use to_linear(), which copies once on the device, or make "
        "it linear (Publisher(linear=True), create_texture(linear=True)).");
  }
  view.data = place->data;
  set_pitch(view.tensor, place->row_pitch, place->slice_pitch);
  return view;
}

void bind_views(nb::module_& m) {
  nb::class_<View>(
      m, "View",
      "A region of a texture's memory, in place. It keeps the memory, and the frame or access that it came from unless that is ended "
      "explicitly; then the content may change.")
      .def("__dlpack__", &dlpack, nb::kw_only(), "stream"_a = nb::none(), "max_version"_a = nb::none(), "dl_device"_a = nb::none(),
           "copy"_a = nb::none(), nb::sig(dlpack_signature),
           "For numpy.from_dlpack(), torch.from_dlpack() and their kin. CUDA: the consumer's stream waits for the content.")
      .def(
          "__dlpack_device__", [](const View& v) { return std::pair(v.on_cuda ? 2 : 1, v.device); }, "Device type and number of DLPack.")
      .def_prop_ro(
          "__array_interface__",
          [](const View& v) {
            if (v.on_cuda) throw nb::attribute_error("this is CUDA memory");
            return interface_of(v);
          },
          nb::sig("def __array_interface__(self) -> dict[str, typing.Any]"), "NumPy's array interface; host memory only.")
      .def_prop_ro("__cuda_array_interface__", &cuda_interface, nb::sig("def __cuda_array_interface__(self) -> dict[str, typing.Any]"),
                   "CUDA array interface, version 3, on the manager's stream; CUDA memory only.")
      .def_prop_ro(
          "shape", [](const View& v) { return nb::tuple(nb::cast(v.tensor.shape)); }, nb::sig("def shape(self) -> tuple[int, ...]"),
          "As NumPy's.")
      .def_prop_ro(
          "strides", [](const View& v) { return nb::tuple(nb::cast(v.tensor.strides)); }, nb::sig("def strides(self) -> tuple[int, ...]"),
          "Bytes.")
      .def_prop_ro(
          "typestr", [](const View& v) { return std::string(v.tensor.type.numpy); }, "As in NumPy's array interface: \"|u1\".")
      .def_prop_ro(
          "data_ptr", [](const View& v) { return reinterpret_cast<std::uintptr_t>(v.data); }, "Address of the first component.")
      .def_prop_ro("read_only", [](const View& v) { return v.read_only; }, "The memory must not be written: other readers use it.");

  nb::class_<PyAccess>(
      m, "Access",
      "The right to read or write a texture: a frame of a stream or an access of a texture. Calls from several threads take turns.")
      .def_prop_ro(
          "descriptor", [](const PyAccess& a) { return a.state->descriptor(); }, "The texture's descriptor (a copy).")
      .def_prop_ro(
          "open", [](const PyAccess& a) { return a.state->is_open(); }, "It has not been published, released or ended.")
      .def_prop_ro(
          "writing", [](const PyAccess& a) { return a.state->writing(); }, "It is for writing.")
      .def(
          "view", [](const PyAccess& a, const TextureRegion& region) { return view_of(a.state, region); }, "region"_a = TextureRegion{},
          nb::sig("def view(self, region: TextureRegion = ...) -> View"),
          "The memory of a region in place: on the host, and linear textures of CUDA (mip level 0). Raises BufferError for memory that "
          "array "
          "libraries cannot read.")
      .def(
          "numpy", [](const PyAccess& a, const TextureRegion& region, nb::handle copy) { return array_of(a.state, region, copy); },
          "region"_a = TextureRegion{}, nb::kw_only(), "copy"_a = nb::none(),
          nb::sig("def numpy(self, region: TextureRegion = ..., *, copy: bool | None = None) -> NDArray[typing.Any]"),
          "A region as a NumPy array of the format's dtype and shape. copy=True copies, from every device. copy=False is the memory itself "
          "(host "
          "memory only, read-only for a reader). None: a view for a frame that is written, a copy for one that is read.")
      .def(
          "upload", [](const PyAccess& a, nb::handle array, const TextureRegion& region) { upload(*a.state, array, region); }, "array"_a,
          "region"_a = TextureRegion{}, nb::sig("def upload(self, array: typing.Any, region: TextureRegion = ...) -> None"),
          "Copies an array of the region's dtype and shape, or its bytes, into the texture and waits until it is there.")
      .def(
          "__array__",
          [](const PyAccess& a, nb::handle dtype, nb::handle copy) {
            nb::object array = array_of(a.state, {}, nb::bool_(!(copy.is_none() || nb::cast<bool>(copy)) ? false : !a.state->writing()));
            return dtype.is_none() ? array : array.attr("astype")(dtype);
          },
          "dtype"_a = nb::none(), "copy"_a = nb::none(),
          nb::sig("def __array__(self, dtype: typing.Any = None, copy: bool | None = None) -> NDArray[typing.Any]"),
          "numpy.asarray(frame): a copy of a frame that is read, a view of one that is written.")
      .def(
          "__dlpack__",
          [](const PyAccess& a, nb::handle stream, nb::handle max_version, nb::handle dl_device, nb::handle copy) {
            return dlpack(view_of(a.state, {}), stream, max_version, dl_device, copy);
          },
          nb::kw_only(), "stream"_a = nb::none(), "max_version"_a = nb::none(), "dl_device"_a = nb::none(), "copy"_a = nb::none(),
          nb::sig(dlpack_signature), "As View.__dlpack__(), of mip level 0.")
      .def(
          "__dlpack_device__", [](const PyAccess& a) { return dlpack_device(*a.state); }, "Device type and number of DLPack.")
      .def_prop_ro(
          "__cuda_array_interface__",
          [](const PyAccess& a) {
            if (!is_backend(*a.state, "cuda")) throw nb::attribute_error("this is no CUDA memory");
            return cuda_interface(view_of(a.state, {}));
          },
          nb::sig("def __cuda_array_interface__(self) -> dict[str, typing.Any]"), "As View.__cuda_array_interface__, of mip level 0.")
      .def(
          "acquire",
          [](const PyAccess& a, nb::handle stream) {
            const auto number =
                stream.is_none() ? reinterpret_cast<std::uintptr_t>(a.state->manager()->cuda_stream) : nb::cast<std::uintptr_t>(stream);
            unwrap(under_mutex(*a.state, [&]() -> Result<void> {
              if (!a.state->is_open()) return a.state->over();
              return cuda_acquire(*a.state, reinterpret_cast<void*>(number));  // NOLINT: that is what a stream's number is
            }));
          },
          "stream"_a = nb::none(), nb::sig("def acquire(self, stream: int | None = None) -> None"),
          "CUDA: makes a stream (a CUstream's address; None: the manager's) wait for the texture, and the end of the access follow the "
          "stream. "
          "DLPack does it by itself.")
      .def(
          "to_linear",
          [](const PyAccess& a, nb::handle out, nb::handle stream, const TextureRegion& region) {
            return cuda_to_linear(a.state, out, stream, region);
          },
          "out"_a = nb::none(), nb::kw_only(), "stream"_a = nb::none(), "region"_a = TextureRegion{},
          nb::sig("def to_linear(self, out: typing.Any = None, *, stream: int | None = None, region: TextureRegion = ...) -> typing.Any"),
          "CUDA: one copy on the device, of a tiled texture too, into plain memory: a DeviceBuffer that the library allocates, or out, "
          "anything "
          "with __cuda_array_interface__ of the region's dtype and shape without gaps (a torch tensor). It is ordered in stream (None: the "
          "manager's), and returns before it is done.")
      .def(
          "from_linear",
          [](const PyAccess& a, nb::handle source, nb::handle stream, const TextureRegion& region) {
            cuda_from_linear(a.state, source, stream, region);
          },
          "source"_a, nb::kw_only(), "stream"_a = nb::none(), "region"_a = TextureRegion{},
          nb::sig("def from_linear(self, source: typing.Any, *, stream: int | None = None, region: TextureRegion = ...) -> None"),
          "CUDA: to_linear() the other way round. source must stay as it is until the copy, ordered in stream, is done.");
}

}  // namespace geyser::python
