// The acquiring thread's side.
#include "stream/subscriber_core.hpp"

#include <algorithm>

#include "core/backend.hpp"
#include "core/guard.hpp"
#include "geyser/log.hpp"
#include "platform/wait.hpp"
#include "stream/names.hpp"

namespace geyser::detail {
namespace {

// The longest sleep without looking for news from the other thread, which may come just before the sleep.
constexpr std::chrono::nanoseconds longest_sleep = std::chrono::milliseconds(20);
constexpr std::chrono::nanoseconds answer_time = std::chrono::seconds(1);

Result<void> check(std::string_view name, const SubscriberOptions& options) {
  if (auto ok = check_stream_name(name); !ok) return ok;
  if (options.max_held < 1 || options.max_held > max_held_frames) {
    return Error(Errc::invalid_argument,
                 text("SubscriberOptions::max_held is ", options.max_held, "; 1 to ", max_held_frames, " frames are allowed."));
  }
  return {};
}

std::int64_t milliseconds(std::chrono::nanoseconds time) { return std::chrono::duration_cast<std::chrono::milliseconds>(time).count(); }

}  // namespace

SubscriberCore::SubscriberCore(TextureShareManager manager, std::string_view name, const SubscriberOptions& options,
                               platform::RuntimeDirectory folder, platform::Poller poller)
    : manager_(std::move(manager)), name_(name), options_(options), folder_(std::move(folder)), poller_(std::move(poller)) {
  if (options_.application.empty()) options_.application = platform::program_name();
  for (std::uint32_t i = 0; i < blocks_.size(); ++i) blocks_[i].index = i;
}

SubscriberCore::~SubscriberCore() { shut_down(); }

void SubscriberCore::retire() noexcept {
  retired_.store(true, std::memory_order_release);
  const bool held = std::ranges::any_of(blocks_, [](const auto& block) { return block.out.load(std::memory_order_acquire); });
  if (!held) shut_down();  // now, in the caller's thread; else the destructor does, in that of the last frame
}

void SubscriberCore::shut_down() noexcept {
  stop_.store(true, std::memory_order_release);
  poller_.wake();
  if (thread_.joinable()) thread_.join();
  leave();
  // Submits that wait for a publisher must not wait for ever, and after this nobody looks after them.
  const auto deadline = Clock::now() + Attachment::last_work_time;
  for (const auto& attachment : left_) {
    while (attachment->is_owed() && Clock::now() < deadline) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    if (!attachment->is_owed()) continue;
    attachment->mark_lost();
    attachment->release_overdue_waits();
  }
  left_.clear();
}

// An attachment is kept while the device may be waiting for its publisher: the other thread sees to it that this ends.
void SubscriberCore::leave() noexcept {
  if (!attachment_) return;
  transport_.store(Transport::none, std::memory_order_release);
  try {
    if (attachment_->is_owed()) left_.push_back(attachment_);
  } catch (const std::exception&) {
    // Without memory to remember it, it is let go now.
  }
  attachment_.reset();
}

Result<std::shared_ptr<SubscriberCore>> SubscriberCore::connect(const TextureShareManager& manager, std::string_view name,
                                                                const SubscriberOptions& options) {
  if (auto ok = check(name, options); !ok) return std::move(ok).error();
  auto folder = platform::RuntimeDirectory::open(options.directory.empty() ? platform::default_runtime_directory() : options.directory);
  if (!folder) return std::move(folder).error();
  auto poller = platform::Poller::create();
  if (!poller) return std::move(poller).error();
  std::shared_ptr<SubscriberCore> core(
      new SubscriberCore(Private::make(Private::shared(manager)), name, options, *std::move(folder), *std::move(poller)));
  core->thread_ = std::thread([raw = core.get()] { raw->run(); });
  if (auto ok = core->wait_for_attachment(Clock::now() + options.connect_timeout); !ok) return std::move(ok).error();
  return core;
}

Result<void> SubscriberCore::wait_for_attachment(Clock::time_point deadline) {
  while (true) {
    if (auto ok = take_news(); !ok) return ok;
    if (attachment_) return {};
    std::unique_lock lock(mutex_);
    if (changed_.wait_until(lock, deadline, [&] { return news_.load(std::memory_order_acquire); })) continue;
    if (!found_) {
      lock.unlock();
      auto directory = Directory::open(options_.directory);
      if (!directory) return std::move(directory).error();
      auto stream = directory->find(name_);  // says which there are
      if (!stream) return std::move(stream).error();
    }
    return Error(Errc::timed_out, text("The publisher of \"", name_, "\" did not answer within ", milliseconds(options_.connect_timeout),
                                       " ms; it may be stopped, or busy, or of another version."));
  }
}

Result<void> SubscriberCore::answer(const ipc::Message& message) {
  std::shared_ptr<ipc::Link> link;
  {
    const std::lock_guard lock(mutex_);
    link = link_;
  }
  if (!link) return {};  // the publisher has gone meanwhile; the next one is greeted anew
  auto sent = link->send(message, answer_time);
  if (!sent && sent.error().code() == Errc::peer_gone) return {};
  return sent;
}

Result<void> SubscriberCore::lane_failed(std::uint64_t lane_id, Error&& cause) {
  leave();
  log(LogLevel::info, text("A way to read \"", name_, "\" does not work on this device: ", cause.describe()));
  std::string why(cause.message());
  why.resize(std::min(why.size(), ipc::max_text_bytes));
  return answer(ipc::LaneFailed{lane_id, cause.code(), std::move(why)});
}

Result<void> SubscriberCore::adopt(ipc::Welcome&& welcome) {
  const std::uint64_t lane_id = welcome.lane_id;
  const Uuid uuid = welcome.stream.uuid;
  auto attachment = Attachment::open(manager_, options_, welcome);
  if (!attachment) return lane_failed(lane_id, std::move(attachment).error());
  auto ready = (*attachment)->ready();
  if (!ready) return lane_failed(lane_id, std::move(ready).error());
  if (auto ok = answer(*std::move(ready)); !ok) return ok;
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(watched_, [](const auto& w) { return w.expired(); });
    watched_.push_back(*attachment);
    if (!link_) (*attachment)->mark_lost();
    if (!link_ || counted_.lock() != link_) ++attachments_;
    counted_ = link_;
  }
  // Moved to another lane of the same stream, where frames have the same numbers.
  if (attachment_ && attachment_->pacing() == Pacing::latest && uuid == attached_to_) (*attachment)->continue_after(attachment_->last());
  leave();
  attachment_ = *std::move(attachment);
  attached_to_ = uuid;
  transport_.store(attachment_->transport(), std::memory_order_release);
  return {};
}

Result<void> SubscriberCore::take_news() {
  if (!news_.load(std::memory_order_acquire)) return {};
  std::optional<ipc::Welcome> welcome;
  Arrivals arrivals;
  std::uint64_t lane = 0;
  std::optional<Error> refusal;
  {
    const std::lock_guard lock(mutex_);
    news_.store(false, std::memory_order_relaxed);
    welcome = std::exchange(welcome_, std::nullopt);
    arrivals = std::exchange(arrivals_, {});
    lane = offered_lane_;
    if (refusal_) refusal = refusal_->clone();
  }
  if (welcome) {
    if (auto ok = adopt(*std::move(welcome)); !ok) return ok;
  }
  if (attachment_ && attachment_->lane_id() == lane && !(arrivals.offers.empty() && arrivals.gone.empty())) {
    if (auto ok = attachment_->take(std::move(arrivals)); !ok) {
      const std::uint64_t failed = attachment_->lane_id();
      return lane_failed(failed, std::move(ok).error());
    }
  }
  if (refusal) return *std::move(refusal);
  return {};
}

ReadFrame::Block* SubscriberCore::free_block() noexcept {
  for (std::uint32_t i = 0; i < options_.max_held; ++i) {
    if (!blocks_[i].out.load(std::memory_order_acquire)) return &blocks_[i];
  }
  return nullptr;
}

Result<ReadFrame::Block*> SubscriberCore::acquire(std::chrono::nanoseconds timeout, bool again) {
  ReadFrame::Block* block = free_block();
  if (block == nullptr) {
    return Error(Errc::limit_exceeded,
                 text("All ", options_.max_held, " frames of \"", name_,
                      "\" that this subscriber may hold are out; release one, or raise SubscriberOptions::max_held."));
  }
  if (!left_.empty()) std::erase_if(left_, [](const auto& attachment) { return !attachment->is_owed(); });
  const auto start = Clock::now();
  const auto deadline = timeout > std::chrono::hours(24 * 365) ? Clock::time_point::max() : start + timeout;
  const auto spin_until = std::min(deadline, start + options_.spin);
  while (true) {
    if (auto ok = take_news(); !ok) return std::move(ok).error();
    std::uint32_t seen = 0;
    if (attachment_) {
      if (again && attachment_->pacing() != Pacing::latest) {
        return Error(Errc::invalid_state, text("acquire_newest() is for streams of pacing latest; \"", name_, "\" is published as ",
                                               to_string(attachment_->pacing()), ": use acquire()."));
      }
      seen = attachment_->ticket();
      const bool lost = attachment_->lost();  // before the search: what was published before the end is still taken
      auto found = attachment_->find(block->index, again, block->held);
      if (!found) return std::move(found).error();
      if (*found == Attachment::Search::found) break;
      if (lost && *found != Attachment::Search::texture_due) {
        leave();
        continue;
      }
    }
    if (Clock::now() >= deadline) return nothing_came(timeout);
    pause(deadline, spin_until, seen);
  }
  frames_.fetch_add(1, std::memory_order_relaxed);
  skipped_.fetch_add(block->held.info.skipped, std::memory_order_relaxed);
  if (attachment_->generation() != last_generation_) {
    last_generation_ = attachment_->generation();
    generations_.fetch_add(1, std::memory_order_relaxed);
  }
  block->attachment = attachment_;
  block->core = shared_from_this();
  block->out.store(true, std::memory_order_release);
  return block;
}

// Waking costs a system call on both sides and some microseconds; spinning costs a core. So it spins for a stated while and then sleeps.
void SubscriberCore::pause(Clock::time_point deadline, Clock::time_point spin_until, std::uint32_t seen) {
  if (!attachment_) {
    std::unique_lock lock(mutex_);
    changed_.wait_until(lock, std::min(deadline, Clock::now() + longest_sleep), [&] { return news_.load(std::memory_order_acquire); });
    return;
  }
  while (Clock::now() < spin_until) {
    for (int i = 0; i < 32; ++i) {
      if (attachment_->ticket() != seen || news_.load(std::memory_order_acquire)) return;
      platform::relax();
    }
  }
  const auto left = deadline - Clock::now();
  if (left <= Clock::duration::zero() || news_.load(std::memory_order_acquire)) return;
  attachment_->sleep(seen, std::min<std::chrono::nanoseconds>(left, longest_sleep));
}

Error SubscriberCore::nothing_came(std::chrono::nanoseconds timeout) const {
  const std::lock_guard lock(mutex_);
  if (refusal_) return refusal_->clone();
  if (link_) {
    return Error(Errc::timed_out, text("No new frame of \"", name_, "\" came within ", milliseconds(timeout), " ms; process ",
                                       stream_.process_id, " (", stream_.application, ") publishes it."));
  }
  return Error(Errc::peer_gone,
               text("The publisher of \"", name_, "\" is gone and none of that name came back within ", milliseconds(timeout), " ms."));
}

Result<void> SubscriberCore::give_back(ReadFrame::Block& block) noexcept {
  const auto keep = std::exchange(block.core, nullptr);
  const auto attachment = std::exchange(block.attachment, nullptr);
  auto released = attachment->release(block.index, block.held);
  block.out.store(false, std::memory_order_release);
  return released;
}

std::string SubscriberCore::why_not_zero_copy() const {
  const std::lock_guard lock(mutex_);
  std::string all;
  for (const auto& reason : rejected_) all += (all.empty() ? "" : " ") + reason;
  return all;
}

StreamInfo SubscriberCore::stream() const {
  const std::lock_guard lock(mutex_);
  return stream_;
}

SubscriberStatistics SubscriberCore::statistics() const noexcept {
  SubscriberStatistics numbers;
  numbers.frames = frames_.load(std::memory_order_relaxed);
  numbers.skipped = skipped_.load(std::memory_order_relaxed);
  numbers.generations = generations_.load(std::memory_order_relaxed);
  const std::lock_guard lock(mutex_);
  numbers.attachments = attachments_;
  return numbers;
}

}  // namespace geyser::detail
