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
  if (state->held < k) {
    uint32_t hole = state->held++;
    while (hole > 0) {
      uint32_t parent = (hole - 1) / 2;
      if (heap[parent] >= upper)
        break;
      heap[hole] = heap[parent];
      hole = parent;
    }
    heap[hole] = upper;
    if (state->held == k)
      state->threshold = heap[0];
    return;
  }
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

/// An integer that orders as the float does.
static inline int32_t vcl_order(float x) {
  int32_t bits;
  __builtin_memcpy(&bits, &x, 4);
  return bits ^ ((bits >> 31) & 0x7fffffff);
}

/// Upper bounds whose order is at most `bound`.
static inline uint32_t vcl_count_within(const float *upper, uint32_t count,
                                        int32_t bound) {
  uint32_t within = 0;
  for (uint32_t i = 0; i < count; i++)
    within += vcl_order(upper[i]) <= bound;
  return within;
}

/// Brings the threshold down to a number that at least k upper bounds do not
/// exceed, and few more: halving the interval of their orders takes a dozen
/// passes over numbers that lie in the first cache.
static inline void vcl_lower_threshold(vcl_topk *state) {
  uint32_t k = state->k, count = state->count;
  if (k <= VCL_LARGEST_HEAP || count < k)
    return;
  int32_t low = INT32_MAX, high = INT32_MIN;
  for (uint32_t i = 0; i < count; i++) {
    int32_t order = vcl_order(state->upper[i]);
    low = order < low ? order : low;
    high = order > high ? order : high;
  }
  uint32_t within = count;
  // As few as that may be too many.
  while (within > k + k / 16 && low < high) {
    int32_t middle = (int32_t)(((int64_t)low + high) >> 1);
    uint32_t some = vcl_count_within(state->upper, count, middle);
    if (some >= k) {
      high = middle;
      within = some;
    } else {
      low = middle + 1;
    }
  }
  int32_t bits = high ^ ((high >> 31) & 0x7fffffff);
  float threshold;
  __builtin_memcpy(&threshold, &bits, 4);
  if (threshold < state->threshold)
    state->threshold = threshold;
}

/// Forgets candidates that the threshold has ruled out meanwhile.
static inline void vcl_compact(vcl_topk *state) {
  vcl_lower_threshold(state);
  uint32_t kept = 0;
  int has_uppers = state->k > VCL_LARGEST_HEAP;
  // Without a branch: what is ruled out is overwritten by the next.
  for (uint32_t i = 0; i < state->count; i++) {
    float lower = state->lower[i];
    state->lower[kept] = lower;
    state->labels[kept] = state->labels[i];
    if (has_uppers)
      state->upper[kept] = state->upper[i];
    kept += lower <= state->threshold;
  }
  state->count = kept;
}

/// Makes sure that 32 more candidates fit.
static inline int vcl_has_room(vcl_topk *state) {
  if (state->count + VCL_PANEL_ROWS <= state->capacity)
    return 1;
  vcl_compact(state);
  return state->count + VCL_PANEL_ROWS <= state->capacity;
}

/// Adds a row whose score is known up to `err`. There must be room.
static inline void vcl_push(vcl_topk *state, float score, float err,
                            int64_t label) {
  float lower = score - err;
  if (!(lower <= state->threshold))
    return;
  state->lower[state->count] = lower;
  if (state->k > VCL_LARGEST_HEAP) {
    state->upper[state->count] = score + err;
    state->labels[state->count++] = label;
  } else {
    state->labels[state->count++] = label;
    vcl_heap_offer(state, score + err);
  }
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
static inline float vcl_slack(size_t dim, float norms) {
  // The last term covers values so small that their squares lose bits.
  return ((float)dim * 0.25f + 32.0f) * 6e-8f * norms * norms + 1e-37f;
}

#endif
