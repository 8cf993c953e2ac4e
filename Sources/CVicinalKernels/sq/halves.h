// Half precision numbers, as faiss rounds them: ties away from zero.
#ifndef VCL_HALVES_H
#define VCL_HALVES_H

#include <stdint.h>

static inline float vcl_float_of_bits(uint32_t bits) {
  float value;
  __builtin_memcpy(&value, &bits, 4);
  return value;
}

static inline uint32_t vcl_bits_of_float(float value) {
  uint32_t bits;
  __builtin_memcpy(&bits, &value, 4);
  return bits;
}

static inline float vcl_half_to_float(uint16_t half) {
  uint32_t sign = (uint32_t)(half & 0x8000) << 16;
  uint32_t magnitude = (uint32_t)(half & 0x7fff);
  if (magnitude >= 0x7c00) // infinity, NaN
    return vcl_float_of_bits(sign | 0x7f800000u | magnitude << 13);
  // The exponent is off by 112, and that also makes subnormal numbers right.
  float value = vcl_float_of_bits(magnitude << 13) * 0x1p112f;
  return vcl_float_of_bits(sign | vcl_bits_of_float(value));
}

static inline uint16_t vcl_float_to_half(float value) {
  uint32_t bits = vcl_bits_of_float(value);
  uint16_t sign = (uint16_t)(bits >> 16 & 0x8000);
  uint32_t magnitude = bits & 0x7fffffffu;
  if (magnitude > 0x7f800000u)
    return sign | 0x7e00;
  if (magnitude >= 0x477ff000u) // 65520, halfway between the largest and 2^16
    return sign | 0x7c00;
  if (magnitude >= 0x38800000u) // 2^-14, the smallest normal half
    return sign | (uint16_t)((magnitude - 0x38000000u + 0x1000u) >> 13);
  uint32_t exponent = magnitude >> 23;
  if (exponent < 102) // below 2^-25
    return sign;
  uint32_t mantissa = (magnitude & 0x7fffffu) | 0x800000u;
  uint32_t shift = 126 - exponent;
  return sign | (uint16_t)((mantissa + (1u << (shift - 1))) >> shift);
}

static inline float vcl_bfloat_to_float(uint16_t half) {
  return vcl_float_of_bits((uint32_t)half << 16);
}

static inline uint16_t vcl_float_to_bfloat(float value) {
  return (uint16_t)((vcl_bits_of_float(value) + 0x8000u) >> 16);
}

#endif
