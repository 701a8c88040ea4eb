// Managers: one per device; they create, export and import textures and semaphores.
#include "textures.hpp"

#include <cstring>

#include "geyser/host.hpp"
#include "geyser/vulkan.hpp"

namespace geyser::python {
namespace {

[[nodiscard]] PyManager host_manager() { return {std::make_shared<Manager>(unwrap(host::create_manager()))}; }

[[nodiscard]] PyManager vulkan_manager(nb::handle uuid, std::optional<std::uint32_t> index, const std::string& name, bool validation,
                                       const std::optional<std::string>& pci, nb::handle driver_uuid,
                                       const std::optional<nb::bytes>& luid) {
  vulkan::DeviceOptions options;
  options.selector.uuid = optional_uuid(uuid);
  options.selector.driver_uuid = optional_uuid(driver_uuid);
  if (pci) options.selector.pci = unwrap(parse_pci_address(*pci));
  if (luid) {
    auto& bytes = options.selector.luid.emplace();
    if (luid->size() != bytes.size()) fail(Errc::invalid_argument, "luid has " + std::to_string(luid->size()) + " bytes; a LUID has 8.");
    std::memcpy(bytes.data(), luid->c_str(), bytes.size());
  }
  options.selector.index = index;
  options.selector.name = name;
  options.validation = validation;
  options.application_name = "python";
  auto made = [&]() -> Result<TextureShareManager> {
    nb::gil_scoped_release unlocked;
    auto device = vulkan::Device::create(options);
    if (!device) return std::move(device).error();
    return device->create_manager();
  }();
  return {std::make_shared<Manager>(unwrap(std::move(made)))};
}

[[nodiscard]] std::shared_ptr<Manager> own_context(const PyManager& self) {
  const auto manager = self.get();
  if (manager->make_current) return manager;
  fail(Errc::invalid_state,
       "The manager has no OpenGL context of its own; make it with opengl_manager(), or make the adopted context current by "
       "the library that made it.");
}

[[nodiscard]] PyTexture create_texture(const PyManager& self, const TextureDescriptor& descriptor, nb::handle handle_type, bool linear) {
  const auto manager = self.get();
  CreateOptions options;
  options.linear = linear;
  if (!handle_type.is_none()) options.handle_type = enumerator<MemoryHandleType>(handle_type, "handle_type");
  auto texture = [&] {
    nb::gil_scoped_release unlocked;
    return manager->manager.create_shareable_texture(descriptor, options);
  }();
  return {std::make_shared<Texture>(manager, unwrap(std::move(texture)))};
}

[[nodiscard]] PyTexture import_texture(const PyManager& self, PyTextureHandle& handle) {
  const auto manager = self.get();
  auto texture = [&] {
    const auto& mine = handle.get();
    nb::gil_scoped_release unlocked;
    return manager->manager.import_texture(std::move(*mine));
  }();
  auto made = unwrap(std::move(texture));
  handle.state.reset();  // consumed; on an error it is the caller's still
  return {std::make_shared<Texture>(manager, std::move(made))};
}

[[nodiscard]] PySemaphore create_semaphore(const PyManager& self, nb::handle kind, std::uint64_t initial_value, std::string label) {
  const auto manager = self.get();
  SemaphoreDescriptor descriptor{std::nullopt, initial_value, std::move(label)};
  if (!kind.is_none()) descriptor.kind = enumerator<SemaphoreKind>(kind, "kind");
  return {manager, unwrap(manager->manager.create_shared_semaphore(descriptor))};
}

}  // namespace

void bind_managers(nb::module_& m) {
  nb::class_<PyManager>(
      m, "TextureShareManager",
      "Shares the textures of one device; made by host_manager(), vulkan_manager(), opengl_manager() and cuda_manager(). What "
      "it made keeps what it needs, in any order of destruction. Any thread, but for OpenGL (see opengl_manager()).")
      .def_prop_ro(
          "backend", [](const PyManager& s) { return text_of(s.get()->manager.backend_name()); }, "\"vulkan\", \"host\", ...")
      .def_prop_ro(
          "identity", [](const PyManager& s) { return s.get()->manager.identity(); }, "The device.")
      .def_prop_ro(
          "capabilities", [](const PyManager& s) { return s.get()->manager.capabilities(); }, "What the device can share.")
      .def(
          "format_support",
          [](const PyManager& s, const TextureDescriptor& descriptor) { return unwrap(s.get()->manager.format_support(descriptor)); },
          "descriptor"_a, "What the device can do with such textures, for every memory handle type of capabilities.")
      .def(
          "create_texture", &create_texture, "descriptor"_a, nb::kw_only(), "handle_type"_a = nb::none(), "linear"_a = false,
          nb::sig("def create_texture(self, descriptor: TextureDescriptor, *, handle_type: MemoryHandleType | str | None = None, linear: "
                  "bool = "
                  "False) -> Texture"),
          "A texture whose memory can be exported. linear: rows of texels one after the other, which CUDA, DLPack and NumPy read without a "
          "copy.")
      .def("import_texture", &import_texture, "handle"_a,
           "A texture from a handle. The handle is consumed on success only: on an error it is as it was.")
      .def("create_semaphore", &create_semaphore, nb::kw_only(), "kind"_a = nb::none(), "initial_value"_a = 0, "label"_a = "",
           nb::sig("def create_semaphore(self, *, kind: SemaphoreKind | str | None = None, initial_value: int = 0, label: str = '') -> "
                   "SharedSemaphore"),
           "A semaphore that can be exported: on the best rung of the ladder, or of the kind asked for.")
      .def(
          "import_semaphore",
          [](const PyManager& self, PySemaphoreHandle& handle) -> PySemaphore {
            const auto manager = self.get();
            auto semaphore = unwrap(manager->manager.import_semaphore(std::move(*handle.get())));
            handle.state.reset();
            return {manager, std::move(semaphore)};
          },
          "handle"_a, "A semaphore from a handle, which is consumed on success only.")
      .def(
          "make_current", [](const PyManager& s) { unwrap(own_context(s)->make_current()); },
          "OpenGL: makes the manager's own context current in this thread. Raises InvalidState for other managers.")
      .def(
          "release_current", [](const PyManager& s) { own_context(s)->release_current(); },
          "OpenGL: no context is current in this thread afterwards, so that another thread may take it.")
      .def(
          "close", [](PyManager& s) { s.state.reset(); },
          "Lets go of the manager; the device goes with the last thing that was made from it. Calling it again does nothing.")
      .def_prop_ro(
          "closed", [](const PyManager& s) { return s.state == nullptr; }, "close() was called.")
      .def(
          "__enter__", [](nb::handle self) { return nb::borrow(self); }, nb::sig("def __enter__(self) -> TextureShareManager"))
      .def(
          "__exit__", [](PyManager& s, nb::args) { s.state.reset(); }, nb::sig("def __exit__(self, *exc: object) -> None"))
      .def("__repr__", [](const PyManager& s) {
        return s.state
                   ? "<TextureShareManager " + text_of(s.state->manager.backend_name()) + " on " + s.state->manager.identity().name + ">"
                   : std::string("<TextureShareManager closed>");
      });

  m.def("host_manager", &host_manager, "A manager for host memory: textures in sealed shared memory. Works anywhere.");
  m.def("vulkan_manager", &vulkan_manager, "uuid"_a = nb::none(), "index"_a = nb::none(), "name"_a = "", "validation"_a = false,
        "pci"_a = nb::none(), "driver_uuid"_a = nb::none(), "luid"_a = nb::none(),
        nb::sig(
            "def vulkan_manager(uuid: str | bytes | uuid.UUID | None = None, index: int | None = None, name: str = '', validation: bool = "
            "False, pci: str | None = None, driver_uuid: str | bytes | uuid.UUID | None = None, luid: bytes | None = None) -> "
            "TextureShareManager"),
        "A manager on a Vulkan device of its own. Every argument that is given must match: the device's UUID, its place in "
        "vulkan_devices(), a part of its name in any case, its PCI address, its driver's UUID, its LUID. Of several that match, and of all "
        "when none is given: the first discrete, else the first integrated, virtual, software device. validation: the Khronos layer's "
        "messages go to the log. Raises NotFound naming the devices there are.");
}

}  // namespace geyser::python
