// Where the groups of 32 vectors lie.
#ifndef VCL_FASTSCAN_LAYOUT_H
#define VCL_FASTSCAN_LAYOUT_H

#include "vcl_fastscan.h"

/// The first cell of a group; the cells of its other pairs follow
/// `block_vectors` bytes after each other.
static inline const uint8_t *vcl_fastscan_group(const vcl_fastscan_codes *codes,
                                                size_t group) {
  const uint8_t *blocks = codes->blocks;
  if (codes->block_vectors == 32)
    return blocks + group * codes->block_stride;
  size_t per_block = codes->block_vectors / 32;
  return blocks + group / per_block * codes->block_stride +
         group % per_block * 32;
}

/// Where a vector lies in a cell.
static inline size_t vcl_fastscan_byte(size_t vector) {
  return (vector & 7) * 2 + (vector >> 3 & 1);
}

#endif
