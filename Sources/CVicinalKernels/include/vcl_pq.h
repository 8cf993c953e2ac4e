// Product quantizers: distance tables, nearest sub-centroids, sums of table
// entries over codes. As all kernels: nothing here allocates or writes a
// global.
#ifndef VCL_PQ_H
#define VCL_PQ_H

#include <stddef.h>
#include <stdint.h>

/// Rows of transposed centroids and of tables are padded to a multiple of this
/// many floats; what stands in the padding of centroids is +inf.
#define VCL_PQ_PADDING 16

/// Codes of `fields` numbers of `bits` bits each, least significant bit first,
/// and the tables that belong to them.
typedef struct vcl_pq_layout {
  size_t fields;
  size_t bits;      ///< 1 ... 16
  size_t code_size; ///< bytes from code to code, ceil(fields * bits / 8)
  size_t stride;    ///< floats from table to table, at least 2^bits
} vcl_pq_layout;

/// See `filter`.
#define VCL_PQ_WIDE_FIELDS 24
#define VCL_PQ_MOST_WIDE_FIELDS 1024
#define VCL_PQ_WIDE_ENTRY 63

/// How much sums of byte table entries may come to: (room - terms[i]) * factor
/// for code i.
typedef struct vcl_pq_limits {
  const float *terms; ///< one per code; NULL where all are 0
  float room;
  float factor;
} vcl_pq_limits;

/// The kernels of one instruction set.
typedef struct vcl_pq_kernels {
  /// out[m][k] = L2 distance (l2 != 0) or inner product of part m of the query
  /// with centroid k of sub-space m. `centroids` is [subspaces][dim][stride].
  void (*tables)(const void *query, const float *centroids, size_t subspaces,
                 size_t dim, size_t stride, int32_t l2, float *out);

  /// ids[i * id_step] = the nearest by L2 of `stride` centroids, the first of
  /// equals, 0 if no distance is finite; values[i], unless NULL, the distance.
  /// Vector i begins i * step floats behind the first.
  void (*nearest)(const void *vectors, size_t step, size_t count,
                  const float *centroids, size_t dim, size_t stride,
                  int32_t *ids, size_t id_step, float *values);

  /// out[i] = a[i] + factor * b[i]; out may be a or b.
  void (*combine)(const float *a, const float *b, float factor, size_t count,
                  float *out);

  /// Tables of 256 entries for whole bytes from tables of fields of 1, 2 or 4
  /// bits: out[byte][value] = sum of the entries of the byte's fields.
  void (*fold)(const vcl_pq_layout *layout, const float *tables, float *out);

  /// out[i] = bias + sum over fields of tables[field][number] for consecutive
  /// codes.
  void (*sums)(const vcl_pq_layout *layout, const float *tables, float bias,
               const void *codes, size_t count, float *out);

  /// The same for the codes with the numbers `rows`; the same bits as `sums`.
  void (*sums_at)(const vcl_pq_layout *layout, const float *tables, float bias,
                  const void *codes, const int32_t *rows, size_t count,
                  float *out);

  /// Numbers of the codes that differ from `code` in fewer than `limit` bits,
  /// or bytes if `by_bytes`, in ascending order. `rows` has room for all.
  size_t (*near_codes)(const void *code, const void *codes, size_t code_size,
                       size_t count, int32_t limit, int32_t by_bytes,
                       int32_t *rows);

  /// out[i] = how many bits, or bytes, of code i differ from `code`.
  void (*differences)(const void *code, const void *codes, size_t code_size,
                      size_t count, int32_t by_bytes, float *out);

  /// How much a sum of weighted squares would change if the numbers of `a` and
  /// `b` were exchanged: over all i, weights[a][i] * (targets[a][i] -
  /// bits(numbers[a] ^ numbers[i]))^2, both matrices symmetric, count x count.
  /// The same bits on every instruction set.
  float (*swap_gain)(const float *targets, const float *weights,
                     const int32_t *numbers, size_t count, size_t a, size_t b);

  /// out[field] = the smallest, or if `largest` the largest, of 256 entries.
  void (*best_entries)(const float *tables, size_t fields, int32_t largest,
                       float *out);

  /// Tables of bytes from tables of 256 floats, whose sums are lower bounds:
  /// floor(|entry - best[field]| * factor), at most `most`.
  void (*round_down)(const float *tables, const float *best, size_t fields,
                     float factor, int32_t most, uint8_t *out);

  /// Numbers of the codes whose sums of byte table entries do not exceed their
  /// limits, and of a few others, in ascending order; the layout has 8 bits.
  /// With VCL_PQ_WIDE_FIELDS ... VCL_PQ_MOST_WIDE_FIELDS fields sums have 16
  /// bits, and entries must be at most VCL_PQ_WIDE_ENTRY; otherwise sums of 255
  /// are full. NULL where that is no faster than exact sums.
  size_t (*filter)(const vcl_pq_layout *layout, const uint8_t *tables,
                   const vcl_pq_limits *limits, const void *codes, size_t count,
                   int32_t *rows);

  /// out[i] += terms[rows[i]], or terms[i] if `rows` is NULL.
  void (*add_terms)(const float *terms, const int32_t *rows, size_t count,
                    float *out);

  /// The least of count >= 1 terms, and the largest magnitude.
  void (*term_range)(const float *terms, size_t count, float *least,
                     float *magnitude);
} vcl_pq_kernels;

#endif
