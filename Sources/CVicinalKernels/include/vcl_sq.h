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

/// How near weighted sums come to inner products: <q, v> of a query and the
/// vector of a code is constant + unit * sum(weights * code), and at most
/// `error` more or less.
typedef struct vcl_sq_weighed {
  double unit;
  double constant;
  double error;
  /// The largest sum of absolute products that <q, v> can be made of.
  double size;
} vcl_sq_weighed;

/// What codes are picked by; see `pick`.
typedef struct vcl_sq_bound {
  float base;
  float factor;
  float slack;
  float share;
  float threshold;
} vcl_sq_bound;

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

  /// Rounds a query to 16-bit weights, padded, for a quantizer of bytes with a
  /// scale. Returns 0 if that cannot be done: then there is nothing to pick by.
  int32_t (*weigh)(const vcl_sq *sq, const float *query, int16_t *weights,
                   vcl_sq_weighed *weighed);

  /// Writes the numbers of the codes whose value may be within the threshold,
  /// ascending, and returns how many. A code of the weighted sum s and the term
  /// t, which is 0 if `terms` is NULL, is left out if
  ///   base + t + factor * s - slack - share * (|t| + |factor * s|)
  /// is above the threshold. `rows` has room for `count`.
  size_t (*pick)(const vcl_sq *sq, const int16_t *weights,
                 const vcl_sq_bound *bound, const void *codes, size_t bytes,
                 const float *terms, size_t count, int32_t *rows);

  /// terms[i] = |v|^2 + 2 <centroid, v> for the vector v of code i, of a
  /// quantizer of bytes with a scale.
  void (*terms)(const vcl_sq *sq, const float *centroid, const void *codes,
                size_t count, float *terms);
} vcl_sq_kernels;

#endif
