/* Building, planning, tuning and scoring. */
#include "check.h"

enum { D = 16, N = 3000 };

static int32_t cancel_at_once(void *context, const char *step, int64_t done,
                              int64_t total) {
  (void)context, (void)step, (void)done, (void)total;
  return 1;
}

static void from_files(void) {
  /* As NumPy writes it. */
  char header[128];
  int length = snprintf(header, sizeof header,
                        "{'descr': '<f4', 'fortran_order': False, 'shape': "
                        "(%d, %d), }",
                        N, D);
  memset(header + length, ' ', 118 - (size_t)length);
  header[117] = '\n';
  char path[4096];
  snprintf(path, sizeof path, "%s", in_folder("c.npy"));
  FILE *file = fopen(path, "wb");
  float *vectors = numbers(N, D, 6);
  fwrite("\x93NUMPY\x01\x00\x76\x00", 1, 10, file);
  fwrite(header, 1, 118, file);
  fwrite(vectors, 4, N * D, file);
  fclose(file);
  const char *paths[1] = {path};
  vicinal_handle index, infos;
  OK(vicinal_build_from_files(
      "{\"index_key\": \"Flat\", \"metric_type\": \"l2\"}", 1, paths, NULL,
      &index, &infos));
  CHECK(strstr(text_of(infos), "\"index_key\" : \"Flat\""));
  OK(vicinal_release(index));
  char place[4096];
  char options[2 * sizeof place + 256];
  snprintf(place, sizeof place, "%s", in_folder("files.index"));
  snprintf(options, sizeof options,
           "{\"index_key\": \"Flat\", \"metric_type\": \"l2\", "
           "\"nb_indices_to_keep\": 2, \"index_path\": \"%s\", "
           "\"index_infos_path\": \"%s.json\"}",
           place, place);
  OK(vicinal_build_files(options, 1, paths, NULL, &infos));
  CHECK(strstr(text_of(infos), "files.index1"));
  strcat(place, "1");
  OK(vicinal_index_load(place, 0, NULL, &index));
  vicinal_index_info info;
  OK(vicinal_index_get_info(index, &info));
  CHECK(info.count == N / 2);
  OK(vicinal_release(index));
  FAILS(1, vicinal_build_files("{\"nb_indices\": 2}", 1, paths, NULL, NULL));
  paths[0] = NULL;
  FAILS(1, vicinal_build_from_files(NULL, 1, paths, NULL, &index, NULL));
  free(vectors);
}

void test_build(void) {
  float *vectors = numbers(N, D, 5);
  vicinal_handle index = 0, infos = 0;
  const char *options =
      "{\"metric_type\": \"l2\", \"index_key\": \"IVF16,Flat\","
      " \"max_index_memory_usage\": \"1G\", \"target_recall\": 0.9}";
  OK(vicinal_build(options, N, D, vectors, NULL, &index, &infos));
  const char *text = text_of(infos);
  CHECK(strstr(text, "IVF16,Flat") && strstr(text, "nprobe="));
  vicinal_index_info info;
  OK(vicinal_index_get_info(index, &info));
  CHECK(info.count == N);
  OK(vicinal_tune(index, "{\"index_param\": \"nprobe=5\"}", N, vectors, NULL,
                  &infos));
  CHECK(strstr(text_of(infos), "nprobe=5"));
  double value;
  OK(vicinal_index_get_parameter(index, "nprobe", &value));
  CHECK(value == 5);
  OK(vicinal_tune(index, "{\"target_recall\": 0.5}", 0, NULL, NULL, NULL));
  OK(vicinal_score(index, N, vectors, 50, NULL, &infos));
  CHECK(strstr(text_of(infos), "40-recall@40"));
  FAILS(2, vicinal_score(index, N - 1, vectors, 50, NULL, &infos));
  FAILS(1, vicinal_score(index, N, vectors, 0, NULL, &infos));
  OK(vicinal_release(index));

  OK(vicinal_build("{\"selection\": \"table\", \"metric_type\": \"cosine\"}",
                   500, D, vectors, NULL, &index, NULL));
  OK(vicinal_release(index));
  OK(vicinal_plan("{\"max_index_memory_usage\": \"2G\"}", 10000000, 128,
                  &infos));
  CHECK(strstr(text_of(infos), "\"fits\" : true"));
  from_files();

  vicinal_work work = VICINAL_WORK_INIT;
  work.progress = cancel_at_once;
  FAILS(10, vicinal_build(options, N, D, vectors, &work, &index, &infos));
  FAILS(1, vicinal_build("{\"colour\": 1}", N, D, vectors, NULL, &index, NULL));
  FAILS(1, vicinal_build("{\"seed\": \"x\"}", N, D, vectors, NULL, &index, 0));
  FAILS(1, vicinal_build("no", N, D, vectors, NULL, &index, NULL));
  FAILS(1, vicinal_build("{\"k\": 0}", N, D, vectors, NULL, &index, NULL));
  FAILS(12, vicinal_build("{\"index_key\": \"Q\"}", N, D, vectors, 0, &index,
                          NULL));
  FAILS(9, vicinal_build("{\"max_index_memory_usage\": \"1K\"}", N, D, vectors,
                         NULL, &index, NULL));
  FAILS(11, vicinal_build(NULL, 0, D, NULL, NULL, &index, NULL));
  FAILS(1, vicinal_build(NULL, -1, D, vectors, NULL, &index, NULL));
  FAILS(1, vicinal_build(NULL, N, INT64_MAX, vectors, NULL, &index, NULL));
  FAILS(1, vicinal_plan(NULL, INT64_MAX, 8, &infos));
  FAILS(1, vicinal_plan(NULL, 100, INT64_MAX, &infos));
  free(vectors);
}
