// Fast scan: comparing a query with 4-bit codes through look-up tables that fit
// one register (André, Kermarrec and Le Scouarnec, "Cache locality is not
// enough", VLDB 2015; the block layout is faiss's).
#ifndef VCL_FASTSCAN_H
#define VCL_FASTSCAN_H

#include <stddef.h>
#include <stdint.h>

/// Blocks of interleaved 4-bit sub-codes. In a block, `block_vectors` bytes for
/// each pair of sub-codes: per group of 32 vectors a cell of 32 bytes, 16 for
/// the first sub-code of the pair, 16 for the second; vectors 0, 8, 1, 9 ... 7,
/// 15 of the group in the low nibbles, 16 and following in the high ones.
/// Blocks are whole even where vectors are missing.
typedef struct vcl_fastscan_codes {
  const void *blocks;
  size_t block_stride;  ///< bytes from a block to the next: pairs *
                        ///< block_vectors, and what stands behind the sub-codes
  size_t block_vectors; ///< a multiple of 32
  size_t pairs;
} vcl_fastscan_codes;

/// All kernels give the same bits on every instruction set. A look-up table has
/// 16 entries per sub-code, 32 per pair; where the number of sub-codes is odd,
/// the last 16 are zero.
typedef struct vcl_fastscan_kernels {
  /// out[v] = sum over sub-codes of lut[sub-code], modulo 2^16. Writes whole
  /// groups of 32.
  void (*sums)(const vcl_fastscan_codes *codes, const uint8_t *lut,
               size_t count, uint16_t *out);

  /// Writes the numbers of the vectors whose sum is at most `limit`, ascending,
  /// and returns how many. With limit <= 254 any entries will do; above, they
  /// are at most 63, and sums are taken modulo 2^16. `rows` has room for
  /// `count`.
  size_t (*below)(const vcl_fastscan_codes *codes, const uint8_t *lut,
                  size_t count, uint32_t limit, int32_t *rows);

  /// The same, no entry above 63 whatever the limit, and out[i] = sum * unit +
  /// base for rows[i]. `out` has room for `count`, too.
  size_t (*rough)(const vcl_fastscan_codes *codes, const uint8_t *lut,
                  size_t count, uint32_t limit, float base, float unit,
                  int32_t *rows, float *out);

  /// out[v] = (((s0 + s1) + (s2 + s3)) + bias), where sj is the sum, in order,
  /// of table[sub-code] over sub-codes j, j + 4, j + 8 ...
  void (*values)(const vcl_fastscan_codes *codes, const float *table,
                 float bias, size_t count, float *out);

  /// The same for chosen vectors: out[i] is the value of rows[i].
  void (*values_at)(const vcl_fastscan_codes *codes, const float *table,
                    float bias, const int32_t *rows, size_t count, float *out);

  /// table[m][i] = squared distance (l2 != 0) or inner product of part m of the
  /// query and centroid i of part m. Centroids: [m][width][16] floats. `base`
  /// receives the best entry of each part: the smallest, or the largest if l2
  /// is 0. facts[0] becomes the largest difference of an entry from the best of
  /// its part, facts[1] the sum of the magnitudes of all entries, which may be
  /// rounded differently elsewhere.
  void (*table)(const float *query, const float *centroids, size_t parts,
                size_t width, int32_t l2, float *table, float *base,
                float facts[2]);

  /// lut[m][i] = min(most, floor((table[m][i] - base[m]) * scale)); `most` is
  /// at most 255.
  void (*quantize)(const float *table, const float *base, size_t parts,
                   float scale, float most, uint8_t *lut);
} vcl_fastscan_kernels;

#endif
