// Formats and descriptors.
#include "geyser/format.hpp"

#include "c/objects.hpp"

using namespace geyser::c;

uint32_t geyser_format_count(void) GEYSER_NOEXCEPT { return count_of(geyser::format_count); }

geyser_status geyser_format_query(geyser_format format, geyser_format_info* out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(out)}, [&]() -> geyser::Result<void> {
    const geyser::FormatInfo* row =
        format <= geyser::format_count ? geyser::format_info(static_cast<geyser::TextureFormat>(format)) : nullptr;
    if (row == nullptr) {
      return geyser::Error(geyser::Errc::not_found, geyser::detail::text("There is no format number ", format,
                                                                         "; they are numbered from 1 to ", geyser::format_count, "."));
    }
    geyser_format_info info{};
    info.format = format;
    info.name = row->name.data();
    info.webgpu_name = row->webgpu.empty() ? "" : row->webgpu.data();
    info.kind = static_cast<geyser_format_kind>(row->kind);
    info.type = static_cast<geyser_numeric_type>(row->type);
    info.channels = row->channels;
    info.block_width = row->block_width;
    info.block_height = row->block_height;
    info.plane_count = row->plane_count;
    for (std::size_t i = 0; i < row->planes.size(); ++i) {
      info.planes[i] = {row->planes[i].block_bytes, row->planes[i].subsample_x, row->planes[i].subsample_y};
    }
    info.srgb = flag(row->srgb);
    info.srgb_twin = static_cast<geyser_format>(row->srgb_twin);
    info.vulkan = row->vulkan;
    info.dxgi = row->dxgi;
    info.metal = row->metal;
    info.gl_internal = row->gl_internal;
    info.drm = row->drm;
    info.drm_opaque = row->drm_opaque;
    info.cuda_array = row->cuda_array;
    return write(out, info, "out");
  });
}

geyser_status geyser_format_from_name(const char* name, geyser_format* out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(name), GEYSER_GIVEN(out)}, [&]() -> geyser::Result<void> {
    const auto format = geyser::format_from_name(name);
    if (!format) {
      return geyser::Error(geyser::Errc::not_found, geyser::detail::text("No format is called \"", name,
                                                                         "\"; geyser_format_name() gives the names that there are."));
    }
    *out = static_cast<geyser_format>(*format);
    return {};
  });
}

const char* geyser_format_name(geyser_format format) GEYSER_NOEXCEPT { return name_of<geyser::TextureFormat>(format); }
const char* geyser_dimension_name(geyser_dimension dimension) GEYSER_NOEXCEPT { return name_of<geyser::TextureDimension>(dimension); }
const char* geyser_layout_name(geyser_layout layout) GEYSER_NOEXCEPT { return name_of<geyser::TextureLayout>(layout); }

geyser_status geyser_descriptor_validate(const geyser_texture_descriptor* descriptor) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(descriptor)}, [&]() -> geyser::Result<void> {
    GEYSER_TAKE(value, to_descriptor(descriptor, "descriptor"));
    return geyser::validate(value);
  });
}
geyser_status geyser_descriptor_describe(const geyser_texture_descriptor* descriptor, char* buffer, size_t capacity,
                                         size_t* length) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(descriptor)}, [&]() -> geyser::Result<void> {
    GEYSER_TAKE(value, to_descriptor(descriptor, "descriptor"));
    return copy_text(geyser::describe(value), buffer, capacity, length);
  });
}
geyser_status geyser_descriptor_full_mip_chain(const geyser_texture_descriptor* descriptor, uint32_t* out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(descriptor), GEYSER_GIVEN(out)}, [&]() -> geyser::Result<void> {
    GEYSER_TAKE(value, to_descriptor(descriptor, "descriptor"));
    *out = geyser::full_mip_chain(value);
    return {};
  });
}
geyser_status geyser_descriptor_mip_extent(const geyser_texture_descriptor* descriptor, uint32_t mip_level,
                                           geyser_extent* out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(descriptor), GEYSER_GIVEN(out)}, [&]() -> geyser::Result<void> {
    GEYSER_TAKE(value, to_descriptor(descriptor, "descriptor"));
    *out = from_extent(geyser::mip_extent(value, mip_level));
    return {};
  });
}
geyser_status geyser_descriptor_region_layout(const geyser_texture_descriptor* descriptor, const geyser_texture_region* region,
                                              geyser_region_layout* out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(descriptor), GEYSER_GIVEN(out)}, [&]() -> geyser::Result<void> {
    GEYSER_TAKE(value, to_descriptor(descriptor, "descriptor"));
    GEYSER_TAKE(where, to_region(region));
    GEYSER_TAKE(layout, geyser::region_layout(value, where));
    geyser_region_layout to{};
    to.extent = from_extent(layout.extent);
    to.row_bytes = layout.row_bytes;
    to.rows = layout.rows;
    to.total_bytes = layout.total_bytes;
    return write(out, to, "out");
  });
}
geyser_status geyser_descriptor_content_bytes(const geyser_texture_descriptor* descriptor, uint64_t* out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(descriptor), GEYSER_GIVEN(out)}, [&]() -> geyser::Result<void> {
    GEYSER_TAKE(value, to_descriptor(descriptor, "descriptor"));
    GEYSER_TAKE(bytes, geyser::content_bytes(value));
    *out = bytes;
    return {};
  });
}
