// Order across APIs: one side writes, the other reads and writes in its turn, the first reads; everything is submitted ahead, and content
// says whether each waited for the one before.
#include <chrono>

#include "pair.hpp"
#include "support/painter.hpp"

namespace geyser::test {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t width = 64;
constexpr std::uint32_t height = 32;
constexpr std::uint32_t turns = 40;

TextureDescriptor descriptor() {
  TextureDescriptor made;
  made.extent = {width, height, 1};
  made.format = TextureFormat::r32_uint;
  made.usage = made.usage | TextureUsage::render_attachment;
  made.label = "order across APIs";
  return made;
}

::testing::AssertionResult all_texels(const Result<std::vector<std::uint32_t>>& found, std::uint32_t wanted) {
  if (!found) return ::testing::AssertionFailure() << found.error().describe();
  for (std::size_t i = 0; i < found->size(); ++i) {
    if ((*found)[i] != wanted) return ::testing::AssertionFailure() << "texel " << i << " is " << (*found)[i] << ", not " << wanted;
  }
  return ::testing::AssertionSuccess();
}

// One access of one side, not waited for: the only waits are on the devices, where the rung allows that.
Result<void> take_turn(Pair& pair, Exchange& exchange, Who who, Painter& painter, std::optional<std::uint32_t> slot, std::uint32_t value) {
  pair.side(who).enter();
  const AccessInfo info = exchange.next_access(who, true);
  SharedTexture& texture = exchange.texture(who);
  auto access = texture.begin_write(info);
  if (!access) return std::move(access).error();
  if (auto ok = painter.work(texture, *access, slot, value); !ok) return ok;
  auto state = std::move(*access).end();
  if (!state) return std::move(state).error();
  exchange.ended(who, info, *state);
  return {};
}

CaseRecord record_of(const Pair& pair, const SemaphoreHandleSupport& offered) {
  return pair.record("order", "r32_uint", "write_read_write_read",
                     std::string(to_string(offered.kind)) + "/" + std::string(to_string(offered.type)));
}

void order(Pair& pair, const SemaphoreHandleSupport& offered) {
  CaseRecord record = record_of(pair, offered);
  const auto skip = [&](std::string why) {
    record.outcome = Outcome::skipped;
    record.why = std::move(why);
    ledger().add(record);
  };
  auto first = create_painter(pair.exporter(), width, height, turns);
  if (!first) return skip(first.error().describe());
  auto second = create_painter(pair.importer(), width, height, turns);
  if (!second) return skip(second.error().describe());
  record_case(pair, record, [&] {
    auto link = Link::create(pair.exporter(), pair.importer(), offered.kind, offered.type);
    ASSERT_TRUE(ok(link));
    // A binary semaphore may have one waiter at a time, so the answers have one of their own.
    std::optional<Link> back;
    auto exchange = Exchange::create(*link, descriptor());
    ASSERT_TRUE(ok(exchange));
    const bool answers = pair.importer().manager().capabilities().exports(offered.kind, offered.type) &&
                         pair.exporter().manager().capabilities().imports(offered.kind, offered.type);
    if (offered.kind == SemaphoreKind::binary || answers) {
      auto made = Link::create(pair.importer(), pair.exporter(), offered.kind, offered.type);
      ASSERT_TRUE(ok(made));
      back.emplace(std::move(*made));
      exchange->answer_over(*back);
    }
    // The exporter writes; the importer reads and writes; the exporter reads and writes ... Each read has a slot of its own.
    std::optional<std::uint32_t> slot;
    for (std::uint32_t turn = 0; turn < turns && !::testing::Test::HasFailure(); ++turn) {
      EXPECT_TRUE(ok(take_turn(pair, *exchange, Who::exporter, **first, slot, 0x10000U + turn))) << "turn " << turn;
      EXPECT_TRUE(ok(take_turn(pair, *exchange, Who::importer, **second, turn, 0x20000U + turn))) << "turn " << turn;
      slot = turn;
    }
    EXPECT_TRUE(ok(take_turn(pair, *exchange, Who::exporter, **first, slot, 0)));
    // The last access is the exporter's, and its signal is nobody's: taken, so that nothing is pending when all goes.
    pair.importer().enter();
    EXPECT_TRUE(ok(exchange->settle(10s)));
    for (std::uint32_t turn = 0; turn < turns; ++turn) {
      pair.importer().enter();
      ASSERT_TRUE(all_texels((*second)->fetched(turn), 0x10000U + turn)) << "the importer's read of turn " << turn;
      pair.exporter().enter();
      ASSERT_TRUE(all_texels((*first)->fetched(turn), 0x20000U + turn)) << "the exporter's read of turn " << turn;
    }
  });
}

// With NVIDIA's driver 580, CUDA's wait for a binary semaphore that OpenGL or Vulkan had signalled before sometimes never ended when work
// was submitted this far ahead; timelines passed every time, and so did one hand-over at a time (sync_cases.cpp).
bool unreliable(const Pair& pair, SemaphoreKind kind) {
  return kind == SemaphoreKind::binary && (pair.exporter_entry().api == Api::cuda) != (pair.importer_entry().api == Api::cuda);
}

void each_rung(Pair& pair) {
  const Capabilities exporter = pair.exporter().manager().capabilities();
  const Capabilities importer = pair.importer().manager().capabilities();
  for (const auto& offered : exporter.semaphores) {
    if (offered.type == SemaphoreHandleType::sync_fd || !offered.can_export || !importer.imports(offered.kind, offered.type)) continue;
    if (offered.kind == SemaphoreKind::binary &&
        !(importer.exports(offered.kind, offered.type) && exporter.imports(offered.kind, offered.type)))
      continue;
    if (unreliable(pair, offered.kind)) {
      CaseRecord record = record_of(pair, offered);
      record.outcome = Outcome::skipped;
      record.why =
          "CUDA's wait for a binary semaphore of another API may never end when work is submitted ahead (driver 580); timelines pass";
      ledger().add(record);
      continue;
    }
    order(pair, offered);
  }
}

}  // namespace

void add_order_tests(const std::shared_ptr<Pair>& pair) { add_test(pair, "order", &each_rung); }

}  // namespace geyser::test
