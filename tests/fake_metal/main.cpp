#include <cstring>

#include "fake_metal/child.hpp"
#include "fixture.hpp"

int main(int argc, char** argv) {
  geyser::test::capture_log();
  if (argc > 2 && std::strcmp(argv[1], "--child") == 0) return fake_metal::run_child(argv[2], argc > 3 ? argv[3] : "");
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
