// Metal as a side of an exchange, on the CPU (emulated): a program that has this file among its sources finds the device "metal-emulated".
// Nothing that passes with it says what Metal does, only that the suites and the backend's own part work.
#include <iostream>

#include "fake_metal/fake_metal.hpp"
#include "geyser/metal.hpp"
#include "support/side.hpp"

namespace geyser::test {
namespace {

class MetalPainter final : public Painter {
 public:
  MetalPainter(void* queue, std::uint32_t slots) : queue_(queue), slots_(slots) {}
  ~MetalPainter() override {
    if (!fake_metal::drain()) std::cerr << "the emulated GPU still has work\n";
  }
  Result<void> work(SharedTexture& texture, Access& access, std::optional<std::uint32_t> slot,
                    std::optional<std::uint32_t> value) override {
    last_.reset(fake_metal::new_command_buffer(queue_));
    if (auto ok = metal::acquire(access, last_.get()); !ok) return ok;
    auto native = metal::native(texture);
    if (!native) return std::move(native).error();
    if (slot) fake_metal::encode_fetch(last_.get(), native->texture, &slots_.at(*slot));
    if (value) fake_metal::encode_fill(last_.get(), native->texture, *value);
    auto released = metal::release(access, last_.get());
    fake_metal::commit(last_.get());
    return released;
  }
  Result<std::vector<std::uint32_t>> fetched(std::uint32_t slot) override {
    if (last_ && !fake_metal::wait_completed(last_.get())) return Error(Errc::timed_out, "The emulated GPU did not finish in ten seconds.");
    return slots_.at(slot);
  }

 private:
  void* queue_;
  std::vector<std::vector<std::uint32_t>> slots_;
  metal::NativeObject last_;
};

class MetalSide final : public Side {
 public:
  MetalSide() : queue_(fake_metal::new_queue(fake_metal::device())) {}
  void enter() noexcept override {}
  Result<TextureShareManager> create_manager(const TextureShareManager*) override {
    return metal::create_manager({.device = fake_metal::device(), .queue = queue_.get()});
  }
  /// What Metal's own validation would say of surfaces that the GPU uses while they are locked.
  [[nodiscard]] std::uint64_t messages() const noexcept override { return fake_metal::lock_violations(); }
  Result<std::unique_ptr<Painter>> create_painter(std::uint32_t, std::uint32_t, std::uint32_t slots) override {
    return std::unique_ptr<Painter>(std::make_unique<MetalPainter>(queue_.get(), slots));
  }

 private:
  metal::NativeObject queue_;
};

std::vector<DeviceEntry> find_metal() {
  fake_metal::reset();
  std::cout << "EMULATED: Metal is a thread on the CPU here; nothing of this says what Apple's does.\n";
  std::vector<DeviceEntry> found;
  auto devices = metal::enumerate_devices();
  if (!devices) {
    missing_devices().push_back("Metal: " + devices.error().describe());
    return found;
  }
  DeviceEntry entry;
  entry.key = "metal-emulated";
  entry.api = Api::metal;
  entry.identity = devices->front().identity;
  found.push_back(std::move(entry));
  return found;
}

Result<std::unique_ptr<Side>> open_metal(const DeviceEntry&) { return std::unique_ptr<Side>(std::make_unique<MetalSide>()); }

// Before main(), so that every look at all_devices() finds it.
[[maybe_unused]] const bool registered = [] {
  extra_devices() = {.find = &find_metal, .open = &open_metal};
  return true;
}();

}  // namespace
}  // namespace geyser::test
