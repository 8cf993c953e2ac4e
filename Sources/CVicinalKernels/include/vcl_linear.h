// Products of rows with a matrix, and of the columns of two sets of rows. As
// all kernels: nothing here allocates, starts threads or writes a global.
#ifndef VCL_LINEAR_H
#define VCL_LINEAR_H

#include <stddef.h>

/// Outputs in a panel of a packed matrix.
#define VCL_PANEL_OUTPUTS 32

/// Columns of the first matrix that `cross` works on together.
#define VCL_STRIP_ROWS 48

/// The kernels of one instruction set. A result is one sum in the order of the
/// terms, so it depends neither on its place nor on how work is cut.
typedef struct vcl_linear_kernels {
  /// out[i * outputs + j] = bias[j] + sum over k of rows[i * dim + k] * A(j,
  /// k). A is packed: [panel of 32 outputs][dim][32] floats, zeros behind the
  /// last output; bias has a number for each output, or is NULL for zeros.
  void (*project)(const void *rows, size_t count, size_t dim,
                  const float *packed, const float *bias, size_t outputs,
                  float *out);

  /// out[(i - first) * columns + j] += sum over rows k of
  /// a[k * dim + i] * b[k * columns + j], for first <= i < last and
  /// start <= j < columns.
  void (*cross)(const void *a, size_t dim, size_t first, size_t last,
                const void *b, size_t columns, size_t start, size_t count,
                float *out);

  /// In place, for rows of `size` floats, a power of two: multiplies by signs
  /// (or not, if NULL), applies the unnormalised Walsh-Hadamard transform and
  /// multiplies by scale. The same bits on every instruction set.
  void (*hadamard)(float *rows, size_t count, size_t size, const float *signs,
                   float scale);
} vcl_linear_kernels;

#endif
