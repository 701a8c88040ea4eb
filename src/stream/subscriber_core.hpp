// Subscriber, all of it: the acquiring thread's side, and the thread that looks for the publisher and listens to it.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "geyser/subscriber.hpp"
#include "ipc/link.hpp"
#include "platform/runtime_directory.hpp"
#include "stream/attachment.hpp"

namespace geyser {

struct ReadFrame::Block {
  std::shared_ptr<detail::SubscriberCore> core;  // set while the frame is out
  std::shared_ptr<detail::Attachment> attachment;
  std::uint32_t index = 0;
  detail::HeldFrame held;
  std::atomic<bool> out{false};
};

namespace detail {

class SubscriberCore : public std::enable_shared_from_this<SubscriberCore> {
 public:
  static Result<std::shared_ptr<SubscriberCore>> connect(const TextureShareManager& manager, std::string_view name,
                                                         const SubscriberOptions& options);
  ~SubscriberCore();

  /// `again`: the newest frame even if it was acquired before.
  Result<ReadFrame::Block*> acquire(std::chrono::nanoseconds timeout, bool again);
  Result<void> give_back(ReadFrame::Block& block) noexcept;
  /// Nobody acquires any more. Frames that are out keep the core and its connection, by which the publisher knows that they are held; with
  /// the last of them both end.
  void retire() noexcept;

  [[nodiscard]] SubscriberState state() const noexcept { return state_.load(std::memory_order_acquire); }
  [[nodiscard]] Transport transport() const noexcept { return transport_.load(std::memory_order_acquire); }
  [[nodiscard]] std::string why_not_zero_copy() const;
  [[nodiscard]] StreamInfo stream() const;
  [[nodiscard]] SubscriberStatistics statistics() const noexcept;

 private:
  using Clock = std::chrono::steady_clock;
  SubscriberCore(TextureShareManager manager, std::string_view name, const SubscriberOptions& options, platform::RuntimeDirectory folder,
                 platform::Poller poller);

  // The acquiring thread.
  Result<void> wait_for_attachment(Clock::time_point deadline);
  /// Takes over what the other thread brought. Errors: what the publisher refused with.
  Result<void> take_news();
  Result<void> adopt(ipc::Welcome&& welcome);
  /// Asks the publisher for another way. Errors: `cause`, when there is none left.
  Result<void> lane_failed(std::uint64_t lane_id, Error&& cause);
  Result<void> answer(const ipc::Message& message);
  void leave() noexcept;
  void shut_down() noexcept;
  [[nodiscard]] ReadFrame::Block* free_block() noexcept;
  [[nodiscard]] Error nothing_came(std::chrono::nanoseconds timeout) const;
  void pause(Clock::time_point deadline, Clock::time_point spin_until, std::uint32_t seen);

  // The other thread.
  void run() noexcept;
  [[nodiscard]] std::shared_ptr<ipc::Link> search();
  void converse(const std::shared_ptr<ipc::Link>& link);
  /// False: the conversation is over.
  [[nodiscard]] bool take(ipc::Message&& message);
  void tend() noexcept;
  void bring(const std::function<void()>& change);
  void lose() noexcept;

  TextureShareManager manager_;
  const std::string name_;
  SubscriberOptions options_;
  platform::RuntimeDirectory folder_;
  platform::Poller poller_;
  std::atomic<SubscriberState> state_{SubscriberState::waiting};
  std::atomic<Transport> transport_{Transport::none};
  std::atomic<bool> stop_{false};
  std::atomic<bool> retired_{false};  // attaches to no publisher any more
  std::atomic<bool> news_{false};     // something below has changed

  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::shared_ptr<ipc::Link> link_;      // to the publisher, once greeted
  std::optional<ipc::Welcome> welcome_;  // not adopted yet
  std::uint64_t offered_lane_ = 0;       // that arrivals_ belong to
  Arrivals arrivals_;
  std::optional<Error> refusal_;
  StreamInfo stream_;
  std::vector<std::string> rejected_;
  bool found_ = false;
  std::vector<std::weak_ptr<Attachment>> watched_;
  std::uint64_t attachments_ = 0;
  std::weak_ptr<ipc::Link> counted_;  // the connection that the newest of attachments_ is: moving to another lane is none

  // The acquiring thread's own.
  std::shared_ptr<Attachment> attachment_;
  Uuid attached_to_;                               // the start of the publisher that it is of
  std::vector<std::shared_ptr<Attachment>> left_;  // earlier ones that are still owed something
  std::array<ReadFrame::Block, max_held_frames> blocks_;
  std::uint64_t last_generation_ = 0;
  std::atomic<std::uint64_t> frames_{0};
  std::atomic<std::uint64_t> skipped_{0};
  std::atomic<std::uint64_t> generations_{0};

  std::thread thread_;
};

}  // namespace detail
}  // namespace geyser
