// Sums over and copies of chosen rows. Bound by memory, so one copy for every
// processor.
#ifndef VCL_LINALG_H
#define VCL_LINALG_H

#include <stddef.h>
#include <stdint.h>

/// In double, so that data far from the origin keeps its detail:
/// sum[j] += weights[i] * row ids[i] [j], row after row in the order given;
/// weights may be NULL for all ones.
void vcl_accumulate(const void *rows, size_t dim, const int32_t *ids,
                    const float *weights, size_t count, double *sum);

/// sums[id] += row i and sizes[id] += 1 for id = ids[i * id_step], row after
/// row; rows of `dim` floats lie `step` floats apart.
void vcl_cluster_sums(const void *rows, size_t step, size_t dim,
                      const int32_t *ids, size_t id_step, size_t count,
                      double *sums, int64_t *sizes);

/// Row i of `out`, `step` floats apart, becomes row ids[i * id_step] of table.
void vcl_gather(const float *table, size_t dim, const int32_t *ids,
                size_t id_step, size_t count, size_t step, float *out);

#endif
