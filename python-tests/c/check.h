/* What the test program's parts share. */
#ifndef CHECK_H
#define CHECK_H

#include "vicinal.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern int failures;
extern int checks;

/* Requires a condition. */
#define CHECK(condition)                                                       \
  do {                                                                         \
    checks++;                                                                  \
    if (!(condition)) {                                                        \
      failures++;                                                              \
      printf("%s:%d: %s (last error: %s)\n", __FILE__, __LINE__, #condition,   \
             vicinal_last_error());                                            \
    }                                                                          \
  } while (0)

/* Requires success. */
#define OK(call) CHECK((call) == VICINAL_OK)

/* Requires an error and that it says something. */
#define FAILS(code, call)                                                      \
  do {                                                                         \
    vicinal_status got = (call);                                               \
    checks++;                                                                  \
    if (got != (code) || strlen(vicinal_last_error()) < 8) {                   \
      failures++;                                                              \
      printf("%s:%d: %s gave %d, not %d (last error: %s)\n", __FILE__,         \
             __LINE__, #call, (int)got, (int)(code), vicinal_last_error());    \
    }                                                                          \
  } while (0)

/* n x d numbers within 0 ... 1 that depend on seed only. */
float *numbers(int64_t n, int64_t d, uint64_t seed);

/* n bytes that depend on seed only. */
uint8_t *random_bytes(int64_t n, uint64_t seed);

/* A path in the folder of the run; valid until the next call. */
const char *in_folder(const char *name);

/* The text of a handle, which is released; valid until the next call. */
const char *text_of(vicinal_handle bytes);

void test_index(void);
void test_changes(void);
void test_filters(void);
void test_binary(void);
void test_files(void);
void test_coding(void);
void test_parts(void);
void test_contents(void);
void test_build(void);
void test_errors(void);
void test_threads(void);

#endif
