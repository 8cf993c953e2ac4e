/* Tests every function of the C interface. Usage: program folder-for-files */
#include "check.h"

int failures = 0;
int checks = 0;
static const char *folder = ".";

static uint64_t next(uint64_t *state) {
  uint64_t z = *state += 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

float *numbers(int64_t n, int64_t d, uint64_t seed) {
  float *values = malloc((size_t)(n * d + 1) * sizeof *values);
  for (int64_t i = 0; i < n * d; i++)
    values[i] = (float)(next(&seed) >> 40) / 16777216.0f;
  return values;
}

uint8_t *random_bytes(int64_t n, uint64_t seed) {
  uint8_t *values = malloc((size_t)n + 1);
  for (int64_t i = 0; i < n; i++)
    values[i] = (uint8_t)(next(&seed) >> 56);
  return values;
}

const char *in_folder(const char *name) {
  static char path[4096];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  return path;
}

const char *text_of(vicinal_handle bytes) {
  static char *kept = NULL;
  const void *data = NULL;
  int64_t size = 0;
  OK(vicinal_bytes_view(bytes, &data, &size));
  free(kept);
  kept = malloc((size_t)size + 1);
  memcpy(kept, data, (size_t)size + 1);
  OK(vicinal_release(bytes));
  return kept;
}

static void test_library(void) {
  CHECK(vicinal_abi_version() == VICINAL_ABI_VERSION);
  CHECK(strlen(vicinal_version()) >= 5);
  CHECK(strlen(vicinal_instruction_set()) >= 4);
  CHECK(strcmp(vicinal_last_error(), "") == 0);
  CHECK(vicinal_get_threads() >= 1);
  OK(vicinal_set_threads(3));
  CHECK(vicinal_get_threads() == 3);
  FAILS(VICINAL_INVALID_ARGUMENT, vicinal_set_threads(-1));
  FAILS(VICINAL_INVALID_ARGUMENT, vicinal_set_threads(1025));
  OK(vicinal_set_threads(0));
  OK(vicinal_release(0));
}

int main(int count, char **arguments) {
  if (count > 1)
    folder = arguments[1];
  /* Which parts, all unless named: valgrind takes long. */
  const char *only = count > 2 ? arguments[2] : "";
  struct {
    const char *name;
    void (*run)(void);
  } parts[] = {{"library", test_library},   {"index", test_index},
               {"changes", test_changes},   {"filters", test_filters},
               {"binary", test_binary},     {"files", test_files},
               {"coding", test_coding},     {"parts", test_parts},
               {"contents", test_contents}, {"errors", test_errors},
               {"threads", test_threads},   {"build", test_build}};
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
    if (*only && !strstr(only, parts[i].name))
      continue;
    parts[i].run();
    CHECK(vicinal_live_handles() == 0);
    printf("%s done\n", parts[i].name);
  }
  printf("%d checks, %d failures\n", checks, failures);
  return failures != 0;
}
