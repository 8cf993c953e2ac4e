// Scanning RaBitQ codes.
#ifndef VCL_RABITQ_H
#define VCL_RABITQ_H

#include <stddef.h>
#include <stdint.h>

/// Planes of a query that was rounded to bits.
#define VCL_RABITQ_PLANES 8

/// A query as scans take it. A code is ceil(dim/8) bytes of signs, then two
/// floats (f0, f1); with extra bits also one float (unused here), the bit
/// string of the extra codes, and two more floats (f_add, f_rescale). That
/// floats follow both bit strings is what lets kernels read 8 bytes at a time.
typedef struct vcl_rabitq_query {
  /// The query relative to the origin, with zeros up to a multiple of 64.
  const float *values;
  float sum;      ///< of the values
  float base;     ///< added to f0 or f_add
  float scale;    ///< what f1 times the signed sum is multiplied by
  float factor;   ///< of the whole; 1 with extra bits
  float floor;    ///< no value is smaller
  uint32_t extra; ///< extra bits per coordinate, 0 ... 8
  size_t dim;
  /// Rounded queries only (plane_count > 0): bit j of plane b is bit b of the
  /// rounded coordinate j; value j stands for low + step * rounded j. Planes
  /// have ceil(dim/64) words each, zero behind dim.
  const uint64_t *planes;
  uint32_t plane_count;
  float low;
  float step;
} vcl_rabitq_query;

/// The RaBitQ kernels of one instruction set.
typedef struct vcl_rabitq_kernels {
  /// out[i] = value between the query and code i, or code rows[i] if rows is
  /// not NULL; codes are `stride` bytes apart.
  /// One bit: factor * (f0 + base - scale * f1 * sum of +-values), not below
  /// floor. More bits: base + f_add + f_rescale * sum of u_j * values.
  void (*scan)(const vcl_rabitq_query *query, const void *codes, size_t stride,
               const int32_t *rows, size_t count, float *out);

  /// Finds the extra codes of one vector: integers of `extra` bits whose
  /// centres (code + 1/2) have the largest cosine with the magnitudes, which
  /// are not negative and padded with zeros to a multiple of 16. The same
  /// result on every instruction set. `codes` has as many places.
  void (*encode)(const float *magnitudes, size_t dim, uint32_t extra,
                 uint8_t *codes);
} vcl_rabitq_kernels;

#endif
