#include "geyser/semaphore.hpp"

#include "core/backend.hpp"
#include "core/guard.hpp"

namespace geyser {
namespace {

Error empty_semaphore() { return Error(Errc::invalid_argument, "The semaphore is empty; create or import one first."); }

Error binary_has_no_counter() {
  return Error(Errc::invalid_argument,
               "The semaphore is binary and has no counter; use a submit, signal_texture_ready() or wait(1, timeout).");
}

}  // namespace

SemaphoreKind SharedSemaphore::kind() const noexcept { return contents_ ? contents_->kind() : SemaphoreKind::host_timeline; }

Result<std::uint64_t> SharedSemaphore::value() const {
  return detail::guard([&]() -> Result<std::uint64_t> {
    if (!contents_) return empty_semaphore();
    if (contents_->kind() == SemaphoreKind::binary) return binary_has_no_counter();
    return contents_->value();
  });
}

Result<void> SharedSemaphore::signal(std::uint64_t value) const {
  return detail::guard([&]() -> Result<void> {
    if (!contents_) return empty_semaphore();
    if (contents_->kind() == SemaphoreKind::binary) return binary_has_no_counter();
    auto now = contents_->value();
    if (!now) return std::move(now).error();
    if (value <= *now) {
      return Error(Errc::invalid_argument, detail::text("The timeline is at ", *now, ", so it cannot be signalled with ", value,
                                                        "; signal a value above ", *now, "."));
    }
    return contents_->signal(value);
  });
}

Result<void> SharedSemaphore::wait(std::uint64_t value, std::chrono::nanoseconds timeout) const {
  return detail::guard([&]() -> Result<void> {
    if (!contents_) return empty_semaphore();
    if (contents_->kind() == SemaphoreKind::binary && value != 1) {
      return Error(Errc::invalid_argument, detail::text("A binary semaphore is waited for with value 1, not ", value, "."));
    }
    return contents_->wait(value, timeout < std::chrono::nanoseconds::zero() ? std::chrono::nanoseconds::zero() : timeout);
  });
}

SyncPointList::SyncPointList(std::initializer_list<SyncPoint> points) { append({points.begin(), points.size()}); }
SyncPointList::SyncPointList(std::span<const SyncPoint> points) { append(points); }

void SyncPointList::push_back(SyncPoint point) {
  if (!overflow_.empty()) {
    overflow_.push_back(std::move(point));
    return;
  }
  if (size_ < inline_capacity) {
    inline_[size_++] = std::move(point);
    return;
  }
  overflow_.reserve(inline_capacity * 2);
  for (auto& p : inline_) overflow_.push_back(std::move(p));
  inline_ = {};
  size_ = 0;
  overflow_.push_back(std::move(point));
}

void SyncPointList::append(std::span<const SyncPoint> points) {
  for (const auto& p : points) push_back(p);
}

void SyncPointList::clear() noexcept {
  for (std::size_t i = 0; i < size_; ++i) inline_[i] = {};
  size_ = 0;
  overflow_.clear();
}

}  // namespace geyser
