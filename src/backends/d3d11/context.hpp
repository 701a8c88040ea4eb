// One device with its immediate context: what everything of a manager lives on.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "backends/d3d11/dispatch.hpp"
#include "backends/d3d11/fence_waits.hpp"

namespace geyser::d3d11 {

/// What the device can do, asked once.
struct Features {
  D3D_FEATURE_LEVEL level = D3D_FEATURE_LEVEL_10_0;
  std::uint32_t max_2d = 0;      ///< texels
  std::uint32_t max_3d = 0;      ///< texels
  std::uint32_t max_layers = 0;  ///< of arrays
  bool cube_arrays = false;
  bool fences = false;         ///< shared ones
  bool plain_sharing = false;  ///< textures without a keyed mutex can be shared
  std::string why_no_fences;   ///< a clause when there are none
  std::string why_no_sharing;  ///< a clause; empty when textures can be shared
};

/// Staging textures, kept for the next copy of the same shape.
struct Staging {
  D3D11_TEXTURE2D_DESC flat{};  ///< when `flat.Width` is set
  D3D11_TEXTURE3D_DESC volume{};
  Com<ID3D11Resource> resource;
};

/// Ownership: references to device and context. Threading: any thread.
class Context : public std::enable_shared_from_this<Context> {
 public:
  /// Errors: as d3d11::create_manager().
  [[nodiscard]] static Result<std::shared_ptr<Context>> create(const AdoptInfo& info);
  Context() = default;
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  /// The failure of `call` on this device: device_lost with the reason in words when that is why.
  [[nodiscard]] Error error(HRESULT result, std::string_view call) const;
  /// Waits on the host until everything that was put in so far is done. Errors: timed_out, device_lost.
  [[nodiscard]] Result<void> finish(Clock::time_point deadline);
  /// Signals a fence from a queue with nothing else in it: this device's own may wait for that very signal. `shared` is the fence's handle;
  /// `twin` is the fence as the second device sees it, opened at first use. Errors: as Device::create(); device_lost.
  [[nodiscard]] Result<void> signal_from_host(const OsHandle& shared, Com<ID3D11Fence>& twin, std::uint64_t value);

  /// A staging texture of that shape. Errors: out_of_memory, device_lost.
  [[nodiscard]] Result<Staging> take_staging(Staging shape);
  /// For the next one. Not for one that the GPU still uses: Direct3D would wait for it.
  void keep_staging(Staging staging) noexcept;

  Com<ID3D11Device> device;
  Com<ID3D11Device1> device1;
  Com<ID3D11Device5> device5;  ///< null on systems without fences
  Com<ID3D11DeviceContext> context;
  Com<ID3D11DeviceContext4> context4;  ///< null on systems without fences
  Com<ID3D11Multithread> multithread;
  DeviceIdentity identity;
  Features features;
  KeyedMutexUse keyed_mutex = KeyedMutexUse::when_needed;

 private:
  /// The second device, whose queue signals for the host.
  struct Signaller {
    Com<ID3D11Device5> device;
    Com<ID3D11DeviceContext4> context;
  };
  Result<void> finish_by_fence(Clock::time_point deadline);
  Result<void> finish_by_query(Clock::time_point deadline);
  Result<void> ask_features();
  void ask_fences();
  Result<void> start_signaller();

  EntryPoints entry_points_;
  std::mutex done_mutex_;
  std::uint64_t done_value_ = 0;  // guarded by done_mutex_
  FenceWaits done_waits_;         // before the fence, which may still set its events
  Com<ID3D11Fence> done_;         // this device's own, for finish()
  std::mutex signaller_mutex_;
  Signaller signaller_;  // guarded by signaller_mutex_
  std::mutex staging_mutex_;
  std::vector<Staging> staging_;  // guarded by staging_mutex_
};

/// Holds the immediate context for a row of commands. Never held while waiting.
class Lock {
 public:
  explicit Lock(const Context& context) noexcept : multithread_(context.multithread.get()) { multithread_->Enter(); }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;
  ~Lock() { multithread_->Leave(); }

 private:
  ID3D11Multithread* multithread_;
};

/// "E_INVALIDARG (0x80070057)".
[[nodiscard]] std::string name_of(HRESULT result);
/// Name, LUID and driver of an adapter. Errors: os_error.
[[nodiscard]] Result<DeviceIdentity> identify(IDXGIAdapter& adapter);
}  // namespace geyser::d3d11
