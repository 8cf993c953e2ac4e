/* What indexes, transforms and quantizers hold, number by number; switches for
 * a thread; filters inside filters. */
#include "check.h"

enum { D = 8, N = 600, DEEP = 1001 };

static const void *numbers_of(vicinal_handle bytes, int64_t *size) {
  const void *data = NULL;
  OK(vicinal_bytes_view(bytes, &data, size));
  return data;
}

static void arrays(const float *vectors) {
  vicinal_handle index, bytes;
  int64_t size;
  OK(vicinal_index_create("Flat", D, VICINAL_METRIC_L2, 0, &index));
  OK(vicinal_index_add(index, N, vectors, NULL));
  OK(vicinal_index_array(index, "codes", &bytes));
  CHECK(memcmp(numbers_of(bytes, &size), vectors, sizeof(float) * N * D) == 0);
  CHECK(size == (int64_t)sizeof(float) * N * D);
  OK(vicinal_release(bytes));
  FAILS(VICINAL_UNSUPPORTED, vicinal_index_array(index, "id_map", &bytes));
  FAILS(VICINAL_INVALID_ARGUMENT, vicinal_index_array(index, NULL, &bytes));
  FAILS(VICINAL_UNSUPPORTED, vicinal_index_list_codes(index, 0, &bytes));
  OK(vicinal_release(index));

  OK(vicinal_index_create("HNSW8", D, VICINAL_METRIC_L2, 0, &index));
  OK(vicinal_index_add(index, N, vectors, NULL));
  OK(vicinal_index_array(index, "levels", &bytes));
  const int32_t *levels = numbers_of(bytes, &size);
  CHECK(size == 4 * N);
  for (int i = 0; i < N; i++)
    CHECK(levels[i] >= 1 && levels[i] < 20);
  OK(vicinal_release(bytes));
  OK(vicinal_index_describe(index, &bytes));
  CHECK(strstr(text_of(bytes), "\"maxLevel\""));
  OK(vicinal_release(index));
}

static void lists(const float *vectors) {
  vicinal_handle index, bytes;
  vicinal_kmeans_options options;
  OK(vicinal_index_create("IDMap,IVF4,SQ8", D, VICINAL_METRIC_L2, 0, &index));
  OK(vicinal_index_get_clustering(index, &options));
  CHECK(options.niter == 10 && options.seed == 1234);
  options.niter = 3;
  OK(vicinal_index_set_clustering(index, &options));
  OK(vicinal_index_get_clustering(index, &options));
  CHECK(options.niter == 3);
  options.niter = 0;
  FAILS(VICINAL_INVALID_ARGUMENT,
        vicinal_index_set_clustering(index, &options));
  OK(vicinal_index_train(index, N, vectors, NULL));
  OK(vicinal_index_add(index, N, vectors, NULL));
  int64_t total = 0, size;
  for (int64_t list = 0; list < 4; list++) {
    OK(vicinal_index_list_codes(index, list, &bytes));
    numbers_of(bytes, &size);
    total += size;
    OK(vicinal_release(bytes));
  }
  CHECK(total == N * D);
  FAILS(VICINAL_INVALID_ARGUMENT, vicinal_index_list_codes(index, 4, &bytes));
  FAILS(VICINAL_INVALID_ARGUMENT, vicinal_index_list_codes(index, -1, &bytes));
  OK(vicinal_release(index));
  OK(vicinal_index_create("Flat", D, VICINAL_METRIC_L2, 0, &index));
  FAILS(VICINAL_UNSUPPORTED, vicinal_index_get_clustering(index, &options));
  OK(vicinal_release(index));
}

static void given_lists(const float *vectors) {
  vicinal_handle index, quantizer, part;
  OK(vicinal_index_create("IVF4,Flat", D, VICINAL_METRIC_L2, 0, &index));
  OK(vicinal_index_train(index, N, vectors, NULL));
  OK(vicinal_index_add(index, N, vectors, NULL));
  OK(vicinal_index_part(index, "quantizer", &quantizer));
  float near[2], distances[3], wanted[3];
  int64_t lists[2], ids[3], same[3];
  vicinal_search_options options = VICINAL_SEARCH_OPTIONS_INIT;
  OK(vicinal_index_search(quantizer, 1, vectors, 2, NULL, near, lists));
  options.nprobe = 2;
  OK(vicinal_index_search(index, 1, vectors, 3, &options, wanted, same));
  FAILS(VICINAL_UNSUPPORTED,
        vicinal_index_search_lists(index, 1, vectors, 2, lists, near, 3,
                                   &options, distances, ids));
  OK(vicinal_index_search_lists(index, 1, vectors, 2, lists, near, 3, NULL,
                                distances, ids));
  CHECK(!memcmp(ids, same, sizeof ids) &&
        !memcmp(distances, wanted, sizeof wanted));
  lists[1] = 4;
  FAILS(VICINAL_INVALID_ARGUMENT,
        vicinal_index_search_lists(index, 1, vectors, 2, lists, near, 3, NULL,
                                   distances, ids));
  FAILS(VICINAL_INVALID_ARGUMENT,
        vicinal_index_search_lists(index, 1, vectors, 0, lists, near, 3, NULL,
                                   distances, ids));
  FAILS(VICINAL_UNSUPPORTED,
        vicinal_index_search_lists(quantizer, 1, vectors, 1, lists, near, 3,
                                   NULL, distances, ids));
  OK(vicinal_index_set_direct_map(index, 2));
  OK(vicinal_index_set_direct_map(index, 0));
  FAILS(VICINAL_INVALID_ARGUMENT, vicinal_index_set_direct_map(index, 3));
  FAILS(VICINAL_UNSUPPORTED, vicinal_index_set_direct_map(quantizer, 1));
  FAILS(VICINAL_UNSUPPORTED, vicinal_index_part(index, "storage", &part));
  OK(vicinal_release(index));
  OK(vicinal_release(quantizer));
}

static void coding(const float *vectors) {
  vicinal_handle transform, quantizer, bytes;
  int64_t size;
  OK(vicinal_transform_create("PCA3", D, &transform));
  OK(vicinal_transform_array(transform, "mean", &bytes));
  numbers_of(bytes, &size);
  CHECK(size == 0);
  OK(vicinal_release(bytes));
  OK(vicinal_transform_train(transform, N, vectors, NULL));
  const char *names[] = {"A", "b", "mean", "eigenvalues", "PCAMat"};
  const int64_t sizes[] = {3 * D, 3, D, D, D * D};
  for (int i = 0; i < 5; i++) {
    OK(vicinal_transform_array(transform, names[i], &bytes));
    numbers_of(bytes, &size);
    CHECK(size == 4 * sizes[i]);
    OK(vicinal_release(bytes));
  }
  FAILS(VICINAL_UNSUPPORTED, vicinal_transform_array(transform, "c", &bytes));
  OK(vicinal_release(transform));
  OK(vicinal_quantizer_create("SQ8", D, VICINAL_METRIC_L2, &quantizer));
  OK(vicinal_quantizer_train(quantizer, N, vectors, NULL));
  OK(vicinal_quantizer_trained(quantizer, &bytes));
  numbers_of(bytes, &size);
  CHECK(size == 4 * 2 * D);
  OK(vicinal_release(bytes));
  OK(vicinal_release(quantizer));
  OK(vicinal_quantizer_create("PQ2", D, VICINAL_METRIC_L2, &quantizer));
  FAILS(VICINAL_UNSUPPORTED, vicinal_quantizer_trained(quantizer, &bytes));
  OK(vicinal_release(quantizer));
}

static void switches(const float *vectors) {
  vicinal_handle stop, index;
  float distances[2];
  int64_t ids[2];
  OK(vicinal_index_create("HNSW8", D, VICINAL_METRIC_L2, 0, &index));
  OK(vicinal_cancellation_create(&stop));
  OK(vicinal_cancellation_enter(stop));
  OK(vicinal_index_add(index, N, vectors, NULL));
  OK(vicinal_cancellation_cancel(stop));
  FAILS(VICINAL_CANCELLED, vicinal_index_add(index, N, vectors, NULL));
  FAILS(VICINAL_CANCELLED,
        vicinal_index_search(index, 1, vectors, 2, NULL, distances, ids));
  vicinal_index_info info;
  OK(vicinal_index_get_info(index, &info));
  CHECK(info.count == N);
  OK(vicinal_cancellation_enter(0));
  OK(vicinal_index_search(index, 1, vectors, 2, NULL, distances, ids));
  CHECK(ids[0] == 0);
  FAILS(VICINAL_INVALID_ARGUMENT, vicinal_cancellation_enter(index));
  OK(vicinal_release(stop));
  FAILS(VICINAL_INVALID_ARGUMENT, vicinal_cancellation_enter(stop));
  OK(vicinal_release(index));
}

static void nesting(void) {
  vicinal_handle filter, outer = 0;
  OK(vicinal_filter_range(0, 10, &filter));
  for (int depth = 2; depth < DEEP; depth++) {
    OK(vicinal_filter_not(filter, &outer));
    OK(vicinal_release(filter));
    filter = outer;
  }
  int32_t answer;
  OK(vicinal_filter_contains(filter, 3, &answer));
  CHECK(answer == 0);
  FAILS(VICINAL_INVALID_ARGUMENT, vicinal_filter_not(filter, &outer));
  FAILS(VICINAL_INVALID_ARGUMENT, vicinal_filter_and(1, &filter, &outer));
  FAILS(VICINAL_INVALID_ARGUMENT, vicinal_filter_xor(filter, filter, &outer));
  OK(vicinal_release(filter));
}

void test_contents(void) {
  float *vectors = numbers(N, D, 33);
  arrays(vectors);
  lists(vectors);
  given_lists(vectors);
  coding(vectors);
  switches(vectors);
  nesting();
  free(vectors);
}
