#include "geyser/manager.hpp"

#include <algorithm>

#include "core/backend.hpp"
#include "core/device_difference.hpp"
#include "core/guard.hpp"

namespace geyser {
namespace {

using detail::guard;
using detail::Private;
using detail::text;

std::string name_of(const TextureDescriptor& descriptor) {
  return descriptor.label.empty() ? detail::text("the texture (", describe(descriptor), ")")
                                  : detail::text("texture \"", descriptor.label, "\"");
}

template <class Object>
Result<void> check_owner(const detail::Backend& backend, const Object* object, std::string_view what) {
  if (object == nullptr) return Error(Errc::invalid_argument, text("The ", what, " is empty; it was moved from or never created."));
  if (object->backend().get() == &backend) return backend.alive();
  return Error(Errc::device_mismatch, text("The ", what, " belongs to another manager (", object->backend()->name(), " on ",
                                           object->backend()->capabilities().identity.name, "); export it there and import it here."));
}

Error no_ready_semaphore(const detail::TextureContents& texture) {
  return Error(Errc::invalid_state, text("No ready semaphore is attached to ", name_of(texture.descriptor()),
                                         "; call attach_semaphore() before export_texture()."));
}

std::string clause(const std::string& why_not) { return why_not.empty() ? std::string("the backend does not offer it") : why_not; }

/// Why a device neither exports nor imports a type, and which types it does take.
std::string why_refused(const Capabilities& device, MemoryHandleType type, bool exporting) {
  std::string why = "the backend does not know it";
  std::string instead;
  for (const auto& m : device.memory) {
    if (m.type == type) why = clause(m.why_not);
    if (exporting ? m.can_export : m.can_import) instead += text(instead.empty() ? "" : ", ", to_string(m.type));
  }
  return text(why, "; ", exporting ? "it exports " : "it imports ", instead.empty() ? std::string("nothing") : instead);
}

}  // namespace

TextureShareManager::TextureShareManager(std::shared_ptr<detail::Backend> backend) noexcept : backend_(std::move(backend)) {
  if (backend_) backend_->managers.fetch_add(1);
}

TextureShareManager::TextureShareManager(TextureShareManager&&) noexcept = default;

TextureShareManager& TextureShareManager::operator=(TextureShareManager&& other) noexcept {
  std::swap(backend_, other.backend_);  // the old one goes when `other` is destroyed
  return *this;
}

TextureShareManager::~TextureShareManager() {
  if (backend_ && backend_->managers.fetch_sub(1) == 1) backend_->reap(true);
}

std::string_view TextureShareManager::backend_name() const noexcept { return backend_->name(); }
const DeviceIdentity& TextureShareManager::identity() const noexcept { return backend_->capabilities().identity; }
const Capabilities& TextureShareManager::capabilities() const noexcept { return backend_->capabilities(); }

Result<std::vector<FormatSupport>> TextureShareManager::format_support(const TextureDescriptor& descriptor) const {
  return guard([&]() -> Result<std::vector<FormatSupport>> {
    if (auto ok = validate(descriptor); !ok) return std::move(ok).error();
    return backend_->format_support(descriptor);
  });
}

Result<SharedTexture> TextureShareManager::create_shareable_texture(const TextureDescriptor& descriptor, const CreateOptions& options) {
  return guard([&]() -> Result<SharedTexture> {
    if (auto ok = validate(descriptor); !ok) return std::move(ok).error();
    if (auto ok = backend_->alive(); !ok) return std::move(ok).error().with_context("creating " + name_of(descriptor));
    if (options.handle_type && !capabilities().exports(*options.handle_type)) {
      return Error(Errc::unsupported_handle,
                   text("CreateOptions::handle_type is ", to_string(*options.handle_type),
                        ", which this device cannot export: ", why_refused(capabilities(), *options.handle_type, true), "."));
    }
    backend_->reap(false);
    auto contents = backend_->allocate(descriptor, options);
    if (!contents) return std::move(contents).error().with_context("creating " + name_of(descriptor));
    return Private::make(*std::move(contents));
  });
}

Result<TextureHandle> TextureShareManager::export_texture(const SharedTexture& texture) {
  return guard([&]() -> Result<TextureHandle> {
    detail::TextureContents* contents = Private::contents(texture);
    if (auto ok = check_owner(*backend_, contents, "texture"); !ok) return std::move(ok).error();
    if (contents->imported()) {
      return Error(Errc::unsupported_handle, text(name_of(contents->descriptor()), " was imported; export it where it was created."));
    }
    auto handle = backend_->export_memory(*contents);
    if (!handle) return std::move(handle).error().with_context("exporting " + name_of(contents->descriptor()));
    SharedSemaphore ready;
    {
      const std::lock_guard lock(contents->mutex);
      handle->info.initialized = contents->state.initialized;
      handle->info.layout = contents->state.layout;
      handle->ready_value = contents->ready_signalled;
      ready = contents->ready;
    }
    if (ready) {
      auto semaphore = export_semaphore(ready);
      if (!semaphore)
        return std::move(semaphore).error().with_context("exporting the ready semaphore of " + name_of(contents->descriptor()));
      handle->ready_semaphore = *std::move(semaphore);
    }
    return handle;
  });
}

Result<SharedTexture> TextureShareManager::import_texture(TextureHandle&& handle) {
  return guard([&]() -> Result<SharedTexture> {
    if (auto ok = validate(handle); !ok) return std::move(ok).error().with_context("importing a texture");
    const TextureHandleInfo& info = handle.info;
    // The device first: nothing else is worth saying about a handle of another device, and no driver may see it.
    if (!detail::device_independent(info.type)) {
      if (auto ok = check_same_device(info.exporter, identity()); !ok)
        return std::move(ok).error().with_context("importing " + name_of(info.descriptor));
    }
    if (auto ok = backend_->alive(); !ok) return std::move(ok).error().with_context("importing " + name_of(info.descriptor));
    if (!capabilities().imports(info.type)) {
      return Error(Errc::unsupported_handle, text("The handle is ", to_string(info.type), ", which this device cannot import: ",
                                                  why_refused(capabilities(), info.type, false), "."))
          .with_context("importing " + name_of(info.descriptor));
    }
    // The semaphore is imported through a duplicate, so that a texture that fails afterwards leaves the whole handle as it was.
    SharedSemaphore ready;
    if (handle.ready_semaphore) {
      const SemaphoreHandle& original = *handle.ready_semaphore;
      SemaphoreHandle copy;
      copy.kind = original.kind;
      copy.type = original.type;
      copy.exporter = original.exporter;
      if (original.handle) {
        auto duplicate = original.handle.duplicate();
        if (!duplicate) return std::move(duplicate).error().with_context("importing the ready semaphore of " + name_of(info.descriptor));
        copy.handle = *std::move(duplicate);
      }
      auto semaphore = import_semaphore(std::move(copy));
      if (!semaphore) return std::move(semaphore).error().with_context("importing the ready semaphore of " + name_of(info.descriptor));
      ready = *std::move(semaphore);
    }
    const bool initialized = info.initialized;
    const TextureLayout layout = info.layout;
    const std::uint64_t ready_value = handle.ready_value;
    backend_->reap(false);
    auto contents = backend_->import_memory(handle);
    if (!contents) return std::move(contents).error().with_context("importing " + name_of(info.descriptor));
    (*contents)->state.initialized = initialized;
    (*contents)->state.layout = layout;
    (*contents)->ready = std::move(ready);
    (*contents)->ready_signalled = ready_value;
    // What was announced before the export is new to this side: the first wait_for_texture() returns at once for it.
    (*contents)->ready_waited = 0;
    handle.ready_semaphore.reset();
    return Private::make(*std::move(contents));
  });
}

void TextureShareManager::release_texture_handle(TextureHandle&& handle) noexcept { const TextureHandle closed = std::move(handle); }

Result<SharedSemaphore> TextureShareManager::create_shared_semaphore(const SemaphoreDescriptor& descriptor) {
  return guard([&]() -> Result<SharedSemaphore> {
    if (auto ok = backend_->alive(); !ok) return std::move(ok).error().with_context("creating a semaphore");
    std::optional<SemaphoreKind> kind = descriptor.kind;
    std::string why;
    bool possible = false;
    for (const auto& s : capabilities().semaphores) {
      if (kind && s.kind != *kind) continue;
      if (s.can_export) {
        kind = s.kind;
        possible = true;
        break;
      }
      why += text(why.empty() ? "" : "; ", to_string(s.kind), " as ", to_string(s.type), ": ", clause(s.why_not));
    }
    if (!possible) {
      return Error(Errc::unsupported_feature,
                   text("This device cannot export ", kind ? to_string(*kind) : std::string_view("any"),
                        " semaphores: ", why.empty() ? std::string("the backend does not know them") : why, "."));
    }
    if (*kind == SemaphoreKind::binary && descriptor.initial_value != 0) {
      return Error(Errc::invalid_argument,
                   text("initial_value is ", descriptor.initial_value, ", but a binary semaphore starts unsignalled; pass 0."));
    }
    auto contents = backend_->create_semaphore(*kind, descriptor.initial_value);
    if (!contents) return std::move(contents).error().with_context(text("creating a ", to_string(*kind), " semaphore"));
    return Private::make(*std::move(contents));
  });
}

Result<SemaphoreHandle> TextureShareManager::export_semaphore(const SharedSemaphore& semaphore, std::optional<SemaphoreHandleType> type) {
  return guard([&]() -> Result<SemaphoreHandle> {
    detail::SemaphoreContents* contents = Private::contents(semaphore);
    if (auto ok = check_owner(*backend_, contents, "semaphore"); !ok) return std::move(ok).error();
    std::string why;
    for (const auto& s : capabilities().semaphores) {
      if (s.kind != contents->kind() || (type && s.type != *type)) continue;
      if (s.can_export) {
        auto handle = backend_->export_semaphore(*contents, s.type);
        if (!handle)
          return std::move(handle).error().with_context(text("exporting a ", to_string(s.kind), " semaphore as ", to_string(s.type)));
        return handle;
      }
      why += text(why.empty() ? "" : "; ", to_string(s.type), ": ", clause(s.why_not));
    }
    return Error(Errc::unsupported_handle, text("A ", to_string(contents->kind()), " semaphore of this device cannot be exported",
                                                type ? text(" as ", to_string(*type)) : std::string(), why.empty() ? "" : ": ", why, "."));
  });
}

Result<SharedSemaphore> TextureShareManager::import_semaphore(SemaphoreHandle&& handle) {
  return guard([&]() -> Result<SharedSemaphore> {
    if (auto ok = validate(handle); !ok) return std::move(ok).error().with_context("importing a semaphore");
    // A page of host memory and a sync file mean the same on every device; everything else is the exporter's driver's own.
    if (handle.type != SemaphoreHandleType::host_page && handle.type != SemaphoreHandleType::sync_fd) {
      if (auto ok = check_same_device(handle.exporter, identity()); !ok) return std::move(ok).error().with_context("importing a semaphore");
    }
    if (auto ok = backend_->alive(); !ok) return std::move(ok).error().with_context("importing a semaphore");
    if (!capabilities().imports(handle.kind, handle.type)) {
      std::string why = "the backend does not know it";
      for (const auto& s : capabilities().semaphores) {
        if (s.kind == handle.kind && s.type == handle.type) why = clause(s.why_not);
      }
      return Error(Errc::unsupported_handle, text("The handle is a ", to_string(handle.kind), " semaphore as ", to_string(handle.type),
                                                  ", which this device cannot import: ", why, "."));
    }
    auto contents = backend_->import_semaphore(handle);
    if (!contents) return std::move(contents).error().with_context("importing a semaphore");
    return Private::make(*std::move(contents));
  });
}

Result<void> TextureShareManager::attach_semaphore(SharedTexture& texture, const SharedSemaphore& semaphore) {
  return guard([&]() -> Result<void> {
    detail::TextureContents* contents = Private::contents(texture);
    if (auto ok = check_owner(*backend_, contents, "texture"); !ok) return ok;
    detail::SemaphoreContents* ready = Private::contents(semaphore);
    if (auto ok = check_owner(*backend_, ready, "semaphore"); !ok) return ok;
    std::uint64_t now = 0;
    if (ready->kind() != SemaphoreKind::binary) {
      auto value = ready->value();
      if (!value) return std::move(value).error();
      now = *value;
    }
    const std::lock_guard lock(contents->mutex);
    if (!contents->access.idle()) {
      return Error(Errc::access_conflict,
                   text("An access of ", name_of(contents->descriptor()), " is open; end it before attaching a semaphore."));
    }
    contents->ready = semaphore;
    contents->ready_signalled = now;
    contents->ready_waited = now;
    return {};
  });
}

SharedSemaphore TextureShareManager::attached_semaphore(const SharedTexture& texture) const {
  detail::TextureContents* contents = Private::contents(texture);
  if (contents == nullptr) return {};
  const std::lock_guard lock(contents->mutex);
  return contents->ready;
}

Result<SyncPoint> TextureShareManager::signal_texture_ready(SharedTexture& texture) {
  return guard([&]() -> Result<SyncPoint> {
    detail::TextureContents* contents = Private::contents(texture);
    if (auto ok = check_owner(*backend_, contents, "texture"); !ok) return std::move(ok).error();
    const std::lock_guard lock(contents->mutex);
    if (!contents->ready) return no_ready_semaphore(*contents);
    if (!contents->access.idle()) {
      return Error(Errc::access_conflict,
                   text("An access of ", name_of(contents->descriptor()), " is open; end it before announcing the texture."));
    }
    detail::SemaphoreContents& ready = *Private::contents(contents->ready);
    const bool binary = ready.kind() == SemaphoreKind::binary;
    const std::uint64_t value = binary ? 1 : std::max(contents->ready_signalled, contents->ready_waited) + 1;
    SyncPoint point{contents->ready, value};
    // Room for the point is made first: after the submit nothing may fail.
    SyncPointList own;
    if (!binary) own.push_back(point);
    SyncPointList points;
    points.push_back(point);
    if (auto ok = backend_->signal_on_queue(ready, value); !ok)
      return std::move(ok).error().with_context("announcing " + name_of(contents->descriptor()));
    contents->ready_signalled = value;
    contents->state.initialized = true;
    if (contents->state.layout == TextureLayout::undefined) contents->state.layout = TextureLayout::general;
    // A binary point is for the importer alone; this side's own next access is ordered by its queue.
    if (!binary) {
      contents->state.points = std::move(points);
      contents->own_signals = std::move(own);
    }
    return point;
  });
}

Result<std::uint64_t> TextureShareManager::wait_for_texture(SharedTexture& texture, std::chrono::nanoseconds timeout) {
  return guard([&]() -> Result<std::uint64_t> {
    const std::shared_ptr<detail::TextureContents> contents = Private::shared(texture);
    if (auto ok = check_owner(*backend_, contents.get(), "texture"); !ok) return std::move(ok).error();
    SharedSemaphore ready;
    std::uint64_t target = 1;
    {
      const std::lock_guard lock(contents->mutex);
      ready = contents->ready;
      if (!ready) return no_ready_semaphore(*contents);
      if (ready.kind() != SemaphoreKind::binary) {
        target = (contents->imported() ? contents->ready_waited : std::max(contents->ready_waited, contents->ready_signalled)) + 1;
      }
    }
    // Not under the lock: other threads may use the texture's other members while this one sleeps.
    if (auto ok = ready.wait(target, timeout); !ok) {
      if (ok.error().code() != Errc::timed_out) return std::move(ok).error();
      return Error(Errc::timed_out,
                   text("The other side of ", name_of(contents->descriptor()), " did not signal value ", target,
                        " of the ready semaphore within ", std::chrono::duration_cast<std::chrono::microseconds>(timeout).count(),
                        " microseconds; does it call signal_texture_ready()?"));
    }
    std::uint64_t reached = 1;
    if (ready.kind() != SemaphoreKind::binary) {
      auto now = ready.value();
      if (!now) return std::move(now).error();
      reached = *now;
    }
    const std::lock_guard lock(contents->mutex);
    contents->ready_waited = std::max(contents->ready_waited, reached);
    contents->state.initialized = true;
    if (contents->state.layout == TextureLayout::undefined) contents->state.layout = TextureLayout::general;
    return reached;
  });
}

Result<void> TextureShareManager::upload(SharedTexture& texture, const TextureRegion& region, std::span<const std::byte> bytes,
                                         const AccessInfo& info) {
  return guard([&]() -> Result<void> {
    const std::shared_ptr<detail::TextureContents>& contents = Private::shared(texture);
    if (auto ok = check_owner(*backend_, contents.get(), "texture"); !ok) return ok;
    auto layout = region_layout(contents->descriptor(), region);
    if (!layout) return std::move(layout).error().with_context("uploading to " + name_of(contents->descriptor()));
    if (bytes.size() != layout->total_bytes) {
      return Error(Errc::invalid_argument, text("bytes.size() is ", bytes.size(), ", but the region has ", layout->total_bytes, " bytes."));
    }
    TextureState before = texture.state();
    auto access = detail::begin_access(contents, AccessMode::write, info);
    if (!access) return std::move(access).error();
    if (auto ok = backend_->copy_in(*contents, region, *layout, bytes, *access); !ok) {
      detail::cancel_access(*std::move(access), std::move(before));
      return std::move(ok).with_context("uploading to " + name_of(contents->descriptor()));
    }
    auto state = (*std::move(access)).end();
    if (!state) return std::move(state).error();
    return {};
  });
}

Result<void> TextureShareManager::read_back(SharedTexture& texture, const TextureRegion& region, std::span<std::byte> bytes,
                                            const AccessInfo& info) {
  return guard([&]() -> Result<void> {
    const std::shared_ptr<detail::TextureContents>& contents = Private::shared(texture);
    if (auto ok = check_owner(*backend_, contents.get(), "texture"); !ok) return ok;
    auto layout = region_layout(contents->descriptor(), region);
    if (!layout) return std::move(layout).error().with_context("reading back " + name_of(contents->descriptor()));
    if (bytes.size() != layout->total_bytes) {
      return Error(Errc::invalid_argument, text("bytes.size() is ", bytes.size(), ", but the region has ", layout->total_bytes, " bytes."));
    }
    TextureState before = texture.state();
    auto access = detail::begin_access(contents, AccessMode::read, info);
    if (!access) return std::move(access).error();
    if (auto ok = backend_->copy_out(*contents, region, *layout, bytes, *access); !ok) {
      detail::cancel_access(*std::move(access), std::move(before));
      return std::move(ok).with_context("reading back " + name_of(contents->descriptor()));
    }
    auto state = (*std::move(access)).end();
    if (!state) return std::move(state).error();
    return {};
  });
}

}  // namespace geyser
