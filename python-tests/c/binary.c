/* Binary indexes, and files of both kinds. */
#include "check.h"

enum { BITS = 64, N = 300 };

void test_binary(void) {
  uint8_t *vectors = random_bytes(N * BITS / 8, 1);
  int32_t distances[3];
  int64_t ids[3];
  vicinal_handle index, other;
  vicinal_index_info info;
  OK(vicinal_binary_create("BFlat", BITS, &index));
  OK(vicinal_binary_add(index, N, vectors, NULL));
  OK(vicinal_index_get_info(index, &info));
  CHECK(info.is_binary == 1 && info.count == N && info.dimension == BITS);
  CHECK(info.code_size == BITS / 8);
  OK(vicinal_binary_search(index, 1, vectors + 8 * 5, 3, NULL, distances, ids));
  CHECK(ids[0] == 5 && distances[0] == 0 && distances[1] <= distances[2]);
  vicinal_handle range;
  const int64_t *limits, *found;
  OK(vicinal_binary_range_search(index, 1, vectors, 1, NULL, &range));
  OK(vicinal_range_view(range, NULL, &limits, NULL, &found));
  CHECK(limits[1] == 1 && found[0] == 0);
  OK(vicinal_release(range));
  uint8_t back[16];
  int64_t two[2] = {7, 0};
  OK(vicinal_binary_reconstruct(index, 2, two, back));
  CHECK(!memcmp(back, vectors + 56, 8) && !memcmp(back + 8, vectors, 8));
  two[0] = N;
  FAILS(VICINAL_NOT_FOUND, vicinal_binary_reconstruct(index, 1, two, back));
  int64_t removed;
  OK(vicinal_index_remove_ids(index, 1, ids, &removed));
  CHECK(removed == 1);
  OK(vicinal_index_clone(index, &other));
  OK(vicinal_index_merge(index, other, 0));
  OK(vicinal_index_get_info(index, &info));
  CHECK(info.count == 2 * (N - 1));
  FAILS(VICINAL_UNSUPPORTED, vicinal_index_make_direct_map(index));
  OK(vicinal_index_reset(index));
  OK(vicinal_binary_search(index, 1, vectors, 1, NULL, distances, ids));
  CHECK(ids[0] == -1 && distances[0] == INT32_MAX);
  OK(vicinal_release(index));
  OK(vicinal_release(other));

  OK(vicinal_binary_create("BIVF4", BITS, &index));
  OK(vicinal_binary_train(index, N, vectors, NULL));
  int64_t own[2] = {77, 99};
  OK(vicinal_binary_add_with_ids(index, 2, vectors, own, NULL));
  OK(vicinal_index_set_parameters(index, "nprobe=4"));
  OK(vicinal_binary_search(index, 1, vectors, 2, NULL, distances, ids));
  CHECK(ids[0] == 77);
  float query = 0;
  float distance;
  FAILS(VICINAL_UNSUPPORTED,
        vicinal_index_search(index, 1, &query, 1, NULL, &distance, ids));
  OK(vicinal_release(index));
  FAILS(VICINAL_INVALID_ARGUMENT, vicinal_binary_create("BFlat", 63, &index));
  FAILS(VICINAL_INVALID_SPECIFICATION,
        vicinal_binary_create("BTree", 64, &index));
  free(vectors);
}

static void same_answers(vicinal_handle a, vicinal_handle b, int64_t d) {
  float *queries = numbers(3, d, 77), da[12], db[12];
  int64_t ia[12], ib[12];
  OK(vicinal_index_search(a, 3, queries, 4, NULL, da, ia));
  OK(vicinal_index_search(b, 3, queries, 4, NULL, db, ib));
  CHECK(!memcmp(ia, ib, sizeof ia) && !memcmp(da, db, sizeof da));
  free(queries);
}

void test_files(void) {
  float *vectors = numbers(1000, 8, 3);
  vicinal_handle index, loaded, mapped, bytes, copy, json;
  OK(vicinal_index_create("IVF8,Flat", 8, VICINAL_METRIC_L2, 0, &index));
  OK(vicinal_index_train(index, 1000, vectors, NULL));
  OK(vicinal_index_add(index, 1000, vectors, NULL));
  OK(vicinal_index_save(index, in_folder("c.index"), NULL));
  OK(vicinal_index_load(in_folder("c.index"), VICINAL_READ_DEFAULT, NULL,
                        &loaded));
  OK(vicinal_index_load(in_folder("c.index"),
                        VICINAL_READ_MAPPED | VICINAL_READ_FLOAT_ONLY, NULL,
                        &mapped));
  same_answers(index, loaded, 8);
  same_answers(index, mapped, 8);
  OK(vicinal_index_serialize(index, &bytes));
  const void *data;
  int64_t size;
  OK(vicinal_bytes_view(bytes, &data, &size));
  OK(vicinal_index_deserialize(data, size, 0, &copy));
  same_answers(index, copy, 8);
  FAILS(VICINAL_CORRUPT_FILE,
        vicinal_index_deserialize(data, size / 2, 0, &copy));
  FAILS(VICINAL_CORRUPT_FILE, vicinal_index_deserialize(NULL, 0, 0, &copy));
  FAILS(VICINAL_INVALID_ARGUMENT,
        vicinal_index_deserialize(data, size, 64, &copy));
  OK(vicinal_bytes_describe(data, size, &json));
  CHECK(strstr(text_of(json), "IndexIVFFlat"));
  OK(vicinal_release(bytes));
  OK(vicinal_file_describe(in_folder("c.index"), &json));
  CHECK(strstr(text_of(json), "\"count\" : 1000"));
  FAILS(VICINAL_FILE_SYSTEM,
        vicinal_index_load(in_folder("missing"), 0, NULL, &json));
  FAILS(VICINAL_FILE_SYSTEM, vicinal_file_describe(in_folder("no"), &json));
  OK(vicinal_release(index));
  OK(vicinal_release(loaded));
  OK(vicinal_release(mapped));
  OK(vicinal_release(copy));

  uint8_t *codes = random_bytes(800, 4);
  OK(vicinal_binary_create("BHNSW8", 64, &index));
  OK(vicinal_binary_add(index, 100, codes, NULL));
  OK(vicinal_index_save(index, in_folder("b.index"), NULL));
  OK(vicinal_index_load(in_folder("b.index"), 0, NULL, &loaded));
  vicinal_index_info info;
  OK(vicinal_index_get_info(loaded, &info));
  CHECK(info.is_binary == 1 && info.count == 100);
  OK(vicinal_index_serialize(loaded, &bytes));
  OK(vicinal_bytes_view(bytes, &data, &size));
  OK(vicinal_index_deserialize(data, size, 0, &copy));
  OK(vicinal_bytes_describe(data, size, &json));
  CHECK(strstr(text_of(json), "IndexBinaryHNSW"));
  OK(vicinal_release(bytes));
  OK(vicinal_release(copy));
  OK(vicinal_release(loaded));
  OK(vicinal_release(index));
  free(codes);
  free(vectors);
}
