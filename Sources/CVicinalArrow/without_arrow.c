// What stands in for Arrow in builds without it.
#include "vicinal_arrow.h"

#ifndef VICINAL_ARROW

int32_t vca_is_available(void) { return 0; }

const char *vca_message(void) {
  return "this vicinal was built without Apache Arrow, which reads parquet "
         "files and reaches s3://, gs:// and hdfs://. Build with it: make "
         "build, or swift build --traits Arrow";
}

const char *vca_text(void) { return ""; }

void vca_close(int64_t handle) {}

void vca_set_timeout(double seconds) {}

int32_t vca_open_system(const char *uri, int64_t *system) {
  return VCA_UNSUPPORTED;
}

int32_t vca_status(int64_t system, const char *path, int32_t *kind,
                   int64_t *size) {
  return VCA_UNSUPPORTED;
}

int32_t vca_list(int64_t system, const char *path, int64_t *listing,
                 int64_t *count) {
  return VCA_UNSUPPORTED;
}

int32_t vca_listed(int64_t listing, int64_t index, int64_t *size) {
  return VCA_UNSUPPORTED;
}

int32_t vca_make_folder(int64_t system, const char *path) {
  return VCA_UNSUPPORTED;
}

int32_t vca_delete(int64_t system, const char *path) { return VCA_UNSUPPORTED; }

int32_t vca_delete_folder(int64_t system, const char *path) {
  return VCA_UNSUPPORTED;
}

int32_t vca_open_file(int64_t system, const char *path, const char *name,
                      int64_t size, int64_t *file) {
  return VCA_UNSUPPORTED;
}

int32_t vca_file_size(int64_t file, int64_t *size) { return VCA_UNSUPPORTED; }

int32_t vca_read(int64_t file, int64_t count, const int64_t *offsets,
                 const int64_t *lengths, void *bytes) {
  return VCA_UNSUPPORTED;
}

int32_t vca_open_output(int64_t system, const char *path, const char *name,
                        int32_t replaces_by_moving, int64_t *output) {
  return VCA_UNSUPPORTED;
}

int32_t vca_write(int64_t output, const void *bytes, int64_t count) {
  return VCA_UNSUPPORTED;
}

int32_t vca_commit(int64_t output) { return VCA_UNSUPPORTED; }

int32_t vca_open_parquet(int64_t system, const char *path, const char *name,
                         int64_t size, int64_t *parquet) {
  return VCA_UNSUPPORTED;
}

int32_t vca_parquet_rows(int64_t parquet, int64_t *rows) {
  return VCA_UNSUPPORTED;
}

int32_t vca_parquet_columns(int64_t parquet, int64_t *columns) {
  return VCA_UNSUPPORTED;
}

int32_t vca_parquet_groups(int64_t parquet, int64_t *groups) {
  return VCA_UNSUPPORTED;
}

int32_t vca_parquet_group_rows(int64_t parquet, int64_t group, int64_t *rows) {
  return VCA_UNSUPPORTED;
}

int32_t vca_parquet_value(int64_t parquet, const char *key) {
  return VCA_UNSUPPORTED;
}

int32_t vca_vectors_dimension(int64_t parquet, const char *column,
                              int64_t *dimension) {
  return VCA_UNSUPPORTED;
}

int32_t vca_open_vectors(int64_t parquet, const char *column, int64_t group,
                         int64_t batch_rows, int64_t *stream) {
  return VCA_UNSUPPORTED;
}

int32_t vca_skip_vectors(int64_t stream, int64_t rows) {
  return VCA_UNSUPPORTED;
}

int32_t vca_next_vectors(int64_t stream, int64_t dimension, int64_t capacity,
                         float *vectors, int64_t *rows) {
  return VCA_UNSUPPORTED;
}

int32_t vca_open_columns(int64_t parquet, const char *names, int64_t count,
                         int64_t batch_rows, int64_t *stream) {
  return VCA_UNSUPPORTED;
}

int32_t vca_require_same_types(int64_t stream, int64_t earlier) {
  return VCA_UNSUPPORTED;
}

int32_t vca_open_mapping(const char *key, const char *value, int64_t *writer) {
  return VCA_UNSUPPORTED;
}

int32_t vca_map_columns(int64_t writer, int64_t stream, int64_t first,
                        int64_t capacity, int64_t *rows) {
  return VCA_UNSUPPORTED;
}

int32_t vca_map_numbers(int64_t writer, int64_t first, int64_t count) {
  return VCA_UNSUPPORTED;
}

int32_t vca_finish_mapping(int64_t writer) { return VCA_UNSUPPORTED; }

int32_t vca_open_vector_writer(const char *id_column, const char *vector_column,
                               int64_t dimension, int64_t *writer) {
  return VCA_UNSUPPORTED;
}

int32_t vca_add_vectors(int64_t writer, const int64_t *ids,
                        const float *vectors, int64_t rows) {
  return VCA_UNSUPPORTED;
}

int32_t vca_finish_vectors(int64_t writer) { return VCA_UNSUPPORTED; }

int32_t vca_pending(int64_t writer, const void **bytes, int64_t *count) {
  return VCA_UNSUPPORTED;
}

#endif
