// A semaphore as another process might send it, and a peer that scribbles over the shared page while it is used.
#include <chrono>
#include <cstring>

#include "descriptors.hpp"
#include "geyser/geyser.hpp"
#include "geyser/host.hpp"
#include "reader.hpp"

using namespace geyser;
using std::chrono::milliseconds;

namespace {

constexpr std::size_t page_bytes = 4096;

TextureShareManager& manager() {
  static TextureShareManager instance = [] {
    set_log_level(LogLevel::off);
    auto made = host::create_manager();
    fuzz::require(made.has_value(), "the host manager can be made");
    return *std::move(made);
  }();
  return instance;
}

/// The peer's mapping of the page.
class Page {
 public:
  explicit Page(const OsHandle& handle) {
    void* data = ::mmap(nullptr, page_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, handle.fd(), 0);
    fuzz::require(data != MAP_FAILED, "the peer can map the page");
    data_ = static_cast<std::uint8_t*>(data);
  }
  Page(const Page&) = delete;
  Page& operator=(const Page&) = delete;
  ~Page() { ::munmap(data_, page_bytes); }
  void scribble(fuzz::Reader& in) {
    const std::size_t at = in.value<std::uint16_t>() % page_bytes;
    const auto content = in.bytes(page_bytes - at);
    if (!content.empty()) std::memcpy(data_ + at, content.data(), content.size());
  }

 private:
  std::uint8_t* data_ = nullptr;
};

void use(const SharedSemaphore& semaphore, fuzz::Reader& in, Page* peer) {
  for (int step = 0; step < 16 && !in.empty(); ++step) {
    switch (in.value<std::uint8_t>() % 4) {
      case 0:
        static_cast<void>(semaphore.value());
        break;
      case 1:
        static_cast<void>(semaphore.signal(in.value<std::uint64_t>()));
        break;
      case 2: {
        const auto start = std::chrono::steady_clock::now();
        static_cast<void>(semaphore.wait(in.value<std::uint64_t>(), milliseconds(in.value<std::uint8_t>() % 2)));
        fuzz::require(std::chrono::steady_clock::now() - start < std::chrono::seconds(2), "a wait is bounded, whatever the peer writes");
        break;
      }
      default:
        if (peer != nullptr) peer->scribble(in);
    }
  }
}

void run(fuzz::Reader& in) {
  if (in.value<bool>()) {  // a good page, spoilt before or after the import
    auto semaphore = manager().create_shared_semaphore({.initial_value = in.value<std::uint64_t>()});
    fuzz::require(semaphore.has_value(), "a semaphore can be made");
    auto handle = manager().export_semaphore(*semaphore);
    fuzz::require(handle.has_value(), "a semaphore can be exported");
    Page peer(handle->handle);
    if (in.value<bool>()) peer.scribble(in);
    if (in.value<bool>()) handle->kind = in.value<SemaphoreKind>();
    if (in.value<bool>()) handle->type = in.value<SemaphoreHandleType>();
    auto twin = manager().import_semaphore(*std::move(handle));
    fuzz::require(twin.has_value() || handle->handle, "a refused handle keeps its OS handle");
    use(*semaphore, in, &peer);
    if (twin) use(*twin, in, &peer);
    return;
  }
  SemaphoreHandle handle;
  handle.kind = in.value<SemaphoreKind>();
  handle.type = in.value<SemaphoreHandleType>();
  handle.exporter.device_uuid = in.value<Uuid>();
  handle.handle = fuzz::read_os_handle(in);
  const bool had = static_cast<bool>(handle.handle);
  auto semaphore = manager().import_semaphore(std::move(handle));
  fuzz::require(semaphore.has_value() || static_cast<bool>(handle.handle) == had, "a refused handle keeps its OS handle");
  if (semaphore) use(*semaphore, in, nullptr);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static_cast<void>(manager());
  return fuzz::keep_descriptors(data, size, run);
}
