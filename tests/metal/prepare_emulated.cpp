#include <iostream>

#include "fake_metal/fake_metal.hpp"
#include "prepare.hpp"

namespace geyser::test {

void prepare_metal() {
  std::cout << "EMULATED: Metal is a thread on the CPU here; nothing of this says what Apple's does.\n";
  fake_metal::reset();
}

bool end_metal() {
  const bool idle = fake_metal::drain();
  fake_metal::join();
  return idle && fake_metal::live_objects().empty() && fake_metal::lock_violations() == 0;
}

}  // namespace geyser::test
