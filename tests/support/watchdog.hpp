// Ends a test program that hangs, and says where it hung.
#pragma once

#include <string>

namespace geyser::test {

/// Watches every gtest case from now on. One that runs longer than the limit (90 seconds, 300 in sanitizer builds, or
/// GEYSER_TEST_CASE_SECONDS) is named on stderr together with the stacks of all threads, and the process ends with exit status 3;
/// or it starts anew from the beginning, as often as GEYSER_TEST_RETRIES says (not at all by default). Only a hang is forgiven, never a
/// result. Call once, after InitGoogleTest. The thread is never joined.
void start_watchdog();

/// Watches what is not a case, such as the end of the program, until the destructor. Not inside a case.
class Watched {
 public:
  explicit Watched(std::string what);
  ~Watched();
  Watched(const Watched&) = delete;
  Watched& operator=(const Watched&) = delete;
};

}  // namespace geyser::test
