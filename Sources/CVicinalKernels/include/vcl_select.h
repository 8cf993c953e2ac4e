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

  /// Appends the values that are not worse than the threshold, as keys that
  /// order as the values do, best first, and with their labels: the number at
  /// ids + 8 * row, at any address, or first_label + row where `ids` is null.
  /// Returns the new number of keys; there is room for `count` more.
  size_t (*gather)(const float *values, const int32_t *rows, size_t count,
                   float threshold, int32_t similarity, const void *ids,
                   int64_t first_label, uint32_t *keys, int64_t *labels,
                   size_t held);

  /// Keeps the `k` smallest keys of `count` > k > 0, equal ones by label, in
  /// the order they have. Returns the largest of them.
  uint32_t (*cut)(uint32_t *keys, int64_t *labels, size_t count, size_t k);

  /// Copies keys and labels, smallest key first, equal keys by label; takes
  /// O(count * count).
  void (*order)(const uint32_t *keys, const int64_t *labels, size_t count,
                uint32_t *ordered_keys, int64_t *ordered_labels);
} vcl_select_kernels;

#endif
