// Additive quantizers: codes name one entry of each of several codebooks, and
// stand for the sum of these. As all kernels: nothing here allocates or writes
// a global.
#ifndef VCL_ADDITIVE_H
#define VCL_ADDITIVE_H

#include <stddef.h>
#include <stdint.h>

/// Entries of a codebook, and of what belongs to them, are padded to a multiple
/// of this many; what stands in the padding is +inf.
#define VCL_ADDITIVE_PADDING 16

/// Codes of numbers of different widths, without gaps, least significant bit
/// first.
typedef struct vcl_additive_fields {
  size_t fields;
  const int32_t *bits;   ///< of each number, 0 ... 30
  const int32_t *starts; ///< added to each number: it becomes an entry
  size_t code_size;      ///< bytes from code to code
  size_t float_bit;      ///< where a float stands in a code, or SIZE_MAX
} vcl_additive_fields;

/// What a step of a search for entries chooses from: value (b, k) is
/// start[b] + base[b * base_step + k] + sum over j < terms of
/// cross[rows[b * terms + j] * stride + k].
typedef struct vcl_additive_step {
  const float *start;
  const float *base;
  size_t base_step; ///< 0 if all have the same base
  const float *cross;
  const int32_t *rows;
  size_t terms;
  size_t beam;   ///< values of b
  size_t stride; ///< values of k, a multiple of VCL_ADDITIVE_PADDING
} vcl_additive_step;

/// The kernels of one instruction set.
typedef struct vcl_additive_kernels {
  /// out[i * fields + f] = starts[f] + number f of code i, or of code rows[i]
  /// unless `rows` is NULL. `bytes` is the length of all codes.
  void (*unpack)(const vcl_additive_fields *layout, const void *codes,
                 size_t bytes, const int32_t *rows, size_t count, int32_t *out);

  /// out[i] = bias + sum over fields of tables[starts[f] + number f], plus the
  /// float of the code if it has one.
  void (*sums)(const vcl_additive_fields *layout, const float *tables,
               float bias, const void *codes, size_t bytes, const int32_t *rows,
               size_t count, float *out);

  /// out[i] += squared distance between the query and the sum of entries
  /// entries[i * step ... + terms] of `dim` floats each.
  void (*distances)(const void *query, const float *codebooks, size_t dim,
                    const int32_t *entries, size_t terms, size_t step,
                    size_t count, float *out);

  /// out[i * out_step + j] = the sum of these entries.
  void (*decode)(const float *codebooks, size_t dim, const int32_t *entries,
                 size_t terms, size_t step, size_t count, float *out,
                 size_t out_step);

  /// The `keep` smallest values of a step in ascending order, smaller b and k
  /// first among equals; numbers are b * stride + k. Returns how many there
  /// are: infinite and NaN ones never are among them. The same bits on every
  /// instruction set.
  size_t (*extend)(const vcl_additive_step *step, size_t keep, float *values,
                   int32_t *numbers);

  /// The k of the smallest value of a step with a beam of 1, the first of
  /// equals; 0 if none is finite. The same on every instruction set.
  int32_t (*least)(const vcl_additive_step *step);
} vcl_additive_kernels;

#endif
