// An instance, adapter and device of Dawn made by hand, as a user has them: with exactly the features that a test names.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "webgpu/calls.hpp"

namespace geyser::test::dawn {

/// Ownership: owns all three. Threading: one thread.
class RawDevice {
 public:
  /// `enabled` are required of the adapter. Null, and a sentence in `why`, when there is none.
  [[nodiscard]] static std::unique_ptr<RawDevice> create(const std::vector<WGPUFeatureName>& enabled, std::string& why);
  ~RawDevice();
  RawDevice(const RawDevice&) = delete;
  RawDevice& operator=(const RawDevice&) = delete;

  [[nodiscard]] WGPUInstance instance() const noexcept { return instance_; }
  [[nodiscard]] WGPUAdapter adapter() const noexcept { return adapter_; }
  [[nodiscard]] WGPUDevice handle() const noexcept { return device_; }
  /// What no error scope caught, one sentence each; and why the device was lost.
  [[nodiscard]] const std::vector<std::string>& errors() const noexcept { return log_->errors; }
  [[nodiscard]] const std::string& lost() const noexcept { return log_->lost; }
  void forget_errors() noexcept { log_->errors.clear(); }
  /// Lets Dawn call back until `done`, ten seconds at most.
  [[nodiscard]] bool process_until(const bool& done) const;

 private:
  struct Log {
    std::vector<std::string> errors;
    std::string lost;
  };
  RawDevice() = default;
  std::unique_ptr<Log> log_ = std::make_unique<Log>();
  WGPUInstance instance_ = nullptr;
  WGPUAdapter adapter_ = nullptr;
  WGPUDevice device_ = nullptr;
};

}  // namespace geyser::test::dawn
