// What ran, what was refused as it should, what was left out and why: so that an empty green run cannot happen.
#pragma once

#include <cstddef>
#include <iosfwd>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace geyser::test {

enum class Outcome { passed, failed, refused, skipped };
[[nodiscard]] std::string_view to_string(Outcome outcome) noexcept;

struct CaseRecord {
  std::string exporter;
  std::string importer;
  std::string suite;   ///< "content", "sync", "fences", "refusal", "forged", "processes"
  std::string format;  ///< empty where the format is beside the point
  std::string kind;    ///< of texture, or the name of a sync case
  std::string handle;  ///< memory or semaphore handle type
  Outcome outcome = Outcome::passed;
  std::string why;
};

/// Threading: any thread.
class Ledger {
 public:
  void add(CaseRecord record);
  [[nodiscard]] std::vector<CaseRecord> records() const;
  /// Cases of that exporter with that outcome; `suite` empty: all suites.
  [[nodiscard]] std::size_t count(std::string_view exporter, Outcome outcome, std::string_view suite = {}) const;
  /// Distinct formats of which at least one case passed.
  [[nodiscard]] std::size_t formats_passed(std::string_view exporter) const;
  /// Per pair: ran, refused, skipped by reason.
  void print_summary(std::ostream& out) const;

 private:
  mutable std::mutex mutex_;
  std::vector<CaseRecord> records_;
};

/// The one of this program.
[[nodiscard]] Ledger& ledger();

}  // namespace geyser::test
