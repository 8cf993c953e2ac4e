#include "vcl_linalg.h"

void vcl_cluster_sums(const void *rows, size_t step, size_t dim,
                      const int32_t *ids, size_t id_step, size_t count,
                      double *sums, int64_t *sizes) {
  const float *row = rows;
  for (size_t i = 0; i < count; i++, row += step) {
    size_t id = (size_t)ids[i * id_step];
    double *sum = sums + id * dim;
    sizes[id]++;
    for (size_t j = 0; j < dim; j++)
      sum[j] += (double)row[j];
  }
}

void vcl_gather(const float *table, size_t dim, const int32_t *ids,
                size_t id_step, size_t count, size_t step, float *out) {
  for (size_t i = 0; i < count; i++, out += step) {
    const float *row = table + (size_t)ids[i * id_step] * dim;
    for (size_t j = 0; j < dim; j++)
      out[j] = row[j];
  }
}
