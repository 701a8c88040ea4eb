// Managers, host memory, pools.
#include "geyser/manager.hpp"

#include <chrono>
#include <memory>

#include "c/objects.hpp"
#include "geyser/host.hpp"

using namespace geyser::c;
using geyser::Result;

struct geyser_texture_pool {
  geyser::TexturePool pool;
};

geyser_status geyser_host_manager_create(geyser_manager** out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    GEYSER_TAKE(manager, geyser::host::create_manager());
    *out = wrap(std::move(manager));
    return {};
  });
}
void geyser_manager_destroy(geyser_manager* manager) GEYSER_NOEXCEPT { delete manager; }
geyser_status geyser_manager_backend_name(const geyser_manager* manager, const char** out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(manager), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    *out = manager->manager.backend_name().data();  // a literal
    return {};
  });
}

geyser_status geyser_manager_create_texture(geyser_manager* manager, const geyser_texture_descriptor* descriptor,
                                            const geyser_create_options* options, geyser_texture** out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(manager), GEYSER_GIVEN(descriptor), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    GEYSER_TAKE(value, to_descriptor(descriptor, "descriptor"));
    GEYSER_TAKE(from, read_or_default(options, "options"));
    GEYSER_CHECK(check_array(from.modifiers, from.modifier_count, "options->modifiers"));
    std::vector<geyser::ModifierSupport> modifiers;
    modifiers.reserve(from.modifier_count);
    for (std::uint32_t i = 0; i < from.modifier_count; ++i)
      modifiers.push_back({from.modifiers[i].modifier, from.modifiers[i].memory_planes});
    geyser::CreateOptions how{.modifiers = modifiers, .linear = from.linear != 0};
    if (from.memory_type != 0) {
      GEYSER_TAKE(type, enumerator(from.memory_type, geyser::MemoryHandleType::metal_texture, "options->memory_type"));
      how.handle_type = type;
    }
    GEYSER_TAKE(texture, manager->manager.create_shareable_texture(value, how));
    *out = wrap(std::move(texture));
    return {};
  });
}
geyser_status geyser_manager_export_texture(geyser_manager* manager, const geyser_texture* texture,
                                            geyser_texture_handle** out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(manager), GEYSER_GIVEN(texture), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    GEYSER_TAKE(it, live_texture(texture));
    GEYSER_TAKE(handle, manager->manager.export_texture(*it));
    *out = wrap(std::move(handle));
    return {};
  });
}
geyser_status geyser_manager_import_texture(geyser_manager* manager, geyser_texture_handle* handle, geyser_texture** out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(manager), GEYSER_GIVEN(handle), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    auto wrapped = std::make_unique<geyser_texture>();  // first: after the import nothing can fail
    GEYSER_TAKE(texture, manager->manager.import_texture(std::move(handle->handle)));
    wrapped->own.emplace(std::move(texture));
    wrapped->it = &*wrapped->own;
    *out = wrapped.release();
    delete handle;
    return {};
  });
}

geyser_status geyser_manager_create_semaphore(geyser_manager* manager, const geyser_semaphore_options* options,
                                              geyser_semaphore** out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(manager), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    GEYSER_TAKE(from, read_or_default(options, "options"));
    geyser::SemaphoreDescriptor descriptor{.initial_value = from.initial_value, .label = or_empty(from.label)};
    if (from.kind != 0) {
      GEYSER_TAKE(kind, enumerator(from.kind, geyser::SemaphoreKind::host_timeline, "options->kind"));
      descriptor.kind = kind;
    }
    GEYSER_TAKE(semaphore, manager->manager.create_shared_semaphore(descriptor));
    *out = wrap(std::move(semaphore));
    return {};
  });
}
geyser_status geyser_manager_export_semaphore(geyser_manager* manager, const geyser_semaphore* semaphore, geyser_semaphore_type type,
                                              geyser_semaphore_handle** out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(manager), GEYSER_GIVEN(semaphore), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    std::optional<geyser::SemaphoreHandleType> wanted;
    if (type != 0) {
      GEYSER_TAKE(way, enumerator(type, geyser::SemaphoreHandleType::metal_shared_event, "type"));
      wanted = way;
    }
    auto wrapped = std::make_unique<geyser_semaphore_handle>();  // first: exporting a sync_fd cannot be taken back
    GEYSER_TAKE(handle, manager->manager.export_semaphore(semaphore->semaphore, wanted));
    wrapped->handle = std::move(handle);
    *out = wrapped.release();
    return {};
  });
}
geyser_status geyser_manager_import_semaphore(geyser_manager* manager, geyser_semaphore_handle* handle,
                                              geyser_semaphore** out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(manager), GEYSER_GIVEN(handle), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    auto wrapped = std::make_unique<geyser_semaphore>();
    GEYSER_TAKE(semaphore, manager->manager.import_semaphore(std::move(handle->handle)));
    wrapped->semaphore = std::move(semaphore);
    *out = wrapped.release();
    delete handle;
    return {};
  });
}

geyser_status geyser_manager_attach_semaphore(geyser_manager* manager, geyser_texture* texture,
                                              const geyser_semaphore* semaphore) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(manager), GEYSER_GIVEN(texture), GEYSER_GIVEN(semaphore)}, [&]() -> Result<void> {
    GEYSER_TAKE(it, live_texture(texture));
    return manager->manager.attach_semaphore(*it, semaphore->semaphore);
  });
}
geyser_status geyser_manager_attached_semaphore(const geyser_manager* manager, const geyser_texture* texture,
                                                geyser_semaphore** out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(manager), GEYSER_GIVEN(texture), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    GEYSER_TAKE(it, live_texture(texture));
    auto semaphore = manager->manager.attached_semaphore(*it);
    if (!semaphore) {
      return geyser::Error(geyser::Errc::not_found, "This texture has no ready semaphore; geyser_manager_attach_semaphore() gives it one.");
    }
    *out = wrap(std::move(semaphore));
    return {};
  });
}
geyser_status geyser_manager_signal_ready(geyser_manager* manager, geyser_texture* texture, uint64_t* value) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(manager), GEYSER_GIVEN(texture)}, [&]() -> Result<void> {
    GEYSER_TAKE(it, live_texture(texture));
    GEYSER_TAKE(point, manager->manager.signal_texture_ready(*it));
    if (value != nullptr) *value = point.value;
    return {};
  });
}
geyser_status geyser_manager_wait_ready(geyser_manager* manager, geyser_texture* texture, int64_t timeout,
                                        uint64_t* value) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(manager), GEYSER_GIVEN(texture)}, [&]() -> Result<void> {
    GEYSER_TAKE(it, live_texture(texture));
    GEYSER_TAKE(reached, manager->manager.wait_for_texture(*it, std::chrono::nanoseconds(bounded(timeout))));
    if (value != nullptr) *value = reached;
    return {};
  });
}

geyser_status geyser_manager_upload(geyser_manager* manager, geyser_texture* texture, const geyser_texture_region* region,
                                    const void* bytes, size_t size, const geyser_access_info* info) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(manager), GEYSER_GIVEN(texture), GEYSER_GIVEN(bytes)}, [&]() -> Result<void> {
    GEYSER_TAKE(it, live_texture(texture));
    GEYSER_TAKE(where, to_region(region));
    GEYSER_TAKE(how, to_access_info(info));
    return manager->manager.upload(*it, where, {static_cast<const std::byte*>(bytes), size}, how.info);
  });
}
geyser_status geyser_manager_read_back(geyser_manager* manager, geyser_texture* texture, const geyser_texture_region* region, void* bytes,
                                       size_t size, const geyser_access_info* info) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(manager), GEYSER_GIVEN(texture), GEYSER_GIVEN(bytes)}, [&]() -> Result<void> {
    GEYSER_TAKE(it, live_texture(texture));
    GEYSER_TAKE(where, to_region(region));
    GEYSER_TAKE(how, to_access_info(info));
    return manager->manager.read_back(*it, where, {static_cast<std::byte*>(bytes), size}, how.info);
  });
}

geyser_status geyser_host_map(const geyser_texture* texture, const geyser_texture_region* region,
                              geyser_mapped_region* out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(texture), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    GEYSER_TAKE(it, live_texture(texture));
    GEYSER_TAKE(where, to_region(region));
    GEYSER_TAKE(mapped, geyser::host::map(*it, where));
    geyser_mapped_region to{};
    to.extent = from_extent(mapped.layout.extent);
    to.data = mapped.data;
    to.row_pitch = mapped.row_pitch;
    to.slice_pitch = mapped.slice_pitch;
    to.row_bytes = mapped.layout.row_bytes;
    to.rows = mapped.layout.rows;
    to.total_bytes = mapped.layout.total_bytes;
    return write(out, to, "out");
  });
}

geyser_status geyser_texture_pool_create(geyser_manager* manager, uint32_t capacity, geyser_texture_pool** out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(manager), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    *out = made<geyser_texture_pool>(geyser::TexturePool(manager->manager, capacity != 0 ? capacity : 16));
    return {};
  });
}
void geyser_texture_pool_destroy(geyser_texture_pool* pool) GEYSER_NOEXCEPT { delete pool; }
geyser_status geyser_texture_pool_acquire(geyser_texture_pool* pool, const geyser_texture_descriptor* descriptor, geyser_texture** out,
                                          geyser_bool* reused) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(pool), GEYSER_GIVEN(descriptor), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    GEYSER_TAKE(value, to_descriptor(descriptor, "descriptor"));
    GEYSER_TAKE(loan, pool->pool.acquire(value));
    auto texture = std::make_unique<geyser_texture>();
    if (reused != nullptr) *reused = flag(loan.reused());
    texture->loan.emplace(std::move(loan));
    texture->it = &**texture->loan;
    *out = texture.release();
    return {};
  });
}
geyser_status geyser_texture_pool_idle(const geyser_texture_pool* pool, uint32_t* out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(pool), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    *out = count_of(pool->pool.idle());
    return {};
  });
}
geyser_status geyser_texture_pool_clear(geyser_texture_pool* pool) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(pool)}, [&]() -> Result<void> {
    pool->pool.clear();
    return {};
  });
}
