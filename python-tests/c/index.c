/* Making, filling, searching, giving back. */
#include "check.h"
#include <float.h>
#include <math.h>

enum { D = 16, N = 600, Q = 7, K = 5 };

static void exact_search(void) {
  float *vectors = numbers(N, D, 1), *queries = numbers(Q, D, 2);
  float distances[Q * K];
  int64_t ids[Q * K];
  vicinal_handle index;
  OK(vicinal_index_create("Flat", D, VICINAL_METRIC_L2, 0, &index));
  OK(vicinal_index_add(index, N, vectors, NULL));
  OK(vicinal_index_search(index, Q, queries, K, NULL, distances, ids));
  for (int q = 0; q < Q; q++) {
    float best = INFINITY;
    int64_t nearest = -1;
    for (int i = 0; i < N; i++) {
      float sum = 0;
      for (int j = 0; j < D; j++) {
        float difference = queries[q * D + j] - vectors[i * D + j];
        sum += difference * difference;
      }
      if (sum < best) {
        best = sum;
        nearest = i;
      }
    }
    CHECK(ids[q * K] == nearest);
    CHECK(fabsf(distances[q * K] - best) < 1e-4f);
  }
  vicinal_index_info info;
  OK(vicinal_index_get_info(index, &info));
  CHECK(info.dimension == D && info.count == N && info.metric == 1);
  CHECK(info.is_trained == 1 && info.is_binary == 0);
  CHECK(info.memory_bytes >= N * D * 4 && info.code_size == D * 4);

  /* All within a radius. */
  vicinal_handle range;
  int64_t query_count;
  const int64_t *limits, *found;
  const float *values;
  OK(vicinal_index_range_search(index, Q, queries, distances[K - 1], NULL,
                                &range));
  OK(vicinal_range_view(range, &query_count, &limits, &values, &found));
  CHECK(query_count == Q && limits[0] == 0 && limits[1] == K - 1);
  CHECK(found[0] == ids[0] && values[0] == distances[0]);
  OK(vicinal_range_view(range, NULL, NULL, NULL, NULL));
  OK(vicinal_release(range));

  /* Vectors come back. */
  float back[3 * D];
  int64_t wanted[3] = {5, 0, N - 1};
  OK(vicinal_index_reconstruct(index, 3, wanted, back));
  CHECK(memcmp(back, vectors + 5 * D, D * 4) == 0);
  CHECK(memcmp(back + 2 * D, vectors + (N - 1) * D, D * 4) == 0);
  OK(vicinal_index_reconstruct_range(index, 10, 3, back));
  CHECK(memcmp(back, vectors + 10 * D, 3 * D * 4) == 0);
  float *all = malloc(Q * K * D * sizeof *all);
  OK(vicinal_index_search_and_reconstruct(index, Q, queries, K, NULL, distances,
                                          ids, all));
  CHECK(memcmp(all, vectors + ids[0] * D, D * 4) == 0);
  OK(vicinal_index_residuals(index, 1, vectors, wanted, back));
  CHECK(back[0] == vectors[0] - vectors[5 * D]);

  /* A copy does not change with its original. */
  vicinal_handle copy;
  OK(vicinal_index_clone(index, &copy));
  OK(vicinal_index_reset(index));
  OK(vicinal_index_get_info(copy, &info));
  CHECK(info.count == N);
  OK(vicinal_index_search(index, 1, queries, K, NULL, distances, ids));
  CHECK(ids[0] == -1 && isinf(distances[0]));
  vicinal_search_options options = VICINAL_SEARCH_OPTIONS_INIT;
  options.finite_padding = 1;
  OK(vicinal_index_search(index, 1, queries, K, &options, distances, ids));
  CHECK(ids[0] == -1 && distances[0] == FLT_MAX);
  OK(vicinal_release(copy));
  OK(vicinal_release(index));
  free(all);
  free(vectors);
  free(queries);
}

static int32_t count_steps(void *context, const char *step, int64_t done,
                           int64_t total) {
  CHECK(strlen(step) > 0 && done <= total);
  ++*(int *)context;
  return 0;
}

static void trained_index(void) {
  float *vectors = numbers(2000, D, 3);
  float distances[Q * K];
  int64_t ids[Q * K], own[3] = {1000000, 7, 42};
  vicinal_handle index;
  vicinal_index_info info;
  int steps = 0;
  vicinal_work work = VICINAL_WORK_INIT;
  work.progress = count_steps;
  work.context = &steps;
  work.threads = 2;
  OK(vicinal_index_create("IVF16,SQ8", D, VICINAL_METRIC_INNER_PRODUCT, 0,
                          &index));
  OK(vicinal_index_get_info(index, &info));
  CHECK(info.is_trained == 0 && info.metric == 0);
  OK(vicinal_index_train(index, 2000, vectors, &work));
  CHECK(steps > 0);
  OK(vicinal_index_add_with_ids(index, 3, vectors, own, &work));
  OK(vicinal_index_add_with_ids(index, 0, NULL, NULL, NULL));
  vicinal_search_options options = VICINAL_SEARCH_OPTIONS_INIT;
  options.nprobe = 16;
  options.threads = 1;
  OK(vicinal_index_search(index, 1, vectors, 3, &options, distances, ids));
  int seen = 0;
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 3; j++)
      seen += ids[i] == own[j];
  CHECK(seen == 3 && distances[0] >= distances[1]);

  /* Codes of its own. */
  OK(vicinal_index_get_info(index, &info));
  CHECK(info.code_size > 0);
  uint8_t *codes = malloc((size_t)(info.code_size * 2));
  float decoded[2 * D];
  OK(vicinal_index_encode(index, 2, vectors, codes));
  OK(vicinal_index_decode(index, 2, codes, decoded));
  CHECK(fabsf(decoded[0] - vectors[0]) < 0.02f);

  /* The ids of all lists together are those that were added. */
  int64_t total = 0;
  for (int64_t list = 0; list < 16; list++) {
    vicinal_handle bytes;
    const void *data;
    int64_t size;
    OK(vicinal_index_list_ids(index, list, &bytes));
    OK(vicinal_bytes_view(bytes, &data, &size));
    total += size / 8;
    OK(vicinal_release(bytes));
  }
  CHECK(total == 3);
  OK(vicinal_release(index));
  free(codes);
  free(vectors);
}

void test_index(void) {
  exact_search();
  trained_index();
}
