/* Indexes made of quantizers and of other parts. */
#include "check.h"

enum { D = 8, N = 600, K = 5 };

static void codes(const float *vectors) {
  vicinal_handle quantizer, index, graph;
  int64_t ids[K];
  float distances[K];
  vicinal_quantizer_info info;
  /* 2 is QT_8bit_uniform, which factory strings cannot say. */
  OK(vicinal_quantizer_create_scalar(D, 2, &quantizer));
  OK(vicinal_quantizer_get_info(quantizer, &info));
  CHECK(info.dimension == D && info.code_size == D && !info.is_trained);
  OK(vicinal_index_compose_codes(quantizer, VICINAL_METRIC_L2, 0, &index));
  OK(vicinal_index_compose_codes(quantizer, VICINAL_METRIC_L2, 8, &graph));
  vicinal_handle both[] = {index, graph};
  for (int i = 0; i < 2; i++) {
    OK(vicinal_index_train(both[i], N, vectors, NULL));
    OK(vicinal_index_add(both[i], N, vectors, NULL));
    OK(vicinal_index_search(both[i], 1, vectors + 3 * D, K, NULL, distances,
                            ids));
    CHECK(ids[0] == 3 && distances[0] < 0.01f);
  }
  /* The quantizer was copied: it is as before. */
  OK(vicinal_quantizer_get_info(quantizer, &info));
  CHECK(!info.is_trained);
  FAILS(VICINAL_UNSUPPORTED, vicinal_quantizer_create_scalar(D, 15, &index));
  FAILS(VICINAL_INVALID_ARGUMENT,
        vicinal_quantizer_create_scalar(D, 99, &index));
  FAILS(VICINAL_INVALID_ARGUMENT,
        vicinal_quantizer_create_scalar(0, 0, &index));
  FAILS(VICINAL_INVALID_ARGUMENT,
        vicinal_index_compose_codes(quantizer, VICINAL_METRIC_L2, -1, &index));
  FAILS(VICINAL_INVALID_ARGUMENT,
        vicinal_index_compose_codes(graph, VICINAL_METRIC_L2, 0, &index));
  FAILS(VICINAL_INVALID_ARGUMENT,
        vicinal_index_compose_codes(quantizer, VICINAL_METRIC_L2, 0, NULL));
  OK(vicinal_release(quantizer));
  OK(vicinal_release(both[0]));
  OK(vicinal_release(both[1]));
}

static void lists(const float *vectors) {
  vicinal_handle cells, empty, made, quantizer;
  int64_t ids[K];
  float distances[K];
  vicinal_index_info info;
  /* Centroids of the caller's own. */
  OK(vicinal_index_create("Flat", D, VICINAL_METRIC_L2, 0, &cells));
  OK(vicinal_index_add(cells, 6, vectors, NULL));
  OK(vicinal_index_create("IVF6,Flat", D, VICINAL_METRIC_L2, 0, &empty));
  OK(vicinal_index_compose_lists(empty, cells, 0, -1, &made));
  OK(vicinal_index_get_info(made, &info));
  CHECK(info.is_trained && info.count == 0);
  OK(vicinal_index_add(made, N, vectors, NULL));
  OK(vicinal_index_search(made, 1, vectors + 5 * D, K, NULL, distances, ids));
  CHECK(ids[0] == 5 && distances[0] == 0);
  FAILS(VICINAL_INVALID_ARGUMENT,
        vicinal_index_compose_lists(made, 0, 0, -1, &empty));
  OK(vicinal_release(made));
  OK(vicinal_release(empty));
  /* As many lists as centroids. */
  OK(vicinal_index_create("IVF7,Flat", D, VICINAL_METRIC_L2, 0, &empty));
  FAILS(VICINAL_INVALID_ARGUMENT,
        vicinal_index_compose_lists(empty, cells, 0, -1, &made));
  FAILS(VICINAL_UNSUPPORTED,
        vicinal_index_compose_lists(cells, 0, 0, -1, &made));
  OK(vicinal_release(empty));
  OK(vicinal_release(cells));
  /* Codes of the vectors themselves, of a quantizer of the caller's own. */
  OK(vicinal_quantizer_create_scalar(D, 3, &quantizer));
  OK(vicinal_index_create("IVF6,SQ8", D, VICINAL_METRIC_L2, 0, &empty));
  OK(vicinal_index_compose_lists(empty, 0, quantizer, 0, &made));
  vicinal_handle bytes;
  OK(vicinal_index_describe(made, &bytes));
  CHECK(strstr(text_of(bytes), "false"));
  OK(vicinal_index_get_info(made, &info));
  CHECK(info.code_size >= D / 2 && info.code_size < D);
  OK(vicinal_index_train(made, N, vectors, NULL));
  OK(vicinal_index_add(made, N, vectors, NULL));
  OK(vicinal_index_search(made, 1, vectors, K, NULL, distances, ids));
  CHECK(distances[0] < 0.1f);
  OK(vicinal_release(made));
  OK(vicinal_release(empty));
  OK(vicinal_release(quantizer));
}

static void bits(void) {
  vicinal_handle flat, map, inner, lists, made, cells, flat2;
  uint8_t *rows = random_bytes(100 * 4, 3);
  int64_t ids[100], found[2];
  int32_t distances[2];
  for (int i = 0; i < 100; i++)
    ids[i] = 1000 + i;
  OK(vicinal_binary_create("BFlat", 32, &flat));
  OK(vicinal_index_compose(VICINAL_COMPOSE_ID_MAP_2, 1, &flat, &map));
  OK(vicinal_binary_add_with_ids(map, 100, rows, ids, NULL));
  OK(vicinal_binary_search(map, 1, rows + 4 * 7, 2, NULL, distances, found));
  CHECK(found[0] == 1007 && distances[0] == 0);
  OK(vicinal_index_part(map, "inner", &inner));
  OK(vicinal_binary_search(inner, 1, rows + 4 * 7, 2, NULL, distances, found));
  CHECK(found[0] == 7);
  FAILS(VICINAL_UNSUPPORTED, vicinal_index_part(map, "quantizer", &cells));
  OK(vicinal_binary_create("BFlat", 32, &flat2));
  OK(vicinal_binary_add(flat2, 4, rows, NULL));
  OK(vicinal_binary_create("BIVF4", 32, &lists));
  OK(vicinal_index_compose_lists(lists, flat2, 0, -1, &made));
  OK(vicinal_binary_add(made, 100, rows, NULL));
  OK(vicinal_index_part(made, "quantizer", &cells));
  vicinal_index_info info;
  OK(vicinal_index_get_info(cells, &info));
  CHECK(info.count == 4);
  FAILS(VICINAL_UNSUPPORTED,
        vicinal_index_compose_lists(lists, flat2, 0, 1, &cells));
  FAILS(VICINAL_UNSUPPORTED,
        vicinal_index_compose_lists(flat, 0, 0, -1, &cells));
  vicinal_handle all[] = {flat, map, inner, lists, made, cells, flat2};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++)
    OK(vicinal_release(all[i]));
  free(rows);
}

/* Vectors that stay in an .npy file, behind codes. */
static void originals(const float *vectors) {
  char header[128];
  memset(header, ' ', sizeof header);
  memcpy(header, "\x93NUMPY\x01\x00\x76\x00", 10);
  int length = snprintf(
      header + 10, sizeof header - 10,
      "{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d), }", N, D);
  header[10 + length] = ' ';
  header[127] = '\n';
  FILE *file = fopen(in_folder("originals.npy"), "wb");
  CHECK(file && fwrite(header, 1, 128, file) == 128 &&
        fwrite(vectors, 4, N * D, file) == N * D);
  fclose(file);
  vicinal_handle codes, mapped, refined;
  OK(vicinal_index_create("IVF4,SQ4", D, VICINAL_METRIC_L2, 0, &codes));
  OK(vicinal_index_train(codes, N, vectors, NULL));
  OK(vicinal_index_add(codes, N, vectors, NULL));
  OK(vicinal_index_map_vectors(in_folder("originals.npy"), VICINAL_METRIC_L2,
                               &mapped));
  vicinal_handle parts[] = {codes, mapped};
  OK(vicinal_index_compose(VICINAL_COMPOSE_REFINED, 2, parts, &refined));
  vicinal_search_options options = VICINAL_SEARCH_OPTIONS_INIT;
  float distances[K], again[K];
  int64_t ids[K], same[K];
  options.nprobe = 4;
  OK(vicinal_index_search(refined, 1, vectors + 7 * D, K, &options, distances,
                          ids));
  CHECK(ids[0] == 7 && distances[0] == 0);
  options.refine_samples = 0;
  OK(vicinal_index_search(refined, 1, vectors + 7 * D, K, &options, distances,
                          ids));
  options.refine_samples = 3;
  OK(vicinal_index_search(refined, 1, vectors + 7 * D, K, &options, again,
                          same));
  CHECK(!memcmp(ids, same, sizeof ids) && again[0] != distances[0]);
  options.cell_ratio = 1.5f;
  FAILS(VICINAL_INVALID_ARGUMENT,
        vicinal_index_search(refined, 1, vectors, K, &options, again, same));
  FAILS(VICINAL_FILE_SYSTEM,
        vicinal_index_map_vectors(in_folder("none.npy"), VICINAL_METRIC_L2,
                                  &mapped));
  for (size_t i = 0; i < 2; i++)
    OK(vicinal_release(parts[i]));
  OK(vicinal_release(refined));
}

void test_parts(void) {
  float *vectors = numbers(N, D, 21);
  codes(vectors);
  lists(vectors);
  bits();
  originals(vectors);
  free(vectors);
}
