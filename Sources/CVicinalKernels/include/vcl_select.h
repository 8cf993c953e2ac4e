// Picking the few values of a block that may be among the best.
#ifndef VCL_SELECT_H
#define VCL_SELECT_H

#include <stddef.h>
#include <stdint.h>

typedef struct vcl_select_kernels {
  /// Keeps values that are not worse than the threshold: <= it, or >= it if
  /// `similarity` is not 0. NaN never passes. Writes the numbers of the kept
  /// values and moves the values themselves to the front, in order; returns how
  /// many. What stands behind them is undefined. `rows` has room for `count`.
  size_t (*within)(float *values, size_t count, float threshold,
                   int32_t similarity, int32_t *rows);
} vcl_select_kernels;

#endif
