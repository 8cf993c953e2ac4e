/* What all functions share: status, handles, progress. Include vicinal.h. */
#ifndef VICINAL_BASE_H
#define VICINAL_BASE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The version of this interface. It changes when a function, a struct or a
 * number below changes; new functions do not change it. */
#define VICINAL_ABI_VERSION 1

/* VICINAL_OK or one of the errors below. Numbers are never reused. */
typedef int32_t vicinal_status;

enum {
  VICINAL_OK = 0,
  /* A parameter is outside its range, a pointer null, a handle wrong. */
  VICINAL_INVALID_ARGUMENT = 1,
  /* Vectors do not have the dimension that is needed. */
  VICINAL_DIMENSION_MISMATCH = 2,
  /* Train first. */
  VICINAL_NOT_TRAINED = 3,
  /* A vector holds NaN or an infinity. */
  VICINAL_NOT_FINITE = 4,
  /* This object cannot do that. */
  VICINAL_UNSUPPORTED = 5,
  /* No vector has this id. */
  VICINAL_NOT_FOUND = 6,
  /* The bytes of a file contradict its format. */
  VICINAL_CORRUPT_FILE = 7,
  /* The operating system refused to open, read or write. */
  VICINAL_FILE_SYSTEM = 8,
  /* The memory that may be used is too small. */
  VICINAL_MEMORY_BOUND = 9,
  /* The caller cancelled; nothing was changed. */
  VICINAL_CANCELLED = 10,
  /* Too few vectors to learn from. */
  VICINAL_INSUFFICIENT_DATA = 11,
  /* A factory or parameter text cannot be understood. */
  VICINAL_INVALID_SPECIFICATION = 12,
  /* An id is there twice. */
  VICINAL_DUPLICATE_ID = 13
};

/* An object of the library; 0 for none. */
typedef uint64_t vicinal_handle;

/* How vectors are compared: the numbers of faiss's MetricType. */
enum {
  VICINAL_METRIC_INNER_PRODUCT = 0,
  VICINAL_METRIC_L2 = 1, /* squared, without a root */
  VICINAL_METRIC_L1 = 2,
  VICINAL_METRIC_LINF = 3,
  VICINAL_METRIC_LP = 4, /* takes p as metric argument */
  VICINAL_METRIC_CANBERRA = 20,
  VICINAL_METRIC_BRAY_CURTIS = 21,
  VICINAL_METRIC_JENSEN_SHANNON = 22,
  VICINAL_METRIC_JACCARD = 23,
  VICINAL_METRIC_NAN_EUCLIDEAN = 24,
  VICINAL_METRIC_GOWER = 25
};

/* Told of progress, from a thread of the library or the caller's, never from
 * two at once. It must not call functions on the objects that the call works
 * on. step: what is being done, valid during the call only; done, total: units.
 * Returns 0 to go on, anything else to cancel. */
typedef int32_t (*vicinal_progress)(void *context, const char *step,
                                    int64_t done, int64_t total);

/* How long work is done. A null pointer means VICINAL_WORK_INIT. */
typedef struct vicinal_work {
  /* Threads; 0 for the number of vicinal_set_threads. */
  int32_t threads;
  /* A handle of vicinal_cancellation_create, or 0. */
  vicinal_handle cancellation;
  /* Or null. */
  vicinal_progress progress;
  /* Handed to progress. */
  void *context;
} vicinal_work;

#define VICINAL_WORK_INIT {0, 0, NULL, NULL}

/* VICINAL_ABI_VERSION of the library that is loaded. Compare before use. */
uint32_t vicinal_abi_version(void);

/* The version of the library, "0.1.0"; never freed. */
const char *vicinal_version(void);

/* The instruction set of the kernels in use: "portable", "avx2", "avx512",
 * "avx512vnni" or "neon"; never freed. */
const char *vicinal_instruction_set(void);

/* What the last failing call of this thread said; "" before one fails. Valid
 * until the next failing call of this thread. At most 1023 bytes. */
const char *vicinal_last_error(void);

/* Threads that a call uses unless it says otherwise: 1 ... 1024, or 0 for one
 * for each processor (at first). faiss: omp_set_num_threads. */
vicinal_status vicinal_set_threads(int32_t threads);

/* Threads that a call uses: what was set, or the number of processors. */
int32_t vicinal_get_threads(void);

/* Releases an object of any kind; 0 is allowed and does nothing. Calls that use
 * it in other threads finish as if nothing had happened. */
vicinal_status vicinal_release(vicinal_handle handle);

/* How many objects have not been released: for tests of leaks. */
int64_t vicinal_live_handles(void);

/* A switch that ends work in other threads; release it when done. */
vicinal_status vicinal_cancellation_create(vicinal_handle *out);

/* Asks all work that was given this switch to end with VICINAL_CANCELLED. */
vicinal_status vicinal_cancellation_cancel(vicinal_handle cancellation);

/* Puts this thread under a switch, or under none (0): its calls that are given
 * no other switch, those that take no vicinal_work included, end with
 * VICINAL_CANCELLED soon after the switch is used. Leave it before you release
 * it. Changes that are cancelled have changed nothing; so that they can be
 * undone, graphs keep a copy of their links meanwhile. */
vicinal_status vicinal_cancellation_enter(vicinal_handle cancellation);

/* Bytes or text that a function returned as a handle. The bytes, size of them
 * with a zero byte behind, are valid until the handle is released. */
vicinal_status vicinal_bytes_view(vicinal_handle bytes, const void **data,
                                  int64_t *size);

#ifdef __cplusplus
}
#endif

#endif
