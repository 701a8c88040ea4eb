// An exporter and an importer, opened once and used by all cases of the pair.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "support/check.hpp"
#include "support/content.hpp"
#include "support/exchange.hpp"
#include "support/kinds.hpp"
#include "support/ledger.hpp"
#include "support/process.hpp"

namespace geyser::test {

class Pair {
 public:
  Pair(const DeviceEntry& exporter, const DeviceEntry& importer) : exporter_entry_(exporter), importer_entry_(importer) {}
  /// Opens both sides at first use: two instances and two devices, also where they are of one driver.
  [[nodiscard]] Result<void> open();
  [[nodiscard]] Participant& exporter() noexcept { return *exporter_; }
  [[nodiscard]] Participant& importer() noexcept { return *importer_; }
  [[nodiscard]] Participant& side(Who who) noexcept { return who == Who::exporter ? exporter() : importer(); }
  [[nodiscard]] bool vulkan() const noexcept { return exporter_entry_.vulkan && importer_entry_.vulkan; }
  /// OpenGL, CUDA or WebGPU on one side or both.
  [[nodiscard]] bool across() const noexcept {
    const auto partnered = [](Api api) { return api == Api::opengl || api == Api::cuda || api == Api::webgpu; };
    return partnered(exporter_entry_.api) || partnered(importer_entry_.api);
  }
  [[nodiscard]] const DeviceEntry& exporter_entry() const noexcept { return exporter_entry_; }
  [[nodiscard]] const DeviceEntry& importer_entry() const noexcept { return importer_entry_; }
  /// The link over the best rung that both have; made anew after drop_link().
  [[nodiscard]] Result<Link*> link();
  /// Frees everything; open() makes it anew. Drivers and layers must go before the process's static objects do.
  void close() noexcept;
  /// After a failed case a binary semaphore may be left signalled.
  void drop_link() noexcept { link_.reset(); }
  [[nodiscard]] CaseRecord record(std::string suite, std::string format, std::string kind, std::string handle) const;
  /// Without the dash, which --gtest_filter reads as "but not".
  [[nodiscard]] std::string name() const;

 private:
  DeviceEntry exporter_entry_;
  DeviceEntry importer_entry_;
  std::unique_ptr<Participant> exporter_;
  std::unique_ptr<Participant> importer_;
  std::unique_ptr<Link> link_;
};

/// Adds a test to gtest's list. The body runs with the pair open, and no validation message or logged error passes unnoticed.
void add_test(const std::shared_ptr<Pair>& pair, const std::string& name, std::function<void(Pair&)> body);
/// close() on every pair that has a test.
void close_pairs() noexcept;
/// Runs `body`, and writes down whether it added a failure to the running test.
void record_case(Pair& pair, CaseRecord record, const std::function<void()>& body);

/// Only 2D textures with one level and one layer. Set before any test runs.
[[nodiscard]] bool& plain_only() noexcept;

// One per file.
void add_content_tests(const std::shared_ptr<Pair>& pair);
void add_sync_tests(const std::shared_ptr<Pair>& pair);
void add_gpu_tests(const std::shared_ptr<Pair>& pair);
void add_fence_tests(const std::shared_ptr<Pair>& pair);
void add_order_tests(const std::shared_ptr<Pair>& pair);
void add_process_tests(const std::shared_ptr<Pair>& pair);
void add_refusal_tests(const std::shared_ptr<Pair>& pair);
/// Both of Vulkan, and not the same device.
void add_forged_tests(const std::shared_ptr<Pair>& pair);
/// The other process of add_process_tests(): the exit status.
int run_child(const std::string& device_key);
/// And that of add_forged_tests().
int run_forged_child(const std::string& device_key);

/// The run as JSON: devices, what each can share, what ran, what did not and why. `date` and `machine` are the caller's words.
[[nodiscard]] Result<void> write_matrix(const std::string& file, const std::string& date, const std::string& machine);

}  // namespace geyser::test
