// Fast scan of RaBitQ codes: the signs are looked up four at a time in rounded
// tables, and only codes that may be within a threshold get exact values.
#ifndef VCL_RABITQ_FAST_H
#define VCL_RABITQ_FAST_H

#include "vcl_fastscan.h"
#include "vcl_rabitq.h"

/// What turns sums over signs into values. Codes are interleaved; behind the
/// sub-codes of a block stand, for each of its codes, the floats f0 and f1, and
/// with extra bits f_error, the extra codes, f_add and f_rescale.
typedef struct vcl_rabitq_fast {
  /// One-bit value: factor * (f0 + base - scale * f1 * sum of +-values).
  float base;
  float scale;
  float factor; ///< 1, or -0.5 for similarities
  /// What f_error is multiplied by; 0 for one bit.
  float error;
  /// A sum of +-values lies within `slack` of offset + step * rounded sum.
  float offset;
  float step;
  float slack;
  /// Zeros, as many bytes as there are bytes of signs, and 8 more.
  const void *zeros;
} vcl_rabitq_fast;

/// The fast-scan kernels for RaBitQ of one instruction set.
typedef struct vcl_rabitq_fast_kernels {
  /// Writes the numbers of the codes whose value may be within the threshold,
  /// ascending, and returns how many: none that is within is left out. `sums`
  /// are the rounded sums of all codes, in whole groups of 32; `rows` has room
  /// for `count`.
  size_t (*within)(const vcl_fastscan_codes *codes, const vcl_rabitq_fast *fast,
                   const uint16_t *sums, size_t count, float threshold,
                   int32_t *rows);

  /// Turns exact sums of +-values of code i, or of rows[i] if rows is not NULL,
  /// into values. With one bit that is the one-bit value. With more bits it is
  /// the value of all bits, but not better than the end of the interval around
  /// the one-bit value, so that dropping codes by that end loses nothing.
  void (*finish)(const vcl_fastscan_codes *codes, const vcl_rabitq_fast *fast,
                 const vcl_rabitq_query *query, const int32_t *rows,
                 size_t count, float *values);
} vcl_rabitq_fast_kernels;

#endif
