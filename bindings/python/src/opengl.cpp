// OpenGL: a context of the module's own without a window, or the one that is current.
#include "geyser/opengl.hpp"

#include "common.hpp"
#include "geyser/vulkan.hpp"

namespace geyser::python {
namespace {

/// A Vulkan manager on the device, or none: OpenGL then only imports.
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

/// The partner that was asked for.
struct Partner {
  std::shared_ptr<Manager> given;
  std::optional<TextureShareManager> found;
  bool find = false;
  [[nodiscard]] const TextureShareManager* choose(const DeviceIdentity& device) {
    if (given) return &given->manager;
    if (find) found = vulkan_partner(device.device_uuid);
    return found ? &*found : nullptr;
  }
};

[[nodiscard]] Partner partner_of(nb::handle partner) {
  Partner chosen;
  chosen.find = nb::isinstance<nb::str>(partner);
  if (chosen.find && nb::cast<std::string>(partner) != "auto") {
    fail(Errc::invalid_argument,
         "partner is " + nb::cast<std::string>(nb::repr(partner)) + "; allowed are \"auto\", None and a TextureShareManager.");
  }
  if (!chosen.find && !partner.is_none()) chosen.given = nb::cast<PyManager&>(partner).get();
  return chosen;
}

[[nodiscard]] PyManager opengl_manager(nb::handle uuid, bool es, bool debug, bool adopt, nb::handle partner) {
  Partner chosen = partner_of(partner);
  if (adopt) {
    if (!uuid.is_none() || es || debug) {
      fail(Errc::invalid_argument,
           "adopt takes the context that is current as it is; uuid, es and debug are for a context of the module's own.");
    }
    opengl::AdoptInfo info;
    const DeviceIdentity device = unwrap(opengl::identify(info));
    info.partner = chosen.choose(device);
    return {std::make_shared<Manager>(unwrap(opengl::create_manager(info)))};
  }
  auto context = std::make_shared<opengl::Context>(unwrap(opengl::Context::create({optional_uuid(uuid), es, debug})));
  auto manager = std::make_shared<Manager>(unwrap(context->create_manager(chosen.choose(context->identity()))));
  manager->below = context;
  manager->make_current = [context = context.get()] { return context->make_current(); };
  manager->release_current = [context = context.get()] { context->release_current(); };
  return {std::move(manager)};
}

}  // namespace

void bind_opengl(nb::module_& m) {
  m.attr("has_opengl") = true;
  m.def(
      "opengl_manager", &opengl_manager, "uuid"_a = nb::none(), nb::kw_only(), "es"_a = false, "debug"_a = false, "adopt"_a = false,
      "partner"_a.none() = "auto",
      nb::sig(
          "def opengl_manager(uuid: str | bytes | uuid.UUID | None = None, *, es: bool = False, debug: bool = False, adopt: bool = False, "
          "partner: TextureShareManager | str | None = 'auto') -> TextureShareManager"),
      "A manager on OpenGL: on a context of its own without a window, which is current in this thread afterwards, or with adopt on the one "
      "that "
      "is current (by EGL), which stays the caller's and must outlive the manager. A context belongs to one thread: everything that "
      "creates, "
      "imports, exports or copies must be called where it is current (make_current()); InvalidState says so otherwise. uuid: the device; "
      "es: "
      "OpenGL ES; debug: the driver's messages go to the log. partner: a manager of another API on the same device, which makes what can "
      "be "
      "handed over; \"auto\" makes a Vulkan manager where there is one.");
}

}  // namespace geyser::python
