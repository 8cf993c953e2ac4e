// Walking and linking a proximity graph (HNSW). As all kernels: nothing here
// allocates, starts threads or writes a global.
#ifndef VCL_GRAPH_H
#define VCL_GRAPH_H

#include <stddef.h>
#include <stdint.h>

/// What the rows of a graph hold, and what a score of two rows is. Smaller
/// scores are nearer.
enum {
  /// Unsigned bytes, code = round(value / scale) + 128 relative to a centre.
  /// score = half_a + half_b - scale_a * scale_b * sum (a - 128)(b - 128).
  VCL_GRAPH_INT8 = 0,
  VCL_GRAPH_FLOAT_L2 = 1, ///< squared distance
  VCL_GRAPH_FLOAT_IP = 2, ///< negated inner product
  VCL_GRAPH_HAMMING = 3,  ///< bits that differ; `dim` bytes per row

  // Codes of any codec. Queries are always given; where stored rows are
  // compared with each other, they are decoded first.

  /// One byte per dimension, value = offset + scale * code.
  VCL_GRAPH_BYTES_L2 = 4,
  VCL_GRAPH_BYTES_IP = 5,
  VCL_GRAPH_CALLS_L2 = 6, ///< scored by a function
  VCL_GRAPH_CALLS_IP = 7
};

/// Beside the codes of a row.
typedef struct vcl_graph_facts {
  float half;
  float scale;
} vcl_graph_facts;

/// The rows of a graph. Row i is row (i & (2^shift - 1)) of chunk i >> shift.
typedef struct vcl_graph_rows {
  const void *const *chunks; ///< rows of `stride` bytes, one after the other
  const void *const *facts;  ///< int8 only: vcl_graph_facts of each row
  uint32_t shift;
  int32_t kind;
  size_t stride;
  size_t dim; ///< floats of a row, or bytes rounded up to a multiple of 64

  // Codes only. A context belongs to one thread.
  void *context;
  /// out[i] = score of row ids[i] with the query that the context knows.
  void (*score)(void *context, const int32_t *ids, uint32_t count, float *out);
  /// `dim` floats of each row, valid until the next call.
  const float *(*decode)(void *context, const int32_t *ids, uint32_t count);
} vcl_graph_rows;

/// Links in faiss's layout: those of node i on level l are
/// neighbors[offsets[i] + cumulative[l]] up to cumulative[l + 1] or the first
/// -1. All numbers must have been checked: ids name nodes that have the level.
typedef struct vcl_graph {
  vcl_graph_rows rows;
  int32_t *neighbors;
  const uint64_t *offsets;
  const int32_t *cumulative;
} vcl_graph;

/// A quantised vector that rows are compared with: signed bytes, zeros behind
/// the last one up to a multiple of 64.
typedef struct vcl_graph_query {
  /// Or floats, for the float kinds. For bytes, `dim` floats minus the offsets
  /// (L2) or times the scales (inner product; `half` is then the negated
  /// product with the offsets), and under L2 the scales behind them.
  const void *values;
  float half;
  float scale;
  int32_t sum; ///< of the bytes
} vcl_graph_query;

/// The memory of one walk. Between walks `visited` is all zero.
///
/// A pool entry is (order-preserving bits of the score) << 32 | id << 1 |
/// expanded, so that sorting entries sorts by score, then by id.
typedef struct vcl_walk {
  uint64_t *pool;      ///< best first
  uint32_t pool_limit; ///< entries to keep, at least 1 (faiss: ef)
  uint32_t pool_count;
  uint64_t *visited; ///< one bit per node
  size_t visited_words;
  int32_t *log;          ///< nodes whose bit is set
  uint32_t log_limit;    ///< at least 64
  uint32_t log_count;    ///< 0 between walks
  uint32_t is_log_whole; ///< 1 between walks; 0 once the log has overflowed
  uint64_t *keys;        ///< linking only: 2 * (2 * widest list + pool_limit)
  int32_t *kept;         ///< linking only: 2 * widest list + pool_limit
  int32_t *places;       ///< linking only: one more
  void *codes;           ///< linking only: two times `dim` bytes
  /// Searching only: nodes of the graph, so that a walk whose pool is not full
  /// goes on elsewhere; 0 if it shall end.
  uint32_t node_count;
  /// Searching only: the walk ends once it comes to a node with so many nearer
  /// ones in the pool (faiss: efSearch where k is larger).
  uint32_t most_nearer;
  /// Searching only: a node that is not walked over, -1 for none.
  int32_t avoided;
} vcl_walk;

/// The graph kernels of one instruction set. The int8 kind gives the same
/// bytes on every one.
typedef struct vcl_graph_kernels {
  /// Quantises a vector of `dim` floats into `padded` bytes (a multiple of 64),
  /// signed, with zeros at the end. `centre` has dim floats; `l2` says which
  /// half goes with it. Returns 0 if the vector is too large for scores in
  /// float.
  int32_t (*quantize)(const void *vector, const float *centre, size_t dim,
                      size_t padded, int32_t l2, void *codes,
                      vcl_graph_facts *facts, int32_t *sum);

  /// Fills the pool with the nodes nearest to the query: greedy from `entry`
  /// down to level 1, then a beam on level 0. Where that reaches fewer nodes
  /// than the pool takes, it goes on from nodes that were not reached.
  void (*search)(const vcl_graph *graph, const vcl_graph_query *query,
                 int32_t entry, int32_t max_level, vcl_walk *walk);

  /// Chooses the links of a node on `top` and all levels below, never itself,
  /// and writes them into `out`, which has the places of all its lists, filled
  /// with -1. That may be its own lists only if nobody links to it yet. Rows
  /// must exist. `query` is the node as a query, needed for codes only.
  void (*insert)(const vcl_graph *graph, const vcl_graph_query *query,
                 int32_t node, int32_t top, int32_t entry, int32_t max_level,
                 int32_t *out, vcl_walk *walk);

  /// Adds links on a level from each of `count` different nodes to
  /// sources[limits[i]] up to sources[limits[i + 1]]; a list that overflows is
  /// pruned. Writes these lists only.
  void (*link)(const vcl_graph *graph, int32_t level, const int32_t *nodes,
               const uint32_t *limits, size_t count, const int32_t *sources,
               vcl_walk *walk);

  /// Writes a list of a node's links without the removed ones to `out`, filled
  /// with -1, and as many others in their place, chosen from the links of the
  /// removed ones: first by the rule for links, then the nearest. The first
  /// `repaired` links are those that stay. Bit i of `removed` says whether node
  /// i was removed. `query` as for insert.
  void (*repair)(const vcl_graph *graph, const vcl_graph_query *query,
                 int32_t node, int32_t level, const uint64_t *removed,
                 int32_t *out, uint32_t *repaired, vcl_walk *walk);
} vcl_graph_kernels;

#endif
