#include "geyser/cuda.hpp"

#include "c/objects.hpp"

using namespace geyser::c;
using geyser::Result;
namespace gc = geyser::cuda;

struct geyser_cuda_device_list {
  std::vector<gc::DeviceSummary> devices;
};

geyser_status geyser_cuda_enumerate_devices(geyser_cuda_device_list** out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    GEYSER_TAKE(devices, gc::enumerate_devices());
    *out = made<geyser_cuda_device_list>(std::move(devices));
    return {};
  });
}
geyser_status geyser_cuda_device_list_count(const geyser_cuda_device_list* list, uint32_t* out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(list), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    *out = count_of(list->devices.size());
    return {};
  });
}
geyser_status geyser_cuda_device_list_at(const geyser_cuda_device_list* list, uint32_t index, int32_t* ordinal,
                                         geyser_device_identity* identity) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(list)}, [&]() -> Result<void> {
    GEYSER_CHECK(check_index(index, list->devices.size(), "devices"));
    if (identity != nullptr) GEYSER_CHECK(write(identity, from_identity(list->devices[index].identity), "identity"));
    if (ordinal != nullptr) *ordinal = list->devices[index].ordinal;
    return {};
  });
}
void geyser_cuda_device_list_destroy(geyser_cuda_device_list* list) GEYSER_NOEXCEPT { delete list; }

geyser_status geyser_cuda_manager_create(const geyser_cuda_adopt_info* info, geyser_manager** out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    GEYSER_TAKE(from, read_or_default(info, "info"));
    gc::AdoptInfo adopt;
    adopt.context = static_cast<CUctx_st*>(from.context);
    if (from.has_device != 0) adopt.device = to_uuid(from.device);
    adopt.stream = static_cast<gc::Stream>(from.stream);
    if (from.partner != nullptr) adopt.partner = &from.partner->manager;
    GEYSER_TAKE(manager, gc::create_manager(adopt));
    *out = wrap(std::move(manager));
    return {};
  });
}

geyser_status geyser_cuda_texture_linear_memory(const geyser_texture* texture, uint32_t plane,
                                                geyser_cuda_linear_memory* out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(texture), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    GEYSER_TAKE(it, live_texture(texture));
    GEYSER_TAKE(memory, gc::linear_memory(*it, plane));
    geyser_cuda_linear_memory to{};
    to.pointer = memory.pointer;
    to.row_pitch = memory.row_pitch;
    to.slice_pitch = memory.slice_pitch;
    to.bytes = memory.bytes;
    return write(out, to, "out");
  });
}
geyser_status geyser_cuda_texture_is_linear(const geyser_texture* texture, geyser_bool* out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(texture), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    GEYSER_TAKE(it, live_texture(texture));
    GEYSER_TAKE(linear, gc::is_linear(*it));
    *out = flag(linear);
    return {};
  });
}
geyser_status geyser_cuda_texture_native(const geyser_texture* texture, geyser_cuda_native_texture* out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(texture), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    GEYSER_TAKE(it, live_texture(texture));
    GEYSER_TAKE(native, gc::native(*it));
    geyser_cuda_native_texture to{};
    to.format = native.format;
    to.mipmapped = native.mipmapped;
    to.channels = native.channels;
    to.flags = native.flags;
    return write(out, to, "out");
  });
}
geyser_status geyser_cuda_texture_array(const geyser_texture* texture, uint32_t mip_level, void** out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(texture), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    GEYSER_TAKE(it, live_texture(texture));
    GEYSER_TAKE(array, gc::array(*it, mip_level));
    *out = array;
    return {};
  });
}
geyser_status geyser_cuda_texture_surface(const geyser_texture* texture, uint32_t mip_level, uint64_t* out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(texture), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    GEYSER_TAKE(it, live_texture(texture));
    GEYSER_TAKE(surface, gc::surface(*it, mip_level));
    *out = surface;
    return {};
  });
}
geyser_status geyser_cuda_texture_object(const geyser_texture* texture, const geyser_cuda_sampling* sampling,
                                         uint64_t* out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(texture), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    GEYSER_TAKE(it, live_texture(texture));
    GEYSER_TAKE(from, read_or_default(sampling, "sampling"));
    const gc::Sampling how{.linear_filter = from.linear_filter != 0,
                           .normalized_coordinates = from.normalized_coordinates != 0,
                           .read_as_float = from.read_as_float != 0,
                           .clamp = from.repeat == 0};
    GEYSER_TAKE(object, gc::texture_object(*it, how));
    *out = object;
    return {};
  });
}
geyser_status geyser_cuda_acquire(geyser_access* access, void* stream) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(access)}, [&]() -> Result<void> {
    GEYSER_TAKE(it, open_access(access));
    return gc::acquire(*it, static_cast<gc::Stream>(stream));
  });
}
geyser_status geyser_cuda_release(geyser_access* access, void* stream, geyser_layout layout) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(access)}, [&]() -> Result<void> {
    GEYSER_TAKE(it, open_access(access));
    GEYSER_TAKE(released, to_release_layout(layout));
    return gc::release(*it, static_cast<gc::Stream>(stream), released);
  });
}
