// Surfaces and textures: where their bytes are, and what may be done with them.
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "geyser/format.hpp"
#include "objects.hpp"

namespace fake_metal {

struct SurfaceObject::Header {
  static constexpr std::uint64_t right_magic = 0x49'4f'53'75'72'66'61'63ULL;
  std::uint64_t magic;
  api::SurfaceShape shape;
  std::atomic<std::int32_t> readers;
  std::atomic<std::int32_t> writers;
};

SurfaceObject::Header& SurfaceObject::header() const noexcept { return *reinterpret_cast<Header*>(memory_); }
const api::SurfaceShape& SurfaceObject::shape() const noexcept { return header().shape; }

Ref<SurfaceObject> SurfaceObject::create(const api::SurfaceShape& shape) {
  const int fd = ::memfd_create("fake IOSurface", MFD_CLOEXEC);
  if (fd < 0) return {};
  const std::size_t bytes = header_bytes + shape.allocation_size;
  void* memory =
      ::ftruncate(fd, static_cast<off_t>(bytes)) == 0 ? ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) : MAP_FAILED;
  if (memory == MAP_FAILED) {
    ::close(fd);
    return {};
  }
  auto* header = new (memory) Header{};
  header->magic = Header::right_magic;
  header->shape = shape;
  return Ref<SurfaceObject>::take(new SurfaceObject(fd, static_cast<std::byte*>(memory), bytes));
}

Ref<SurfaceObject> SurfaceObject::open(int fd) {
  struct stat status{};
  if (::fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size <= static_cast<off_t>(header_bytes)) return {};
  const auto bytes = static_cast<std::size_t>(status.st_size);
  void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (memory == MAP_FAILED) return {};
  const auto* header = static_cast<const Header*>(memory);
  const int own = header->magic == Header::right_magic && header->shape.allocation_size + header_bytes <= bytes ? ::dup(fd) : -1;
  if (own < 0) {
    ::munmap(memory, bytes);
    return {};
  }
  return Ref<SurfaceObject>::take(new SurfaceObject(own, static_cast<std::byte*>(memory), bytes));
}

SurfaceObject::~SurfaceObject() {
  if (locks_.load() != 0) misuse("a locked surface is released");
  ::munmap(memory_, bytes_);
  ::close(fd_);
}

void SurfaceObject::lock(bool for_writing) {
  locks_.fetch_add(1);
  (for_writing ? header().writers : header().readers).fetch_add(1);
}

void SurfaceObject::unlock(bool for_writing) {
  if (locks_.fetch_sub(1) < 1) misuse("a surface is unlocked that is not locked");
  (for_writing ? header().writers : header().readers).fetch_sub(1);
}

void SurfaceObject::used_by_gpu(bool writes) const {
  if (header().writers.load() != 0 || (writes && header().readers.load() != 0)) count_violation();
}

namespace {

const geyser::FormatInfo& info_of(std::uint32_t pixel_format) {
  for (const auto& row : geyser::all_formats()) {
    if (row.metal == pixel_format && pixel_format != 0) return row;
  }
  misuse("MTLPixelFormat " + std::to_string(pixel_format) + " is none that the table has");
}

std::uint32_t slices_of(const api::TextureShape& shape) {
  const bool cube = shape.type == api::TextureType::cube || shape.type == api::TextureType::cube_array;
  return shape.array_length * (cube ? 6 : 1);
}

}  // namespace

TextureObject::TextureObject(Ref<DeviceObject> d, const api::TextureShape& s) : Object("texture"), device(std::move(d)), shape(s) {
  const auto& format = info_of(shape.pixel_format);
  for (std::uint32_t level = 0; level < shape.mip_levels; ++level) {
    for (std::uint32_t slice = 0; slice < slices_of(shape); ++slice) {
      for (std::uint32_t aspect = 0; aspect < format.plane_count; ++aspect) {
        const Place at = place(level, 0, aspect);
        storage_.emplace_back(at.image_pitch * at.depth, std::byte{0xEE});
      }
    }
  }
}

TextureObject::TextureObject(Ref<DeviceObject> d, const api::TextureShape& s, Ref<SurfaceObject> on, std::uint32_t p)
    : Object("texture"), device(std::move(d)), shape(s), surface(std::move(on)), plane(p) {}

TextureObject::Place TextureObject::place(std::uint32_t level, std::uint32_t slice, std::uint32_t aspect) {
  const auto& format = info_of(shape.pixel_format);
  if (level >= shape.mip_levels || slice >= slices_of(shape) || aspect >= format.plane_count) misuse("no such level, slice or aspect");
  Place at;
  at.width = std::max(1U, shape.width >> level);
  at.height = std::max(1U, shape.height >> level);
  at.depth = std::max(1U, shape.depth >> level);
  at.block_width = format.block_width;
  at.block_height = format.block_height;
  at.block_bytes = format.planes[aspect].block_bytes;
  const std::uint64_t columns = (at.width + at.block_width - 1) / at.block_width;
  const std::uint64_t rows = (at.height + at.block_height - 1) / at.block_height;
  if (surface.get() != nullptr) {
    const api::SurfacePlane& lies = surface->shape().planes[plane];
    at.bytes = surface->bytes() + lies.offset;
    at.row_pitch = lies.bytes_per_row;
  } else {
    const std::size_t index = (std::size_t{level} * slices_of(shape) + slice) * format.plane_count + aspect;
    if (index < storage_.size()) at.bytes = storage_[index].data();
    at.row_pitch = columns * at.block_bytes;
  }
  at.image_pitch = at.row_pitch * rows;
  return at;
}

void encode_fill(void* command_buffer, void* texture, std::uint32_t value) {
  encode(*as<CommandBufferObject>(command_buffer), [kept = Ref<TextureObject>::share(as<TextureObject>(texture)), value] {
    kept->used_by_gpu(true);
    const auto at = kept->place(0, 0, 0);
    for (std::uint32_t y = 0; y < at.height; ++y) {
      for (std::uint32_t x = 0; x < at.width; ++x) std::memcpy(at.bytes + y * at.row_pitch + std::size_t{x} * 4, &value, 4);
    }
  });
}

void encode_fetch(void* command_buffer, void* texture, std::vector<std::uint32_t>* into) {
  encode(*as<CommandBufferObject>(command_buffer), [kept = Ref<TextureObject>::share(as<TextureObject>(texture)), into] {
    kept->used_by_gpu(false);
    const auto at = kept->place(0, 0, 0);
    into->resize(std::size_t{at.width} * at.height);
    for (std::uint32_t y = 0; y < at.height; ++y) {
      std::memcpy(into->data() + std::size_t{y} * at.width, at.bytes + y * at.row_pitch, std::size_t{at.width} * 4);
    }
  });
}

void* new_surface(std::uint32_t width, std::uint32_t height, std::uint32_t pixel_format, std::uint32_t bytes_per_element) {
  api::SurfaceShape shape;
  shape.width = width;
  shape.height = height;
  shape.pixel_format = pixel_format;
  const std::uint64_t row = (std::uint64_t{width} * bytes_per_element + 63) / 64 * 64;
  shape.planes[0] = {.width = width, .height = height, .bytes_per_element = bytes_per_element, .bytes_per_row = row, .offset = 0};
  shape.allocation_size = row * height;
  return static_cast<Object*>(SurfaceObject::create(shape).give());
}

}  // namespace fake_metal
