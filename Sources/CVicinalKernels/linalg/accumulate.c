#include "vcl_linalg.h"

/// Asks for a whole row: rows that lie apart are no stream that the processor
/// would notice.
static inline void ask_for(const float *row, size_t dim) {
  for (size_t j = 0; j < dim; j += 16)
    __builtin_prefetch(row + j);
}

void vcl_accumulate(const void *rows, size_t dim, const int32_t *ids,
                    const float *weights, size_t count, double *sum) {
  for (size_t i = 0; i < count; i++) {
    const float *row = (const float *)rows + (size_t)ids[i] * dim;
    if (i + 4 < count)
      ask_for((const float *)rows + (size_t)ids[i + 4] * dim, dim);
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
