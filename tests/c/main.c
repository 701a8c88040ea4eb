// geyser_c_tests SUITE: runs one suite. 0: passed, 1: failed, 77: cannot run here.
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/c/check.h"

static const char* skipped = NULL;

void skip(const char* why) { skipped = why; }

/// The software driver alone, where there is one and nobody chose: a machine's own devices come and go.
static void choose_driver(void) {
  glob_t found;
  if (getenv("VK_DRIVER_FILES") != NULL || getenv("VK_ICD_FILENAMES") != NULL) return;
  if (glob("/usr/share/vulkan/icd.d/lvp_icd*.json", 0, NULL, &found) == 0 && found.gl_pathc > 0) {
    setenv("VK_DRIVER_FILES", found.gl_pathv[0], 1);
    setenv("VK_ICD_FILENAMES", found.gl_pathv[0], 1);
  }
  globfree(&found);
}

int main(int argc, char** argv) {
  static const struct {
    const char* name;
    void (*run)(void);
  } suites[] = {{"null", null_suite},        {"base", base_suite},      {"structs", struct_suite},
                {"textures", texture_suite}, {"handles", handle_suite}, {"channels", channel_suite},
                {"streams", stream_suite},   {"vulkan", vulkan_suite},  {"vulkan_commands", vulkan_commands_suite},
                {"opengl", opengl_suite},    {"cuda", cuda_suite}};
  choose_driver();
  for (size_t i = 0; argc == 2 && i < sizeof(suites) / sizeof(suites[0]); ++i) {
    if (strcmp(argv[1], suites[i].name) != 0) continue;
    suites[i].run();
    if (failures() != 0) {
      fprintf(stderr, "%d failures\n", failures());
      return 1;
    }
    if (skipped != NULL) {
      printf("skipped: %s\n", skipped);
      return 77;
    }
    return 0;
  }
  fprintf(stderr, "usage: geyser_c_tests SUITE\n");
  return 2;
}
