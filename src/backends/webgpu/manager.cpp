#include "backends/webgpu/manager.hpp"

#include <algorithm>

#include "core/duplicate_handles.hpp"
#include "core/guard.hpp"

namespace geyser::webgpu {
namespace {

using detail::text;

/// Whether Dawn's device is the partner's. Dawn tells no UUID.
Result<void> check_device(const Context& context, const detail::Backend& partner) {
  const auto numbers = partner.numbers();
  if (!numbers) return {};
  WGPUAdapterInfo info{};
  WGPUAdapter adapter = context.wgpu.DeviceGetAdapter(context.device);
  const bool told = adapter != nullptr && context.wgpu.AdapterGetInfo(adapter, &info) == WGPUStatus_Success;
  const std::string name = told ? text_of(info.device) : std::string();
  const detail::DeviceNumbers own{info.vendorID, info.deviceID};
  if (told) context.wgpu.AdapterInfoFreeMembers(info);
  if (adapter != nullptr) context.wgpu.AdapterRelease(adapter);
  if (told && own == *numbers) return {};
  return Error(Errc::device_mismatch,
               text("Dawn's device is ", name.empty() ? "unknown" : name, " (", std::hex, own.vendor, ":", own.device,
                    "), but the partner's is ", partner.capabilities().identity.name, " (", numbers->vendor, ":", numbers->device,
                    "); choose the adapter with the partner's vendor and device, or another partner."));
}

std::string clause(std::string_view sentence) {
  while (sentence.ends_with('.')) sentence.remove_suffix(1);
  return std::string(sentence);
}

}  // namespace

Manager::Manager(std::shared_ptr<Context> context, detail::Partner partner)
    : Backend("webgpu"), context_(std::move(context)), partner_(std::move(partner)) {}

Manager::~Manager() = default;

Result<std::shared_ptr<Manager>> Manager::create(std::shared_ptr<Context> context, detail::Partner partner) {
  std::shared_ptr<Manager> made(new Manager(std::move(context), std::move(partner)));
  auto entered = Entered::enter(*made->context_);
  if (!entered) return std::move(entered).error();
  if (!made->partners_backend().passes_on()) {
    return Error(Errc::unsupported_feature, text("The partner is a manager of the backend ", made->partners_backend().name(),
                                                 ", which cannot hand textures on for Dawn; pass a manager of ", partner_name(), "."));
  }
  if (auto ok = check_device(*made->context_, made->partners_backend()); !ok) return std::move(ok).error();
  if (auto ok = made->choose_fences(); !ok) return std::move(ok).error();
  made->fill_capabilities();
  const auto& memory = made->capabilities_.memory;
  if (std::none_of(memory.begin(), memory.end(), [](const auto& each) { return each.can_import; })) {
    std::string why;
    for (const auto& each : memory) why += text(why.empty() ? "" : "; ", to_string(each.type), ": ", each.why_not);
    return Error(Errc::unsupported_feature, text("This device shares no textures: ", why, "."));
  }
  return made;
}

Result<void> Manager::choose_fences() {
  std::string why;
  const Capabilities& partners = partner_.capabilities();
  for (const auto& family : fence_families()) {
    // Which kind Dawn ends an access with is Dawn's choice among those that are enabled.
    if (!context_->has(family.feature.number) || partners.imports(family.kind, family.type)) continue;
    return Error(Errc::unsupported_feature,
                 text("The device was made with ", family.feature.name, ", but the partner imports no ", to_string(family.kind),
                      " semaphores as ", to_string(family.type), "; leave that feature out, as webgpu::required_features() does."));
  }
  for (const auto& family : fence_families()) {
    if (!context_->has(family.feature.number)) {
      why += text(why.empty() ? "" : "; ", "the device was made without ", family.feature.name);
    } else if (!partners.exports(family.kind, family.type) || !partners.imports(family.kind, family.type)) {
      why += text(why.empty() ? "" : "; ", "the partner does not export and import ", to_string(family.kind), " semaphores as ",
                  to_string(family.type), ", which ", family.feature.name, " needs");
    } else {
      fences_ = &family;
      return {};
    }
  }
  return Error(Errc::unsupported_feature,
               text("Dawn's work cannot be waited for: ", why, "; make the device with the features of webgpu::required_features()."));
}

void Manager::fill_capabilities() {
  capabilities_.identity = partner_.capabilities().identity;
  capabilities_.semaphores = partner_.capabilities().semaphores;
  for (const auto& family : memory_families()) {
    MemoryHandleSupport support{.type = family.type, .can_export = false, .can_import = false, .why_not = {}};
    if (!context_->has(family.feature.number)) {
      support.why_not = text("the device was made without ", family.feature.name);
    } else {
      support.can_export = partner_.capabilities().exports(family.type);
      support.can_import = partner_.capabilities().imports(family.type);
      for (const auto& each : partner_.capabilities().memory) {
        if (each.type != family.type) continue;
        support.in_process_only = each.in_process_only;
        if (!each.why_not.empty()) support.why_not = text("the partner says: ", each.why_not);
      }
      if (!(support.can_export && support.can_import) && support.why_not.empty()) support.why_not = "the partner does not offer it";
    }
    capabilities_.memory.push_back(std::move(support));
  }
}

Result<FormatSupport> Manager::support(const MemoryFamily& family, const TextureDescriptor& descriptor,
                                       const std::vector<FormatSupport>& partners) {
  FormatSupport result;
  result.type = family.type;
  const auto& general = *std::find_if(capabilities_.memory.begin(), capabilities_.memory.end(),
                                      [&](const MemoryHandleSupport& each) { return each.type == family.type; });
  result.why_not = general.why_not;
  if (!general.can_import) return result;
  result.why_not = why_not(*context_, descriptor);
  if (result.why_not.empty()) result.why_not = family.why_not(descriptor);
  const auto theirs = std::find_if(partners.begin(), partners.end(), [&](const FormatSupport& each) { return each.type == family.type; });
  if (result.why_not.empty() && (theirs == partners.end() || !theirs->can_import || !theirs->can_export)) {
    result.why_not =
        theirs == partners.end() || theirs->why_not.empty() ? "the partner does not offer it" : text("the partner says: ", theirs->why_not);
  }
  if (result.why_not.empty()) {
    auto asked = formats_.why_not(*context_, partner_, family, descriptor);
    if (!asked) return std::move(asked).error();
    result.why_not = *std::move(asked);
  }
  if (!result.why_not.empty()) return result;
  result.can_import = true;
  result.can_export = general.can_export;
  if (!result.can_export) result.why_not = general.why_not;
  result.dedicated_required = theirs->dedicated_required;
  const std::uint32_t most = context_->limits.maxTextureDimension2D;
  result.max_extent = {std::min(most, theirs->max_extent.width), std::min(most, theirs->max_extent.height), 1};
  result.max_mip_levels = 1;
  result.max_array_layers = 1;
  result.modifiers = theirs->modifiers;
  return result;
}

Result<std::vector<FormatSupport>> Manager::format_support(const TextureDescriptor& descriptor) {
  auto partners = partner_.manager().format_support(descriptor);
  if (!partners) return std::move(partners).error();
  std::vector<FormatSupport> all;
  for (const auto& family : memory_families()) {
    auto one = support(family, descriptor, *partners);
    if (!one) return std::move(one).error();
    all.push_back(*std::move(one));
  }
  return all;
}

Result<void> Manager::check_use(const MemoryFamily& family, const TextureDescriptor& descriptor, std::string_view what) {
  std::string why = why_not(*context_, descriptor);
  if (why.empty()) why = family.why_not(descriptor);
  if (why.empty()) {
    if (auto ok = check_limits(*context_, descriptor); !ok) return ok;
    // In its own words and before anything large is made.
    auto asked = formats_.why_not(*context_, partner_, family, descriptor);
    if (!asked) return std::move(asked).error();
    why = clause(*asked);
  }
  if (why.empty()) return {};
  return Error(Errc::unsupported_format, text("WebGPU cannot ", what, " ", describe_use(descriptor), ": ", why, "."));
}

Result<std::shared_ptr<detail::TextureContents>> Manager::allocate(const TextureDescriptor& descriptor, const CreateOptions& options) {
  if (options.linear) {
    return Error(Errc::unsupported_format, "Dawn shares textures in the device's own order only; leave CreateOptions::linear false.");
  }
  const MemoryFamily* family = nullptr;
  for (const auto& each : memory_families()) {
    if (family == nullptr && capabilities_.exports(each.type) && (!options.handle_type || *options.handle_type == each.type))
      family = &each;
  }
  if (family == nullptr) return Error(Errc::unsupported_handle, "The partner exports nothing that Dawn imports.");
  if (auto ok = check_use(*family, descriptor, "share"); !ok) return std::move(ok).error();
  CreateOptions with_type = options;
  with_type.handle_type = family->type;
  auto made = partner_.allocate(descriptor, with_type);
  if (!made) return std::move(made).error().with_context("asking the partner for memory");
  if (auto ok = family->check(made->handle); !ok) return std::move(ok).error();
  auto entered = Entered::enter(*context_);
  if (!entered) return std::move(entered).error();
  auto imported = webgpu::import_memory(*entered, *family, made->handle);
  if (!imported) return std::move(imported).error();
  std::shared_ptr<Texture> texture;
  try {
    texture = std::make_shared<Texture>(
        shared_from_this(), context_,
        detail::TextureContents::Init{descriptor, family->type, false, made->texture.allocated_bytes(), made->texture.required_bytes()},
        std::move(made->texture));
  } catch (...) {
    context_->wgpu.SharedTextureMemoryRelease(imported->memory);
    throw;
  }
  texture->family = family;
  texture->memory = imported->memory;
  texture->usage = imported->usage;
  texture->info = std::move(made->handle.info);
  return std::shared_ptr<detail::TextureContents>(std::move(texture));
}

Result<TextureHandle> Manager::export_memory(const detail::TextureContents& contents) {
  return partner_.export_again(static_cast<const Texture&>(contents).twin);
}

Result<std::shared_ptr<detail::TextureContents>> Manager::import_memory(TextureHandle& handle) {
  const MemoryFamily* family = find_family(handle.info.type);
  if (family == nullptr) {
    return Error(Errc::unsupported_handle, text("The handle is ", to_string(handle.info.type), ", which Dawn does not import."));
  }
  if (auto ok = check_use(*family, handle.info.descriptor, "import"); !ok) return std::move(ok).error();
  if (auto ok = family->check(handle); !ok) return std::move(ok).error();
  if (handle.info.type == MemoryHandleType::opaque_fd) {
    if (auto ok = partner_.check_own_kind(handle.handles[0]); !ok) return std::move(ok).error();
  }
  // The partner first: it compares each number with what its own image has, before Dawn's driver believes them.
  TextureHandle theirs;
  theirs.info = handle.info;
  if (auto ok = detail::duplicate_handles(handle.handles, theirs.handles); !ok) return std::move(ok).error();
  auto twin = partner_.manager().import_texture(std::move(theirs));
  if (!twin) return std::move(twin).error().with_context("asking the partner to import it");
  std::array<OsHandle, max_memory_planes> kept;
  if (auto ok = detail::duplicate_handles(handle.handles, kept); !ok) return std::move(ok).error();
  auto entered = Entered::enter(*context_);
  if (!entered) return std::move(entered).error();
  auto imported = webgpu::import_memory(*entered, *family, handle);
  if (!imported) return std::move(imported).error();
  std::shared_ptr<Texture> texture;
  try {
    detail::TextureContents::Init init{handle.info.descriptor, family->type, true, twin->allocated_bytes(), twin->required_bytes()};
    texture = std::make_shared<Texture>(shared_from_this(), context_, std::move(init), *std::move(twin));
    texture->info = handle.info;
  } catch (...) {
    context_->wgpu.SharedTextureMemoryRelease(imported->memory);
    throw;
  }
  texture->family = family;
  texture->memory = imported->memory;
  texture->usage = imported->usage;
  texture->kept = std::move(kept);
  for (auto& each : handle.handles) each.reset();
  return std::shared_ptr<detail::TextureContents>(std::move(texture));
}

Result<std::shared_ptr<detail::SemaphoreContents>> Manager::create_semaphore(SemaphoreKind kind, std::uint64_t initial_value) {
  auto twin = partner_.manager().create_shared_semaphore({.kind = kind, .initial_value = initial_value, .label = {}});
  if (!twin) return std::move(twin).error().with_context("asking the partner for a semaphore");
  return std::shared_ptr<detail::SemaphoreContents>(
      std::make_shared<detail::PartneredSemaphore>(shared_from_this(), *std::move(twin), false));
}

Result<SemaphoreHandle> Manager::export_semaphore(detail::SemaphoreContents& semaphore, SemaphoreHandleType type) {
  return partner_.manager().export_semaphore(static_cast<detail::PartneredSemaphore&>(semaphore).twin(), type);
}

Result<std::shared_ptr<detail::SemaphoreContents>> Manager::import_semaphore(SemaphoreHandle& handle) {
  auto imported = partner_.import_semaphore(handle);
  if (!imported) return std::move(imported).error().with_context("asking the partner to import it");
  auto made = std::make_shared<detail::PartneredSemaphore>(shared_from_this(), std::move(imported->twin), true);
  handle.handle.reset();
  return std::shared_ptr<detail::SemaphoreContents>(std::move(made));
}

Result<void> Manager::signal_on_queue(detail::SemaphoreContents& semaphore, std::uint64_t value) {
  {
    auto entered = Entered::enter(*context_);
    if (!entered) return std::move(entered).error();
    if (auto ok = entered->finish(default_gpu_timeout); !ok) return ok;
  }
  const auto& twin = static_cast<detail::PartneredSemaphore&>(semaphore).twin();
  return partners_backend().signal_on_queue(*detail::Private::contents(twin), value);
}

Result<void> Manager::copy_in(detail::TextureContents& texture, const TextureRegion& region, const RegionLayout& layout,
                              std::span<const std::byte> bytes, geyser::Access& access) {
  return webgpu::copy_in(static_cast<Texture&>(texture), region, layout, bytes, access);
}

Result<void> Manager::copy_out(detail::TextureContents& texture, const TextureRegion& region, const RegionLayout& layout,
                               std::span<std::byte> bytes, geyser::Access& access) {
  return webgpu::copy_out(static_cast<Texture&>(texture), region, layout, bytes, access);
}

const MemoryFamily* find_family(MemoryHandleType type) noexcept {
  for (const auto& each : memory_families()) {
    if (each.type == type) return &each;
  }
  return nullptr;
}

Result<TextureShareManager> create_manager_with_events(const AdoptInfo& info, std::shared_ptr<Events> events) {
  return detail::guard([&]() -> Result<TextureShareManager> {
    auto context = Context::adopt(info, std::move(events));
    if (!context) return std::move(context).error().with_context("adopting a WebGPU device");
    auto partner = detail::Partner::adopt(info.partner, info.partner->identity());
    if (!partner) return std::move(partner).error().with_context("adopting a WebGPU device");
    auto manager = Manager::create(*std::move(context), **std::move(partner));
    if (!manager) return std::move(manager).error().with_context("adopting a WebGPU device");
    return detail::Private::make(*std::move(manager));
  });
}

Result<TextureShareManager> create_manager(const AdoptInfo& info) { return create_manager_with_events(info, nullptr); }

}  // namespace geyser::webgpu
