// Arrays, levels, surface and texture objects.
#include "array.hpp"

#include <algorithm>
#include <bit>

#include "exports.hpp"

namespace fake_cuda {
namespace {

struct Block {
  std::uint64_t bytes = 0;
  std::uint64_t side = 1;  // texels
};

Block block_of(const api::ArrayDescriptor& descriptor) {
  using enum api::ArrayFormat;
  const auto number = static_cast<std::uint32_t>(descriptor.format);
  if (descriptor.format >= bc1_unorm && descriptor.format <= bc7_srgb) {
    const bool half_size = number == 0x91 || number == 0x92 || number == 0x97 || number == 0x98;  // BC1, BC4
    return {.bytes = half_size ? 8U : 16U, .side = 4};
  }
  switch (descriptor.format) {
    case uint8:
    case sint8:
      return {.bytes = descriptor.channels};
    case uint16:
    case sint16:
    case half:
      return {.bytes = descriptor.channels * std::uint64_t{2}};
    case uint32:
    case sint32:
    case float32:
      return {.bytes = descriptor.channels * std::uint64_t{4}};
    case unorm_101010_2:
      return {.bytes = 4};
    default:
      return {};
  }
}

bool valid(const DeviceConfig& device, const api::ArrayDescriptor& d) {
  const bool bc = d.format >= api::ArrayFormat::bc1_unorm && d.format <= api::ArrayFormat::bc7_srgb;
  if (bc && !device.block_compressed) return false;
  if (d.format == api::ArrayFormat::unorm_101010_2 && (!device.packed_10_bits || d.channels != 4)) return false;
  const bool three = d.format == api::ArrayFormat::bc6h_float || d.format == api::ArrayFormat::bc6h_ufloat;
  if (three ? d.channels != 3 : (d.channels != 1 && d.channels != 2 && d.channels != 4)) return false;
  if (d.width == 0 || d.height == 0 || d.width > static_cast<unsigned>(device.max_2d) || d.height > static_cast<unsigned>(device.max_2d)) {
    return false;
  }
  if ((d.flags & ~0x37U) != 0) return false;
  const bool layered = (d.flags & api::array_layered) != 0;
  const bool cubemap = (d.flags & api::array_cubemap) != 0;
  if (cubemap && (d.width != d.height || (layered ? d.depth == 0 || d.depth % 6 != 0 : d.depth != 6))) return false;
  if (layered && d.depth == 0) return false;
  if (bc && (d.flags & api::array_surface_ldst) != 0) return false;
  const bool depth_format = d.channels == 1 && (d.format == api::ArrayFormat::uint16 || d.format == api::ArrayFormat::float32);
  return (d.flags & api::array_depth_texture) == 0 || depth_format;
}

std::uint64_t align(std::uint64_t value, std::uint64_t to) { return (value + to - 1) / to * to; }

}  // namespace

std::optional<std::vector<ArrayLevel>> array_levels(const DeviceConfig& device, const api::ArrayDescriptor& d, unsigned count,
                                                    std::byte* data, std::uint64_t* bytes) {
  const Block block = block_of(d);
  const bool layers = (d.flags & (api::array_layered | api::array_cubemap)) != 0;
  const std::size_t longest = std::max({d.width, d.height, layers ? std::size_t{1} : d.depth});
  if (block.bytes == 0 || !valid(device, d) || count == 0 || count > static_cast<unsigned>(std::bit_width(longest))) return std::nullopt;
  std::vector<ArrayLevel> all;
  std::uint64_t offset = 0;
  for (unsigned mip = 0; mip < count; ++mip) {
    const auto side = [mip](std::size_t base) { return std::max<std::uint64_t>(1, base >> mip); };
    ArrayLevel level;
    level.width = (side(d.width) + block.side - 1) / block.side;
    level.height = (side(d.height) + block.side - 1) / block.side;
    level.depth = layers ? d.depth : side(d.depth);
    level.block_bytes = block.bytes;
    level.row_pitch = align(level.width * block.bytes, block.side > 1 ? device.compressed_row_alignment : 64);
    const std::uint64_t slice = level.row_pitch * level.height;
    level.slice_pitch = layers ? align(slice, 256) : slice;
    offset = align(offset, 256);
    level.data = data + offset;
    offset += level.slice_pitch * (level.depth - 1) + slice;
    all.push_back(level);
  }
  *bytes = offset;
  return all;
}

}  // namespace fake_cuda

using namespace fake_cuda;

namespace {
struct OwnArray : ArrayObject {
  std::vector<std::byte> bytes;
};
}  // namespace

FAKE_CUDA_EXPORT Status cuArray3DCreate_v2(api::Array* array, const api::ArrayDescriptor* descriptor) {
  Call call("cuArray3DCreate_v2");
  if (auto no = call.refusal()) return *no;
  std::uint64_t bytes = 0;
  auto levels = array_levels(call.device(), *descriptor, 1, nullptr, &bytes);
  if (!levels) return Status::invalid_value;
  Id id = 0;
  auto made = call.make<OwnArray>("array", &id);
  made->bytes.resize(bytes);
  made->level = levels->front();
  made->level.data = made->bytes.data();
  made->flags = descriptor->flags;
  *array = reinterpret_cast<api::Array>(id);
  return Status::success;
}

FAKE_CUDA_EXPORT Status cuArrayDestroy(api::Array array) {
  Call call("cuArrayDestroy", Call::Kind::freeing);
  if (auto no = call.refusal()) return *no;
  if (call.get<ArrayObject>(array)->owner != 0) misuse(call.function(), "a level of a mipmapped array, which owns it");
  call.drop(array);
  return Status::success;
}

FAKE_CUDA_EXPORT Status cuExternalMemoryGetMappedMipmappedArray(api::MipmappedArray* array, api::ExternalMemory memory,
                                                                const api::ExternalMemoryMipmappedArrayDesc* descriptor) {
  Call call("cuExternalMemoryGetMappedMipmappedArray");
  if (auto no = call.refusal()) return *no;
  auto held = call.get<ExternalMemoryObject>(memory);
  if (!std::all_of(std::begin(descriptor->reserved), std::end(descriptor->reserved), [](unsigned v) { return v == 0; })) {
    return Status::invalid_value;
  }
  std::uint64_t bytes = 0;
  auto levels = array_levels(call.device(), descriptor->array, descriptor->levels, held->bytes() + descriptor->offset, &bytes);
  if (!levels || descriptor->offset > held->size || bytes > held->size - descriptor->offset) return Status::invalid_value;
  Id id = 0;
  auto made = call.make<MipmappedObject>("mipmapped array", &id);
  made->levels = *levels;
  made->arrays.assign(levels->size(), 0);
  made->descriptor = descriptor->array;
  made->memory = reinterpret_cast<Id>(memory);
  *array = reinterpret_cast<api::MipmappedArray>(id);
  return Status::success;
}

FAKE_CUDA_EXPORT Status cuMipmappedArrayGetLevel(api::Array* level, api::MipmappedArray array, unsigned index) {
  Call call("cuMipmappedArrayGetLevel");
  if (auto no = call.refusal()) return *no;
  auto mipmapped = call.get<MipmappedObject>(array);
  if (index >= mipmapped->levels.size()) return Status::invalid_value;
  Id& id = mipmapped->arrays[index];
  if (id == 0) {
    auto made = call.make<ArrayObject>("level", &id);
    made->level = mipmapped->levels[index];
    made->flags = mipmapped->descriptor.flags;
    made->owner = reinterpret_cast<Id>(array);
  }
  *level = reinterpret_cast<api::Array>(id);
  return Status::success;
}

FAKE_CUDA_EXPORT Status cuMipmappedArrayDestroy(api::MipmappedArray array) {
  Call call("cuMipmappedArrayDestroy", Call::Kind::freeing);
  if (auto no = call.refusal()) return *no;
  auto mipmapped = call.get<MipmappedObject>(array);
  for (const auto& [id, object] : state().objects) {
    const auto* view = dynamic_cast<ViewObject*>(object.get());
    if (view == nullptr) continue;
    const auto& arrays = mipmapped->arrays;
    const bool level = view->array != 0 && std::find(arrays.begin(), arrays.end(), view->array) != arrays.end();
    if (level || view->mipmapped == reinterpret_cast<Id>(array)) misuse(call.function(), "a texture or surface object of it is left");
  }
  for (const Id id : mipmapped->arrays) {
    if (id != 0) call.drop(id);
  }
  call.drop(array);
  return Status::success;
}

FAKE_CUDA_EXPORT Status cuSurfObjectCreate(api::Object* surface, const api::ResourceDesc* resource) {
  Call call("cuSurfObjectCreate");
  if (auto no = call.refusal()) return *no;
  if (resource->type != api::resource_array || resource->flags != 0) return Status::invalid_value;
  if ((call.get<ArrayObject>(resource->resource.array)->flags & api::array_surface_ldst) == 0) return Status::invalid_value;
  Id id = 0;
  call.make<ViewObject>("surface", &id)->array = reinterpret_cast<Id>(resource->resource.array);
  *surface = id;
  return Status::success;
}

FAKE_CUDA_EXPORT Status cuSurfObjectDestroy(api::Object surface) {
  Call call("cuSurfObjectDestroy", Call::Kind::freeing);
  if (auto no = call.refusal()) return *no;
  static_cast<void>(call.get<ViewObject>(surface));
  call.drop(surface);
  return Status::success;
}

FAKE_CUDA_EXPORT Status cuTexObjectCreate(api::Object* texture, const api::ResourceDesc* resource, const api::TextureDesc* sampling,
                                          const api::ResourceViewDesc* view) {
  Call call("cuTexObjectCreate");
  if (auto no = call.refusal()) return *no;
  if (view != nullptr || resource->flags != 0 || resource->type != api::resource_mipmapped_array) return Status::invalid_value;
  auto mipmapped = call.get<MipmappedObject>(resource->resource.mipmapped);
  const bool normalized = (sampling->flags & api::texture_normalized_coordinates) != 0;
  const bool integers = (sampling->flags & api::texture_read_as_integer) != 0;
  const bool zero = std::all_of(std::begin(sampling->reserved), std::end(sampling->reserved), [](int v) { return v == 0; });
  if (!zero || (sampling->flags & ~0x33U) != 0) return Status::invalid_value;
  if (!normalized && (sampling->address_mode[0] == api::address_wrap || mipmapped->levels.size() > 1)) return Status::invalid_value;
  if (integers && sampling->filter_mode == api::filter_linear) return Status::invalid_value;
  if ((sampling->flags & api::texture_srgb) != 0 && mipmapped->descriptor.format != api::ArrayFormat::uint8) return Status::invalid_value;
  Id id = 0;
  auto made = call.make<ViewObject>("texture object", &id);
  made->mipmapped = reinterpret_cast<Id>(resource->resource.mipmapped);
  made->info = {.flags = sampling->flags,
                .filter = sampling->filter_mode,
                .address = sampling->address_mode[0],
                .max_level = sampling->max_mipmap_level_clamp};
  *texture = id;
  return Status::success;
}

FAKE_CUDA_EXPORT Status cuTexObjectDestroy(api::Object texture) {
  Call call("cuTexObjectDestroy", Call::Kind::freeing);
  if (auto no = call.refusal()) return *no;
  static_cast<void>(call.get<ViewObject>(texture));
  call.drop(texture);
  return Status::success;
}
