// What semaphores and fences share: a page in a memfd, or private memory where nothing is exported.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <new>

#include "state.hpp"

namespace fake_vulkan {

// Other processes may map it too, so access is atomic although the lock orders everything here.
struct SyncPayload::Page {
  std::uint64_t value = 0;
  std::int64_t promised = 0;
};

std::shared_ptr<SyncPayload> SyncPayload::create(bool exportable, char kind, const UuidBytes& device, const UuidBytes& driver,
                                                 std::uint64_t value) {
  std::shared_ptr<SyncPayload> payload(new SyncPayload);
  int fd = -1;
  if (exportable) {
    fd = new_memfd(std::string("fvks-") + kind + '-' + hex(device) + '-' + hex(driver), sizeof(Page));
    if (fd < 0) return nullptr;
    payload->fd_ = OwnedFd(fd);
  }
  void* page = mmap(nullptr, sizeof(Page), PROT_READ | PROT_WRITE, exportable ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS, fd, 0);
  if (page == MAP_FAILED) return nullptr;
  payload->page_ = new (page) Page{value, 0};
  return payload;
}

std::shared_ptr<SyncPayload> SyncPayload::import(int fd) {
  void* page = mmap(nullptr, sizeof(Page), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (page == MAP_FAILED) return nullptr;
  std::shared_ptr<SyncPayload> payload(new SyncPayload);
  payload->page_ = static_cast<Page*>(page);
  payload->fd_ = OwnedFd(fd);
  return payload;
}

SyncPayload::~SyncPayload() {
  if (page_ != nullptr) munmap(page_, sizeof(Page));
}

std::uint64_t SyncPayload::value() const { return std::atomic_ref(page_->value).load(); }
void SyncPayload::set(std::uint64_t value) { std::atomic_ref(page_->value).store(value); }
std::int64_t SyncPayload::promised() const { return std::atomic_ref(page_->promised).load(); }
void SyncPayload::promise(std::int64_t change) { std::atomic_ref(page_->promised).fetch_add(change); }

}  // namespace fake_vulkan
