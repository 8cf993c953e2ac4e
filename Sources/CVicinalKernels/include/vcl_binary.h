// Searching strings of bits by the number of bits in which they differ; see
// vcl_hamming.h for plain distances.
#ifndef VCL_BINARY_H
#define VCL_BINARY_H

#include <stddef.h>
#include <stdint.h>

/// Places behind the last result that `within` may overwrite.
#define VCL_BINARY_SLACK 8

/// The kernels for binary vectors of one instruction set. Rows are `size` bytes
/// each, at any byte address. All give the same numbers.
typedef struct vcl_binary_kernels {
  /// out[i] = bits in which row ids[i] differs from the query; row id lies in
  /// chunks[id >> shift].
  void (*ids)(const void *query, const void *const *chunks, uint32_t shift,
              const int32_t *ids, size_t size, size_t count, int32_t *out);

  /// Finds the rows that differ in at most `limit` bits: their numbers,
  /// ascending, and their distances. Both arrays have room for `count` +
  /// VCL_BINARY_SLACK. Returns how many there are.
  size_t (*within)(const void *query, const void *rows, size_t size,
                   size_t count, int32_t limit, uint32_t *numbers,
                   int32_t *distances);
} vcl_binary_kernels;

#endif
