// CUDA: managers, and the order between an access and the streams that array libraries name.
#include "geyser/cuda.hpp"

#include "cuda_context.hpp"
#include "geyser/vulkan.hpp"

namespace geyser::python {
namespace {

[[nodiscard]] void* address_of(nb::handle number) {
  return number.is_none() ? nullptr : reinterpret_cast<void*>(nb::cast<std::uintptr_t>(number));  // NOLINT: handles cross Python as numbers
}

/// A Vulkan manager on the device, or why there is none. Errors: none: CUDA works without a partner.
[[nodiscard]] std::optional<TextureShareManager> vulkan_partner(const Uuid& uuid) {
  vulkan::DeviceOptions options;
  options.selector.uuid = uuid;
  options.application_name = "python";
  auto device = vulkan::Device::create(options);
  if (!device) return std::nullopt;
  auto manager = device->create_manager();
  if (!manager) return std::nullopt;
  return *std::move(manager);
}

[[nodiscard]] PyManager cuda_manager(nb::handle uuid, nb::handle stream, nb::handle context, nb::handle partner) {
  cuda::AdoptInfo info;
  info.device = optional_uuid(uuid);
  info.stream = static_cast<cuda::Stream>(legacy_stream(address_of(stream)));
  info.context = static_cast<CUctx_st*>(address_of(context));
  const bool find = nb::isinstance<nb::str>(partner);
  if (find && nb::cast<std::string>(partner) != "auto") {
    fail(Errc::invalid_argument,
         "partner is " + nb::cast<std::string>(nb::repr(partner)) + "; allowed are \"auto\", None and a TextureShareManager.");
  }
  std::shared_ptr<Manager> given;
  if (!find && !partner.is_none()) given = nb::cast<PyManager&>(partner).get();
  auto made = [&]() -> Result<TextureShareManager> {
    nb::gil_scoped_release unlocked;
    if (!find) {
      info.partner = given ? &given->manager : nullptr;
      return cuda::create_manager(info);
    }
    auto alone = cuda::create_manager(info);
    if (!alone) return alone;
    const auto found = vulkan_partner(alone->identity().device_uuid);
    if (!found) return alone;
    info.partner = &*found;
    info.device = alone->identity().device_uuid;
    return cuda::create_manager(info);
  }();
  auto manager = std::make_shared<Manager>(unwrap(std::move(made)));
  manager->cuda_stream = info.stream;
  manager->cuda_ordinal = context_of(*manager).device;  // a CUdevice is its number
  return {std::move(manager)};
}

}  // namespace

const cuda::Context& context_of(const Manager& manager) {
  return *static_cast<const cuda::Manager*>(detail::Private::backend(manager.manager))->context();
}

Result<std::optional<Place>> cuda_place(const SharedTexture& texture, const TextureRegion& region) {
  auto linear = cuda::is_linear(texture);
  if (!linear) return std::move(linear).error();
  if (!*linear) return std::optional<Place>();
  if (region.mip_level != 0)
    return Error(Errc::invalid_argument, "region.mip_level is not 0; memory in place is there of mip level 0 only.");
  auto memory = cuda::linear_memory(texture, region.plane);
  if (!memory) return std::move(memory).error();
  const FormatInfo& info = *format_info(texture.descriptor().format);
  const std::uint64_t slice = std::uint64_t{region.array_layer} + region.offset.z;
  const std::uint64_t start = slice * memory->slice_pitch + std::uint64_t{region.offset.y / info.block_height} * memory->row_pitch +
                              std::uint64_t{region.offset.x / info.block_width} * info.planes[region.plane].block_bytes;
  return std::optional(Place{reinterpret_cast<void*>(memory->pointer + start), memory->row_pitch, memory->slice_pitch});  // NOLINT
}

Result<void> cuda_follow(const Manager& manager, void* from, void* to) {
  const cuda::Context& context = context_of(manager);
  from = legacy_stream(from);
  to = legacy_stream(to);
  if (from == to) return {};
  const cuda::Current current(context);
  if (!current) return current.error();
  cuda::Event event(context);
  if (auto recorded = event.record(static_cast<cuda::Stream>(from)); !recorded) return recorded;
  const auto status = context.cu().stream_wait_event(static_cast<cuda::Stream>(to), event.handle(), 0);
  return status == cuda::api::Status::success ? Result<void>() : context.error(status, "cuStreamWaitEvent");
}

Result<void> cuda_acquire(OpenAccess& access, void* stream) {
  if (access.manager()->manager.backend_name() != "cuda") {
    return Error(Errc::invalid_state, "The access is not of a CUDA manager, so no CUDA stream can wait for it.");
  }
  stream = legacy_stream(stream);
  auto& streams = access.streams();
  if (std::find(streams.begin(), streams.end(), stream) != streams.end()) return {};
  // The library lets one stream wait; the others follow that one.
  auto waits = streams.empty() ? cuda::acquire(*access.access(), static_cast<cuda::Stream>(stream))
                               : cuda_follow(*access.manager(), streams.front(), stream);
  if (waits) streams.push_back(stream);
  return waits;
}

Result<void> finish_streams(OpenAccess& access) {
  if (access.unknown_stream) {  // a consumer orders its work itself (DLPack's stream=-1): all of the device's work comes first
    const cuda::Context& context = context_of(*access.manager());
    const auto synchronize = reinterpret_cast<cuda::api::Status (*)()>(context.driver->library.symbol("cuCtxSynchronize"));
    if (synchronize == nullptr) return Error(Errc::unsupported_feature, "The CUDA driver has no cuCtxSynchronize.");
    const cuda::Current current(context);
    if (!current) return current.error();
    if (const auto status = synchronize(); status != cuda::api::Status::success) return context.error(status, "cuCtxSynchronize");
    access.unknown_stream = false;
  }
  auto& streams = access.streams();
  if (streams.empty()) return {};
  for (std::size_t i = 1; i < streams.size(); ++i) {
    if (auto followed = cuda_follow(*access.manager(), streams[i], streams.front()); !followed) return followed;
  }
  auto released = cuda::release(*access.access(), static_cast<cuda::Stream>(streams.front()));
  if (released) streams.clear();
  return released;
}

void bind_cuda(nb::module_& m) {
  m.attr("has_cuda") = true;
  nb::class_<cuda::DeviceSummary>(m, "CudaDevice", "A device that the CUDA driver shows.")
      .def_ro("ordinal", &cuda::DeviceSummary::ordinal, "Its number in this process.")
      .def_ro("identity", &cuda::DeviceSummary::identity, "Who it is.")
      .def("__repr__",
           [](const cuda::DeviceSummary& d) { return "<CudaDevice " + std::to_string(d.ordinal) + " " + d.identity.name + ">"; });
  m.def(
      "cuda_devices", [] { return unwrap(cuda::enumerate_devices()); },
      "The devices that the CUDA driver shows. Raises NotFound without a driver.");
  m.def(
      "cuda_manager", &cuda_manager, "uuid"_a = nb::none(), "stream"_a = nb::none(), "context"_a = nb::none(), "partner"_a.none() = "auto",
      nb::sig(
          "def cuda_manager(uuid: str | bytes | uuid.UUID | None = None, stream: int | None = None, context: int | None = None, partner: "
          "TextureShareManager | str | None = 'auto') -> TextureShareManager"),
      "A manager on a CUDA device. uuid: which one (torch.cuda.get_device_properties(i).uuid); None: that of the current context, else the "
      "first. context: a CUcontext's address; None: the current one, else the device's primary context, which PyTorch uses too. stream: a "
      "CUstream's address, where the library's own copies run; None: the legacy default stream. partner: a manager of another API on the "
      "same "
      "device, which makes what CUDA cannot (tiled textures, semaphores); \"auto\" makes a Vulkan manager where there is one, and does "
      "without "
      "where there is none. Raises NotFound without a driver or such a device.");
}

}  // namespace geyser::python
