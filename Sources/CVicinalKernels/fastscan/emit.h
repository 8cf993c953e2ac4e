// Kept in a header so that every stamped copy inlines it.
#ifndef VCL_FASTSCAN_EMIT_H
#define VCL_FASTSCAN_EMIT_H

#include <stddef.h>
#include <stdint.h>

/// Appends the numbers of the set bits, counted from `row`.
static inline size_t vcl_emit_rows(uint64_t pass, size_t row, int32_t *rows,
                                   size_t found) {
  for (; pass != 0; pass &= pass - 1)
    rows[found++] = (int32_t)(row + (size_t)__builtin_ctzll(pass));
  return found;
}

#endif
