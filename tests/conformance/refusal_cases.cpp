// Different devices: refused before any driver sees a handle, and nothing changes. A refusal is a case like any other.
#include "pair.hpp"

namespace geyser::test {
namespace {

void expect_no_way(const Error& error) {
  EXPECT_TRUE(error.code() == Errc::device_mismatch || error.code() == Errc::unsupported_handle) << error.describe();
  EXPECT_FALSE(error.message().empty());
}

void works_still(TextureShareManager& manager) {
  TextureDescriptor descriptor;
  descriptor.extent = {4, 4, 1};
  descriptor.format = TextureFormat::rgba8_unorm;
  auto texture = manager.create_shareable_texture(descriptor);
  ASSERT_TRUE(ok(texture));
  std::vector<std::byte> bytes(64, std::byte{7});
  ASSERT_TRUE(ok(manager.upload(*texture, {}, bytes)));
  std::vector<std::byte> found(64);
  ASSERT_TRUE(ok(manager.read_back(*texture, {}, found)));
  EXPECT_EQ(bytes, found);
  if (!manager.capabilities().exports(texture->handle_type()) || !manager.capabilities().imports(texture->handle_type())) return;
  auto handle = manager.export_texture(*texture);
  ASSERT_TRUE(ok(handle));
  EXPECT_TRUE(ok(manager.import_texture(std::move(*handle))));
}

void note(Pair& pair, const char* kind, std::string_view handle, const std::string& why) {
  CaseRecord record = pair.record("refusal", {}, kind, std::string(handle));
  record.outcome = ::testing::Test::HasFailure() ? Outcome::failed : Outcome::refused;
  record.why = why;
  ledger().add(std::move(record));
}

void texture_refused(Pair& pair) {
  TextureDescriptor descriptor;
  descriptor.extent = {8, 8, 1};
  descriptor.format = TextureFormat::rgba8_unorm;
  auto texture = pair.exporter().manager().create_shareable_texture(descriptor);
  ASSERT_TRUE(ok(texture));
  auto handle = pair.exporter().manager().export_texture(*texture);
  ASSERT_TRUE(ok(handle));
  const int fd = handle->handles[0].fd();
  const std::size_t before = open_descriptors();
  auto imported = pair.importer().manager().import_texture(std::move(*handle));
  ASSERT_FALSE(imported.has_value());
  if (pair.vulkan()) {
    EXPECT_TRUE(fails(imported, Errc::device_mismatch));
  } else {
    expect_no_way(imported.error());
  }
  EXPECT_EQ(handle->handles[0].fd(), fd) << "the refused handle was consumed";
  EXPECT_TRUE(is_open(fd));
  EXPECT_EQ(open_descriptors(), before);
  works_still(pair.importer().manager());
  // The refused handle is as good as before for the device that it belongs to.
  auto home = pair.exporter().second_manager();
  ASSERT_TRUE(ok(home));
  EXPECT_TRUE(ok(home->import_texture(std::move(*handle))));
  note(pair, "texture", to_string(texture->handle_type()), imported.error().describe());
}

void semaphore_refused(Pair& pair) {
  for (const auto& offered : pair.exporter().manager().capabilities().semaphores) {
    // Host pages and sync files are not of one device: they may pass.
    const bool opaque = offered.type == SemaphoreHandleType::opaque_fd || offered.type == SemaphoreHandleType::opaque_win32;
    if (!offered.can_export || !opaque) continue;
    auto semaphore = pair.exporter().manager().create_shared_semaphore({.kind = offered.kind, .initial_value = 0, .label = {}});
    ASSERT_TRUE(ok(semaphore));
    auto handle = pair.exporter().manager().export_semaphore(*semaphore, offered.type);
    ASSERT_TRUE(ok(handle));
    const int fd = handle->handle.fd();
    const std::size_t before = open_descriptors();
    auto imported = pair.importer().manager().import_semaphore(std::move(*handle));
    ASSERT_FALSE(imported.has_value());
    expect_no_way(imported.error());
    EXPECT_EQ(handle->handle.fd(), fd);
    EXPECT_TRUE(is_open(fd));
    EXPECT_EQ(open_descriptors(), before);
    note(pair, "semaphore", to_string(offered.type), imported.error().describe());
  }
  works_still(pair.importer().manager());
}

void negotiation_refused(Pair& pair) {
  auto chosen = negotiate(pair.exporter().manager().capabilities(), pair.importer().manager().capabilities());
  ASSERT_FALSE(chosen.has_value());
  expect_no_way(chosen.error());
  const std::string words = explain(pair.exporter().manager().capabilities(), pair.importer().manager().capabilities());
  EXPECT_FALSE(words.empty());
  note(pair, "negotiation", {}, chosen.error().describe());
}

}  // namespace

void add_refusal_tests(const std::shared_ptr<Pair>& pair) {
  add_test(pair, "texture_refused", &texture_refused);
  add_test(pair, "semaphore_refused", &semaphore_refused);
  add_test(pair, "negotiation_refused", &negotiation_refused);
}

}  // namespace geyser::test
