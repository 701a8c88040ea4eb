#include <chrono>

#include "c/objects.hpp"

using namespace geyser::c;
using geyser::Result;

geyser_status geyser_semaphore_clone(const geyser_semaphore* semaphore, geyser_semaphore** out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(semaphore), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    *out = wrap(geyser::SharedSemaphore(semaphore->semaphore));
    return {};
  });
}
void geyser_semaphore_destroy(geyser_semaphore* semaphore) GEYSER_NOEXCEPT {
  if (semaphore != nullptr && !semaphore->borrowed) delete semaphore;
}
geyser_status geyser_semaphore_query(const geyser_semaphore* semaphore, geyser_semaphore_info* out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(semaphore), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    geyser_semaphore_info info{};
    info.kind = static_cast<geyser_semaphore_kind>(semaphore->semaphore.kind());
    return write(out, info, "out");
  });
}
geyser_status geyser_semaphore_equal(const geyser_semaphore* a, const geyser_semaphore* b, geyser_bool* out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(a), GEYSER_GIVEN(b), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    *out = flag(a->semaphore == b->semaphore);
    return {};
  });
}
geyser_status geyser_semaphore_value(const geyser_semaphore* semaphore, uint64_t* out) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(semaphore), GEYSER_GIVEN(out)}, [&]() -> Result<void> {
    GEYSER_TAKE(value, semaphore->semaphore.value());
    *out = value;
    return {};
  });
}
geyser_status geyser_semaphore_signal(const geyser_semaphore* semaphore, uint64_t value) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(semaphore)}, [&]() -> Result<void> { return semaphore->semaphore.signal(value); });
}
geyser_status geyser_semaphore_wait(const geyser_semaphore* semaphore, uint64_t value, int64_t timeout) GEYSER_NOEXCEPT {
  return call(__func__, {GEYSER_GIVEN(semaphore)},
              [&]() -> Result<void> { return semaphore->semaphore.wait(value, std::chrono::nanoseconds(bounded(timeout))); });
}
