// One texture on two sides, with a semaphore between them: every write signals a shared point on the GPU, every access waits for the point
// before it.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "geyser/geyser.hpp"
#include "support/devices.hpp"

namespace geyser::test {

enum class Who : std::uint8_t { exporter = 0, importer = 1 };
[[nodiscard]] constexpr Who other(Who who) noexcept { return who == Who::exporter ? Who::importer : Who::exporter; }

/// Two participants and a semaphore that both know: made by the exporter, handed to the importer.
class Link {
 public:
  /// Rung and handle type from negotiate(), unless given.
  [[nodiscard]] static Result<Link> create(Participant& exporter, Participant& importer, std::optional<SemaphoreKind> kind = std::nullopt,
                                           std::optional<SemaphoreHandleType> type = std::nullopt);
  [[nodiscard]] Participant& side(Who who) const noexcept { return *sides_[static_cast<std::size_t>(who)]; }
  [[nodiscard]] TextureShareManager& manager(Who who) const noexcept { return side(who).manager(); }
  [[nodiscard]] const SharedSemaphore& semaphore(Who who) const noexcept { return semaphores_[static_cast<std::size_t>(who)]; }
  /// The semaphore as that participant, one of the two, knows it.
  [[nodiscard]] const SharedSemaphore& semaphore_of(const Participant& participant) const noexcept {
    return semaphores_[sides_[0] == &participant ? 0 : 1];
  }
  [[nodiscard]] SemaphoreKind kind() const noexcept { return kind_; }
  [[nodiscard]] SemaphoreHandleType handle_type() const noexcept { return type_; }
  /// The next value that nobody has used: 1 for ever for a binary semaphore.
  [[nodiscard]] std::uint64_t next_value() noexcept { return kind_ == SemaphoreKind::binary ? 1 : ++last_; }
  [[nodiscard]] std::uint64_t last_value() const noexcept { return kind_ == SemaphoreKind::binary ? 1 : last_; }

 private:
  Link() = default;
  std::array<Participant*, 2> sides_{};
  std::array<SharedSemaphore, 2> semaphores_;
  SemaphoreKind kind_ = SemaphoreKind::timeline;
  SemaphoreHandleType type_ = SemaphoreHandleType::none;
  std::uint64_t last_ = 0;
};

/// A texture of the exporter, imported by the importer.
class Exchange {
 public:
  [[nodiscard]] static Result<Exchange> create(Link& link, const TextureDescriptor& descriptor, const CreateOptions& options = {});
  /// The importer's signals go over `back` from now on. A binary semaphore may have one waiter at a time, so work that is submitted ahead
  /// in both directions needs one for each.
  void answer_over(Link& back) noexcept { links_[1] = &back; }
  [[nodiscard]] SharedTexture& texture(Who who) noexcept { return *textures_[static_cast<std::size_t>(who)]; }
  /// upload() on that side: waits for the access before, and signals the link's next point unless more writes follow.
  [[nodiscard]] Result<void> write(Who who, const TextureRegion& region, std::span<const std::byte> bytes, bool signal = true);
  /// read_back() on that side: waits for the access before.
  [[nodiscard]] Result<void> read(Who who, const TextureRegion& region, std::span<std::byte> bytes);
  /// AccessInfo for the next access of that side: the last state, its point in that side's semaphore.
  [[nodiscard]] AccessInfo next_access(Who who, bool signal);
  /// Takes the last access's signal at the side that did not give it, so that nothing is pending. Needed before a side that signalled goes
  /// on without an answer: it would wait for its own signal of a binary semaphore, the other side's next wait might take that signal first,
  /// and both would wait for ever (VUID-vkQueueSubmit-pWaitSemaphores-00068: no two queues wait for one semaphore).
  [[nodiscard]] Result<void> settle(std::chrono::nanoseconds timeout);
  /// Says that the access that next_access() described is over.
  void ended(Who who, const AccessInfo& info, const TextureState& state);

 private:
  explicit Exchange(Link& link) noexcept : sides_{&link.side(Who::exporter), &link.side(Who::importer)}, links_{&link, &link} {}
  std::array<Participant*, 2> sides_;
  std::array<Link*, 2> links_;  // over which each side signals
  std::array<std::optional<SharedTexture>, 2> textures_;
  bool initialized_ = false;
  TextureLayout layout_ = TextureLayout::undefined;
  std::uint64_t pending_ = 0;           // value that the last access signals; 0: none
  const Link* pending_link_ = nullptr;  // over which link
  Who pending_by_ = Who::exporter;      // who signals it
};

}  // namespace geyser::test
