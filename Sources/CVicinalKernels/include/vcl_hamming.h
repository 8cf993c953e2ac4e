// Hamming distances between strings of bits. As all kernels: nothing here
// allocates, starts threads or writes a global.
#ifndef VCL_HAMMING_H
#define VCL_HAMMING_H

#include <stddef.h>
#include <stdint.h>

/// The Hamming kernels of one instruction set. All give the same numbers.
typedef struct vcl_hamming_kernels {
  /// out[i] = bits that differ between the query and a code of `code_size`
  /// bytes. With `ids` NULL the codes follow each other; otherwise they are
  /// codes ids[i]. Codes may start at any byte address.
  void (*distances)(const void *query, const void *codes, size_t code_size,
                    const int32_t *ids, size_t count, int32_t *out);

  /// The same as floats.
  void (*values)(const void *query, const void *codes, size_t code_size,
                 const int32_t *ids, size_t count, float *out);
} vcl_hamming_kernels;

#endif
