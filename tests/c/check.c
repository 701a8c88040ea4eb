#include "tests/c/check.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int failed = 0;

int failures(void) { return failed; }

int check(int condition, const char* text, const char* file, int line) {
  if (!condition) {
    ++failed;
    fprintf(stderr, "%s:%d: not true: %s (last error: %s)\n", file, line, text, geyser_last_error_message());
  }
  return condition;
}

int succeeds(geyser_status status, const char* text, const char* file, int line) {
  if (status == GEYSER_STATUS_OK) return 1;
  ++failed;
  fprintf(stderr, "%s:%d: %s failed with %s: %s\n", file, line, text, geyser_status_name(status), geyser_last_error_message());
  return 0;
}

int fails(geyser_status status, geyser_status wanted, const char* words, const char* text, const char* file, int line) {
  const char* message = geyser_last_error_message();
  geyser_error_info info = GEYSER_INIT(geyser_error_info);
  if (status == wanted && strstr(message, words) != NULL && geyser_error_query(geyser_last_error(), &info) == GEYSER_STATUS_OK &&
      info.code == wanted) {
    return 1;
  }
  ++failed;
  fprintf(stderr, "%s:%d: %s gives %s \"%s\"; expected %s with \"%s\"\n", file, line, text, geyser_status_name(status), message,
          geyser_status_name(wanted), words);
  return 0;
}

void refused(geyser_status status, const char* function, const char* parameter, geyser_feature feature) {
  const char* message = geyser_last_error_message();
  char wanted[256];
  if ((geyser_features() & feature) != feature) {
    if (status == GEYSER_STATUS_UNSUPPORTED_FEATURE && strstr(message, "built without") != NULL) return;
    ++failed;
    fprintf(stderr, "%s is not built in, but gives %s \"%s\"\n", function, geyser_status_name(status), message);
    return;
  }
  snprintf(wanted, sizeof(wanted), "%s: %s is null", function, parameter);
  if (status == GEYSER_STATUS_INVALID_ARGUMENT && strstr(message, wanted) != NULL) return;
  ++failed;
  fprintf(stderr, "%s with a null %s gives %s \"%s\"\n", function, parameter, geyser_status_name(status), message);
}

size_t open_descriptors(void) {
  size_t count = 0;
  DIR* folder = opendir("/proc/self/fd");
  if (folder == NULL) return 0;
  while (readdir(folder) != NULL) ++count;
  closedir(folder);
  return count;
}

void fill_random(void* bytes, size_t size, uint32_t seed) {
  unsigned char* out = bytes;
  uint32_t state = seed * 2654435761u + 1u;
  for (size_t i = 0; i < size; ++i) {
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    out[i] = (unsigned char)(state >> 11);
  }
}

const char* own_name(const char* what) {
  static char name[100];
  snprintf(name, sizeof(name), "c tests %s %ld", what, (long)getpid());
  return name;
}

int start_child(int (*child)(void* argument), void* argument) {
  fflush(NULL);
  const pid_t process = fork();
  if (process == 0) {
    failed = 0;
    const int result = child(argument);
    fflush(NULL);
    _exit(result);
  }
  return (int)process;
}

int join_child(int process) {
  int status = 0;
  if (waitpid((pid_t)process, &status, 0) != (pid_t)process || !WIFEXITED(status)) return -1;
  return WEXITSTATUS(status);
}

geyser_texture_descriptor descriptor_2d(uint32_t width, uint32_t height, geyser_format format) {
  geyser_texture_descriptor descriptor = GEYSER_INIT(geyser_texture_descriptor);
  descriptor.extent.width = width;
  descriptor.extent.height = height;
  descriptor.format = format;
  return descriptor;
}
