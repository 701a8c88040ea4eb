#include "pair.hpp"

#include <algorithm>

#include "support/log_capture.hpp"

namespace geyser::test {

Result<void> Pair::open() {
  for (auto [slot, entry] : {std::pair{&exporter_, &exporter_entry_}, std::pair{&importer_, &importer_entry_}}) {
    if (*slot != nullptr) continue;
    auto opened = Participant::open(*entry);
    if (!opened) return std::move(opened).error().with_context("opening " + entry->key);
    *slot = std::move(*opened);
  }
  return {};
}

Result<Link*> Pair::link() {
  if (!link_) {
    auto made = Link::create(*exporter_, *importer_);
    if (!made) return std::move(made).error();
    link_ = std::make_unique<Link>(std::move(*made));
  }
  return link_.get();
}

void Pair::close() noexcept {
  link_.reset();
  exporter_.reset();
  importer_.reset();
}

std::string Pair::name() const {
  std::string name = exporter_entry_.key + "_to_" + importer_entry_.key;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

CaseRecord Pair::record(std::string suite, std::string format, std::string kind, std::string handle) const {
  CaseRecord made;
  made.exporter = exporter_entry_.key;
  made.importer = importer_entry_.key;
  made.suite = std::move(suite);
  made.format = std::move(format);
  made.kind = std::move(kind);
  made.handle = std::move(handle);
  return made;
}

namespace {

std::vector<std::shared_ptr<Pair>>& pairs_with_tests() {
  static std::vector<std::shared_ptr<Pair>> all;
  return all;
}

class FunctionTest : public ::testing::Test {
 public:
  FunctionTest(std::shared_ptr<Pair> pair, std::function<void(Pair&)> body) : pair_(std::move(pair)), body_(std::move(body)) {}
  void TestBody() override {
    close_the_one_before();
    ASSERT_TRUE(ok(pair_->open()));
    const Quiet quiet({&pair_->exporter(), &pair_->importer()});
    body_(*pair_);
  }

 private:
  // Pairs are many, and each has devices of its own. Objects that outlive theirs are reported by the layer now.
  void close_the_one_before() {
    static std::shared_ptr<Pair> open;
    if (open != nullptr && open != pair_) {
      const std::size_t mark = log_mark();
      open->close();
      for (const auto& line : lines_since(mark, LogLevel::error))
        ADD_FAILURE() << "logged while " << open->name() << " ended: " << line.text;
    }
    open = pair_;
  }

  std::shared_ptr<Pair> pair_;
  std::function<void(Pair&)> body_;
};

int failures_so_far() {
  const auto* result = ::testing::UnitTest::GetInstance()->current_test_info()->result();
  int n = 0;
  for (int i = 0; i < result->total_part_count(); ++i) n += result->GetTestPartResult(i).failed() ? 1 : 0;
  return n;
}

}  // namespace

void add_test(const std::shared_ptr<Pair>& pair, const std::string& name, std::function<void(Pair&)> body) {
  auto& all = pairs_with_tests();
  if (all.empty() || all.back() != pair) all.push_back(pair);
  ::testing::RegisterTest(pair->name().c_str(), name.c_str(), nullptr, nullptr, __FILE__, __LINE__,
                          [pair, body = std::move(body)]() -> ::testing::Test* { return new FunctionTest(pair, body); });
}

bool& plain_only() noexcept {
  static bool only = false;
  return only;
}

void close_pairs() noexcept {
  for (const auto& pair : pairs_with_tests()) pair->close();
}

void record_case(Pair& pair, CaseRecord record, const std::function<void()>& body) {
  const int before = failures_so_far();
  {
    SCOPED_TRACE(record.exporter + " -> " + record.importer + ", " + record.suite + " " + record.format + " " + record.kind + " " +
                 record.handle);
    body();
  }
  record.outcome = failures_so_far() == before ? Outcome::passed : Outcome::failed;
  if (record.outcome == Outcome::failed) pair.drop_link();
  ledger().add(std::move(record));
}

}  // namespace geyser::test
