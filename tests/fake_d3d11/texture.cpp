// Textures with their shared handles and keyed mutexes.
#include <chrono>

#include "fake_d3d11/objects.hpp"

namespace fake_d3d11 {
namespace {

/// Parts of a texture that are interfaces of their own, with the texture's references.
template <class Interface>
class Part : public Interface {
 public:
  explicit Part(IUnknown& whole) : whole_(whole) {}
  HRESULT STDMETHODCALLTYPE QueryInterface(REFIID id, void** object) override { return whole_.QueryInterface(id, object); }
  ULONG STDMETHODCALLTYPE AddRef() override { return whole_.AddRef(); }
  ULONG STDMETHODCALLTYPE Release() override { return whole_.Release(); }
  HRESULT STDMETHODCALLTYPE SetPrivateData(REFGUID, UINT, const void*) override { unused("SetPrivateData"); }
  HRESULT STDMETHODCALLTYPE SetPrivateDataInterface(REFGUID, const IUnknown*) override { unused("SetPrivateDataInterface"); }
  HRESULT STDMETHODCALLTYPE GetPrivateData(REFGUID, UINT*, void*) override { unused("GetPrivateData"); }
  HRESULT STDMETHODCALLTYPE GetParent(REFIID, void**) override { unused("GetParent"); }
  HRESULT STDMETHODCALLTYPE GetDevice(REFIID, void**) override { unused("IDXGIDeviceSubObject::GetDevice"); }

 private:
  IUnknown& whole_;
};

class Shareable final : public Part<IDXGIResource1> {
 public:
  Shareable(IUnknown& whole, Resource& resource) : Part(whole), resource_(resource) {}
  HRESULT STDMETHODCALLTYPE GetSharedHandle(HANDLE*) override { unused("IDXGIResource::GetSharedHandle"); }
  HRESULT STDMETHODCALLTYPE GetUsage(DXGI_USAGE*) override { unused("IDXGIResource::GetUsage"); }
  HRESULT STDMETHODCALLTYPE SetEvictionPriority(UINT) override { unused("IDXGIResource::SetEvictionPriority"); }
  HRESULT STDMETHODCALLTYPE GetEvictionPriority(UINT*) override { unused("IDXGIResource::GetEvictionPriority"); }
  HRESULT STDMETHODCALLTYPE CreateSubresourceSurface(UINT, IDXGISurface2**) override { unused("IDXGIResource1::CreateSubresourceSurface"); }
  HRESULT STDMETHODCALLTYPE CreateSharedHandle(const SECURITY_ATTRIBUTES* attributes, DWORD access, const WCHAR* name,
                                               HANDLE* handle) override {
    if (const auto hr = refusal("IDXGIResource1::CreateSharedHandle")) return *hr;
    if (attributes == nullptr || attributes->lpSecurityDescriptor == nullptr || attributes->bInheritHandle != FALSE) {
      misuse("IDXGIResource1::CreateSharedHandle", "a handle for everybody, or one that children inherit");
    }
    if (name != nullptr || access != (DXGI_SHARED_RESOURCE_READ | DXGI_SHARED_RESOURCE_WRITE)) return E_INVALIDARG;
    if ((resource_.memory->shape().misc_flags & D3D11_RESOURCE_MISC_SHARED_NTHANDLE) == 0) return E_INVALIDARG;
    *handle = duplicate(resource_.memory->section());
    return *handle != nullptr ? S_OK : E_OUTOFMEMORY;
  }

 private:
  Resource& resource_;
};

class Mutex final : public Part<IDXGIKeyedMutex> {
 public:
  Mutex(IUnknown& whole, Resource& resource) : Part(whole), resource_(resource) {}
  HRESULT STDMETHODCALLTYPE AcquireSync(UINT64 key, DWORD milliseconds) override {
    if (const auto hr = refusal("IDXGIKeyedMutex::AcquireSync")) return *hr;
    return resource_.acquire(key, milliseconds);
  }
  HRESULT STDMETHODCALLTYPE ReleaseSync(UINT64 key) override {
    if (const auto hr = refusal("IDXGIKeyedMutex::ReleaseSync")) return *hr;
    return resource_.release_mutex(key);
  }

 private:
  Resource& resource_;
};

template <class Interface>
class Texture : public Interface, public Resource {
 public:
  Texture(Device& device, std::shared_ptr<Memory> texels)
      : Resource(device, std::move(texels)), shareable_(*this, *this), mutex_(*this, *this) {
    owner.AddRef();
  }
  HRESULT STDMETHODCALLTYPE QueryInterface(REFIID id, void** object) override {
    *object = nullptr;
    const bool keyed = (memory->shape().misc_flags & D3D11_RESOURCE_MISC_SHARED_KEYEDMUTEX) != 0;
    if (id == __uuidof(Interface) || id == __uuidof(ID3D11Resource) || id == __uuidof(IUnknown)) {
      *object = static_cast<Interface*>(this);
    } else if (id == __uuidof(IDXGIResource1) && world().config.sharing) {
      *object = static_cast<IDXGIResource1*>(&shareable_);
    } else if (id == __uuidof(IDXGIKeyedMutex) && world().config.sharing && keyed) {
      *object = static_cast<IDXGIKeyedMutex*>(&mutex_);
    } else {
      return E_NOINTERFACE;
    }
    AddRef();
    return S_OK;
  }
  ULONG STDMETHODCALLTYPE AddRef() override { return ++references_; }
  ULONG STDMETHODCALLTYPE Release() override {
    const ULONG left = --references_;
    if (left == 0) delete this;
    return left;
  }
  void STDMETHODCALLTYPE GetDevice(ID3D11Device** device) override {
    *device = &owner;
    owner.AddRef();
  }
  HRESULT STDMETHODCALLTYPE GetPrivateData(REFGUID, UINT*, void*) override { unused("GetPrivateData"); }
  HRESULT STDMETHODCALLTYPE SetPrivateData(REFGUID, UINT, const void*) override { unused("SetPrivateData"); }
  HRESULT STDMETHODCALLTYPE SetPrivateDataInterface(REFGUID, const IUnknown*) override { unused("SetPrivateDataInterface"); }
  void STDMETHODCALLTYPE GetType(D3D11_RESOURCE_DIMENSION* dimension) override {
    *dimension = memory->shape().dimension == 3 ? D3D11_RESOURCE_DIMENSION_TEXTURE3D : D3D11_RESOURCE_DIMENSION_TEXTURE2D;
  }
  void STDMETHODCALLTYPE SetEvictionPriority(UINT) override { unused("ID3D11Resource::SetEvictionPriority"); }
  UINT STDMETHODCALLTYPE GetEvictionPriority() override { unused("ID3D11Resource::GetEvictionPriority"); }

 protected:
  ~Texture() override {
    if (mapped) misuse("Release", "a texture that is mapped");
    owner.Release();
  }
  std::atomic<ULONG> references_{1};
  Shareable shareable_;
  Mutex mutex_;
  Alive alive_{"texture"};
};

class Flat final : public Texture<ID3D11Texture2D> {
 public:
  using Texture::Texture;
  void STDMETHODCALLTYPE GetDesc(D3D11_TEXTURE2D_DESC* desc) override {
    const Shape& shape = memory->shape();
    *desc = {};
    desc->Width = shape.width;
    desc->Height = shape.height;
    desc->MipLevels = shape.levels;
    desc->ArraySize = shape.layers;
    desc->Format = static_cast<DXGI_FORMAT>(shape.format);
    desc->SampleDesc.Count = 1;
    desc->Usage = static_cast<D3D11_USAGE>(shape.usage);
    desc->BindFlags = shape.bind_flags;
    desc->MiscFlags = shape.misc_flags;
  }
};

class Volume final : public Texture<ID3D11Texture3D> {
 public:
  using Texture::Texture;
  void STDMETHODCALLTYPE GetDesc(D3D11_TEXTURE3D_DESC* desc) override {
    const Shape& shape = memory->shape();
    *desc = {};
    desc->Width = shape.width;
    desc->Height = shape.height;
    desc->Depth = shape.depth;
    desc->MipLevels = shape.levels;
    desc->Format = static_cast<DXGI_FORMAT>(shape.format);
    desc->Usage = static_cast<D3D11_USAGE>(shape.usage);
    desc->BindFlags = shape.bind_flags;
    desc->MiscFlags = shape.misc_flags;
  }
};

/// The few instructions in which a keyed mutex's page is one process's.
class Guard {
 public:
  explicit Guard(Page& page) : page_(page) {
    std::uint32_t free = 0;
    while (!page_.guard.compare_exchange_weak(free, 1)) {
      free = 0;
      ::Sleep(0);
    }
  }
  Guard(const Guard&) = delete;
  Guard& operator=(const Guard&) = delete;
  ~Guard() { page_.guard.store(0); }

 private:
  Page& page_;
};

bool alive(std::uint32_t process) {
  World& w = world();
  {
    const std::lock_guard lock(w.mutex);
    if (std::exchange(w.forget_holder, false)) return false;
  }
  if (process == ::GetCurrentProcessId()) return true;
  const Handle handle(::OpenProcess(SYNCHRONIZE, FALSE, process));
  return handle.get() != nullptr && ::WaitForSingleObject(handle.get(), 0) == WAIT_TIMEOUT;
}

}  // namespace

HRESULT Resource::acquire(UINT64 key, DWORD milliseconds) {
  Page& page = memory->page();
  const auto device = reinterpret_cast<std::uint64_t>(&owner);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(milliseconds);
  while (true) {
    std::uint32_t holder = 0;
    {
      const Guard guard(page);
      if (page.abandoned != 0) return static_cast<HRESULT>(WAIT_ABANDONED);
      if (page.holder_process == 0 && page.key == key) {
        page.holder_process = ::GetCurrentProcessId();
        page.holder_device = device;
        holds.store(true);
        return S_OK;
      }
      // Given back by a command that has not run yet: then the mutex is on its way, and waiting is right.
      if (page.holder_process == ::GetCurrentProcessId() && page.holder_device == device) return E_FAIL;
      holder = page.holder_process;
    }
    // Not under the guard: commands take it while they hold the fake's lock.
    if (holder != 0 && !alive(holder)) {
      const Guard guard(page);
      if (page.holder_process == holder) {  // else it gave it back before it ended
        page.abandoned = 1;
        return static_cast<HRESULT>(WAIT_ABANDONED);
      }
    }
    if (std::chrono::steady_clock::now() >= deadline) return static_cast<HRESULT>(WAIT_TIMEOUT);
    ::Sleep(1);
  }
}

HRESULT Resource::release_mutex(UINT64 key) {
  if (!holds.exchange(false)) return DXGI_ERROR_INVALID_CALL;
  {
    const Guard guard(memory->page());
    memory->page().holder_device = 0;  // the device asks for it again and waits as everybody else
  }
  // Others get it when the commands so far are done.
  record(owner.context().queue(), [use = memory, key] {
    const Guard guard(use->page());
    use->page().holder_process = 0;
    use->page().key = key;
    return true;
  });
  flush(owner.context().queue());
  return S_OK;
}

Resource& resource_of(ID3D11Resource* resource) {
  auto* own = dynamic_cast<Resource*>(resource);
  if (own == nullptr) misuse("ID3D11DeviceContext", "a resource that is none of this fake");
  return *own;
}

IUnknown* make_texture(Device& device, std::shared_ptr<Memory> memory) {
  if (memory->shape().dimension == 3) return new Volume(device, std::move(memory));
  return new Flat(device, std::move(memory));
}

}  // namespace fake_d3d11
