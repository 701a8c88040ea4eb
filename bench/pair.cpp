#include "bench/pair.hpp"

#include <algorithm>
#include <chrono>
#include <vector>

namespace geyser::bench {
namespace {

using Clock = std::chrono::steady_clock;

Limits limits;

/// Nanoseconds of one run().
[[nodiscard]] double time_one(Operation& operation) {
  const int batch = operation.batch();
  operation.before();
  const auto start = Clock::now();
  for (int i = 0; i < batch; ++i) operation.run();
  const auto stop = Clock::now();
  operation.after();
  return std::chrono::duration<double, std::nano>(stop - start).count() / batch;
}

[[nodiscard]] double median(std::vector<double>& samples) {
  const auto middle = samples.begin() + static_cast<std::ptrdiff_t>(samples.size() / 2);
  std::nth_element(samples.begin(), middle, samples.end());
  return *middle;
}

struct Samples {
  std::vector<double> own;
  std::vector<double> others;
};

/// Both sides turn by turn until the time of one repetition is over; whoever goes second finds warmer caches, so that alternates.
[[nodiscard]] Samples sample(Operation& measured, Operation* companion) {
  constexpr std::size_t fewest = 4;  // however slow
  const auto begin = Clock::now();
  (void)time_one(measured);  // warm up
  if (companion != nullptr) (void)time_one(*companion);
  Samples samples;
  while (samples.own.size() < fewest || Clock::now() - begin < limits.repetition) {
    const bool companion_first = samples.own.size() % 2 == 1;
    if (companion != nullptr && companion_first) samples.others.push_back(time_one(*companion));
    samples.own.push_back(time_one(measured));
    if (companion != nullptr && !companion_first) samples.others.push_back(time_one(*companion));
  }
  return samples;
}

[[nodiscard]] std::unique_ptr<Operation> try_make(const OperationFactory& factory, const Bench& bench) {
  if (!factory) return nullptr;
  try {
    return factory(bench);
  } catch (const Unsupported&) {
    return nullptr;  // the other side says so under its own name
  }
}

/// `other` may be empty.
void run(benchmark::State& state, const Bench& bench, const OperationFactory& mine, const OperationFactory& other, bool mine_is_library) {
  try {
    if (Clock::now() > limits.deadline) throw Unsupported("the time limit of the whole run was over");
    const auto measured = mine(bench);
    const auto companion = try_make(other, bench);
    for (auto _ : state) {  // once: see add()
      Samples samples = sample(*measured, companion.get());
      const double own = median(samples.own);
      state.SetIterationTime(own * 1e-9);
      state.counters[mine_is_library ? "library_ns" : "floor_ns"] = own;
      state.counters["samples"] = static_cast<double>(samples.own.size());
      if (companion) {
        const double others = median(samples.others);
        state.counters[mine_is_library ? "floor_ns" : "library_ns"] = others;
        state.counters["ratio"] = mine_is_library ? own / others : others / own;
      }
    }
    for (const auto& [name, value] : measured->figures()) state.counters[name] = value;
  } catch (const Unsupported& reason) {
    state.SkipWithError((std::string("skipped: ") + reason.what()).c_str());
  } catch (const std::exception& failure) {
    state.SkipWithError((std::string("failed: ") + failure.what()).c_str());
  }
}

void add(const Bench& bench, const std::string& name, const OperationFactory& mine, const OperationFactory& other, bool mine_is_library) {
  benchmark::RegisterBenchmark(
      name.c_str(), [&bench, mine, other, mine_is_library](benchmark::State& state) { run(state, bench, mine, other, mine_is_library); })
      ->UseManualTime()
      ->Iterations(1)
      ->Unit(benchmark::kMicrosecond);
}

}  // namespace

void set_limits(const Limits& wanted) { limits = wanted; }

void add_pair(const Bench& bench, const std::string& name, const OperationFactory& library, const OperationFactory& floor) {
  add(bench, name, library, floor, true);
  add(bench, name + "/raw", floor, library, false);
}

void add_single(const Bench& bench, const std::string& name, const OperationFactory& operation) { add(bench, name, operation, {}, true); }

void raise(const Error& error) {
  const std::string text = error.describe();
  switch (error.code()) {
    case Errc::unsupported_feature:
    case Errc::unsupported_format:
    case Errc::unsupported_handle:
      throw Unsupported(text);
    default:
      throw std::runtime_error(text);
  }
}

}  // namespace geyser::bench
