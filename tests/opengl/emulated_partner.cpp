#include "opengl/emulated_partner.hpp"

#include "core/host_semaphore.hpp"

namespace geyser::test {
namespace {

/// A timeline is the counter of a page. A binary semaphore counts its signals there, and each wait takes the next.
class EmulatedSemaphore final : public detail::SemaphoreContents {
 public:
  EmulatedSemaphore(std::shared_ptr<detail::Backend> backend, SemaphoreKind kind, bool imported, detail::HostTimeline page)
      : SemaphoreContents(std::move(backend), kind, imported), page_(std::move(page)) {}
  Result<std::uint64_t> value() override { return page_.value(); }
  Result<void> signal(std::uint64_t value) override {
    page_.signal(kind() == SemaphoreKind::binary ? page_.value() + 1 : value);
    return {};
  }
  Result<void> wait(std::uint64_t value, std::chrono::nanoseconds timeout) override {
    if (page_.wait(kind() == SemaphoreKind::binary ? ++taken_ : value, timeout)) return {};
    return Error(Errc::timed_out, "The emulated semaphore was not signalled.");
  }
  [[nodiscard]] Result<OsHandle> duplicate_handle() const { return page_.duplicate_handle(); }

 private:
  detail::HostTimeline page_;
  std::uint64_t taken_ = 0;
};

class WrappedTexture final : public detail::TextureContents {
 public:
  WrappedTexture(std::shared_ptr<detail::Backend> backend, std::shared_ptr<detail::TextureContents> of)
      : TextureContents(std::move(backend),
                        {of->descriptor(), of->handle_type(), of->imported(), of->allocated_bytes(), of->required_bytes()}),
        real(std::move(of)) {}
  std::shared_ptr<detail::TextureContents> real;
};

class EmulatedPartner final : public detail::Backend {
 public:
  EmulatedPartner(std::shared_ptr<detail::Backend> real, bool timelines, bool binaries)
      : Backend("emulated"), real_(std::move(real)), capabilities_(real_->capabilities()) {
    const auto rung = [](SemaphoreKind kind, bool has) {
      return SemaphoreHandleSupport{.kind = kind,
                                    .type = SemaphoreHandleType::opaque_fd,
                                    .can_export = has,
                                    .can_import = has,
                                    .why_not = has ? "" : "it emulates a device without"};
    };
    capabilities_.semaphores = {rung(SemaphoreKind::timeline, timelines), rung(SemaphoreKind::binary, binaries)};
  }
  [[nodiscard]] const Capabilities& capabilities() const noexcept override { return capabilities_; }
  Result<std::vector<FormatSupport>> format_support(const TextureDescriptor& descriptor) override {
    return real_->format_support(descriptor);
  }
  Result<std::shared_ptr<detail::TextureContents>> allocate(const TextureDescriptor& descriptor, const CreateOptions& options) override {
    auto made = real_->allocate(descriptor, options);
    if (!made) return made;
    return std::shared_ptr<detail::TextureContents>(std::make_shared<WrappedTexture>(shared_from_this(), *std::move(made)));
  }
  Result<TextureHandle> export_memory(const detail::TextureContents& texture) override {
    return real_->export_memory(*static_cast<const WrappedTexture&>(texture).real);
  }
  Result<std::shared_ptr<detail::TextureContents>> import_memory(TextureHandle& handle) override { return real_->import_memory(handle); }
  Result<std::shared_ptr<detail::SemaphoreContents>> create_semaphore(SemaphoreKind kind, std::uint64_t initial_value) override {
    auto page = detail::HostTimeline::create(initial_value);
    if (!page) return std::move(page).error();
    return std::shared_ptr<detail::SemaphoreContents>(
        std::make_shared<EmulatedSemaphore>(shared_from_this(), kind, false, *std::move(page)));
  }
  Result<SemaphoreHandle> export_semaphore(detail::SemaphoreContents& semaphore, SemaphoreHandleType type) override {
    auto copy = static_cast<EmulatedSemaphore&>(semaphore).duplicate_handle();
    if (!copy) return std::move(copy).error();
    SemaphoreHandle handle;
    handle.kind = semaphore.kind();
    handle.type = type;
    handle.exporter = capabilities_.identity;
    handle.handle = *std::move(copy);
    return handle;
  }
  Result<std::shared_ptr<detail::SemaphoreContents>> import_semaphore(SemaphoreHandle& handle) override {
    auto page = detail::HostTimeline::open(handle.handle);
    if (!page) return std::move(page).error();
    return std::shared_ptr<detail::SemaphoreContents>(
        std::make_shared<EmulatedSemaphore>(shared_from_this(), handle.kind, true, *std::move(page)));
  }
  Result<void> signal_on_queue(detail::SemaphoreContents& semaphore, std::uint64_t value) override { return semaphore.signal(value); }
  Result<void> copy_in(detail::TextureContents&, const TextureRegion&, const RegionLayout&, std::span<const std::byte>,
                       geyser::Access&) override {
    return Error(Errc::internal, "The emulated partner copies nothing.");
  }
  Result<void> copy_out(detail::TextureContents&, const TextureRegion&, const RegionLayout&, std::span<std::byte>,
                        geyser::Access&) override {
    return Error(Errc::internal, "The emulated partner copies nothing.");
  }

 private:
  std::shared_ptr<detail::Backend> real_;
  Capabilities capabilities_;
};

}  // namespace

TextureShareManager emulated_partner(const TextureShareManager& real, bool timelines, bool binaries) {
  return detail::Private::make(std::make_shared<EmulatedPartner>(detail::Private::shared(real), timelines, binaries));
}

}  // namespace geyser::test
