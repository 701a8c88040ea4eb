// An operation of the library beside its floor, measured turn by turn in the same loop, so that whatever else the machine does hits both
// alike.
#pragma once

#include <benchmark/benchmark.h>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "bench/raw_device.hpp"
#include "geyser/manager.hpp"

namespace geyser::bench {

/// Two devices of two instances on one GPU, each with the library's manager on top.
struct Bench {
  RawDevice& a;
  RawDevice& b;
  TextureShareManager& manager_a;
  TextureShareManager& manager_b;
};

/// One thing to measure. Set-up is the constructor's; what it cannot do on this device it says by throwing Unsupported.
class Operation {
 public:
  Operation() = default;
  Operation(const Operation&) = delete;
  Operation& operator=(const Operation&) = delete;
  virtual ~Operation() = default;
  virtual void before() {}  // not timed
  virtual void run() = 0;   // timed
  virtual void after() {}   // not timed
  /// How often run() is called between two looks at the clock: more than once where it is too short for the clock.
  [[nodiscard]] virtual int batch() const { return 1; }
  /// Figures beside the time ("allocated_bytes").
  [[nodiscard]] virtual std::map<std::string, double> figures() const { return {}; }
};
using OperationFactory = std::function<std::unique_ptr<Operation>(const Bench&)>;

template <class T, class... Arguments>
[[nodiscard]] OperationFactory make(Arguments... arguments) {
  return [=](const Bench& bench) -> std::unique_ptr<Operation> { return std::make_unique<T>(bench, arguments...); };
}

/// How long a repetition of one benchmark takes at least, and when the whole run gives up: what is left is then reported as skipped.
struct Limits {
  std::chrono::nanoseconds repetition = std::chrono::milliseconds{20};
  std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();
};
/// Before the run.
void set_limits(const Limits& limits);

/// Registers NAME and NAME/raw. Both runs time both sides turn by turn: NAME reports the library's time, NAME/raw the floor's,
/// and either carries the figures library_ns, floor_ns (medians over its samples) and ratio. A repetition is one iteration to
/// Google Benchmark, whose time is that median: so the length of a run depends on the number of cases and not on how slow they are.
/// `bench` outlives the run.
void add_pair(const Bench& bench, const std::string& name, const OperationFactory& library, const OperationFactory& floor);
/// Registers an operation that has no floor of its own, or is another's comparison.
void add_single(const Bench& bench, const std::string& name, const OperationFactory& operation);

/// The value, or the error as an exception: Unsupported when the device lacks something, otherwise a failure of the run.
[[noreturn]] void raise(const Error& error);
template <class T>
[[nodiscard]] T take(Result<T>&& result) {
  if (!result) raise(result.error());
  return std::move(*result);
}
inline void take(Result<void>&& result) {
  if (!result) raise(result.error());
}

// One function per file of cases.
void add_texture_cases(const Bench& bench);
void add_semaphore_cases(const Bench& bench);
void add_access_cases(const Bench& bench);
void add_transfer_cases(const Bench& bench);
void add_handoff_cases(const Bench& bench);
void add_crossing_cases(const Bench& bench);
/// After the run, before the devices go.
void close_crossing_cases();
void add_libplacebo_cases(const Bench& bench);

}  // namespace geyser::bench
