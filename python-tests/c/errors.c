/* Misuse of every kind is an error with a sentence, never a crash. */
#include "check.h"
#include <limits.h>
#include <math.h>

enum { D = 4 };

static void wrong_pointers(vicinal_handle index) {
  float values[D] = {0}, distances[1];
  int64_t ids[1] = {0};
  FAILS(1, vicinal_index_create(NULL, D, 1, 0, &index));
  FAILS(1, vicinal_index_create("Flat", D, 1, 0, NULL));
  FAILS(1, vicinal_index_get_info(index, NULL));
  FAILS(1, vicinal_index_add(index, 1, NULL, NULL));
  FAILS(1, vicinal_index_train(index, 1, NULL, NULL));
  FAILS(1, vicinal_index_add_with_ids(index, 1, values, NULL, NULL));
  FAILS(1, vicinal_index_search(index, 1, NULL, 1, NULL, distances, ids));
  FAILS(1, vicinal_index_search(index, 1, values, 1, NULL, NULL, ids));
  FAILS(1, vicinal_index_search(index, 1, values, 1, NULL, distances, NULL));
  FAILS(1, vicinal_index_range_search(index, 1, values, 1, NULL, NULL));
  FAILS(1, vicinal_index_reconstruct(index, 1, ids, NULL));
  FAILS(1, vicinal_index_reconstruct(index, 1, NULL, values));
  FAILS(1, vicinal_index_remove_ids(index, 1, NULL, NULL));
  FAILS(1, vicinal_index_set_parameters(index, NULL));
  FAILS(1, vicinal_index_get_parameter(index, "nprobe", NULL));
  FAILS(1, vicinal_index_save(index, NULL, NULL));
  FAILS(1, vicinal_index_load(NULL, 0, NULL, &index));
  FAILS(1, vicinal_index_serialize(index, NULL));
  FAILS(1, vicinal_index_deserialize(NULL, 10, 0, &index));
  FAILS(1, vicinal_index_clone(index, NULL));
  FAILS(1, vicinal_index_compose(0, 1, NULL, &index));
  FAILS(1, vicinal_cancellation_create(NULL));
  FAILS(1, vicinal_index_create("Fl\xff\xfe", D, 1, 0, &index));
}

static void wrong_numbers(vicinal_handle index) {
  float values[D] = {0}, distances[1];
  int64_t ids[1] = {0};
  vicinal_handle other;
  FAILS(1, vicinal_index_create("Flat", 0, 1, 0, &other));
  FAILS(1, vicinal_index_create("Flat", -4, 1, 0, &other));
  FAILS(1, vicinal_index_create("Flat", INT64_MAX, 1, 0, &other));
  FAILS(1, vicinal_index_create("Flat", D, 9, 0, &other));
  FAILS(1, vicinal_index_create("Flat", D, VICINAL_METRIC_LP, -1, &other));
  FAILS(12, vicinal_index_create("Flut", D, 1, 0, &other));
  FAILS(1, vicinal_index_add(index, -1, values, NULL));
  FAILS(1, vicinal_index_add(index, INT64_MAX, values, NULL));
  FAILS(1, vicinal_index_add(index, INT64_MAX / 4, values, NULL));
  FAILS(1, vicinal_index_add(index, INT64_MIN, values, NULL));
  FAILS(1, vicinal_index_search(index, INT64_MAX / 4, values, 1, NULL,
                                distances, ids));
  FAILS(1, vicinal_index_search(index, 1, values, 0, NULL, distances, ids));
  FAILS(1, vicinal_index_search(index, 1, values, -3, NULL, distances, ids));
  FAILS(1, vicinal_index_search(index, 1, values, INT64_MAX, NULL, distances,
                                ids));
  FAILS(1, vicinal_index_reconstruct_range(index, INT64_MAX, 2, values));
  FAILS(1, vicinal_index_reconstruct_range(index, 0, -1, values));
  FAILS(6, vicinal_index_reconstruct_range(index, 0, 1, values));
  FAILS(6, vicinal_index_reconstruct(index, 1, ids, values));
  FAILS(5, vicinal_index_list_ids(index, 0, &other));
  vicinal_search_options options = VICINAL_SEARCH_OPTIONS_INIT;
  options.nprobe = 3;
  FAILS(5, vicinal_index_search(index, 1, values, 1, &options, distances, ids));
  options.nprobe = -7;
  FAILS(1, vicinal_index_search(index, 1, values, 1, &options, distances, ids));
  options.nprobe = -1;
  options.threads = 5000;
  FAILS(1, vicinal_index_search(index, 1, values, 1, &options, distances, ids));
  vicinal_work work = VICINAL_WORK_INIT;
  work.threads = -2;
  FAILS(1, vicinal_index_add(index, 1, values, &work));

  values[2] = NAN;
  FAILS(4, vicinal_index_add(index, 1, values, NULL));
  FAILS(4, vicinal_index_search(index, 1, values, 1, NULL, distances, ids));
  FAILS(1, vicinal_index_range_search(index, 0, NULL, NAN, NULL, &other));
  values[2] = INFINITY;
  FAILS(4, vicinal_index_add(index, 1, values, NULL));
}

static void wrong_handles(vicinal_handle index) {
  float values[D] = {0}, distances[1];
  int64_t ids[1];
  const void *data;
  vicinal_handle filter, other;
  vicinal_handle wrong[] = {0, 1u << 30, UINT64_MAX};
  for (int i = 0; i < 3; i++) {
    FAILS(1, vicinal_index_add(wrong[i], 1, values, NULL));
    FAILS(1,
          vicinal_index_search(wrong[i], 1, values, 1, NULL, distances, ids));
    FAILS(1, vicinal_index_reset(wrong[i]));
    FAILS(1, vicinal_bytes_view(wrong[i], &data, NULL));
    FAILS(1, vicinal_transform_apply(wrong[i], 1, values, values));
    FAILS(1, vicinal_quantizer_decode(wrong[i], 1, NULL, values));
    FAILS(1, vicinal_index_clone(wrong[i], &other));
  }
  OK(vicinal_filter_range(0, 1, &filter));
  FAILS(1, vicinal_index_add(filter, 1, values, NULL));
  FAILS(1, vicinal_index_remove(index, index, NULL));
  FAILS(1, vicinal_cancellation_cancel(filter));
  FAILS(1, vicinal_index_merge(index, index, 0));
  FAILS(1, vicinal_index_merge(index, filter, 0));
  OK(vicinal_release(filter));
  FAILS(1, vicinal_release(filter));
  FAILS(1, vicinal_filter_not(filter, &other));
  uint8_t bits = 0;
  FAILS(1, vicinal_filter_bitmap(INT64_MAX, &bits, &other));
}

static void untrained(void) {
  float values[D] = {0}, distances[1];
  int64_t ids[1] = {0};
  vicinal_handle index;
  const char *kinds[] = {"IVF4,Flat", "PQ2", "IVF4,SQ8", "SQ8", "PCA2,Flat"};
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
    OK(vicinal_index_create(kinds[i], D, VICINAL_METRIC_L2, 0, &index));
    FAILS(3, vicinal_index_add(index, 1, values, NULL));
    FAILS(3, vicinal_index_search(index, 1, values, 1, NULL, distances, ids));
    OK(vicinal_release(index));
  }
}

static int32_t misuse(void *context, const char *step, int64_t done,
                      int64_t total) {
  (void)step, (void)done, (void)total;
  vicinal_index_info info;
  FAILS(1, vicinal_index_get_info(*(vicinal_handle *)context, &info));
  return 1;
}

static void cancelled(void) {
  float *vectors = numbers(4000, D, 4);
  vicinal_handle index, cancellation;
  OK(vicinal_index_create("IVF16,Flat", D, VICINAL_METRIC_L2, 0, &index));
  vicinal_work work = VICINAL_WORK_INIT;
  work.threads = 1;
  OK(vicinal_cancellation_create(&cancellation));
  OK(vicinal_cancellation_cancel(cancellation));
  work.cancellation = cancellation;
  FAILS(10, vicinal_index_train(index, 4000, vectors, &work));
  work.cancellation = 0;
  work.progress = misuse;
  work.context = &index;
  FAILS(10, vicinal_index_train(index, 4000, vectors, &work));
  work.progress = NULL;
  OK(vicinal_index_train(index, 4000, vectors, &work));
  OK(vicinal_release(index));
  OK(vicinal_release(cancellation));
  free(vectors);
}

void test_errors(void) {
  vicinal_handle index;
  OK(vicinal_index_create("Flat", D, VICINAL_METRIC_L2, 0, &index));
  wrong_pointers(index);
  wrong_numbers(index);
  wrong_handles(index);
  float values[D] = {0};
  int64_t id = 5;
  FAILS(5, vicinal_index_add_with_ids(index, 1, values, &id, NULL));
  // Floats lie at multiples of four bytes.
  char odd[(D + 1) * sizeof(float)];
  uintptr_t next = ((uintptr_t)odd | 3) + 2;
  FAILS(1, vicinal_index_add(index, 1, (const float *)next, NULL));
  OK(vicinal_release(index));
  FAILS(1, vicinal_index_add(index, 1, values, NULL));
  untrained();
  cancelled();
}
