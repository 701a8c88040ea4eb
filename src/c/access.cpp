// Textures and accesses.
#include <chrono>

#include "c/objects.hpp"
#include "core/backend.hpp"

using namespace geyser::c;
using geyser::Result;

struct geyser_texture_hold {
  std::shared_ptr<geyser::detail::TextureContents> contents;
};

namespace {

[[nodiscard]] geyser_access* wrap_access(geyser::Access&& access) {
  auto wrapped = std::make_unique<geyser_access>();
  wrapped->own.emplace(std::move(access));
  wrapped->it = &*wrapped->own;
  return wrapped.release();
}

using Begin = Result<geyser::Access> (geyser::SharedTexture::*)(const geyser::AccessInfo&);

[[nodiscard]] Result<void> begin(geyser_texture* texture, const geyser_access_info* info, geyser_access** out, Begin how) {
  GEYSER_TAKE(it, live_texture(texture));
  GEYSER_TAKE(arguments, to_access_info(info));
  GEYSER_TAKE(access, (it->*how)(arguments.info));
  *out = wrap_access(std::move(access));
  return {};
}

}  // namespace

void geyser_texture_destroy(geyser_texture* texture) GEYSER_NOEXCEPT {
  if (texture != nullptr && !texture->borrowed) delete texture;
}
geyser_status geyser_texture_query(const geyser_texture* texture, geyser_texture_info* out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(texture), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    GEYSER_TAKE(it, live_texture(texture));
    geyser_texture_info info{};
    info.memory_type = static_cast<geyser_memory_type>(it->handle_type());
    info.imported = flag(it->imported());
    info.allocated_bytes = it->allocated_bytes();
    info.required_bytes = it->required_bytes();
    return write(out, info, "out");
  });
}
geyser_status geyser_texture_hold_create(const geyser_texture* texture, geyser_texture_hold** out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(texture), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    GEYSER_TAKE(it, live_texture(texture));
    *out = made<geyser_texture_hold>(geyser::detail::Private::shared(*it));
    return {};
  });
}
void geyser_texture_hold_destroy(geyser_texture_hold* hold) GEYSER_NOEXCEPT { delete hold; }
geyser_status geyser_texture_descriptor_of(const geyser_texture* texture, geyser_texture_descriptor* out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(texture), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    GEYSER_TAKE(it, live_texture(texture));
    return write(out, from_descriptor(it->descriptor()), "out");
  });
}
geyser_status geyser_texture_state_of(const geyser_texture* texture, geyser_texture_state** out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(texture), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    GEYSER_TAKE(it, live_texture(texture));
    *out = wrap(it->state());
    return {};
  });
}

geyser_status geyser_texture_state_create(const geyser_texture_state_info* info, const geyser_sync_point* points, uint32_t count,
                                          geyser_texture_state** out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(info), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    GEYSER_TAKE(from, read(info, "info"));
    GEYSER_TAKE(layout, enumerator(from.layout, geyser::TextureLayout::transfer_dst, "info->layout"));
    GEYSER_TAKE(all, to_points(points, count, "points"));
    geyser::TextureState state;
    state.initialized = from.initialized != 0;
    state.layout = layout;
    state.points = geyser::SyncPointList(std::span<const geyser::SyncPoint>(all));
    *out = wrap(std::move(state));
    return {};
  });
}
geyser_status geyser_texture_state_query(const geyser_texture_state* state, geyser_texture_state_info* out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(state), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    geyser_texture_state_info info{};
    info.initialized = flag(state->state.initialized);
    info.layout = static_cast<geyser_layout>(state->state.layout);
    info.point_count = count_of(state->state.points.size());
    return write(out, info, "out");
  });
}
geyser_status geyser_texture_state_point(const geyser_texture_state* state, uint32_t index, geyser_sync_point* out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(state), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    GEYSER_CHECK(check_index(index, state->semaphores.size(), "points"));
    *out = {&state->semaphores[index], state->state.points[index].value};
    return {};
  });
}
void geyser_texture_state_destroy(geyser_texture_state* state) GEYSER_NOEXCEPT { delete state; }

geyser_status geyser_texture_begin_write(geyser_texture* texture, const geyser_access_info* info, geyser_access** out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(texture), GEYSER_GIVEN(out)},
              [&]() -> Result<void> { return begin(texture, info, out, &geyser::SharedTexture::begin_write); });
}
geyser_status geyser_texture_begin_read(geyser_texture* texture, const geyser_access_info* info, geyser_access** out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(texture), GEYSER_GIVEN(out)},
              [&]() -> Result<void> { return begin(texture, info, out, &geyser::SharedTexture::begin_read); });
}

geyser_status geyser_access_query(const geyser_access* access, geyser_access_begin_info* out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(access), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    GEYSER_TAKE(it, open_access(access));
    geyser_access_begin_info info{};
    info.mode = static_cast<geyser_access_mode>(it->mode());
    info.initialized = flag(it->state().initialized);
    info.layout = static_cast<geyser_layout>(it->state().layout);
    info.wait_count = count_of(it->waits().size());
    return write(out, info, "out");
  });
}
geyser_status geyser_access_wait_point(geyser_access* access, uint32_t index, geyser_sync_point* out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(access), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    GEYSER_TAKE(it, open_access(access));
    const auto waits = it->waits();
    GEYSER_CHECK(check_index(index, waits.size(), "points to wait for"));
    while (access->semaphores.size() <= index) access->semaphores.push_back({waits[access->semaphores.size()].semaphore, true});
    *out = {&access->semaphores[index], waits[index].value};
    return {};
  });
}
geyser_status geyser_access_signal_point(geyser_access* access, geyser_sync_point* out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(access), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    GEYSER_TAKE(it, open_access(access));
    const auto& signal = it->signal();
    if (!signal) {
      *out = {nullptr, 0};
      return {};
    }
    if (!access->signal) access->signal.emplace(geyser_semaphore{signal->semaphore, true});
    *out = {&*access->signal, signal->value};
    return {};
  });
}
geyser_status geyser_access_wait(const geyser_access* access, int64_t timeout) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(access)}, [&]() -> Result<void> {
    GEYSER_TAKE(it, open_access(access));
    return it->wait(std::chrono::nanoseconds(bounded(timeout)));
  });
}
geyser_status geyser_access_end(geyser_access* access, geyser_layout layout, geyser_texture_state** state) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(access)}, [&]() -> Result<void> {
    if (access->borrowed) {
      return geyser::Error(geyser::Errc::invalid_state,
                           "This access belongs to a frame, which ends it: publish, release or destroy the frame instead.");
    }
    GEYSER_TAKE(it, open_access(access));
    GEYSER_TAKE(released, enumerator(layout, geyser::TextureLayout::transfer_dst, "layout"));
    std::optional<geyser::TextureLayout> chosen;
    if (released != geyser::TextureLayout::undefined) chosen = released;
    GEYSER_TAKE(left, std::move(*it).end(chosen));
    if (state != nullptr) *state = wrap(std::move(left));
    delete access;
    return {};
  });
}
void geyser_access_destroy(geyser_access* access) GEYSER_NOEXCEPT {
  if (access != nullptr && !access->borrowed) delete access;
}
