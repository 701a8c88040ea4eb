// Where programs of this user meet, and what they are called.
#include <cstdlib>

#include "fixture.hpp"
#include "platform/runtime_directory.hpp"

namespace geyser::platform {
namespace {

TEST(EmulatedFolder, prefers_the_sessions_folder_then_the_users_own) {
  const unit::Folder folder;
  unit::Child child([&] {
    const auto with = [](const char* session, const char* temporary) {
      session != nullptr ? ::setenv("XDG_RUNTIME_DIR", session, 1) : ::unsetenv("XDG_RUNTIME_DIR");
      temporary != nullptr ? ::setenv("TMPDIR", temporary, 1) : ::unsetenv("TMPDIR");
      return default_runtime_directory();
    };
    // Darwin's own folder is not there, which leaves TMPDIR.
    const std::string own = folder.path();
    if (with(own.c_str(), nullptr) != own + "/geyser") return 1;
    if (with(nullptr, (own + "/").c_str()) != own + "/geyser") return 2;
    if (with("relative", (folder / "missing").c_str()) != "/tmp/geyser-" + std::to_string(::geteuid())) return 3;
    return 0;
  });
  EXPECT_EQ(child.wait(), 0);
  EXPECT_TRUE(program_name().starts_with("geyser_fake_mach"));
}

}  // namespace
}  // namespace geyser::platform
