// The immediate context: copies, queries, fences. Commands run later, in the thread of the queues, and only after Flush.
#include <algorithm>
#include <cstring>

#include "fake_d3d11/objects.hpp"

namespace fake_d3d11 {
namespace {

constexpr std::string_view copy_name = "ID3D11DeviceContext::CopySubresourceRegion";
constexpr std::string_view update_name = "ID3D11DeviceContext::UpdateSubresource";

/// A part of a level in blocks.
struct Blocks {
  std::size_t x, y, z, width, height, depth;
};

Blocks blocks_of(std::string_view function, const Level& level, const Format& format, const D3D11_BOX* box) {
  const std::size_t block = level.block;
  if (box == nullptr) return {0, 0, 0, (level.width + block - 1) / block, level.rows, level.depth};
  if (format.depth || format.planar) misuse(function, "a part of a level with depth or planes");
  if (box->right > level.width || box->bottom > level.height || box->back > level.depth || box->left >= box->right ||
      box->top >= box->bottom || box->front >= box->back) {
    misuse(function, "a box beyond the level");
  }
  if (box->left % block != 0 || box->top % block != 0 || box->right % block != 0 || box->bottom % block != 0) {
    misuse(function, "a box that is not on blocks");
  }
  return {box->left / block,     box->top / block, box->front, (box->right - box->left) / block, (box->bottom - box->top) / block,
          box->back - box->front};
}

void check_use(std::string_view function, const Resource& resource) {
  if (resource.mapped) misuse(function, "a resource that is mapped");
  const bool keyed = (resource.memory->shape().misc_flags & D3D11_RESOURCE_MISC_SHARED_KEYEDMUTEX) != 0;
  if (keyed && !resource.holds.load()) misuse(function, "a resource whose keyed mutex this device does not hold");
}

/// Keeps memory from being mapped until a command is done.
struct InUse {
  explicit InUse(std::shared_ptr<Memory> used) : memory(std::move(used)) { ++memory->in_use; }
  InUse(const InUse&) = delete;
  InUse& operator=(const InUse&) = delete;
  ~InUse() { --memory->in_use; }
  std::shared_ptr<Memory> memory;
};

}  // namespace

class Context::Entered {
 public:
  explicit Entered(Context& context) : context_(context), locked_(context.protected_ != FALSE) {
    if (locked_) context_.lock_.lock();
    if (context_.inside_.fetch_add(1) != 0) misuse("ID3D11DeviceContext", "used by two threads at once without protection");
  }
  Entered(const Entered&) = delete;
  Entered& operator=(const Entered&) = delete;
  ~Entered() {
    --context_.inside_;
    if (locked_) context_.lock_.unlock();
  }

 private:
  Context& context_;
  bool locked_;
};

Context::Context(Device& device) : device_(device), queue_(std::make_shared<Queue>()) {
  const std::lock_guard lock(world().mutex);
  world().queues.push_back(queue_);
}

Context::~Context() {
  const std::lock_guard lock(world().mutex);
  queue_->recorded.clear();  // what was never flushed never happens
  queue_->dropped = true;
  world().changed.notify_all();
}

HRESULT Context::QueryInterface(REFIID id, void** object) {
  *object = nullptr;
  if (id == __uuidof(ID3D11DeviceContext) || id == __uuidof(IUnknown) || id == __uuidof(ID3D11DeviceChild)) {
    *object = static_cast<ID3D11DeviceContext*>(this);
  } else if (id == __uuidof(ID3D11DeviceContext4) && world().config.fences) {
    *object = static_cast<ID3D11DeviceContext4*>(this);
  } else if (id == __uuidof(ID3D11Multithread) && world().config.multithread) {
    *object = static_cast<ID3D11Multithread*>(this);
  } else {
    return E_NOINTERFACE;
  }
  AddRef();
  return S_OK;
}
ULONG Context::AddRef() { return device_.AddRef(); }
ULONG Context::Release() { return device_.Release(); }

void Context::GetDevice(ID3D11Device** device) {
  *device = &device_;
  AddRef();
}

void Context::Enter() {
  if (protected_ != FALSE) lock_.lock();
}
void Context::Leave() {
  if (protected_ != FALSE) lock_.unlock();
}
BOOL Context::SetMultithreadProtected(BOOL enable) { return std::exchange(protected_, enable); }

HRESULT Context::Map(ID3D11Resource* resource, UINT index, D3D11_MAP, UINT flags, D3D11_MAPPED_SUBRESOURCE* out) {
  if (const auto hr = refusal("ID3D11DeviceContext::Map")) return *hr;
  Resource& own = resource_of(resource);
  if (own.memory->shape().usage != D3D11_USAGE_STAGING) return E_INVALIDARG;
  if (own.mapped) misuse("ID3D11DeviceContext::Map", "a resource that is mapped already");
  while (own.memory->in_use.load() != 0) {
    flush(*queue_);
    if ((flags & D3D11_MAP_FLAG_DO_NOT_WAIT) != 0) return DXGI_ERROR_WAS_STILL_DRAWING;
    ::Sleep(1);
  }
  const Entered entered(*this);
  own.mapped = true;
  const Level level = own.memory->level(index);
  *out = {level.data, static_cast<UINT>(level.row_pitch), static_cast<UINT>(level.slice_pitch)};
  return S_OK;
}

void Context::Unmap(ID3D11Resource* resource, UINT) {
  count("ID3D11DeviceContext::Unmap");
  const Entered entered(*this);
  Resource& own = resource_of(resource);
  if (!own.mapped) misuse("ID3D11DeviceContext::Unmap", "a resource that is not mapped");
  own.mapped = false;
}

void Context::UpdateSubresource(ID3D11Resource* to, UINT index, const D3D11_BOX* box, const void* data, UINT row_pitch, UINT slice_pitch) {
  count(update_name);
  const Entered entered(*this);
  Resource& own = resource_of(to);
  check_use(update_name, own);
  const Format format = format_of(own.memory->shape().format);
  if (format.depth || format.planar) misuse(update_name, "a texture with depth or planes");
  if (own.memory->shape().usage != D3D11_USAGE_DEFAULT) misuse(update_name, "a staging texture");
  const Level level = own.memory->level(index);
  const Blocks part = blocks_of(update_name, level, format, box);
  // The caller's bytes are read during the call.
  const std::size_t row_bytes = part.width * level.block_bytes;
  auto bytes = std::make_shared<std::vector<std::byte>>(row_bytes * part.height * part.depth);
  for (std::size_t z = 0; z < part.depth; ++z) {
    for (std::size_t y = 0; y < part.height; ++y) {
      std::memcpy(bytes->data() + (z * part.height + y) * row_bytes, static_cast<const std::byte*>(data) + z * slice_pitch + y * row_pitch,
                  row_bytes);
    }
  }
  record(*queue_, [use = std::make_shared<InUse>(own.memory), level, part, bytes, row_bytes] {
    for (std::size_t z = 0; z < part.depth; ++z) {
      for (std::size_t y = 0; y < part.height; ++y) {
        std::memcpy(level.data + (part.z + z) * level.slice_pitch + (part.y + y) * level.row_pitch + part.x * level.block_bytes,
                    bytes->data() + (z * part.height + y) * row_bytes, row_bytes);
      }
    }
    return true;
  });
}

void Context::CopySubresourceRegion(ID3D11Resource* to, UINT to_index, UINT x, UINT y, UINT z, ID3D11Resource* from, UINT from_index,
                                    const D3D11_BOX* box) {
  count(copy_name);
  const Entered entered(*this);
  Resource& target = resource_of(to);
  Resource& source = resource_of(from);
  check_use(copy_name, target);
  check_use(copy_name, source);
  const Format format = format_of(source.memory->shape().format);
  if (format.family != format_of(target.memory->shape().format).family) misuse(copy_name, "formats of two families");
  const Level out = target.memory->level(to_index);
  const Level in = source.memory->level(from_index);
  const Blocks part = blocks_of(copy_name, in, format, box);
  const D3D11_BOX there = {x,
                           y,
                           z,
                           x + (box != nullptr ? box->right - box->left : in.width),
                           y + (box != nullptr ? box->bottom - box->top : in.height),
                           z + (box != nullptr ? box->back - box->front : in.depth)};
  const bool whole =
      box == nullptr && x == 0 && y == 0 && z == 0 && out.width == in.width && out.height == in.height && out.depth == in.depth;
  const Blocks place = blocks_of(copy_name, out, format, whole ? nullptr : &there);
  record(*queue_, [first = std::make_shared<InUse>(target.memory), second = std::make_shared<InUse>(source.memory), out, in, part, place] {
    for (std::size_t slice = 0; slice < part.depth; ++slice) {
      for (std::size_t row = 0; row < part.height; ++row) {
        std::memcpy(out.data + (place.z + slice) * out.slice_pitch + (place.y + row) * out.row_pitch + place.x * out.block_bytes,
                    in.data + (part.z + slice) * in.slice_pitch + (part.y + row) * in.row_pitch + part.x * in.block_bytes,
                    part.width * in.block_bytes);
      }
    }
    return true;
  });
}

void Context::Flush() {
  count("ID3D11DeviceContext::Flush");
  const Entered entered(*this);
  flush(*queue_);
}

void Context::End(ID3D11Asynchronous* query) {
  count("ID3D11DeviceContext::End");
  const Entered entered(*this);
  record(*queue_, [done = static_cast<Query*>(query)->done] {
    done->store(true);
    return true;
  });
}

HRESULT Context::GetData(ID3D11Asynchronous* query, void* data, UINT bytes, UINT flags) {
  // The first question only: how often it is asked again depends on the machine, and what fails must not.
  if (!static_cast<Query*>(query)->asked.exchange(true)) {
    if (const auto hr = refusal("ID3D11DeviceContext::GetData")) return *hr;
  } else if (FAILED(world().removed)) {
    return DXGI_ERROR_DEVICE_REMOVED;
  }
  const Entered entered(*this);
  if (bytes != sizeof(BOOL)) return E_INVALIDARG;
  if ((flags & D3D11_ASYNC_GETDATA_DONOTFLUSH) == 0) flush(*queue_);
  const BOOL done = static_cast<Query*>(query)->done->load() ? TRUE : FALSE;
  if (done == FALSE) return S_FALSE;
  std::memcpy(data, &done, sizeof done);
  return S_OK;
}

HRESULT Context::Signal(ID3D11Fence* fence, UINT64 value) {
  if (const auto hr = refusal("ID3D11DeviceContext4::Signal")) return *hr;
  const Entered entered(*this);
  record(*queue_, [memory = fence_memory(fence), value] {
    memory->page().counter.store(value);
    return true;
  });
  return S_OK;
}

HRESULT Context::Wait(ID3D11Fence* fence, UINT64 value) {
  if (const auto hr = refusal("ID3D11DeviceContext4::Wait")) return *hr;
  const Entered entered(*this);
  record(*queue_, [memory = fence_memory(fence), value] { return memory->page().counter.load() >= value; });
  return S_OK;
}

}  // namespace fake_d3d11
