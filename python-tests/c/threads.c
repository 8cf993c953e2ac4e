/* Searches from many threads while one changes the index; errors of a thread
 * are its own. */
#include "check.h"
#include <pthread.h>
#include <stdatomic.h>

enum { D = 8, THREADS = 6 };

static vicinal_handle shared;
static atomic_int wrong;

static void *search(void *argument) {
  float *queries = numbers(4, D, (uint64_t)(intptr_t)argument), distances[8];
  int64_t ids[8];
  for (int round = 0; round < 200; round++) {
    if (vicinal_index_search(shared, 4, queries, 2, NULL, distances, ids))
      wrong++;
    for (int i = 0; i < 8; i++)
      if (ids[i] < 0 || ids[i] >= 2000)
        wrong++;
    if (distances[0] > distances[1])
      wrong++;
  }
  free(queries);
  return NULL;
}

static void *fail(void *argument) {
  char expected[32];
  snprintf(expected, sizeof expected, "handle %lld",
           (long long)(intptr_t)argument);
  for (int round = 0; round < 200; round++) {
    if (vicinal_release((vicinal_handle)(intptr_t)argument) == VICINAL_OK)
      wrong++;
    if (!strstr(vicinal_last_error(), expected))
      wrong++;
  }
  return NULL;
}

void test_threads(void) {
  float *vectors = numbers(2000, D, 1);
  OK(vicinal_index_create("Flat", D, VICINAL_METRIC_L2, 0, &shared));
  OK(vicinal_index_add(shared, 1000, vectors, NULL));
  pthread_t threads[THREADS];
  for (int i = 0; i < THREADS; i++)
    pthread_create(&threads[i], NULL, search, (void *)(intptr_t)(i + 1));
  for (int i = 0; i < 100; i++)
    OK(vicinal_index_add(shared, 10, vectors + (1000 + i * 10) * D, NULL));
  for (int i = 0; i < THREADS; i++)
    pthread_join(threads[i], NULL);
  for (int i = 0; i < THREADS; i++)
    pthread_create(&threads[i], NULL, fail, (void *)(intptr_t)(900000 + i));
  for (int i = 0; i < THREADS; i++)
    pthread_join(threads[i], NULL);
  CHECK(wrong == 0);
  vicinal_index_info info;
  OK(vicinal_index_get_info(shared, &info));
  CHECK(info.count == 2000);
  OK(vicinal_release(shared));
  free(vectors);
}
