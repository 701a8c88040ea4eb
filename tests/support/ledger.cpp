#include "support/ledger.hpp"

#include <algorithm>
#include <map>
#include <ostream>
#include <set>

namespace geyser::test {

std::string_view to_string(Outcome outcome) noexcept {
  switch (outcome) {
    case Outcome::passed:
      return "passed";
    case Outcome::failed:
      return "failed";
    case Outcome::refused:
      return "refused";
    case Outcome::skipped:
      return "skipped";
  }
  return "unknown";
}

void Ledger::add(CaseRecord record) {
  const std::lock_guard lock(mutex_);
  records_.push_back(std::move(record));
}

std::vector<CaseRecord> Ledger::records() const {
  const std::lock_guard lock(mutex_);
  return records_;
}

std::size_t Ledger::count(std::string_view exporter, Outcome outcome, std::string_view suite) const {
  const std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(std::count_if(records_.begin(), records_.end(), [&](const CaseRecord& r) {
    return r.exporter == exporter && r.outcome == outcome && (suite.empty() || r.suite == suite);
  }));
}

std::size_t Ledger::formats_passed(std::string_view exporter) const {
  const std::lock_guard lock(mutex_);
  std::set<std::string_view> formats;
  for (const auto& r : records_) {
    if (r.exporter == exporter && r.suite == "content" && r.outcome == Outcome::passed) formats.insert(r.format);
  }
  return formats.size();
}

void Ledger::print_summary(std::ostream& out) const {
  struct Pair {
    std::map<Outcome, std::size_t> counts;
    std::map<std::string, std::size_t> reasons;
  };
  const std::lock_guard lock(mutex_);
  std::map<std::string, Pair> pairs;
  for (const auto& r : records_) {
    Pair& pair = pairs[r.exporter + " -> " + r.importer];
    ++pair.counts[r.outcome];
    if (r.outcome == Outcome::skipped) ++pair.reasons[r.why];
  }
  out << "Cases per pair:\n";
  for (auto& [name, pair] : pairs) {
    out << "  " << name << ": " << pair.counts[Outcome::passed] << " passed, " << pair.counts[Outcome::failed] << " failed, "
        << pair.counts[Outcome::refused] << " refused as they must be, " << pair.counts[Outcome::skipped] << " skipped\n";
    std::vector<std::pair<std::string, std::size_t>> reasons(pair.reasons.begin(), pair.reasons.end());
    // Not stable_sort: clang warns of what libstdc++ 12 does inside it. The names make the order total.
    std::sort(reasons.begin(), reasons.end(),
              [](const auto& a, const auto& b) { return a.second != b.second ? a.second > b.second : a.first < b.first; });
    for (const auto& [why, n] : reasons) out << "      " << n << " x " << why << "\n";
  }
}

Ledger& ledger() {
  static Ledger instance;
  return instance;
}

}  // namespace geyser::test
