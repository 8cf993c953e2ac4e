// Sums over chosen rows. Bound by memory, so one copy for every processor.
#ifndef VCL_LINALG_H
#define VCL_LINALG_H

#include <stddef.h>
#include <stdint.h>

/// In double, so that data far from the origin keeps its detail:
/// sum[j] += weights[i] * row ids[i] [j], row after row in the order given;
/// weights may be NULL for all ones.
void vcl_accumulate(const void *rows, size_t dim, const int32_t *ids,
                    const float *weights, size_t count, double *sum);

#endif
