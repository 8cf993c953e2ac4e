/* Removing, updating, merging, settings, composing; filters. */
#include "check.h"

enum { D = 8, N = 500 };

static int64_t count_of(vicinal_handle index) {
  vicinal_index_info info;
  OK(vicinal_index_get_info(index, &info));
  return info.count;
}

static vicinal_handle filled(const char *factory, uint64_t seed) {
  float *vectors = numbers(N, D, seed);
  vicinal_handle index;
  OK(vicinal_index_create(factory, D, VICINAL_METRIC_L2, 0, &index));
  float *sample = numbers(2000, D, 99);
  OK(vicinal_index_train(index, 2000, sample, NULL));
  OK(vicinal_index_add(index, N, vectors, NULL));
  free(vectors);
  free(sample);
  return index;
}

static void composed(void) {
  vicinal_handle a = filled("Flat", 1), b = filled("Flat", 2), map, both, part;
  vicinal_handle refined, replicas, transform, turned;
  vicinal_handle two[2] = {a, b};
  OK(vicinal_index_compose(VICINAL_COMPOSE_ID_MAP_2, 1, &a, &map));
  CHECK(count_of(map) == N);
  OK(vicinal_index_compose(VICINAL_COMPOSE_SHARDS, 2, two, &both));
  CHECK(count_of(both) == 2 * N);
  OK(vicinal_index_part(both, "1", &part));
  CHECK(count_of(part) == N);
  OK(vicinal_release(part));
  OK(vicinal_index_compose(VICINAL_COMPOSE_REPLICAS, 2, two, &replicas));
  CHECK(count_of(replicas) == N);
  vicinal_handle pair[2] = {a, a};
  OK(vicinal_index_compose(VICINAL_COMPOSE_REFINED, 2, pair, &refined));
  OK(vicinal_index_part(refined, "base", &part));
  OK(vicinal_release(part));
  OK(vicinal_transform_create("L2norm", D, &transform));
  vicinal_handle empty;
  OK(vicinal_index_create("Flat", D, VICINAL_METRIC_L2, 0, &empty));
  vicinal_handle chain[2] = {transform, empty};
  OK(vicinal_index_compose(VICINAL_COMPOSE_TRANSFORMED, 2, chain, &turned));
  float *vectors = numbers(1, D, 5);
  OK(vicinal_index_add(turned, 1, vectors, NULL));
  CHECK(count_of(turned) == 1 && count_of(empty) == 0);
  OK(vicinal_index_describe(turned, &part));
  CHECK(strstr(text_of(part), "IndexPreTransform"));
  OK(vicinal_index_get_transform(turned, 0, &part));
  OK(vicinal_release(part));
  FAILS(VICINAL_INVALID_ARGUMENT,
        vicinal_index_get_transform(turned, 1, &part));
  FAILS(VICINAL_UNSUPPORTED, vicinal_index_get_quantizer(a, &part));
  vicinal_handle codes = filled("IVF2,SQ8", 3);
  OK(vicinal_index_get_quantizer(codes, &part));
  OK(vicinal_release(part));
  OK(vicinal_release(codes));
  FAILS(VICINAL_INVALID_ARGUMENT, vicinal_index_compose(77, 1, &a, &part));
  FAILS(VICINAL_INVALID_ARGUMENT,
        vicinal_index_compose(VICINAL_COMPOSE_REFINED, 1, &a, &part));
  FAILS(VICINAL_UNSUPPORTED, vicinal_index_part(a, "inner", &part));
  free(vectors);
  vicinal_handle all[] = {a,        b,         map,    both, refined,
                          replicas, transform, turned, empty};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++)
    OK(vicinal_release(all[i]));
}

void test_changes(void) {
  vicinal_handle a = filled("IVF4,Flat", 1), b = filled("IVF4,Flat", 2);
  int64_t removed = -1, gone[3] = {1, 3, 100000};
  OK(vicinal_index_remove_ids(a, 3, gone, &removed));
  CHECK(removed == 2 && count_of(a) == N - 2);
  vicinal_handle filter;
  OK(vicinal_filter_range(0, 10, &filter));
  OK(vicinal_index_remove(a, filter, &removed));
  CHECK(removed == 8);
  OK(vicinal_index_remove(a, filter, NULL));
  OK(vicinal_release(filter));
  OK(vicinal_index_merge(a, b, 10000));
  CHECK(count_of(a) == 2 * N - 10 && count_of(b) == 0);

  OK(vicinal_index_copy_subset(a, VICINAL_SUBSET_IDS, 100, 200, b));
  CHECK(count_of(b) == 100 && count_of(a) == 2 * N - 10);
  FAILS(VICINAL_INVALID_ARGUMENT, vicinal_index_copy_subset(a, 1, 0, 0, b));
  FAILS(VICINAL_INVALID_ARGUMENT, vicinal_index_copy_subset(a, 3, 4, 4, b));
  FAILS(VICINAL_INVALID_ARGUMENT, vicinal_index_copy_subset(a, 0, 1, 2, a));
  OK(vicinal_index_reset(b));
  OK(vicinal_index_make_direct_map(b));
  float *vectors = numbers(2, D, 9), back[D];
  OK(vicinal_index_add(b, 2, vectors, NULL));
  int64_t id = 1;
  OK(vicinal_index_update(b, 1, &id, vectors, NULL));
  OK(vicinal_index_reconstruct(b, 1, &id, back));
  CHECK(memcmp(back, vectors, sizeof back) == 0);
  free(vectors);

  double value = 0;
  OK(vicinal_index_set_parameters(a, "nprobe=3"));
  OK(vicinal_index_get_parameter(a, "nprobe", &value));
  CHECK(value == 3);
  FAILS(VICINAL_INVALID_ARGUMENT, vicinal_index_set_parameters(a, "nprobe=0"));
  FAILS(VICINAL_INVALID_SPECIFICATION, vicinal_index_set_parameters(a, "x=1"));
  FAILS(VICINAL_UNSUPPORTED, vicinal_index_set_parameters(a, "nflip=1"));
  FAILS(VICINAL_UNSUPPORTED, vicinal_index_get_parameter(a, "ht", &value));
  vicinal_handle list, coarse;
  OK(vicinal_index_parameters(a, &list));
  CHECK(strstr(text_of(list), "\"nprobe\""));
  OK(vicinal_index_part(a, "quantizer", &coarse));
  CHECK(count_of(coarse) == 4);
  OK(vicinal_release(coarse));
  OK(vicinal_release(a));
  OK(vicinal_release(b));
  composed();
}

static int contains(vicinal_handle filter, int64_t id) {
  int32_t answer = -1;
  OK(vicinal_filter_contains(filter, id, &answer));
  return answer;
}

void test_filters(void) {
  vicinal_handle range, ids, bits, not, both, any, either, none;
  int64_t some[3] = {3, 400, 7};
  uint8_t bitmap[2] = {0x81, 0x02}; /* 0, 7, 9 */
  OK(vicinal_filter_range(5, 9, &range));
  OK(vicinal_filter_ids(3, some, &ids));
  OK(vicinal_filter_bitmap(2, bitmap, &bits));
  OK(vicinal_filter_not(bits, &not));
  vicinal_handle two[2] = {range, ids};
  OK(vicinal_filter_and(2, two, &both));
  OK(vicinal_filter_or(2, two, &any));
  OK(vicinal_filter_xor(range, ids, &either));
  OK(vicinal_filter_and(0, NULL, &none));
  CHECK(contains(range, 5) && !contains(range, 9));
  CHECK(contains(ids, 400) && !contains(ids, 5));
  CHECK(contains(bits, 9) && !contains(bits, 8) && !contains(bits, 1000));
  CHECK(!contains(not, 9) && contains(not, 1000) && !contains(bits, -1));
  CHECK(contains(both, 7) && !contains(both, 5));
  CHECK(contains(any, 3) && contains(any, 6) && !contains(any, 10));
  CHECK(!contains(either, 7) && contains(either, 3) && contains(either, 5));
  CHECK(contains(none, 123));

  vicinal_handle index = filled("Flat", 1);
  float *query = numbers(1, D, 1), distances[4];
  int64_t found[4];
  vicinal_search_options options = VICINAL_SEARCH_OPTIONS_INIT;
  options.filter = ids;
  /* A search does not need the filter's parts any more. */
  OK(vicinal_index_search(index, 1, query, 4, &options, distances, found));
  CHECK(found[3] == -1);
  for (int i = 0; i < 3; i++)
    CHECK(contains(ids, found[i]));
  options.filter = index;
  FAILS(VICINAL_INVALID_ARGUMENT,
        vicinal_index_search(index, 1, query, 4, &options, distances, found));
  free(query);
  FAILS(VICINAL_INVALID_ARGUMENT, vicinal_filter_range(9, 5, &none));
  FAILS(VICINAL_INVALID_ARGUMENT, vicinal_filter_ids(-1, some, &none));
  FAILS(VICINAL_INVALID_ARGUMENT, vicinal_filter_ids(1, NULL, &none));
  FAILS(VICINAL_INVALID_ARGUMENT, vicinal_filter_not(index, &none));
  vicinal_handle all[] = {range, ids,    bits, not,  both,
                          any,   either, none, index};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++)
    OK(vicinal_release(all[i]));
}
