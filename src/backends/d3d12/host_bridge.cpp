#include "backends/d3d12/host_bridge.hpp"

#include <system_error>

#include "core/message.hpp"
#include "geyser/log.hpp"

namespace geyser::d3d12 {
namespace {

constexpr std::chrono::milliseconds slice{50};  // how late the thread notices that it shall stop
constexpr std::chrono::seconds longest_goodbye{2};

}  // namespace

HostBridge::~HostBridge() {
  {
    std::unique_lock lock(mutex_);
    if (!empty_.wait_for(lock, longest_goodbye, [this] { return promises_.empty(); })) {
      log(LogLevel::warning, detail::text("A Direct3D 12 manager is destroyed before its queue signalled value ", promises_.back().value,
                                          " of a host timeline; whoever waits for it times out."));
    }
    stop_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

Result<void> HostBridge::prepare() {
  const std::lock_guard lock(mutex_);
  if (thread_.joinable()) return {};
  try {
    thread_ = std::thread([this] { run(); });
  } catch (const std::system_error& e) {
    return Error(Errc::os_error, detail::text("The thread that signals host timelines cannot be started: ", e.what(), "."),
                 ErrorDomain::win32, e.code().value());
  }
  return {};
}

Result<void> HostBridge::signal_behind_queue(std::shared_ptr<detail::HostTimeline> page, std::uint64_t value) {
  const std::lock_guard lock(mutex_);  // promises stand in the order of their marks
  promises_.push_back({std::move(page), value, 0});
  auto mark = context_->mark();
  if (!mark) {
    promises_.pop_back();
    return std::move(mark).error();
  }
  promises_.back().mark = *mark;
  wake_.notify_one();
  return {};
}

void HostBridge::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return stop_ || !promises_.empty(); });
    if (stop_) return;
    const std::uint64_t mark = promises_.front().mark;
    lock.unlock();
    const auto reached = context_->wait_for_mark(mark, slice);
    lock.lock();
    if (!reached) {
      log(LogLevel::error, detail::text("Host timelines are not signalled any more: ", reached.error().message()));
      promises_.clear();
    } else if (*reached) {
      while (!promises_.empty() && promises_.front().mark <= mark) {
        promises_.front().page->signal(promises_.front().value);
        promises_.pop_front();
      }
    }
    if (promises_.empty()) empty_.notify_all();
  }
}

}  // namespace geyser::d3d12
