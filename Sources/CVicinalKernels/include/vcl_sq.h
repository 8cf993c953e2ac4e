// Codes of scalar quantizers: every coordinate of a vector rounded by itself.
// As all kernels: nothing here allocates, starts threads or writes a global.
#ifndef VCL_SQ_H
#define VCL_SQ_H

#include <stddef.h>
#include <stdint.h>

/// How a coordinate is kept. The first three are numbers c that stand for
/// offset + c * scale.
enum {
  VCL_SQ_8BIT = 0,          ///< a byte
  VCL_SQ_4BIT = 1,          ///< half a byte, even coordinates in the low half
  VCL_SQ_6BIT = 2,          ///< a 6-bit string
  VCL_SQ_DIRECT = 3,        ///< a byte, the number itself
  VCL_SQ_DIRECT_SIGNED = 4, ///< a byte, the number plus 128
  VCL_SQ_F16 = 5,           ///< IEEE half precision
  VCL_SQ_BF16 = 6,          ///< the upper half of a float
  VCL_SQ_LEVELS = 7         ///< a string of `bits` bits, a level's number
};

/// Coordinates that scans take at once. Arrays in scan order are padded with
/// zeros to a multiple of it, and within 32 coordinates 4-bit codes are scanned
/// even ones first; all other kinds are scanned as they lie.
#define VCL_SQ_BLOCK 32

/// Levels that the table of levels has room for at least.
#define VCL_SQ_LEVELS_ROOM 32

/// A scalar quantizer.
typedef struct vcl_sq {
  int32_t kind;
  int32_t bits;     ///< of a level's number, 1 ... 8
  size_t dim;       ///< floats of a vector
  size_t code_size; ///< bytes of a code
  /// Smallest value and width of the range of each coordinate; NULL for kinds
  /// without a scale.
  const float *low;
  const float *range;
  /// In scan order, padded; NULL for kinds without them.
  const float *scale;
  const float *offset;
  const float *levels; ///< 2^bits ascending values and zeros up to the room
  const float *bounds; ///< 2^bits - 1 boundaries between them
} vcl_sq;

/// The scalar quantizer kernels of one instruction set. `encode` and `decode`
/// give the same bytes on every one.
typedef struct vcl_sq_kernels {
  /// Codes of `count` vectors. Finite numbers only.
  void (*encode)(const vcl_sq *sq, const float *rows, size_t count,
                 void *codes);

  /// Vectors that codes stand for.
  void (*decode)(const vcl_sq *sq, const void *codes, size_t count,
                 float *rows);

  /// Makes the terms of a query in scan order, padded: what `scan` takes.
  /// `l2` says for which metric; `centroid` is what codes are relative to under
  /// L2, or NULL.
  void (*prepare)(const vcl_sq *sq, int32_t l2, const float *query,
                  const float *centroid, float *terms);

  /// out[i] = add + squared distance or inner product of the query and code i,
  /// or code ids[i] unless `ids` is NULL. `bytes` is the length of all codes.
  void (*scan)(const vcl_sq *sq, int32_t l2, const float *terms, float add,
               const void *codes, size_t bytes, const int32_t *ids,
               size_t count, float *out);

  /// out[q * out_stride + i] for `queries` queries whose terms follow each
  /// other, and consecutive codes. `scratch` has room for `scratch_rows` times
  /// the padded dimension; scratch_rows is a multiple of 4.
  void (*scan_tile)(const vcl_sq *sq, int32_t l2, const float *terms,
                    size_t queries, const void *codes, size_t bytes,
                    size_t count, float *scratch, size_t scratch_rows,
                    float *out, size_t out_stride);
} vcl_sq_kernels;

#endif
