#include "backends/d3d11/keyed_mutex.hpp"

#include "core/message.hpp"

namespace geyser::d3d11 {
namespace {

constexpr UINT64 key = 0;

Error gone() {
  return Error(Errc::peer_gone,
               "The texture's keyed mutex was abandoned: whoever held it ended without giving it back, so the content is undefined; create "
               "and export the texture anew.",
               ErrorDomain::win32, WAIT_ABANDONED);
}

}  // namespace

KeyedMutex::~KeyedMutex() {
  const std::lock_guard lock(mutex_);
  if (uses_ != 0) native_->ReleaseSync(key);
}

Result<void> KeyedMutex::acquire(Clock::time_point deadline, bool alone) {
  // Short waits one after the other: Direct3D may keep the context to itself during one, and other threads shall go on.
  constexpr std::chrono::milliseconds slice{10};
  const std::lock_guard lock(mutex_);
  if (abandoned_) return gone();
  if (uses_ != 0) {
    uses_ = alone ? 1 : uses_ + 1;
    return {};
  }
  while (true) {
    const HRESULT hr = native_->AcquireSync(key, platform::wait_milliseconds(std::min<std::chrono::nanoseconds>(left(deadline), slice)));
    switch (hr) {
      case S_OK:
        uses_ = 1;
        return {};
      case static_cast<HRESULT>(WAIT_ABANDONED):
        abandoned_ = true;
        return gone();
      case static_cast<HRESULT>(WAIT_TIMEOUT):
        if (Clock::now() < deadline) break;
        return Error(Errc::timed_out,
                     "The texture's keyed mutex is held by another device or process, which did not give it back in time; does it call "
                     "release()?");
      case E_FAIL:
        return Error(
            Errc::invalid_state,
            "The device holds the keyed mutex of this texture through another SharedTexture of the same memory; release that first.",
            ErrorDomain::win32, hr);
      default:
        return context_->error(hr, "IDXGIKeyedMutex::AcquireSync");
    }
  }
}

Result<void> KeyedMutex::release() {
  const std::lock_guard lock(mutex_);
  if (uses_ == 0) return {};
  if (uses_ > 1) {
    --uses_;
    return {};
  }
  const HRESULT hr = native_->ReleaseSync(key);
  if (FAILED(hr)) return context_->error(hr, "IDXGIKeyedMutex::ReleaseSync");
  uses_ = 0;
  return {};
}

}  // namespace geyser::d3d11
