// Running top-k by upper bounds. Kept in a header so that every stamped copy
// inlines it.
#ifndef VCL_TOPK_H
#define VCL_TOPK_H

#include "vcl_kernels.h"
#include <math.h>

/// Puts an upper bound into the heap of the k smallest.
static inline void vcl_heap_offer(vcl_topk *state, float upper) {
  uint32_t k = state->k;
  float *heap = state->upper;
  if (k == 0 || !(upper < heap[0]))
    return;
  uint32_t hole = 0;
  for (;;) {
    uint32_t child = 2 * hole + 1;
    if (child >= k)
      break;
    if (child + 1 < k && heap[child + 1] > heap[child])
      child++;
    if (heap[child] <= upper)
      break;
    heap[hole] = heap[child];
    hole = child;
  }
  heap[hole] = upper;
  state->threshold = heap[0];
}

/// |x| as an integer: magnitudes order the same way, and integer maxima
/// vectorise where float maxima would have to respect NaN.
static inline uint32_t vcl_magnitude_bits(float x) {
  uint32_t bits;
  __builtin_memcpy(&bits, &x, 4);
  return bits & 0x7fffffffu;
}

static inline float vcl_from_bits(uint32_t bits) {
  float x;
  __builtin_memcpy(&x, &bits, 4);
  return x;
}

/// How far the float arithmetic around a score may be off, relative to the
/// square of the norms: sums are split over at least four lanes.
static inline float vcl_relative_slack(size_t dim) {
  return ((float)dim * 0.25f + 32.0f) * 6e-8f;
}

/// Added to it: covers values so small that their squares lose bits.
#define VCL_SLACK_LEAST 1e-37f

#endif
