// The kernels of Vicinal: hot loops only. No kernel allocates, starts threads,
// does I/O or writes a global. Sizes are in elements unless a name says bytes.
// Float rows may start at any byte address; buffers never overlap unless said.
#ifndef VCL_KERNELS_H
#define VCL_KERNELS_H

#include <stddef.h>
#include <stdint.h>

#include "vcl_additive.h"
#include "vcl_binary.h"
#include "vcl_fastscan.h"
#include "vcl_graph.h"
#include "vcl_hamming.h"
#include "vcl_linear.h"
#include "vcl_pq.h"
#include "vcl_rabitq.h"
#include "vcl_rabitq_fast.h"
#include "vcl_select.h"
#include "vcl_sq.h"

/// Rows in a panel, and queries in the widest tile.
#define VCL_PANEL_ROWS 32
#define VCL_TILE_QUERIES 12

/// Instruction sets, in the order of `KernelLevel` in VicinalCore.
enum {
  VCL_LEVEL_PORTABLE = 0,
  VCL_LEVEL_AVX2 = 1,
  VCL_LEVEL_AVX512 = 2,
  VCL_LEVEL_AVX512_VNNI = 3,
  VCL_LEVEL_NEON = 4,
  VCL_LEVEL_COUNT = 5
};

/// Metrics with a row kernel, by faiss's numbers.
enum {
  VCL_METRIC_INNER_PRODUCT = 0,
  VCL_METRIC_L2 = 1,
  VCL_METRIC_L1 = 2,
  VCL_METRIC_LINF = 3,
  VCL_METRIC_LP = 4,
  VCL_METRIC_CANBERRA = 20,
  VCL_METRIC_BRAY_CURTIS = 21,
  VCL_METRIC_JENSEN_SHANNON = 22,
  VCL_METRIC_JACCARD = 23,
  VCL_METRIC_NAN_EUCLIDEAN = 24,
  VCL_METRIC_GOWER = 25
};

/// The largest `k` for which a heap of upper bounds is kept.
#define VCL_LARGEST_HEAP 16

/// What one query has found so far. All arrays belong to the caller.
///
/// Every row has a score whose true value lies within [score - err, score +
/// err]. A row whose lower bound exceeds the k-th smallest upper bound cannot
/// be among the k best. For small `k` a heap holds the `k` smallest upper
/// bounds at any time; for larger ones every candidate's upper bound is kept,
/// and the threshold comes down only when the candidates fill their room: a
/// heap would cost more than scoring the rows. With `k` 0 the threshold is
/// fixed (range search).
typedef struct vcl_topk {
  float threshold; ///< no less than the k-th smallest upper bound so far
  uint32_t k;
  uint32_t count;    ///< candidates
  uint32_t capacity; ///< candidates that fit, at least 64 and k + 32
  float *upper;      ///< k floats in the order of a heap, largest first, +inf
                ///< at the beginning; with AVX-512 all in descending order.
                ///< Beyond VCL_LARGEST_HEAP those of the candidates
  float *lower;    ///< lower bounds of the candidates
  int64_t *labels; ///< labels of the candidates
} vcl_topk;

/// A run of panels: 32 rows each, the last one padded with rows whose half
/// norm is +inf. What belongs to a panel may lie together: the pointers are to
/// the parts of the first one.
typedef struct vcl_panels {
  /// int8: [ceil(dim/4)][32 rows][4] bytes, value + 128.
  /// float: [dim][32 rows] floats.
  const void *codes;
  const float *half_norms; ///< 32 floats; what stands before the product
  const float *scales;     ///< 32 floats (int8 only)
  /// 2 floats: largest norm of what rounding lost, largest row norm.
  const float *bounds;
  size_t stride;           ///< bytes from each part to that of the next panel
  const uint32_t *allowed; ///< one bit per row, or NULL when all are
  size_t panel_count;
  size_t dim;
  int64_t first_label; ///< label of row 0; the others follow by one
  float centre_norm;   ///< added to the norms for rounding slack; 0 for L2
} vcl_panels;

/// A packed tile of queries.
typedef struct vcl_tile {
  /// int8: [ceil(dim/4)][count][4] signed bytes. float: [dim][count] floats.
  const void *codes;
  uint32_t count; ///< 1 ... VCL_TILE_QUERIES
  uint32_t state[VCL_TILE_QUERIES];
  int32_t code_sum[VCL_TILE_QUERIES]; ///< sum of the query's codes
  float scale[VCL_TILE_QUERIES];
  float norm[VCL_TILE_QUERIES];
  float residual[VCL_TILE_QUERIES]; ///< norm of what rounding lost
} vcl_tile;

/// What quantising a query gives beside its codes.
typedef struct vcl_query_facts {
  float scale;
  float norm;
  float residual;
  int32_t code_sum;
} vcl_query_facts;

/// One implementation of everything, for one instruction set.
typedef struct vcl_kernels {
  int32_t level;
  /// Query codes lie in -query_limit ... query_limit, so that no intermediate
  /// sum of this instruction set saturates.
  int32_t query_limit;

  /// out[i] = a(query, row i); `argument` is p of Lp.
  void (*rows)(int32_t metric, float argument, const void *query,
               const void *rows, size_t dim, size_t count, float *out);

  /// out[i] = a(query, *rows[i]) for L2 or inner product, with prefetching.
  /// The same values as `rows` gives.
  void (*pointers)(int32_t metric, const void *query, const void *const *rows,
                   size_t dim, size_t count, float *out);

  /// out[i] = a(query, row ids[i]) for L2 or inner product; row id lies in
  /// chunks[id >> shift] at (id & mask) * dim floats. Same values as `rows`.
  void (*ids)(int32_t metric, const void *query, const void *const *chunks,
              uint32_t shift, const int32_t *ids, size_t dim, size_t count,
              float *out);

  /// out[i] = squared L2 norm of row i.
  void (*norms)(const void *rows, size_t dim, size_t count, float *out);

  /// Quantises up to 32 rows into one int8 panel. `centre` may be NULL.
  /// half_norms become |x|^2/2 for l2 != 0 and 0 otherwise; missing rows get
  /// +inf. bounds as in vcl_panels.
  void (*quantize_panel)(const void *rows, const float *centre, size_t dim,
                         size_t count, int32_t l2, void *codes,
                         float *half_norms, float *scales, float *bounds);

  /// Transposes up to 32 rows into one float panel.
  void (*pack_panel)(const void *rows, const float *centre, size_t dim,
                     size_t count, int32_t l2, void *codes, float *half_norms,
                     float *bounds);

  /// Quantises one query into 4 * ceil(dim/4) signed bytes.
  void (*quantize_query)(const void *query, const float *centre, size_t dim,
                         void *codes, vcl_query_facts *facts);

  /// Scores every row of every panel from `first_panel` on against every query
  /// of the tile, and adds what may be among the best to the states.
  /// Returns the panel where a state ran full of candidates that are all still
  /// in the running (give it room and call again), or panel_count when done.
  size_t (*scan_int8)(const vcl_panels *panels, const vcl_tile *tile,
                      vcl_topk *states, size_t first_panel);

  /// The same over float panels.
  size_t (*scan_float)(const vcl_panels *panels, const vcl_tile *tile,
                       vcl_topk *states, size_t first_panel);

  /// Adds rows of known scores, labels first_label ... , to a state that has
  /// room for all of them (32 at most).
  void (*offer)(vcl_topk *state, const float *scores, const float *errs,
                size_t count, int64_t first_label);

  /// Brings the threshold of a state down to what its candidates allow, and
  /// forgets the candidates that it rules out.
  void (*tighten)(vcl_topk *state);

  /// out[i] = sum over j of query[j] * row[j] of row-major codes; the query is
  /// signed, the rows unsigned, `stride` bytes apart and in chunks as for
  /// `ids`. Query codes beyond +-query_limit are allowed here.
  void (*dots)(const void *query, const void *const *chunks, uint32_t shift,
               size_t stride, const int32_t *ids, size_t dim, size_t count,
               int32_t *out);

  /// Walking and linking proximity graphs.
  vcl_graph_kernels graph;

  /// Comparing strings of bits.
  vcl_binary_kernels binary;

  /// RaBitQ codes.
  vcl_rabitq_kernels rabitq;

  /// Matrix products.
  vcl_linear_kernels linear;

  /// Product quantizers.
  vcl_pq_kernels pq;

  /// Picking values by a threshold.
  vcl_select_kernels select;

  /// Scanning 4-bit codes.
  vcl_fastscan_kernels fastscan;

  /// Hamming distances.
  vcl_hamming_kernels hamming;

  /// Scalar quantizer codes.
  vcl_sq_kernels sq;

  /// Additive quantizers.
  vcl_additive_kernels additive;
  /// Fast scan of RaBitQ codes.
  vcl_rabitq_fast_kernels rabitq_fast;
} vcl_kernels;

/// The implementation for a level, or NULL if this build or this processor
/// does not have it.
const vcl_kernels *vcl_kernels_at(int32_t level);

#endif
