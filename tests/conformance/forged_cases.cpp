// A handle of device A that says it is of device B gets past the comparison of UUIDs. What B's driver makes of it is asked in a process of
// its own, since some crash: afterwards the device still allocates, or the library calls it lost and says what did that.
#include "pair.hpp"

#include <chrono>
#include <iostream>

#include "support/handle_codec.hpp"
#include "support/process.hpp"

namespace geyser::test {
namespace {

using namespace std::chrono_literals;

constexpr auto peer_timeout = 60s;  // a sanitizer build that opens a Vulkan device under load

TextureDescriptor subject() {
  TextureDescriptor descriptor;
  descriptor.extent = {64, 64, 1};
  descriptor.format = TextureFormat::rgba8_unorm;
  return descriptor;
}

enum class Afterwards : std::uint8_t { allocates, lost, neither };

struct Report {
  bool accepted = false;
  bool asked_the_driver = false;  // else the library refused it before
  std::string answer;
  Afterwards afterwards = Afterwards::neither;
  std::string words;  // of the first call afterwards that failed
};

/// A texture of the device's own, out and in again: everything that a ruined device refuses.
Result<void> share_with_itself(TextureShareManager& manager) {
  auto texture = manager.create_shareable_texture(subject());
  if (!texture) return std::move(texture).error();
  auto handle = manager.export_texture(*texture);
  if (!handle) return std::move(handle).error();
  auto twin = manager.import_texture(std::move(*handle));
  if (!twin) return std::move(twin).error();
  return {};
}

Result<Report> import_forged(Participant& self, OsHandle foreign) {
  TextureShareManager& manager = self.manager();
  // The description is the device's own to the last bit; only the memory is another's.
  auto own = manager.create_shareable_texture(subject());
  if (!own) return std::move(own).error();
  auto handle = manager.export_texture(*own);
  if (!handle) return std::move(handle).error();
  handle->handles[0] = std::move(foreign);

  Report report;
  auto imported = manager.import_texture(std::move(*handle));
  report.accepted = imported.has_value();
  report.asked_the_driver = imported.has_value() || imported.error().domain() == ErrorDomain::vulkan;
  report.answer = imported ? "it is imported" : imported.error().describe();
  if (!imported && !is_open(handle->handles[0].borrow())) return Error(Errc::internal, "the failed import consumed the handle");
  auto after = share_with_itself(manager);
  if (!after) report.words = after.error().describe();
  const bool one_cause =
      !imported && !after && imported.error().code() == Errc::device_lost && after.error().message() == imported.error().message();
  if (after) {
    report.afterwards = Afterwards::allocates;
  } else if (after.error().code() == Errc::device_lost && one_cause) {
    report.afterwards = Afterwards::lost;
  }
  return report;
}

/// Why the case has no report: the driver ended the child, or something that is a failure.
void child_without_report(Pair& pair, Child& child, const Error& why) {
  auto status = child.wait(peer_timeout);
  ASSERT_TRUE(ok(status));
  EXPECT_GT(*status, 128) << "the child ended with status " << *status << " and without a report: " << why.describe();
  CaseRecord record = pair.record("forged", {}, "texture", {});
  record.outcome = ::testing::Test::HasFailure() ? Outcome::failed : Outcome::refused;
  record.why = "the importing driver ended its process with status " + std::to_string(*status);
  std::cout << pair.name() << ": " << record.why << "\n";
  ledger().add(std::move(record));
}

void forged_identity(Pair& pair) {
  auto texture = pair.exporter().manager().create_shareable_texture(subject());
  ASSERT_TRUE(ok(texture));
  auto handle = pair.exporter().manager().export_texture(*texture);
  ASSERT_TRUE(ok(handle));
  auto child = Child::start({"--forged", pair.importer_entry().key});
  ASSERT_TRUE(ok(child));
  Writer writer;
  writer.put_text("memory of another device");
  const OsHandle::Value descriptors[] = {handle->handles[0].borrow()};
  ASSERT_TRUE(ok(child->channel().send(writer.bytes(), descriptors)));
  auto message = child->channel().receive(peer_timeout);
  if (!message) return child_without_report(pair, *child, message.error());

  Reader reader(message->bytes);
  ASSERT_EQ(reader.take_text(), "") << "the child's trouble";
  Report report;
  report.accepted = reader.take<bool>();
  report.asked_the_driver = reader.take<bool>();
  report.answer = reader.take_text();
  report.afterwards = reader.take<Afterwards>();
  report.words = reader.take_text();
  ASSERT_TRUE(reader.good());
  EXPECT_NE(report.afterwards, Afterwards::neither) << "the device is ruined and not called lost: " << report.words;
  auto status = child->wait(peer_timeout);
  ASSERT_TRUE(ok(status));
  EXPECT_EQ(*status, 0);
  // The exporter's memory is not what suffers.
  EXPECT_TRUE(ok(share_with_itself(pair.exporter().manager())));

  CaseRecord record = pair.record("forged", {}, "texture", std::string(to_string(texture->handle_type())));
  record.outcome = ::testing::Test::HasFailure() ? Outcome::failed : report.accepted ? Outcome::passed : Outcome::refused;
  record.why = std::string(report.asked_the_driver ? "asked the driver: " : "did not ask the driver: ") + report.answer +
               (report.afterwards == Afterwards::allocates ? "; afterwards the device allocates" : "; afterwards the device is lost");
  std::cout << pair.name() << ": " << record.why << "\n";
  ledger().add(std::move(record));
}

}  // namespace

int run_forged_child(const std::string& device_key) {
  const Channel channel{Child::inherited_channel()};
  const auto fail = [&](const std::string& words) {
    std::cerr << "child: " << words << "\n";
    Writer writer;
    writer.put_text(words);
    static_cast<void>(channel.send(writer.bytes()));
    return 1;
  };
  const DeviceEntry* entry = find_device(device_key);
  if (entry == nullptr) return fail("the child finds no device " + device_key);
  auto self = Participant::open(*entry);
  if (!self) return fail(self.error().describe());
  auto message = channel.receive(peer_timeout);
  if (!message) return fail(message.error().describe());
  if (message->handles.size() != 1) return fail("the offer must carry one descriptor");
  auto report = import_forged(**self, std::move(message->handles[0]));
  if (!report) return fail(report.error().describe());
  Writer writer;
  writer.put_text({});
  writer.put(report->accepted);
  writer.put(report->asked_the_driver);
  writer.put_text(report->answer);
  writer.put(report->afterwards);
  writer.put_text(report->words);
  if (auto sent = channel.send(writer.bytes()); !sent) return 1;
  return 0;
}

void add_forged_tests(const std::shared_ptr<Pair>& pair) { add_test(pair, "forged_identity", &forged_identity); }

}  // namespace geyser::test
