#include "vcl_linalg.h"

void vcl_accumulate(const void *rows, size_t dim, const int32_t *ids,
                    const float *weights, size_t count, double *sum) {
  for (size_t i = 0; i < count; i++) {
    const float *row = (const float *)rows + (size_t)ids[i] * dim;
    if (i + 4 < count)
      __builtin_prefetch((const float *)rows + (size_t)ids[i + 4] * dim);
    if (weights) {
      double weight = weights[ids[i]];
      for (size_t j = 0; j < dim; j++)
        sum[j] += weight * (double)row[j];
    } else {
      for (size_t j = 0; j < dim; j++)
        sum[j] += (double)row[j];
    }
  }
}
