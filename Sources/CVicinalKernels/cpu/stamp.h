// Joins a name with the suffix of the copy being stamped.
#ifndef VCL_STAMP_H
#define VCL_STAMP_H

#include "../select/topk.h"
#include "vcl_kernels.h"
#include <float.h>
#include <math.h>
#include <string.h>

#define VCL_JOIN2(name, suffix) vcl_##name##_##suffix
#define VCL_JOIN(name, suffix) VCL_JOIN2(name, suffix)
#define VCL(name) VCL_JOIN(name, VCL_ISA)

extern const vcl_kernels vcl_kernels_portable;
extern const vcl_kernels vcl_kernels_avx2;
extern const vcl_kernels vcl_kernels_avx512;
extern const vcl_kernels vcl_kernels_avx512vnni;
extern const vcl_kernels vcl_kernels_neon;

#endif
