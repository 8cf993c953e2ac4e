#include "stamp.h"

#if defined(__linux__) && defined(__aarch64__)
#include <sys/auxv.h>
#endif

// Asked of the processor each time: a few instructions, and no state.
static int vcl_supports(int32_t level) {
  switch (level) {
  case VCL_LEVEL_PORTABLE:
    return 1;
#if defined(__x86_64__)
  case VCL_LEVEL_AVX2:
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
           __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") &&
           __builtin_cpu_supports("f16c");
  case VCL_LEVEL_AVX512:
    return vcl_supports(VCL_LEVEL_AVX2) && __builtin_cpu_supports("avx512f") &&
           __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512vl");
  case VCL_LEVEL_AVX512_VNNI:
    return vcl_supports(VCL_LEVEL_AVX512) &&
           __builtin_cpu_supports("avx512vnni");
#endif
#if defined(__aarch64__) && defined(__APPLE__)
  case VCL_LEVEL_NEON:
    return 1;
#elif defined(__aarch64__) && defined(__linux__)
  case VCL_LEVEL_NEON:
    return (getauxval(AT_HWCAP) & (1UL << 20)) != 0; // HWCAP_ASIMDDP
#endif
  default:
    return 0;
  }
}

const vcl_kernels *vcl_kernels_at(int32_t level) {
  if (!vcl_supports(level))
    return NULL;
  switch (level) {
  case VCL_LEVEL_PORTABLE:
    return &vcl_kernels_portable;
#if defined(__x86_64__)
  case VCL_LEVEL_AVX2:
    return &vcl_kernels_avx2;
  case VCL_LEVEL_AVX512:
    return &vcl_kernels_avx512;
  case VCL_LEVEL_AVX512_VNNI:
    return &vcl_kernels_avx512vnni;
#endif
#if defined(__aarch64__)
  case VCL_LEVEL_NEON:
    return &vcl_kernels_neon;
#endif
  default:
    return NULL;
  }
}
